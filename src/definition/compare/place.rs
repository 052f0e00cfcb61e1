//! Where a comparison is in each of the two documents: cheap to go on from, written out only for a change. No client.

use std::rc::Rc;

use super::super::document::Node;
use super::super::path::escaped;
use super::super::target::Targets;

/// A value and the way to it from its document's root.
#[derive(Clone, Debug)]
pub(super) struct Spot<'d> {
    pub(super) node: Node<'d>,
    way: Option<Rc<Step<'d>>>,
}

#[derive(Debug)]
struct Step<'d> {
    before: Option<Rc<Self>>,
    segment: Segment<'d>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'d> {
    Key(&'d str),
    Index(usize),
}

impl<'d> Spot<'d> {
    pub(super) fn root(node: Node<'d>) -> Self {
        Self { node, way: None }
    }

    /// The value under `key`, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let member = self.node.member(key)?;
        Some(self.member(member.key, member.value))
    }

    /// `node`, which is known to stand under `key`.
    pub(super) fn member(&self, key: &'d str, node: Node<'d>) -> Self {
        self.step(Segment::Key(key), node)
    }

    /// The members of an object.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'d str, Self)> {
        let members = self.node.members();
        members.map(|member| (member.key, self.member(member.key, member.value)))
    }

    /// The values of a list.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.node.items().enumerate();
        items.map(|(index, item)| self.step(Segment::Index(index), item))
    }

    /// What it is, through references; `None` where they lead nowhere.
    pub(super) fn resolved(&self, root: Node<'d>, targets: &Targets<'d>) -> Option<Self> {
        let (node, target) = targets.follow(self.node)?;
        let Some(target) = target else {
            return Some(self.clone());
        };
        let section = Self::root(root).member(target.section, root);
        Some(section.member(target.name, node))
    }

    /// The string under `key`.
    pub(super) fn text(&self, key: &str) -> Option<&'d str> {
        self.node.get(key).and_then(Node::as_str)
    }

    /// Whether the flag under `key` is set.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.node.get(key).and_then(Node::as_bool) == Some(true)
    }

    /// The way as a JSON pointer (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        let mut segments = Vec::new();
        let mut step = self.way.as_ref();
        while let Some(one) = step {
            segments.push(one.segment);
            step = one.before.as_ref();
        }
        let mut pointer = String::new();
        for segment in segments.into_iter().rev() {
            pointer.push('/');
            match segment {
                Segment::Key(key) => pointer.push_str(&escaped(key)),
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    fn step(&self, segment: Segment<'d>, node: Node<'d>) -> Self {
        let before = self.way.clone();
        Self {
            node,
            way: Some(Rc::new(Step { before, segment })),
        }
    }
}
