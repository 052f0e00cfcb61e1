//! Paths: which operations there are, what they are called, and where they go. No client.

mod fragment;
mod item;

use std::collections::{HashMap, HashSet};

use super::super::conversion::{Fate, Origin};
use super::super::document::{Fields, Member, Node, NodeId};
use super::super::finding::quote;
use super::super::names::{Named, operation_ids};
use super::super::note::Note;
use super::super::openapi2::METHODS;
use super::super::path::Path;
use super::Converter;
use super::callback::CONTENT;
use super::operation::Made;
use super::reference::LONGEST_CHAIN;
use super::server::Placement;

/// A path as it is read.
struct Item<'d> {
    member: Member<'d>,
    /// The path without a fragment, which is never sent.
    path: &'d str,
    /// The path item, and what it refers to; what stands first counts.
    layers: Vec<Node<'d>>,
    operations: Vec<Planned<'d>>,
    /// How many operations have no place in the result.
    refused: usize,
}

/// An operation that will be made.
struct Planned<'d> {
    member: Member<'d>,
    /// What goes before its path.
    prefix: String,
    /// Its operationId; nothing if it stays the one it has.
    id: Option<String>,
}

/// What the operations of a path share.
#[derive(Clone)]
pub(super) struct Shared<'d> {
    pub(super) summary: Option<Member<'d>>,
    pub(super) description: Option<Member<'d>>,
    /// The parameters that go into each operation.
    pub(super) parameters: Vec<NodeId>,
    /// The placeholders of the path; nothing if its braces do not pair up.
    pub(super) placeholders: Option<Vec<&'d str>>,
    /// Those that the path's own parameters describe.
    pub(super) declared: HashSet<&'d str>,
    /// The servers of its operations that name none of their own.
    pub(super) servers: Option<Node<'d>>,
    list: Option<Member<'d>>,
}

/// The paths in the making.
#[derive(Default)]
struct Paths<'d> {
    /// In their order, with where each name stands.
    order: Vec<(String, u32)>,
    fields: HashMap<String, Fields<'d>>,
}

impl<'d> Paths<'d> {
    /// What is put under `path`, whose name stands at `at`.
    fn at(&mut self, path: &str, at: u32) -> &mut Fields<'d> {
        if !self.fields.contains_key(path) {
            self.order.push((path.to_owned(), at));
        }
        self.fields.entry(path.to_owned()).or_default()
    }
}

impl Planned<'_> {
    /// The path that it gets, of what stands under `path`.
    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

impl<'d> Shared<'d> {
    /// Where the path lists its parameters.
    pub(super) fn parameter_list(&self) -> Option<Node<'d>> {
        self.list.map(|list| list.value)
    }
}

impl<'d> Item<'d> {
    /// The members that count, in the order written.
    fn members(&self) -> Vec<Member<'d>> {
        let mut known = HashSet::from(["$ref"]);
        let all = self.layers.iter().flat_map(|layer| layer.members());
        all.filter(|member| known.insert(member.key)).collect()
    }
}

/// What a filter can call an operation by, besides its path.
fn names(operation: Node<'_>) -> Vec<&str> {
    let tags = operation.get("tags").into_iter().flat_map(Node::items);
    let all = operation.get("operationId").into_iter().chain(tags);
    all.filter_map(Node::as_str).collect()
}

/// The names in the braces of a path, in order; nothing if the braces do not pair up.
fn placeholders(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut parts = path.split('{');
    if parts.next()?.contains('}') {
        return None;
    }
    for part in parts {
        let (name, behind) = part.split_once('}')?;
        if name.is_empty() || name.contains('/') || behind.contains('}') {
            return None;
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Some(names)
}

impl<'d> Converter<'d, '_> {
    /// The paths with their operations.
    pub(super) fn paths(&mut self) -> Option<NodeId> {
        let paths = self.root.get("paths")?;
        if !paths.is_object() {
            return Some(self.draft.copy(paths));
        }
        let mut extensions = Fields::default();
        let mut items = Vec::new();
        for member in paths.members() {
            if member.key.starts_with("x-") {
                self.carry(&member, &mut extensions);
            } else {
                items.push(self.plan(member));
            }
        }
        self.make_room_for_wanted(&mut items);
        self.name_operations(&mut items);
        let mut made = Paths::default();
        for item in &items {
            self.item(item, &mut made);
        }
        let mut fields = Fields::default();
        for (path, at) in made.order {
            let item = self
                .draft
                .object(at, made.fields.remove(&path).unwrap_or_default());
            fields.add(path, at, item);
        }
        for member in paths.members().filter(|member| member.key.starts_with("x-")) {
            if let Some(value) = extensions.get(member.key) {
                fields.add(member.key, member.key_offset, value);
            }
        }
        Some(self.draft.object(paths.offset(), fields))
    }

    /// Finds out which operations of a path there will be.
    fn plan(&mut self, member: Member<'d>) -> Item<'d> {
        let mut layers = Vec::new();
        let mut next = Some(member.value);
        while let Some(node) = next.filter(|_| layers.len() < LONGEST_CHAIN) {
            layers.push(node);
            next = node.get("$ref").and_then(|reference| self.follow(reference));
            if let Some(found) = next {
                self.components.used.insert(found.id());
            }
        }
        let path = member.key.split('#').next().unwrap_or_default();
        if path.len() < member.key.len() {
            let message = format!(
                "What stands behind the # is never sent; the path is {}.",
                quote(path)
            );
            self.note(Note::PathCut, member.value, message);
        }
        let mut item = Item {
            member,
            path,
            layers,
            operations: Vec::new(),
            refused: 0,
        };
        let members = item.members();
        let shared = members
            .iter()
            .find(|member| member.key == "servers")
            .map(|member| member.value);
        for operation in members {
            let refused = if operation.key == "trace" {
                Err((Note::MethodRefused, "OpenAPI 2.0 has no TRACE.".to_owned()))
            } else if !METHODS.contains(&operation.key) {
                continue;
            } else {
                match self.servers.place(operation.value.get("servers").or(shared)) {
                    Placement::Ours(prefix) => Ok(prefix),
                    Placement::Elsewhere(message) => Err((Note::HostRefused, message)),
                }
            };
            match refused {
                Ok(prefix) => item.operations.push(Planned {
                    member: operation,
                    prefix,
                    id: None,
                }),
                Err((note, message)) => {
                    item.refused += 1;
                    self.refuse_operation(note, &item, &operation, message);
                }
            }
        }
        item
    }

    /// Tells that an operation has no place in the result. Its pointer is the operation.
    fn refuse_operation(&mut self, note: Note, item: &Item<'d>, operation: &Member<'d>, message: String) {
        self.refused(Some(item.path), operation.value);
        let is_direct = item.member.value.get(operation.key).map(Node::id) == Some(operation.value.id());
        if is_direct {
            let paths = Path::ROOT.key("paths");
            let path = paths.key(item.member.key);
            self.report
                .add(note, operation.value.offset(), &path.key(operation.key), message);
        } else {
            self.note(note, operation.value, message);
        }
    }

    /// Keeps that an operation has no place in the result.
    pub(super) fn refused(&mut self, path: Option<&str>, operation: Node<'d>) {
        let fate = Fate::Refused {
            path: path.map(str::to_owned),
            names: names(operation).into_iter().map(str::to_owned).collect(),
        };
        self.origins.push(Origin {
            node: operation,
            fate,
        });
    }

    /// Makes an operation that has a place in the result.
    fn placed_operation(
        &mut self,
        planned: &Planned<'d>,
        shared: &Shared<'d>,
        has_notification: bool,
    ) -> Made {
        let node = planned.member.value;
        self.origins.push(Origin {
            node,
            fate: Fate::Made(node.offset()),
        });
        self.operation(node, planned.id.as_deref(), shared, has_notification)
    }

    /// Gives operations without an operationId one, and those whose id is taken another.
    fn name_operations(&mut self, items: &mut [Item<'d>]) {
        let paths: Vec<String> = items
            .iter()
            .flat_map(|item| item.operations.iter().map(|one| one.path(item.path)))
            .collect();
        let planned = items.iter_mut().flat_map(|item| item.operations.iter_mut());
        let mut planned: Vec<&mut Planned<'d>> = planned.collect();
        let text = |one: &Planned<'d>, key: &str| one.member.value.get(key).and_then(Node::as_str);
        let named: Vec<Named<'_>> = planned
            .iter()
            .zip(&paths)
            .map(|(one, path)| Named {
                given: text(one, "operationId"),
                title: text(one, "summary").unwrap_or_default(),
                method: one.member.key,
                path,
            })
            .collect();
        let ids = operation_ids(&named);
        let mut told = Vec::new();
        for (one, id) in planned.iter_mut().zip(ids) {
            let given = text(one, "operationId");
            if given != Some(id.as_str()) {
                let message = match given {
                    Some(given) => {
                        format!(
                            "Another operation has the operationId {}; this one gets {}.",
                            quote(given),
                            quote(&id)
                        )
                    }
                    None => format!("The operation has no operationId; it gets {}.", quote(&id)),
                };
                told.push((one.member.value, message));
                one.id = Some(id);
            }
        }
        for (node, message) in told {
            self.note(Note::OperationIdMade, node, message);
        }
    }

    /// Makes a path with its operations. Those that another server of the host serves go to paths of their own.
    fn item(&mut self, item: &Item<'d>, paths: &mut Paths<'d>) {
        let members = item.members();
        let member = |key: &str| members.iter().find(|member| member.key == key).copied();
        let list = member("parameters");
        let placeholders = placeholders(item.path);
        let shared = Shared {
            summary: member("summary"),
            description: member("description"),
            parameters: list
                .map(|list| self.parameters(list.value, placeholders.as_deref()))
                .unwrap_or_default(),
            declared: list
                .map(|list| self.path_parameters(list.value))
                .unwrap_or_default(),
            placeholders,
            servers: member("servers").map(|member| member.value),
            list,
        };
        let is_free = !paths.fields.contains_key(item.path);
        let (here, elsewhere): (Vec<&Planned<'d>>, Vec<&Planned<'d>>) = item
            .operations
            .iter()
            .partition(|planned| planned.prefix.is_empty() && is_free);
        if is_free && (!here.is_empty() || (elsewhere.is_empty() && item.refused == 0)) {
            let fields = self.item_itself(&members, &here, &shared);
            *paths.at(item.path, item.member.key_offset) = fields;
        }
        for planned in elsewhere {
            let path = planned.path(item.path);
            let Member { key, key_offset, .. } = planned.member;
            if !paths.fields.contains_key(&path) {
                *paths.at(&path, item.member.key_offset) = self.item_extensions(&members);
            } else if paths.at(&path, key_offset).get(key).is_some() {
                self.repeated(item, planned);
                continue;
            }
            let has_content = paths.at(&path, key_offset).get(CONTENT).is_some();
            let operation = self.placed_operation(planned, &shared, has_content);
            let fields = paths.at(&path, key_offset);
            fields.add(key, key_offset, operation.made);
            if let Some(made) = operation.notification {
                fields.put(CONTENT, made);
            }
        }
    }

    /// Tells of an operation whose method and path another has.
    fn repeated(&mut self, item: &Item<'d>, planned: &Planned<'d>) {
        let message = if item.has_fragment() {
            "Only what stands behind the # tells it from another operation, and that is never sent. To have this one, leave \
             the other out (spec.definition.operations)."
        } else {
            "Another operation has the same method and path."
        };
        self.refuse_operation(Note::OperationRepeated, item, &planned.member, message.to_owned());
    }
}
