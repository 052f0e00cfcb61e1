//! Answers that were saved, as responses. No client.

use std::collections::HashSet;

use super::super::document::{Draft, Fields, Node, NodeId};
use super::super::note::Note;
use super::body::{is_json, media_type};
use super::collection::{Body, Request, Response};
use super::notes::Notes;
use super::operation::{Operation, push_new};
use super::sample;
use super::shape::Shape;

/// Headers that say how an answer came, not what it says.
const OF_THE_TRANSPORT: [&str; 22] = [
    "age",
    "alt-svc",
    "cache-control",
    "cf-ray",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expires",
    "keep-alive",
    "p3p",
    "pragma",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "via",
    "x-content-type-options",
    "x-frame-options",
    "x-powered-by",
];

/// What stands for an answer whose code was not saved.
const ANY_CODE: u16 = u16::MAX;

/// The answers that were saved with one code.
#[derive(Debug)]
pub(super) struct Answer<'d> {
    node: Node<'d>,
    name: Option<&'d str>,
    shape: Option<Shape>,
    /// A sample of it is XML, which became a text.
    is_xml: bool,
    headers: Vec<(String, u32)>,
    known: HashSet<String>,
}

impl<'d> Operation<'d> {
    /// Adds the answers of a request.
    pub(super) fn answers(&mut self, request: &Request<'d>, notes: &mut Notes) {
        for response in &request.responses {
            let code = response
                .code
                .filter(|code| (100..600).contains(code))
                .unwrap_or(ANY_CODE);
            // What was answered by an error need not be what should be sent.
            if (200..300).contains(&code) {
                self.sample(&response.sent);
            }
            let content_type = response
                .headers
                .iter()
                .find(|header| header.key.trim().eq_ignore_ascii_case("content-type"))
                .and_then(|header| media_type(&header.value));
            let shape = shape(response, content_type.as_deref());
            let is_xml = is_xml(response, content_type.as_deref());
            if let Some(shape) = &shape {
                notes.value(response.node.offset());
                let usual = || (*shape != Shape::any_text()).then(|| "application/json".to_owned());
                if let Some(media) = content_type.or_else(usual) {
                    push_new(&mut self.produces, media);
                }
            }
            let answer = self.answers.entry(code).or_insert_with(|| Answer {
                node: response.node,
                name: response.name,
                shape: None,
                is_xml: false,
                headers: Vec::new(),
                known: HashSet::new(),
            });
            if is_xml && !std::mem::replace(&mut answer.is_xml, true) {
                notes.tell(Note::BodyAsText, response.node.offset());
            }
            match (&mut answer.shape, shape) {
                (Some(own), Some(shape)) => own.merge(shape),
                (own @ None, shape) => *own = shape,
                (Some(_), None) => {}
            }
            for header in &response.headers {
                let lower = header.key.trim().to_ascii_lowercase();
                let is_name = !lower.is_empty() && lower.bytes().all(|byte| byte.is_ascii_graphic());
                if is_name && !OF_THE_TRANSPORT.contains(&lower.as_str()) && answer.known.insert(lower) {
                    answer.headers.push((header.key.trim().to_owned(), header.at));
                }
            }
        }
    }

    /// The `responses` of the operation. Never empty.
    pub(super) fn responses(&self, draft: &mut Draft, notes: &mut Notes) -> NodeId {
        let at = self.node.offset();
        let mut fields = Fields::default();
        for (code, answer) in &self.answers {
            let written = answer.write(draft, notes);
            let code = if *code == ANY_CODE {
                "default".to_owned()
            } else {
                code.to_string()
            };
            fields.add(code, answer.node.offset(), written);
        }
        if fields.is_empty() {
            let text = draft.string(at, "The answer, of which the collection holds no sample.");
            let mut response = Fields::default();
            response.put("description", text);
            let response = draft.object(at, response);
            fields.put("default", response);
        }
        draft.object(at, fields)
    }
}

fn shape(response: &Response<'_>, content_type: Option<&str>) -> Option<Shape> {
    match &response.body {
        Body::Value(node) => Some(Shape::of(*node)),
        Body::Text { text, .. } => {
            let read = if content_type.is_none_or(is_json) {
                sample::read(text)
            } else {
                None
            };
            let cut_off = || {
                if content_type.is_some_and(is_json) {
                    Shape::default()
                } else {
                    Shape::any_text()
                }
            };
            Some(read.unwrap_or_else(cut_off))
        }
        Body::None | Body::Form(_) | Body::UrlEncoded(_) | Body::File { .. } | Body::GraphQl { .. } => None,
    }
}

/// Whether an answer is XML, by what it says of itself or by how it begins.
fn is_xml(response: &Response<'_>, content_type: Option<&str>) -> bool {
    let Body::Text { text, language, .. } = &response.body else {
        return false;
    };
    match content_type {
        Some(media) => media.ends_with("/xml") || media.ends_with("+xml"),
        None => *language == Some("xml") || text.trim_start().starts_with("<?xml"),
    }
}

impl Answer<'_> {
    fn write(&self, draft: &mut Draft, notes: &mut Notes) -> NodeId {
        let at = self.node.offset();
        let mut fields = Fields::default();
        let name = self.name.map(str::trim).filter(|name| !name.is_empty());
        let description = draft.string(at, name.unwrap_or("The answer."));
        fields.put("description", description);
        if let Some(shape) = &self.shape {
            let (schema, is_cut) = shape.write(draft, at);
            if is_cut {
                notes.tell(Note::SampleCut, at);
            }
            fields.put("schema", schema);
        }
        if !self.headers.is_empty() {
            let mut headers = Fields::default();
            for (name, at) in &self.headers {
                let kind = draft.string(*at, "string");
                let mut header = Fields::default();
                header.put("type", kind);
                let header = draft.object(*at, header);
                headers.add(name.as_str(), *at, header);
            }
            let headers = draft.object(at, headers);
            fields.put("headers", headers);
        }
        draft.object(at, fields)
    }
}
