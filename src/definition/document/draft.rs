//! A document made out of another: every value stands where that stands which it was made of, so that what is found
//! wrong with it later has a place in the user's own text. No client.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Document, Kind, Node, NodeId, Record, StoredMember};

/// A document in the making, over the text of the one that it is made of. Offsets are bytes of that text.
#[derive(Debug)]
pub(in crate::definition) struct Draft {
    made: Document,
    /// The most values it may have.
    room: usize,
}

impl Draft {
    /// An empty draft over the text of `document`, for up to `room` values.
    pub(in crate::definition) fn of(document: &Document, room: usize) -> Self {
        Self {
            made: Document {
                source: Arc::clone(&document.source),
                // What was decoded comes first, so that texts of the old document are texts of the new one.
                decoded: document.decoded.clone(),
                nodes: Vec::with_capacity(document.nodes.len().min(room)),
                items: Vec::new(),
                members: Vec::with_capacity(document.members.len().min(room)),
                root: NodeId(0),
            },
            room,
        }
    }

    /// Whether more values were asked for than there is room for: the draft is then no document, and making more of
    /// it costs nothing.
    pub(in crate::definition) fn is_full(&self) -> bool {
        self.made.nodes.len() >= self.room
    }

    /// `node` and all that is in it. Texts are shared with the document it comes from, which must be the one that
    /// this draft is over.
    pub(in crate::definition) fn copy(&mut self, node: Node<'_>) -> NodeId {
        if self.is_full() {
            return NodeId(0);
        }
        let Record { offset, kind } = node.document.record(node.id);
        let at = offset as usize;
        match kind {
            Kind::Null | Kind::Boolean(_) | Kind::Number(_) | Kind::String(_) => self.made.add(at, kind),
            Kind::Array(_) => {
                let mut items: Vec<NodeId> = node.items().map(|item| self.copy(item)).collect();
                self.made.add_array(at, &mut items, 0)
            }
            Kind::Object(_) => {
                let members = node.document.stored_members(node.id).iter().zip(node.members());
                let mut members: Vec<StoredMember> = members
                    .map(|(stored, member)| StoredMember {
                        value: self.copy(member.value),
                        ..*stored
                    })
                    .collect();
                self.made.add_object(at, &mut members, 0)
            }
        }
    }

    /// `true` or `false`.
    pub(in crate::definition) fn boolean(&mut self, at: u32, value: bool) -> NodeId {
        self.add(at, Kind::Boolean(value))
    }

    /// A number, as JSON writes it.
    pub(in crate::definition) fn number(&mut self, at: u32, written: &str) -> NodeId {
        let text = self.made.keep(written);
        self.add(at, Kind::Number(text))
    }

    /// A text.
    pub(in crate::definition) fn string(&mut self, at: u32, text: &str) -> NodeId {
        let text = self.made.keep(text);
        self.add(at, Kind::String(text))
    }

    /// A list.
    pub(in crate::definition) fn list(&mut self, at: u32, mut items: Vec<NodeId>) -> NodeId {
        self.made.add_array(at as usize, &mut items, 0)
    }

    /// An object.
    pub(in crate::definition) fn object(&mut self, at: u32, fields: Fields<'_>) -> NodeId {
        let mut members: Vec<StoredMember> = fields
            .0
            .into_iter()
            .map(|Field { key, offset, value }| StoredMember {
                key_offset: offset.unwrap_or_else(|| self.made.record(value).offset),
                key: self.made.keep(&key),
                value,
            })
            .collect();
        self.made.add_object(at as usize, &mut members, 0)
    }

    /// What has been made so far, to be looked at.
    pub(in crate::definition) fn made(&self, id: NodeId) -> Node<'_> {
        self.made.node(id)
    }

    /// The document with `root` as its outermost value; nothing if there was no room for all of it.
    pub(in crate::definition) fn finish(mut self, root: NodeId) -> Option<Document> {
        self.made.set_root(root);
        (!self.is_full()).then_some(self.made)
    }

    fn add(&mut self, at: u32, kind: Kind) -> NodeId {
        self.made.add(at as usize, kind)
    }
}

/// The members of an object in the making, in order.
#[derive(Debug, Default)]
pub(in crate::definition) struct Fields<'k>(Vec<Field<'k>>);

#[derive(Debug)]
struct Field<'k> {
    key: Cow<'k, str>,
    /// Where the key stands; absent: where its value stands.
    offset: Option<u32>,
    value: NodeId,
}

impl<'k> Fields<'k> {
    /// Puts `value` under `key`: in the place of the former value, else at the end.
    pub(in crate::definition) fn put(&mut self, key: impl Into<Cow<'k, str>>, value: NodeId) {
        let key = key.into();
        match self.0.iter_mut().find(|field| field.key == key) {
            Some(field) => field.value = value,
            None => self.0.push(Field {
                key,
                offset: None,
                value,
            }),
        }
    }

    /// Adds a member whose key, which stands at `at`, is not there yet.
    pub(in crate::definition) fn add(&mut self, key: impl Into<Cow<'k, str>>, at: u32, value: NodeId) {
        self.0.push(Field {
            key: key.into(),
            offset: Some(at),
            value,
        });
    }

    /// The value under `key`.
    pub(in crate::definition) fn get(&self, key: &str) -> Option<NodeId> {
        let field = self.0.iter().find(|field| field.key == key)?;
        Some(field.value)
    }

    /// Whether nothing is in it.
    pub(in crate::definition) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Draft, Fields};
    use crate::definition::finding::Findings;
    use crate::definition::read::{Limits, read};
    use crate::definition::write;

    #[test]
    fn a_copy_says_the_same_at_the_same_places_and_what_is_new_stands_where_it_is_told_to() {
        let text = r#"{"a": [1, {"b\u00e9": "x\ny"}], "c": null}"#;
        let document =
            read(text.as_bytes(), &Limits::default(), &mut Findings::default()).expect("it is JSON");
        let mut draft = Draft::of(&document, 100);
        let list = document.root().get("a").expect("is there");
        let copied = draft.copy(list);
        let mut fields = Fields::default();
        fields.put("copied", copied);
        let new = draft.string(list.offset(), "n\u{e9}w");
        fields.put("new", new);
        let root = draft.object(0, fields);
        let made = draft.finish(root).expect("there is room");
        let mut written = String::new();
        write::json(made.root(), &mut written);
        assert_eq!(
            written,
            "{\"copied\":[1,{\"b\u{e9}\":\"x\\ny\"}],\"new\":\"n\u{e9}w\"}"
        );
        for key in ["copied", "new"] {
            let value = made.root().get(key).expect("was put there");
            assert_eq!(value.offset(), list.offset());
        }
    }

    #[test]
    fn a_draft_without_room_is_no_document() {
        let document = read(b"[1, 2, 3]", &Limits::default(), &mut Findings::default()).expect("it is JSON");
        let mut draft = Draft::of(&document, 3);
        let root = draft.copy(document.root());
        assert!(draft.finish(root).is_none());
    }
}
