//! A server that speaks the ARM contract over an embedded database.
//!
//! It keeps custom connectors, connections and role assignments as Azure does: what is accepted, what is
//! refused and how, what an answer shows and what it leaves out. One client therefore serves both.
//!
//! - [`Registry::open`] takes hold of a data directory; [`Registry::listen`] takes a socket,
//!   and [`Listening::serve`] answers until told to stop.
//! - A request goes through [`handle`]: credentials, target, faults, budget, then the verb.
//! - What a path, a query and a body mean is decided by pure modules; [`store`] keeps the outcome.

mod body;
mod connection;
mod custom_api;
mod data_dir;
mod faults;
mod handle;
mod query;
mod rate;
mod refusal;
mod request;
mod role_assignment;
mod role_scope;
mod secrets;
mod serve;
mod show;
mod stamp;
mod store;
mod target;
mod tls;
mod tokens;

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use http::{HeaderValue, Request};
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

pub(crate) use self::data_dir::replace as replace_file;
use self::{data_dir::DataDir, rate::Budgets, store::Store, tokens::Tokens};
pub use self::{
    data_dir::DataDirError,
    faults::{Action, Fault, Faults},
    rate::{Bucket, RateLimit},
    role_assignment::{EDIT_ROLE, USE_ROLE},
    serve::{Listening, ServeError},
    store::OpenStoreError,
    tls::Tls,
    tokens::TokensError,
};

/// The roles that a registry knows by itself, by the names that connectors use.
pub const BUILT_IN_ROLES: &[(&str, Uuid)] = &[("Use", USE_ROLE), ("Edit", EDIT_ROLE)];

/// Connectors a subscription may hold unless told otherwise. Azure's own limit is 1,000.
pub const CONNECTOR_LIMIT: u32 = 100_000;
/// Role assignments a subscription may hold unless told otherwise. Azure's own limit is 4,000.
pub const ROLE_ASSIGNMENT_LIMIT: u32 = 1_000_000;

/// How a registry is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it keeps everything; made, for its owner alone, if it is not there.
    pub data_dir: PathBuf,
    /// A file of further tokens, a line each: a name, scopes (`read`, `write`, `share`) joined by commas, the token.
    /// It is read again when it changes.
    pub tokens: Option<PathBuf>,
    /// The location its resource groups show.
    pub location: String,
    /// Connectors in a subscription, at most.
    pub connector_limit: u32,
    /// Role assignments in a subscription, at most.
    pub role_assignment_limit: u32,
    /// How many requests a subscription may make; as many as it likes if nothing.
    pub rate_limit: Option<RateLimit>,
    /// How much later every request is answered.
    pub latency: Duration,
    /// Whether `/faults` and `/counters` exist.
    pub faults: bool,
}

impl Options {
    /// The defaults, on a data directory.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            tokens: None,
            location: "local".to_owned(),
            connector_limit: CONNECTOR_LIMIT,
            role_assignment_limit: ROLE_ASSIGNMENT_LIMIT,
            rate_limit: None,
            latency: Duration::ZERO,
            faults: false,
        }
    }
}

/// Why a registry could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its directory is not to be had.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Its callers' tokens are not to be had.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// Its database is not to be had.
    #[error(transparent)]
    Store(#[from] OpenStoreError),
}

/// A registry, open on its data directory. Clones are the same registry.
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
}

/// What every request is answered from.
struct Shared {
    store: Store,
    tokens: Tokens,
    instance: HeaderValue,
    location: String,
    connector_limit: i64,
    role_assignment_limit: i64,
    budgets: Budgets,
    latency: Duration,
    faults: Option<Faults>,
    clock: fn() -> Timestamp,
    _data_dir: DataDir,
}

impl Registry {
    /// Opens the registry, and makes its directory, token and database if they are not there. Must be called
    /// within a Tokio runtime.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let Options {
            data_dir,
            tokens,
            location,
            connector_limit,
            role_assignment_limit,
            rate_limit,
            latency,
            faults,
        } = options;
        let data_dir = DataDir::open(&data_dir)?;
        let tokens = Tokens::open(data_dir.token()?, tokens, data_dir::random_token()?)?;
        let store = Store::open(&data_dir.database()?).await?;
        let instance = HeaderValue::try_from(store.instance().to_string())
            .unwrap_or_else(|_| HeaderValue::from_static("unknown"));
        Ok(Self {
            shared: Arc::new(Shared {
                store,
                tokens,
                instance,
                location,
                connector_limit: connector_limit.into(),
                role_assignment_limit: role_assignment_limit.into(),
                budgets: Budgets::new(rate_limit),
                latency,
                faults: faults.then(Faults::default),
                clock: handle::now,
                _data_dir: data_dir,
            }),
        })
    }

    /// Made with the database: another id is another registry, or one that was emptied. Every answer carries
    /// it in `connectors-registry-instance`.
    pub fn instance_id(&self) -> Uuid {
        self.shared.store.instance()
    }

    /// A bearer token that opens everything, for callers in this process: it is no file's, so it stays good while
    /// those are replaced.
    pub fn token(&self) -> SecretString {
        self.shared.tokens.inner()
    }

    /// The faults in force and the requests counted, where [`Options::faults`] was set.
    pub fn faults(&self) -> Option<&Faults> {
        self.shared.faults.as_ref()
    }

    /// Everything it serves, for callers that come by plain http, or by what the whole URL of a request says.
    pub fn router(&self) -> Router {
        self.routes("http")
    }

    /// Ends its database after the changes under way. Requests are refused from then on.
    pub async fn close(&self) {
        self.shared.store.close().await;
    }

    fn routes(&self, scheme: &'static str) -> Router {
        let shared = Arc::clone(&self.shared);
        // Paths are compared without case, which a table of literal routes cannot do.
        Router::new().fallback(move |request: Request<Body>| {
            let shared = Arc::clone(&shared);
            async move { handle::answer(&shared, request, scheme).await }
        })
    }
}

#[cfg(test)]
mod tests;
