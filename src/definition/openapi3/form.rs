//! Forms: each property of the schema is a field. No client.

use super::super::document::{Fields, Node, NodeId};
use super::super::finding::quote;
use super::super::note::Note;
use super::Converter;
use super::media::Chosen;
use super::object::{Flat, Property};
use super::style::Style;

impl<'d> Converter<'d, '_> {
    /// The fields of a form; nothing if the schema does not say which there are.
    pub(super) fn form(&mut self, body: Node<'d>, chosen: &Chosen<'d>) -> Option<Vec<NodeId>> {
        let media = chosen.member.value;
        let schema = media.get("schema")?;
        let flat = self.flat(schema);
        let Some(object) = self.object(&flat).filter(|object| !object.properties.is_empty()) else {
            let message = "The form does not say which fields it has; the caller writes it out.";
            self.note(Note::FormOpened, schema, message);
            return None;
        };
        if let Some(more) = object.more.filter(|more| more.as_bool() != Some(false)) {
            let message = "A form has the fields that are described, and no others.";
            self.note(Note::FieldLost, more, message);
        }
        let optional = body.get("required").and_then(Node::as_bool) == Some(false);
        let mut parameters = Vec::new();
        for property in &object.properties {
            let required = object.required.contains(property.name) && !optional;
            let encoding = media.get("encoding").and_then(|all| all.get(property.name));
            parameters.extend(self.form_field(property, required, encoding));
        }
        if let Some(example) = self.example(media) {
            self.lost_example(example);
        }
        Some(parameters)
    }

    fn form_field(
        &mut self,
        property: &Property<'d>,
        required: bool,
        encoding: Option<Node<'d>>,
    ) -> Option<NodeId> {
        let first = property.schemas.first().copied()?;
        let flat = self.flat(first);
        if flat.get("readOnly").and_then(Node::as_bool) == Some(true) {
            let message = format!("{} is only in answers.", quote(property.name));
            self.note(Note::FieldLost, first, message);
            return None;
        }
        let at = property.at;
        let mut fields = Fields::default();
        let name = self.draft.string(at, property.name);
        fields.put("name", name);
        let place = self.draft.string(at, "formData");
        fields.put("in", place);
        if required {
            let required = self.draft.boolean(at, true);
            fields.put("required", required);
        }
        if self.is_file(&flat) {
            self.put_file(first, &flat, &mut fields);
        } else {
            let style = encoding.map_or(Style::Multi, |encoding| Style::of(encoding, "form"));
            self.property_value(property, style, &mut fields);
        }
        if let Some(media) =
            encoding.and_then(|encoding| encoding.get("contentType").or_else(|| encoding.get("headers")))
        {
            self.note(
                Note::FieldLost,
                media,
                "A field of a form has no media type or headers of its own.",
            );
        }
        Some(self.draft.object(at, fields))
    }

    fn put_file(&mut self, about: Node<'d>, flat: &Flat<'d>, fields: &mut Fields<'d>) {
        if flat.kind() == Some("array") {
            self.note(
                Note::FilesReduced,
                about,
                "OpenAPI 2.0 has no list of files; one is sent.",
            );
        }
        let kind = self.draft.string(about.offset(), "file");
        fields.put("type", kind);
        self.simple_texts(flat, true, fields);
    }

    /// Whether a field holds bytes, or a list of such.
    fn is_file(&mut self, flat: &Flat<'d>) -> bool {
        let text = |key: &str| flat.get(key).and_then(Node::as_str);
        if flat.kind() == Some("array") {
            let items = flat.get("items").filter(|items| items.is_object());
            return items.is_some_and(|items| {
                let items = self.flat(items);
                items.kind() != Some("array") && self.is_file(&items)
            });
        }
        let is_text = matches!(flat.kind(), Some("string") | None);
        let is_bytes = text("contentMediaType").is_some_and(|media| !media.starts_with("text/"))
            && text("contentEncoding").is_none_or(|encoding| encoding == "binary");
        is_text && (text("format") == Some("binary") || is_bytes) || text("type") == Some("file")
    }
}
