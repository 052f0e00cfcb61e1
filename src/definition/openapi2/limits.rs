//! What the backend takes: the size of a document, operations, schemas of a body. No client.
//!
//! Source: the documented limits of custom connectors (frequently asked questions and limits of Logic Apps).

use std::collections::HashSet;

use super::super::document::{Node, NodeId};
use super::super::path::Path;
use super::super::rule::Rule;
use super::super::trim;
use super::super::write::{self, Count};
use super::Check;
use super::called::Called;
use super::reference::Section;

/// Bytes of a document without white space: "less than 1 MB".
const DOCUMENT_BYTES: usize = 1_000_000;

/// Operations of a document.
const OPERATIONS: usize = 256;

/// Schemas of one body, be it of a request or of a response.
const SCHEMAS_OF_BODY: usize = 512;

/// Schemas of all bodies of one operation.
const SCHEMAS_OF_OPERATION: usize = 16_384;

impl<'d> Check<'d, '_> {
    /// Checks the size of what would be sent.
    pub(super) fn size(&mut self) {
        let mut count = Count::default();
        write::json(self.root, &mut count);
        self.size = count.0;
        if self.size >= DOCUMENT_BYTES {
            let message = format!(
                "The description has {} bytes without white space; the backend takes less than {DOCUMENT_BYTES}, \
                 which is {} fewer.{}",
                self.size,
                self.size - DOCUMENT_BYTES + 1,
                self.advice()
            );
            self.report(Rule::DocumentTooLarge, self.root, &Path::ROOT, message);
        }
    }

    /// Checks how many operations there are. To be called when all have been walked.
    pub(super) fn number_of_operations(&mut self) {
        if self.operations > OPERATIONS {
            let message = format!(
                "The description has {} operations; the backend takes {OPERATIONS}, which is {} fewer.{}",
                self.operations,
                self.operations - OPERATIONS,
                self.advice()
            );
            let paths = self.root.get("paths").unwrap_or(self.root);
            self.report(Rule::TooManyOperations, paths, &Path::ROOT.key("paths"), message);
        }
    }

    /// Which filter would help, as a further sentence.
    fn advice(&self) -> String {
        trim::advice(self.root).map_or_else(String::new, |advice| format!(" {advice}"))
    }

    /// Checks the bodies of an operation: the one it sends and those it may get back.
    pub(super) fn schemas_of_operation(&mut self, called: Called<'d>, path: &Path<'_>) {
        let node = called.node;
        // Of more than the backend takes at all, no single body needs this look.
        if self.size >= DOCUMENT_BYTES || self.operations > OPERATIONS {
            return;
        }
        let sent = called.body(&self.references);
        let responses = node.get("responses").into_iter().flat_map(Node::members);
        let followed = |response: Node<'d>| match response.get("$ref").and_then(Node::as_str) {
            Some(reference) => Some(self.references.find(reference, Section::Responses)?.1),
            None => Some(response),
        };
        let returned: Vec<Node<'d>> = responses
            .filter_map(|response| followed(response.value)?.get("schema"))
            .collect();
        let mut total = 0;
        for body in sent.into_iter().chain(returned) {
            let Some(resolved) = self.references.schema(body) else {
                continue;
            };
            let count = match self.bodies.get(&resolved.id()) {
                Some(known) => *known,
                None => self.schemas_of(resolved),
            };
            self.bodies.insert(resolved.id(), count);
            total += count;
            if count > SCHEMAS_OF_BODY {
                let message = format!("A body has more than {SCHEMAS_OF_BODY} schemas.");
                self.report(Rule::TooManySchemas, body, path, message);
            }
        }
        if total > SCHEMAS_OF_OPERATION {
            let message = format!(
                "The operation has {total} schemas or more; the backend takes {SCHEMAS_OF_OPERATION}."
            );
            self.report(Rule::OperationTooManySchemas, node, path, message);
        }
    }

    /// How many schemas a body is made of, counted up to one more than the backend takes. Each schema that the body reaches counts once:
    /// itself, properties, items, parts, and definitions however often they are referred to. So circles end, and a
    /// definition used twice is not counted twice; the documentation leaves open whether the backend would.
    fn schemas_of(&self, body: Node<'d>) -> usize {
        let mut seen: HashSet<NodeId> = HashSet::new();
        let mut pending = vec![body];
        while let Some(node) = pending.pop() {
            let Some(node) = self.references.schema(node) else {
                continue;
            };
            if !seen.insert(node.id()) {
                continue;
            }
            if seen.len() > SCHEMAS_OF_BODY {
                break;
            }
            let inner = ["items", "additionalProperties"]
                .into_iter()
                .filter_map(|key| node.get(key));
            pending.extend(inner.filter(|inner| inner.is_object()));
            pending.extend(
                node.get("properties")
                    .into_iter()
                    .flat_map(Node::members)
                    .map(|one| one.value),
            );
            pending.extend(node.get("allOf").into_iter().flat_map(Node::items));
        }
        seen.len()
    }
}
