//! Where that stands which a filter leaves out: operations, and components that only those need. No client.

use std::collections::HashSet;

use super::super::conversion::{Kept, Origin};
use super::super::document::{Member, Node, NodeId};
use super::super::openapi2::METHODS;
use super::reference::{LONGEST_CHAIN, References};

/// What operations stand in, or are kept apart in.
const SECTIONS: [&str; 3] = ["paths", "webhooks", "components"];

/// The places of keys and values that nothing needs of what is kept. What stands outside of operations and components is
/// always needed.
pub(in super::super) fn left_out<'d>(root: Node<'d>, kept: &Kept, _: &[Origin<'d>]) -> HashSet<u32> {
    let mut reach = Reach {
        root,
        references: References::new(root),
        places: HashSet::new(),
        seen: HashSet::new(),
        pending: Vec::new(),
    };
    for member in root.members().filter(|member| !SECTIONS.contains(&member.key)) {
        reach.member(&member);
    }
    for item in ["paths", "webhooks"]
        .into_iter()
        .filter_map(|key| root.get(key))
        .flat_map(Node::members)
    {
        reach.item(&item, kept);
    }
    let components = root.get("components").into_iter().flat_map(Node::members);
    for entry in components.flat_map(|section| section.value.members()) {
        if kept.entries.contains(&entry.value.offset()) {
            reach.places.insert(entry.key_offset);
            reach.pending.push(entry.value);
        }
    }
    let needed = reach.finish();
    let mut left_out = HashSet::new();
    let mut pending: Vec<Node<'d>> = SECTIONS.into_iter().filter_map(|key| root.get(key)).collect();
    let mut seen = HashSet::new();
    while let Some(node) = pending.pop() {
        if seen.insert(node.id()) {
            left_out.insert(node.offset());
            left_out.extend(node.members().map(|member| member.key_offset));
            pending.extend(node.items().chain(node.members().map(|member| member.value)));
        }
    }
    left_out.retain(|place| !needed.contains(place));
    left_out
}

/// What has been reached from that which is kept.
struct Reach<'d> {
    root: Node<'d>,
    references: References<'d>,
    places: HashSet<u32>,
    seen: HashSet<NodeId>,
    pending: Vec<Node<'d>>,
}

impl<'d> Reach<'d> {
    /// Takes the operations of a path that are kept, and what they share. A path without operations is kept.
    fn item(&mut self, path: &Member<'d>, kept: &Kept) {
        let mut layers = Vec::new();
        let mut next = Some(path.value);
        while let Some(node) = next.filter(|_| layers.len() < LONGEST_CHAIN) {
            layers.push(node);
            let reference = node.get("$ref").and_then(Node::as_str);
            next = reference.and_then(|reference| self.references.find(reference));
        }
        let is_operation = |member: &Member<'d>| METHODS.contains(&member.key) || member.key == "trace";
        let all: Vec<Member<'d>> = layers.iter().flat_map(|layer| layer.members()).collect();
        let has_operations = all.iter().any(is_operation);
        if has_operations
            && !all
                .iter()
                .any(|member| is_operation(member) && kept.has(member.value))
        {
            return;
        }
        self.places.insert(path.key_offset);
        self.places.extend(layers.iter().map(|layer| layer.offset()));
        for member in &all {
            if !is_operation(member) || kept.has(member.value) {
                self.member(member);
            }
        }
    }

    /// Takes a member, and what it refers to.
    fn member(&mut self, member: &Member<'d>) {
        self.places.insert(member.key_offset);
        self.pending.push(member.value);
        match member.key {
            "$ref" => self.reference(member.value),
            "mapping" => {
                for kind in member.value.members() {
                    self.reference(kind.value);
                }
            }
            "security" => {
                let schemes = self.root.get("components");
                let schemes = schemes.and_then(|components| components.get("securitySchemes"));
                for required in member.value.items().flat_map(Node::members) {
                    self.pending
                        .extend(schemes.and_then(|schemes| schemes.get(required.key)));
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, reference: Node<'d>) {
        let target = reference.as_str().and_then(|text| self.references.find(text));
        self.pending.extend(target);
    }

    fn finish(mut self) -> HashSet<u32> {
        while let Some(node) = self.pending.pop() {
            if self.seen.insert(node.id()) {
                self.places.insert(node.offset());
                self.pending.extend(node.items());
                for member in node.members() {
                    self.member(&member);
                }
            }
        }
        self.places
    }
}
