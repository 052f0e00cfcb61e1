//! Schemas: their keywords, what they hold, and what only their neighbours tell. No client.

use std::collections::HashSet;

use super::super::document::{Member, Node, NodeId, Value};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::shape::Expect;
use super::{Check, Direction, shapes};

/// How a schema stands to the definition it is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// It is a definition.
    Definition,
    /// A definition is made of it, through `allOf` alone.
    Inherited,
    /// Another schema is made of it.
    Part,
    /// It describes a value of its own.
    Alone,
}

/// How many schemas one may be made of before it is no longer looked at what properties they have.
const MOST_PARTS: usize = 64;

const TYPES: &[&str] = &[
    "string", "number", "integer", "boolean", "object", "array", "null",
];

impl<'d> Check<'d, '_> {
    /// Checks the definitions, each with the links that lead from it.
    pub(super) fn definitions(&mut self) {
        let Some(definitions) = self.root.get("definitions") else {
            return;
        };
        let path = Path::ROOT.key("definitions");
        for (index, member) in definitions.members().enumerate() {
            self.references.current = Some(index);
            self.schema(member.value, &path.key(member.key), Standing::Definition);
        }
        self.references.current = None;
    }

    /// Checks a schema and all that is in it.
    pub(super) fn schema(&mut self, node: Node<'d>, path: &Path<'_>, standing: Standing) {
        if !self.shape(node, path, &shapes::SCHEMA) {
            return;
        }
        if let Some(reference) = node.get("$ref") {
            let is_kind_of = matches!(standing, Standing::Definition | Standing::Inherited);
            self.resolve_schema(reference, &path.key("$ref"), is_kind_of);
            if standing == Standing::Definition {
                self.report(
                    Rule::DefinitionAlias,
                    node,
                    path,
                    Rule::DefinitionAlias.statement(),
                );
            }
            return self.siblings(node, path);
        }
        self.schema_type(node, path);
        self.discriminator(node, path);
        self.properties(node, path);
        self.items(node, path);
        if let Some(additional) = node.get("additionalProperties")
            && additional.as_bool().is_none()
        {
            self.schema(additional, &path.key("additionalProperties"), Standing::Alone);
        }
        self.all_of(node, path, standing);
        if let Some(xml) = node.get("xml") {
            self.shape(xml, &path.key("xml"), &shapes::XML);
        }
        self.external_docs(node, path);
        self.allowed_values(node, path);
        self.required_names(node, path, standing);
    }

    fn schema_type(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(kind) = node.get("type") else { return };
        let path = path.key("type");
        match kind.value() {
            Value::Array(_) => {
                self.report(
                    Rule::TypeListNotSupported,
                    kind,
                    &path,
                    Rule::TypeListNotSupported.statement(),
                );
            }
            Value::String("null") => self.report(Rule::NullType, kind, &path, Rule::NullType.statement()),
            Value::String(_) | Value::Null | Value::Boolean(_) | Value::Number(_) | Value::Object(_) => {
                self.value(kind, &path, "type", Expect::OneOf(TYPES));
            }
        }
    }

    fn properties(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(properties) = node.get("properties") else {
            return;
        };
        let path = path.key("properties");
        let required: HashSet<&str> = match node.get("required") {
            Some(required) if self.direction == Direction::Sent => {
                required.items().filter_map(Node::as_str).collect()
            }
            Some(_) | None => HashSet::new(),
        };
        for member in properties.members() {
            let path = path.key(member.key);
            self.schema(member.value, &path, Standing::Alone);
            self.secret_default(member.key, member.value, &path);
            self.input_wording(member.value, &path);
            self.property_sent(&member, &path, &required);
            let property = member.value;
            let internal = property.get("x-ms-visibility").and_then(Node::as_str) == Some("internal");
            let simple = property.get("properties").is_none() && property.get("$ref").is_none();
            // The address for notifications is filled in by the runtime.
            let filled_in = property.get("x-ms-notification-url").is_some();
            if internal
                && simple
                && !filled_in
                && property.get("default").is_none()
                && required.contains(member.key)
            {
                let message = format!(
                    "The required property {} is hidden and has no default.",
                    quote(member.key)
                );
                self.report(Rule::InternalWithoutDefault, property, &path, message);
            }
        }
    }

    /// Checks what matters only for a property that is sent.
    fn property_sent(&mut self, member: &Member<'d>, path: &Path<'_>, required: &HashSet<&str>) {
        if self.direction != Direction::Sent {
            return;
        }
        let property = member.value;
        let text = |key: &str| property.get(key).and_then(Node::as_str);
        let is_required = required.contains(member.key);
        if is_required && property.get("readOnly").and_then(Node::as_bool) == Some(true) {
            let message = format!("The required property {} is read-only.", quote(member.key));
            self.report(Rule::ReadOnlyRequired, property, path, message);
        }
        if text("type") == Some("string") && text("format") == Some("binary") {
            let message = format!("{} is binary, in a body that is not.", quote(member.key));
            self.report(Rule::BinaryPlace, property, path, message);
        }
        let internal = text("x-ms-visibility") == Some("internal");
        if internal && !is_required && property.get("default").is_some() {
            let message = Rule::InternalOptional.statement();
            self.report(Rule::InternalOptional, property, path, message);
        }
    }

    fn items(&mut self, node: Node<'d>, path: &Path<'_>) {
        let is_array = node.get("type").and_then(Node::as_str) == Some("array");
        let Some(items) = node.get("items") else {
            if is_array {
                self.report(Rule::ItemsMissing, node, path, Rule::ItemsMissing.statement());
            }
            return;
        };
        let path = path.key("items");
        if let Some(kind) = node
            .get("type")
            .and_then(Node::as_str)
            .filter(|kind| *kind != "array")
        {
            let message = format!("A schema of type {} has items; they are ignored.", quote(kind));
            self.report(Rule::ItemsWithoutArray, items, &path, message);
        }
        match items.value() {
            Value::Array(list) if list.len() == 0 => {
                self.report(Rule::EmptyList, items, &path, "\"items\" is an empty list.");
            }
            Value::Array(list) => {
                for (index, item) in list.enumerate() {
                    self.schema(item, &path.index(index), Standing::Alone);
                }
            }
            Value::Null | Value::Boolean(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.schema(items, &path, Standing::Alone);
            }
        }
    }

    fn all_of(&mut self, node: Node<'d>, path: &Path<'_>, standing: Standing) {
        let Some(parts) = node.get("allOf") else { return };
        let part = match standing {
            Standing::Definition | Standing::Inherited => Standing::Inherited,
            Standing::Part | Standing::Alone => Standing::Part,
        };
        let path = path.key("allOf");
        if matches!(parts.value(), Value::Array(list) if list.len() == 0) {
            self.report(Rule::EmptyList, parts, &path, "\"allOf\" is an empty list.");
        }
        for (index, node) in parts.items().enumerate() {
            self.schema(node, &path.index(index), part);
        }
    }

    /// Checks that required properties are described, here or in what is inherited.
    fn required_names(&mut self, node: Node<'d>, path: &Path<'_>, standing: Standing) {
        let Some(required) = node.get("required") else {
            return;
        };
        let path = path.key("required");
        if matches!(required.value(), Value::Array(list) if list.len() == 0) {
            return self.report(Rule::EmptyList, required, &path, "\"required\" is an empty list.");
        }
        let kind = node.get("type").and_then(Node::as_str);
        let describes = node.get("properties").is_some() || node.get("allOf").is_some();
        if let Some(kind) = kind.filter(|kind| *kind != "object") {
            let message = format!("A schema of type {} requires properties.", quote(kind));
            self.report(Rule::RequiredWithoutObject, required, &path, message);
        }
        // What a schema is a part of may describe the property; and only objects have properties.
        let whole = matches!(standing, Standing::Definition | Standing::Alone);
        if !whole || !(kind == Some("object") || (kind.is_none() && describes)) {
            return;
        }
        let Some(known) = self.known_properties(node) else {
            return;
        };
        for (index, name) in required.items().enumerate() {
            if let Some(text) = name.as_str().filter(|text| !known.contains(text)) {
                let message = format!("The required property {} is not described.", quote(text));
                self.report(Rule::RequiredUndefined, name, &path.index(index), message);
            }
        }
    }

    /// The properties of a schema with those of all it is made of; `None` where something leaves open which it has.
    fn known_properties(&self, node: Node<'d>) -> Option<HashSet<&'d str>> {
        let mut names = HashSet::new();
        let mut seen: HashSet<NodeId> = HashSet::new();
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            let node = self.references.schema(node)?;
            if !seen.insert(node.id()) {
                continue;
            }
            let open = node
                .get("additionalProperties")
                .is_some_and(|more| more.as_bool() != Some(false));
            if open || seen.len() > MOST_PARTS {
                return None;
            }
            names.extend(
                node.get("properties")
                    .into_iter()
                    .flat_map(Node::members)
                    .map(|member| member.key),
            );
            pending.extend(node.get("allOf").into_iter().flat_map(Node::items));
        }
        Some(names)
    }

    /// Checks the schema of a response, which alone may be a file.
    pub(super) fn response_schema(&mut self, node: Node<'d>, path: &Path<'_>) {
        if node.get("type").and_then(Node::as_str) == Some("file") {
            self.shape(node, path, &shapes::FILE_SCHEMA);
        } else {
            self.schema(node, path, Standing::Alone);
        }
    }
}
