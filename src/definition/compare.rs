//! Two versions of a description: what changed, seen from a workflow that uses the connector. No client.
//!
//! An operation is known by its operationId. A workflow that was saved keeps the method and path of each operation it
//! calls, the names and places of the parameters it sets, and the names of the properties it reads, so what takes any
//! of these away breaks it. It calls the connector and not the API: another host breaks nothing. What is sent and what
//! comes back are judged in opposite directions. Schemas are compared by what they mean: through references and
//! `allOf`, wherever they are written. What several operations share is told once.

mod change;
mod media;
mod operation;
mod parameter;
mod place;
mod response;
mod schema;
mod service;
mod value;

use std::collections::{BTreeMap, HashSet};

pub use self::change::{Change, ChangeKind, Impact, Place};
use self::place::Spot;
use self::schema::Pair;
use super::connector_document::ConnectorDocument;
use super::document::{Node, NodeId};
use super::finding::Positions;
use super::target::Targets;
use super::write;

/// Pairs of schemas that are compared: circles of different lengths in both documents can make many of few.
const MOST_PAIRS: usize = 200_000;

/// Changes are kept until their texts have this many bytes.
const KEPT_BYTES: usize = 4_000_000;

/// What changed from `old` to `new`: breaking changes first, then compatible, then cosmetic ones. The result depends
/// on nothing but the two documents.
pub fn compare(old: &ConnectorDocument, new: &ConnectorDocument) -> Vec<Change> {
    let (old, new) = (Side::of(old), Side::of(new));
    let mut comparison = Comparison {
        old: &old,
        new: &new,
        operation: None,
        found: Vec::new(),
        kept_bytes: 0,
        cut: false,
        pending: Vec::new(),
        seen: HashSet::new(),
    };
    comparison.service();
    comparison.operations();
    comparison.finish()
}

/// One of the two documents.
struct Side<'d> {
    root: Node<'d>,
    targets: Targets<'d>,
    source: &'d str,
}

impl<'d> Side<'d> {
    fn of(document: &'d ConnectorDocument) -> Self {
        let document = document.document();
        Self {
            root: document.root(),
            targets: Targets::of(document.root()),
            source: document.source(),
        }
    }

    /// What a value is, through references; where they lead nowhere, what is written.
    fn resolved(&self, spot: &Spot<'d>) -> Spot<'d> {
        spot.resolved(self.root, &self.targets)
            .unwrap_or_else(|| spot.clone())
    }
}

struct Comparison<'c, 'd> {
    old: &'c Side<'d>,
    new: &'c Side<'d>,
    /// The operation that is being compared.
    operation: Option<&'d str>,
    found: Vec<Found<'d>>,
    kept_bytes: usize,
    cut: bool,
    /// Schemas yet to be compared.
    pending: Vec<Pair<'d>>,
    /// Schemas that have been compared, by direction.
    seen: HashSet<(NodeId, NodeId, bool)>,
}

/// A change before its places are worked out.
struct Found<'d> {
    kind: ChangeKind,
    operation: Option<&'d str>,
    message: String,
    old: Option<(u32, String)>,
    new: Option<(u32, String)>,
}

impl<'d> Comparison<'_, 'd> {
    fn add(
        &mut self,
        kind: ChangeKind,
        (old, new): (Option<&Spot<'d>>, Option<&Spot<'d>>),
        message: impl Into<String>,
    ) {
        if self.kept_bytes >= KEPT_BYTES {
            self.cut = true;
            return;
        }
        let place = |spot: &Spot<'d>| (spot.node.offset(), spot.pointer());
        let (old, new, message) = (old.map(place), new.map(place), message.into());
        let bytes = |place: &Option<(u32, String)>| place.as_ref().map_or(0, |(_, pointer)| pointer.len());
        self.kept_bytes += bytes(&old) + bytes(&new) + message.len();
        self.found.push(Found {
            kind,
            operation: self.operation,
            message,
            old,
            new,
        });
    }

    fn finish(mut self) -> Vec<Change> {
        if self.cut {
            self.operation = None;
            self.kept_bytes = 0;
            let message = ChangeKind::ComparisonCut.statement();
            self.add(ChangeKind::ComparisonCut, (None, None), message);
        }
        self.found.sort_by_key(|found| found.kind.impact());
        let offset = |place: &Option<(u32, String)>| place.as_ref().map(|(offset, _)| *offset);
        let old = places(
            self.old.source,
            self.found.iter().filter_map(|found| offset(&found.old)),
        );
        let new = places(
            self.new.source,
            self.found.iter().filter_map(|found| offset(&found.new)),
        );
        let placed = |places: &BTreeMap<u32, (u32, u32)>, place: Option<(u32, String)>| {
            place.map(|(offset, pointer)| {
                let (line, column) = places.get(&offset).copied().unwrap_or((1, 1));
                Place {
                    pointer,
                    line,
                    column,
                }
            })
        };
        let finished = self.found.into_iter().map(|found| Change {
            kind: found.kind,
            operation: found.operation.map(str::to_owned),
            message: found.message,
            old: placed(&old, found.old),
            new: placed(&new, found.new),
        });
        finished.collect()
    }
}

/// The lines and columns of offsets in any order, in one sweep over the text.
fn places(source: &str, offsets: impl Iterator<Item = u32>) -> BTreeMap<u32, (u32, u32)> {
    let mut places: BTreeMap<u32, (u32, u32)> = offsets.map(|offset| (offset, (1, 1))).collect();
    let mut positions = Positions::new(source);
    for (offset, place) in &mut places {
        *place = positions.of(*offset as usize);
    }
    places
}

/// Whether two values are the same JSON.
fn same(old: Option<Node<'_>>, new: Option<Node<'_>>) -> bool {
    match (old, new) {
        (None, None) => true,
        (Some(old), Some(new)) => old.is_same(new),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn json(node: Node<'_>) -> String {
    let mut text = String::new();
    write::json(node, &mut text);
    text
}

#[cfg(test)]
mod tests;
