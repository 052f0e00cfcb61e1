//! Security schemes and what requires them. No client.

use std::collections::HashMap;

use super::super::document::{Fields, Member, Node, NodeId};
use super::super::finding::quote;
use super::super::note::Note;
use super::Converter;

/// The flows of OAuth 2.0, the one that connectors use first, with their names in OpenAPI 2.0.
const FLOWS: &[(&str, &str)] = &[
    ("authorizationCode", "accessCode"),
    ("implicit", "implicit"),
    ("password", "password"),
    ("clientCredentials", "application"),
];

/// What became of the security schemes, by name.
#[derive(Debug, Default)]
pub(super) struct Schemes<'d> {
    made: HashMap<&'d str, Kind>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    OAuth2,
    /// One that has no scopes.
    Plain,
    Lost,
}

/// The flow of an OAuth 2.0 scheme that is used, with its name in OpenAPI 2.0.
fn chosen_flow(scheme: Node<'_>) -> Option<(Member<'_>, &'static str)> {
    let flows = scheme.get("flows")?;
    FLOWS
        .iter()
        .find_map(|(key, name)| flows.member(key).map(|member| (member, *name)))
}

/// Whether the flow that is used has an address without https.
fn is_insecure(node: Node<'_>) -> bool {
    let Some((flow, _)) = chosen_flow(node) else {
        return false;
    };
    let urls = ["authorizationUrl", "tokenUrl"]
        .into_iter()
        .filter_map(|key| flow.value.get(key));
    let mut urls = urls.filter_map(Node::as_str);
    urls.any(|url| {
        !url.get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("https:"))
    })
}

impl<'d> Converter<'d, '_> {
    /// The security definitions; nothing if there are none.
    pub(super) fn security_schemes(&mut self) -> Option<NodeId> {
        let schemes = self.root.get("components")?.get("securitySchemes")?;
        let mut fields = Fields::default();
        for member in schemes.members() {
            let Some(node) = self.resolve(member.value) else {
                continue;
            };
            let (kind, made) = self.security_scheme(node);
            self.schemes.made.insert(member.key, kind);
            if let Some(made) = made {
                fields.add(member.key, member.key_offset, made);
            }
        }
        (!fields.is_empty()).then(|| self.draft.object(schemes.offset(), fields))
    }

    /// Tells of a security scheme, unless the caller says how the API authenticates.
    fn note_security(&mut self, note: Note, node: Node<'d>, message: impl Into<String>) {
        if !self.settings.authentication {
            self.note(note, node, message);
        }
    }

    fn security_scheme(&mut self, node: Node<'d>) -> (Kind, Option<NodeId>) {
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
        match text("type") {
            "apiKey" if text("in") == "cookie" => {
                let message = format!(
                    "The key goes into the header Cookie; a connection's key is written as {}.",
                    quote(&format!("{}=…", text("name")))
                );
                self.note_security(Note::KeyInstead, node, message);
                (Kind::Plain, Some(self.key_scheme(node, "Cookie")))
            }
            "apiKey" => {
                let made = self.scheme_fields(node, &["type", "name", "in", "description"]);
                (Kind::Plain, Some(self.draft.object(node.offset(), made)))
            }
            "http" => self.http_scheme(node, &text("scheme").to_ascii_lowercase()),
            "oauth2" if is_insecure(node) => self.lost_scheme(
                node,
                "Its addresses are not https, and tokens would travel in the clear.",
            ),
            "oauth2" => match self.oauth_scheme(node) {
                Some(made) => (Kind::OAuth2, Some(made)),
                None => self.lost_scheme(node, "It has no flow."),
            },
            "openIdConnect" => self.lost_scheme(
                node,
                "OpenID Connect is found out at an address, and OpenAPI 2.0 wants to be told.",
            ),
            "mutualTLS" => self.lost_scheme(node, "A connector does not authenticate by certificate."),
            // The check of the result says what is wrong with it.
            _ => (Kind::Plain, Some(self.draft.copy(node))),
        }
    }

    fn lost_scheme(&mut self, node: Node<'d>, message: &str) -> (Kind, Option<NodeId>) {
        self.note_security(Note::SecurityLost, node, message);
        (Kind::Lost, None)
    }

    fn http_scheme(&mut self, node: Node<'d>, scheme: &str) -> (Kind, Option<NodeId>) {
        match scheme {
            "basic" => {
                let mut fields = self.scheme_fields(node, &["description"]);
                let kind = self.draft.string(node.offset(), "basic");
                fields.put("type", kind);
                (Kind::Plain, Some(self.draft.object(node.offset(), fields)))
            }
            "bearer" => {
                let message = "The token is a key in the header Authorization; a connection's key is written as \
                               \"Bearer …\".";
                self.note_security(Note::KeyInstead, node, message);
                (Kind::Plain, Some(self.key_scheme(node, "Authorization")))
            }
            other => {
                let message = format!("OpenAPI 2.0 does not have the scheme {}.", quote(other));
                self.lost_scheme(node, &message)
            }
        }
    }

    /// A key in the header called `header`.
    fn key_scheme(&mut self, node: Node<'d>, header: &str) -> NodeId {
        let at = node.offset();
        let mut fields = self.scheme_fields(node, &["description"]);
        for (key, value) in [("type", "apiKey"), ("name", header), ("in", "header")] {
            let made = self.draft.string(at, value);
            fields.put(key, made);
        }
        self.draft.object(at, fields)
    }

    /// The fields of a scheme called `keys`, and its extensions.
    fn scheme_fields(&mut self, node: Node<'d>, keys: &[&str]) -> Fields<'d> {
        let mut fields = Fields::default();
        for member in node.members() {
            if keys.contains(&member.key) || member.key.starts_with("x-") {
                self.carry(&member, &mut fields);
            }
        }
        fields
    }

    fn oauth_scheme(&mut self, node: Node<'d>) -> Option<NodeId> {
        let flows = node.get("flows")?;
        let (Member { key, value: flow, .. }, name) = chosen_flow(node)?;
        for other in flows
            .members()
            .filter(|other| other.key != key && !other.key.starts_with("x-"))
        {
            let message = format!(
                "The flow {} is used, and {} is left out.",
                quote(key),
                quote(other.key)
            );
            self.note_security(Note::SecurityFlowLost, other.value, message);
        }
        let at = flow.offset();
        let mut fields = self.scheme_fields(node, &["type", "description"]);
        let name = self.draft.string(at, name);
        fields.put("flow", name);
        for member in flow.members() {
            match member.key {
                "authorizationUrl" if matches!(key, "authorizationCode" | "implicit") => {
                    self.carry(&member, &mut fields);
                }
                "tokenUrl" if key != "implicit" => self.carry(&member, &mut fields),
                "scopes" => self.carry(&member, &mut fields),
                key if key.starts_with("x-") => {
                    if fields.get(key).is_none() {
                        self.carry(&member, &mut fields);
                    }
                }
                other => {
                    let message = format!("{} has no place in OpenAPI 2.0.", quote(other));
                    self.note_security(Note::FieldLost, member.value, message);
                }
            }
        }
        Some(self.draft.object(at, fields))
    }

    /// A list of security requirements; nothing if none of what it asks for is left.
    pub(super) fn requirements(&mut self, list: Node<'d>) -> Option<NodeId> {
        let mut made = Vec::new();
        let mut lost = false;
        for requirement in list.items() {
            let mut fields = Fields::default();
            let mut some = requirement.members().len() == 0;
            for member in requirement.members() {
                let kind = self.schemes.made.get(member.key).copied();
                if kind == Some(Kind::Lost) {
                    lost = true;
                    continue;
                }
                some = true;
                let scopes = if kind == Some(Kind::Plain) && member.value.items().len() > 0 {
                    self.note_security(Note::FieldLost, member.value, "Only OAuth 2.0 has scopes.");
                    self.draft.list(member.value.offset(), Vec::new())
                } else {
                    self.draft.copy(member.value)
                };
                fields.add(member.key, member.key_offset, scopes);
            }
            if some {
                made.push(self.draft.object(requirement.offset(), fields));
            }
        }
        (!made.is_empty() || !lost).then(|| self.draft.list(list.offset(), made))
    }
}
