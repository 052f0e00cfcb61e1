//! What can go wrong with a call, by what the caller can do about it. No client.

pub(super) mod remote;
pub(super) mod text;

use std::{error::Error as StdError, fmt, time::Duration};

use http::StatusCode;
use uuid::Uuid;

use super::{operation::Operation, token::TokenError};

/// A call that did not do what it was to do.
///
/// Displayed as what was attempted on what, why it failed, and the backend's own words, cut to 500
/// characters; never with a token, a client secret or a URL's query. The cause is in `source()`.
#[derive(Debug)]
pub struct ArmError(Box<Details>);

#[derive(Debug)]
struct Details {
    kind: ErrorKind,
    operation: Operation,
    resource: String,
    status: Option<StatusCode>,
    code: Option<String>,
    extended_code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    widely: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What the caller can do about an [`ArmError`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorKind {
    /// Wait as long as [`ArmError::retry_after`] says. Also answered by the client itself, without a
    /// request, while the backend's wish lasts.
    Throttled,
    /// Try again later: no connection, or the backend failed.
    Unavailable,
    /// Look before trying again: it may or may not have taken effect.
    TimedOut,
    /// Replace the credential.
    Unauthorized,
    /// Give the credential the right that the message names.
    Forbidden,
    /// There is no such resource, group or subscription, in the backend's own words.
    NotFound,
    /// Something of this name exists already.
    PreconditionFailed,
    /// Read again, then try again.
    Conflict,
    /// Remove something, or have the limit raised.
    QuotaExceeded,
    /// Change what is sent.
    Rejected,
    /// Wait some minutes if the principal is new; else correct its id.
    PrincipalNotFound,
    /// The same grant exists under another name: `existing`, where the backend tells.
    RoleAssignmentExists {
        /// The other assignment's name.
        existing: Option<Uuid>,
    },
    /// Delete the assignment and make a new one.
    UpdateNotPermitted,
    /// Check the address: what answered does not speak the contract, or answered what cannot be true.
    Garbage,
    /// Raise the limit, or ask for less.
    TooLarge,
    /// Correct the request: it was not sent.
    Unsendable,
}

impl ErrorKind {
    /// One word for conditions, events and metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Throttled => "Throttled",
            Self::Unavailable => "Unavailable",
            Self::TimedOut => "TimedOut",
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::PreconditionFailed => "PreconditionFailed",
            Self::Conflict => "Conflict",
            Self::QuotaExceeded => "QuotaExceeded",
            Self::Rejected => "Rejected",
            Self::PrincipalNotFound => "PrincipalNotFound",
            Self::RoleAssignmentExists { .. } => "RoleAssignmentExists",
            Self::UpdateNotPermitted => "UpdateNotPermitted",
            Self::Garbage => "Garbage",
            Self::TooLarge => "TooLarge",
            Self::Unsendable => "Unsendable",
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::Throttled => "the backend asks to slow down",
            Self::Unavailable => "the backend is not available",
            Self::TimedOut => "no answer in time, so it may or may not have taken effect",
            Self::Unauthorized => "the backend rejected the credential; replace it",
            Self::Forbidden => "the credential lacks the right to do this",
            Self::NotFound => "the backend knows no such resource",
            Self::PreconditionFailed => "something of this name exists already",
            Self::Conflict => "it is in conflict with another operation or with what exists",
            Self::QuotaExceeded => "a limit of the backend is reached",
            Self::Rejected => "the backend refused it",
            Self::PrincipalNotFound => {
                "the backend does not know the principal; a new one is known after some minutes"
            }
            Self::RoleAssignmentExists { .. } => "the same grant exists under another name",
            Self::UpdateNotPermitted => "scope, role and principal of a role assignment cannot be changed",
            Self::Garbage => {
                "the answer was not understood; check that the backend's address is that of a resource manager"
            }
            Self::TooLarge => "the answer is larger than the limit",
            Self::Unsendable => "the request was not sent",
        }
    }
}

impl ArmError {
    pub(super) fn new(kind: ErrorKind, operation: Operation, resource: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            operation,
            resource: resource.into(),
            status: None,
            code: None,
            extended_code: None,
            message: None,
            request_id: None,
            retry_after: None,
            widely: false,
            source: None,
        }))
    }

    /// The client's own words, in place of the backend's.
    pub(super) fn message_of_ours(mut self, message: impl Into<String>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    pub(super) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(super) fn retried_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(super) fn throttled(mut self, widely: bool) -> Self {
        self.0.widely = widely;
        self
    }

    pub(super) fn answered(mut self, status: StatusCode, request_id: Option<String>) -> Self {
        self.0.status = Some(status);
        self.0.request_id = request_id;
        self
    }

    pub(super) fn said(mut self, remote: remote::RemoteError) -> Self {
        let remote::RemoteError {
            code,
            extended_code,
            message,
        } = remote;
        self.0.code = code;
        self.0.extended_code = extended_code;
        self.0.message = message;
        self
    }

    /// What can be done about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was attempted.
    pub fn operation(&self) -> Operation {
        self.0.operation
    }

    /// The id of the resource it was attempted on, or of the list's scope.
    pub fn resource(&self) -> &str {
        &self.0.resource
    }

    /// The HTTP status, if there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The most telling of the backend's codes: the extended one of `Microsoft.Web`, else the plain one.
    pub fn code(&self) -> Option<&str> {
        self.0.extended_code.as_deref().or(self.0.code.as_deref())
    }

    /// The backend's own words, at most 500 characters.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// What the backend's operators need to find the call.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the backend asks to wait: 1 s to 10 min.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Why there was no token to send the request with, if that is what kept it from being sent.
    pub fn no_token(&self) -> Option<&TokenError> {
        self.0.source.as_deref()?.downcast_ref()
    }

    /// Whether the backend asks to be left alone with more than this one resource.
    pub fn is_throttled_widely(&self) -> bool {
        self.0.kind == ErrorKind::Throttled && self.0.widely
    }
}

impl ArmError {
    /// The error without what differs from one attempt to the next, the request's id and the time to wait: the same
    /// failure gives the same text, which can be kept and compared.
    pub fn steady(&self) -> String {
        let details = &*self.0;
        let what = format!(
            "{} {}: {}",
            details.operation,
            details.resource,
            details.kind.explanation()
        );
        what + &self.words()
    }

    /// The backend's own words, as they are appended to ours.
    fn words(&self) -> String {
        match (self.code(), self.message()) {
            (Some(code), Some(message)) => format!(": {code}: {message}"),
            (Some(text), None) | (None, Some(text)) => format!(": {text}"),
            (None, None) => String::new(),
        }
    }
}

impl fmt::Display for ArmError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        let (operation, resource) = (details.operation, &details.resource);
        write!(
            formatter,
            "{operation} {resource}: {}",
            details.kind.explanation()
        )?;
        if let Some(wait) = details.retry_after {
            write!(formatter, ", try again in {} s", wait.as_secs())?;
        }
        formatter.write_str(&self.words())?;
        match (details.status, &details.request_id) {
            (Some(status), Some(id)) => write!(formatter, " (HTTP {}, request {id})", status.as_u16()),
            (Some(status), None) => write!(formatter, " (HTTP {})", status.as_u16()),
            (None, Some(_) | None) => Ok(()),
        }
    }
}

impl StdError for ArmError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_a_sentence() {
        let error = ArmError::new(ErrorKind::Rejected, Operation::PutCustomApi, "/subscriptions/s/x")
            .answered(StatusCode::BAD_REQUEST, Some("r-1".to_owned()))
            .said(remote::RemoteError {
                code: Some("BadRequest".to_owned()),
                extended_code: Some("14024".to_owned()),
                message: Some("base path".to_owned()),
            });
        assert_eq!(
            error.to_string(),
            "register connector /subscriptions/s/x: the backend refused it: 14024: base path (HTTP 400, request r-1)"
        );
    }

    #[test]
    fn the_cause_is_in_the_source_only() {
        let error = ArmError::new(
            ErrorKind::Unavailable,
            Operation::GetCustomApi,
            "/subscriptions/s/x",
        )
        .caused_by("connection refused");
        assert!(!error.to_string().contains("refused"));
        assert_eq!(error.source().unwrap().to_string(), "connection refused");
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<ArmError>(), size_of::<usize>());
    }
}
