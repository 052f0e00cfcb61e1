//! Values as they are read: a number in the arena together with the arena. No client.

use std::iter::FusedIterator;

use super::{Document, Kind, NodeId, StoredMember, slice};

/// A value in a document, with the document at hand.
#[derive(Clone, Copy, Debug)]
pub struct Node<'d> {
    pub(super) document: &'d Document,
    pub(super) id: NodeId,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Value<'d> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number as JSON writes it.
    Number(&'d str),
    /// A string, escapes resolved.
    String(&'d str),
    /// A list.
    Array(Items<'d>),
    /// An object, in the order written.
    Object(Members<'d>),
}

/// A key and its value.
#[derive(Clone, Copy, Debug)]
pub struct Member<'d> {
    /// The key, escapes resolved.
    pub key: &'d str,
    /// Where the key stands: bytes from the start of the text.
    pub key_offset: u32,
    /// What it holds.
    pub value: Node<'d>,
}

impl<'d> Node<'d> {
    pub(super) fn new(document: &'d Document, id: NodeId) -> Self {
        Self { document, id }
    }

    /// The value's number.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// Where the value stands: bytes from the start of the text.
    pub fn offset(self) -> u32 {
        self.document.record(self.id).offset
    }

    /// What the value is.
    pub fn value(self) -> Value<'d> {
        let document = self.document;
        match document.record(self.id).kind {
            Kind::Null => Value::Null,
            Kind::Boolean(value) => Value::Boolean(value),
            Kind::Number(text) => Value::Number(document.text(text)),
            Kind::String(text) => Value::String(document.text(text)),
            Kind::Array(run) => Value::Array(Items {
                document,
                rest: slice(&document.items, run).iter(),
            }),
            Kind::Object(run) => Value::Object(Members {
                document,
                rest: slice(&document.members, run).iter(),
            }),
        }
    }

    /// The string, if it is one.
    pub fn as_str(self) -> Option<&'d str> {
        if let Kind::String(text) = self.kind() {
            Some(self.document.text(text))
        } else {
            None
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        if let Kind::Boolean(value) = self.kind() {
            Some(value)
        } else {
            None
        }
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        matches!(self.kind(), Kind::Object(_))
    }

    /// Whether it is a list or an object.
    pub(crate) fn is_container(self) -> bool {
        matches!(self.kind(), Kind::Array(_) | Kind::Object(_))
    }

    /// The members of an object in the order written; of anything else, none.
    pub fn members(self) -> Members<'d> {
        Members {
            document: self.document,
            rest: self.document.stored_members(self.id).iter(),
        }
    }

    /// The values of a list; of anything else, none.
    pub fn items(self) -> Items<'d> {
        let items: &[NodeId] = match self.kind() {
            Kind::Array(run) => slice(&self.document.items, run),
            Kind::Null | Kind::Boolean(_) | Kind::Number(_) | Kind::String(_) | Kind::Object(_) => &[],
        };
        Items {
            document: self.document,
            rest: items.iter(),
        }
    }

    fn kind(self) -> Kind {
        self.document.record(self.id).kind
    }

    /// The member with this key; the first, if there are several.
    pub fn member(self, key: &str) -> Option<Member<'d>> {
        let stored = self.document.stored_members(self.id);
        // Most keys differ in their lengths, and then their texts need not be looked at.
        let found = stored
            .iter()
            .find(|stored| stored.key.length() == key.len() && self.document.text(stored.key) == key)?;
        Some(found.read(self.document))
    }

    /// The value under this key.
    pub fn get(self, key: &str) -> Option<Self> {
        self.member(key).map(|member| member.value)
    }

    /// Whether two values, of one document or of two, are written the same but for white space and escapes.
    pub(crate) fn is_same(self, other: Node<'_>) -> bool {
        if std::ptr::eq(self.document, other.document) && self.id == other.id {
            return true;
        }
        match (self.value(), other.value()) {
            (Value::Null, Value::Null) => true,
            (Value::Boolean(one), Value::Boolean(other)) => one == other,
            (Value::Number(one), Value::Number(other)) | (Value::String(one), Value::String(other)) => {
                one == other
            }
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len() && one.zip(other).all(|(one, other)| one.is_same(other))
            }
            (Value::Object(one), Value::Object(other)) => {
                one.len() == other.len()
                    && one
                        .zip(other)
                        .all(|(one, other)| one.key == other.key && one.value.is_same(other.value))
            }
            _ => false,
        }
    }
}

/// The values of a list, in order.
#[derive(Clone, Debug)]
pub struct Items<'d> {
    document: &'d Document,
    rest: std::slice::Iter<'d, NodeId>,
}

/// The members of an object, in the order written.
#[derive(Clone, Debug)]
pub struct Members<'d> {
    document: &'d Document,
    rest: std::slice::Iter<'d, StoredMember>,
}

impl StoredMember {
    fn read(self, document: &Document) -> Member<'_> {
        let Self {
            key,
            key_offset,
            value,
        } = self;
        Member {
            key: document.text(key),
            key_offset,
            value: Node { document, id: value },
        }
    }
}

impl<'d> Iterator for Items<'d> {
    type Item = Node<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        let id = *self.rest.next()?;
        Some(Node {
            document: self.document,
            id,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

impl ExactSizeIterator for Items<'_> {}
impl FusedIterator for Items<'_> {}

impl<'d> Iterator for Members<'d> {
    type Item = Member<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.rest.next()?.read(self.document))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

impl ExactSizeIterator for Members<'_> {}
impl FusedIterator for Members<'_> {}
