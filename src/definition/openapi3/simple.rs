//! Values outside a body: parameters, headers and fields of forms, whose schema OpenAPI 2.0 writes in place. No client.

use std::collections::HashSet;

use super::super::document::{Fields, Node, NodeId, Value};
use super::super::finding::quote;
use super::super::note::Note;
use super::Converter;
use super::object::{Flat, Property};
use super::style::Style;

/// How deep lists may stand in lists.
const DEEPEST_LIST: usize = 8;

/// Keywords that are copied.
const CARRIED: &[&str] = &[
    "format",
    "default",
    "maximum",
    "minimum",
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "uniqueItems",
    "multipleOf",
];

/// Types that a value outside a body may have.
const PLAIN: &[&str] = &["string", "number", "integer", "boolean"];

impl<'d> Converter<'d, '_> {
    /// Puts what `flat` says of a value. `about` is what an entry of the report is about.
    pub(super) fn simple(&mut self, flat: &Flat<'d>, about: Node<'d>, style: Style, fields: &mut Fields<'d>) {
        self.simple_at(flat, about, style, fields, 0);
    }

    fn simple_at(
        &mut self,
        flat: &Flat<'d>,
        about: Node<'d>,
        style: Style,
        fields: &mut Fields<'d>,
        depth: usize,
    ) {
        let at = about.offset();
        if style == Style::Other {
            let message = "OpenAPI 2.0 does not have this style; the value is sent plainly.";
            self.note(Note::StyleChanged, about, message);
        }
        let kind = self.simple_kind(flat, about, depth);
        let written = self.draft.string(at, kind);
        fields.put("type", written);
        if kind == "array" {
            if let Some(format) = style.collection_format() {
                let format = self.draft.string(at, format);
                fields.put("collectionFormat", format);
            }
            let items = self.simple_items(flat, about, depth);
            fields.put("items", items);
        }
        for key in CARRIED {
            if let Some(value) = flat.get(key) {
                let is_list = matches!(value.value(), Value::Array(_));
                if *key == "default" && is_list != (kind == "array") {
                    self.note(
                        Note::DefaultLost,
                        value,
                        "A list has a list as its default, and nothing else has.",
                    );
                    continue;
                }
                let value = self.draft.copy(value);
                fields.put(*key, value);
            }
        }
        if let Some(pattern) = flat.get("pattern") {
            self.pattern(pattern, fields);
        }
        self.limits(|key| flat.get(key), fields);
        self.allowed(flat, fields);
        if flat.nullable && fields.get("x-nullable").is_none() {
            let yes = self.draft.boolean(at, true);
            fields.put("x-nullable", yes);
        }
        self.content_format(|key| flat.get(key), fields);
        self.simple_texts(flat, depth == 0, fields);
        if let Some(example) = flat.get("example").or_else(|| flat.get("examples")) {
            self.lost_example(example);
        }
        if let Some(not) = flat.get("not") {
            self.lost_keyword("not", not);
        }
    }

    /// Extensions of the schema, and its texts if there is a place for them, where the parameter has none of its own.
    pub(super) fn simple_texts(&mut self, flat: &Flat<'d>, has_texts: bool, fields: &mut Fields<'d>) {
        for layer in flat.layers() {
            for member in layer.members() {
                let key = match member.key {
                    "title" if has_texts => "x-ms-summary",
                    "description" if has_texts => "description",
                    key if key.starts_with("x-") => key,
                    _ => continue,
                };
                if fields.get(key).is_none() {
                    let value = self.draft.copy(member.value);
                    fields.add(key, member.key_offset, value);
                }
            }
        }
    }

    /// The type that the value has, or that is taken for it.
    fn simple_kind(&mut self, flat: &Flat<'d>, about: Node<'d>, depth: usize) -> &'static str {
        let mut kinds = flat.types();
        if kinds.is_empty() {
            kinds.extend(flat.kind());
        }
        if kinds.is_empty() {
            for option in flat.options.clone() {
                let option = self.flat(option);
                kinds.extend(option.kind());
            }
        }
        kinds.sort_unstable();
        kinds.dedup();
        let known = |kind: &str| PLAIN.iter().copied().find(|plain| *plain == kind);
        let (kind, message) = match kinds.as_slice() {
            ["array"] if depth < DEEPEST_LIST => return "array",
            [one] if known(one).is_some() => return known(one).unwrap_or("string"),
            ["integer", "number"] => return "number",
            [] => (
                "string",
                "Nothing is said about the type of the value; it is a text.".to_owned(),
            ),
            ["object"] => (
                "string",
                "The value is an object; the caller writes it out.".to_owned(),
            ),
            several => (
                "string",
                format!("The value may be {}; it is a text.", several.join(" or ")),
            ),
        };
        self.note(Note::TypeAssumed, about, message);
        kind
    }

    fn simple_items(&mut self, flat: &Flat<'d>, about: Node<'d>, depth: usize) -> NodeId {
        let mut fields = Fields::default();
        let items = flat.get("items").filter(|items| items.is_object());
        let about = items.unwrap_or(about);
        let inner = match items {
            Some(items) => self.flat(items),
            None => Flat::default(),
        };
        self.simple_at(&inner, about, Style::Listed("csv"), &mut fields, depth + 1);
        self.draft.object(about.offset(), fields)
    }

    /// The allowed values: those of the schema, or of all that it may be.
    fn allowed(&mut self, flat: &Flat<'d>, fields: &mut Fields<'d>) {
        let Some(values) = self.allowed_values(flat) else {
            return;
        };
        let Some(first) = values.first() else { return };
        let at = first.offset();
        let made = values.into_iter().map(|value| self.draft.copy(value)).collect();
        let made = self.draft.list(at, made);
        fields.put("enum", made);
    }

    /// The values that it may have, without null; nothing where they are not told.
    pub(super) fn allowed_values(&mut self, flat: &Flat<'d>) -> Option<Vec<Node<'d>>> {
        let not_null = |node: &Node<'d>| super::object::kind_of_value(*node).is_some();
        if let Some(value) = flat.get("const") {
            return Some(vec![value]);
        }
        if let Some(list) = flat.get("enum") {
            return Some(list.items().filter(not_null).collect());
        }
        if flat.options.is_empty() {
            return None;
        }
        let mut all: Vec<Node<'d>> = Vec::new();
        let mut known = HashSet::new();
        for option in flat.options.clone() {
            let option = self.flat(option);
            let one = option.get("const").into_iter();
            let many = option.get("enum").into_iter().flat_map(Node::items);
            let before = all.len();
            for value in one.chain(many).filter(not_null) {
                self.merging = self.merging.checked_sub(1)?;
                let is_new = match value.value() {
                    Value::String(text) => known.insert((true, text)),
                    Value::Number(text) => known.insert((false, text)),
                    Value::Null | Value::Boolean(_) | Value::Array(_) | Value::Object(_) => true,
                };
                if is_new {
                    all.push(value);
                }
            }
            if all.len() == before && option.get("const").or_else(|| option.get("enum")).is_none() {
                return None;
            }
        }
        Some(all)
    }

    /// Puts the value of a property that stands outside a body.
    pub(super) fn property_value(&mut self, property: &Property<'d>, style: Style, fields: &mut Fields<'d>) {
        let Some(first) = property.schemas.first().copied() else {
            return;
        };
        let flat = self.flat(first);
        if self.is_object(&flat) {
            let message = format!(
                "{} is an object; the caller writes it out as the API reads it.",
                quote(property.name)
            );
            self.note(Note::ParameterAsText, first, message);
            let kind = self.draft.string(first.offset(), "string");
            fields.put("type", kind);
            return self.simple_texts(&flat, true, fields);
        }
        self.simple(&flat, first, style, fields);
    }
}
