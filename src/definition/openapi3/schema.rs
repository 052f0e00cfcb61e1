//! Schemas, keyword by keyword. No client.

use super::super::document::{Fields, Member, Node, NodeId, Value};
use super::super::finding::quote;
use super::super::note::Note;
use super::Converter;
use super::object::{is_null, is_nullable, kind_of_value};

/// Keywords that both have, and that hold no schema.
const CARRIED: &[&str] = &[
    "title",
    "description",
    "format",
    "default",
    "multipleOf",
    "maximum",
    "minimum",
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "readOnly",
    "example",
];

/// Keywords that hold schemas for others to refer to; what is referred to becomes a definition.
const SHELVES: &[&str] = &["$defs", "definitions"];

impl<'d> Converter<'d, '_> {
    /// What a schema becomes.
    pub(super) fn schema(&mut self, node: Node<'d>) -> NodeId {
        let is_part = std::mem::take(&mut self.is_part);
        let made = self.any_schema(node);
        self.is_part = is_part;
        made
    }

    /// What a part of a schema becomes.
    fn part(&mut self, node: Node<'d>) -> NodeId {
        let was_part = std::mem::replace(&mut self.is_part, true);
        let made = self.any_schema(node);
        self.is_part = was_part;
        made
    }

    fn any_schema(&mut self, node: Node<'d>) -> NodeId {
        if self.draft.is_full() {
            return self.draft.copy(node);
        }
        match node.value() {
            Value::Object(_) => {
                let fields = self.schema_fields(node);
                self.draft.object(node.offset(), fields)
            }
            Value::Boolean(any) => {
                if !any {
                    self.note(
                        Note::SchemaOpened,
                        node,
                        "The schema lets nothing pass; it is left open.",
                    );
                }
                self.draft.object(node.offset(), Fields::default())
            }
            Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => self.draft.copy(node),
        }
    }

    fn schema_fields(&mut self, node: Node<'d>) -> Fields<'d> {
        let mut fields = Fields::default();
        self.put_schema(node, &mut fields);
        fields
    }

    /// Puts all that a schema says.
    pub(super) fn put_schema(&mut self, node: Node<'d>, fields: &mut Fields<'d>) {
        let choices = || ["oneOf", "anyOf"].into_iter().filter_map(|key| node.get(key));
        let nullable = is_nullable(node) || choices().flat_map(Node::items).any(is_null);
        for member in node.members() {
            self.keyword(&member, nullable, fields);
        }
        if let Some(reference) = node.get("$ref") {
            self.reference_schema(node, reference, fields);
        }
        self.limits(|key| node.get(key), fields);
        self.content_format(|key| node.get(key), fields);
        for choice in choices() {
            self.choice(node, choice, nullable, fields);
        }
        self.discriminator(node, fields);
        if nullable && fields.get("x-nullable").is_none() {
            let yes = self.draft.boolean(node.offset(), true);
            fields.put("x-nullable", yes);
        }
        let is_array = fields
            .get("type")
            .is_some_and(|kind| self.draft.made(kind).as_str() == Some("array"));
        if is_array && fields.get("items").is_none() {
            let message = "Nothing is said about what the list holds; that is left open.";
            self.note(Note::SchemaOpened, node, message);
            let items = self.draft.object(node.offset(), Fields::default());
            fields.put("items", items);
        }
        self.undescribed(node, fields);
    }

    fn keyword(&mut self, member: &Member<'d>, nullable: bool, fields: &mut Fields<'d>) {
        let Member {
            key,
            key_offset,
            value,
        } = *member;
        let made = match key {
            "type" => return self.schema_type(value, fields),
            "properties" => self.schemas_by_name(value),
            "items" => self.schema_or_list(value),
            "additionalProperties" if value.as_bool().is_some() => self.draft.copy(value),
            "additionalProperties" => self.schema(value),
            "allOf" | "required" | "enum" if is_empty_list(value) => return,
            "allOf" => {
                let made = value.items().map(|part| self.part(part)).collect();
                self.draft.list(value.offset(), made)
            }
            "enum" => self.without_null(value, nullable),
            "required" => self.draft.copy(value),
            "pattern" => return self.pattern(value, fields),
            "externalDocs" => return self.external_docs(member, fields),
            "xml" => self.with_addresses(value, &["namespace"]),
            "const" => {
                let only = self.draft.copy(value);
                let list = self.draft.list(value.offset(), vec![only]);
                return fields.put("enum", list);
            }
            "exclusiveMinimum" | "exclusiveMaximum" if matches!(value.value(), Value::Number(_)) => return,
            "exclusiveMinimum" | "exclusiveMaximum" => self.draft.copy(value),
            "examples" => return self.schema_examples(value, fields),
            "deprecated" => return self.flag(member, "x-deprecated", fields),
            "writeOnly" => return self.flag(member, "x-writeOnly", fields),
            "$ref" | "nullable" | "oneOf" | "anyOf" | "discriminator" | "contentEncoding"
            | "contentMediaType" => {
                return;
            }
            _ if CARRIED.contains(&key) || key.starts_with("x-") => self.draft.copy(value),
            _ if SHELVES.contains(&key) => return,
            _ => return self.lost_keyword(key, value),
        };
        if fields.get(key).is_none() {
            fields.add(key, key_offset, made);
        }
    }

    /// Tells of a keyword that is left out.
    pub(super) fn lost_keyword(&mut self, key: &str, value: Node<'d>) {
        let message = format!("OpenAPI 2.0 has no keyword {}; it is left out.", quote(key));
        self.note(Note::KeywordLost, value, message);
    }

    /// Puts a boolean under another name, unless it says what goes without saying.
    pub(super) fn flag(&mut self, member: &Member<'d>, key: &'static str, fields: &mut Fields<'d>) {
        if member.value.as_bool() != Some(false) {
            let value = self.draft.copy(member.value);
            fields.put(key, value);
            let message = format!(
                "OpenAPI 2.0 has no {} here; it is {}.",
                quote(member.key),
                quote(key)
            );
            self.note(Note::FieldRenamed, member.value, message);
        }
    }

    fn schema_type(&mut self, kind: Node<'d>, fields: &mut Fields<'d>) {
        let named: Vec<&str> = kind
            .items()
            .filter_map(Node::as_str)
            .filter(|kind| *kind != "null")
            .collect();
        let one = match (kind.value(), named.as_slice()) {
            (Value::String("null"), _) => {
                return self.note(
                    Note::SchemaOpened,
                    kind,
                    "The value is null; its type is left open.",
                );
            }
            (Value::Array(_), ["integer", "number"] | ["number", "integer"]) => "number",
            (Value::Array(_), [one]) => one,
            (Value::Array(items), []) => {
                if items.len() > 0 {
                    self.note(
                        Note::SchemaOpened,
                        kind,
                        "The value is null; its type is left open.",
                    );
                }
                return;
            }
            (Value::Array(_), several) => {
                let message = format!(
                    "The value may be {}; its type is left open.",
                    several.join(" or ")
                );
                return self.note(Note::SchemaOpened, kind, message);
            }
            (_, _) => {
                let made = self.draft.copy(kind);
                return fields.put("type", made);
            }
        };
        let made = self.draft.string(kind.offset(), one);
        fields.put("type", made);
    }

    fn schemas_by_name(&mut self, node: Node<'d>) -> NodeId {
        if !node.is_object() {
            return self.draft.copy(node);
        }
        let mut fields = Fields::default();
        for member in node.members() {
            let made = self.schema(member.value);
            fields.add(member.key, member.key_offset, made);
        }
        self.draft.object(node.offset(), fields)
    }

    fn schema_or_list(&mut self, node: Node<'d>) -> NodeId {
        match node.value() {
            Value::Array(items) => {
                let made = items.map(|item| self.schema(item)).collect();
                self.draft.list(node.offset(), made)
            }
            Value::Null | Value::Boolean(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.schema(node)
            }
        }
    }

    /// A list of allowed values; that null is one of them is said beside it.
    fn without_null(&mut self, list: Node<'d>, nullable: bool) -> NodeId {
        let values: Vec<Node<'d>> = list
            .items()
            .filter(|value| !nullable || kind_of_value(*value).is_some())
            .collect();
        if values.is_empty() || values.len() == list.items().len() {
            return self.draft.copy(list);
        }
        let made = values.into_iter().map(|value| self.draft.copy(value)).collect();
        self.draft.list(list.offset(), made)
    }

    fn schema_examples(&mut self, examples: Node<'d>, fields: &mut Fields<'d>) {
        let mut values = examples.items();
        let first = values.next();
        if let Some(first) = first.filter(|_| fields.get("example").is_none()) {
            let made = self.draft.copy(first);
            fields.put("example", made);
        }
        for other in values {
            self.lost_example(other);
        }
        if first.is_none() && examples.members().len() > 0 {
            self.lost_example(examples);
        }
    }

    /// A reference. Fields beside it count from 3.1 on: there it becomes a part. In 3.0 they are ignored, as they are in
    /// OpenAPI 2.0, and stay beside it.
    fn reference_schema(&mut self, node: Node<'d>, reference: Node<'d>, fields: &mut Fields<'d>) {
        let Some(to) = self.definition(reference) else {
            return;
        };
        let at = reference.offset();
        if self.siblings_count && !fields.is_empty() {
            let part = self.reference(at, &to);
            self.add_part(node, part, fields);
        } else {
            let to = self.draft.string(at, &to);
            fields.put("$ref", to);
        }
    }

    /// Adds a schema that must hold as well.
    pub(super) fn add_part(&mut self, node: Node<'d>, part: NodeId, fields: &mut Fields<'d>) {
        let mut parts = vec![part];
        if let Some(known) = fields.get("allOf") {
            parts.extend(self.draft.made(known).items().map(Node::id));
        }
        let made = self.draft.list(node.offset(), parts);
        fields.put("allOf", made);
    }

    /// Bounds that a number must not reach: numbers of their own from 3.1 on, marks of the bounds before.
    pub(super) fn limits(&mut self, get: impl Fn(&str) -> Option<Node<'d>>, fields: &mut Fields<'d>) {
        for (bound, exclusive, is_lower) in [
            ("minimum", "exclusiveMinimum", true),
            ("maximum", "exclusiveMaximum", false),
        ] {
            let Some(node) = get(exclusive) else { continue };
            let Value::Number(limit) = node.value() else {
                if node.as_bool() == Some(true) && fields.get(bound).is_some() {
                    let made = self.draft.copy(node);
                    fields.put(exclusive, made);
                }
                continue;
            };
            let number = |text: &str| text.parse::<f64>().ok();
            let other = get(bound).and_then(|other| {
                if let Value::Number(text) = other.value() {
                    number(text)
                } else {
                    None
                }
            });
            let is_stricter =
                other.zip(number(limit)).is_none_or(
                    |(other, limit)| {
                        if is_lower { limit >= other } else { limit <= other }
                    },
                );
            if is_stricter {
                let made = self.draft.number(node.offset(), limit);
                fields.put(bound, made);
                let yes = self.draft.boolean(node.offset(), true);
                fields.put(exclusive, yes);
            }
        }
    }

    /// What `contentEncoding` and `contentMediaType` say of a text, as a format.
    pub(super) fn content_format(&mut self, get: impl Fn(&str) -> Option<Node<'d>>, fields: &mut Fields<'d>) {
        let encoding = get("contentEncoding");
        let media = get("contentMediaType");
        let format = match (encoding.and_then(Node::as_str), media.and_then(Node::as_str)) {
            (Some("base64" | "base64url"), _) => "byte",
            (None | Some("binary"), Some("application/octet-stream")) | (Some("binary"), _) => "binary",
            _ => {
                for (key, node) in [("contentEncoding", encoding), ("contentMediaType", media)] {
                    if let Some(node) = node {
                        self.lost_keyword(key, node);
                    }
                }
                return;
            }
        };
        let Some(node) = encoding.or(media) else { return };
        if fields.get("format").is_none() {
            let made = self.draft.string(node.offset(), format);
            fields.put("format", made);
        }
        if fields.get("type").is_none() {
            let kind = self.draft.string(node.offset(), "string");
            fields.put("type", kind);
        }
    }

    /// A discriminator as the name of a property.
    fn discriminator(&mut self, node: Node<'d>, fields: &mut Fields<'d>) {
        let Some(discriminator) = node.get("discriminator") else {
            return;
        };
        let is_choice = node.get("oneOf").is_some() || node.get("anyOf").is_some();
        let name = discriminator
            .get("propertyName")
            .or_else(|| discriminator.as_str().map(|_| discriminator));
        let Some(name) = name.filter(|_| !is_choice) else {
            let message = "The schema is no longer a choice, so nothing tells which one it is.";
            return self.note(Note::DiscriminatorLost, discriminator, message);
        };
        if let Some(mapping) = discriminator.get("mapping") {
            let message = "In OpenAPI 2.0 the values of a discriminator are the names of definitions.";
            self.note(Note::DiscriminatorLost, mapping, message);
        }
        let made = self.draft.copy(name);
        fields.put("discriminator", made);
    }
}

fn is_empty_list(node: Node<'_>) -> bool {
    matches!(node.value(), Value::Array(items) if items.len() == 0)
}
