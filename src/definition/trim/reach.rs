//! What the operations that stay need: entries they refer to, operations that their extensions call. No client.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::document::{Member, Node, NodeId, Value};
use super::super::openapi2::METHODS;
use super::super::target::{SECTIONS, Target, Targets};
use super::{Operation, is_section};

/// Extensions that call an operation while a workflow is written or a connection is tested.
fn calls(extension: &str) -> bool {
    extension.starts_with("x-ms-dynamic-")
        || ["x-ms-capabilities", "x-ms-notification", "x-ms-operation-context"].contains(&extension)
}

/// What stays.
pub(super) struct Reach<'d> {
    targets: Targets<'d>,
    /// Operations that were chosen.
    chosen: HashSet<usize>,
    /// Operations that stay.
    operations: BTreeSet<usize>,
    entries: HashSet<(&'static str, &'d str)>,
    /// Definitions by the one that they extend, where that tells its kinds apart.
    kinds: HashMap<&'d str, Vec<&'d str>>,
    by_id: HashMap<&'d str, usize>,
    seen: HashSet<(NodeId, bool)>,
    pending: Vec<Node<'d>>,
}

impl<'d> Reach<'d> {
    pub(super) fn of(root: Node<'d>, all: &[Operation<'d>], chosen: &HashSet<usize>) -> Self {
        let mut by_id = HashMap::new();
        for (place, one) in all.iter().enumerate() {
            if let Some(id) = one.id() {
                by_id.entry(id).or_insert(place);
            }
        }
        let mut reach = Self {
            targets: Targets::of(root),
            chosen: chosen.clone(),
            operations: BTreeSet::new(),
            entries: HashSet::new(),
            kinds: HashMap::new(),
            by_id,
            seen: HashSet::new(),
            pending: Vec::new(),
        };
        reach.kinds = reach.kinds_of(root);
        let rest = root
            .members()
            .filter(|member| member.key != "paths" && !is_section(member.key));
        for member in rest {
            reach.member(member, all);
        }
        for place in chosen.iter().copied().collect::<BTreeSet<usize>>() {
            reach.operation(place, all);
        }
        while let Some(node) = reach.pending.pop() {
            reach.walk(node, false, all);
        }
        reach
    }

    /// The operations that stay, in order.
    pub(super) fn operations(&self) -> impl Iterator<Item = usize> {
        self.operations.iter().copied()
    }

    /// Those of them that nobody chose.
    pub(super) fn needed(&self) -> impl Iterator<Item = usize> {
        self.operations().filter(|place| !self.chosen.contains(place))
    }

    /// The names of the entries that stay, by section.
    pub(super) fn sections(&self) -> Vec<(&'static str, HashSet<String>)> {
        let named = |section: &'static str| {
            let of_section = self.entries.iter().filter(|(of, _)| *of == section);
            (section, of_section.map(|(_, name)| (*name).to_owned()).collect())
        };
        SECTIONS.map(named).into()
    }

    /// A value with a discriminator names the definition that it is of, without a reference to it.
    fn kinds_of(&self, root: Node<'d>) -> HashMap<&'d str, Vec<&'d str>> {
        let mut kinds: HashMap<&'d str, Vec<&'d str>> = HashMap::new();
        for member in root.get("definitions").into_iter().flat_map(Node::members) {
            let parts = member.value.get("allOf").into_iter().flat_map(Node::items);
            let references = parts.filter_map(|part| part.get("$ref").and_then(Node::as_str));
            for base in references.filter_map(|reference| self.targets.find(reference)) {
                kinds.entry(base.name).or_default().push(member.key);
            }
        }
        kinds
    }

    fn operation(&mut self, place: usize, all: &[Operation<'d>]) {
        let Some(one) = all.get(place) else { return };
        if self.operations.insert(place) {
            self.pending.push(one.node);
            let shared = one.item.members().filter(|member| !METHODS.contains(&member.key));
            self.pending.extend(shared.map(|member| member.value));
        }
    }

    fn member(&mut self, member: Member<'d>, all: &[Operation<'d>]) {
        match (member.key, member.value.as_str()) {
            ("$ref", Some(reference)) => self.reference(reference),
            (key, _) => self.walk(member.value, calls(key), all),
        }
    }

    /// Looks through a value; `called` inside of an extension that calls operations.
    fn walk(&mut self, node: Node<'d>, called: bool, all: &[Operation<'d>]) {
        match node.value() {
            Value::Object(members) => {
                if !self.seen.insert((node.id(), called)) {
                    return;
                }
                for member in members {
                    if called
                        && member.key == "operationId"
                        && let Some(place) = member.value.as_str().and_then(|id| self.by_id.get(id))
                    {
                        self.operation(*place, all);
                    }
                    if called && member.value.is_container() {
                        self.walk(member.value, true, all);
                    } else {
                        self.member(member, all);
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.walk(item, called, all);
                }
            }
            Value::Null | Value::Boolean(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Keeps what a reference names; of one that leads into an entry, the entry.
    fn reference(&mut self, reference: &str) {
        let whole = self.targets.find(reference);
        let target = whole.or_else(|| {
            let end = reference.match_indices('/').nth(2)?.0;
            self.targets.find(reference.get(..end)?)
        });
        if let Some(target) = target {
            self.entry(target);
        }
    }

    fn entry(&mut self, target: Target<'d>) {
        if !self.entries.insert((target.section, target.name)) {
            return;
        }
        self.pending.push(target.node);
        if target.node.get("discriminator").is_some() {
            self.extensions_of(target.name);
        }
    }

    /// Keeps the definitions that extend one, and those that extend these.
    fn extensions_of(&mut self, name: &'d str) {
        let mut names = vec![name];
        while let Some(name) = names.pop() {
            for kind in self.kinds.remove(name).unwrap_or_default() {
                if let Some(target) = self.targets.named("definitions", kind) {
                    self.entry(target);
                    names.push(kind);
                }
            }
        }
    }
}
