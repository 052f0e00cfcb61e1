//! Operations: which are gone, which are new, and what changed about one. No client.

use std::collections::HashMap;

use super::super::finding::quote;
use super::super::openapi2::METHODS;
use super::place::Spot;
use super::schema::{Direction, Pair, Subject};
use super::{ChangeKind, Comparison, Side, same};

/// Fields of an operation that only people read.
const TEXTS: [&str; 4] = ["summary", "description", "externalDocs", "x-ms-summary"];

/// An operation of one of the two documents.
#[derive(Clone, Debug)]
pub(super) struct Operation<'d> {
    pub(super) id: &'d str,
    pub(super) path: &'d str,
    pub(super) method: &'d str,
    pub(super) item: Spot<'d>,
    pub(super) spot: Spot<'d>,
}

impl<'d> Side<'d> {
    /// Every operation that has an operationId, in order; of two with one, the first.
    fn operations(&self) -> (Vec<Operation<'d>>, HashMap<&'d str, usize>) {
        let mut operations = Vec::new();
        let mut places = HashMap::new();
        let paths = Spot::root(self.root).get("paths");
        for (path, item) in paths.iter().flat_map(Spot::members) {
            for (method, spot) in item.members().filter(|(key, _)| METHODS.contains(key)) {
                let Some(id) = spot.text("operationId") else {
                    continue;
                };
                places.entry(id).or_insert(operations.len());
                operations.push(Operation {
                    id,
                    path,
                    method,
                    item: item.clone(),
                    spot,
                });
            }
        }
        (operations, places)
    }
}

impl<'d> Comparison<'_, 'd> {
    pub(super) fn operations(&mut self) {
        let (old, old_places) = self.old.operations();
        let (new, new_places) = self.new.operations();
        for one in &old {
            self.operation = Some(one.id);
            if let Some(other) = new_places.get(one.id).and_then(|place| new.get(*place)) {
                self.operation(one, other);
            } else {
                let message = format!("The operation {} ({}) is gone.", quote(one.id), called(one));
                self.add(ChangeKind::OperationRemoved, (Some(&one.spot), None), message);
            }
            self.schemas();
        }
        for one in new.iter().filter(|one| !old_places.contains_key(one.id)) {
            self.operation = Some(one.id);
            let message = format!("The operation {} ({}) is new.", quote(one.id), called(one));
            self.add(ChangeKind::OperationAdded, (None, Some(&one.spot)), message);
        }
        self.operation = None;
    }

    fn operation(&mut self, old: &Operation<'d>, new: &Operation<'d>) {
        let both = (Some(&old.spot), Some(&new.spot));
        let id = quote(old.id);
        if old.method != new.method || unnamed(old.path) != unnamed(new.path) {
            let message = format!("{id} was {} and is {}.", called(old), called(new));
            self.add(ChangeKind::OperationMoved, both, message);
        }
        if !same(
            old.spot.node.get("x-ms-trigger"),
            new.spot.node.get("x-ms-trigger"),
        ) {
            let message = match (old.spot.get("x-ms-trigger"), new.spot.get("x-ms-trigger")) {
                (None, _) => format!("{id} was an action and is a trigger."),
                (_, None) => format!("{id} was a trigger and is an action."),
                _ => format!("{id} is a trigger of another kind."),
            };
            self.add(ChangeKind::TriggerChanged, both, message);
        }
        if old.spot.flag("deprecated") != new.spot.flag("deprecated") {
            let state = if new.spot.flag("deprecated") {
                "now"
            } else {
                "no longer"
            };
            let message = format!("{id} is {state} marked as deprecated.");
            self.add(ChangeKind::OperationDeprecated, both, message);
        }
        if !same(old.spot.node.get("security"), new.spot.node.get("security")) {
            let message = format!("The security requirements of {id} itself changed.");
            self.add(ChangeKind::OperationSecurityChanged, both, message);
        }
        if !same(old.spot.node.get("tags"), new.spot.node.get("tags")) {
            self.add(
                ChangeKind::TagsChanged,
                both,
                format!("The tags of {id} changed."),
            );
        }
        self.texts((&old.spot, &new.spot), &TEXTS, &id);
        self.extensions((&old.spot, &new.spot), &id);
        self.parameters(old, new);
        self.media_types(old, new);
        self.responses(old, new);
        self.notification(old, new);
    }

    /// What a webhook sends stands beside the operations of a path, or in the operation.
    fn notification(&mut self, old: &Operation<'d>, new: &Operation<'d>) {
        let content = |one: &Operation<'d>| {
            let of = |spot: &Spot<'d>| spot.get("x-ms-notification-content")?.get("schema");
            of(&one.spot).or_else(|| of(&one.item))
        };
        if old.spot.get("x-ms-trigger").is_none() {
            return;
        }
        match (content(old), content(new)) {
            (Some(old), Some(new)) => self.pending.push(Pair {
                old,
                new,
                direction: Direction::Response,
                subject: Subject::Notification,
            }),
            (Some(gone), None) => {
                let message = format!("{} no longer describes what it sends.", quote(old.id));
                self.add(
                    ChangeKind::ResponseRemoved,
                    (Some(&gone), Some(&new.spot)),
                    message,
                );
            }
            (None, Some(described)) => {
                let message = format!("{} now describes what it sends.", quote(old.id));
                self.add(
                    ChangeKind::ResponseDescribed,
                    (Some(&old.spot), Some(&described)),
                    message,
                );
            }
            (None, None) => {}
        }
    }
}

/// Method and path, as people say them.
fn called(operation: &Operation<'_>) -> String {
    format!("{} {}", operation.method.to_uppercase(), operation.path)
}

/// A path without the names of its placeholders, which are parameters and compared as such.
fn unnamed(path: &str) -> String {
    let named = path.split_inclusive(['{', '}']);
    named
        .map(|part| if part.ends_with('}') { "}" } else { part })
        .collect()
}
