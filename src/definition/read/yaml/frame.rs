//! What is open while YAML is read, and what a value costs each time it is used. No client.

use super::super::super::document::{Document, NodeId, Text};
use super::super::super::path::Path;

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

/// Calls `then` with the place that is being read, when `frames` are open and `items` wait to become lists. Recurses as
/// deep as values may be nested.
pub(super) fn with_path(
    frames: &[Frame],
    items: usize,
    document: &Document,
    path: &Path<'_>,
    then: &mut dyn FnMut(&Path<'_>),
) {
    let Some((frame, inner)) = frames.split_first() else {
        return then(path);
    };
    let mut marks = inner.iter().filter_map(|frame| match frame.content {
        Content::Sequence { mark } => Some(mark),
        Content::Mapping { .. } => None,
    });
    match &frame.content {
        Content::Sequence { mark } => {
            let index = marks.next().unwrap_or(items).saturating_sub(*mark);
            with_path(inner, items, document, &path.index(index), then);
        }
        Content::Mapping {
            key: Some(Key::Named { key, .. }),
            ..
        } => with_path(inner, items, document, &path.key(document.text(*key)), then),
        Content::Mapping { .. } => with_path(inner, items, document, path, then),
    }
}
