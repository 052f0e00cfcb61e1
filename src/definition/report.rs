//! The report of a conversion: what was lost, changed, merged or refused, and where in the user's own text. No client.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::document::Node;
use super::finding::Positions;
use super::note::{Note, NoteKind};
use super::origin;
use super::path::Path;

/// One thing that a conversion could not carry over as it was. Serialises to `code`, `kind`, `pointer`, `line`,
/// `column`, `message`, `help`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// What happened, which carries the stable code.
    pub note: Note,
    /// Where, as a JSON pointer (RFC 6901) into the user's own document.
    pub pointer: String,
    /// The line in the user's text, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What happened to what was found there.
    pub message: String,
}

impl Entry {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.note.code()
    }

    /// What became of it.
    pub fn kind(&self) -> NoteKind {
        self.note.kind()
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        self.note.help()
    }

    /// The same entry with nothing of the document's text in it: for a description that comes from a Secret.
    #[must_use]
    pub fn without_quotes(self) -> Self {
        Self {
            pointer: String::new(),
            message: self.note.statement().to_owned(),
            ..self
        }
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Entry", 7)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("kind", &self.kind())?;
        object.serialize_field("pointer", &self.pointer)?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("column", &self.column)?;
        object.serialize_field("message", &self.message)?;
        object.serialize_field("help", self.help())?;
        object.end()
    }
}

/// Entries are kept until their texts have this many bytes: pointers can be as long as the keys they are made of.
const KEPT_BYTES: usize = 8_000_000;

/// Collects entries while a description is converted.
#[derive(Debug, Default)]
pub(super) struct Report {
    kept: Vec<Located>,
    kept_bytes: usize,
    left_out: usize,
}

#[derive(Debug)]
struct Located {
    offset: u32,
    note: Note,
    pointer: String,
    message: String,
}

impl Report {
    /// Adds an entry about what stands at `offset`.
    pub(super) fn add(&mut self, note: Note, offset: u32, path: &Path<'_>, message: impl Into<String>) {
        if self.kept_bytes >= KEPT_BYTES {
            self.left_out += 1;
            return;
        }
        let (pointer, message) = (path.pointer(), message.into());
        self.kept_bytes += pointer.len() + message.len();
        self.kept.push(Located {
            offset,
            note,
            pointer,
            message,
        });
    }

    /// Takes over what was told. If it was told by place alone, `origin` is the root of the document, and pointers are
    /// looked up there.
    pub(super) fn absorb(&mut self, told: Self, origin: Option<Node<'_>>) {
        let Self {
            kept,
            kept_bytes,
            left_out,
        } = told;
        let pointers =
            origin.map(|origin| origin::pointers(origin, kept.iter().map(|located| located.offset)));
        for mut located in kept {
            if let Some(pointers) = &pointers {
                located.pointer = pointers.get(&located.offset).cloned().unwrap_or_default();
                self.kept_bytes += located.pointer.len();
            }
            self.kept.push(located);
        }
        self.kept_bytes += kept_bytes;
        self.left_out += left_out;
    }

    /// The entries in the order of their places in `source`, with lines and columns.
    pub(super) fn finish(mut self, source: &str) -> Vec<Entry> {
        if self.left_out > 0 {
            self.kept.push(Located {
                offset: u32::try_from(source.len()).unwrap_or(u32::MAX),
                note: Note::EntriesLeftOut,
                pointer: String::new(),
                message: format!(
                    "{} further entries are counted here and not listed.",
                    self.left_out
                ),
            });
        }
        self.kept.sort_by_key(|located| located.offset);
        let mut positions = Positions::new(source);
        let place = |located: Located| {
            let Located {
                offset,
                note,
                pointer,
                message,
            } = located;
            let (line, column) = positions.of(offset as usize);
            Entry {
                note,
                pointer,
                line,
                column,
                message,
            }
        };
        self.kept.into_iter().map(place).collect()
    }
}
