//! What requests send. No client.

use super::super::document::{Draft, Fields, NodeId};
use super::super::note::Note;
use super::collection::{Body, Request};
use super::notes::Notes;
use super::operation::{Location, Operation, named, push_new};
use super::sample;
use super::shape::Shape;

/// The body of an operation.
#[derive(Debug)]
pub(super) enum Sent {
    Nothing,
    /// Form parameters, which stand among the others.
    Form,
    Json {
        at: u32,
        shape: Shape,
    },
    Text {
        at: u32,
    },
    Binary {
        at: u32,
    },
}

/// What one request sends, and the media type that goes with it.
struct Content<'f, 'd> {
    at: u32,
    sent: Sent,
    media: String,
    form: Option<&'f [super::collection::Field<'d>]>,
}

/// A media type without its parameters; nothing, if it leaves open which, or a variable decides.
pub(super) fn media_type(written: &str) -> Option<String> {
    let media = written.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, rest) = media.split_once('/')?;
    let is_token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    (is_token(kind) && is_token(rest)).then_some(media)
}

/// Whether texts of this media type are JSON.
pub(super) fn is_json(media: &str) -> bool {
    media.ends_with("/json") || media.ends_with("+json")
}

impl<'d> Operation<'d> {
    /// Adds the body of a request.
    pub(super) fn body(&mut self, request: &Request<'d>, content_type: Option<&str>, notes: &mut Notes) {
        let Some(content) = content(&request.body, content_type) else {
            return;
        };
        let Content {
            at,
            sent,
            media,
            form,
        } = content;
        if matches!(self.method, "get" | "head") && !request.always_sends_body {
            return notes.tell(Note::BodyNotSent, at);
        }
        if form.is_none() {
            notes.value(at);
        }
        match (&mut self.sent, sent) {
            (own @ Sent::Nothing, sent) => {
                if matches!(sent, Sent::Text { .. }) {
                    notes.tell(Note::BodyAsText, at);
                }
                *own = sent;
            }
            (Sent::Json { shape: own, .. }, Sent::Json { shape, .. }) => own.merge(shape),
            (Sent::Form, Sent::Form)
            | (Sent::Text { .. }, Sent::Text { .. })
            | (Sent::Binary { .. }, Sent::Binary { .. }) => {}
            _ => return notes.tell(Note::BodyDiffers, at),
        }
        push_new(&mut self.consumes, media);
        if let Some(form) = form {
            let fields = named(form.iter(), notes);
            self.several(fields, Location::Form, notes);
        }
    }

    /// Adds what had been sent when an answer was saved, if it is JSON as well: another sample.
    pub(super) fn sample(&mut self, body: &Body<'d>) {
        if let Sent::Json { shape: own, .. } = &mut self.sent
            && let Some(Content {
                sent: Sent::Json { shape, .. },
                ..
            }) = content(body, None)
        {
            own.merge(shape);
        }
    }
}

fn content<'f, 'd>(body: &'f Body<'d>, content_type: Option<&str>) -> Option<Content<'f, 'd>> {
    let media = |usual: &str| content_type.unwrap_or(usual).to_owned();
    let form = |fields: &'f [super::collection::Field<'d>], media: &str| {
        let first = fields.first()?;
        Some(Content {
            at: first.at,
            sent: Sent::Form,
            media: media.to_owned(),
            form: Some(fields),
        })
    };
    let (at, sent, media) = match body {
        Body::None => return None,
        Body::Form(fields) => return form(fields, "multipart/form-data"),
        Body::UrlEncoded(fields) => return form(fields, "application/x-www-form-urlencoded"),
        Body::Text { at, text, language } => {
            let usual = match language {
                Some("json") => "application/json",
                Some("xml") => "application/xml",
                Some("html") => "text/html",
                Some("javascript") => "application/javascript",
                Some(_) | None => "text/plain",
            };
            // The language is often left as it was; what looks like JSON is JSON, unless something else is named.
            let may_be_json =
                content_type.is_none_or(is_json) && (matches!(usual, "application/json" | "text/plain"));
            let shape = sample::read(text).filter(|_| may_be_json);
            let is_plain = usual == "text/plain" && content_type.is_none();
            match shape.filter(|_| !is_plain || text.trim_start().starts_with(['{', '['])) {
                Some(shape) => (*at, Sent::Json { at: *at, shape }, media("application/json")),
                None => (*at, Sent::Text { at: *at }, media(usual)),
            }
        }
        Body::Value(node) => {
            let shape = Shape::of(*node);
            (
                node.offset(),
                Sent::Json {
                    at: node.offset(),
                    shape,
                },
                media("application/json"),
            )
        }
        Body::File { at } => (*at, Sent::Binary { at: *at }, media("application/octet-stream")),
        Body::GraphQl { at, variables, named } => {
            let mut shape = Shape::default();
            shape.see_member("query".to_owned(), Shape::any_text());
            if *named {
                shape.see_member("operationName".to_owned(), Shape::any_text());
            }
            let given = variables.map(|node| match node.as_str() {
                Some(text) => sample::read(text).unwrap_or_default(),
                None => Shape::of(node),
            });
            let mut inner = Shape::default();
            inner.see_object();
            inner.merge(given.unwrap_or_default());
            shape.see_member("variables".to_owned(), inner);
            (*at, Sent::Json { at: *at, shape }, "application/json".to_owned())
        }
    };
    Some(Content {
        at,
        sent,
        media,
        form: None,
    })
}

impl Sent {
    /// The body parameter, if there is one.
    pub(super) fn write(&self, draft: &mut Draft, notes: &mut Notes) -> Option<NodeId> {
        let (at, schema) = match self {
            Self::Nothing | Self::Form => return None,
            Self::Json { at, shape } => {
                let (schema, is_cut) = shape.write(draft, *at);
                if is_cut {
                    notes.tell(Note::SampleCut, *at);
                }
                (*at, schema)
            }
            Self::Text { at } => (*at, text(draft, *at, None)),
            Self::Binary { at } => (*at, text(draft, *at, Some("binary"))),
        };
        let mut fields = Fields::default();
        for (key, word) in [("name", "body"), ("in", "body")] {
            let word = draft.string(at, word);
            fields.put(key, word);
        }
        fields.put("schema", schema);
        Some(draft.object(at, fields))
    }
}

/// The schema of a text.
fn text(draft: &mut Draft, at: u32, format: Option<&str>) -> NodeId {
    let mut fields = Fields::default();
    let kind = draft.string(at, "string");
    fields.put("type", kind);
    if let Some(format) = format {
        let format = draft.string(at, format);
        fields.put("format", format);
    }
    draft.object(at, fields)
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn a_media_type_has_no_parameters_and_leaves_nothing_open() {
        assert_eq!(
            media_type("Application/JSON; charset=utf-8").as_deref(),
            Some("application/json")
        );
        for open in ["*/*", "text/*", "{{type}}", "json", "a/b/c", ""] {
            assert_eq!(media_type(open), None, "{open}");
        }
    }
}
