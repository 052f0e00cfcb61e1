//! The client of one backend. Client required.

mod budget;
mod custom_apis;
mod endpoint;
mod exchange;
mod groups_and_connections;
mod limits;
mod long_running;
mod pages;
mod request;
mod retry_after;
mod role_assignments;
#[cfg(test)]
mod tests;
mod wire;

use std::{collections::BTreeMap, fmt, num::NonZeroU32, sync::Arc, time::Duration};

use url::Url;

use self::limits::{Limits, Waits};
pub use self::{
    budget::{Budget, Budgets, Spender},
    custom_apis::Precondition,
    endpoint::{Endpoint, EndpointError},
    exchange::{Call, Observer},
    limits::INSTANCE_HEADER,
    long_running::Deletion,
    pages::Pages,
};
pub(crate) use self::{endpoint::address, retry_after::retry_after, wire::read_body};
use super::{
    error::{ArmError, ErrorKind},
    id::{ResourceId, WEB_API_VERSION},
    operation::Operation,
    token::TokenSource,
};

/// Limits of a [`Client`].
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long one request may take from first byte sent to last byte read, its quick retries included.
    /// Waiting for a free slot or for the rate does not count: a long queue is no fault of the backend.
    pub request_timeout: Duration,
    /// How long a long-running operation is followed.
    pub operation_timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub max_response_bytes: usize,
    /// How many requests are on their way at one time.
    pub max_in_flight: usize,
    /// How many requests are started in a second, with bursts of one second's worth; `None`: any number.
    pub requests_per_second: Option<NonZeroU32>,
    /// What the backend allows all clients that are counted together; `None`: it does not count.
    pub budget: Option<Arc<Budget>>,
    /// What the backend's logs show.
    pub user_agent: String,
}

impl Default for Options {
    /// Fits Azure: its own time limit for a provider is 60 s, its largest answer 8 MB.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(70),
            operation_timeout: Duration::from_mins(5),
            max_response_bytes: 16 << 20,
            max_in_flight: 8,
            requests_per_second: None,
            budget: None,
            user_agent: concat!("connector-operator/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("make an HTTP client for {endpoint}")]
pub struct ClientError {
    endpoint: String,
    source: reqwest::Error,
}

/// The client of one backend; clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    base: Url,
    tokens: Arc<dyn TokenSource>,
    observer: Arc<dyn Observer>,
    options: Options,
    limits: Limits,
    waits: Waits,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base", &self.0.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the backend at `endpoint`. Nothing is sent yet. `observer` is told of every request;
    /// `()` is one that does not listen.
    ///
    /// # Errors
    ///
    /// The system's or the given certificates cannot be used.
    pub fn new(
        endpoint: Endpoint,
        tokens: Arc<dyn TokenSource>,
        observer: Arc<dyn Observer>,
        options: Options,
    ) -> Result<Self, ClientError> {
        Self::with_waits(endpoint, tokens, observer, options, Waits::default())
    }

    fn with_waits(
        endpoint: Endpoint,
        tokens: Arc<dyn TokenSource>,
        observer: Arc<dyn Observer>,
        options: Options,
        waits: Waits,
    ) -> Result<Self, ClientError> {
        let http = endpoint.http(&options).map_err(|source| ClientError {
            endpoint: endpoint.base().to_string(),
            source: source.without_url(),
        })?;
        Ok(Self(Arc::new(Inner {
            http,
            base: endpoint.into_base(),
            tokens,
            observer,
            limits: Limits::new(
                options.max_in_flight,
                options.requests_per_second,
                options.budget.clone(),
            ),
            options,
            waits,
        })))
    }

    /// What the backend last said is left of each quota: the part of the header's name behind
    /// `x-ms-ratelimit-remaining-`, and the number.
    pub fn quotas(&self) -> BTreeMap<String, i64> {
        self.0.limits.quotas()
    }

    /// The registry's instance id as last answered: another one is another, probably empty, registry.
    pub fn instance(&self) -> Option<String> {
        self.0.limits.instance()
    }

    /// How long the backend wants to be left alone, for the longest of reads, writes and deletes.
    /// Requests of a throttled kind are refused here meanwhile.
    pub fn throttled_for(&self) -> Option<Duration> {
        self.0.limits.longest_pause()
    }

    /// The address of `resource` for `operation`. `query` is made of what is known here: it is escaped,
    /// but a `&` in it separates.
    fn url(&self, operation: Operation, resource: &ResourceId, query: &str) -> Result<Url, ArmError> {
        let unsendable = |why: &str| {
            ArmError::new(ErrorKind::Unsendable, operation, resource.as_str()).message_of_ours(why)
        };
        if !resource.is_addressable() {
            return Err(unsendable(
                "the id has an empty segment, `.`, `..` or a character that no name may have",
            ));
        }
        let mut url = self.0.base.clone();
        url.path_segments_mut()
            .map_err(|()| unsendable("the backend's address cannot have a path"))?
            .pop_if_empty()
            .extend(resource.as_str().split('/').skip(1));
        url.set_query(Some(query));
        Ok(url)
    }
}

fn web_query() -> String {
    format!("api-version={WEB_API_VERSION}")
}
