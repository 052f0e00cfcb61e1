//! Operations that go on after their answer. Client required.
//!
//! By the resource provider contract: `Azure-AsyncOperation` is looked at first, then `Location` of a 202,
//! then the resource's own `provisioningState`. Links are followed on this backend only.

use std::time::Duration;

use http::{HeaderName, Method, StatusCode, header::LOCATION};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{
    Client,
    request::{Answer, Request},
    retry_after::retry_after,
};
use crate::arm::{
    connection_parameter::null_as_default,
    error::{ArmError, ErrorKind},
    operation::Operation,
};

const ASYNC_OPERATION: HeaderName = HeaderName::from_static("azure-asyncoperation");

/// What a deletion came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deletion {
    /// It was there and is gone.
    Deleted,
    /// It was not there.
    Absent,
}

/// Where an operation that goes on is looked at.
enum Watched {
    /// A status document, always answered with 200.
    Status(Url),
    /// Answers 202 until it is done.
    Location(Url),
    /// The resource itself.
    Resource(Url),
}

/// What one look showed.
enum Seen {
    Running,
    Done(Option<Answer>),
    Failed(ArmError),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resource {
    #[serde(deserialize_with = "null_as_default")]
    properties: ResourceProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceProperties {
    provisioning_state: Option<String>,
}

impl Client {
    /// Sends a PUT or PATCH and follows it to its end; the resource as it is then. Where the answers do
    /// not show it, it is read by `reading`.
    pub(super) async fn change<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        reading: Operation,
    ) -> Result<T, ArmError> {
        let answer = self.send(request).await?;
        let shown = match self.watched(request, &answer)? {
            Some(watched) => self.follow(request, &watched, &answer).await?,
            None if answer.body.is_empty() => None,
            None => Some(answer),
        };
        if let Some(answer) = shown {
            return answer.read(request);
        }
        let read = Request::new(reading, request.resource, request.url.clone());
        let found = self.found(&read).await?.ok_or_else(|| {
            request
                .error(ErrorKind::Conflict)
                .message_of_ours("the backend reported success, but then it was not there")
        })?;
        found.read(&read)
    }

    /// Sends a DELETE and follows it to its end. What is not there is a success.
    pub(super) async fn delete(&self, request: &Request<'_>) -> Result<Deletion, ArmError> {
        let answer = match self.send(request).await {
            Ok(answer) => answer,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Deletion::Absent),
            Err(error) => return Err(error),
        };
        if answer.status == StatusCode::NO_CONTENT {
            return Ok(Deletion::Absent);
        }
        if let Some(watched) = self.watched(request, &answer)? {
            self.follow(request, &watched, &answer).await?;
        }
        Ok(Deletion::Deleted)
    }

    fn watched(&self, request: &Request<'_>, answer: &Answer) -> Result<Option<Watched>, ArmError> {
        let accepted = answer.status == StatusCode::ACCEPTED;
        if let Some(url) = self.link(request, answer, &ASYNC_OPERATION)? {
            return Ok(Some(Watched::Status(url)));
        }
        // With another status it is merely where the resource is.
        if accepted && let Some(url) = self.link(request, answer, &LOCATION)? {
            return Ok(Some(Watched::Location(url)));
        }
        let deletes = request.operation.method() == Method::DELETE;
        let running = accepted || (!deletes && !answer.body.is_empty() && !is_settled(request, answer)?);
        Ok(running.then(|| Watched::Resource(request.url.clone())))
    }

    fn link(
        &self,
        request: &Request<'_>,
        answer: &Answer,
        header: &HeaderName,
    ) -> Result<Option<Url>, ArmError> {
        let Some(value) = answer.headers.get(header) else {
            return Ok(None);
        };
        let url = value.to_str().ok().and_then(|link| self.own_link(link));
        url.map(Some)
            .ok_or_else(|| answer.not_understood(request, format!("the link in `{header}` leads elsewhere")))
    }

    async fn follow(
        &self,
        request: &Request<'_>,
        watched: &Watched,
        accepted: &Answer,
    ) -> Result<Option<Answer>, ArmError> {
        let deadline = Instant::now() + self.0.options.operation_timeout;
        let (Watched::Status(url) | Watched::Location(url) | Watched::Resource(url)) = watched;
        let poll = Request::new(Operation::PollOperation, request.resource, url.clone());
        let mut asked = retry_after(&accepted.headers);
        loop {
            let wait = self.poll_wait(asked);
            if Instant::now() + wait >= deadline {
                let limit = self.0.options.operation_timeout.as_secs();
                return Err(request
                    .error(ErrorKind::TimedOut)
                    .message_of_ours(format!("accepted, but still not done after {limit} s")));
            }
            tokio::time::sleep(wait).await;
            asked = match self.send(&poll).await {
                Ok(answer) => {
                    let asked = retry_after(&answer.headers);
                    match look(request, watched, answer)? {
                        Seen::Running => asked,
                        Seen::Done(answer) => return Ok(answer),
                        Seen::Failed(error) => return Err(error),
                    }
                }
                Err(error) if look_failed(error.kind()) => error.retry_after(),
                Err(error) if error.kind() == ErrorKind::NotFound && ends_in_absence(request, watched) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
        }
    }

    fn poll_wait(&self, asked: Option<Duration>) -> Duration {
        let waits = &self.0.waits;
        asked.unwrap_or(waits.poll).max(waits.shortest_poll)
    }
}

/// What an answer shows of the operation.
fn look(request: &Request<'_>, watched: &Watched, answer: Answer) -> Result<Seen, ArmError> {
    let state = match watched {
        Watched::Location(_) if answer.status == StatusCode::ACCEPTED => return Ok(Seen::Running),
        Watched::Location(_) => return Ok(Seen::Done(None)),
        Watched::Status(_) => {
            let status: Value = answer.read(request)?;
            match status.get("status").and_then(Value::as_str) {
                Some(state) => state.to_owned(),
                None => return Err(answer.not_understood(request, "an operation without a status")),
            }
        }
        Watched::Resource(_) if request.operation.method() == Method::DELETE => return Ok(Seen::Running),
        Watched::Resource(_) => provisioning_state(request, &answer)?,
    };
    Ok(match progress(&state) {
        Progress::Running => Seen::Running,
        Progress::Failed => Seen::Failed(failure(request, &state, &answer)),
        Progress::Succeeded => Seen::Done(match watched {
            Watched::Resource(_) => Some(answer),
            Watched::Status(_) | Watched::Location(_) => None,
        }),
    })
}

/// Whether a look failed, which says nothing of the operation.
fn look_failed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::TimedOut
    )
}

fn ends_in_absence(request: &Request<'_>, watched: &Watched) -> bool {
    request.operation.method() == Method::DELETE
        && matches!(watched, Watched::Resource(_) | Watched::Location(_))
}

enum Progress {
    Running,
    Succeeded,
    Failed,
}

/// The contract names three ends; everything else is on the way.
fn progress(state: &str) -> Progress {
    match state.to_ascii_lowercase().as_str() {
        "succeeded" => Progress::Succeeded,
        "failed" | "canceled" => Progress::Failed,
        _ => Progress::Running,
    }
}

fn is_settled(request: &Request<'_>, answer: &Answer) -> Result<bool, ArmError> {
    Ok(!matches!(
        progress(&provisioning_state(request, answer)?),
        Progress::Running
    ))
}

/// Its state; a resource without one is done.
fn provisioning_state(request: &Request<'_>, answer: &Answer) -> Result<String, ArmError> {
    let resource: Resource = answer.read(request)?;
    let state = resource.properties.provisioning_state;
    Ok(state.unwrap_or_else(|| "Succeeded".to_owned()))
}

fn failure(request: &Request<'_>, state: &str, answer: &Answer) -> ArmError {
    let remote = answer.remote_error(request).unwrap_or_default();
    let kind = remote.kind(None);
    if remote.message.is_some() {
        request.error(kind).said(remote)
    } else {
        request
            .error(kind)
            .message_of_ours(format!("accepted, but the operation ended as {state}"))
    }
}
