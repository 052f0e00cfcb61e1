//! Why a request was not carried out, in the two shapes ARM callers have to read. No client.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// The code of 429 where a whole subscription asks for too much.
pub(super) const THROTTLED: &str = "SubscriptionRequestsThrottled";

/// An answer other than success: the status, the error body and the headers that belong to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Refusal(Box<Parts>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Parts {
    status: StatusCode,
    shape: Shape,
    header: Option<(header::HeaderName, HeaderValue)>,
}

/// The two error envelopes: ARM's own, and that of Microsoft.Web with its extended code.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Shape {
    Arm {
        code: &'static str,
        message: String,
    },
    Web {
        extended: &'static str,
        template: &'static str,
        parameters: Vec<String>,
        message: String,
    },
}

impl Refusal {
    fn of(status: StatusCode, shape: Shape) -> Self {
        Self(Box::new(Parts {
            status,
            shape,
            header: None,
        }))
    }

    /// A refusal in ARM's envelope, `{"error": {"code", "message"}}`.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::of(
            status,
            Shape::Arm {
                code,
                message: message.into(),
            },
        )
    }

    /// 400 in ARM's envelope.
    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 400 in Microsoft.Web's envelope. `template` refers to `parameters` as `{0}`, `{1}`, … .
    pub(super) fn web(extended: &'static str, template: &'static str, parameters: Vec<String>) -> Self {
        let message = parameters
            .iter()
            .enumerate()
            .fold(template.to_owned(), |text, (index, parameter)| {
                text.replace(&format!("{{{index}}}"), parameter)
            });
        let shape = Shape::Web {
            extended,
            template,
            parameters,
            message,
        };
        Self::of(StatusCode::BAD_REQUEST, shape)
    }

    /// 404 for a resource that is not there.
    pub(super) fn not_found(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            format!("The resource `{}` does not exist.", shortened(id)),
        )
    }

    /// 404 for a path that leads to nothing this server knows.
    pub(super) fn no_such_route(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NotFound",
            format!("No resource type is served under `{}`.", shortened(path)),
        )
    }

    /// 405, naming what the resource understands.
    pub(super) fn method_not_allowed(allowed: &'static str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            format!("This resource understands {allowed}."),
        )
        .with(header::ALLOW, HeaderValue::from_static(allowed))
    }

    /// 412 for an `If-Match` or `If-None-Match` that does not hold.
    pub(super) fn precondition_failed(message: &str) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", message)
    }

    /// 429 with the number of seconds after which the same request would be let through.
    pub(super) fn throttled(subscription: &str, operations: &str, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            THROTTLED,
            format!("Too many {operations} in subscription `{subscription}`: wait {seconds} s."),
        )
        .with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// 500 that tells the caller nothing of the cause; the cause is logged where it is known.
    pub(super) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "The registry could not use its database; nothing was changed. Its log says why.",
        )
    }

    /// The refusal with one header more.
    pub(super) fn with(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    fn body(&self) -> Value {
        match &self.0.shape {
            Shape::Arm { code, message } => json!({"error": {"code": code, "message": message}}),
            Shape::Web {
                extended,
                template,
                parameters,
                message,
            } => json!({
                "Code": "BadRequest",
                "Message": message,
                "Target": null,
                "Details": [
                    {"Message": message},
                    {"Code": "BadRequest"},
                    {"ErrorEntity": {
                        "ExtendedCode": extended,
                        "MessageTemplate": template,
                        "Parameters": parameters,
                        "Code": "BadRequest",
                        "Message": message,
                    }},
                ],
                "Innererror": null,
            }),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, axum::Json(self.body())).into_response();
        if let Some((name, value)) = self.0.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// A caller's text, short enough to repeat to it.
pub(super) fn shortened(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(500)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_refusal_carries_its_extended_code_and_its_filled_in_message() {
        let refusal = Refusal::web(
            "14024",
            "path {0} is no end of {1}",
            vec!["/a".into(), "/b".into()],
        );
        let body = refusal.body();
        assert_eq!(body["Message"], "path /a is no end of /b");
        assert_eq!(body["Details"][2]["ErrorEntity"]["ExtendedCode"], "14024");
        assert_eq!(
            body["Details"][2]["ErrorEntity"]["Parameters"],
            json!(["/a", "/b"])
        );
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        let response = Refusal::throttled("s", "reads", Duration::from_millis(1_001)).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
