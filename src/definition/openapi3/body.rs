//! Request bodies. No client.

use std::rc::Rc;

use super::super::document::{Fields, Node, NodeId};
use super::super::note::Note;
use super::super::path::escaped;
use super::Converter;
use super::media::{Chosen, Class, named_media};

/// What an operation sends in its body.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    pub(super) parameters: Vec<NodeId>,
    /// The media types it may be sent as.
    pub(super) consumes: Vec<String>,
}

/// Extensions that hold the name of the body parameter that a request body was once. They stand in the request body or
/// in the operation, and are not needed any more where the body has its name again.
pub(super) const BODY_NAMES: &[&str] = &["x-body-name", "x-codegen-request-body-name"];

/// What `owner`, a request body or an operation, calls the body.
pub(super) fn body_name(owner: Node<'_>) -> Option<&str> {
    let mut names = BODY_NAMES.iter().filter_map(|key| owner.get(key)?.as_str());
    names.find(|name| !name.is_empty())
}

impl<'d> Converter<'d, '_> {
    /// What a request body becomes: a body parameter or form fields. `name` is what the operation calls the body, if
    /// it does; of a shared one, what the first operation calls it.
    pub(super) fn request_body(&mut self, written: Node<'d>, name: Option<&'d str>) -> Rc<Sent> {
        let Some(node) = self.resolve(written) else {
            return Rc::default();
        };
        if let Some(known) = self.components.sent.get(&node.id()) {
            return Rc::clone(known);
        }
        let mut sent = self.body_itself(node, name, None);
        if let Some(member) = self.components.body(node)
            && let [one] = *sent.parameters
            && self.draft.made(one).get("in").and_then(Node::as_str) == Some("body")
        {
            let name = self.components.keep_body(&member, one);
            let reference = self.reference(written.offset(), &format!("#/parameters/{}", escaped(&name)));
            sent.parameters = vec![reference];
        }
        let sent = Rc::new(sent);
        self.components.sent.insert(node.id(), Rc::clone(&sent));
        sent
    }

    /// What the request body `node` becomes; with `schema`, its schema has been made already.
    pub(super) fn body_itself(
        &mut self,
        node: Node<'d>,
        name: Option<&'d str>,
        schema: Option<NodeId>,
    ) -> Sent {
        let chosen = node.get("content").and_then(|content| self.choose(content));
        let Some(chosen) = chosen else {
            if node.members().len() > 0 {
                self.note(Note::BodyLost, node, "Nothing is said about what the body holds.");
            }
            return Sent::default();
        };
        let media: Vec<&str> = chosen.media.iter().map(|media| media.key).collect();
        let consumes = named_media(&media)
            .iter()
            .map(|media| (*media).to_owned())
            .collect();
        if Class::of(chosen.member.key).is_form()
            && let Some(parameters) = self.form(node, &chosen)
        {
            return Sent { parameters, consumes };
        }
        let parameter = self.body_parameter(node, &chosen, name, schema);
        Sent {
            parameters: vec![parameter],
            consumes,
        }
    }

    fn body_parameter(
        &mut self,
        node: Node<'d>,
        chosen: &Chosen<'d>,
        name: Option<&'d str>,
        schema: Option<NodeId>,
    ) -> NodeId {
        let at = node.offset();
        let mut fields = Fields::default();
        let name = body_name(node).or(name).unwrap_or("body");
        let name = self.draft.string(at, name);
        fields.put("name", name);
        let place = self.draft.string(at, "body");
        fields.put("in", place);
        for member in node.members() {
            match member.key {
                "description" | "required" => self.carry(&member, &mut fields),
                key if BODY_NAMES.contains(&key) => {}
                "content" => {}
                _ => self.extension_or_lost(&member, &mut fields),
            }
        }
        let media = chosen.member.value;
        let schema = schema.unwrap_or_else(|| match media.get("schema") {
            Some(schema) => self.schema(schema),
            None => self.unsaid_schema(chosen),
        });
        fields.put("schema", schema);
        if let Some(example) = self.example(media) {
            self.lost_example(example);
        }
        self.rest_of_media(chosen);
        self.draft.object(at, fields)
    }

    /// A schema for a body of which only the media type is known: bytes, unless it is text or JSON.
    pub(super) fn unsaid_schema(&mut self, chosen: &Chosen<'d>) -> NodeId {
        let at = chosen.member.value.offset();
        let mut fields = Fields::default();
        if Class::of(chosen.member.key) == Class::Other {
            let kind = self.draft.string(at, "string");
            fields.put("type", kind);
            if !chosen.member.key.starts_with("text/") {
                let format = self.draft.string(at, "binary");
                fields.put("format", format);
            }
        }
        self.draft.object(at, fields)
    }

    /// Tells of what else is said about the chosen media type.
    pub(super) fn rest_of_media(&mut self, chosen: &Chosen<'d>) {
        for member in chosen.member.value.members() {
            if !matches!(member.key, "schema" | "example" | "examples") {
                self.lost_field(&member);
            }
        }
    }
}
