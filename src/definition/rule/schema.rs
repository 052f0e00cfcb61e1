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
    BoundsCrossed: WARNING,
        "A lower bound is above its upper bound.",
        "Exchange the two, or correct one of them.",
        MinimumShouldBeLessThanOrEqualToMaximum, MinItemsShouldBeLessThanOrEqualToMaxItems,
        MinLengthShouldBeLessThanOrEqualToMaxLength;
    BoundIncomplete: WARNING,
        "A bound is said to be exclusive, but there is no bound.",
        "Add minimum or maximum, or take the field out.",
        ExclusiveMaximumRequiresMaximum, ExclusiveMinimumRequiresMinimum;
    FormatUnknown: REVIEW_WARNING,
        "A format is not one of those that connectors know.",
        "Use a known one, or leave the format out.",
        UnrecognizedTypeFormat;
    DiscriminatorInvalid: WARNING,
        "A discriminator is no required property of type string.",
        "Describe the property with type: string, and require it.",
        DiscriminatorMustBeARequiredStringProperty;
    RequiredWithoutObject: WARNING,
        "A schema that is no object requires properties.",
        "Set type: object, or take required out.",
        RequiredPropertyNotOnObject;
    ReadOnlyRequired: WARNING,
        "A property of a request is both read-only and required.",
        "Take it out of required: callers cannot send it.",
        RequiredReadOnlyPropertyNotAllowedAsInput;
    RequiredCycle: WARNING,
        "Required properties of definitions lead back to where they began, so that no value fits.",
        "Make one of them optional.",
        RequiredLoopInSchemaNotAllowed;
    DefinitionAlias: REVIEW_WARNING,
        "A definition is nothing but a reference to another.",
        "Refer to the other one where it is used.",
        SchemaRefLoopNotAllowed;
    BinaryPlace: WARNING,
        "A binary value stands where it cannot be sent.",
        "Make it the whole body, or a field of a multipart form; inside of JSON, use format: byte.",
        InvalidStringBinaryProperty, StringBinaryNotSupportedForFormUrlEncoded;
    InternalOptional: INFO,
        "What is hidden from authors has a default but is optional, so that it is not sent.",
        "Require it, or the default has no effect.",
        InternalPropertyWithDefaultOptional, PropertyMustBeRequired;

    } };
}
