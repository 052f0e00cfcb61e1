//! Which address is the connector's, and which requests go elsewhere. No client.

use std::collections::HashMap;

use super::super::Settings;
use super::super::openapi2::is_host;
use super::collection::{Collection, Request, Variables};

/// The longest text that variables may expand to. An address of a server is much shorter.
const LONGEST: usize = 500;

/// How often what variables stand for is looked through for further variables.
const ROUNDS: usize = 10;

/// The address of a server.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Server {
    scheme: Option<String>,
    /// With its port, unless it is the usual one.
    host: String,
    /// What variables put before every path; no slash at its end.
    base: String,
}

impl Server {
    /// Reads what stands before a path, or a whole address; nothing, if it names no host.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = match text.rsplit_once("://") {
            Some((scheme, rest)) => {
                let scheme = scheme.rsplit(['/', ':']).next().unwrap_or_default();
                (Some(scheme.to_ascii_lowercase()), rest)
            }
            None => (None, text),
        };
        let (authority, base) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = authority.to_lowercase();
        let usual = match scheme.as_deref() {
            Some("https" | "wss") => ":443",
            Some("http" | "ws") => ":80",
            Some(_) | None => ":",
        };
        let host = host.strip_suffix(usual).unwrap_or(&host).to_owned();
        let base = base.trim_end_matches('/');
        let is_plain = !base.contains(['{', '}', '\\', ' ']);
        (is_host(&host) && is_plain).then(|| Self {
            scheme,
            host,
            base: base.to_owned(),
        })
    }
}

/// Where a request goes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Target {
    /// Nowhere by itself: it goes where the others go.
    Open,
    /// To what a variable without a value, or something else that is no host, stands for.
    Unknown(String),
    Host(String),
}

/// What is registered as the connector's address.
#[derive(Debug, Default)]
pub(super) struct Service {
    pub(super) host: Option<String>,
    pub(super) base: Option<String>,
    pub(super) scheme: Option<&'static str>,
    /// What is written where the host should be, and where, if the host is not known.
    pub(super) unknown: Option<(u32, String)>,
    /// Where an address first says another scheme than the one that is registered.
    pub(super) other_scheme: Option<u32>,
    /// Where the host is first written, if none of its addresses says a scheme.
    pub(super) without_scheme: Option<u32>,
}

/// What becomes of one request.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// Its path is called with this before it, and without its first bytes after that.
    Under { before: String, cut: usize },
    /// Its scheme is none that a connector speaks.
    Scheme,
    /// It goes to another server than the connector's; this is how it is written.
    Elsewhere(String),
}

/// Chooses the connector's address, and says for each request what becomes of it.
///
/// Where the caller names a service, requests to it are the connector's. Else, or if there are none, those to the
/// server that most requests go to.
pub(super) fn choose(collection: &Collection<'_>, settings: &Settings) -> (Service, Vec<Place>) {
    let servers: Vec<(Target, Server)> = collection
        .requests
        .iter()
        .map(|request| target(collection, request))
        .collect();
    let wanted = settings.service_url.as_deref().and_then(Server::read);
    let most = most_used(&servers);
    let named = wanted.as_ref().map(|server| Target::Host(server.host.clone()));
    let named = named.filter(|named| servers.iter().any(|(target, _)| target == named));
    let is_own = |target: &Target| match target {
        Target::Open => true,
        Target::Unknown(_) => most == Some(target),
        Target::Host(_) => named.as_ref().or(most) == Some(target),
    };
    let own = || {
        servers
            .iter()
            .filter(|(target, _)| is_own(target))
            .map(|(_, server)| server)
    };
    let mut bases = own().map(|server| server.base.as_str());
    let first = bases.next().unwrap_or_default();
    let shared = if bases.all(|base| base == first) {
        first
    } else {
        ""
    };
    let place = |(request, (target, server)): (&Request<'_>, &(Target, Server))| {
        if let Some(scheme) = &server.scheme
            && !matches!(scheme.as_str(), "http" | "https")
        {
            return Place::Scheme;
        }
        let elsewhere = || Place::Elsewhere(written(&request.address.front));
        if !is_own(target) {
            return elsewhere();
        }
        match (&wanted, target) {
            // What the caller says comes before every path; a path that has it already loses it.
            (Some(wanted), Target::Host(_)) if named.is_some() => {
                let whole = format!("{}{}", server.base, request.address.path);
                match whole.strip_prefix(&wanted.base) {
                    Some(rest) if rest.is_empty() || rest.starts_with('/') => Place::Under {
                        before: server.base.clone(),
                        cut: wanted.base.len(),
                    },
                    Some(_) | None => elsewhere(),
                }
            }
            (Some(_), _) => Place::Under {
                before: String::new(),
                cut: 0,
            },
            (None, _) => Place::Under {
                before: server.base.strip_prefix(shared).unwrap_or_default().to_owned(),
                cut: 0,
            },
        }
    };
    let places = collection.requests.iter().zip(&servers).map(place).collect();
    (service(collection, &servers, is_own, shared), places)
}

fn service(
    collection: &Collection<'_>,
    servers: &[(Target, Server)],
    is_own: impl Fn(&Target) -> bool,
    base: &str,
) -> Service {
    let own = || {
        collection
            .requests
            .iter()
            .zip(servers)
            .filter(|(_, (target, _))| is_own(target))
    };
    let mut service = Service::default();
    for (request, (target, server)) in own() {
        match target {
            Target::Host(host) => {
                service.host.get_or_insert_with(|| host.clone());
            }
            Target::Unknown(front) => {
                service
                    .unknown
                    .get_or_insert_with(|| (request.address.at, written(front)));
            }
            Target::Open => {}
        }
        if service.scheme != Some("https") {
            service.scheme = match server.scheme.as_deref() {
                Some("https") => Some("https"),
                Some("http") => Some("http"),
                Some(_) | None => service.scheme,
            };
        }
    }
    let first_with = |scheme: Option<&str>| {
        let mut own = own().filter(|(_, (target, _))| matches!(target, Target::Host(_)));
        own.find(|(_, (_, server))| server.scheme.as_deref() == scheme)
            .map(|(request, _)| request.address.at)
    };
    if service.host.is_some() {
        service.base = (!base.is_empty()).then(|| base.to_owned());
        if service.scheme == Some("https") {
            service.other_scheme = first_with(Some("http"));
        } else if service.scheme.is_none() {
            service.without_scheme = first_with(None);
        }
    }
    service
}

/// The server that most requests go to; of several, the first.
fn most_used(servers: &[(Target, Server)]) -> Option<&Target> {
    let mut counts: HashMap<&Target, usize> = HashMap::new();
    for (target, _) in servers.iter().filter(|(target, _)| *target != Target::Open) {
        *counts.entry(target).or_default() += 1;
    }
    let most = counts.values().max().copied()?;
    servers
        .iter()
        .map(|(target, _)| target)
        .find(|target| counts.get(target) == Some(&most))
}

fn target(collection: &Collection<'_>, request: &Request<'_>) -> (Target, Server) {
    let front = request.address.front.as_str();
    if front.trim().is_empty() {
        return (Target::Open, Server::default());
    }
    match resolve(collection, request, front).and_then(|text| Server::read(&text)) {
        Some(server) => (Target::Host(server.host.clone()), server),
        None => (Target::Unknown(front.to_owned()), Server::default()),
    }
}

/// An address as it is written, without credentials: what variables stand for is not told.
fn written(front: &str) -> String {
    match front.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            format!("{scheme}{}{host}", if scheme.is_empty() { "" } else { "://" })
        }
        None => front.to_owned(),
    }
}

/// An address with what variables stand for in it; nothing, if one has no value. Nothing but hosts, ports and base
/// paths may be made of it.
pub(super) fn resolve(collection: &Collection<'_>, request: &Request<'_>, text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..ROUNDS {
        if !text.contains("{{") {
            return Some(text);
        }
        let mut resolved = String::new();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once("{{") {
            let (name, behind) = behind.split_once("}}")?;
            resolved.push_str(before);
            resolved.push_str(value(collection, request, name.trim())?);
            if resolved.len() > LONGEST {
                return None;
            }
            rest = behind;
        }
        resolved.push_str(rest);
        text = resolved;
    }
    None
}

/// What a variable stands for, seen from a request.
fn value<'c>(collection: &'c Collection<'_>, request: &'c Request<'_>, name: &str) -> Option<&'c str> {
    let find = |variables: &'c Variables<'_>| {
        let value = variables.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    };
    let mut folder = Some(request.folder);
    let mut found = find(&request.variables);
    while let (None, Some(index)) = (found, folder) {
        let around = collection.folders.get(index)?;
        found = find(&around.variables);
        folder = around.parent;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Server, written};

    #[test]
    fn a_server_is_read_from_what_stands_before_a_path() {
        for (text, scheme, host, base) in [
            ("https://A.example:443", Some("https"), "a.example", ""),
            ("http://a.example:8080/v1/", Some("http"), "a.example:8080", "/v1"),
            ("a.example/v1/x", None, "a.example", "/v1/x"),
            ("https://user:pw@a.example", Some("https"), "a.example", ""),
            ("https://https://a.example", Some("https"), "a.example", ""),
        ] {
            let server = Server::read(text).expect("it names a host");
            assert_eq!(
                (
                    server.scheme.as_deref(),
                    server.host.as_str(),
                    server.base.as_str()
                ),
                (scheme, host, base),
                "{text}"
            );
        }
        for text in ["", "https://", "{{a}}", "a b", "https:///x"] {
            assert_eq!(Server::read(text), None, "{text}");
        }
    }

    #[test]
    fn credentials_are_not_written_again() {
        assert_eq!(written("https://user:pw@{{host}}"), "https://{{host}}");
        assert_eq!(written("user:pw@a.example"), "a.example");
        assert_eq!(written("{{base}}"), "{{base}}");
    }
}
