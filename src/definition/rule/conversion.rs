//! Rules about what is done to a description before it is judged: conversion and trimming. No client.

macro_rules! conversion {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    // Trimming
    FilterLeavesNothing: ERROR,
        "The filter leaves no operation.",
        "Correct spec.definition.operations: a pattern is an operationId, a tag, or a path that begins \
        with a slash.";
    FilterUnmatched: WARNING,
        "A pattern of the filter matches no operation.",
        "Correct it in spec.definition.operations, or take it out.";
    OperationNeeded: INFO,
        "An operation stays that the filter leaves out, because another one looks something up with it.",
        "Include it in the filter, to say that it is meant to stay.";

    // OpenAPI 3.0 and 3.1
    WebhooksOnly: ERROR,
        "The description has webhooks and no operation.",
        "Describe the operations that a connector can call, such as the one that subscribes.";

    // Postman

    } };
}
