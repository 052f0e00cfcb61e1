//! Every rule: its stable code, its weight, what it says without quoting, and what to do. No client.
//!
//! The facts behind the rules: OpenAPI 2.0 (its text and its official JSON schema), the documented limits of custom
//! connectors, and what published connectors hold. An error is what the backend cannot or should not take.

use super::finding::Severity;

macro_rules! rules {
    ($($severity:ident { $($name:ident: $statement:literal, $help:literal;)* })*) => {
        /// A rule. Its name is its code in findings, and stays what it is.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Rule { $($(#[doc = $statement] $name,)*)* }

        impl Rule {
            /// All of them, in the order in which findings at one place are listed.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name),)*)* }
            }

            /// How much a finding of this rule weighs.
            pub fn severity(self) -> Severity {
                match self { $($(Self::$name => Severity::$severity,)*)* }
            }

            /// What is wrong, in words that hold for every document.
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

rules! {
Error {
    // The text
    NotUtf8: "The description is not UTF-8 text.", "Save the file as UTF-8.";
    InputTooLarge: "The description is larger than what is read.", "Split the API into several descriptions, or leave operations out.";
    EmptyDocument: "The description is empty.", "Put an OpenAPI 2.0 description here, as JSON or YAML.";
    NotADescription: "The text is not a JSON or YAML object.", "Check that the source is the description itself and not a web page, an archive or an error message.";
    JsonSyntax: "The text is not valid JSON.", "Correct the JSON at this place.";
    JsonComment: "JSON has no comments.", "Take the comment out, or write the description as YAML.";
    TrailingComma: "There is a comma before a closing bracket.", "Take the comma out.";
    RawControlCharacter: "A string holds a control character that JSON wants escaped.", "Write it as an escape, such as \\t or \\n.";
    LoneSurrogate: "A string holds one half of a surrogate pair.", "Write the whole character, or its complete pair of \\u escapes.";
    YamlSyntax: "The text is not valid YAML.", "Correct the YAML at this place.";
    YamlAlias: "A YAML alias cannot be followed, or aliases expand to too much.", "Write the value out, or use $ref to a definition.";
    YamlKey: "A YAML key is not a plain value.", "Use a text as the key.";
    YamlMerge: "A YAML merge key (<<) does not name a mapping.", "Merge an alias of a mapping, or a list of such.";
    YamlTag: "A YAML tag has no meaning in a description, or its value does not fit it.", "Take the tag out.";
    YamlNumber: "A YAML number has no form in JSON.", "Write a finite number, or put the value in quotes.";
    SeveralDocuments: "The YAML text holds several documents.", "Keep one description in one file.";
    DuplicateKey: "An object has the same key twice.", "Keep one of the two: which one would count is not defined.";
    TooDeep: "Values are nested too deeply.", "Flatten the description, or use $ref to a definition.";
    TooManyValues: "The description holds more values than what is read.", "Split the API into several descriptions, or leave operations out.";
    // The format
    UnknownFormat: "The format of the description is not recognised.", "Give it as OpenAPI 2.0, 3.0 or 3.1, or as a Postman collection.";
    // OpenAPI 3
    WebhooksOnly: "The description has webhooks and no operation.", "Describe the operations that a connector can call, such as the one that subscribes.";
    // Structure
    MissingField: "A required field is missing.", "Add the field.";
    WrongType: "A value is of the wrong type.", "Give it the type that OpenAPI 2.0 asks for here.";
    UnknownField: "OpenAPI 2.0 has no such field here.", "Correct its name, or take it out; own fields begin with x-.";
    ValueNotAllowed: "A value is none of those that OpenAPI 2.0 allows here.", "Use one of the allowed values.";
    KeywordNotSupported: "A schema keyword of another dialect is used, which OpenAPI 2.0 does not have.", "Describe the value with the keywords of OpenAPI 2.0, or leave its schema open.";
    TypeListNotSupported: "A schema's type is a list, which the backend does not take.", "Name one type; for a value that may be null, add x-nullable: true.";
    DuplicateItem: "A list that may hold every value once holds one twice.", "Take the repetition out.";
    EmptyList: "A list that needs at least one value is empty.", "Add a value, or take the field out.";
    // Address
    HostMissing: "The description names no host.", "Add host, such as api.example.com, or set spec.serviceUrl on the connector.";
    HostInvalid: "The host is not a bare host name with an optional port.", "Write only the host, such as api.example.com or api.example.com:8443; the path goes into basePath.";
    BasePathInvalid: "The base path does not begin with a slash, or holds a query or a fragment.", "Write it as /v1.";
    // Paths and operations
    PathsEmpty: "The description has no operation.", "Describe at least one operation under paths.";
    PathWithoutSlash: "A path does not begin with a slash.", "Begin it with a slash.";
    PathWithQuery: "A path holds a query or a fragment.", "Describe the query as parameters with in: query.";
    PathBraces: "The braces of a path template do not pair up.", "Write each placeholder as {name}.";
    PlaceholderRepeated: "A path uses the same placeholder twice.", "Give each placeholder a name of its own.";
    PlaceholderWithoutParameter: "A placeholder of the path has no parameter.", "Add a parameter with this name and in: path.";
    PathParameterUnused: "A path parameter has no placeholder in the path.", "Add a placeholder of that name to the path, or take the parameter out.";
    PathParameterOptional: "A path parameter says it is not required.", "Set required: true: a path cannot leave a part out.";
    EquivalentOperations: "Two operations have the same method on paths that differ only in placeholder names.", "Make them one operation, or give them different paths.";
    OperationIdMissing: "An operation has no operationId.", "Add an operationId; workflows refer to the operation by it.";
    OperationIdDuplicate: "Two operations have the same operationId.", "Give each operation its own operationId.";
    SeveralBodies: "An operation has more than one body parameter.", "Describe one body with one schema.";
    BodyAndForm: "An operation has both a body and form parameters.", "Use either a body, or form parameters.";
    ParameterDuplicate: "Two parameters have the same name and place.", "Keep one of the two.";
    ItemsMissing: "An array does not say what it holds.", "Add items.";
    FileOutsideForm: "A file is not a form parameter.", "Give a parameter of type file in: formData, or describe the body as a string with format: binary.";
    FileConsumes: "An operation with a file parameter consumes no form media type.", "Add multipart/form-data to consumes.";
    ResponseCodeInvalid: "A response is under a key that is no HTTP status code.", "Use a code from 100 to 599, or default.";
    // References
    ReferenceUnresolved: "A reference leads nowhere.", "Add what it names, or correct the reference.";
    ReferenceExternal: "A reference leads out of the description.", "Copy what it names into the description: the backend reads no other file.";
    ReferenceKind: "A reference leads to something of another kind.", "Refer to a schema under definitions, a parameter under parameters, a response under responses.";
    InheritanceCycle: "A schema contains itself through allOf.", "Break the circle.";
    // Values
    DefaultKind: "A default cannot be a value of the type.", "Write the default in the declared type, or change the type.";
    PatternInvalid: "A pattern is not a regular expression.", "Correct the regular expression.";
    RequiredUndefined: "A required property is not described.", "Describe it under properties, or take it out of required.";
    // Security
    OAuthUrlInsecure: "An OAuth 2.0 address is not https.", "Use an https address: tokens would travel in the clear.";
    SecretInDescription: "The description seems to hold a secret.", "Take it out, and replace the secret where it was issued: it has been seen. Secrets belong into a Kubernetes Secret.";
    // Limits of the backend
    DocumentTooLarge: "The description is too large for the backend, even without white space.", "Leave out operations, examples and definitions that are not needed.";
    TooManyOperations: "The description has more operations than the backend takes.", "Split the API into several connectors, or leave operations out.";
    FilterLeavesNothing: "The filter leaves no operation.", "Correct spec.definition.operations: a pattern is an operationId, a tag, or a path that begins with a slash.";
    TooManySchemas: "A body has more schemas than the backend takes.", "Leave out properties that callers do not need, or leave the inner ones open (type: object).";
}
Warning {
    // Repaired
    SwaggerVersionNumber: "The version of the format was written as a number.", "It is registered as \"2.0\"; put it in quotes.";
    BasePathTrailingSlash: "The base path ended in a slash.", "It is registered without; take the slash off.";
    PathParameterNotMarked: "A path parameter does not say that it is required.", "It is registered with required: true; add it.";
    ResponsesEmpty: "An operation describes no response.", "It is registered with an empty default response; describe what the API answers.";
    VisibilityCase: "The value of x-ms-visibility is in the wrong case.", "It is registered in lower case; correct it.";
    ReferenceForm: "A reference lacks the slash behind the number sign.", "It is registered with the slash; write it as #/definitions/Name.";
    // Address
    SchemeInsecure: "The description offers plain http.", "Offer https only: credentials would travel in the clear.";
    HostPlaceholder: "The host is a single name or this machine, which the backend cannot reach.", "Name the host that serves the API, or set spec.serviceUrl on the connector.";
    // Texts
    TitleTooLong: "The title is longer than 30 characters.", "Shorten it; it is what authors of workflows choose from.";
    DescriptionLength: "The description of the API is missing, shorter than 30 or longer than 500 characters.", "Say in 30 to 500 characters what the API is for.";
    SummaryTooLong: "A summary is longer than 80 characters.", "Shorten it, and put the details into description.";
    // Paths and operations
    PathTrailingSlash: "A path ends in a slash.", "Take the slash off, if the API answers without it.";
    PathUnusual: "A path holds white space, two slashes in a row or an asterisk.", "Check that this is the path the API serves.";
    EquivalentPaths: "Two paths differ only in placeholder names, case or a last slash.", "Use one spelling for both.";
    OperationIdCase: "Two operationIds differ only in case.", "Make them differ in more than case: some tools compare without it.";
    OperationIdCharacters: "An operationId holds other characters than letters, digits, hyphen and underscore.", "Use letters and digits, such as GetInvoice.";
    MethodUnusual: "An operation uses OPTIONS or HEAD, which workflows cannot use.", "Leave the operation out.";
    BodyUnexpected: "An operation whose method has no body by its meaning has one.", "Send the values as query parameters, or use POST.";
    FormUnclear: "An operation with a file parameter does not clearly consume a form.", "Put multipart/form-data into consumes.";
    ParameterReserved: "A parameter has a name that the backend sets itself.", "Leave the parameter out; the backend fills it in.";
    NoSuccessResponse: "An operation describes no successful response.", "Describe a 2xx response with its schema, so that workflows can use what comes back.";
    SeveralSuccessSchemas: "An operation describes several successful responses with different schemas.", "Workflows see only one: put the main one first.";
    WebhookWithoutDelete: "A webhook trigger can subscribe, but no operation unsubscribes.", "Describe the DELETE operation that ends a subscription, or subscriptions stay behind.";
    // Trimming
    FilterUnmatched: "A pattern of the filter matches no operation.", "Correct it in spec.definition.operations, or take it out.";
    // References and schemas
    ReferenceSiblings: "Fields beside a $ref are ignored.", "Move them into what the reference names, or take them out.";
    DefinitionCycle: "A definition refers back to itself.", "Designers cut such a structure off at some depth; leave one link of the circle open (type: object).";
    NullType: "A schema's type is null.", "Name the type of the value, and add x-nullable: true.";
    ItemsWithoutArray: "A schema that is no array has items, which are ignored.", "Set type: array, or take items out.";
    EnumType: "A value of an enum is not of the type.", "Write the value in the declared type, or change the type.";
    EnumRepeated: "An enum holds a value twice.", "Take the repetition out.";
    DefaultType: "A default is not of the type.", "Write the default in the declared type.";
    // Extensions
    ExtensionUnknown: "An x-ms- extension is not known.", "Check its spelling; unknown ones are registered as they are.";
    ExtensionValue: "An extension's value is not of the form that it needs.", "Correct the value, or take the extension out.";
    ExtensionOperation: "An extension names an operation that the description does not have.", "Correct the operationId.";
    InternalWithoutDefault: "A required parameter is hidden from authors and has no default.", "Give it a default, or make it visible.";
    // Security
    SecuritySeveral: "The description has several security schemes; a connector has one.", "The first is used; put the right one first, or set spec.authentication.";
    SecurityUndefined: "A security requirement names a scheme that is not defined.", "Define it under securityDefinitions, or correct the name.";
    SecurityAlternatives: "Security requirements offer a choice, a combination, or differ between operations.", "A connection carries one kind of credential; keep one requirement for the whole API.";
    SecurityUnused: "A security scheme is defined, but nothing requires it.", "Add it to security.";
    SecurityScopes: "A security requirement names a scope that its scheme does not have.", "Declare the scope, or leave it out; only OAuth 2.0 has scopes.";
    OAuthFlow: "The OAuth 2.0 flow is not one that connectors use.", "Connectors use the authorization code (flow: accessCode).";
}
Info {
    ByteOrderMark: "The text began with a byte order mark.", "It is not registered; save the file without one.";
    OperationIdStyle: "An operationId does not begin with a capital letter.", "By convention it is written as GetInvoice.";
    SummaryMissing: "An operation has no summary.", "Add one; designers show it as the operation's name.";
    OperationDescription: "An operation has no description, or its description repeats the summary.", "Say in a sentence what the operation does.";
    ParameterText: "A parameter has no description or no x-ms-summary.", "Add both; designers show them beside the field.";
    DefinitionUnused: "A definition is never used.", "Take it out, if nothing will need it.";
    OperationNeeded: "An operation stays that the filter leaves out, because another one looks something up with it.", "Include it in the filter, to say that it is meant to stay.";
    FindingsLeftOut: "There are more findings than are listed.", "Correct the listed ones first.";
}
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn every_rule_says_what_is_wrong_and_what_to_do_in_whole_sentences() {
        for rule in Rule::ALL {
            for text in [rule.statement(), rule.help()] {
                assert!(
                    text.ends_with('.') && text.starts_with(char::is_uppercase),
                    "{}: {text}",
                    rule.code()
                );
            }
        }
    }

    #[test]
    fn findings_at_one_place_are_listed_errors_first() {
        assert!(Rule::ALL.is_sorted_by_key(|rule| rule.severity()));
    }
}
