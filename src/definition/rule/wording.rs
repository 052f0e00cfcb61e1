//! Rules. Texts that people read. No client.

macro_rules! wording {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    TitleTooLong: REVIEWED_WARNING,
        "The title is longer than 30 characters.",
        "Shorten it; it is what authors of workflows choose from.",
        FieldLengthNotInRange;
    DescriptionLength: REVIEWED_WARNING,
        "The description of the API is missing, shorter than 30 or longer than 500 characters.",
        "Say in 30 to 500 characters what the API is for.",
        FieldLengthNotInRange;
    SummaryMissing: REVIEWED_INFO,
        "An operation has no summary.",
        "Add one; designers show it as the operation's name.";
    SummaryTooLong: REVIEWED_WARNING,
        "A summary is longer than 80 characters.",
        "Shorten it, and put the details into description.",
        OperationSummaryTooLong, FieldLengthExceeded;
    OperationDescription: ADVISED,
        "An operation has no description, or its description repeats the summary.",
        "Say in a sentence what the operation does.";
    ParameterText: ADVISED,
        "A parameter has no description or no x-ms-summary.",
        "Add both; designers show them beside the field.";
    RestrictedWord: REVIEW_ERROR,
        "The title holds a word that it may not.",
        "Name the service only, without API, connector, or the name of a product of the platform.",
        ValueContainsRestrictedWords;
    LabelTooLong: REVIEW_ERROR,
        "The label of a parameter is longer than 80 characters.",
        "Shorten it, and put the details into description.",
        FieldLengthExceeded;
    LabelCharacters: REVIEW_WARNING,
        "A label holds other signs than letters, digits and parentheses.",
        "Write it in words.",
        RestrictedCharactersInSummary;
    LabelEnd: REVIEW_WARNING,
        "A label does not end in a letter or a digit.",
        "Take the sign at its end off.",
        ValueMustEndWithAlphanumeric;
    DescriptionEnd: REVIEW_INFO,
        "A description does not end like a sentence.",
        "End it with a full stop.";
    TriggerSummary: REVIEW_WARNING,
        "The summary of a trigger does not say when it starts.",
        "Begin it with When, such as When an invoice is paid.";
    TextNotEnglish: REVIEW_ERROR,
        "A text is not written in Latin letters, so that it cannot be English.",
        "Write it in English; translations are added after the review.",
        ValueMustBeInEnglish;
    ContactMissing: REVIEW_WARNING,
        "The description names nobody to turn to.",
        "Add info.contact with name, url and email.";
    MetadataMissing: REVIEW_ERROR,
        "The metadata of the connector are not complete.",
        "Add Website, Privacy policy and Categories to x-ms-connector-metadata.",
        ConnectorMetadataPropertiesMissing;
    MetadataCategory: REVIEW_ERROR,
        "A category of the connector does not exist, or there are more than two.",
        "Choose one or two of the categories that connectors are listed under.",
        InvalidConnectorCategory, TooManyConnectorCategories;

    } };
}
