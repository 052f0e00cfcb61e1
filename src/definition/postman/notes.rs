//! What a conversion has to tell: one by one, or, where it would be too many, counted. No client.

use super::super::note::Note;
use super::super::report::Report;

/// Collects entries by their places alone.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) told: Report,
}

impl Notes {
    /// Adds an entry about what stands at `at`.
    pub(super) fn add(&mut self, note: Note, at: u32, message: impl Into<String>) {
        self.told.note(note, at, message);
    }

    /// Adds an entry that says no more than its note.
    pub(super) fn tell(&mut self, note: Note, at: u32) {
        self.add(note, at, note.statement());
    }

    /// Counts a header, a parameter or a field that is disabled.
    pub(super) fn disabled(&mut self, at: u32) {
        self.told.count(Note::DisabledLost, at, |count| {
            format!("Of this kind the collection has {count}; this is the first: it is disabled.")
        });
    }

    /// Counts the value of a header, a parameter, a field or a sample.
    pub(super) fn value(&mut self, at: u32) {
        self.told.count(Note::SampleValuesLost, at, |count| {
            format!(
                "Of {count} values in requests and answers only names and types are kept; this is the first."
            )
        });
    }
}
