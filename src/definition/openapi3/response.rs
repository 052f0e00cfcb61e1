//! Responses: codes, the schema of the body, headers. No client.

use std::collections::HashSet;
use std::rc::Rc;

use super::super::document::{Fields, Member, Node, NodeId};
use super::super::finding::quote;
use super::super::note::Note;
use super::super::path::escaped;
use super::Converter;
use super::style::Style;

/// What an operation may get back.
#[derive(Clone, Debug)]
pub(super) struct Answer<'d> {
    /// The response, or the reference to it if it is shared.
    pub(super) made: NodeId,
    /// The media types of its body.
    pub(super) produces: Vec<&'d str>,
}

/// The media types that an operation produces, each once.
#[derive(Debug, Default)]
pub(super) struct Produces<'d> {
    pub(super) list: Vec<&'d str>,
    known: HashSet<&'d str>,
}

impl<'d> Converter<'d, '_> {
    /// What the responses of an operation become.
    pub(super) fn responses(&mut self, responses: Node<'d>, produces: &mut Produces<'d>) -> NodeId {
        if !responses.is_object() {
            return self.draft.copy(responses);
        }
        let codes: HashSet<&str> = responses.members().map(|member| member.key).collect();
        let mut fields = Fields::default();
        for member in responses.members() {
            if member.key.starts_with("x-") {
                self.carry(&member, &mut fields);
                continue;
            }
            let Some(code) = self.code(&member, &codes) else {
                continue;
            };
            let Some(answer) = self.response(member.value) else {
                continue;
            };
            for media in &answer.produces {
                if produces.known.insert(media) {
                    produces.list.push(media);
                }
            }
            fields.add(code, member.key_offset, answer.made);
        }
        self.draft.object(responses.offset(), fields)
    }

    /// The code under which a response stands; a range becomes its first code, if that is free.
    fn code(&mut self, member: &Member<'d>, codes: &HashSet<&str>) -> Option<String> {
        let class = member
            .key
            .strip_suffix("XX")
            .or_else(|| member.key.strip_suffix("xx"));
        let Some(class) = class.filter(|class| matches!(*class, "1" | "2" | "3" | "4" | "5")) else {
            return Some(member.key.to_owned());
        };
        let code = format!("{class}00");
        let is_taken = codes.contains(code.as_str());
        let message = if is_taken {
            format!("OpenAPI 2.0 has no ranges of codes, and {code} is described on its own.")
        } else {
            format!(
                "OpenAPI 2.0 has no ranges of codes; {} becomes {code}.",
                member.key
            )
        };
        let note = if is_taken {
            Note::ResponseLost
        } else {
            Note::StatusRange
        };
        self.note(note, member.value, message);
        (!is_taken).then_some(code)
    }

    /// What a response becomes.
    pub(super) fn response(&mut self, written: Node<'d>) -> Option<Rc<Answer<'d>>> {
        let node = self.resolve(written)?;
        if let Some(known) = self.components.answers.get(&node.id()) {
            return Some(Rc::clone(known));
        }
        let mut produces = Vec::new();
        let mut made = self.response_itself(node, &mut produces);
        if let Some(member) = self.components.response(node) {
            self.components.keep_response(node, made);
            made = self.reference(written.offset(), &format!("#/responses/{}", escaped(member.key)));
        }
        let answer = Rc::new(Answer { made, produces });
        self.components.answers.insert(node.id(), Rc::clone(&answer));
        Some(answer)
    }

    fn response_itself(&mut self, node: Node<'d>, produces: &mut Vec<&'d str>) -> NodeId {
        if !node.is_object() {
            return self.draft.copy(node);
        }
        let mut fields = Fields::default();
        for member in node.members() {
            match member.key {
                "description" => self.carry(&member, &mut fields),
                "headers" => {
                    let made = self.headers(member.value);
                    fields.add("headers", member.key_offset, made);
                }
                "content" => self.response_content(member.value, produces, &mut fields),
                "links" => self.links(member.value),
                _ => self.extension_or_lost(&member, &mut fields),
            }
        }
        self.draft.object(node.offset(), fields)
    }

    fn response_content(&mut self, content: Node<'d>, produces: &mut Vec<&'d str>, fields: &mut Fields<'d>) {
        let Some(chosen) = self.choose(content) else {
            return;
        };
        produces.extend(chosen.media.iter().map(|media| media.key));
        let schema = match chosen.member.value.get("schema") {
            Some(schema) => self.schema(schema),
            None => self.unsaid_schema(&chosen),
        };
        if self.draft.made(schema).members().len() > 0 || chosen.member.value.get("schema").is_some() {
            fields.put("schema", schema);
        }
        let mut examples = Fields::default();
        for media in &chosen.media {
            if let Some(example) = self.example(media.value) {
                let made = self.draft.copy(example);
                examples.add(media.key, media.key_offset, made);
            }
        }
        if !examples.is_empty() {
            let made = self.draft.object(content.offset(), examples);
            fields.put("examples", made);
        }
        self.rest_of_media(&chosen);
    }

    fn links(&mut self, links: Node<'d>) {
        for link in links.members() {
            if let Some(found) = self.look_up(link.value) {
                self.components.used.insert(found.id());
            }
            let message = format!("OpenAPI 2.0 has no links; {} is left out.", quote(link.key));
            self.note(Note::LinkLost, link.value, message);
        }
    }

    fn headers(&mut self, headers: Node<'d>) -> NodeId {
        if !headers.is_object() {
            return self.draft.copy(headers);
        }
        let mut fields = Fields::default();
        for member in headers.members() {
            let Some(header) = self.resolve(member.value) else {
                continue;
            };
            self.components.used.insert(header.id());
            let made = self.header(header);
            fields.add(member.key, member.key_offset, made);
        }
        self.draft.object(headers.offset(), fields)
    }

    fn header(&mut self, node: Node<'d>) -> NodeId {
        if !node.is_object() {
            return self.draft.copy(node);
        }
        let mut fields = Fields::default();
        for member in node.members() {
            match member.key {
                "description" => self.carry(&member, &mut fields),
                "schema" | "content" | "style" | "explode" => {}
                "deprecated" => self.flag(&member, "x-deprecated", &mut fields),
                "example" | "examples" => self.lost_example(member.value),
                "required" | "allowEmptyValue" | "allowReserved" if member.value.as_bool() == Some(false) => {
                }
                _ => self.extension_or_lost(&member, &mut fields),
            }
        }
        if let Some(schema) = node.get("schema") {
            let flat = self.flat(schema);
            self.simple(&flat, node, Style::of(node, "simple"), &mut fields);
        } else {
            let kind = self.draft.string(node.offset(), "string");
            fields.put("type", kind);
        }
        self.draft.object(node.offset(), fields)
    }
}
