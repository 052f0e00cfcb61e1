//! Every kind of thing that a conversion does to a description: its stable code, and what to do about it. No client.

/// What became of the part of a description that an entry of the report is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteKind {
    /// OpenAPI 2.0 or the backend cannot say it; it is not in the result.
    Lost,
    /// The result says it in another way, or says less or more.
    Changed,
    /// It went into what something else became.
    Merged,
    /// It would have become an operation, and became none.
    Refused,
}

impl NoteKind {
    /// The word for it in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Changed => "changed",
            Self::Merged => "merged",
            Self::Refused => "refused",
        }
    }
}

macro_rules! notes {
    ($($kind:ident { $($name:ident: $statement:literal, $help:literal;)* })*) => {
        /// What a conversion has to tell. Its name is its code in reports, and stays what it is.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Note { $($(#[doc = $statement] $name,)*)* }

        impl Note {
            /// All of them.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name),)*)* }
            }

            /// What became of it.
            pub fn kind(self) -> NoteKind {
                match self { $($(Self::$name => NoteKind::$kind,)*)* }
            }

            /// What happened, in words that hold for every document.
            pub fn statement(self) -> &'static str {
                match self { $($(Self::$name => $statement,)*)* }
            }

            /// What to do about it.
            pub fn help(self) -> &'static str {
                match self { $($(Self::$name => $help,)*)* }
            }
        }
    };
}

notes! {
Lost {
    EntriesLeftOut: "There are more entries than are listed.", "Correct the listed ones first, or leave parts of the description out.";
}
Changed {
}
Merged {
}
Refused {
}
}

#[cfg(test)]
mod tests {
    use super::Note;

    #[test]
    fn every_note_says_what_happened_and_what_to_do_in_whole_sentences() {
        for note in Note::ALL {
            for text in [note.statement(), note.help()] {
                assert!(
                    text.ends_with('.') && text.starts_with(char::is_uppercase),
                    "{}: {text}",
                    note.code()
                );
            }
        }
    }
}
