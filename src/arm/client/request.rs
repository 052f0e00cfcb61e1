//! What is asked, and what a good answer is. No client.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use url::Url;

use crate::arm::{
    error::{ArmError, ErrorKind, remote::RemoteError, text::Confidential},
    id::ResourceId,
    operation::Operation,
};

/// What is asked.
pub(super) struct Request<'a> {
    pub(super) operation: Operation,
    pub(super) resource: &'a ResourceId,
    pub(super) url: Url,
    pub(super) body: Option<Bytes>,
    /// Sent with `If-None-Match: *`. Not repeated when it is unsure whether it has taken effect: the
    /// second answer would deny what the first did.
    pub(super) create_only: bool,
    /// What the body holds that no message may repeat.
    pub(super) secrets: &'a [SecretString],
}

impl<'a> Request<'a> {
    pub(super) fn new(operation: Operation, resource: &'a ResourceId, url: Url) -> Self {
        Self {
            operation,
            resource,
            url,
            body: None,
            create_only: false,
            secrets: &[],
        }
    }

    /// Puts `body` into the request.
    pub(super) fn carry<E>(&mut self, body: Result<Bytes, E>) -> Result<(), ArmError>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let body = body.map_err(|error| self.error(ErrorKind::Unsendable).caused_by(error))?;
        self.body = Some(body);
        Ok(())
    }

    pub(super) fn error(&self, kind: ErrorKind) -> ArmError {
        ArmError::new(kind, self.operation, self.resource.as_str())
    }
}

/// A good answer (2xx).
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) request_id: Option<String>,
    /// What was sent with the request, so that it can be kept out of messages.
    pub(super) token: SecretString,
}

impl Answer {
    /// The body as a `T`.
    pub(super) fn read<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, ArmError> {
        // Without serde's words: they quote the body.
        serde_json::from_slice(&self.body).map_err(|error| {
            let place = format!("unexpected at line {} column {}", error.line(), error.column());
            self.not_understood(request, place)
        })
    }

    /// The error that a good answer may hold: that of an operation which went on and failed.
    pub(super) fn remote_error(&self, request: &Request<'_>) -> Option<RemoteError> {
        let confidential = Confidential {
            token: &self.token,
            secrets: request.secrets,
        };
        RemoteError::read(&self.body).map(|error| error.cleaned(confidential))
    }

    pub(super) fn not_understood(&self, request: &Request<'_>, why: impl Into<String>) -> ArmError {
        request
            .error(ErrorKind::Garbage)
            .answered(self.status, self.request_id.clone())
            .message_of_ours(why)
    }
}
