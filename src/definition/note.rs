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
    // Both
    CookieLost: "A parameter is sent as a cookie, which connectors do not send.", "If the API needs it, let it take the value as a header or in the query.";
    SecurityLost: "A connector cannot authenticate in this way.", "Set spec.authentication on the connector, or describe another security scheme.";
    // OpenAPI 3
    FieldLost: "A field has no counterpart in OpenAPI 2.0.", "If it matters to callers, say it in a description.";
    KeywordLost: "A schema keyword has no counterpart in OpenAPI 2.0.", "If it matters to callers, say it in the schema's description.";
    ExampleLost: "An example has no place in OpenAPI 2.0.", "If it helps callers, put it into the description, or into the example of a schema.";
    DiscriminatorLost: "A discriminator, or its mapping, has no counterpart in OpenAPI 2.0.", "Say in a description which value means what.";
    MediaTypeLost: "A body is described in several ways, and a connector has one.", "The one that is used is JSON, if there is one; describe the body under that.";
    BodyLost: "A request body does not say what it holds.", "Describe its content.";
    ResponseLost: "A response stands for a range of codes of which one is described on its own.", "Describe the codes that callers need one by one.";
    LinkLost: "OpenAPI 2.0 has no links between operations.", "Say in a description which operation takes what this one returns.";
    ServerLost: "The API has several servers, and a connector has one.", "Set spec.serviceUrl on the connector to use another; register one connector for each.";
    SecurityFlowLost: "A security scheme has several OAuth 2.0 flows, and OpenAPI 2.0 has one.", "Set spec.authentication on the connector, if another is to be used.";
    AddressLost: "An address is relative, and OpenAPI 2.0 wants a whole one.", "Write the whole address.";
    PatternLost: "A pattern is not one that every engine takes.", "Write it by ECMA 262: no flags in it, and braces only to repeat.";
    PathParameterLost: "A path parameter has no placeholder in the path.", "Add a placeholder of that name to the path, or take the parameter out.";
    DefaultLost: "A default cannot be a value of the type.", "Write the default in the declared type, or change the type.";
    ReferenceLost: "A reference leads nowhere in a part of the description that no operation needs.", "Correct the reference, or take the part out.";
    ComponentUnused: "A component that nothing uses has no place in OpenAPI 2.0.", "Take it out, if nothing will need it.";
    // Postman
    BodyDiffers: "Requests with one method and path send bodies of different kinds.", "One kind is registered; give the others paths of their own, or leave them out.";
    BodyNotSent: "A request by GET or HEAD holds a body, which Postman does not send.", "Send the values in the query, or switch body pruning off for the request.";
    ClientHeaderLost: "A header is one that whoever sends the request sets itself.", "Leave it out of the request.";
    ClientSettingLost: "A certificate or a proxy belongs to the client that sends a request.", "Let the API be reachable without it.";
    DisabledLost: "Headers, parameters or fields are disabled.", "Enable those that callers should be able to send.";
    HostUnknown: "The address of the API is not written in the collection.", "Set spec.serviceUrl on the connector, or give the variable a value in the collection.";
    ParameterNameLost: "The name of a parameter is a variable.", "Write the name into the request.";
    SampleValuesLost: "Values in requests and answers are left out, since they may be credentials; their types are kept.", "Say in a parameter's description what to put there.";
    SecurityDiffers: "Requests with one method and path authenticate in different ways; the first is registered.", "Give the others paths of their own, or set spec.authentication on the connector.";
    ScriptLost: "A script runs around a request, and a connector runs none.", "If it computes what the API needs, let workflows compute it.";
}
Changed {
    // Both
    FilesReduced: "A form takes a list of files; it became one file.", "Describe several fields, if callers are to send several files.";
    KeyInstead: "A security scheme became a key in a header.", "Say in the connection parameter's description how the key is written.";
    // OpenAPI 3
    ChoiceMerged: "A choice of schemas became one schema that holds what each of them may have.", "Say in a description which fields go together.";
    ChoiceOpened: "A choice of schemas that do not go together was left open.", "Describe the value as one object, if callers are to see its fields.";
    SchemaOpened: "A schema says what OpenAPI 2.0 cannot say, and was left open.", "Name one type; say in a description what else the value may be.";
    FieldRenamed: "A field became an extension, which the backend does not read.", "Say it in a description, if callers need to know.";
    TypeAssumed: "The type of a value outside a body is not one that OpenAPI 2.0 has there; it became a text.", "Describe it as a text, a number, a boolean or a list of such.";
    ParameterSplit: "A parameter that is an object became one parameter for each property.", "Describe them as parameters, if they are to have other names.";
    ParameterAsText: "A parameter is written in a way that OpenAPI 2.0 does not have; the caller writes it out.", "Say in its description how it is written.";
    StyleChanged: "A parameter is written in a style that OpenAPI 2.0 does not have.", "Check how the API reads the value when it comes without the style's marks.";
    FormOpened: "A form does not say which fields it has; its body is left open.", "Describe its fields as properties.";
    StatusRange: "A range of status codes became one code.", "Describe the codes that callers need one by one.";
    OperationIdMade: "An operation was given an operationId.", "Add one of your own; workflows refer to the operation by it.";
    ServerVariables: "The variables of a server's address got their defaults.", "Set spec.serviceUrl on the connector, if other values are needed.";
    ServerCut: "A part of a server's address was left out.", "Credentials do not belong into a description; describe a query as parameters.";
    PathCut: "A path has a fragment, which is never sent; it is left out.", "Tell operations apart by their paths.";
    PlaceholderAdded: "A placeholder of a path is not described; it became a parameter that is a text.", "Describe it with in: path.";
    PropertyAdded: "A property that is required is not described; it was added without a type.", "Describe it under properties, or take it out of required.";
    // Postman
    BodyAsText: "A body that is not JSON is described as text.", "Describe it as JSON or as a form, if the API takes that.";
    PlaceholderRenamed: "A placeholder has a name that a path cannot have, or has twice; it was changed.", "Give the variable another name.";
    PlaceholdersUnified: "Paths that differ only in the names of placeholders became one.", "Use the same names in both.";
    SampleCut: "A sample holds more than the backend takes in one body; what is deepest was left open.", "Leave out of the sample what callers do not need.";
    SchemeAssumed: "The address does not say whether it is https; that is what is registered.", "Write the scheme, or set spec.serviceUrl on the connector.";
    SchemeChanged: "Some requests use http and others https; only https is registered.", "Use https for all.";
    TitleMade: "The collection has no name.", "Give it one; it is what authors of workflows choose from.";
}
Merged {
    // OpenAPI 3
    CallbackMerged: "A callback became the content of a webhook trigger.", "Check that the operation is meant to start workflows.";
    ParameterRepeated: "Parameters that have the same name and place became one.", "Give them different names.";
    // Postman
    RequestMerged: "A request has the method and path of an earlier one, and went into the same operation.", "Give it a path of its own, if it is to be an operation of its own.";
}
Refused {
    // Both
    HostRefused: "An operation is served elsewhere than the connector.", "Register another connector for it, with spec.serviceUrl set to that server.";
    MethodRefused: "OpenAPI 2.0 does not have the method of an operation.", "Leave the operation out, or serve it under another method.";
    // OpenAPI 3
    OperationRepeated: "An operation has the method and path of another.", "Describe it once; what only a header or a field of the body tells apart can be one operation that takes it as a parameter.";
    CallbackRefused: "A callback does not fit a webhook trigger.", "Have the operation require the address in its JSON body, and let the callback post JSON to just that.";
    WebhookRefused: "No operation subscribes to a webhook.", "Describe the operation that subscribes, with the webhook as its callback.";
    // Postman
    AddressRefused: "A request has no address, or one that is too long to be meant.", "Write its address, or take it out.";
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
