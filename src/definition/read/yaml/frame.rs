//! What is open while YAML is read, and what a value costs each time it is used. No client.

use super::super::super::document::{NodeId, Text};

/// A value read whole, and what it costs when it is used once more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    pub(super) id: NodeId,
    pub(super) cost: Cost,
    /// Levels of nesting inside.
    pub(super) height: usize,
}

/// What a value holds with all aliases expanded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) values: usize,
    pub(super) bytes: usize,
}

impl Cost {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            values: self.values.saturating_add(other.values),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

pub(super) enum Key {
    Named { key: Text, offset: usize },
    Merge,
}

/// A collection that is still open.
pub(super) struct Frame {
    pub(super) offset: usize,
    pub(super) anchor: usize,
    pub(super) cost: Cost,
    pub(super) height: usize,
    pub(super) content: Content,
}

pub(super) enum Content {
    Sequence {
        /// Where its items begin among the pending ones.
        mark: usize,
    },
    Mapping {
        /// Where its members begin among the pending ones.
        mark: usize,
        key: Option<Key>,
        /// Mappings to merge, each with the number of members that were there before.
        merges: Vec<(usize, NodeId)>,
    },
}
