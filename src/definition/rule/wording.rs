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
    OperationDescription: REVIEWED_INFO,
        "An operation has no description, or its description repeats the summary.",
        "Say in a sentence what the operation does.";
    ParameterText: REVIEWED_INFO,
        "A parameter has no description or no x-ms-summary.",
        "Add both; designers show them beside the field.";

    } };
}
