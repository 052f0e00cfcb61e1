//! The one document model of every syntax: an arena of values that know where they stand. No client.
//!
//! Strings are spans of the text they were read from; what an escape, a fold or a repair changed stands behind it in
//! a second buffer. Objects keep their order. Children of one value lie side by side, so a walk is a walk over slices.
//! YAML aliases share their anchor's value: the arena is a graph without cycles, and the readers bound its expansion.

mod draft;
mod node;

use std::sync::Arc;

pub(super) use draft::{Draft, Fields};
pub use node::{Items, Member, Members, Node, Value};

/// A value's number in its document.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeId(u32);

impl NodeId {
    /// The number as an index, for tables with one place per value.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A string: bytes of the source, or, from its end on, of the decoded buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    start: u32,
    length: u32,
}

impl Text {
    /// Bytes of the string.
    fn length(self) -> usize {
        self.length as usize
    }
}

/// A run of items or members.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    start: u32,
    length: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Null,
    Boolean(bool),
    /// The number as JSON writes it; never rounded.
    Number(Text),
    String(Text),
    Array(Run),
    Object(Run),
}

#[derive(Clone, Copy, Debug)]
struct Record {
    offset: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct StoredMember {
    pub(super) key: Text,
    pub(super) key_offset: u32,
    pub(super) value: NodeId,
}

const NULL: Record = Record {
    offset: 0,
    kind: Kind::Null,
};

/// A document of any syntax. Made by [`read`](super::read::read).
#[derive(Debug)]
pub struct Document {
    source: Arc<str>,
    decoded: String,
    nodes: Vec<Record>,
    items: Vec<NodeId>,
    members: Vec<StoredMember>,
    root: NodeId,
}

impl Document {
    /// An empty document over `source`; the readers fill it.
    ///
    /// Room is made for what a dense text holds. What is not used is never touched, while growing step by step would
    /// leave a trail of freed blocks that an allocator keeps for a while.
    pub(super) fn new(source: &str) -> Self {
        Self {
            source: source.into(),
            decoded: String::new(),
            nodes: Vec::with_capacity(source.len() / 16),
            items: Vec::new(),
            members: Vec::with_capacity(source.len() / 16),
            root: NodeId(0),
        }
    }

    /// The outermost value.
    pub fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    /// The value numbered `id`; of another document's number, something harmless.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node::new(self, id)
    }

    /// The text the document was read from, without a byte order mark.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How many values are stored; a shared one counts once.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The text alone.
    pub(super) fn into_source(self) -> Arc<str> {
        self.source
    }

    pub(super) fn set_root(&mut self, root: NodeId) {
        self.root = root;
    }

    pub(super) fn text(&self, text: Text) -> &str {
        let (start, length) = (text.start as usize, text.length as usize);
        let (buffer, start) = match start.checked_sub(self.source.len()) {
            None => (&*self.source, start),
            Some(behind) => (self.decoded.as_str(), behind),
        };
        buffer.get(start..start + length).unwrap_or_default()
    }

    /// The bytes `start..end` of the source as a string.
    pub(super) fn span(start: usize, end: usize) -> Text {
        Text {
            start: position(start),
            length: position(end.saturating_sub(start)),
        }
    }

    /// Keeps `text` beside the source.
    pub(super) fn keep(&mut self, text: &str) -> Text {
        self.decoded.push_str(text);
        self.kept(text.len())
    }

    /// The buffer beside the source, to append to; [`kept`](Self::kept) makes a string of what was appended last.
    pub(super) fn decoded(&mut self) -> &mut String {
        &mut self.decoded
    }

    /// The last `length` bytes of the buffer beside the source, as a string.
    pub(super) fn kept(&self, length: usize) -> Text {
        let start = self.source.len() + self.decoded.len() - length;
        Text {
            start: position(start),
            length: position(length),
        }
    }

    pub(super) fn add(&mut self, offset: usize, kind: Kind) -> NodeId {
        let id = NodeId(position(self.nodes.len()));
        self.nodes.push(Record {
            offset: position(offset),
            kind,
        });
        id
    }

    /// Adds a list of the values that `pending` holds from `mark` on.
    pub(super) fn add_array(&mut self, offset: usize, pending: &mut Vec<NodeId>, mark: usize) -> NodeId {
        let start = position(self.items.len());
        self.items.extend(pending.drain(mark..));
        let length = position(self.items.len()) - start;
        self.add(offset, Kind::Array(Run { start, length }))
    }

    /// Adds an object of the members that `pending` holds from `mark` on.
    pub(super) fn add_object(
        &mut self,
        offset: usize,
        pending: &mut Vec<StoredMember>,
        mark: usize,
    ) -> NodeId {
        let start = position(self.members.len());
        self.members.extend(pending.drain(mark..));
        let length = position(self.members.len()) - start;
        self.add(offset, Kind::Object(Run { start, length }))
    }

    /// The members of an object as stored; none of anything else.
    pub(super) fn stored_members(&self, id: NodeId) -> &[StoredMember] {
        match self.record(id).kind {
            Kind::Object(run) => slice(&self.members, run),
            Kind::Null | Kind::Boolean(_) | Kind::Number(_) | Kind::String(_) | Kind::Array(_) => &[],
        }
    }

    fn record(&self, id: NodeId) -> Record {
        self.nodes.get(id.index()).copied().unwrap_or(NULL)
    }
}

/// Changes, for repairs and for what a caller overrides. Positions stay those of what was there before.
impl Document {
    /// Makes the value numbered `id` the string `text`.
    pub(super) fn set_string(&mut self, id: NodeId, text: &str) {
        let text = self.keep(text);
        if let Some(record) = self.nodes.get_mut(id.index()) {
            record.kind = Kind::String(text);
        }
    }

    /// A new string, standing where `near` stands.
    pub(super) fn new_string(&mut self, near: NodeId, text: &str) -> NodeId {
        let text = self.keep(text);
        self.add(self.record(near).offset as usize, Kind::String(text))
    }

    /// A new boolean, standing where `near` stands.
    pub(super) fn new_boolean(&mut self, near: NodeId, value: bool) -> NodeId {
        self.add(self.record(near).offset as usize, Kind::Boolean(value))
    }

    /// A new list, standing where `near` stands.
    pub(super) fn new_array(&mut self, near: NodeId, mut items: Vec<NodeId>) -> NodeId {
        self.add_array(self.record(near).offset as usize, &mut items, 0)
    }

    /// A new empty object, standing where `near` stands.
    pub(super) fn new_object(&mut self, near: NodeId) -> NodeId {
        self.add(
            self.record(near).offset as usize,
            Kind::Object(Run { start: 0, length: 0 }),
        )
    }

    /// Puts `value` under `key`: in the place of the former value, else at the end. Of a value that is no object,
    /// nothing happens.
    pub(super) fn set_member(&mut self, object: NodeId, key: &str, value: NodeId) {
        let Record {
            offset,
            kind: Kind::Object(run),
        } = self.record(object)
        else {
            return;
        };
        let found = slice(&self.members, run)
            .iter()
            .position(|member| self.text(member.key) == key);
        if let Some(index) = found {
            if let Some(member) = self.members.get_mut(run.start as usize + index) {
                member.value = value;
            }
            return;
        }
        let key = self.keep(key);
        let start = self.members.len();
        self.members.extend_from_within(bounds(run));
        self.members.push(StoredMember {
            key,
            key_offset: offset,
            value,
        });
        self.point(
            object,
            Run {
                start: position(start),
                length: run.length + 1,
            },
        );
    }

    /// Takes `key` out of an object, if it is there.
    pub(super) fn remove_member(&mut self, object: NodeId, key: &str) {
        self.retain_members(object, |other| other != key);
    }

    /// Takes those members out of an object of whose keys `keep` says no.
    pub(super) fn retain_members(&mut self, object: NodeId, keep: impl Fn(&str) -> bool) {
        let Kind::Object(run) = self.record(object).kind else {
            return;
        };
        let kept: Vec<StoredMember> = slice(&self.members, run)
            .iter()
            .filter(|member| keep(self.text(member.key)))
            .copied()
            .collect();
        if kept.len() < run.length as usize {
            let moved = Run {
                start: position(self.members.len()),
                length: position(kept.len()),
            };
            self.members.extend(kept);
            self.point(object, moved);
        }
    }

    fn point(&mut self, object: NodeId, run: Run) {
        if let Some(record) = self.nodes.get_mut(object.index()) {
            record.kind = Kind::Object(run);
        }
    }
}

fn bounds(run: Run) -> std::ops::Range<usize> {
    run.start as usize..run.start as usize + run.length as usize
}

fn slice<T>(all: &[T], run: Run) -> &[T] {
    all.get(bounds(run)).unwrap_or_default()
}

/// Positions fit 32 bits: the readers refuse longer inputs.
fn position(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
