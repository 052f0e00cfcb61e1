//! An OpenAPI 2.0 document that was found good: as it will be registered, with its repairs made. No client.

use super::document::{Document, Node, NodeId};
use super::finding::Findings;
use super::read::{Limits, read};
use super::security::{self, SecurityScheme};
use super::write;

/// A change that makes a sound description complete. Each has a finding of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Repair {
    /// The string numbered so becomes this text.
    Text(NodeId, String),
    /// The parameter numbered so is marked as required.
    Require(NodeId),
    /// The empty `responses` numbered so get a default.
    DefaultResponse(NodeId),
}

/// An OpenAPI 2.0 document without errors. Ordered as it was written, with every extension it came with.
#[derive(Debug)]
pub struct ConnectorDocument {
    document: Document,
}

/// The texts that present an API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Info<'d> {
    /// `info.title`
    pub title: &'d str,
    /// `info.version`
    pub version: &'d str,
    /// `info.description`
    pub description: Option<&'d str>,
}

impl ConnectorDocument {
    pub(super) fn new(mut document: Document, repairs: Vec<Repair>) -> Self {
        for repair in repairs {
            match repair {
                Repair::Text(id, text) => document.set_string(id, &text),
                Repair::Require(id) => {
                    let yes = document.new_boolean(id, true);
                    document.set_member(id, "required", yes);
                }
                Repair::DefaultResponse(id) => {
                    let response = document.new_object(id);
                    let description = document.new_string(id, "default");
                    document.set_member(response, "description", description);
                    document.set_member(id, "default", response);
                }
            }
        }
        Self { document }
    }

    /// A document that is registered already, whatever there is to say against it; nothing if it cannot be read.
    pub fn unjudged(bytes: &[u8]) -> Option<Self> {
        let document = read(bytes, &Limits::default(), &mut Findings::default()).ok()?;
        Some(Self { document })
    }

    /// The document itself.
    pub(super) fn document(&self) -> &Document {
        &self.document
    }

    /// The document as minified JSON. The same document gives the same text, byte for byte.
    pub fn to_json(&self) -> String {
        let mut text = String::with_capacity(self.document.source().len());
        write::json(self.document.root(), &mut text);
        text
    }

    /// Title, version and description.
    pub fn info(&self) -> Info<'_> {
        let info = self.document.root().get("info");
        let text = |key: &str| info.and_then(|info| info.get(key)).and_then(Node::as_str);
        Info {
            title: text("title").unwrap_or_default(),
            version: text("version").unwrap_or_default(),
            description: text("description"),
        }
    }

    /// The host with an optional port. Absent only where the caller of the check supplies a service URL.
    pub fn host(&self) -> Option<&str> {
        self.document.root().get("host").and_then(Node::as_str)
    }

    /// The path before all paths. Never with a slash at its end, other than `/` itself; absent means `/`.
    pub fn base_path(&self) -> Option<&str> {
        self.document.root().get("basePath").and_then(Node::as_str)
    }

    /// The schemes the API offers, in the order written. May be empty.
    pub fn schemes(&self) -> Vec<&str> {
        let schemes = self
            .document
            .root()
            .get("schemes")
            .into_iter()
            .flat_map(Node::items);
        schemes.filter_map(Node::as_str).collect()
    }

    /// The security schemes in the order written. A connector has one kind of credential: the first counts.
    pub fn security_schemes(&self) -> Vec<SecurityScheme> {
        let definitions = self
            .document
            .root()
            .get("securityDefinitions")
            .into_iter()
            .flat_map(Node::members);
        definitions
            .filter_map(|member| security::read(member.key, member.value))
            .collect()
    }

    /// Makes `scheme` the only security scheme, required by every operation; with `None`, the API asks for nothing.
    pub fn replace_security(&mut self, scheme: Option<&SecurityScheme>) {
        security::replace(&mut self.document, scheme);
    }

    /// Makes the API answer at `scheme://host` + `base_path`. A slash at the end of the base path is left off.
    pub fn set_service(&mut self, scheme: &str, host: &str, base_path: &str) {
        let root = self.document.root().id();
        let trimmed = base_path.trim_end_matches('/');
        let base_path = if trimmed.is_empty() { "/" } else { trimmed };
        for (key, text) in [("host", host), ("basePath", base_path)] {
            let value = self.document.new_string(root, text);
            self.document.set_member(root, key, value);
        }
        let scheme = self.document.new_string(root, scheme);
        let schemes = self.document.new_array(root, vec![scheme]);
        self.document.set_member(root, "schemes", schemes);
    }
}
