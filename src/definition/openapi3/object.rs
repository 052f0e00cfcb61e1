//! Schemas seen flat: references followed, parts put together, what they offer as a choice beside it. No client.

use std::collections::{HashMap, HashSet};

use super::super::document::{Node, NodeId, Value};
use super::Converter;

/// How many schemas one may be made of before it is no longer looked into.
const MOST_LAYERS: usize = 64;

/// How deep choices may stand in choices.
pub(super) const DEEPEST_CHOICE: usize = 12;

/// How many schemas of one property are told apart.
pub(super) const MOST_SCHEMAS: usize = 64;

/// How many properties are put together into one object. The backend takes 512 schemas in a body.
const MOST_PROPERTIES: usize = 400;

/// A schema and all that it is made of, the outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Flat<'d> {
    pub(super) layers: Vec<Node<'d>>,
    /// Whether the value may be null.
    pub(super) nullable: bool,
    /// What the value may be instead of one thing; without null.
    pub(super) options: Vec<Node<'d>>,
}

/// The properties that an object may have.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'d> {
    pub(super) properties: Vec<Property<'d>>,
    /// The names of those that are there in any case.
    pub(super) required: HashSet<&'d str>,
    /// Whether there may be more of them.
    pub(super) more: Option<Node<'d>>,
}

/// A property of an object that several schemas may describe.
#[derive(Clone, Debug)]
pub(super) struct Property<'d> {
    pub(super) name: &'d str,
    /// Where its name stands.
    pub(super) at: u32,
    /// Its schemas, of which one holds; never empty.
    pub(super) schemas: Vec<Node<'d>>,
}

impl<'d> Flat<'d> {
    /// The value of a keyword; of several, the outermost.
    pub(super) fn get(&self, key: &str) -> Option<Node<'d>> {
        self.layers.iter().find_map(|layer| layer.get(key))
    }

    /// The schemas it is made of, the outermost first.
    pub(super) fn layers(&self) -> &[Node<'d>] {
        &self.layers
    }

    /// The types that it names, without null.
    pub(super) fn types(&self) -> Vec<&'d str> {
        let Some(kind) = self.get("type") else {
            return Vec::new();
        };
        let named = kind
            .as_str()
            .into_iter()
            .chain(kind.items().filter_map(Node::as_str));
        named.filter(|kind| *kind != "null").collect()
    }

    /// The one type it has, named or told by its other keywords; nothing if it may have several.
    pub(super) fn kind(&self) -> Option<&'d str> {
        let types = self.types();
        match types.as_slice() {
            [one] => return Some(one),
            ["integer", "number"] | ["number", "integer"] => return Some("number"),
            [] => {}
            [_, _, ..] => return None,
        }
        let has = |key: &str| self.get(key).is_some();
        if has("properties") || has("additionalProperties") || has("required") {
            return Some("object");
        }
        if has("items") || has("prefixItems") {
            return Some("array");
        }
        let values = self
            .get("enum")
            .into_iter()
            .flat_map(Node::items)
            .chain(self.get("const"));
        let mut kinds = values.filter_map(kind_of_value);
        let first = kinds.next()?;
        kinds.all(|kind| kind == first).then_some(first)
    }
}

/// The type of a value, if it is not null.
pub(super) fn kind_of_value(node: Node<'_>) -> Option<&'static str> {
    match node.value() {
        Value::Null => None,
        Value::Boolean(_) => Some("boolean"),
        Value::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
            Some("integer")
        }
        Value::Number(_) => Some("number"),
        Value::String(_) => Some("string"),
        Value::Array(_) => Some("array"),
        Value::Object(_) => Some("object"),
    }
}

/// Whether a schema says that its value is null and nothing else.
pub(super) fn is_null(node: Node<'_>) -> bool {
    let only_null = |list: Node<'_>| {
        let mut items = list.items();
        items.len() > 0 && items.all(|item| matches!(item.value(), Value::Null | Value::String("null")))
    };
    match node.get("type") {
        Some(kind) => kind.as_str() == Some("null") || only_null(kind),
        None => {
            node.get("const")
                .is_some_and(|value| matches!(value.value(), Value::Null))
                || node.get("enum").is_some_and(|list| {
                    list.items().len() == 1 && list.items().all(|one| matches!(one.value(), Value::Null))
                })
        }
    }
}

/// Whether a schema itself says that its value may be null.
pub(super) fn is_nullable(node: Node<'_>) -> bool {
    let says = |key: &str| node.get(key).and_then(Node::as_bool) == Some(true);
    let mut types = node.get("type").into_iter().flat_map(Node::items);
    says("nullable") || says("x-nullable") || types.any(|kind| kind.as_str() == Some("null"))
}

impl<'d> Converter<'d, '_> {
    /// A schema seen flat.
    pub(super) fn flat(&mut self, schema: Node<'d>) -> Flat<'d> {
        let mut flat = Flat::default();
        let mut seen: HashSet<NodeId> = HashSet::new();
        // The next to look at is the last.
        let mut pending = vec![schema];
        while let Some(written) = pending.pop() {
            if written.get("$ref").is_some() && self.siblings_count && written.members().len() > 1 {
                flat.layers.push(written);
            }
            let Some(node) = self.resolve(written) else {
                continue;
            };
            if !seen.insert(node.id()) || seen.len() > MOST_LAYERS || !node.is_object() {
                continue;
            }
            // A schema that is referred to often is looked at often.
            let Some(left) = self.merging.checked_sub(node.members().len()) else {
                break;
            };
            self.merging = left;
            flat.layers.push(node);
            flat.nullable |= is_nullable(node);
            for key in ["anyOf", "oneOf"] {
                let Some(list) = node.get(key) else { continue };
                self.merging = self.merging.saturating_sub(list.items().len());
                let options: Vec<Node<'d>> = list.items().filter(|option| !is_null(*option)).collect();
                flat.nullable |= options.len() < list.items().len();
                match options.as_slice() {
                    [one] => pending.push(*one),
                    _ if flat.options.is_empty() => flat.options = options,
                    _ => {}
                }
            }
            let parts = node.get("allOf").into_iter().flat_map(Node::items);
            let parts: Vec<Node<'d>> = parts.collect();
            pending.extend(parts.into_iter().rev());
        }
        flat
    }

    /// Whether it is an object, or may be one.
    pub(super) fn is_object(&mut self, flat: &Flat<'d>) -> bool {
        match flat.kind() {
            Some(kind) => kind == "object",
            None if flat.types().is_empty() && !flat.options.is_empty() => {
                let options = flat.options.clone();
                options.into_iter().all(|option| {
                    let option = self.flat(option);
                    option.kind() == Some("object")
                })
            }
            None => false,
        }
    }

    /// The properties it has as an object, with those of all it may be; nothing where that is not known, or too much.
    pub(super) fn object(&mut self, flat: &Flat<'d>) -> Option<Object<'d>> {
        self.object_at(flat, 0)
    }

    pub(super) fn object_at(&mut self, flat: &Flat<'d>, depth: usize) -> Option<Object<'d>> {
        if flat.kind().is_some_and(|kind| kind != "object") || depth > DEEPEST_CHOICE {
            return None;
        }
        if flat.kind().is_none() && flat.options.is_empty() {
            return None;
        }
        let mut object = Object {
            more: flat.get("additionalProperties"),
            ..Object::default()
        };
        let mut index = HashMap::new();
        for layer in flat.layers() {
            let properties = layer.get("properties");
            for member in properties.into_iter().flat_map(Node::members) {
                self.merging = self.merging.checked_sub(1)?;
                index.entry(member.key).or_insert_with(|| {
                    object.properties.push(Property {
                        name: member.key,
                        at: member.key_offset,
                        schemas: vec![member.value],
                    });
                    object.properties.len() - 1
                });
            }
            let required = layer.get("required").into_iter().flat_map(Node::items);
            object.required.extend(required.filter_map(Node::as_str));
        }
        let own = index.len();
        let mut options = Vec::new();
        for option in &flat.options {
            let flat = self.flat(*option);
            options.push(self.object_at(&flat, depth + 1)?);
        }
        object.merge(options, &mut index, own);
        (object.properties.len() <= MOST_PROPERTIES).then_some(object)
    }
}

impl<'d> Object<'d> {
    /// What several objects may have together; nothing if that is too much.
    pub(super) fn united(options: Vec<Self>) -> Option<Self> {
        let mut object = Self::default();
        object.merge(options, &mut HashMap::new(), 0);
        (object.properties.len() <= MOST_PROPERTIES).then_some(object)
    }

    /// Adds what the object may have as one of `options`. The first `own` properties are settled.
    fn merge(&mut self, options: Vec<Self>, index: &mut HashMap<&'d str, usize>, own: usize) {
        let in_all = options
            .iter()
            .map(|option| &option.required)
            .fold(None, |common, required| {
                Some(match common {
                    None => required.clone(),
                    Some(common) => &common & required,
                })
            });
        self.required.extend(in_all.unwrap_or_default());
        for property in options.into_iter().flat_map(|option| option.properties) {
            let at = *index.entry(property.name).or_insert(self.properties.len());
            match self.properties.get_mut(at) {
                None => self.properties.push(property),
                Some(known) if at >= own && known.schemas.len() < MOST_SCHEMAS => {
                    for schema in property.schemas {
                        if !known.schemas.iter().any(|one| one.is_same(schema)) {
                            known.schemas.push(schema);
                        }
                    }
                }
                Some(_) => {}
            }
        }
    }
}
