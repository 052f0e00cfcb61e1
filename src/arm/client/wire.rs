//! One request on the wire, and what its answer means. Client required.

use bytes::Bytes;
use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, IF_NONE_MATCH},
};
use secrecy::{ExposeSecret, SecretString};
use tracing::Span;
use uuid::Uuid;

use super::{
    Client,
    exchange::{Again, Failure},
    limits::Breadth,
    request::{Answer, Request},
    retry_after::retry_after,
};
use crate::arm::error::{
    ErrorKind,
    remote::RemoteError,
    text::{Confidential, WORD_LIMIT},
};

/// How much of an error's body is read, in bytes.
const ERROR_BODY_LIMIT: usize = 64 << 10;

impl Client {
    /// Sends `request` once and reads its answer.
    pub(super) async fn exchange(
        &self,
        request: &Request<'_>,
        token: &SecretString,
    ) -> Result<Answer, Failure> {
        let mut http = self
            .0
            .http
            .request(request.operation.method(), request.url.clone())
            .header(ACCEPT, "application/json")
            .header("x-ms-client-request-id", Uuid::new_v4().to_string())
            .bearer_auth(token.expose_secret());
        if request.create_only {
            http = http.header(IF_NONE_MATCH, "*");
        }
        if let Some(body) = &request.body {
            http = http.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = http.send().await.map_err(|error| no_answer(request, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.0.limits.note(&headers);
        let span = Span::current();
        span.record("status", status.as_u16());
        let confidential = Confidential {
            token,
            secrets: request.secrets,
        };
        let request_id = request_id(&headers, confidential);
        if let Some(id) = &request_id {
            span.record("request_id", id);
        }
        if !status.is_success() {
            // What can be read of it; the status says enough without.
            let body = read_body(response, ERROR_BODY_LIMIT)
                .await
                .ok()
                .flatten()
                .unwrap_or_default();
            return Err(self.refusal(request, confidential, status, &headers, &body));
        }
        match read_body(response, self.0.options.max_response_bytes).await {
            Ok(Some(body)) => Ok(Answer {
                status,
                headers,
                body,
                request_id,
                token: token.clone(),
            }),
            Ok(None) => Err(Failure {
                error: request
                    .error(ErrorKind::TooLarge)
                    .answered(status, request_id)
                    .message_of_ours(format!("more than {} bytes", self.0.options.max_response_bytes)),
                again: Again::Never,
            }),
            Err(error) => Err(no_answer(request, error)),
        }
    }

    /// What an answer other than 2xx means.
    fn refusal(
        &self,
        request: &Request<'_>,
        confidential: Confidential<'_>,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Failure {
        let wait = retry_after(headers);
        let remote = RemoteError::read(body);
        let kind = match &remote {
            // A proxy says 404 for what it does not know; believing it would lose every connector.
            None if status == StatusCode::NOT_FOUND => ErrorKind::Garbage,
            None => RemoteError::default().kind(Some(status)),
            Some(remote) => remote.kind(Some(status)),
        };
        let mut breadth = Breadth::Resource;
        if status == StatusCode::TOO_MANY_REQUESTS
            && let Some(wait) = wait
        {
            let asked = breadth_of(remote.as_ref(), headers);
            let kind = request.operation.kind();
            breadth = self.0.limits.pause(kind, request.resource, wait, asked);
        }
        if status == StatusCode::UNAUTHORIZED {
            self.0.tokens.refused(confidential.token);
        }
        let again = if kind == ErrorKind::Unauthorized {
            Again::OtherToken
        } else if matches!(kind, ErrorKind::Unavailable | ErrorKind::TimedOut) && wait.is_none() {
            Again::Unsure
        } else {
            Again::Never
        };
        let remote = remote.unwrap_or_else(|| plain_words(status, body));
        let request_id = request_id(headers, confidential);
        Failure {
            error: request
                .error(kind)
                .answered(status, request_id)
                .retried_after(wait)
                .throttled(breadth == Breadth::Kind)
                .said(remote.cleaned(confidential)),
            again,
        }
    }
}

/// For what a pause is asked. Resource Manager's own throttling, by subscription or tenant, says so in its code, and
/// its budget is at zero then; whatever stands in between may say no code at all. A provider that answers for a
/// resource, one that is locked for instance, speaks of that resource only.
fn breadth_of(remote: Option<&RemoteError>, headers: &HeaderMap) -> Breadth {
    let code = remote.and_then(|remote| remote.code.as_deref());
    let by_code = code.is_none_or(|code| code.to_ascii_lowercase().ends_with("requeststhrottled"));
    let spent = headers.iter().any(|(name, value)| {
        name.as_str().starts_with("x-ms-ratelimit-remaining-") && value.as_bytes() == b"0"
    });
    if by_code || spent {
        Breadth::Kind
    } else {
        Breadth::Resource
    }
}

/// What is known where there is no error of the contract.
fn plain_words(status: StatusCode, body: &[u8]) -> RemoteError {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let message = if status.is_redirection() {
        Some("it redirects, and redirects are not followed".to_owned())
    } else if text.is_empty() || text.starts_with('<') {
        None
    } else {
        Some(text.to_owned())
    };
    RemoteError {
        message,
        ..RemoteError::default()
    }
}

fn no_answer(request: &Request<'_>, error: reqwest::Error) -> Failure {
    let (kind, again) = if error.is_builder() {
        (ErrorKind::Unsendable, Again::Never)
    } else if error.is_connect() && error.is_timeout() {
        // Another try would take as long.
        (ErrorKind::Unavailable, Again::Never)
    } else if error.is_connect() {
        (ErrorKind::Unavailable, Again::Unsent)
    } else {
        (ErrorKind::Unavailable, Again::Unsure)
    };
    Failure {
        error: request
            .error(kind)
            // The URL may have a query.
            .caused_by(error.without_url()),
        again,
    }
}

/// The body, or `None` if it is longer than `limit`.
pub(crate) async fn read_body(
    mut response: reqwest::Response,
    limit: usize,
) -> reqwest::Result<Option<Bytes>> {
    let announced = response
        .content_length()
        .map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > limit {
        return Ok(None);
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(Bytes::from(body)))
}

/// What the backend's operators need to find the call.
fn request_id(headers: &HeaderMap, confidential: Confidential<'_>) -> Option<String> {
    let id = headers
        .get("x-ms-request-id")
        .or_else(|| headers.get("x-ms-correlation-request-id"))?;
    Some(confidential.clean(id.to_str().ok()?, WORD_LIMIT))
}
