//! Rules. Extensions: their names, forms, places, and the operations that they call. No client.

macro_rules! extension {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    ExtensionUnknown: WARNING,
        "An x-ms- extension is not known.",
        "Check its spelling; unknown ones are registered as they are.";
    ExtensionValue: WARNING,
        "An extension's value is not of the form that it needs.",
        "Correct the value, or take the extension out.",
        MissingEnumValuesDisplayName, OneOfPropertiesRequired, JsonValueNotInEnum;
    VisibilityCase: WARNING,
        "The value of x-ms-visibility is in the wrong case.",
        "It is registered in lower case; correct it.";
    ExtensionOperation: WARNING,
        "An extension names an operation that the description does not have.",
        "Correct the operationId.",
        OperationIdNotFound;
    InternalWithoutDefault: WARNING,
        "A required parameter is hidden from authors and has no default.",
        "Give it a default, or make it visible.";
    WebhookWithoutDelete: WARNING,
        "A webhook trigger can subscribe, but no operation unsubscribes.",
        "Describe the DELETE operation that ends a subscription, or subscriptions stay behind.";
    ExtensionPlace: WARNING,
        "An extension stands where it means nothing.",
        "Move it to where it is documented to stand, or take it out.",
        QueryParameterEncodingNotSupported, NotificationExtensionNotSupportedInWebhookOperation,
        NotificationExtensionSupportedForTriggerOnly;
    ExtensionField: WARNING,
        "An extension holds a field that it does not have.",
        "Correct the name of the field, or take it out.",
        SelectedItemValuePathNotAllowedInThisPosition;
    DynamicOnBody: WARNING,
        "A dynamic extension stands at the body parameter, where nothing reads it.",
        "Move it into the schema of the body.",
        DynamicExtensionDefinitionNotAllowedInParameter;
    DynamicParameterUnknown: WARNING,
        "A dynamic extension hands over a parameter that the operation it calls does not have.",
        "Correct the name; a value in the body is named by its path there.",
        OperationParameterNameNotFound;
    DynamicParameterMissing: WARNING,
        "A dynamic extension does not hand over a parameter that the operation it calls needs.",
        "Add it under parameters of the extension, as a value or from a parameter of this operation.",
        OperationMissingRequiredProperty;
    DynamicParameterType: WARNING,
        "A dynamic extension hands over a value of another type than the parameter has.",
        "Hand over a value of the type of the parameter.",
        OperationParameterStaticTypeMismatch, OperationParameterTypeMismatch;
    DynamicSourceMissing: WARNING,
        "A dynamic extension takes a value from a parameter that its own operation does not have.",
        "Correct the name; a value in the body is named by its path there.",
        OperationParameterNameNotFound;
    DynamicSourceOptional: INFO,
        "A dynamic extension takes a value that its operation needs from an optional parameter.",
        "Authors see nothing to choose from until they fill it in; make it required, or give it a default.",
        OperationParameterRequiredMismatch;
    DynamicSourceInternal: WARNING,
        "A dynamic extension takes a value from a parameter that is hidden from authors.",
        "Write the value itself into the extension, or make the parameter visible.",
        SourcePropertyInternal;
    DynamicAmbiguous: REVIEW_WARNING,
        "A dynamic extension names what is both a parameter and a property of the body.",
        "Add the newer form, x-ms-dynamic-list or x-ms-dynamic-properties, which tells them apart.",
        OperationParameterNameIsAmbiguous, DynamicListExtensionRequiredForAmbiguousReferences,
        DynamicPropertiesExtensionRequiredForAmbiguousReferences;
    DynamicPath: WARNING,
        "A dynamic extension looks for something that the operation it calls does not return.",
        "Correct the path, or describe it in the successful response of that operation.",
        InvokedOperationShouldProduceArray, InvokedOperationShouldProduceProperty;
    DynamicTwinMissing: REVIEW_WARNING,
        "A dynamic extension needs its newer form beside it.",
        "Add x-ms-dynamic-list, x-ms-dynamic-properties or x-ms-dynamic-tree with the same meaning.",
        DynamicListExtensionRequiredForNonParameterReferences,
        DynamicPropertiesExtensionRequiredForNonParameterReferences,
        DynamicPropertiesExtensionRequiredForPropertiesValuePath, DynamicTreeExtensionMissing;
    DynamicTwinMismatch: REVIEW_WARNING,
        "The two forms of a dynamic extension name different paths.",
        "Let itemValuePath be what value-path is, without properties at its end.",
        DynamicPropertiesItemValuePathMismatch;
    CapabilityMissing: WARNING,
        "An extension uses a capability that the connector does not declare.",
        "Declare it under x-ms-capabilities, or name an operation.";
    EnumNameUnknown: WARNING,
        "An extension names a value that the enum does not have.",
        "Correct the value, or add it to enum.",
        InvalidEnumValuesExtensionValue;
    EnumNameRepeated: WARNING,
        "An extension names a value of an enum twice.",
        "Keep one of the two names.",
        DuplicateEnumValuesInExtension;
    PageableLink: REVIEW_WARNING,
        "The link to the next page has a name that is not looked for.",
        "Call it nextLink or @odata.nextLink.",
        InvalidNextLinkNameValue;
    WebhookWithoutUrl: WARNING,
        "A webhook trigger hands over no address for notifications.",
        "Mark a property of the body with x-ms-notification-url: true.",
        WebhookOperationsMissingNotificationUrlProperty;
    WebhookWithoutContent: WARNING,
        "A webhook trigger does not say what its notifications hold.",
        "Add x-ms-notification-content with a schema to the path.",
        OperationMustHaveNotificationContentExtension;
    NotificationUrlPlace: WARNING,
        "An address for notifications is marked in what is returned.",
        "Mark it in the body of the request that subscribes.",
        NotificationUrlNotAllowedInThisPosition;
    NotificationUrlType: WARNING,
        "An address for notifications is no text.",
        "Give it type: string.",
        NotificationUrlNotString;
    NotificationUrlOptional: WARNING,
        "An address for notifications may be left out.",
        "Require it, and all that it is in.",
        NotificationUrlNotRequired;
    NotificationUrlVisible: WARNING,
        "An address for notifications is shown to authors.",
        "Give it, or what it is in, x-ms-visibility: internal.",
        NotificationUrlNotInternal;
    NotificationTarget: WARNING,
        "The operation that x-ms-notification names is no webhook.",
        "Name the operation that subscribes.",
        NotificationOperationMustBeWebhook;
    NotificationParameters: WARNING,
        "A trigger and its webhook describe one parameter in two ways.",
        "Give both the same type and visibility.",
        ParamtersWithSameNameMustHaveSameTypeAndVisibility;
    AnnotationReplacement: WARNING,
        "The replacement of an operation is not as it should be.",
        "Name api and operationId of what replaces it, and mark the operation as deprecated.",
        ApiAnnotationExtensionReplacementInfoForNonDeprecatedOperations,
        ApiAnnotationExtensionReplacementInfoMissingApiProperty,
        ApiAnnotationExtensionReplacementInfoMissingOperationIdProperty;
    StatusAhead: REVIEW_WARNING,
        "An operation is in Production before its connector is.",
        "Give the operation the status Preview, or the connector the status Production.",
        OperationStatusAheadOfConnector;
    FamilySuffix: REVIEW_WARNING,
        "The operationId of a later revision does not end in its number.",
        "End it in V and the revision, such as GetInvoiceV2.",
        OperationIdShouldEndWithRevision;
    FamilyRevisionRepeated: WARNING,
        "A family of operations has a revision twice.",
        "Give each operation of the family its own revision.",
        OperationFamilyHasDuplicateRevisions;
    FamilyRevisionMissing: WARNING,
        "Several operations of a family have no revision.",
        "Give each operation of the family its own revision.",
        OperationFamilyHasManyEmptyRevisions, OperationRevisionEmpty;
    FamilyActive: REVIEW_WARNING,
        "A family offers more than two operations.",
        "Mark the older ones as deprecated.",
        OperationFamilyHasManyActiveOperations;
    FamilyProduction: REVIEW_WARNING,
        "A family offers several operations in Production.",
        "Mark the older ones as deprecated.",
        OperationFamilyHasManyActiveProductionOperations;
    EditorDictionary: WARNING,
        "The editor for dictionaries is asked for at what is no dictionary.",
        "Use it at a schema of type object with additionalProperties.",
        InvalidCustomEditorExtensionDictionaryValue;

    } };
}
