//! Schemas: what values are made of, through references and `allOf`. No client.
//!
//! Pairs of schemas wait in a list instead of on the stack, and each is compared once in each direction, so circles
//! end and long chains need no stack.

use std::collections::{HashMap, HashSet};

use super::super::document::Node;
use super::super::finding::quote;
use super::parameter::capitalised;
use super::place::Spot;
use super::{ChangeKind, Comparison, MOST_PAIRS, Side};

/// Schemas of which one is put together by `allOf`. The backend takes no body of more.
const MOST_PARTS: usize = 512;

/// Which way a value goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Direction {
    /// A workflow sends it.
    Request,
    /// A workflow gets it.
    Response,
}

/// What a schema describes, for messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'d> {
    Parameter(&'d str),
    Body,
    Response,
    Notification,
    Header(&'d str),
    Property(&'d str),
}

impl Subject<'_> {
    /// As messages call it, inside a sentence.
    pub(super) fn called(&self, direction: Direction, operation: &str) -> String {
        let operation = quote(operation);
        match (self, direction) {
            (Self::Parameter(name), _) => format!("the parameter {} of {operation}", quote(name)),
            (Self::Body, _) => format!("the body of {operation}"),
            (Self::Response, _) => format!("what {operation} returns"),
            (Self::Notification, _) => format!("what {operation} sends"),
            (Self::Header(name), _) => format!("the header {} of {operation}", quote(name)),
            (Self::Property(name), Direction::Request) => {
                format!("the property {} of what {operation} takes", quote(name))
            }
            (Self::Property(name), Direction::Response) => {
                format!("the property {} of what {operation} returns", quote(name))
            }
        }
    }
}

/// Two schemas of the same value.
#[derive(Clone, Debug)]
pub(super) struct Pair<'d> {
    pub(super) old: Spot<'d>,
    pub(super) new: Spot<'d>,
    pub(super) direction: Direction,
    pub(super) subject: Subject<'d>,
}

/// A schema put together: itself, what it refers to, and the parts of its `allOf`.
#[derive(Debug)]
pub(super) struct Whole<'d> {
    /// Never empty; the schema itself comes first.
    parts: Vec<Spot<'d>>,
}

impl<'d> Whole<'d> {
    fn of(side: &Side<'d>, schema: &Spot<'d>) -> Self {
        let (mut parts, mut seen) = (Vec::new(), HashSet::new());
        let mut pending = vec![side.resolved(schema)];
        while let Some(part) = pending.pop() {
            if parts.len() == MOST_PARTS || !seen.insert(part.node.id()) {
                continue;
            }
            if let Some(list) = part.get("allOf") {
                let inner: Vec<Spot<'d>> = list.items().map(|one| side.resolved(&one)).collect();
                pending.extend(inner.into_iter().rev());
            }
            parts.push(part);
        }
        Self { parts }
    }

    /// The value itself, where messages point to.
    pub(super) fn spot(&self) -> Option<&Spot<'d>> {
        self.parts.first()
    }

    /// What the first part that says something says under `key`.
    pub(super) fn get(&self, key: &str) -> Option<Spot<'d>> {
        self.parts.iter().find_map(|part| part.get(key))
    }

    /// The string that the first part has under `key`.
    pub(super) fn text(&self, key: &str) -> Option<&'d str> {
        self.parts.iter().find_map(|part| part.text(key))
    }

    /// The type, also where only properties or items tell it.
    pub(super) fn kind(&self) -> Option<&'d str> {
        let told = |key: &str, kind: &'static str| self.get(key).map(|_| kind);
        self.text("type")
            .or_else(|| told("properties", "object"))
            .or_else(|| told("items", "array"))
    }

    pub(super) fn may_be_null(&self) -> bool {
        self.parts.iter().any(|part| part.flag("x-nullable"))
    }

    fn required(&self) -> HashSet<&'d str> {
        let lists = self.parts.iter().filter_map(|part| part.node.get("required"));
        lists.flat_map(Node::items).filter_map(Node::as_str).collect()
    }

    /// Properties in order, the first of a name. What only the API sets is none in a request.
    fn properties(&self, direction: Direction) -> Vec<(&'d str, Spot<'d>)> {
        let mut known = HashSet::new();
        let lists: Vec<Spot<'d>> = self
            .parts
            .iter()
            .filter_map(|part| part.get("properties"))
            .collect();
        let all = lists.iter().flat_map(Spot::members);
        all.filter(|(_, property)| direction == Direction::Response || !property.flag("readOnly"))
            .filter(|(name, _)| known.insert(*name))
            .collect()
    }
}

impl<'d> Comparison<'_, 'd> {
    /// Compares the schemas that wait, and those inside of them.
    pub(super) fn schemas(&mut self) {
        while let Some(pair) = self.pending.pop() {
            let (old, new) = (self.old.resolved(&pair.old), self.new.resolved(&pair.new));
            let sent = pair.direction == Direction::Request;
            if !self.seen.insert((old.node.id(), new.node.id(), sent)) {
                continue;
            }
            if self.seen.len() > MOST_PAIRS {
                self.cut = true;
                self.pending.clear();
                return;
            }
            let (old, new) = (Whole::of(self.old, &old), Whole::of(self.new, &new));
            let first = self.pending.len();
            self.value(&old, &new, &pair);
            // The list is worked off from its end; what stands first in the documents is to be told first.
            if let Some(inner) = self.pending.get_mut(first..) {
                inner.reverse();
            }
        }
    }

    fn value(&mut self, old: &Whole<'d>, new: &Whole<'d>, pair: &Pair<'d>) {
        let called = pair
            .subject
            .called(pair.direction, self.operation.unwrap_or_default());
        let stays = self.kinds(old, new, pair.direction, &called);
        if let (Some(old), Some(new)) = (old.spot(), new.spot()) {
            self.annotations((old, new), &called);
        }
        if !stays {
            return;
        }
        self.limits(old, new, pair.direction, &called);
        self.properties(old, new, pair, &called);
        for key in ["items", "additionalProperties"] {
            if let (Some(old), Some(new)) = (old.get(key), new.get(key))
                && old.node.is_object()
                && new.node.is_object()
            {
                self.pending.push(Pair { old, new, ..*pair });
            }
        }
    }

    fn properties(&mut self, old: &Whole<'d>, new: &Whole<'d>, pair: &Pair<'d>, called: &str) {
        let direction = pair.direction;
        let (before, after) = (old.properties(direction), new.properties(direction));
        let (had, must) = (old.required(), new.required());
        let by_name: HashMap<&str, &Spot<'d>> = after.iter().map(|(name, spot)| (*name, spot)).collect();
        let of = |name: &str| format!("{} of {called}", quote(name));
        for (name, spot) in &before {
            let Some(other) = by_name.get(name) else {
                let kind = match direction {
                    Direction::Request => ChangeKind::RequestPropertyRemoved,
                    Direction::Response => ChangeKind::ResponsePropertyRemoved,
                };
                let message = format!("The property {} is gone.", of(name));
                self.add(kind, (Some(spot), new.spot()), message);
                continue;
            };
            let kind = match (had.contains(name), must.contains(name), direction) {
                (false, true, Direction::Request) => Some(ChangeKind::RequestPropertyBecameRequired),
                (true, false, Direction::Request) => Some(ChangeKind::RequestPropertyBecameOptional),
                (false, true, Direction::Response) => Some(ChangeKind::ResponsePropertyBecameRequired),
                (true, false, Direction::Response) => Some(ChangeKind::ResponsePropertyBecameOptional),
                (true, true, _) | (false, false, _) => None,
            };
            if let Some(kind) = kind {
                let state = match (must.contains(name), direction) {
                    (true, Direction::Request) => "must be sent now",
                    (true, Direction::Response) => "is always there now",
                    (false, Direction::Request) => "may be left out now",
                    (false, Direction::Response) => "may be missing now",
                };
                let message = format!("The property {} {state}.", of(name));
                self.add(kind, (Some(spot), Some(other)), message);
            }
            self.pending.push(Pair {
                old: spot.clone(),
                new: (*other).clone(),
                direction,
                subject: Subject::Property(name),
            });
        }
        let known: HashSet<&str> = before.iter().map(|(name, _)| *name).collect();
        for (name, spot) in after.iter().filter(|(name, _)| !known.contains(name)) {
            let (kind, state) = match (direction, must.contains(name)) {
                (Direction::Request, true) => (
                    ChangeKind::RequiredRequestPropertyAdded,
                    "is new and must be sent",
                ),
                (Direction::Request, false) => (ChangeKind::RequestPropertyAdded, "is new and may be sent"),
                (Direction::Response, _) => (ChangeKind::ResponsePropertyAdded, "is new"),
            };
            let message = format!("The property {} {state}.", of(name));
            self.add(kind, (old.spot(), Some(spot)), message);
        }
    }

    /// What kind of value it is. False where it became another: then there is nothing more to compare.
    fn kinds(&mut self, old: &Whole<'d>, new: &Whole<'d>, direction: Direction, called: &str) -> bool {
        let (was, is) = (old.kind(), new.kind());
        if was == is {
            return true;
        }
        let widens = matches!((was, is), (Some("integer"), Some("number")) | (Some(_), None));
        let narrows = matches!((was, is), (Some("number"), Some("integer")) | (None, Some(_)));
        let kind = match direction {
            Direction::Request if widens => ChangeKind::RequestTypeWidened,
            Direction::Request => ChangeKind::RequestTypeChanged,
            Direction::Response if narrows => ChangeKind::ResponseTypeNarrowed,
            Direction::Response => ChangeKind::ResponseTypeChanged,
        };
        let word = |kind: Option<&str>| kind.map_or_else(|| "of any type".to_owned(), quote);
        let message = format!("{} was {} and is {}.", capitalised(called), word(was), word(is));
        self.add(kind, (old.spot(), new.spot()), message);
        // Without a type on one side, properties may still be told on both.
        was.is_none() || is.is_none()
    }
}
