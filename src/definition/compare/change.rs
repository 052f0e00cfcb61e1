//! Every kind of change between two descriptions: its stable code, and what it means for a workflow. No client.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// What a change means for workflows that use the connector.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// A workflow that works may stop working.
    Breaking,
    /// Workflows go on working; the connector behaves otherwise, or can do more.
    Compatible,
    /// Only what authors read changes.
    Cosmetic,
}

impl Impact {
    /// The word for it in output: `breaking`, `compatible` or `cosmetic`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Compatible => "compatible",
            Self::Cosmetic => "cosmetic",
        }
    }
}

macro_rules! changes {
    ($($impact:ident { $($name:ident: $statement:literal;)* })*) => {
        /// A kind of change. Its name is its code, and stays what it is.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum ChangeKind { $($(#[doc = $statement] $name,)*)* }

        impl ChangeKind {
            /// All of them, the gravest first.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name),)*)* }
            }

            /// What it means for workflows.
            pub fn impact(self) -> Impact {
                match self { $($(Self::$name => Impact::$impact,)*)* }
            }

            /// What changed and why it weighs so, in words that hold for every document.
            pub fn statement(self) -> &'static str {
                match self { $($(Self::$name => $statement,)*)* }
            }
        }
    };
}

changes! {
Breaking {
    // Operations
    OperationRemoved: "An operation is gone: steps that use it fail.";
    OperationMoved: "An operation has another method or path: workflows keep the ones they were saved with.";
    TriggerChanged: "An operation became a trigger, ceased to be one, or is one of another kind: steps of that kind fail.";
    // Parameters
    ParameterRemoved: "A parameter is gone that workflows may set.";
    ParameterMoved: "A parameter goes to another place: workflows keep the one they were saved with.";
    RequiredParameterAdded: "A parameter must be given that workflows do not give.";
    ParameterBecameRequired: "A parameter must be given that workflows may leave out.";
    CollectionFormatChanged: "A list is written otherwise: workflows keep the way they were saved with.";
    UrlEncodingChanged: "A part of a path is encoded otherwise: workflows keep the way they were saved with.";
    ConsumesNarrowed: "A body is no longer taken in any form that workflows send.";
    ProducesChanged: "Nothing comes back any more in a form that workflows know.";
    // What is sent
    RequestTypeChanged: "A value is to be of another type than workflows send.";
    RequestFormatChanged: "A value is to be in a form that workflows do not send.";
    RequestEnumNarrowed: "A value that workflows may send is no longer among those allowed.";
    RequestConstraintTightened: "A limit keeps out values that workflows may send.";
    RequestNullForbidden: "A value may no longer be null.";
    RequestPropertyRemoved: "A property is gone that workflows may send.";
    RequiredRequestPropertyAdded: "A property must be sent that workflows do not send.";
    RequestPropertyBecameRequired: "A property must be sent that workflows may leave out.";
    // What comes back
    ResponseRemoved: "An operation no longer describes what comes back when it succeeds.";
    ResponseTypeChanged: "A value that workflows read is of another type.";
    ResponseFormatChanged: "A value that workflows read is in another form.";
    ResponseMayBeNull: "A value that workflows read may now be null.";
    ResponsePropertyRemoved: "A property is gone that workflows may read.";
    ResponsePropertyBecameOptional: "A property may be missing that workflows could count on.";
    ResponseHeaderRemoved: "A header is gone that workflows may read.";
    // Authentication
    AuthenticationAdded: "Calls must authenticate: connections that were made without a credential fail.";
    AuthenticationChanged: "Calls authenticate in another way: connections hold a credential of the former kind.";
    ScopeRequired: "A further scope is required, to which connections have not agreed.";
    // The comparison itself
    ComparisonCut: "The descriptions differ in more ways than are followed or listed.";
}
Compatible {
    OperationAdded: "There is a new operation.";
    OperationDeprecated: "An operation is marked as deprecated, or no longer is.";
    OptionalParameterAdded: "There is a new parameter that may be left out.";
    ParameterBecameOptional: "A parameter may be left out.";
    HiddenParameterRemoved: "A parameter is gone that authors never saw.";
    BodyRenamed: "The body has another name.";
    DefaultChanged: "Another value is proposed to authors.";
    MediaTypesChanged: "Further forms of a body are taken or given, or fewer.";
    DynamicChanged: "Choices or schemas that are looked up while a workflow is written come from elsewhere.";
    ExtensionChanged: "An extension changed.";
    RequestTypeWidened: "Values of further types are taken.";
    RequestFormatWidened: "Values in further forms are taken.";
    RequestEnumWidened: "Further values are allowed.";
    RequestConstraintLoosened: "A limit lets further values in.";
    RequestNullAllowed: "A value may be null.";
    RequestPropertyAdded: "There is a new property that may be sent.";
    RequestPropertyBecameOptional: "A property may be left out.";
    ResponseAdded: "A further response is described.";
    FurtherResponseRemoved: "A response is no longer described that workflows do not build on.";
    ResponseCodeChanged: "Success has another status code.";
    ResponseDescribed: "What comes back when an operation succeeds is now described.";
    ResponseTypeNarrowed: "A value is of a type that is part of the former.";
    ResponseFormatNarrowed: "A value is in a form that is part of the former.";
    ResponseEnumChanged: "The values that may come back are others.";
    ResponseConstraintChanged: "A limit of what comes back changed.";
    ResponseNeverNull: "A value can no longer be null.";
    ResponsePropertyAdded: "There is a new property to read.";
    ResponsePropertyBecameRequired: "A property is always there.";
    ResponseHeaderAdded: "There is a new header to read.";
    AuthenticationRemoved: "Calls need not authenticate any more.";
    AuthenticationSettingsChanged: "The same kind of credential is asked for or sent otherwise.";
    ScopeNotRequired: "A scope is no longer required.";
    OperationSecurityChanged: "An operation's own security requirements changed; a connection carries its credential all the same.";
    AddressChanged: "The API answers elsewhere; workflows call the connector and not the API.";
}
Cosmetic {
    InfoChanged: "The texts that present the API changed.";
    TextChanged: "A summary, a description, an example or the like changed.";
    VisibilityChanged: "Something is shown to authors more or less prominently.";
    TagsChanged: "Operations are grouped otherwise.";
}
}

/// Where something stands in one of two descriptions.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Place {
    /// The JSON pointer (RFC 6901) in the OpenAPI 2.0 document, which may have been converted.
    pub pointer: String,
    /// The line in the text it was read from, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// One difference between two descriptions. Serialises to `code`, `class`, `operation`, `message`, `old`, `new`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// What kind of change, which carries the stable code and the class.
    pub kind: ChangeKind,
    /// The operation it was met in: the first of several that share what changed. `None`: the whole connector.
    pub operation: Option<String>,
    /// What changed, in a sentence with names of the documents.
    pub message: String,
    /// Where in the old description: what it was, or what it is missing from.
    pub old: Option<Place>,
    /// Where in the new description.
    pub new: Option<Place>,
}

impl Change {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// What it means for workflows.
    pub fn impact(&self) -> Impact {
        self.kind.impact()
    }

    /// The same change with nothing of the documents' text in it: for a description that comes from a Secret.
    #[must_use]
    pub fn without_quotes(self) -> Self {
        let bare = |place: Option<Place>| {
            place.map(|place| Place {
                pointer: String::new(),
                ..place
            })
        };
        Self {
            kind: self.kind,
            operation: None,
            message: self.kind.statement().to_owned(),
            old: bare(self.old),
            new: bare(self.new),
        }
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Change", 6)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("class", &self.impact())?;
        object.serialize_field("operation", &self.operation)?;
        object.serialize_field("message", &self.message)?;
        object.serialize_field("old", &self.old)?;
        object.serialize_field("new", &self.new)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::ChangeKind;

    #[test]
    fn every_kind_of_change_says_what_it_is_and_the_gravest_come_first() {
        for kind in ChangeKind::ALL {
            let statement = kind.statement();
            assert!(
                statement.ends_with('.') && statement.starts_with(char::is_uppercase),
                "{}: {statement}",
                kind.code()
            );
        }
        assert!(ChangeKind::ALL.is_sorted_by_key(|kind| kind.impact()));
    }
}
