//! What goes wrong at the resource manager, as Azure words it. No client.
//!
//! Codes and shapes are those that Microsoft documents or that were seen; the words are our own.

use connector_operator::registry::{Action, Fault};
use serde_json::{Value, json};

/// Something that goes wrong with some requests.
#[derive(Clone, Debug)]
pub(crate) enum Trap {
    /// The caller lacks the right to that action.
    AuthorizationFailed {
        method: &'static str,
        action: &'static str,
    },
    /// A policy of that name does not want what is sent.
    DisallowedByPolicy { policy: &'static str },
    /// A limit is reached, with that code and status.
    Quota {
        of_grants: bool,
        status: u16,
        code: &'static str,
    },
    /// The principal is not known yet, for so many requests.
    PrincipalNotFound { times: u32 },
    /// A connector is answered to be made, and is not, so many times.
    MadeAndNotThere { times: u32 },
    /// A connector that is there is not found, so many times.
    NotSeenYet { times: u32 },
    /// Microsoft.Web's own error, as text in the message of Resource Manager's.
    WebError {
        extended: &'static str,
        message: &'static str,
    },
    /// Requests are refused for so many seconds, so many times, and Resource Manager says so itself.
    Throttled {
        method: &'static str,
        seconds: u64,
        times: u32,
    },
    /// A connector that somebody else works on.
    InConflictState { times: u32 },
    /// Resource Manager has waited a minute for the provider, which has done its work.
    ProviderTooSlow { method: &'static str, times: u32 },
}

impl Trap {
    /// The rule that the registry's own code carries out, in a scope, or anywhere where that is empty.
    pub(super) fn fault(&self, scope: &str) -> Fault {
        let connectors = format!("{scope}/providers/microsoft.web/customapis/");
        let grants = if scope.is_empty() {
            "/roleassignments/".to_owned()
        } else {
            format!("{connectors}contacts/providers/microsoft.authorization/roleassignments/")
        };
        let (connectors, grants) = (connectors.trim_start_matches("/providers"), grants.as_str());
        match *self {
            Self::AuthorizationFailed { method, action } => {
                let path = if action.contains("Authorization") {
                    grants
                } else {
                    connectors
                };
                let message = format!(
                    "The client 'app' with object id 'o' does not have authorization to perform action '{action}' \
                     over scope '/subscriptions/s' or the scope is invalid."
                );
                refusal(
                    Some(method),
                    path,
                    None,
                    403,
                    &error("AuthorizationFailed", &message),
                )
            }
            Self::DisallowedByPolicy { policy } => {
                refusal(Some("PUT"), connectors, None, 403, &disallowed(policy))
            }
            Self::Quota {
                of_grants,
                status,
                code,
            } => refusal(
                Some("PUT"),
                if of_grants { grants } else { connectors },
                None,
                status,
                &error(code, "The limit of the subscription is reached."),
            ),
            Self::PrincipalNotFound { times } => {
                let body = error(
                    "PrincipalNotFound",
                    "The principal does not exist in the directory.",
                );
                refusal(Some("PUT"), grants, Some(times), 400, &body)
            }
            Self::MadeAndNotThere { times } => rule(Some("PUT"), connectors, Some(times), Action::NoEffect),
            Self::NotSeenYet { times } => {
                let body = error("ResourceNotFound", "The resource was not found.");
                refusal(Some("GET"), connectors, Some(times), 404, &body)
            }
            Self::WebError { extended, message } => {
                let inner = json!({
                    "Code": "BadRequest", "Message": message, "Target": null,
                    "Details": [{ "Message": message }, { "Code": "BadRequest" }, { "ErrorEntity": {
                        "ExtendedCode": extended, "MessageTemplate": "{0}", "Parameters": [message],
                        "Code": "BadRequest", "Message": message,
                    } }],
                    "Innererror": null,
                });
                let body = error("BadRequest", &inner.to_string());
                refusal(Some("PUT"), connectors, None, 400, &body)
            }
            Self::Throttled {
                method,
                seconds,
                times,
            } => {
                let body = error("SubscriptionRequestsThrottled", "Too many requests.");
                let action = Action::Error {
                    status: 429,
                    body: Some(body.to_string()),
                    retry_after: Some(seconds),
                    after_effect: false,
                };
                rule(Some(method), "/subscriptions/", Some(times), action)
            }
            Self::InConflictState { times } => {
                let body = error("CustomApiIsInConflictState", "Another operation is under way.");
                refusal(Some("PUT"), connectors, Some(times), 409, &body)
            }
            Self::ProviderTooSlow { method, times } => {
                let body = error("GatewayTimeout", "The provider did not answer within 60 seconds.");
                let action = Action::Error {
                    status: 504,
                    body: Some(body.to_string()),
                    retry_after: None,
                    after_effect: true,
                };
                rule(Some(method), connectors, Some(times), action)
            }
        }
    }
}

fn rule(method: Option<&str>, path: &str, count: Option<u32>, action: Action) -> Fault {
    Fault {
        method: method.map(str::to_owned),
        path_contains: Some(path.to_owned()),
        probability: None,
        count,
        action,
    }
}

fn refusal(method: Option<&str>, path: &str, count: Option<u32>, status: u16, body: &Value) -> Fault {
    let action = Action::Error {
        status,
        body: Some(body.to_string()),
        retry_after: None,
        after_effect: false,
    };
    rule(method, path, count, action)
}

fn error(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

fn disallowed(policy: &str) -> Value {
    let scope = "/subscriptions/s/providers/Microsoft.Authorization";
    let named = json!([{
        "policyAssignment": { "name": policy, "id": format!("{scope}/policyAssignments/p1") },
        "policyDefinition": { "name": "Rule of it", "id": format!("{scope}/policyDefinitions/p2") },
    }]);
    json!({ "error": {
        "code": "RequestDisallowedByPolicy",
        "target": "contacts",
        "message": format!("Resource 'contacts' was disallowed by policy. Policy identifiers: '{named}'."),
        "additionalInfo": [{ "type": "PolicyViolation", "info": {
            "policyAssignmentDisplayName": policy,
            "policyAssignmentId": format!("{scope}/policyAssignments/p1"),
            "policyAssignmentName": "p1",
            "policyDefinitionDisplayName": "Rule of it",
            "policyDefinitionEffect": "Deny",
        } }],
    } })
}
