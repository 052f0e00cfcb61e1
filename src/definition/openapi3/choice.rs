//! Choices: `oneOf` and `anyOf`, which OpenAPI 2.0 does not have. No client.
//!
//! Objects become one object with the properties of all of them, of which those are required that all require: so an
//! author of a workflow sees every field there may be. Values of one type become a value of that type, with the allowed
//! values of all. Anything else is left open.

use std::collections::HashSet;

use super::super::document::{Fields, Node, NodeId};
use super::super::note::Note;
use super::Converter;
use super::object::{DEEPEST_CHOICE, Flat, MOST_SCHEMAS, Object, is_null};

/// Choices within choices that are converted. What an option refers to is put in its place, so a schema that holds a
/// choice of itself would never end.
const MOST_NESTED: usize = 16;

impl<'d> Converter<'d, '_> {
    /// Puts what the choice `list` of the schema `node` becomes, beside what the schema says for itself.
    pub(super) fn choice(&mut self, node: Node<'d>, list: Node<'d>, nullable: bool, fields: &mut Fields<'d>) {
        let options: Vec<Node<'d>> = list.items().filter(|option| !is_null(*option)).collect();
        match options.as_slice() {
            [] => {}
            [one] => self.only_option(node, *one, nullable, fields),
            _ if self.choosing >= MOST_NESTED => self.open(list, options.len()),
            _ => {
                self.choosing += 1;
                self.options(list, &options, fields, 0);
                self.choosing -= 1;
            }
        }
    }

    /// Puts the one schema that there is to choose.
    fn only_option(&mut self, node: Node<'d>, option: Node<'d>, nullable: bool, fields: &mut Fields<'d>) {
        let is_reference = option.get("$ref").is_some();
        let stands_alone = fields.is_empty() && !nullable;
        let conflicts = option.members().any(|member| fields.get(member.key).is_some());
        if stands_alone || !(is_reference || conflicts) {
            self.put_schema(option, fields);
        } else {
            let part = self.schema(option);
            self.add_part(node, part, fields);
        }
    }

    /// A schema for what is one of `schemas`.
    pub(super) fn one_of(&mut self, schemas: &[Node<'d>], depth: usize) -> Option<NodeId> {
        let first = *schemas.first()?;
        if schemas.len() == 1 {
            return Some(self.schema(first));
        }
        let mut fields = Fields::default();
        self.options(first, schemas, &mut fields, depth);
        Some(self.draft.object(first.offset(), fields))
    }

    /// Puts what several schemas have in common, or all together. `about` is what an entry of the report is about.
    fn options(&mut self, about: Node<'d>, options: &[Node<'d>], fields: &mut Fields<'d>, depth: usize) {
        let Some(flats) = self.expanded(options, depth) else {
            return self.open(about, options.len());
        };
        let mut kinds = flats.iter().map(|(_, flat)| flat.kind());
        let first = kinds.next().flatten();
        let is_number = |kind: Option<&str>| matches!(kind, Some("integer" | "number"));
        let kind = if kinds.clone().all(|kind| kind == first) {
            first
        } else if is_number(first) && kinds.all(is_number) {
            Some("number")
        } else {
            None
        };
        // What the schema says for itself goes before what it may be.
        let own = fields
            .get("type")
            .and_then(|own| self.draft.made(own).as_str().map(str::to_owned));
        let Some(kind) = kind.filter(|kind| own.is_none() || own.as_deref() == Some(kind)) else {
            return self.open(about, options.len());
        };
        if flats.iter().any(|(_, flat)| flat.nullable) && fields.get("x-nullable").is_none() {
            let yes = self.draft.boolean(about.offset(), true);
            fields.put("x-nullable", yes);
        }
        match kind {
            "object" => {
                let objects: Option<Vec<Object<'d>>> = flats
                    .iter()
                    .map(|(_, flat)| self.object_at(flat, depth + 1))
                    .collect();
                let Some(united) = objects.and_then(Object::united) else {
                    return self.open(about, options.len());
                };
                self.put_object(about, &united, fields, depth);
            }
            "array" => self.put_array(about, &flats, fields, depth),
            _ => self.put_value(about, kind, flats, fields),
        }
        let message = format!(
            "The value is one of {} schemas; what they may have together describes it.",
            options.len()
        );
        self.note(Note::ChoiceMerged, about, message);
    }

    fn open(&mut self, about: Node<'d>, count: usize) {
        let message =
            format!("The value is one of {count} schemas that do not go together; it is left open.");
        self.note(Note::ChoiceOpened, about, message);
    }

    /// The options seen flat, with those of choices among them; nothing if there are too many.
    fn expanded(&mut self, options: &[Node<'d>], depth: usize) -> Option<Vec<(Node<'d>, Flat<'d>)>> {
        if depth > DEEPEST_CHOICE {
            return None;
        }
        let mut flats = Vec::new();
        for option in options {
            self.merging = self.merging.checked_sub(1)?;
            let flat = self.flat(*option);
            let only_choice = flat.kind().is_none() && flat.types().is_empty() && !flat.options.is_empty();
            if only_choice {
                let inner = flat.options.clone();
                flats.extend(self.expanded(&inner, depth + 1)?);
            } else {
                flats.push((*option, flat));
            }
        }
        Some(flats)
    }

    fn put_object(&mut self, about: Node<'d>, united: &Object<'d>, fields: &mut Fields<'d>, depth: usize) {
        let at = about.offset();
        self.put_kind(at, "object", fields);
        let mut properties = Fields::default();
        let mut known: HashSet<String> = HashSet::new();
        if let Some(own) = fields.get("properties") {
            let own: Vec<(String, u32, NodeId)> = self
                .draft
                .made(own)
                .members()
                .map(|member| (member.key.to_owned(), member.key_offset, member.value.id()))
                .collect();
            for (key, at, value) in own {
                known.insert(key.clone());
                properties.add(key, at, value);
            }
        }
        for property in united
            .properties
            .iter()
            .filter(|property| !known.contains(property.name))
        {
            if let Some(made) = self.one_of(&property.schemas, depth + 1) {
                properties.add(property.name, property.at, made);
            }
        }
        if !properties.is_empty() {
            let made = self.draft.object(at, properties);
            fields.put("properties", made);
        }
        let mut required: Vec<NodeId> = Vec::new();
        let mut named: HashSet<String> = HashSet::new();
        if let Some(own) = fields.get("required") {
            for name in self.draft.made(own).items() {
                required.push(name.id());
                named.extend(name.as_str().map(str::to_owned));
            }
        }
        for property in &united.properties {
            if united.required.contains(property.name) && named.insert(property.name.to_owned()) {
                required.push(self.draft.string(at, property.name));
            }
        }
        if !required.is_empty() {
            let made = self.draft.list(at, required);
            fields.put("required", made);
        }
    }

    fn put_array(
        &mut self,
        about: Node<'d>,
        flats: &[(Node<'d>, Flat<'d>)],
        fields: &mut Fields<'d>,
        depth: usize,
    ) {
        self.put_kind(about.offset(), "array", fields);
        let mut items: Vec<Node<'d>> = Vec::new();
        for (_, flat) in flats {
            match flat.get("items") {
                Some(one) if items.len() < MOST_SCHEMAS && !items.iter().any(|known| known.is_same(one)) => {
                    items.push(one);
                }
                Some(_) => {}
                None => return,
            }
        }
        if fields.get("items").is_none()
            && let Some(made) = self.one_of(&items, depth + 1)
        {
            fields.put("items", made);
        }
    }

    fn put_value(
        &mut self,
        about: Node<'d>,
        kind: &str,
        flats: Vec<(Node<'d>, Flat<'d>)>,
        fields: &mut Fields<'d>,
    ) {
        self.put_kind(about.offset(), kind, fields);
        let mut formats = flats.iter().map(|(_, flat)| flat.get("format"));
        let format = formats.next().flatten();
        let is_common =
            |other: Option<Node<'d>>| other.zip(format).is_some_and(|(one, other)| one.is_same(other));
        if let Some(format) = format
            && formats.all(is_common)
            && fields.get("format").is_none()
        {
            let made = self.draft.copy(format);
            fields.put("format", made);
        }
        let together = Flat {
            options: flats.into_iter().map(|(node, _)| node).collect(),
            ..Flat::default()
        };
        if fields.get("enum").is_none()
            && let Some(values) = self.allowed_values(&together).filter(|values| !values.is_empty())
        {
            let made = values.into_iter().map(|value| self.draft.copy(value)).collect();
            let made = self.draft.list(about.offset(), made);
            fields.put("enum", made);
        }
    }

    /// Describes the properties that the schema `node` requires and nothing describes: OpenAPI 2.0 wants each described.
    pub(super) fn undescribed(&mut self, node: Node<'d>, fields: &mut Fields<'d>) {
        let Some(required) = node.get("required") else {
            return;
        };
        let is_open = node
            .get("additionalProperties")
            .is_some_and(|more| more.as_bool() != Some(false));
        let kind = node.get("type").and_then(Node::as_str);
        let is_object = kind == Some("object")
            || (kind.is_none()
                && ["properties", "allOf"]
                    .iter()
                    .any(|key| fields.get(key).is_some()));
        if is_open || !is_object || self.is_part {
            return;
        }
        let own = fields.get("properties");
        let known: HashSet<String> = own
            .into_iter()
            .flat_map(|own| self.draft.made(own).members())
            .map(|member| member.key.to_owned())
            .collect();
        let names = required
            .items()
            .filter(|name| name.as_str().is_some_and(|name| !known.contains(name)));
        let mut names: Vec<Node<'d>> = names.collect();
        if names.is_empty() {
            return;
        }
        if node.get("allOf").is_some() {
            let flat = self.flat(node);
            let Some(object) = self.object(&flat).filter(|object| object.more.is_none()) else {
                return;
            };
            let inherited: HashSet<&str> = object.properties.iter().map(|one| one.name).collect();
            names.retain(|name| name.as_str().is_some_and(|name| !inherited.contains(name)));
        }
        let mut properties = Fields::default();
        if let Some(own) = own {
            let own: Vec<_> = self
                .draft
                .made(own)
                .members()
                .map(|one| (one.key.to_owned(), one.key_offset, one.value.id()))
                .collect();
            for (key, at, value) in own {
                properties.add(key, at, value);
            }
        }
        for name in names {
            let message = "Nothing describes the required property; it is added, and may hold anything.";
            self.note(Note::PropertyAdded, name, message);
            let made = self.draft.object(name.offset(), Fields::default());
            properties.add(name.as_str().unwrap_or_default(), name.offset(), made);
        }
        if !properties.is_empty() {
            let made = self.draft.object(node.offset(), properties);
            fields.put("properties", made);
        }
    }

    fn put_kind(&mut self, at: u32, kind: &str, fields: &mut Fields<'d>) {
        if fields.get("type").is_none() {
            let made = self.draft.string(at, kind);
            fields.put("type", made);
        }
    }
}
