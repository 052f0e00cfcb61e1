//! The requests for tokens, within limits of time and size. Client required.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use reqwest::{RequestBuilder, redirect::Policy};
use url::Url;

use crate::arm::{read_body, retry_after};

/// How long a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long an answer may take, to its last byte.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// The longest answer that is read, in bytes.
const BODY_LIMIT: usize = 64 << 10;

/// What all who sign in ask through; made at the first request, since reading the system's certificates costs memory.
#[derive(Debug, Default)]
pub struct Http {
    web: Mutex<Option<reqwest::Client>>,
    local: Mutex<Option<reqwest::Client>>,
}

/// An answer, whatever it says.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    #[error("no client could be made")]
    Client(#[source] reqwest::Error),
    #[error("it cannot be reached")]
    Unreached(#[source] reqwest::Error),
    #[error("the connection broke")]
    Broken(#[source] reqwest::Error),
    #[error("it did not answer within {} s", ANSWER_LIMIT.as_secs())]
    TimedOut,
    #[error("its answer is longer than {BODY_LIMIT} bytes")]
    TooLong,
}

impl Http {
    /// Posts a form.
    pub(super) async fn post(&self, url: Url, form: String) -> Result<Answer, Silence> {
        let request = self.client(&url)?.post(url);
        answer(
            request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form),
        )
        .await
    }

    /// Asks, with a header that says that this is no accident.
    pub(super) async fn get(&self, url: Url, header: (&'static str, &str)) -> Result<Answer, Silence> {
        let (name, value) = header;
        answer(self.client(&url)?.get(url).header(name, value)).await
    }

    fn client(&self, url: &Url) -> Result<reqwest::Client, Silence> {
        let is_local = url.scheme() == "http";
        let kept = if is_local { &self.local } else { &self.web };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*kept {
            return Ok(client.clone());
        }
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(ANSWER_LIMIT)
            .user_agent(concat!("connector-operator/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never());
        let client = if is_local {
            // A machine's own identity is asked for on the machine: a proxy would give its own, or keep the answer.
            builder.no_proxy().tls_certs_only([]).build()
        } else {
            builder.https_only(true).build()
        };
        Ok(kept.insert(client.map_err(Silence::Client)?).clone())
    }
}

async fn answer(request: RequestBuilder) -> Result<Answer, Silence> {
    let response = request.send().await.map_err(silence)?;
    let (status, retry_after) = (response.status(), retry_after(response.headers()));
    let body = read_body(response, BODY_LIMIT).await.map_err(silence)?;
    Ok(Answer {
        status,
        retry_after,
        body: body.ok_or(Silence::TooLong)?,
    })
}

/// Without the address: it may have a query.
fn silence(error: reqwest::Error) -> Silence {
    let error = error.without_url();
    if error.is_connect() {
        Silence::Unreached(error)
    } else if error.is_timeout() {
        Silence::TimedOut
    } else {
        Silence::Broken(error)
    }
}
