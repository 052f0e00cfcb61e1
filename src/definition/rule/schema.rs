//! Rules. Schemas, and the values that they allow. No client.

macro_rules! schema {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    ItemsMissing: ERROR,
        "An array does not say what it holds.",
        "Add items.",
        ArrayHasNoItems;
    ItemsWithoutArray: WARNING,
        "A schema that is no array has items, which are ignored.",
        "Set type: array, or take items out.";
    NullType: WARNING,
        "A schema's type is null.",
        "Name the type of the value, and add x-nullable: true.";
    RequiredUndefined: JUDGED,
        "A required property is not described.",
        "Describe it under properties, or take it out of required.",
        RequiredPropertyDefinitionMissing;
    DefaultKind: JUDGED,
        "A default cannot be a value of the type.",
        "Write the default in the declared type, or change the type.",
        DefaultValueMustMatchType;
    DefaultType: WARNING,
        "A default is not of the type.",
        "Write the default in the declared type.",
        DefaultValueMustMatchType;
    EnumType: WARNING,
        "A value of an enum is not of the type.",
        "Write the value in the declared type, or change the type.",
        InvalidEnumValue;
    EnumRepeated: WARNING,
        "An enum holds a value twice.",
        "Take the repetition out.",
        ArrayDuplicateValue;
    PatternInvalid: JUDGED,
        "A pattern is not a regular expression.",
        "Correct the regular expression.",
        PatternShouldBeValidRegularExpression;

    } };
}
