//! What a conversion comes to, whatever it starts from, and what a filter leaves of it. No client.

use std::collections::HashSet;

use super::document::{Document, Node, NodeId};
use super::finding::{Findings, Severity};
use super::openapi2::METHODS;
use super::report::Report;
use super::target::SECTIONS;
use super::trim::{self, Operations};

/// The outcome of a conversion to OpenAPI 2.0.
#[derive(Debug)]
pub(super) struct Conversion<'d> {
    /// The OpenAPI 2.0 document that says the same, over the same text; nothing if it would be too large, which has a
    /// finding.
    pub(super) document: Option<Document>,
    /// What could not be carried over as it was.
    pub(super) report: Report,
    /// What stands in the way.
    pub(super) found: Findings,
    /// Every operation of the description as given, also those that became none.
    pub(super) origins: Vec<Origin<'d>>,
}

/// An operation of the description as given.
#[derive(Debug)]
pub(super) struct Origin<'d> {
    pub(super) node: Node<'d>,
    pub(super) fate: Fate,
}

/// What became of an operation.
#[derive(Debug)]
pub(super) enum Fate {
    /// An operation of the result, or a part of one: that which was made of what stands at this offset.
    Made(u32),
    /// None. A filter can name it by its path, if it has one, and by names: its operationId and its tags.
    Refused {
        path: Option<String>,
        names: Vec<String>,
    },
}

/// Finds where that stands in the document under a root which a filter leaves out.
pub(super) type LeftOut<'d> = fn(Node<'d>, &Kept, &[Origin<'d>]) -> HashSet<u32>;

/// What a filter leaves of a description that is converted.
#[derive(Debug)]
pub(super) struct Kept {
    /// The operations that stay, or would if they were any.
    operations: HashSet<NodeId>,
    /// Where that stands which the entries of the result were made of: definitions, shared parameters and responses.
    pub(super) entries: HashSet<u32>,
}

impl Kept {
    /// Whether this operation of the description as given stays.
    pub(super) fn has(&self, operation: Node<'_>) -> bool {
        self.operations.contains(&operation.id())
    }
}

impl<'d> Conversion<'d> {
    /// Trims the result to what is wanted, and drops what there was to tell of the rest of the document under
    /// `root`. What is worth knowing about the filter goes to `judged`. Without a document, something stands in the way.
    pub(super) fn trim(
        mut self,
        root: Node<'d>,
        wanted: &Operations,
        judged: &mut Findings,
        left_out: LeftOut<'d>,
    ) -> (Option<Document>, Report, Findings) {
        if let Some(document) = self.document.as_mut().filter(|_| !wanted.is_empty()) {
            trim::trim(document, wanted, judged);
            let kept = kept(document.root(), &self.origins, wanted);
            let places = left_out(root, &kept, &self.origins);
            self.report.leave_out(&places);
            self.found.leave_out(&places);
        }
        // Where a reference led nowhere, something is missing; what else is wrong would be found in a torso.
        let is_whole = self.found.count(Severity::Error) == 0;
        (self.document.filter(|_| is_whole), self.report, self.found)
    }
}

/// What is left in the result under `root`, as what it was made of.
fn kept(root: Node<'_>, origins: &[Origin<'_>], wanted: &Operations) -> Kept {
    let of = |key: &str| root.get(key).into_iter().flat_map(Node::members);
    let items = of("paths").flat_map(|path| path.value.members());
    let made: HashSet<u32> = items
        .filter(|member| METHODS.contains(&member.key))
        .map(|member| member.value.offset())
        .collect();
    let stays = |origin: &&Origin<'_>| match &origin.fate {
        Fate::Made(at) => made.contains(at),
        Fate::Refused { path, names } => wanted.accepts(path.as_deref(), names),
    };
    let sections = SECTIONS.into_iter().flat_map(of);
    Kept {
        operations: origins
            .iter()
            .filter(stays)
            .map(|origin| origin.node.id())
            .collect(),
        entries: sections.map(|entry| entry.value.offset()).collect(),
    }
}

#[cfg(test)]
mod tests;
