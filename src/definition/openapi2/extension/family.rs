//! Families: operations that replace one another, revision by revision. No client.

use std::collections::{HashMap, HashSet};

use super::super::super::document::{Node, Value};
use super::super::super::finding::quote;
use super::super::super::path::Path;
use super::super::super::rule::Rule;
use super::super::Check;
use super::super::called::Called;

/// The revisions of each family, by its name, in the order written.
#[derive(Debug, Default)]
pub(in super::super) struct Families<'d> {
    names: Vec<&'d str>,
    revisions: HashMap<&'d str, Vec<Revision<'d>>>,
}

/// One operation of a family.
#[derive(Clone, Copy, Debug)]
struct Revision<'d> {
    annotation: Node<'d>,
    /// The path and the method of the operation.
    place: (&'d str, &'d str),
    number: Option<&'d str>,
    is_active: bool,
    is_production: bool,
}

/// Operations of a family that may be offered at a time: an older one and its successor.
const MOST_ACTIVE: usize = 2;

impl<'d> Check<'d, '_> {
    /// Checks what an operation says of its family, and notes it.
    pub(in super::super) fn annotation(&mut self, called: Called<'d>, path: &Path<'_>) {
        let operation = called.node;
        let Some(annotation) = operation.get("x-ms-api-annotation") else {
            return;
        };
        let path = path.key("x-ms-api-annotation");
        let deprecated = operation.get("deprecated").and_then(Node::as_bool) == Some(true);
        let text = |node: Node<'d>, key: &str| node.get(key).and_then(Node::as_str);
        self.replacement(annotation, deprecated, &path);
        let status = |node: Node<'d>| text(node, "status");
        let connector = self
            .root
            .get("info")
            .and_then(|info| info.get("x-ms-api-annotation"));
        if connector.and_then(status) == Some("Preview") && status(annotation) == Some("Production") {
            let message = "The operation is in Production, the connector in Preview.";
            self.report(Rule::StatusAhead, annotation, &path, message);
        }
        let number = annotation.get("revision").and_then(number);
        let id = text(operation, "operationId").unwrap_or_default();
        if let Some(number) = number.filter(|number| *number != "1" && !ends_with(id, number)) {
            let message = format!("The operationId of revision {number} does not end in V{number}.");
            self.report(Rule::FamilySuffix, annotation, &path, message);
        }
        let Some(family) = text(annotation, "family") else {
            return;
        };
        let known = self.families.revisions.entry(family).or_default();
        if known.is_empty() {
            self.families.names.push(family);
        }
        known.push(Revision {
            annotation,
            place: (called.path, called.method),
            number,
            is_active: !deprecated,
            is_production: status(annotation) != Some("Preview"),
        });
    }

    fn replacement(&mut self, annotation: Node<'d>, deprecated: bool, path: &Path<'_>) {
        let Some(replacement) = annotation.get("replacement") else {
            return;
        };
        let path = path.key("replacement");
        if !deprecated {
            let message = "Only a deprecated operation has a replacement.";
            self.report(Rule::AnnotationReplacement, replacement, &path, message);
        }
        for key in ["api", "operationId"]
            .iter()
            .filter(|key| replacement.get(key).is_none())
        {
            let message = format!("The replacement lacks \"{key}\".");
            self.report(Rule::AnnotationReplacement, replacement, &path, message);
        }
    }

    /// Judges the families. To be called when all operations have been walked.
    pub(in super::super) fn families(&mut self) {
        let Families { names, revisions } = std::mem::take(&mut self.families);
        for (family, members) in names
            .iter()
            .filter_map(|name| Some((*name, revisions.get(name)?)))
        {
            let mut seen = HashSet::new();
            let mut several = (0_usize, 0_usize, 0_usize);
            for member in members {
                if let Some(number) = member.number
                    && !seen.insert(number)
                {
                    let message = format!("The family {} has the revision {number} twice.", quote(family));
                    self.report_annotation(Rule::FamilyRevisionRepeated, member, message);
                }
                if member.number.is_none() {
                    several.0 += 1;
                    if several.0 > 1 {
                        let message = format!(
                            "The family {} has several operations without a revision.",
                            quote(family)
                        );
                        self.report_annotation(Rule::FamilyRevisionMissing, member, message);
                    }
                }
                several.1 += usize::from(member.is_active);
                if member.is_active && several.1 == MOST_ACTIVE + 1 {
                    let message = format!(
                        "The family {} has more than {MOST_ACTIVE} operations that are not deprecated.",
                        quote(family)
                    );
                    self.report_annotation(Rule::FamilyActive, member, message);
                }
                several.2 += usize::from(member.is_active && member.is_production);
                if member.is_active && member.is_production && several.2 == 2 {
                    let message = format!(
                        "The family {} has several operations in Production that are not deprecated.",
                        quote(family)
                    );
                    self.report_annotation(Rule::FamilyProduction, member, message);
                }
            }
        }
    }

    fn report_annotation(&mut self, rule: Rule, revision: &Revision<'d>, message: String) {
        let (path, method) = revision.place;
        let paths = Path::ROOT.key("paths");
        let path = paths.key(path);
        let path = path.key(method);
        self.report(
            rule,
            revision.annotation,
            &path.key("x-ms-api-annotation"),
            message,
        );
    }
}

/// A revision's number as it is written, be it as a number or as text.
fn number(node: Node<'_>) -> Option<&str> {
    match node.value() {
        Value::Number(text) | Value::String(text) => Some(text),
        Value::Null | Value::Boolean(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn ends_with(id: &str, number: &str) -> bool {
    id.strip_suffix(number)
        .is_some_and(|rest| rest.ends_with(['V', 'v']))
}
