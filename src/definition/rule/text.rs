//! Rules. The text: bytes, JSON, YAML, and the format that they are in. No client.

macro_rules! text {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    NotUtf8: ERROR,
        "The description is not UTF-8 text.",
        "Save the file as UTF-8.";
    InputTooLarge: ERROR,
        "The description is larger than what is read.",
        "Split the API into several descriptions, or leave operations out.";
    EmptyDocument: ERROR,
        "The description is empty.",
        "Put an OpenAPI 2.0 description here, as JSON or YAML.";
    NotADescription: ERROR,
        "The text is not a JSON or YAML object.",
        "Check that the source is the description itself and not a web page, an archive or an error message.";
    JsonSyntax: ERROR,
        "The text is not valid JSON.",
        "Correct the JSON at this place.";
    JsonComment: ERROR,
        "JSON has no comments.",
        "Take the comment out, or write the description as YAML.";
    TrailingComma: ERROR,
        "There is a comma before a closing bracket.",
        "Take the comma out.";
    RawControlCharacter: ERROR,
        "A string holds a control character that JSON wants escaped.",
        "Write it as an escape, such as \\t or \\n.";
    LoneSurrogate: ERROR,
        "A string holds one half of a surrogate pair.",
        "Write the whole character, or its complete pair of \\u escapes.";
    YamlSyntax: ERROR,
        "The text is not valid YAML.",
        "Correct the YAML at this place.";
    YamlAlias: ERROR,
        "A YAML alias cannot be followed, or aliases expand to too much.",
        "Write the value out, or use $ref to a definition.";
    YamlKey: ERROR,
        "A YAML key is not a plain value.",
        "Use a text as the key.";
    YamlMerge: ERROR,
        "A YAML merge key (<<) does not name a mapping.",
        "Merge an alias of a mapping, or a list of such.";
    YamlTag: ERROR,
        "A YAML tag has no meaning in a description, or its value does not fit it.",
        "Take the tag out.";
    YamlNumber: ERROR,
        "A YAML number has no form in JSON.",
        "Write a finite number, or put the value in quotes.";
    SeveralDocuments: ERROR,
        "The YAML text holds several documents.",
        "Keep one description in one file.";
    DuplicateKey: ERROR,
        "An object has the same key twice.",
        "Keep one of the two: which one would count is not defined.";
    TooDeep: ERROR,
        "Values are nested too deeply.",
        "Flatten the description, or use $ref to a definition.",
        SchemaTooDeep;
    TooManyValues: ERROR,
        "The description holds more values than what is read.",
        "Split the API into several descriptions, or leave operations out.";
    UnknownFormat: ERROR,
        "The format of the description is not recognised.",
        "Give it as OpenAPI 2.0, 3.0 or 3.1, or as a Postman collection.",
        SpecificationVersionIncorrect;
    SwaggerVersionNumber: WARNING,
        "The version of the format was written as a number.",
        "It is registered as \"2.0\"; put it in quotes.",
        SpecificationVersionIncorrect;
    ByteOrderMark: INFO,
        "The text began with a byte order mark.",
        "It is not registered; save the file without one.";
    FindingsLeftOut: INFO,
        "There are more findings than are listed.",
        "Correct the listed ones first.";
    WaiverUnknown: INFO,
        "A waiver names a rule that does not exist.",
        "Correct its code; docs/rules.md lists them.";
    WaiverUnused: INFO,
        "A waiver covers nothing that was found.",
        "Take it out, or correct its code or its pointer.";
    WaiverRefused: WARNING,
        "A waiver names a rule that the backend insists on.",
        "Correct what the rule finds; only judgements, warnings and rules of the review can be waived.";

    } };
}
