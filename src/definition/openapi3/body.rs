//! Request bodies. No client.

use std::rc::Rc;

use super::super::document::{Fields, Node, NodeId};
use super::super::note::Note;
use super::super::path::escaped;
use super::Converter;
use super::media::{Chosen, Class};

/// What an operation sends in its body.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    pub(super) parameters: Vec<NodeId>,
    /// The media types it may be sent as.
    pub(super) consumes: Vec<String>,
}

/// Extensions that hold the name of the body parameter that a request body was once.
pub(super) const BODY_NAMES: &[&str] = &["x-body-name", "x-codegen-request-body-name"];

impl<'d> Converter<'d, '_> {
    /// What a request body becomes: a body parameter or form fields.
    pub(super) fn request_body(&mut self, written: Node<'d>) -> Rc<Sent> {
        let Some(node) = self.resolve(written) else {
            return Rc::default();
        };
        if let Some(known) = self.components.sent.get(&node.id()) {
            return Rc::clone(known);
        }
        let mut sent = self.body_itself(node, None);
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
    pub(super) fn body_itself(&mut self, node: Node<'d>, schema: Option<NodeId>) -> Sent {
        let chosen = node.get("content").and_then(|content| self.choose(content));
        let Some(chosen) = chosen else {
            if node.members().len() > 0 {
                self.note(Note::BodyLost, node, "Nothing is said about what the body holds.");
            }
            return Sent::default();
        };
        let consumes = chosen.media.iter().map(|media| media.key.to_owned()).collect();
        if Class::of(chosen.member.key).is_form()
            && let Some(parameters) = self.form(node, &chosen)
        {
            return Sent { parameters, consumes };
        }
        let parameter = self.body_parameter(node, &chosen, schema);
        Sent {
            parameters: vec![parameter],
            consumes,
        }
    }

    fn body_parameter(&mut self, node: Node<'d>, chosen: &Chosen<'d>, schema: Option<NodeId>) -> NodeId {
        let at = node.offset();
        let mut fields = Fields::default();
        let named = BODY_NAMES
            .iter()
            .find_map(|key| node.get(key))
            .and_then(Node::as_str);
        let name = self.draft.string(at, named.unwrap_or("body"));
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
