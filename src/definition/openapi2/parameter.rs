//! Parameters: their five kinds, and what holds for each of them alone. No client.

use std::collections::HashSet;

use super::super::connector_document::Repair;
use super::super::document::Node;
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::reference::Section;
use super::schema::Standing;
use super::shape::{Expect, Shape};
use super::{Check, Direction, shapes};

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Location {
    Path,
    Query,
    Header,
    Form,
    Body,
}

impl Location {
    const NAMES: &'static [&'static str] = &["path", "query", "header", "formData", "body"];

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "path" => Self::Path,
            "query" => Self::Query,
            "header" => Self::Header,
            "formData" => Self::Form,
            "body" => Self::Body,
            _ => return None,
        })
    }

    fn shape(self) -> &'static Shape {
        match self {
            Self::Path | Self::Header => &shapes::PLAIN_PARAMETER,
            Self::Query => &shapes::QUERY_PARAMETER,
            Self::Form => &shapes::FORM_PARAMETER,
            Self::Body => &shapes::BODY_PARAMETER,
        }
    }
}

/// A parameter in a list, its reference followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter<'d> {
    /// Its place in the list.
    pub(super) index: usize,
    /// As it stands in the list: itself, or a reference.
    pub(super) written: Node<'d>,
    pub(super) node: Node<'d>,
    pub(super) name: &'d str,
    pub(super) location: Location,
}

/// Headers that a connector's runtime sets by what the operation consumes and produces.
const RESERVED_HEADERS: [&str; 2] = ["content-type", "accept"];

impl<'d> Check<'d, '_> {
    /// Checks the shared parameters of the root, one by one.
    pub(super) fn shared_parameters(&mut self) {
        let Some(shared) = self.root.get("parameters") else {
            return;
        };
        let path = Path::ROOT.key("parameters");
        for member in shared.members() {
            self.parameter(member.value, &path.key(member.key));
        }
    }

    /// Checks the list under `parameters` of `owner`, and returns those that could be read.
    pub(super) fn parameters(&mut self, owner: Node<'d>, owner_path: &Path<'_>) -> Vec<Parameter<'d>> {
        let Some(list) = owner.get("parameters") else {
            return Vec::new();
        };
        let path = owner_path.key("parameters");
        let mut read = Vec::new();
        let mut seen = HashSet::new();
        for (index, written) in list.items().enumerate() {
            let path = path.index(index);
            let Some(node) = self.follow(written, &path) else {
                continue;
            };
            let text = |key: &str| node.get(key).and_then(Node::as_str);
            let (Some(name), Some(location)) = (text("name"), text("in").and_then(Location::parse)) else {
                continue;
            };
            if !seen.insert((name, location)) {
                let message = format!("There are two parameters {} with the same place.", quote(name));
                self.report(Rule::ParameterDuplicate, written, &path, message);
            }
            read.push(Parameter {
                index,
                written,
                node,
                name,
                location,
            });
        }
        read
    }

    /// The parameter itself: checked where it is written, looked up where it is a reference.
    fn follow(&mut self, written: Node<'d>, path: &Path<'_>) -> Option<Node<'d>> {
        let Some(reference) = written.get("$ref") else {
            self.parameter(written, path);
            return Some(written);
        };
        self.shape(written, path, &shapes::REFERENCE);
        self.resolve(reference, &path.key("$ref"), Section::Parameters)
    }

    fn parameter(&mut self, node: Node<'d>, path: &Path<'_>) {
        if node.get("$ref").is_some() {
            return self.chain(node, path);
        }
        let Some(location) = node.get("in") else {
            if !node.is_object() {
                return self.value(node, path, "parameters", Expect::Object);
            }
            let message = "\"in\" is missing; a parameter needs it.";
            return self.report(Rule::MissingField, node, path, message);
        };
        let Some(kind) = location.as_str().and_then(Location::parse) else {
            return self.value(location, &path.key("in"), "in", Expect::OneOf(Location::NAMES));
        };
        if node.get("type").and_then(Node::as_str) == Some("file") && kind != Location::Form {
            let message = "A parameter of type file has another place than formData.";
            return self.report(Rule::FileOutsideForm, node, path, message);
        }
        self.shape(node, path, kind.shape());
        self.parameter_texts(node, path, kind);
        self.input_wording(node, path);
        if kind == Location::Body {
            if let Some(schema) = node.get("schema") {
                self.direction = Direction::Sent;
                self.schema(schema, &path.key("schema"), Standing::Alone);
                self.direction = Direction::Unknown;
            }
            return;
        }
        self.simple_value(node, path);
        if kind == Location::Path {
            self.path_parameter(node, path);
        } else if node.get("x-ms-url-encoding").is_some() {
            let message = "\"x-ms-url-encoding\" means nothing here: only values in a path need it.";
            let path = path.key("x-ms-url-encoding");
            self.report(Rule::ExtensionPlace, node, &path, message);
        }
        let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
        let reserved = kind == Location::Header
            && RESERVED_HEADERS
                .iter()
                .any(|reserved| name.eq_ignore_ascii_case(reserved));
        if kind == Location::Form && !name.is_ascii() {
            let message = format!("The name {} has other than ASCII characters.", quote(name));
            self.report(Rule::FormParameterName, node, path, message);
        }
        if reserved || name == "connectionId" {
            let message = format!(
                "The parameter {} is one that the backend sets itself.",
                quote(name)
            );
            self.report(Rule::ParameterReserved, node, path, message);
        }
    }

    fn path_parameter(&mut self, node: Node<'d>, path: &Path<'_>) {
        if node.get("x-ms-url-encoding").is_none() {
            let message = Rule::PathEncodingMissing.statement();
            self.report(Rule::PathEncodingMissing, node, path, message);
        }
        match node.get("required") {
            None => {
                self.report(
                    Rule::PathParameterNotMarked,
                    node,
                    path,
                    Rule::PathParameterNotMarked.statement(),
                );
                self.repairs.push(Repair::Require(node.id()));
            }
            Some(required) if required.as_bool() == Some(false) => {
                let path = path.key("required");
                self.report(
                    Rule::PathParameterOptional,
                    required,
                    &path,
                    Rule::PathParameterOptional.statement(),
                );
            }
            Some(_) => {}
        }
    }

    fn parameter_texts(&mut self, node: Node<'d>, path: &Path<'_>, kind: Location) {
        let has = |key: &str| {
            node.get(key)
                .and_then(Node::as_str)
                .is_some_and(|text| !text.trim().is_empty())
        };
        let internal = node.get("x-ms-visibility").and_then(Node::as_str) == Some("internal");
        if internal {
            let required =
                kind == Location::Path || node.get("required").and_then(Node::as_bool) == Some(true);
            if required && kind != Location::Body && node.get("default").is_none() {
                self.report(
                    Rule::InternalWithoutDefault,
                    node,
                    path,
                    Rule::InternalWithoutDefault.statement(),
                );
            } else if !required && node.get("default").is_some() {
                let message = Rule::InternalOptional.statement();
                self.report(Rule::InternalOptional, node, path, message);
            }
        } else if kind != Location::Body && !(has("description") && has("x-ms-summary")) {
            let missing = if has("description") {
                "x-ms-summary"
            } else {
                "description"
            };
            self.report(
                Rule::ParameterText,
                node,
                path,
                format!("The parameter has no {missing}."),
            );
        }
    }

    /// Checks a parameter, header or item that is described in place, without a schema.
    pub(super) fn simple_value(&mut self, node: Node<'d>, path: &Path<'_>) {
        let kind = node.get("type").and_then(Node::as_str);
        match node.get("items") {
            Some(items) => {
                let path = path.key("items");
                if items.is_object() && self.shape(items, &path, &shapes::SIMPLE_ITEMS) {
                    self.simple_value(items, &path);
                }
            }
            None if kind == Some("array") => {
                self.report(Rule::ItemsMissing, node, path, Rule::ItemsMissing.statement());
            }
            None => {}
        }
        self.allowed_values(node, path);
        if let Some(name) = node.get("name").and_then(Node::as_str) {
            self.secret_default(name, node, path);
        }
    }
}
