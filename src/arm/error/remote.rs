//! Reads the errors of a backend, in all their shapes, and says what can be done about them. No client.
//!
//! Resource Manager answers `{"error": {code, message, details}}`. `Microsoft.Web` answers
//! `{Code, Message, Details: [… {ErrorEntity: {ExtendedCode, …}}]}`, alone or as text inside the other's
//! message. The extended code is the one that stays the same between versions.

use http::StatusCode;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    ErrorKind,
    text::{Confidential, MESSAGE_LIMIT, WORD_LIMIT},
};

/// How often an error may be packed into another.
const NESTING_LIMIT: usize = 4;
/// At how many braces of a message an error is looked for.
const NESTED_TRIES: usize = 8;

/// A backend's own words.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::arm) struct RemoteError {
    pub(in crate::arm) code: Option<String>,
    pub(in crate::arm) extended_code: Option<String>,
    pub(in crate::arm) message: Option<String>,
}

impl RemoteError {
    /// What `body` says, or `None` where it is not an error of a resource manager: a proxy's page, say.
    pub(in crate::arm) fn read(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        Self::from_value(&value)
    }

    /// What a JSON value says that is, or holds, an error.
    pub(in crate::arm) fn from_value(value: &Value) -> Option<Self> {
        let mut found = Self::default();
        found.add(value.as_object()?, NESTING_LIMIT);
        (found.code.is_some() || found.message.is_some()).then_some(found)
    }

    fn add(&mut self, object: &Map<String, Value>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match field(object, "error") {
            Some(Value::Object(inner)) => return self.add(inner, depth),
            // As identity providers have it: {"error": "invalid_token", "error_description": "…"}.
            Some(Value::String(code)) => {
                self.code = Some(code.clone());
                self.message = field(object, "error_description").and_then(text);
                return;
            }
            Some(_) | None => {}
        }
        self.code = field(object, "code").and_then(text).or_else(|| self.code.take());
        if let Some(message) = field(object, "message").and_then(text) {
            let nested = nested_object(&message);
            self.message = Some(message);
            if let Some(nested) = nested {
                self.add(&nested, depth);
            }
        }
        for detail in list(object, "details") {
            self.add_detail(detail);
        }
        self.add_policies(object);
    }

    /// Names the policies that forbid it: Resource Manager keeps them out of the message, under `additionalInfo`.
    fn add_policies(&mut self, object: &Map<String, Value>) {
        let names: Vec<String> = list(object, "additionalInfo").filter_map(policy).collect();
        if let Some(message) = &mut self.message
            && names.iter().any(|name| !message.contains(name.as_str()))
        {
            // In front, since a long message is cut.
            *message = format!("{}: {message}", names.join(", "));
        }
    }

    fn add_detail(&mut self, detail: &Value) {
        let entity = detail
            .as_object()
            .and_then(|detail| field(detail, "errorEntity"))
            .and_then(Value::as_object);
        let Some(entity) = entity else { return };
        if self.extended_code.is_none() {
            self.extended_code = field(entity, "extendedCode").and_then(text);
        }
        if self.message.is_none() {
            self.message = field(entity, "message").and_then(text);
        }
    }

    /// Fit to be shown.
    pub(in crate::arm) fn cleaned(self, confidential: Confidential<'_>) -> Self {
        let word = |word: String| confidential.clean(&word, WORD_LIMIT);
        Self {
            code: self.code.map(word),
            extended_code: self.extended_code.map(word),
            message: self
                .message
                .map(|message| confidential.clean(&message, MESSAGE_LIMIT)),
        }
    }

    /// What can be done about an answer of `status` with these words. Codes go first: one status stands
    /// for many things.
    pub(in crate::arm) fn kind(&self, status: Option<StatusCode>) -> ErrorKind {
        self.kind_by_code().unwrap_or_else(|| kind_by_status(status))
    }

    fn kind_by_code(&self) -> Option<ErrorKind> {
        let code = self.code.as_deref()?;
        let is = |name: &str| code.eq_ignore_ascii_case(name);
        if is("PrincipalNotFound") {
            Some(ErrorKind::PrincipalNotFound)
        } else if is("RoleAssignmentExists") {
            Some(ErrorKind::RoleAssignmentExists {
                existing: self.message.as_deref().and_then(last_uuid),
            })
        } else if is("RoleAssignmentUpdateNotPermitted") {
            Some(ErrorKind::UpdateNotPermitted)
        } else if is("RoleAssignmentLimitExceeded") || ends_with(code, "QuotaExceeded") {
            Some(ErrorKind::QuotaExceeded)
        } else if is("RequestDisallowedByPolicy") {
            // Its status is that of a missing right, but no right helps.
            Some(ErrorKind::Rejected)
        } else if ends_with(code, "IsInConflictState") {
            Some(ErrorKind::Conflict)
        } else {
            None
        }
    }
}

fn kind_by_status(status: Option<StatusCode>) -> ErrorKind {
    // No status: the operation itself reported its failure, long after it was accepted.
    let Some(status) = status else {
        return ErrorKind::Rejected;
    };
    match status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized,
        StatusCode::FORBIDDEN => ErrorKind::Forbidden,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::CONFLICT => ErrorKind::Conflict,
        StatusCode::PRECONDITION_FAILED => ErrorKind::PreconditionFailed,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled,
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => ErrorKind::TimedOut,
        status if status.is_client_error() => ErrorKind::Rejected,
        status if status.is_server_error() => ErrorKind::Unavailable,
        _ => ErrorKind::Garbage,
    }
}

/// The items of a field that is a list, if it is one.
fn list<'a>(object: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    field(object, name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The assignment of a policy that is violated, by the name that people gave it.
fn policy(info: &Value) -> Option<String> {
    let info = info.as_object()?;
    let kind = field(info, "type").and_then(Value::as_str)?;
    let about = field(info, "info").and_then(Value::as_object)?;
    let names = [
        "policyAssignmentDisplayName",
        "policyAssignmentName",
        "policyDefinitionDisplayName",
    ];
    let name = names.iter().find_map(|name| field(about, name).and_then(text))?;
    (kind == "PolicyViolation").then(|| format!("policy \"{name}\""))
}

/// A field by its name, in whatever case.
fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The object that a message holds as text, with or without words around it.
fn nested_object(message: &str) -> Option<Map<String, Value>> {
    message
        .match_indices('{')
        .take(NESTED_TRIES)
        .find_map(|(start, _)| {
            let rest = message.get(start..)?;
            let value = serde_json::Deserializer::from_str(rest)
                .into_iter::<Map<String, Value>>()
                .next()?;
            value.ok().filter(|object| !object.is_empty())
        })
}

/// The last UUID in `text`, with or without hyphens.
fn last_uuid(text: &str) -> Option<Uuid> {
    text.split(|character: char| !character.is_ascii_hexdigit() && character != '-')
        .filter_map(|word| Uuid::try_parse(word).ok())
        .next_back()
}

fn ends_with(code: &str, end: &str) -> bool {
    code.to_ascii_lowercase().ends_with(&end.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const WEB: &str = r#"{"Code":"BadRequest","Message":"Swagger contains base path:/json but backend Url doesn't end on same path:/json' ","Target":null,
        "Details":[{"Message":"m"},{"Code":"BadRequest"},{"ErrorEntity":{"ExtendedCode":"14024","MessageTemplate":"t","Parameters":["/json"],"Code":"BadRequest","Message":"m"}}],"Innererror":null}"#;

    fn read(value: &Value) -> RemoteError {
        RemoteError::from_value(value).unwrap()
    }

    #[test]
    fn an_error_of_the_resource_manager_is_read() {
        let error =
            read(&json!({"error": {"code": "AuthorizationFailed", "message": "no right", "details": []}}));
        assert_eq!(error.code.as_deref(), Some("AuthorizationFailed"));
        assert_eq!(error.message.as_deref(), Some("no right"));
        assert_eq!(error.kind(Some(StatusCode::FORBIDDEN)), ErrorKind::Forbidden);
    }

    #[test]
    fn an_error_of_the_provider_is_read_alone_and_packed_into_another() {
        let alone: Value = serde_json::from_str(WEB).unwrap();
        let packed = json!({"error": {"code": "BadRequest", "message": WEB}});
        let with_words =
            json!({"error": {"code": "DeploymentFailed", "message": format!("It failed: '{WEB}'.")}});
        for value in [alone, packed, with_words] {
            let error = read(&value);
            assert_eq!(error.code.as_deref(), Some("BadRequest"));
            assert_eq!(error.extended_code.as_deref(), Some("14024"));
            assert!(error.message.unwrap().starts_with("Swagger contains base path"));
        }
    }

    #[test]
    fn a_policy_that_forbids_it_is_named() {
        let error = read(&json!({"error": {
            "code": "RequestDisallowedByPolicy", "target": "orders", "message": "Resource 'orders' was disallowed by policy.",
            "additionalInfo": [{"type": "PolicyViolation", "info": {
                "policyAssignmentDisplayName": "Allowed locations", "policyAssignmentName": "a1b2"}}],
        }}));
        assert_eq!(
            error.message.as_deref(),
            Some("policy \"Allowed locations\": Resource 'orders' was disallowed by policy.")
        );
        assert_eq!(error.kind(Some(StatusCode::FORBIDDEN)), ErrorKind::Rejected);
    }

    #[test]
    fn quotas_are_told_by_their_codes_whatever_the_status() {
        for code in [
            "RoleAssignmentLimitExceeded",
            "RegionalCustomApisQuotaExceeded",
            "QuotaExceeded",
        ] {
            let error = read(&json!({"error": {"code": code, "message": "too many"}}));
            assert_eq!(
                error.kind(Some(StatusCode::FORBIDDEN)),
                ErrorKind::QuotaExceeded,
                "{code}"
            );
        }
    }

    #[test]
    fn a_message_with_a_brace_that_is_no_object_stays_a_message() {
        let error = read(&json!({"error": {"code": "X", "message": "path /a/{id} is wrong"}}));
        assert_eq!(error.message.as_deref(), Some("path /a/{id} is wrong"));
    }

    #[test]
    fn a_page_of_a_proxy_is_no_error_of_a_backend() {
        for body in [
            "",
            "default backend - 404",
            "<html></html>",
            "[]",
            "{}",
            "{\"status\":404}",
        ] {
            assert_eq!(RemoteError::read(body.as_bytes()), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_left(body in ".{0,200}", code in ".{0,20}") {
            let packed = json!({"error": {"code": code, "message": body, "details": [{"ErrorEntity": {"ExtendedCode": body}}]}});
            prop_assert!(RemoteError::read(packed.to_string().as_bytes()).is_some() || (code.is_empty() && body.is_empty()));
            let _ = RemoteError::read(body.as_bytes());
        }
    }

    #[test]
    fn endless_nesting_is_cut_off() {
        let mut value = json!({"code": "deep"});
        for _ in 0..8 {
            value = json!({"code": "outer", "message": value.to_string()});
        }
        assert_eq!(read(&value).code.as_deref(), Some("outer"));
    }

    #[test]
    fn an_existing_grant_is_named() {
        let uuid = Uuid::from_u128(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
        for id in [uuid.simple().to_string(), uuid.hyphenated().to_string()] {
            let error = read(&json!({"error": {
                "code": "RoleAssignmentExists",
                "message": format!("The role assignment already exists. The ID of the existing role assignment is {id}.")
            }}));
            assert_eq!(
                error.kind(Some(StatusCode::CONFLICT)),
                ErrorKind::RoleAssignmentExists { existing: Some(uuid) }
            );
        }
        let silent = read(
            &json!({"error": {"code": "RoleAssignmentExists", "message": "The role assignment already exists."}}),
        );
        assert_eq!(
            silent.kind(Some(StatusCode::CONFLICT)),
            ErrorKind::RoleAssignmentExists { existing: None }
        );
    }

    #[test]
    fn codes_tell_more_than_statuses() {
        for (status, code, expected) in [
            (400, "PrincipalNotFound", ErrorKind::PrincipalNotFound),
            (
                400,
                "RoleAssignmentUpdateNotPermitted",
                ErrorKind::UpdateNotPermitted,
            ),
            (400, "RoleAssignmentLimitExceeded", ErrorKind::QuotaExceeded),
            (403, "RegionalCustomApisQuotaExceeded", ErrorKind::QuotaExceeded),
            (400, "CustomApiIsInConflictState", ErrorKind::Conflict),
            (409, "ScopeLocked", ErrorKind::Conflict),
            (400, "InvalidSwagger", ErrorKind::Rejected),
            (413, "RequestTooLarge", ErrorKind::Rejected),
            (401, "ExpiredAuthenticationToken", ErrorKind::Unauthorized),
            (404, "ResourceGroupNotFound", ErrorKind::NotFound),
            (412, "PreconditionFailed", ErrorKind::PreconditionFailed),
            (429, "SubscriptionRequestsThrottled", ErrorKind::Throttled),
            (408, "RequestTimeout", ErrorKind::TimedOut),
            (500, "InternalServerError", ErrorKind::Unavailable),
            (504, "GatewayTimeout", ErrorKind::TimedOut),
            (307, "Moved", ErrorKind::Garbage),
        ] {
            let error = read(&json!({"error": {"code": code}}));
            assert_eq!(
                error.kind(Some(StatusCode::from_u16(status).unwrap())),
                expected,
                "{code}"
            );
        }
    }
}
