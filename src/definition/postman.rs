//! Postman collections to OpenAPI 2.0. No client.
//!
//! A collection of any version becomes one list of requests. Each that goes to the connector's host becomes an
//! operation, or a part of the operation that an earlier one with the same method and path became; each that cannot has
//! an entry in the report. Of values nothing is taken but their types: they may be credentials.

mod auth;
mod body;
mod collection;
mod host;
mod notes;
mod operation;
mod response;
mod sample;
mod shape;
mod url;
mod version1;
mod version2;

use std::collections::{HashMap, HashSet};

use self::auth::Schemes;
use self::collection::{Collection, Request};
use self::host::{Place, Service};
use self::notes::Notes;
use self::operation::{Given, Operation};
use self::url::Template;
use super::Settings;
use super::document::{Document, Draft, Fields, Node, NodeId, Value};
use super::finding::{Findings, quote};
use super::format::Format;
use super::names::{Named, is_address, operation_ids};
use super::note::Note;
use super::openapi2::METHODS;
use super::path::Path;
use super::report::Report;
use super::rule::Rule;

/// The longest tag, in characters: names of folders in folders add up.
const LONGEST_TAG: usize = 200;

/// The OpenAPI 2.0 document that says the same, over the same text; nothing if it cannot be made, which has a finding
/// that says why.
pub(super) fn convert(
    document: &Document,
    format: Format,
    settings: &Settings,
    report: &mut Report,
    findings: &mut Findings,
) -> Option<Document> {
    let root = document.root();
    // As Postman's own interface hands it out.
    let node = root
        .get("collection")
        .filter(|inner| inner.is_object())
        .unwrap_or(root);
    let mut notes = Notes::default();
    let collection = match format {
        Format::Postman10 => version1::read(node, &mut notes),
        Format::OpenApi20 | Format::OpenApi30 | Format::OpenApi31 | Format::Postman20 | Format::Postman21 => {
            version2::read(node, &mut notes)
        }
    };
    let mut draft = Draft::of(document, settings.limits.values);
    let made = Converter::new(&collection, settings, notes).document(&mut draft);
    let (made, notes) = made;
    notes.finish(root, report);
    let converted = draft.finish(made);
    if converted.is_none() {
        let message = format!(
            "As OpenAPI 2.0 the description would have more than {} values.",
            settings.limits.values
        );
        findings.add(Rule::TooManyValues, root.offset(), &Path::ROOT, message);
    }
    converted
}

/// A text with something in it.
fn own_text(node: Option<Node<'_>>) -> Option<Node<'_>> {
    node.filter(|node| node.as_str().is_some_and(|text| !text.trim().is_empty()))
}

/// The tag of a folder in another.
fn nested_tag(around: &str, name: &str) -> String {
    let name = name.trim();
    let tag = match (around, name) {
        ("", name) => name.to_owned(),
        (around, "") => around.to_owned(),
        (around, name) => format!("{around} / {name}"),
    };
    tag.chars().take(LONGEST_TAG).collect()
}

/// A path with its operations.
struct PathItem {
    template: Template,
    operations: Vec<usize>,
}

struct Converter<'c, 'd> {
    collection: &'c Collection<'d>,
    settings: &'c Settings,
    notes: Notes,
    schemes: Schemes,
    paths: Vec<PathItem>,
    path_places: HashMap<String, usize>,
    operations: Vec<Operation<'d>>,
    operation_places: HashMap<(usize, &'static str), usize>,
}

impl<'c, 'd> Converter<'c, 'd> {
    fn new(collection: &'c Collection<'d>, settings: &'c Settings, notes: Notes) -> Self {
        Self {
            collection,
            settings,
            notes,
            schemes: Schemes::default(),
            paths: Vec::new(),
            path_places: HashMap::new(),
            operations: Vec::new(),
            operation_places: HashMap::new(),
        }
    }

    /// Makes the whole document.
    fn document(mut self, draft: &mut Draft) -> (NodeId, Notes) {
        let (service, places) = host::choose(self.collection, self.settings);
        for (request, place) in self.collection.requests.iter().zip(&places) {
            self.request(request, place);
        }
        let needed = self.operations.iter().map(|operation| operation.needed);
        self.schemes.settle(needed, self.collection, &mut self.notes);
        let at = self.collection.node.offset();
        let mut fields = Fields::default();
        let version = draft.string(at, "2.0");
        fields.put("swagger", version);
        let info = self.info(draft);
        fields.put("info", info);
        self.service(&service, draft, &mut fields);
        let tags = self.tags(draft);
        if !tags.is_empty() {
            let tags = draft.list(at, tags);
            fields.put("tags", tags);
        }
        let paths = self.write_paths(draft);
        fields.put("paths", paths);
        self.schemes.write(draft, &mut fields, at);
        (draft.object(at, fields), self.notes)
    }

    /// Makes an operation of a request, adds it to one, or says why not.
    fn request(&mut self, request: &Request<'d>, place: &Place) {
        let at = request.node.offset();
        let written = request.method.trim().to_ascii_lowercase();
        let method = if written.is_empty() { "get" } else { &written };
        let Some(method) = METHODS.into_iter().find(|known| *known == method) else {
            let message = format!("OpenAPI 2.0 does not have the method {}.", quote(&request.method));
            return self.notes.add(Note::MethodRefused, at, message);
        };
        if !request.address.is_usable() {
            return self.notes.tell(Note::AddressRefused, at);
        }
        let path = match place {
            Place::Under { before, cut } => {
                let whole = format!("{before}{}", request.address.path);
                whole.get(*cut..).unwrap_or_default().to_owned()
            }
            Place::Scheme => return self.notes.tell(Note::SchemeRefused, at),
            Place::Elsewhere(server) => {
                let message = format!(
                    "The request goes to {}, which is not the connector's address.",
                    quote(server)
                );
                return self.notes.add(Note::HostRefused, at, message);
            }
        };
        let needed = self.schemes.needed(self.collection, request, &mut self.notes);
        let template = Template::read(&path);
        let written = template.written.clone();
        let path = self.path(template, at);
        let Some(item) = self.paths.get_mut(path) else {
            return;
        };
        let known = self.operation_places.get(&(path, method)).copied();
        let index = known.unwrap_or(self.operations.len());
        if known.is_some() {
            self.notes.tell(Note::RequestMerged, at);
        } else {
            self.operation_places.insert((path, method), index);
            item.operations.push(index);
            self.operations
                .push(Operation::new(request, method, path, needed));
        }
        if let Some(operation) = self.operations.get_mut(index) {
            operation.add(
                request,
                &written,
                &item.template.names,
                &self.schemes,
                &mut self.notes,
            );
        }
    }

    /// The path of this structure: paths that differ in names of placeholders are one.
    fn path(&mut self, template: Template, at: u32) -> usize {
        if let Some(index) = self.path_places.get(&template.structure) {
            if self
                .paths
                .get(*index)
                .is_some_and(|known| known.template.names != template.names)
            {
                self.notes.tell(Note::PlaceholdersUnified, at);
            }
            return *index;
        }
        if template.names != template.written {
            self.notes.tell(Note::PlaceholderRenamed, at);
        }
        let index = self.paths.len();
        self.path_places.insert(template.structure.clone(), index);
        self.paths.push(PathItem {
            template,
            operations: Vec::new(),
        });
        index
    }

    fn info(&mut self, draft: &mut Draft) -> NodeId {
        let at = self.collection.node.offset();
        let mut fields = Fields::default();
        let title = if let Some(name) = self.collection.name {
            draft.copy(name)
        } else {
            self.notes.tell(Note::TitleMade, at);
            draft.string(at, "Postman collection")
        };
        fields.put("title", title);
        if let Some(description) = self.collection.description {
            let description = draft.copy(description);
            fields.put("description", description);
        }
        let version = self.collection.version;
        let text = version
            .and_then(version_text)
            .unwrap_or_else(|| "1.0.0".to_owned());
        let version = draft.string(version.map_or(at, Node::offset), &text);
        fields.put("version", version);
        draft.object(at, fields)
    }

    fn service(&mut self, service: &Service, draft: &mut Draft, fields: &mut Fields<'_>) {
        let first = self.collection.requests.first();
        let at = first.map_or_else(|| self.collection.node.offset(), |request| request.address.at);
        if let Some(host) = &service.host {
            let host = draft.string(at, host);
            fields.put("host", host);
            if let Some(base) = &service.base {
                let base = draft.string(at, base);
                fields.put("basePath", base);
            }
            let scheme = draft.string(at, service.scheme.unwrap_or("https"));
            let schemes = draft.list(at, vec![scheme]);
            fields.put("schemes", schemes);
        } else if let (Some((at, written)), None) = (&service.unknown, &self.settings.service_url) {
            let message = format!("The address {} has no value in the collection.", quote(written));
            self.notes.add(Note::HostUnknown, *at, message);
        }
        if self.settings.service_url.is_none() {
            if let Some(at) = service.without_scheme {
                self.notes.tell(Note::SchemeAssumed, at);
            }
            if let Some(at) = service.other_scheme {
                self.notes.tell(Note::SchemeChanged, at);
            }
        }
    }

    /// The folders that hold an operation, in their order.
    fn tags(&self, draft: &mut Draft) -> Vec<NodeId> {
        let used: HashSet<usize> = self.operations.iter().map(|operation| operation.folder).collect();
        let mut seen = HashSet::new();
        let mut tags = Vec::new();
        for (index, folder) in self.collection.folders.iter().enumerate() {
            if folder.tag.is_empty() || !used.contains(&index) || !seen.insert(folder.tag.as_str()) {
                continue;
            }
            let at = folder.node.offset();
            let mut fields = Fields::default();
            let name = draft.string(at, &folder.tag);
            fields.put("name", name);
            if let Some(description) = folder.description {
                let description = draft.copy(description);
                fields.put("description", description);
            }
            tags.push(draft.object(at, fields));
        }
        tags
    }

    fn write_paths(&mut self, draft: &mut Draft) -> NodeId {
        let ids = {
            let named = |operation: &Operation<'d>| Named {
                given: None,
                title: operation.name.and_then(Node::as_str).unwrap_or_default(),
                method: operation.method,
                path: self
                    .paths
                    .get(operation.path)
                    .map_or("", |path| path.template.text.as_str()),
            };
            let named: Vec<Named<'_>> = self.operations.iter().map(named).collect();
            operation_ids(&named)
        };
        let mut paths = Fields::default();
        for item in &self.paths {
            let mut methods = Fields::default();
            let mut at = self.collection.node.offset();
            for index in &item.operations {
                let (Some(operation), Some(id)) = (self.operations.get(*index), ids.get(*index)) else {
                    continue;
                };
                let own_at = operation.node.offset();
                if methods.is_empty() {
                    at = own_at;
                }
                let tag = self
                    .collection
                    .folders
                    .get(operation.folder)
                    .map_or("", |folder| folder.tag.as_str());
                let name = operation.name.and_then(Node::as_str).unwrap_or_default().trim();
                let address = format!("{} {}", operation.method.to_uppercase(), item.template.text);
                let summary = if name.is_empty() || is_address(name) {
                    &address
                } else {
                    name
                };
                let security = self.schemes.own(draft, operation.needed, own_at);
                let given = Given {
                    id,
                    tag,
                    summary,
                    security,
                };
                let written = operation.write(draft, &given, &mut self.notes);
                methods.add(operation.method, own_at, written);
            }
            let written = draft.object(at, methods);
            paths.add(item.template.text.as_str(), at, written);
        }
        draft.object(self.collection.node.offset(), paths)
    }
}

/// A version as text: it may be written as one, as a number, or in its parts.
fn version_text(node: Node<'_>) -> Option<String> {
    let plain = |node: Node<'_>| match node.value() {
        Value::String(text) | Value::Number(text) => {
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        }
        Value::Null | Value::Boolean(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if !node.is_object() {
        return plain(node);
    }
    let part = |key: &str| node.get(key).and_then(plain);
    let numbers = ["major", "minor", "patch"].map(|key| part(key).unwrap_or_else(|| "0".to_owned()));
    let mut text = numbers.join(".");
    if let Some(identifier) = part("prerelease").or_else(|| part("identifier")) {
        text = format!("{text}-{identifier}");
    }
    Some(text)
}

#[cfg(test)]
mod tests;
