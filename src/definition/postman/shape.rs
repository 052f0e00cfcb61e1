//! What samples of a value have in common, and the schema that says so. No client.

use std::collections::HashMap;

use super::super::document::{Draft, Fields, Node, NodeId, Value};

/// The most schemas that a body inferred from samples is given. The backend takes 512.
const MOST_SCHEMAS: usize = 500;

/// Everything that was seen in the place of one value.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Shape {
    null: bool,
    boolean: bool,
    integer: Option<Width>,
    number: bool,
    text: Option<Form>,
    items: Option<Box<Self>>,
    members: Option<Members>,
}

/// How large integers were.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Width {
    Ordinary,
    /// Some do not fit 32 bits.
    Wide,
    /// Some do not fit 64 bits.
    Unbounded,
}

/// What texts were. Sample makers write `<uuid>` in the place of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Any,
    Known(&'static str),
}

/// Members of objects, in the order in which they were first seen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Members {
    list: Vec<(String, Shape)>,
    places: HashMap<String, usize>,
}

/// A type and a format that a text such as `<integer>` stands for: what makers of samples out of descriptions write
/// where they have no example.
pub(super) fn stand_in(text: &str) -> Option<(&'static str, Option<&'static str>)> {
    let name = text.strip_prefix('<')?.strip_suffix('>')?;
    Some(match name {
        "integer" | "int32" => ("integer", None),
        "long" | "int64" => ("integer", Some("int64")),
        "number" => ("number", None),
        "float" => ("number", Some("float")),
        "double" => ("number", Some("double")),
        "boolean" => ("boolean", None),
        "string" => ("string", None),
        "dateTime" => ("string", Some("date-time")),
        "date" => ("string", Some("date")),
        "uuid" => ("string", Some("uuid")),
        "byte" => ("string", Some("byte")),
        "email" => ("string", Some("email")),
        "uri" => ("string", Some("uri")),
        _ => return None,
    })
}

impl Shape {
    /// What one value shows.
    pub(super) fn of(node: Node<'_>) -> Self {
        let mut shape = Self::default();
        match node.value() {
            Value::Null => shape.see_null(),
            Value::Boolean(_) => shape.see_boolean(),
            Value::Number(text) => shape.see_number(text),
            Value::String(text) => shape.see_text(text),
            Value::Array(items) => {
                let seen = shape.see_list();
                for item in items {
                    seen.merge(Self::of(item));
                }
            }
            Value::Object(members) => {
                shape.see_object();
                for member in members {
                    shape.see_member(member.key.to_owned(), Self::of(member.value));
                }
            }
        }
        shape
    }

    /// A text of which nothing more is known.
    pub(super) fn any_text() -> Self {
        Self {
            text: Some(Form::Any),
            ..Self::default()
        }
    }

    pub(super) fn see_null(&mut self) {
        self.null = true;
    }

    pub(super) fn see_boolean(&mut self) {
        self.boolean = true;
    }

    /// A number as it is written.
    pub(super) fn see_number(&mut self, written: &str) {
        if written.contains(['.', 'e', 'E']) {
            self.number = true;
            return;
        }
        let width = match written.parse::<i64>() {
            Ok(value) if i32::try_from(value).is_ok() => Width::Ordinary,
            Ok(_) => Width::Wide,
            Err(_too_long) => Width::Unbounded,
        };
        self.integer = self.integer.max(Some(width));
    }

    /// A text, which may stand for a value of another type.
    pub(super) fn see_text(&mut self, text: &str) {
        match stand_in(text) {
            Some(("integer", Some(_))) => self.integer = self.integer.max(Some(Width::Wide)),
            Some(("integer", None)) => self.integer = self.integer.max(Some(Width::Ordinary)),
            Some(("number", _)) => self.number = true,
            Some(("boolean", _)) => self.boolean = true,
            Some((_, Some(format))) => self.see_form(Form::Known(format)),
            Some((_, None)) | None => self.see_form(Form::Any),
        }
    }

    fn see_form(&mut self, form: Form) {
        let is_same = self.text.is_none_or(|known| known == form);
        self.text = Some(if is_same { form } else { Form::Any });
    }

    /// A list; what is seen in it goes into the shape that is returned.
    pub(super) fn see_list(&mut self) -> &mut Self {
        self.items.get_or_insert_default()
    }

    pub(super) fn see_object(&mut self) {
        self.members.get_or_insert_default();
    }

    /// A member of an object.
    pub(super) fn see_member(&mut self, key: String, shape: Self) {
        let Members { list, places } = self.members.get_or_insert_default();
        if let Some((_, known)) = places.get(&key).and_then(|place| list.get_mut(*place)) {
            known.merge(shape);
        } else {
            places.insert(key.clone(), list.len());
            list.push((key, shape));
        }
    }

    /// Adds what was seen elsewhere in the same place.
    pub(super) fn merge(&mut self, other: Self) {
        let Self {
            null,
            boolean,
            integer,
            number,
            text,
            items,
            members,
        } = other;
        self.null |= null;
        self.boolean |= boolean;
        self.integer = self.integer.max(integer);
        self.number |= number;
        if let Some(form) = text {
            self.see_form(form);
        }
        if let Some(items) = items {
            self.see_list().merge(*items);
        }
        if let Some(members) = members {
            self.see_object();
            for (key, shape) in members.list {
                self.see_member(key, shape);
            }
        }
    }

    /// The schema, standing at `at`; and whether it had to be cut to what the backend takes.
    pub(super) fn write(&self, draft: &mut Draft, at: u32) -> (NodeId, bool) {
        let mut counts = Vec::new();
        self.count(0, &mut counts);
        let (mut sum, mut levels) = (0, 0);
        for count in &counts {
            sum += count;
            // A list that is cut still says that it holds something.
            if levels > 0 && sum + count > MOST_SCHEMAS {
                break;
            }
            levels += 1;
        }
        (self.schema(draft, at, levels), levels < counts.len())
    }

    /// How many schemas there are on each level.
    fn count(&self, level: usize, counts: &mut Vec<usize>) {
        if counts.len() == level {
            counts.push(0);
        }
        if let Some(count) = counts.get_mut(level) {
            *count += 1;
        }
        if self.kind().is_some() {
            let inner = self.members.iter().flat_map(|members| &members.list);
            for shape in inner.map(|(_, shape)| shape).chain(self.items.as_deref()) {
                shape.count(level + 1, counts);
            }
        }
    }

    /// The one type that all samples had; nothing, if there were several or none.
    fn kind(&self) -> Option<&'static str> {
        let kinds = [
            (self.boolean, "boolean"),
            (self.integer.is_some() && !self.number, "integer"),
            (self.number, "number"),
            (self.text.is_some(), "string"),
            (self.items.is_some(), "array"),
            (self.members.is_some(), "object"),
        ];
        let mut seen = kinds.into_iter().filter(|(is_seen, _)| *is_seen);
        let (_, first) = seen.next()?;
        seen.next().is_none().then_some(first)
    }

    fn format(&self) -> Option<&'static str> {
        match (self.integer, self.number, self.text) {
            (Some(Width::Wide), false, _) => Some("int64"),
            (_, _, Some(Form::Known(format))) => Some(format),
            _ => None,
        }
    }

    fn schema(&self, draft: &mut Draft, at: u32, levels: usize) -> NodeId {
        let mut fields = Fields::default();
        if let Some(kind) = self.kind() {
            let written = draft.string(at, kind);
            fields.put("type", written);
            if let Some(format) = self.format() {
                let written = draft.string(at, format);
                fields.put("format", written);
            }
            let inner = levels.saturating_sub(1);
            if let Some(items) = &self.items {
                let items = if inner > 0 {
                    items.schema(draft, at, inner)
                } else {
                    draft.object(at, Fields::default())
                };
                fields.put("items", items);
            }
            if let Some(members) = self
                .members
                .as_ref()
                .filter(|members| inner > 0 && !members.list.is_empty())
            {
                let mut properties = Fields::default();
                for (key, shape) in &members.list {
                    let value = shape.schema(draft, at, inner);
                    properties.add(key.as_str(), at, value);
                }
                let properties = draft.object(at, properties);
                fields.put("properties", properties);
            }
        }
        if self.null {
            let nullable = draft.boolean(at, true);
            fields.put("x-nullable", nullable);
        }
        draft.object(at, fields)
    }
}
