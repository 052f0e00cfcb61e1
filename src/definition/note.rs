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
    // Postman
    BodyDiffers: "Requests with one method and path send bodies of different kinds.", "One kind is registered; give the others paths of their own, or leave them out.";
    BodyNotSent: "A request by GET or HEAD holds a body, which Postman does not send.", "Send the values in the query, or switch body pruning off for the request.";
    ClientHeaderLost: "A header is one that whoever sends the request sets itself.", "Leave it out of the request.";
    ClientSettingLost: "A certificate or a proxy belongs to the client that sends a request.", "Let the API be reachable without it.";
    CookieLost: "A parameter is sent as a cookie, which connectors do not send.", "If the API needs it, let it take the value as a header or in the query.";
    DisabledLost: "Headers, parameters or fields are disabled.", "Enable those that callers should be able to send.";
    HostUnknown: "The address of the API is not written in the collection.", "Set spec.serviceUrl on the connector, or give the variable a value in the collection.";
    ParameterNameLost: "The name of a parameter is a variable.", "Write the name into the request.";
    SampleValuesLost: "Values in requests and answers are left out, since they may be credentials; their types are kept.", "Say in a parameter's description what to put there.";
    ScriptLost: "A script runs around a request, and a connector runs none.", "If it computes what the API needs, let workflows compute it.";
    SecurityLost: "A connector cannot authenticate in this way.", "Set spec.authentication on the connector, or describe another security scheme.";
}
Changed {
    // Postman
    BodyAsText: "A body that is not JSON is described as text.", "Describe it as JSON or as a form, if the API takes that.";
    FilesReduced: "A form takes a list of files; it became one file.", "Describe several fields, if callers are to send several files.";
    KeyInstead: "A security scheme became a key in a header.", "Say in the connection parameter's description how the key is written.";
    PlaceholderRenamed: "A placeholder has a name that a path cannot have, or has twice; it was changed.", "Give the variable another name.";
    PlaceholdersUnified: "Paths that differ only in the names of placeholders became one.", "Use the same names in both.";
    SampleCut: "A sample holds more than the backend takes in one body; what is deepest was left open.", "Leave out of the sample what callers do not need.";
    SchemeAssumed: "The address does not say whether it is https; that is what is registered.", "Write the scheme, or set spec.serviceUrl on the connector.";
    SchemeChanged: "Some requests use http and others https; only https is registered.", "Use https for all.";
    TitleMade: "The collection has no name.", "Give it one; it is what authors of workflows choose from.";
}
Merged {
    // Postman
    RequestMerged: "A request has the method and path of an earlier one, and went into the same operation.", "Give it a path of its own, if it is to be an operation of its own.";
}
Refused {
    // Postman
    AddressRefused: "A request has no address, or one that is too long to be meant.", "Write its address, or take it out.";
    HostRefused: "An operation is served elsewhere than the connector.", "Register another connector for it, with spec.serviceUrl set to that server.";
    MethodRefused: "OpenAPI 2.0 does not have the method of an operation.", "Leave the operation out, or serve it under another method.";
    SchemeRefused: "A request speaks a protocol that a connector does not speak.", "Serve it by https, or leave it out.";
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
