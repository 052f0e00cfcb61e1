//! Which hosts a Secret may be sent to. No client.
//!
//! A namespace user who may name a Secret could otherwise have it sent to a host of their own. So the
//! Secret itself says where it may go, in the annotation [`crate::crd::ALLOWED_HOSTS`]: host names,
//! separated by commas or white space.
//!
//! - `api.example.com`: that host, on any port;
//! - `api.example.com:8443`: that host on that port only;
//! - `*.example.com`: every name below `example.com`, one or more labels deep, but not `example.com` itself;
//! - `10.0.0.7`, `[::1]`, `[::1]:8080`: an address, written as in a URL.
//!
//! Names are compared without case. Anything else (a scheme, a path, a lone `*`) names nothing.

use std::net::Ipv6Addr;

use url::{Host, Url};

use super::error::{Object, SourceError};

/// Lets a value of the Secret go to the host that `url` leads to, if the Secret's annotation names it.
pub fn check(secret: &Object, annotation: Option<&str>, url: &Url) -> Result<(), SourceError> {
    if annotation.is_some_and(|annotation| names_host(annotation, url)) {
        return Ok(());
    }
    let (secret, host, names) = (secret.clone(), shown_host(url), annotation.is_some());
    Err(SourceError::HostNotAllowed { secret, host, names })
}

/// Whether the annotation's text names the host (and port) that `url` leads to.
fn names_host(annotation: &str, url: &Url) -> bool {
    let Some(host) = url.host() else { return false };
    let host = canonical(&host.to_owned());
    let port = url.port_or_known_default();
    annotation
        .split(|character: char| character == ',' || character.is_whitespace())
        .filter_map(Entry::parse)
        .any(|entry| entry.matches(&host, port))
}

/// Host, and port where it is not the scheme's own: what a user would write into the annotation.
pub(super) fn shown_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// One name of the annotation.
struct Entry {
    host: Host,
    below: bool,
    port: Option<u16>,
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let (below, text) = text.strip_prefix("*.").map_or((false, text), |rest| (true, rest));
        let (host, port) = split_port(text)?;
        let host = canonical(&Host::parse(host).ok()?);
        let plain = !matches!(&host, Host::Domain(name) if name.is_empty() || name.contains('*'));
        let address = !matches!(host, Host::Domain(_));
        (plain && !(below && address)).then_some(Self { host, below, port })
    }

    fn matches(&self, host: &Host, port: Option<u16>) -> bool {
        let host_matches = match (&self.host, host) {
            (Host::Domain(parent), Host::Domain(name)) if self.below => name
                .strip_suffix(parent.as_str())
                .and_then(|labels| labels.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
            (ours, theirs) => ours == theirs,
        };
        host_matches && (self.port.is_none() || self.port == port)
    }
}

/// Splits `host:port`, keeping the brackets of an IPv6 address; `None` where the port is none.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let bracketed = text.starts_with('[');
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !bracketed || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port = port.map(str::parse::<u16>).transpose().ok()?;
    // an address without brackets cannot be told from a host with a port
    (text.parse::<Ipv6Addr>().is_err() && !host.is_empty()).then_some((host, port))
}

/// A name without the final dot, which means the same host.
fn canonical(host: &Host) -> Host {
    match host {
        Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(annotation: &str, url: &str, expected: bool) {
        assert_eq!(
            names_host(annotation, &url.parse().unwrap()),
            expected,
            "`{annotation}` for {url}"
        );
    }

    #[test]
    fn a_host_is_named_on_any_port_and_with_a_port_on_that_one() {
        check("api.example.com", "https://api.example.com/x", true);
        check("api.example.com", "https://api.example.com:8443/x", true);
        check("API.example.com.", "https://api.Example.com./x", true);
        check("api.example.com:8443", "https://api.example.com:8443/x", true);
        check("api.example.com:8443", "https://api.example.com/x", false);
        check("api.example.com:443", "https://api.example.com/x", true);
        check(
            "other.example.com,\n api.example.com",
            "https://api.example.com/x",
            true,
        );
    }

    #[test]
    fn a_wildcard_names_what_is_below_and_not_the_name_itself() {
        check("*.example.com", "https://a.example.com/", true);
        check("*.example.com", "https://a.b.example.com/", true);
        check("*.example.com", "https://example.com/", false);
        check("*.example.com", "https://badexample.com/", false);
        check("*.example.com:8443", "https://a.example.com/", false);
        check("*.0.0.1", "https://127.0.0.1/", false);
    }

    #[test]
    fn an_address_is_named_as_a_url_writes_it() {
        check("127.0.0.1", "http://127.0.0.1:8080/", true);
        check("127.0.0.1", "http://0x7f.1:8080/", true);
        check("[::1]:8080", "http://[::1]:8080/", true);
        check("[::1]:8080", "http://[::1]:8081/", false);
        check("[::1]", "http://[::1]:8081/", true);
        check("::1", "http://[::1]/", false);
    }

    #[test]
    fn what_is_no_host_names_nothing() {
        for annotation in [
            "",
            "*",
            "*.",
            "https://api.example.com",
            "api.example.com/path",
            "api.example.com:x",
            ":",
        ] {
            check(annotation, "https://api.example.com/path", false);
        }
        check("api.example.com.evil.test", "https://api.example.com/", false);
        check("example.com", "https://api.example.com/", false);
    }
}
