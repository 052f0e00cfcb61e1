//! Requests with one method and path, as one operation. No client.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::document::{Draft, Fields, Node, NodeId};
use super::super::note::Note;
use super::auth::{Needed, Schemes};
use super::body::{Sent, media_type};
use super::collection::{Field, Request};
use super::notes::Notes;
use super::response::Answer;
use super::shape::stand_in;
use super::url;

/// Headers that whoever sends a request sets itself.
const OF_THE_CLIENT: [&str; 8] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "postman-token",
    "transfer-encoding",
    "upgrade",
];

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Location {
    Path,
    Query,
    Header,
    Form,
}

impl Location {
    fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Form => "formData",
        }
    }
}

/// A parameter in one of the places that have no schema.
#[derive(Debug)]
struct Parameter<'d> {
    at: u32,
    name: String,
    location: Location,
    kind: &'static str,
    format: Option<&'static str>,
    is_list: bool,
    description: Option<Node<'d>>,
}

/// What an operation is given by the whole collection.
pub(super) struct Given<'g> {
    pub(super) id: &'g str,
    pub(super) tag: &'g str,
    pub(super) summary: &'g str,
    /// Where it differs from that of all.
    pub(super) security: Option<NodeId>,
}

/// An operation in the making.
#[derive(Debug)]
pub(super) struct Operation<'d> {
    /// The first request of it.
    pub(super) node: Node<'d>,
    pub(super) name: Option<Node<'d>>,
    pub(super) description: Option<Node<'d>>,
    pub(super) folder: usize,
    pub(super) method: &'static str,
    pub(super) path: usize,
    pub(super) needed: Needed,
    parameters: Vec<Parameter<'d>>,
    known: HashMap<(Location, String), usize>,
    pub(super) sent: Sent,
    pub(super) consumes: Vec<String>,
    pub(super) produces: Vec<String>,
    pub(super) answers: BTreeMap<u16, Answer<'d>>,
}

impl<'d> Operation<'d> {
    /// What the first request says of it besides what each of them adds.
    pub(super) fn new(request: &Request<'d>, method: &'static str, path: usize, needed: Needed) -> Self {
        Self {
            node: request.node,
            name: request.name,
            description: request.description,
            folder: request.folder,
            method,
            path,
            needed,
            parameters: Vec::new(),
            known: HashMap::new(),
            sent: Sent::Nothing,
            consumes: Vec::new(),
            produces: Vec::new(),
            answers: BTreeMap::new(),
        }
    }

    /// Adds what `request` shows. Its placeholders were written with the names in `written`, and have those in `names`.
    pub(super) fn add(
        &mut self,
        request: &Request<'d>,
        written: &[String],
        names: &[String],
        schemes: &Schemes,
        notes: &mut Notes,
    ) {
        self.description = self.description.or(request.description);
        self.placeholders(request, written, names, notes);
        self.query(request, schemes, notes);
        let content_type = self.headers(request, schemes, notes);
        self.body(request, content_type.as_deref(), notes);
        self.answers(request, notes);
    }

    fn placeholders(
        &mut self,
        request: &Request<'d>,
        written: &[String],
        names: &[String],
        notes: &mut Notes,
    ) {
        let described: HashMap<&str, &Field<'d>> = request
            .path_variables
            .iter()
            .map(|field| (field.key.trim(), field))
            .collect();
        for (written, name) in written.iter().zip(names) {
            let field = described.get(written.as_str()).copied();
            let blank = Field {
                at: request.address.at,
                key: "".into(),
                value: "".into(),
                description: None,
                is_file: false,
            };
            self.parameter(
                name.clone(),
                Location::Path,
                field.unwrap_or(&blank),
                false,
                notes,
            );
        }
    }

    fn query(&mut self, request: &Request<'d>, schemes: &Schemes, notes: &mut Notes) {
        let fields = request
            .address
            .query
            .iter()
            .filter(|field| !schemes.is_credential(self.needed, field, "query"));
        let named: Vec<(String, &Field<'d>)> = named(fields, notes);
        self.several(named, Location::Query, notes);
    }

    /// Adds fields that may repeat a name: then it takes a list.
    pub(super) fn several(
        &mut self,
        named: Vec<(String, &Field<'d>)>,
        location: Location,
        notes: &mut Notes,
    ) {
        let mut seen = HashSet::new();
        for (name, field) in named {
            let repeats = !seen.insert(name.clone());
            self.parameter(name, location, field, repeats, notes);
        }
    }

    /// Adds the headers that callers set. Returns the media type of the body, if one says it.
    fn headers(&mut self, request: &Request<'d>, schemes: &Schemes, notes: &mut Notes) -> Option<String> {
        let mut content_type = None;
        for header in &request.headers {
            let lower = header.key.trim().to_ascii_lowercase();
            match lower.as_str() {
                "content-type" => content_type = media_type(&header.value),
                "accept" => {
                    for media in header.value.split(',').filter_map(media_type) {
                        push_new(&mut self.produces, media);
                    }
                }
                "authorization" => {}
                "cookie" => notes.tell(Note::CookieLost, header.at),
                name if OF_THE_CLIENT.contains(&name) => notes.tell(Note::ClientHeaderLost, header.at),
                _ if schemes.is_credential(self.needed, header, "header") => {}
                _ => {
                    if let Some((name, field)) = named(std::iter::once(header), notes).pop() {
                        self.parameter(name, Location::Header, field, false, notes);
                    }
                }
            }
        }
        content_type
    }

    fn parameter(
        &mut self,
        name: String,
        location: Location,
        field: &Field<'d>,
        is_list: bool,
        notes: &mut Notes,
    ) {
        if !field.value.is_empty() {
            notes.value(field.at);
        }
        // Names of headers are the same in any case; the first spelling is kept.
        let key = if location == Location::Header {
            name.to_ascii_lowercase()
        } else {
            name.clone()
        };
        let (kind, format) = if field.is_file && location == Location::Form {
            ("file", None)
        } else {
            stand_in(field.value.trim()).unwrap_or(("string", None))
        };
        let known = self
            .known
            .get(&(location, key.clone()))
            .and_then(|index| self.parameters.get_mut(*index));
        if let Some(known) = known {
            if is_list && kind == "file" {
                notes.tell(Note::FilesReduced, field.at);
            }
            known.is_list |= is_list && kind != "file" && known.kind != "file";
            if known.kind != kind && known.kind != "file" {
                (known.kind, known.format) = ("string", None);
            }
            known.description = known.description.or(field.description);
            return;
        }
        self.known.insert((location, key), self.parameters.len());
        self.parameters.push(Parameter {
            at: field.at,
            name,
            location,
            kind,
            format,
            is_list,
            description: field.description,
        });
    }

    /// The operation.
    pub(super) fn write(&self, draft: &mut Draft, given: &Given<'_>, notes: &mut Notes) -> NodeId {
        let Given {
            id,
            tag,
            summary,
            security,
        } = *given;
        let at = self.node.offset();
        let mut fields = Fields::default();
        if !tag.is_empty() {
            let tag = draft.string(at, tag);
            let tags = draft.list(at, vec![tag]);
            fields.put("tags", tags);
        }
        let named_at = self.name.map_or(at, Node::offset);
        let summary = draft.string(named_at, summary);
        fields.put("summary", summary);
        if let Some(description) = self.description {
            let description = draft.copy(description);
            fields.put("description", description);
        }
        let id = draft.string(named_at, id);
        fields.put("operationId", id);
        for (key, list) in [("consumes", &self.consumes), ("produces", &self.produces)] {
            if !list.is_empty() {
                let list = list.iter().map(|media| draft.string(at, media)).collect();
                let list = draft.list(at, list);
                fields.put(key, list);
            }
        }
        let mut parameters: Vec<NodeId> = self.parameters.iter().map(|one| one.write(draft)).collect();
        parameters.extend(self.sent.write(draft, notes));
        if !parameters.is_empty() {
            let parameters = draft.list(at, parameters);
            fields.put("parameters", parameters);
        }
        let responses = self.responses(draft, notes);
        fields.put("responses", responses);
        if let Some(security) = security {
            fields.put("security", security);
        }
        draft.object(at, fields)
    }
}

/// Fields with the names that callers know them by; those that a variable names are told of.
pub(super) fn named<'f, 'd>(
    fields: impl Iterator<Item = &'f Field<'d>>,
    notes: &mut Notes,
) -> Vec<(String, &'f Field<'d>)> {
    let mut named = Vec::new();
    for field in fields {
        match url::name(&field.key) {
            Some(name) if !name.is_empty() => named.push((name, field)),
            Some(_) => {}
            None => notes.tell(Note::ParameterNameLost, field.at),
        }
    }
    named
}

/// Adds what is not there yet.
pub(super) fn push_new(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

impl Parameter<'_> {
    fn write(&self, draft: &mut Draft) -> NodeId {
        let at = self.at;
        let mut fields = Fields::default();
        for (key, text) in [("name", self.name.as_str()), ("in", self.location.as_str())] {
            let text = draft.string(at, text);
            fields.put(key, text);
        }
        if let Some(description) = self.description {
            let description = draft.copy(description);
            fields.put("description", description);
        }
        if self.location == Location::Path {
            let required = draft.boolean(at, true);
            fields.put("required", required);
        }
        let mut kind = Fields::default();
        for (key, text) in [("type", Some(self.kind)), ("format", self.format)] {
            if let Some(text) = text {
                let text = draft.string(at, text);
                kind.put(key, text);
            }
        }
        if !self.is_list {
            for key in ["type", "format"] {
                if let Some(value) = kind.get(key) {
                    fields.put(key, value);
                }
            }
            return draft.object(at, fields);
        }
        let list = draft.string(at, "array");
        fields.put("type", list);
        let items = draft.object(at, kind);
        fields.put("items", items);
        let format = draft.string(at, "multi");
        fields.put("collectionFormat", format);
        draft.object(at, fields)
    }
}
