//! Servers: which host is the connector's, and which operations are served elsewhere. No client.
//!
//! A connector has one host and one base path. The host is the one that the caller says, if the description knows it,
//! else that of the first server which is not the author's own machine. Servers of that host with other paths put
//! what their paths differ in before the paths of their operations.

use std::collections::HashMap;

use super::super::Settings;
use super::super::document::{Fields, Node, NodeId, Value};
use super::super::finding::quote;
use super::super::note::Note;
use super::super::openapi2::METHODS;
use super::Converter;
use super::address::{Address, address};

/// What OpenAPI 2.0 can name as a scheme.
const SCHEMES: [&str; 4] = ["http", "https", "ws", "wss"];

/// A server as written, and its address.
#[derive(Clone, Debug)]
struct Server<'d> {
    node: Node<'d>,
    address: Address,
}

/// Where an operation is served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Placement {
    /// By the connector's host, with this before its path.
    Ours(String),
    /// Elsewhere; what to say about it.
    Elsewhere(String),
}

/// The servers of the document, and which of them is the connector's.
pub(super) struct Servers<'d> {
    /// Of the whole document; a relative one where it names none.
    all: Vec<Server<'d>>,
    /// The connector's host; nothing if the description names none.
    host: Option<String>,
    /// What the base path of the connector stands for.
    base: String,
    /// What the caller says goes before what the servers say.
    overridden: bool,
    /// Where an operation is served that names no server of its own.
    home: Option<Placement>,
}

impl<'d> Servers<'d> {
    pub(super) fn new(root: Node<'d>, settings: &Settings) -> Self {
        let all = servers(root).unwrap_or_default();
        let inner = inner_servers(root);
        let service = settings.service_url.as_deref().map(address);
        let wanted = service.as_ref().and_then(|service| service.host.clone());
        let knows = |host: &String| {
            all.iter()
                .chain(&inner)
                .any(|server| server.address.host.as_ref() == Some(host))
        };
        let host = wanted
            .filter(knows)
            .or_else(|| first_host(&all))
            .or_else(|| most_used(&inner));
        let own = |server: &&Server<'d>| server.address.host.is_none() || server.address.host == host;
        let exact = all.iter().find(|server| {
            service.as_ref().is_some_and(|service| {
                server.address.host == service.host && server.address.base == service.base
            })
        });
        let main = exact
            .or_else(|| {
                all.iter()
                    .find(|server| server.address.host.is_some() && server.address.host == host)
            })
            .or_else(|| all.iter().find(own));
        let first = main.or_else(|| inner.iter().find(own));
        let mut base = first.map_or_else(String::new, |server| server.address.base.clone());
        if service.is_none() {
            let bases = inner
                .iter()
                .filter(own)
                .map(|server| server.address.base.as_str());
            base = bases.fold(base, |common, other| common_base(&common, other));
        }
        let mut known = Self {
            all,
            host,
            base,
            overridden: service.is_some(),
            home: None,
        };
        known.home = (!known.all.is_empty()).then(|| known.place_among(&known.all));
        known
    }

    /// Where that is served which has `list` as its own servers.
    pub(super) fn place(&self, list: Option<Node<'d>>) -> Placement {
        match (list.and_then(parse_list), &self.home) {
            (Some(own), _) => self.place_among(&own),
            (None, Some(home)) => home.clone(),
            (None, None) => Placement::Ours(String::new()),
        }
    }

    /// The schemes of the connector.
    fn schemes(&self) -> Vec<&'static str> {
        let on_host =
            |server: &&Server<'d>| server.address.host.is_some() && server.address.host == self.host;
        let main = self.all.iter().find(on_host);
        let mut schemes = main.map_or_else(Vec::new, |main| schemes_at(&self.all, main));
        if schemes.is_empty() && self.host.is_some() {
            schemes.push("https");
        }
        schemes
    }

    /// Whether this is a server of the connector's host, below its base path.
    fn serves(&self, server: &Server<'d>) -> bool {
        let is_ours = server.address.host.is_none() || server.address.host == self.host;
        is_ours && below(&server.address.base, &self.base).is_some()
    }

    fn place_among(&self, servers: &[Server<'d>]) -> Placement {
        let ours = |server: &&Server<'d>| server.address.host.is_none() || server.address.host == self.host;
        let mut on_host = servers.iter().filter(ours).peekable();
        if on_host.peek().is_none() {
            let host = servers.first().and_then(|server| server.address.host.as_deref());
            let message = format!(
                "It is served by {}, and the connector has the host {}.",
                quote(host.unwrap_or_default()),
                quote(self.host.as_deref().unwrap_or_default())
            );
            return Placement::Elsewhere(message);
        }
        let prefix = on_host.find_map(|server| below(&server.address.base, &self.base));
        if let Some(prefix) = prefix {
            return Placement::Ours(prefix.to_owned());
        }
        let message = format!(
            "It is not served below the path {}, which the service URL stands for.",
            quote(&format!("{}/", self.base))
        );
        Placement::Elsewhere(message)
    }
}

/// The schemes that connectors speak of those servers in `all` that are at the same place as `one`.
fn schemes_at(all: &[Server<'_>], one: &Server<'_>) -> Vec<&'static str> {
    let same = |server: &&Server<'_>| {
        server.address.host == one.address.host && server.address.base == one.address.base
    };
    let mut schemes = Vec::new();
    for server in all.iter().filter(same) {
        let written = server.address.scheme.as_deref().unwrap_or("https");
        let known = SCHEMES.iter().find(|scheme| **scheme == written);
        if let Some(scheme) = known.filter(|scheme| !schemes.contains(*scheme)) {
            schemes.push(*scheme);
        }
    }
    schemes
}

/// What is left of `base` behind `common`, if it lies below it.
fn below<'b>(base: &'b str, common: &str) -> Option<&'b str> {
    base.strip_prefix(common)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The longest path that both lie below.
fn common_base(one: &str, other: &str) -> String {
    let same = one.split('/').zip(other.split('/')).take_while(|(a, b)| a == b);
    same.map(|(step, _)| step).collect::<Vec<&str>>().join("/")
}

/// The servers listed under `servers`; nothing if none is.
fn servers(owner: Node<'_>) -> Option<Vec<Server<'_>>> {
    parse_list(owner.get("servers")?)
}

fn parse_list(list: Node<'_>) -> Option<Vec<Server<'_>>> {
    let servers: Vec<Server<'_>> = list
        .items()
        .filter_map(|node| {
            let address = address(&substituted(node)?);
            Some(Server { node, address })
        })
        .collect();
    (!servers.is_empty()).then_some(servers)
}

/// The servers of all paths and operations.
fn inner_servers(root: Node<'_>) -> Vec<Server<'_>> {
    let mut found = Vec::new();
    for item in root.get("paths").into_iter().flat_map(Node::members) {
        found.extend(servers(item.value).unwrap_or_default());
        let operations = item.value.members();
        for operation in operations.filter(|one| METHODS.contains(&one.key)) {
            found.extend(servers(operation.value).unwrap_or_default());
        }
    }
    found
}

/// The host of the first server that others can reach.
fn first_host(servers: &[Server<'_>]) -> Option<String> {
    let hosts = || servers.iter().filter_map(|server| server.address.host.as_deref());
    let usable = |host: &&str| !is_own_machine(host) && !host.contains(['{', '}']);
    hosts().find(usable).or_else(|| hosts().next()).map(str::to_owned)
}

fn is_own_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost") || name.starts_with("127.") || name == "[::1]" || name == "0.0.0.0"
}

/// The host that most servers have; of several, the first.
fn most_used(servers: &[Server<'_>]) -> Option<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let hosts = || servers.iter().filter_map(|server| server.address.host.as_deref());
    for host in hosts() {
        *counts.entry(host).or_default() += 1;
    }
    let most = counts.values().max()?;
    hosts()
        .find(|host| counts.get(host) == Some(most))
        .map(str::to_owned)
}

/// The address of a server with the defaults of its variables.
fn substituted(server: Node<'_>) -> Option<String> {
    let mut rest = server.get("url")?.as_str()?;
    let variables = server.get("variables");
    let mut text = String::new();
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, behind)) = behind.split_once('}') else {
            text.push('{');
            rest = behind;
            continue;
        };
        let value = variables.and_then(|all| all.get(name)).and_then(default);
        match value {
            Some(value) => text.push_str(value),
            None => text.extend(["{", name, "}"]),
        }
        rest = behind;
    }
    text.push_str(rest);
    Some(text)
}

/// The default of a variable; of one without, its first value.
fn default(variable: Node<'_>) -> Option<&str> {
    let first = || variable.get("enum").and_then(|list| list.items().next());
    match variable.get("default").or_else(first)?.value() {
        Value::String(text) | Value::Number(text) => Some(text),
        Value::Null | Value::Boolean(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

impl<'d> Converter<'d, '_> {
    /// Puts host, base path and schemes; tells of the servers that are left.
    pub(super) fn address(&mut self, fields: &mut Fields<'d>) {
        let host = self.servers.host.clone();
        let at = self
            .root
            .get("servers")
            .map_or_else(|| self.root.offset(), Node::offset);
        let on_host = |server: &&Server<'d>| server.address.host.is_some() && server.address.host == host;
        let all = self.servers.all.clone();
        let main = all.iter().find(on_host);
        let at = main
            .and_then(|server| server.node.get("url"))
            .map_or(at, Node::offset);
        if let Some(host) = &host {
            let made = self.draft.string(at, host);
            fields.put("host", made);
        }
        if !self.servers.base.is_empty() {
            let base = self.servers.base.clone();
            let made = self.draft.string(at, &base);
            fields.put("basePath", made);
        }
        let schemes = self.servers.schemes();
        if !schemes.is_empty() {
            let list = schemes
                .iter()
                .map(|scheme| self.draft.string(at, scheme))
                .collect();
            let made = self.draft.list(at, list);
            fields.put("schemes", made);
        }
        if !self.servers.overridden {
            self.tell_of_servers(&all, main);
        }
    }

    /// The schemes of an operation that is served by `servers`, where they differ from those of the connector.
    pub(super) fn own_schemes(&mut self, servers: Node<'d>) -> Option<NodeId> {
        let own = parse_list(servers)?;
        let first = own.iter().find(|server| self.servers.serves(server))?;
        let schemes = schemes_at(&own, first);
        let usual = self.servers.schemes();
        let is_usual = schemes.len() == usual.len() && schemes.iter().all(|scheme| usual.contains(scheme));
        if self.servers.overridden || first.address.host.is_none() || schemes.is_empty() || is_usual {
            return None;
        }
        let at = servers.offset();
        let list = schemes
            .iter()
            .map(|scheme| self.draft.string(at, scheme))
            .collect();
        Some(self.draft.list(at, list))
    }

    fn tell_of_servers(&mut self, all: &[Server<'d>], main: Option<&Server<'d>>) {
        for server in all {
            let is_main = main.is_some_and(|main| main.node.id() == server.node.id());
            let is_same = main.is_some_and(|main| {
                main.address.host == server.address.host && main.address.base == server.address.base
            });
            let url = server.node.get("url").and_then(Node::as_str).unwrap_or_default();
            if !is_same && main.is_some() {
                let message = "The connector has one server, and this is another.";
                self.note(Note::ServerLost, server.node, message);
            } else if (is_main || main.is_none()) && url.contains('{') {
                let message = format!(
                    "The server's variables have their defaults; the address is {}.",
                    quote(&format!(
                        "{}{}",
                        server.address.host.as_deref().unwrap_or_default(),
                        server.address.base
                    ))
                );
                self.note(Note::ServerVariables, server.node, message);
            }
            if is_main && server.address.is_cut {
                let message = "User name, password and query of the server's address are left out.";
                self.note(Note::ServerCut, server.node, message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{below, common_base};

    #[test]
    fn a_base_path_is_shared_by_whole_steps() {
        assert_eq!(common_base("/api/v1", "/api/v12"), "/api");
        assert_eq!(common_base("/api", "/other"), "");
        assert_eq!(common_base("", "/v1"), "");
        assert_eq!(below("/api/v1", "/api"), Some("/v1"));
        assert_eq!(below("/apis", "/api"), None);
        assert_eq!(below("/v1", ""), Some("/v1"));
    }
}
