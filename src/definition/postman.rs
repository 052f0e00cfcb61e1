//! Postman collections to OpenAPI 2.0. No client.
//!
//! A collection of any version becomes one list of requests. Each that goes to the connector's host becomes an
//! operation, or a part of the operation that an earlier one with the same method and path became; each that cannot has
//! an entry in the report. Of values nothing is taken but their types: they may be credentials.

mod auth;
mod body;
mod collection;
mod host;
mod left_out;
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
use self::collection::{Collection, Request, version_text};
use self::host::{Place, Service};
pub(super) use self::left_out::left_out;
use self::notes::Notes;
use self::operation::{Given, Operation};
use self::url::Template;
use super::Settings;
use super::conversion::{Conversion, Fate, Origin};
use super::document::{Document, Draft, Fields, Node, NodeId};
use super::finding::{Findings, quote};
use super::format::Format;
use super::names::{Named, is_address, operation_ids};
use super::note::Note;
use super::openapi2::METHODS;
use super::path::Path;
use super::rule::Rule;

/// The longest tag, in characters: names of folders in folders add up.
const LONGEST_TAG: usize = 200;

/// Makes the OpenAPI 2.0 document that says the same.
pub(super) fn convert<'d>(document: &'d Document, format: Format, settings: &Settings) -> Conversion<'d> {
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
    let mut converter = Converter::new(&collection, settings, notes);
    let made = converter.document(&mut draft);
    let Converter { notes, origins, .. } = converter;
    let document = draft.finish(made);
    let mut found = Findings::default();
    if document.is_none() {
        let message = format!(
            "As OpenAPI 2.0 the description would have more than {} values.",
            settings.limits.values
        );
        found.add(Rule::TooManyValues, root.offset(), &Path::ROOT, message);
    }
    Conversion {
        document,
        report: notes.told,
        found,
        origins,
    }
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
    origins: Vec<Origin<'d>>,
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
            origins: Vec::new(),
        }
    }

    /// Makes the whole document.
    fn document(&mut self, draft: &mut Draft) -> NodeId {
        let (service, places) = host::choose(self.collection, self.settings);
        for (request, place) in self.collection.requests.iter().zip(&places) {
            let folder = self.collection.folders.get(request.folder);
            let address = Some(&request.address).filter(|address| address.is_usable());
            let refused = || Fate::Refused {
                path: address.map(|address| Template::read(&address.path).text),
                names: folder.map(|folder| folder.tag.clone()).into_iter().collect(),
            };
            let fate = self.request(request, place).map_or_else(refused, Fate::Made);
            self.origins.push(Origin {
                node: request.node,
                fate,
            });
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
        draft.object(at, fields)
    }

    /// Makes an operation of a request, adds it to one, or says why not. Where the operation stands.
    fn request(&mut self, request: &Request<'d>, place: &Place) -> Option<u32> {
        let at = request.node.offset();
        let (method, path) = match address_of(request, place) {
            Ok(address) => address,
            Err((note, message)) => {
                self.notes.add(note, at, message);
                return None;
            }
        };
        let needed = self.schemes.needed(self.collection, request, &mut self.notes);
        let template = Template::read(&path);
        let written = template.written.clone();
        let path = self.path(template, at);
        let item = self.paths.get_mut(path)?;
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
        let operation = self.operations.get_mut(index)?;
        operation.add(
            request,
            &written,
            &item.template.names,
            &self.schemes,
            &mut self.notes,
        );
        if operation.needed != needed {
            self.notes.tell(Note::SecurityDiffers, at);
        }
        Some(operation.node.offset())
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
        let info = self.collection.node.get("info");
        draft.object(info.map_or(at, Node::offset), fields)
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

/// The method and the path that a request is registered with; if it cannot be, what there is to tell.
fn address_of(request: &Request<'_>, place: &Place) -> Result<(&'static str, String), (Note, String)> {
    let plainly = |note: Note| Err((note, note.statement().to_owned()));
    let written = request.method.trim().to_ascii_lowercase();
    let method = if written.is_empty() { "get" } else { &written };
    let Some(method) = METHODS.into_iter().find(|known| *known == method) else {
        let message = format!("OpenAPI 2.0 does not have the method {}.", quote(&request.method));
        return Err((Note::MethodRefused, message));
    };
    if !request.address.is_usable() {
        return plainly(Note::AddressRefused);
    }
    match place {
        Place::Under { before, cut } => {
            let whole = format!("{before}{}", request.address.path);
            Ok((method, whole.get(*cut..).unwrap_or_default().to_owned()))
        }
        Place::Scheme => plainly(Note::SchemeRefused),
        Place::Elsewhere(server) => {
            let server = quote(server);
            let message = format!("The request goes to {server}, which is not the connector's address.");
            Err((Note::HostRefused, message))
        }
    }
}

#[cfg(test)]
mod tests;
