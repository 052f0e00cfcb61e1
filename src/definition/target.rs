//! What a `$ref` of an OpenAPI 2.0 document names, as trimming and comparing follow it. No client.

use std::collections::HashMap;

use super::document::{Node, NodeId};
use super::path::token;

/// The sections that a reference may lead into.
pub(super) const SECTIONS: [&str; 3] = ["definitions", "parameters", "responses"];

/// References in a row that are followed. People write one or two.
const LONGEST_CHAIN: usize = 64;

/// An entry of a section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'d> {
    pub(super) section: &'static str,
    pub(super) name: &'d str,
    pub(super) node: Node<'d>,
}

/// Every entry of a document that a reference can name.
#[derive(Debug)]
pub(super) struct Targets<'d> {
    sections: Vec<(&'static str, HashMap<&'d str, Node<'d>>)>,
}

impl<'d> Targets<'d> {
    /// The entries of the document under `root`; of two with one name, the first.
    pub(super) fn of(root: Node<'d>) -> Self {
        let named = |section: &'static str| {
            let mut entries = HashMap::new();
            for member in root.get(section).into_iter().flat_map(Node::members) {
                entries.entry(member.key).or_insert(member.value);
            }
            (section, entries)
        };
        Self {
            sections: SECTIONS.map(named).into(),
        }
    }

    /// What `reference` names. The slash behind the number sign may be missing: that is repaired elsewhere.
    pub(super) fn find(&self, reference: &str) -> Option<Target<'d>> {
        let pointer = reference.strip_prefix('#')?;
        let (section, name) = pointer.strip_prefix('/').unwrap_or(pointer).split_once('/')?;
        let (section, entries) = self.sections.iter().find(|(known, _)| *known == section)?;
        let found = entries
            .get_key_value(name)
            .or_else(|| entries.get_key_value(&*token(name)));
        let (name, node) = found?;
        Some(Target {
            section,
            name,
            node: *node,
        })
    }

    /// The entry of that section and name.
    pub(super) fn named(&self, section: &str, name: &str) -> Option<Target<'d>> {
        let (section, entries) = self.sections.iter().find(|(known, _)| *known == section)?;
        let (name, node) = entries.get_key_value(name)?;
        Some(Target {
            section,
            name,
            node: *node,
        })
    }

    /// What `node` is, through references; and the last entry that was named on the way. `None` at a circle, a dead
    /// end or after too many.
    pub(super) fn follow(&self, node: Node<'d>) -> Option<(Node<'d>, Option<Target<'d>>)> {
        let (mut node, mut last) = (node, None);
        let mut seen: Vec<NodeId> = Vec::new();
        while let Some(reference) = node.get("$ref").and_then(Node::as_str) {
            if seen.len() == LONGEST_CHAIN || seen.contains(&node.id()) {
                return None;
            }
            seen.push(node.id());
            let target = self.find(reference)?;
            (node, last) = (target.node, Some(target));
        }
        Some((node, last))
    }
}

#[cfg(test)]
mod tests {
    use super::Targets;
    use crate::definition::finding::Findings;
    use crate::definition::read::{Limits, read};

    #[test]
    fn a_reference_is_followed_to_its_end_and_not_around_a_circle() {
        let text = br##"{"definitions": {
            "a/b c": {"$ref": "#/definitions/End"}, "End": {"type": "string"},
            "One": {"$ref": "#/definitions/Two"}, "Two": {"$ref": "#definitions/One"},
            "Dead": {"$ref": "#/definitions/Nothing"}}}"##;
        let document = read(text, &Limits::default(), &mut Findings::default()).expect("it is JSON");
        let targets = Targets::of(document.root());
        let follow = |reference: &str| {
            let target = targets.find(reference)?;
            Some(targets.follow(target.node)?.1.map(|last| last.name))
        };
        assert_eq!(follow("#/definitions/a~1b%20c"), Some(Some("End")));
        assert_eq!(follow("#/definitions/End"), Some(None));
        for nowhere in ["One", "Two", "Dead", "Nothing"] {
            assert_eq!(follow(&format!("#/definitions/{nowhere}")), None, "{nowhere}");
        }
        for other in [
            "other.json#/definitions/End",
            "#/paths/~1a",
            "End",
            "#",
            "#/definitions",
        ] {
            assert!(targets.find(other).is_none(), "{other}");
        }
    }
}
