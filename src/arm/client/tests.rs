//! The client against a backend on loopback.

mod examples;
mod failures;
mod long_running;
mod pages;
mod registry;
mod requests;
mod secrets;

use std::{
    error::Error as StdError,
    fmt::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{limits::Waits, *};
use crate::arm::{
    id::Scope,
    testing::{Backend, Reply},
    token::StaticToken,
};

/// What the client of a test sends as its token.
const TOKEN: &str = "canary-token";

/// Notes the outcome of each request, and counts the items that were skipped.
#[derive(Default)]
struct Outcomes(Mutex<Vec<(&'static str, &'static str)>>, AtomicUsize);

impl Observer for Outcomes {
    fn called(&self, call: Call) {
        self.0
            .lock()
            .unwrap()
            .push((call.operation.as_str(), call.outcome));
    }

    fn skipped(&self, _operation: Operation, items: usize) {
        self.1.fetch_add(items, Ordering::Relaxed);
    }
}

fn short_waits() -> Waits {
    Waits {
        quick_retry: Duration::from_millis(1),
        poll: Duration::from_millis(1),
        shortest_poll: Duration::ZERO,
    }
}

fn client_with(base: &str, options: Options, observer: Arc<dyn Observer>) -> Client {
    let tokens = Arc::new(StaticToken::new(&TOKEN.into()).unwrap());
    let endpoint = Endpoint::new(base, None).unwrap();
    Client::with_waits(endpoint, tokens, observer, options, short_waits()).unwrap()
}

fn client(backend: &Backend) -> Client {
    client_with(backend.base(), Options::default(), Arc::new(()))
}

async fn answering(replies: impl IntoIterator<Item = Reply>) -> (Backend, Client) {
    let backend = Backend::answering(replies).await;
    let client = client(&backend);
    (backend, client)
}

fn scope() -> Scope {
    Scope::new("0000", "team")
}

fn contacts() -> ResourceId {
    scope().custom_api("contacts")
}

/// How a backend shows a connector.
fn shown(name: &str) -> Value {
    json!({
        "id": scope().custom_api(name).as_str(), "name": name, "type": "Microsoft.Web/customApis",
        "location": "local", "tags": {"team": "contacts"}, "properties": {"displayName": name}
    })
}

/// An error with everything that could be printed of it.
fn everything(error: &dyn StdError) -> String {
    let mut text = format!("{error:?} {error:#?}");
    let mut cause = Some(error);
    while let Some(error) = cause {
        write!(text, " {error}").unwrap();
        cause = error.source();
    }
    text
}
