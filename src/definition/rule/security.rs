//! Rules. Security schemes, what requires them, and secrets. No client.

macro_rules! security {
    ([$next:ident $($rest:ident)*] $($rows:tt)*) => { $next! { [$($rest)*] $($rows)*

    OAuthUrlInsecure: ERROR,
        "An OAuth 2.0 address is not https.",
        "Use an https address: tokens would travel in the clear.";
    OAuthFlow: WARNING,
        "The OAuth 2.0 flow is not one that connectors use.",
        "Connectors use the authorization code (flow: accessCode).";
    SecuritySeveral: WARNING,
        "The description has several security schemes; a connector has one.",
        "The first is used; put the right one first, or set spec.authentication.";
    SecurityUndefined: WARNING,
        "A security requirement names a scheme that is not defined.",
        "Define it under securityDefinitions, or correct the name.",
        SecurityRequirementMustBeDefined;
    SecurityAlternatives: WARNING,
        "Security requirements offer a choice, a combination, or differ between operations.",
        "A connection carries one kind of credential; keep one requirement for the whole API.";
    SecurityUnused: WARNING,
        "A security scheme is defined, but nothing requires it.",
        "Add it to security.";
    SecurityScopes: WARNING,
        "A security requirement names a scope that its scheme does not have.",
        "Declare the scope, or leave it out; only OAuth 2.0 has scopes.",
        OAuthSecurityRequirementValueMustBeScopeName, SecurityRequirementMustHaveEmptyValue;
    SecretInDescription: JUDGED,
        "The description seems to hold a secret.",
        "Take it out, and replace the secret where it was issued: it has been seen. Secrets belong into a \
        Kubernetes Secret.";
    SecretInText: WARNING,
        "A text, an example or an own field seems to hold a secret.",
        "Take it out, and replace the secret where it was issued: everybody who may read the description has \
        seen it.";

    } };
}
