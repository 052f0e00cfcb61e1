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

    } };
}
