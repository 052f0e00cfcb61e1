//! Rules of Microsoft's validator that are not judged here, each with the reason. No client.

const FILTER: &str =
    "It is about a field of an extension that is neither documented nor found in any published connector.";

/// Ids of rules of Microsoft's validator that no rule here matches, and why.
pub const UNMATCHED: &[(&str, &str)] = &[
    ("FilterFunctionsPropertyEmpty", FILTER),
    ("FilterFunctionsPropertyHasDuplicates", FILTER),
    ("FilterFunctionsPropertyInInputSchema", FILTER),
    ("FilterFunctionsPropertyInvalidValue", FILTER),
    (
        "ProductionStatusOnBetaService",
        "Whether the service behind a connector is a beta is not said in its description.",
    ),
];
