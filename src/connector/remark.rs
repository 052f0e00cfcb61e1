//! What a connector's author should know about what is registered. No client.

use crate::definition::Severity;

/// One thing to know that follows from description and spec together. Quotes neither, so that it can be shown
/// also of a description from a Secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// The stable code, in one list with the codes of the description's findings.
    pub code: &'static str,
    /// How much it weighs; never an error.
    pub severity: Severity,
    /// The part of the description that it is about, as a JSON pointer.
    pub pointer: &'static str,
    /// What is so.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

const SECURITY: &str = "/securityDefinitions";

impl Remark {
    pub(super) fn authentication_replaced(described: &str, wanted: &str) -> Self {
        Self {
            code: "AuthenticationReplaced",
            severity: Severity::Warning,
            pointer: SECURITY,
            message: format!(
                "The description asks for {described}; spec.authentication.{wanted} says otherwise and is what is \
                 registered."
            ),
            help: "Correct whichever of the two is wrong.",
        }
    }

    pub(super) fn authentication_added() -> Self {
        Self {
            code: "AuthenticationAdded",
            severity: Severity::Info,
            pointer: SECURITY,
            message:
                "The description has no security scheme; that of spec.authentication is registered with it."
                    .to_owned(),
            help: "Nothing is needed; in the description it would serve other readers too.",
        }
    }

    pub(super) fn client_id_missing() -> Self {
        Self {
            code: "ClientIdMissing",
            severity: Severity::Warning,
            pointer: SECURITY,
            message: "The description asks for OAuth 2.0, and no client id is known: nobody can sign in through the \
                      connector."
                .to_owned(),
            help: "Set spec.authentication.oauth2, or entraId, with the client id of the application.",
        }
    }
}
