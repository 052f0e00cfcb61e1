//! A request within all limits: its turn, its time, its quick retries. Client required.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::{Instrument, debug_span, field::Empty};

use super::{
    Client,
    limits::Breadth,
    request::{Answer, Request},
};
use crate::arm::{
    error::{ArmError, ErrorKind},
    id::ResourceId,
    operation::Operation,
    token::TokenError,
};

/// How often a request is sent again at once. Waiting longer is the caller's business.
const QUICK_RETRIES: u32 = 2;

/// One request that was answered, or was not.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// What was attempted.
    pub operation: Operation,
    /// `Ok`, or the error's [`ErrorKind::reason`].
    pub outcome: &'static str,
    /// From first byte sent to last byte read.
    pub duration: Duration,
}

/// Told of every request that was sent, quick retries one by one.
pub trait Observer: Send + Sync + 'static {
    /// Called once the answer is read or the attempt has failed.
    fn called(&self, call: Call);

    /// Called where items of a list were not understood and left out: how many.
    fn skipped(&self, _operation: Operation, _items: usize) {}
}

impl Observer for () {
    fn called(&self, _call: Call) {}
}

/// What can be done where there is no token.
fn kind_without(error: &TokenError) -> ErrorKind {
    match error {
        TokenError::Empty | TokenError::Unprintable | TokenError::TooLong | TokenError::Refused(_) => {
            ErrorKind::Unauthorized
        }
        TokenError::Missing(_) | TokenError::NotPermitted(_) | TokenError::Unavailable { .. } => {
            ErrorKind::Unavailable
        }
    }
}

fn asked_wait(error: &TokenError) -> Option<Duration> {
    match error {
        TokenError::Unavailable { retry_after, .. } => *retry_after,
        TokenError::Empty
        | TokenError::Unprintable
        | TokenError::TooLong
        | TokenError::Refused(_)
        | TokenError::Missing(_)
        | TokenError::NotPermitted(_) => None,
    }
}

/// An attempt that failed, and whether another may be made.
pub(super) struct Failure {
    pub(super) error: ArmError,
    pub(super) again: Again,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Again {
    Never,
    /// The request has not reached the backend.
    Unsent,
    /// The request may have taken effect.
    Unsure,
    /// The token was refused; it may have been replaced meanwhile.
    OtherToken,
}

impl Client {
    /// What is at `id`, or `None` where the backend says that there is nothing.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        operation: Operation,
        id: &ResourceId,
        query: &str,
    ) -> Result<Option<T>, ArmError> {
        let request = Request::new(operation, id, self.url(operation, id, query)?);
        match self.found(&request).await? {
            Some(answer) => answer.read(&request).map(Some),
            None => Ok(None),
        }
    }

    /// The answer, or `None` where the backend says that there is nothing.
    pub(super) async fn found(&self, request: &Request<'_>) -> Result<Option<Answer>, ArmError> {
        match self.send(request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends `request`; at most twice more where that is safe and quick.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Answer, ArmError> {
        let mut left = self.0.options.request_timeout;
        let mut retries = 0;
        loop {
            let token = self.token(request).await?;
            let started = Instant::now();
            let failure = match self.attempt(request, &token, &mut left).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = match failure.again {
                Again::Never => return Err(failure.error),
                Again::OtherToken => {
                    let now = self.token(request).await?;
                    if now.expose_secret() == token.expose_secret() {
                        return Err(failure.error);
                    }
                    Duration::ZERO
                }
                Again::Unsure if request.create_only => return Err(failure.error),
                Again::Unsent | Again::Unsure => self.0.waits.quick_retry * 2_u32.pow(retries),
            };
            if retries == QUICK_RETRIES || pause >= left {
                return Err(failure.error);
            }
            retries += 1;
            left = left.saturating_sub(pause);
            tracing::debug!(
                operation = request.operation.as_str(),
                error.reason = failure.error.kind().reason(),
                after_ms = started.elapsed().as_millis(),
                "request is sent again"
            );
            tokio::time::sleep(pause).await;
        }
    }

    async fn token(&self, request: &Request<'_>) -> Result<SecretString, ArmError> {
        let token = self.0.tokens.token().await;
        token.map_err(|error| {
            request
                .error(kind_without(&error))
                .retried_after(asked_wait(&error))
                .message_of_ours("there is no token; nothing was sent")
                .caused_by(error)
        })
    }

    /// Waits for its turn, then makes one attempt, within what is `left` of the time.
    async fn attempt(
        &self,
        request: &Request<'_>,
        token: &SecretString,
        left: &mut Duration,
    ) -> Result<Answer, Failure> {
        self.not_paused(request)?;
        let _slot = self.0.limits.slot(request.operation.kind()).await;
        // The wait for the slot may have been long enough for others to be told to slow down.
        self.not_paused(request)?;
        let span = debug_span!(
            "arm_call",
            operation = request.operation.as_str(),
            status = Empty,
            request_id = Empty,
            duration_ms = Empty
        );
        let started = Instant::now();
        let exchange = self.exchange(request, token).instrument(span.clone());
        let result = match tokio::time::timeout(*left, exchange).await {
            Ok(result) => result,
            Err(_elapsed) => Err(Failure {
                error: request.error(ErrorKind::TimedOut),
                again: Again::Never,
            }),
        };
        let duration = started.elapsed();
        *left = left.saturating_sub(duration);
        span.record("duration_ms", duration.as_millis());
        self.0.observer.called(Call {
            operation: request.operation,
            outcome: match &result {
                Ok(_) => "Ok",
                Err(failure) => failure.error.kind().reason(),
            },
            duration,
        });
        result
    }

    fn not_paused(&self, request: &Request<'_>) -> Result<(), Failure> {
        let kind = request.operation.kind();
        let Some(pause) = self.0.limits.paused(kind, request.resource) else {
            return Ok(());
        };
        Err(Failure {
            error: request
                .error(ErrorKind::Throttled)
                .retried_after(Some(pause.left.max(Duration::from_secs(1))))
                .throttled(pause.breadth == Breadth::Kind)
                .message_of_ours("an earlier answer asked for this pause; nothing was sent"),
            again: Again::Never,
        })
    }
}
