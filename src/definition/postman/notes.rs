//! What a conversion has to tell: one by one, or, where it would be too many, counted. No client.

use super::super::document::Node;
use super::super::note::Note;
use super::super::path::Path;
use super::super::report::Report;

/// Collects entries by their places alone; their pointers are looked up at the end.
#[derive(Debug, Default)]
pub(super) struct Notes {
    told: Report,
    /// Headers, parameters and fields that are disabled.
    pub(super) disabled: Tally,
    /// Values of headers, parameters, fields and samples.
    pub(super) values: Tally,
}

/// How many there were of something, and where the first was.
#[derive(Debug, Default)]
pub(super) struct Tally {
    count: usize,
    first: Option<u32>,
}

impl Tally {
    pub(super) fn count(&mut self, at: u32) {
        self.count += 1;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
    }
}

impl Notes {
    /// Adds an entry about what stands at `at`.
    pub(super) fn add(&mut self, note: Note, at: u32, message: impl Into<String>) {
        self.told.add(note, at, &Path::ROOT, message);
    }

    /// Adds an entry that says no more than its note.
    pub(super) fn tell(&mut self, note: Note, at: u32) {
        self.add(note, at, note.statement());
    }

    /// Puts everything into `report`; `root` is the root of the user's document.
    pub(super) fn finish(mut self, root: Node<'_>, report: &mut Report) {
        if let Some(at) = self.disabled.first {
            let message = format!(
                "Of this kind the collection has {}; this is the first: it is disabled.",
                self.disabled.count
            );
            self.add(Note::DisabledLost, at, message);
        }
        if let Some(at) = self.values.first {
            let message = format!(
                "Of {} values in requests and answers only names and types are kept; this is the first.",
                self.values.count
            );
            self.add(Note::SampleValuesLost, at, message);
        }
        report.absorb(self.told, Some(root));
    }
}
