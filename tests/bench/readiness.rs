//! When connectors became ready, as somebody who watches them sees it. Client required.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::{StreamExt as _, pin_mut};
use http::Request;
use kube::{Client, core::WatchEvent};
use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::{
    fleet::CONNECTORS,
    harness::{Failure, control_plane::ControlPlane, poll::poll},
};

/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// Between an end of the watch that was no ordinary one and the next.
const BEFORE_AGAIN: Duration = Duration::from_millis(200);

/// What of a connector matters here.
#[derive(Clone, Debug, Deserialize)]
struct Connector {
    metadata: Metadata,
    #[serde(default)]
    status: Status,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    generation: i64,
    resource_version: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Status {
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    r#type: String,
    status: String,
    observed_generation: Option<i64>,
}

/// By generation and name, when a connector was first seen to be ready.
type Seen = BTreeMap<i64, HashMap<String, Instant>>;

/// Watches the connectors of a run for as long as it lives.
#[derive(Debug)]
pub(crate) struct Readiness {
    seen: Arc<Mutex<Seen>>,
    watching: JoinHandle<()>,
}

impl Drop for Readiness {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Readiness {
    /// Begins to watch.
    pub(crate) async fn watch(control_plane: &ControlPlane) -> Result<Self, Failure> {
        let client = control_plane.client().await?;
        let seen = Arc::default();
        let watching = tokio::spawn(follow(client, Arc::clone(&seen)));
        Ok(Self { seen, watching })
    }

    /// Returns once `count` connectors are ready in that generation.
    pub(crate) async fn all(&self, generation: i64, count: usize, limit: Duration) -> Result<(), Failure> {
        let mut told = Instant::now();
        poll("ready connectors", limit, async || {
            let ready = self.with(generation, |seen| seen.map_or(0, HashMap::len));
            if told.elapsed() >= TOLD_EVERY {
                told = Instant::now();
                eprintln!("    {ready} of {count} ready");
            }
            Ok(if ready >= count {
                Ok(())
            } else {
                Err(format!("{ready} of {count}"))
            })
        })
        .await
    }

    /// When the connector was first seen to be ready in that generation.
    pub(crate) fn of(&self, generation: i64, name: &str) -> Option<Instant> {
        self.with(generation, |seen| seen.and_then(|seen| seen.get(name).copied()))
    }

    fn with<T>(&self, generation: i64, read: impl FnOnce(Option<&HashMap<String, Instant>>) -> T) -> T {
        read(
            self.seen
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&generation),
        )
    }
}

/// The API server ends a watch at times, in a burst several times: it goes on from what was seen last.
async fn follow(client: Client, seen: Arc<Mutex<Seen>>) {
    let mut version = "0".to_owned();
    loop {
        if let Err(failure) = watch(&client, &seen, &mut version).await {
            eprintln!("    the benchmark's own watch ended and begins anew: {failure:?}");
            "0".clone_into(&mut version);
            tokio::time::sleep(BEFORE_AGAIN).await;
        }
    }
}

async fn watch(client: &Client, seen: &Mutex<Seen>, version: &mut String) -> Result<(), Failure> {
    let path = format!("{CONNECTORS}?watch=true&resourceVersion={version}");
    let request = Request::get(path)
        .body(Vec::new())
        .map_err(Failure::call("watch connectors"))?;
    let events = client.request_events::<Connector>(request).await;
    let events = events.map_err(Failure::call("watch connectors"))?;
    pin_mut!(events);
    while let Some(event) = events
        .next()
        .await
        .transpose()
        .map_err(Failure::call("watch connectors"))?
    {
        match event {
            WatchEvent::Added(connector) | WatchEvent::Modified(connector) => {
                version.clone_from(&connector.metadata.resource_version);
                note(seen, connector);
            }
            WatchEvent::Deleted(connector) => *version = connector.metadata.resource_version,
            WatchEvent::Bookmark(bookmark) => *version = bookmark.metadata.resource_version,
            WatchEvent::Error(status) => {
                return Err(Failure::call("watch connectors")(std::io::Error::other(
                    status.message,
                )));
            }
        }
    }
    Ok(())
}

fn note(seen: &Mutex<Seen>, connector: Connector) {
    let Connector { metadata, status } = connector;
    let ready = status.conditions.iter().any(|condition| {
        condition.r#type == "Ready"
            && condition.status == "True"
            && condition.observed_generation == Some(metadata.generation)
    });
    if ready {
        let now = Instant::now();
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(metadata.generation)
            .or_default()
            .entry(metadata.name)
            .or_insert(now);
    }
}
