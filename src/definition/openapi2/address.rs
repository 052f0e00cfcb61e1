//! Where the API answers: host, base path, schemes. No client.

use super::super::connector_document::Repair;
use super::super::document::{Node, Value};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;

impl Check<'_, '_> {
    /// Checks host, base path and schemes: for the whole connector they are the backend's service URL.
    pub(super) fn address(&mut self) {
        let root = self.root;
        let Some(host) = root.get("host") else {
            self.report(
                Rule::HostMissing,
                root,
                &Path::ROOT,
                Rule::HostMissing.statement(),
            );
            return self.base_path_and_schemes();
        };
        if let Some(text) = host.as_str() {
            let path = Path::ROOT.key("host");
            if !is_host(text) {
                let message = format!("{} is not a bare host name with an optional port.", quote(text));
                self.report(Rule::HostInvalid, host, &path, message);
            } else if is_placeholder(text) {
                let message = format!(
                    "{} is a single name or this machine; the backend cannot reach it.",
                    quote(text)
                );
                self.report(Rule::HostPlaceholder, host, &path, message);
            }
        }
        self.base_path_and_schemes();
    }

    fn base_path_and_schemes(&mut self) {
        if let Some(base_path) = self.root.get("basePath")
            && let Some(text) = base_path.as_str()
        {
            let path = Path::ROOT.key("basePath");
            if !text.starts_with('/') || text.contains(['?', '#']) || text.chars().any(char::is_control) {
                let message = format!("{} is not a path that begins with a slash.", quote(text));
                self.report(Rule::BasePathInvalid, base_path, &path, message);
            } else if text.len() > 1 && text.ends_with('/') {
                let trimmed = text.trim_end_matches('/');
                let trimmed = if trimmed.is_empty() { "/" } else { trimmed };
                let message = format!(
                    "{} ends in a slash; it is registered as {}.",
                    quote(text),
                    quote(trimmed)
                );
                self.report(Rule::BasePathTrailingSlash, base_path, &path, message);
                self.repairs
                    .push(Repair::Text(base_path.id(), trimmed.to_owned()));
            }
        }
        if let Some(schemes) = self.root.get("schemes") {
            let path = Path::ROOT.key("schemes");
            if matches!(schemes.value(), Value::Array(list) if list.len() == 0) {
                let message = Rule::SchemesEmpty.statement();
                self.report(Rule::SchemesEmpty, schemes, &path, message);
            }
            let is_socket = |one: &Node<'_>| matches!(one.as_str(), Some("ws" | "wss"));
            for (index, scheme) in schemes.items().enumerate().filter(|(_, one)| is_socket(one)) {
                let message = Rule::SchemeWebSocket.statement();
                self.report(Rule::SchemeWebSocket, scheme, &path.index(index), message);
            }
            for (index, scheme) in schemes
                .items()
                .enumerate()
                .filter(|(_, one)| one.as_str() == Some("http"))
            {
                let message = Rule::SchemeInsecure.statement();
                self.report(Rule::SchemeInsecure, scheme, &path.index(index), message);
            }
        }
    }
}

/// Whether `text` is a host name or an IP address, with an optional port.
pub(in crate::definition) fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        Some(_) | None => (text, None),
    };
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    let literal = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let host_fits = match literal {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            host.len() <= 253
                && host.trim_end_matches('.').split('.').all(|label| {
                    let inner =
                        |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
                    !label.is_empty() && label.len() <= 63 && label.chars().all(inner)
                })
        }
    };
    port_fits && host_fits
}

/// A name that only means something on the author's machine or is to be filled in later. Published connectors use
/// such hosts where a policy of theirs puts the real one in.
fn is_placeholder(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    !host.starts_with('[') && (!name.contains('.') || name.starts_with("127."))
}

#[cfg(test)]
mod tests {
    use super::{is_host, is_placeholder};

    #[test]
    fn a_host_is_a_name_or_an_address_with_an_optional_port() {
        for good in [
            "api.example.com",
            "api.example.com:8443",
            "10.0.0.7",
            "[2001:db8::1]:443",
            "münchen.example",
        ] {
            assert!(is_host(good), "{good}");
        }
        for bad in [
            "",
            "https://api.example.com",
            "api.example.com/v1",
            "{{host}}",
            "a b.example",
            "api.example.com:",
            "api.example.com:0",
            "api.example.com:99999",
            "a..example",
            "user@api.example.com",
            "2001:db8::1",
        ] {
            assert!(!is_host(bad), "{bad}");
        }
    }

    #[test]
    fn single_names_and_this_machine_are_taken_for_placeholders() {
        assert!(
            is_placeholder("localhost:8080") && is_placeholder("yourhost") && is_placeholder("127.0.0.1")
        );
        assert!(!is_placeholder("api.example.com") && !is_placeholder("[2001:db8::1]"));
    }
}
