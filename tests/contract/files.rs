//! OpenAPI files that refer to one another, and schemas out of them that stand alone. No client.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::{Component, Path, PathBuf},
};

use serde_json::{Map, Value, json};

/// Which way a body goes: what the server alone may say must not be sent to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Direction {
    Request,
    Answer,
}

/// The files read so far, each by its path.
pub(crate) struct Files {
    root: PathBuf,
    read: BTreeMap<PathBuf, Value>,
    /// Whether `allOf` beside `additionalProperties: false` is read as one closed object. As it is written
    /// nothing but an empty object satisfies it.
    pub(crate) merges_all_of: bool,
}

/// A place in a file.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    pub(crate) value: Value,
}

impl Files {
    /// None is read yet.
    pub(crate) fn below(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            read: BTreeMap::new(),
            merges_all_of: false,
        }
    }

    /// A file by its path below the root.
    pub(crate) fn file(&mut self, path: &Path) -> &mut Value {
        let root = &self.root;
        self.read.entry(path.to_owned()).or_insert_with(|| {
            let text = fs::read_to_string(root.join(path));
            let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
    }

    /// What `value`, found in `file`, stands for: itself, or what it refers to.
    pub(crate) fn resolve(&mut self, file: &Path, value: &Value) -> Place {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let (file, pointer) = target(file, reference);
                let found = self.file(&file).pointer(&pointer).cloned();
                let found = found.unwrap_or_else(|| panic!("{reference} leads nowhere"));
                self.resolve(&file, &found)
            }
            None => Place {
                file: file.to_owned(),
                value: value.clone(),
            },
        }
    }

    /// A JSON Schema of its own for a schema of `file`. An object has no members but those that are declared,
    /// unless the file says what others are like.
    pub(crate) fn schema(&mut self, file: &Path, schema: &Value, direction: Direction) -> Value {
        let mut bundle = Bundle {
            files: self,
            direction,
            wanted: VecDeque::new(),
            definitions: Map::new(),
        };
        let mut alone = bundle.plain(file, schema);
        while let Some((key, file, pointer)) = bundle.wanted.pop_front() {
            let found = bundle.files.file(&file).pointer(&pointer).cloned();
            let found = found.unwrap_or_else(|| panic!("{pointer} is not in {}", file.display()));
            let plain = bundle.plain(&file, &found);
            bundle.definitions.insert(key, plain);
        }
        let definitions = bundle.definitions;
        if let Some(alone) = alone.as_object_mut().filter(|alone| !alone.contains_key("$ref")) {
            alone.insert("definitions".to_owned(), definitions.into());
            return Value::Object(alone.clone());
        }
        // Beside a reference nothing else counts.
        json!({ "allOf": [alone], "definitions": definitions })
    }
}

struct Bundle<'a> {
    files: &'a mut Files,
    direction: Direction,
    wanted: VecDeque<(String, PathBuf, String)>,
    definitions: Map<String, Value>,
}

impl Bundle<'_> {
    fn plain(&mut self, file: &Path, schema: &Value) -> Value {
        let Some(schema) = schema.as_object() else {
            return schema.clone();
        };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(file, reference);
        }
        let mut plain = Map::new();
        for (keyword, value) in schema {
            let value = match keyword.as_str() {
                "properties" => self.members(file, value),
                "items" | "additionalProperties" if value.is_object() => self.plain(file, value),
                "allOf" | "anyOf" => self.each(file, value),
                "type"
                | "enum"
                | "required"
                | "pattern"
                | "format"
                | "minLength"
                | "maxLength"
                | "minimum"
                | "maximum"
                | "minItems"
                | "maxItems"
                | "items"
                | "additionalProperties"
                | "not" => value.clone(),
                _ => continue,
            };
            plain.insert(keyword.clone(), value);
        }
        if self.files.merges_all_of {
            self.merge(file, schema, &mut plain);
        }
        if plain.contains_key("properties") && !plain.contains_key("allOf") {
            plain.entry("additionalProperties").or_insert(false.into());
        }
        Value::Object(plain)
    }

    fn reference(&mut self, file: &Path, reference: &str) -> Value {
        let (file, pointer) = target(file, reference);
        let key = format!("{}{pointer}", file.display()).replace(['/', '~', '%'], "_");
        if !self.definitions.contains_key(&key) {
            // Taken, so that a schema that contains itself comes to an end.
            self.definitions.insert(key.clone(), Value::Null);
            self.wanted.push_back((key.clone(), file, pointer));
        }
        json!({ "$ref": format!("#/definitions/{key}") })
    }

    fn members(&mut self, file: &Path, members: &Value) -> Value {
        let members = members.as_object().into_iter().flatten().map(|(name, schema)| {
            let read_only = schema.get("readOnly") == Some(&true.into());
            let plain = if read_only && self.direction == Direction::Request {
                json!({ "not": {} })
            } else {
                self.plain(file, schema)
            };
            (name.clone(), plain)
        });
        Value::Object(members.collect())
    }

    fn each(&mut self, file: &Path, schemas: &Value) -> Value {
        let schemas = schemas.as_array().into_iter().flatten();
        schemas.map(|schema| self.plain(file, schema)).collect()
    }

    /// Puts what `allOf` refers to into the object itself.
    fn merge(&mut self, file: &Path, schema: &Map<String, Value>, plain: &mut Map<String, Value>) {
        let parts = schema
            .get("allOf")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        for part in parts {
            let part = self.files.resolve(file, &part);
            let merged = self.plain(&part.file, &part.value);
            for keyword in ["properties", "required"] {
                match (plain.get_mut(keyword), merged.get(keyword).cloned()) {
                    (Some(Value::Object(into)), Some(Value::Object(more))) => into.extend(more),
                    (Some(Value::Array(into)), Some(Value::Array(more))) => into.extend(more),
                    (None, Some(more)) => drop(plain.insert(keyword.to_owned(), more)),
                    _ => {}
                }
            }
        }
        plain.remove("allOf");
    }
}

/// The file and the pointer that a reference in `file` leads to.
fn target(file: &Path, reference: &str) -> (PathBuf, String) {
    let (path, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    if path.is_empty() {
        return (file.to_owned(), pointer.to_owned());
    }
    let mut whole = PathBuf::new();
    for component in file.parent().unwrap().join(path).components() {
        match component {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => whole.push(component),
        }
    }
    (whole, pointer.to_owned())
}
