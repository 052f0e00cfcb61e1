//! Rules. Structure: fields, types and values of OpenAPI 2.0's objects, references between them, and the backend's limits. No client.

macro_rules! structure {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    MissingField: ERROR,
        "A required field is missing.",
        "Add the field.",
        RequiredPropertyMissing, SecuritySchemePropertyRequired, BodyParameterSchemaRequired;
    WrongType: ERROR,
        "A value is of the wrong type.",
        "Give it the type that OpenAPI 2.0 asks for here.",
        JsonTypeIncorrect, MultipleOfMustBeGreaterThanZero, SecurityRequirementMustHaveValue,
        MaxItemsMustBeGreaterThanOrEqualToZero, MaxLengthMustBeGreaterThanOrEqualToZero,
        MaxPropertiesMustBeGreaterThanOrEqualToZero, MinItemsMustBeGreaterThanOrEqualToZero,
        MinLengthMustBeGreaterThanOrEqualToZero, MinPropertiesMustBeGreaterThanOrEqualToZero;
    UnknownField: ERROR,
        "OpenAPI 2.0 has no such field here.",
        "Correct its name, or take it out; own fields begin with x-.",
        AdditionalPropertyNotAllowed, BodyParameterPropertyNotValid, ExtensionNameNotValid,
        SecuritySchemePropertyNotValid, NonBodyParameterSchemaNotValid,
        AllowEmptyValueOnlyValidForQueryFormData, SwaggerKeywordNotSupported;
    ValueNotAllowed: ERROR,
        "A value is none of those that OpenAPI 2.0 allows here.",
        "Use one of the allowed values.",
        CollectionFormatValueNotSupported, JsonValueNotInEnum, SchemeNotValid, SchemaTypeFileNotValid;
    KeywordNotSupported: ERROR,
        "A schema keyword of another dialect is used, which OpenAPI 2.0 does not have.",
        "Describe the value with the keywords of OpenAPI 2.0, or leave its schema open.",
        SwaggerKeywordNotSupported;
    TypeListNotSupported: ERROR,
        "A schema's type is a list, which the backend does not take.",
        "Name one type; for a value that may be null, add x-nullable: true.";
    DuplicateItem: ERROR,
        "A list that may hold every value once holds one twice.",
        "Take the repetition out.",
        ArrayDuplicateValue;
    EmptyList: ERROR,
        "A list that needs at least one value is empty.",
        "Add a value, or take the field out.",
        RequiredPropertyArrayEmpty, EnumMustContainAtLeastOneElement;
    ReferenceUnresolved: ERROR,
        "A reference leads nowhere.",
        "Add what it names, or correct the reference.",
        ParameterReferenceNotFound, ResponseReferenceNotFound, SchemaReferenceNotFound, JsonPointerNotValid;
    ReferenceExternal: ERROR,
        "A reference leads out of the description.",
        "Copy what it names into the description: the backend reads no other file.",
        ParameterReferenceNotValid, ResponseReferenceNotValid, SchemaReferenceNotValid,
        PathItemRefNotSuppored;
    ReferenceKind: ERROR,
        "A reference leads to something of another kind.",
        "Refer to a schema under definitions, a parameter under parameters, a response under responses.",
        ParameterReferenceNotValid, ResponseReferenceNotValid, SchemaReferenceNotValid,
        PathItemRefNotSuppored;
    ReferenceForm: WARNING,
        "A reference lacks the slash behind the number sign.",
        "It is registered with the slash; write it as #/definitions/Name.",
        JsonPointerNotValid;
    ReferenceSiblings: WARNING,
        "Fields beside a $ref are ignored.",
        "Move them into what the reference names, or take them out.",
        AdditionalPropertyNotAllowedAdjacentToRef;
    InheritanceCycle: ERROR,
        "A schema contains itself through allOf.",
        "Break the circle.";
    DefinitionCycle: WARNING,
        "A definition refers back to itself.",
        "Designers cut such a structure off at some depth; leave one link of the circle open (type: object).",
        SchemaTooDeep;
    DefinitionUnused: INFO,
        "A definition is never used.",
        "Take it out, if nothing will need it.";
    DocumentTooLarge: ERROR,
        "The description is too large for the backend, even without white space.",
        "Leave out operations, examples and definitions that are not needed.";
    TooManyOperations: ERROR,
        "The description has more operations than the backend takes.",
        "Split the API into several connectors, or leave operations out.",
        TotalOperationsCountExceedsMaxAllowed;
    TooManySchemas: ERROR,
        "A body has more schemas than the backend takes.",
        "Leave out properties that callers do not need, or leave the inner ones open (type: object).",
        BodySchemaCountExceedsMaxAllowed, TotalSchemaCountExceedsMaxAllowed;
    ReferenceChain: ERROR,
        "A shared parameter or response is itself a reference.",
        "Write it out, or refer to the other one where it is used.",
        ParameterRefLoopNotAllowed, ResponseRefLoopNotAllowed;
    TagRepeated: WARNING,
        "A tag is defined twice.",
        "Keep one of the two.",
        TagRedefined;
    TextEmpty: WARNING,
        "A text that has to say something is empty.",
        "Fill it in.",
        RequiredValueEmpty;
    UrlInvalid: WARNING,
        "An address is not an absolute URL.",
        "Write it in full, with https.",
        UrlNotValid;
    ContactInvalid: WARNING,
        "The address of the contact is no e-mail address.",
        "Correct it.",
        ContactEmailNotValid;
    OperationTooManySchemas: ERROR,
        "An operation has more schemas than the backend takes.",
        "Leave out responses and properties that callers do not need.",
        OperationSchemaCountExceedsMaxAllowed;

    } };
}
