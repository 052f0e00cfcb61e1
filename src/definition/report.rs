//! The report of a conversion: what was lost, changed, merged or refused, and where in the user's own text. No client.

use std::collections::{BTreeMap, HashSet};

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::document::Node;
use super::finding::Positions;
use super::note::{Note, NoteKind};
use super::origin::{self, Place};
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
    counted: BTreeMap<Note, Counted>,
    left_out: usize,
}

/// What gets one entry for all of its kind, where it stands first.
#[derive(Debug)]
struct Counted {
    places: Vec<u32>,
    message: fn(usize) -> String,
}

#[derive(Debug)]
struct Located {
    offset: u32,
    note: Note,
    /// Where nothing is said, the pointer is that of what stands at the offset.
    pointer: Option<String>,
    message: String,
}

impl Report {
    /// Adds an entry about what stands at `offset`, which is looked up in the end.
    pub(super) fn note(&mut self, note: Note, offset: u32, message: impl Into<String>) {
        self.push(note, offset, None, message.into());
    }

    /// Adds an entry about what stands at `offset` and is called `path`.
    pub(super) fn add(&mut self, note: Note, offset: u32, path: &Path<'_>, message: impl Into<String>) {
        self.push(note, offset, Some(path), message.into());
    }

    /// Counts what stands at `offset` towards the one entry of its kind, which says how many there were.
    pub(super) fn count(&mut self, note: Note, offset: u32, message: fn(usize) -> String) {
        let places = Vec::new();
        let counted = self.counted.entry(note).or_insert(Counted { places, message });
        counted.places.push(offset);
    }

    fn push(&mut self, note: Note, offset: u32, path: Option<&Path<'_>>, message: String) {
        if self.kept_bytes >= KEPT_BYTES {
            self.left_out += 1;
            return;
        }
        let pointer = path.map(Path::pointer);
        self.kept_bytes += pointer.as_ref().map_or(0, String::len) + message.len();
        self.kept.push(Located {
            offset,
            note,
            pointer,
            message,
        });
    }

    /// Drops what was told of these places.
    pub(super) fn leave_out(&mut self, places: &HashSet<u32>) {
        self.kept.retain(|located| !places.contains(&located.offset));
        for counted in self.counted.values_mut() {
            counted.places.retain(|place| !places.contains(place));
        }
    }

    /// The entries in the order of their places in the text, with lines and columns; `origin` is the root of the user's
    /// document.
    pub(super) fn finish(mut self, source: &str, origin: Node<'_>) -> Vec<Entry> {
        for (note, Counted { places, message }) in std::mem::take(&mut self.counted) {
            if let Some(first) = places.iter().min() {
                self.note(note, *first, message(places.len()));
            }
        }
        if self.left_out > 0 {
            let offset = u32::try_from(source.len()).unwrap_or(u32::MAX);
            let message = format!(
                "{} further entries are counted here and not listed.",
                self.left_out
            );
            self.kept.push(Located {
                offset,
                note: Note::EntriesLeftOut,
                pointer: Some(String::new()),
                message,
            });
        }
        self.kept.sort_by_key(|located| located.offset);
        let unplaced = self.kept.iter().filter(|located| located.pointer.is_none());
        let places = origin::places(origin, unplaced.map(|located| located.offset));
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
                pointer: pointer
                    .unwrap_or_else(|| places.get(&offset).map(Place::outermost).unwrap_or_default()),
                line,
                column,
                message,
            }
        };
        self.kept.into_iter().map(place).collect()
    }
}
