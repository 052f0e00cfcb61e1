//! The process that passes over a connector, and what it keeps in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::{
    super::{
        Context,
        target::{Effect, Listed, Observed},
    },
    api_server::ApiServer,
    calls::Calls,
    cloud::{Cloud, Gateway},
    manifests::CLUSTER,
};
use crate::record::{Journal, Line};

/// What is lost when the operator is killed.
pub(super) struct Process {
    pub(super) calls: Calls,
    pub(super) context: Context,
    pub(super) journal: Journal,
    /// The lines of the record since the last pass began.
    told: Arc<Mutex<Vec<Line>>>,
    pub(super) gateway: Gateway,
    /// What each backend was last seen to hold of the connector.
    pub(super) seen: BTreeMap<String, Observed>,
}

impl Process {
    pub(super) async fn start(cloud: &Cloud, api: &ApiServer) -> Self {
        let calls = Calls::default();
        let told = Arc::<Mutex<Vec<Line>>>::default();
        let noted = Arc::clone(&told);
        cloud.namespaces.serve(api, &calls);
        Self {
            gateway: cloud.gateway(&calls).await,
            context: Context {
                client: cloud.namespaces.client(),
                cluster: (CLUSTER.to_owned(), Vec::new()),
                sources: Arc::clone(&cloud.sources),
                judging: Semaphore::new(1),
            },
            journal: Journal::start(now, move |line| noted.lock().unwrap().push(line.clone())),
            told,
            calls,
            seen: BTreeMap::new(),
        }
    }

    /// The lines of the record since this was asked last.
    pub(super) fn told(&self) -> Vec<Line> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }

    /// Remembers what a pass did to a backend.
    pub(super) fn apply(&mut self, backend: &str, effect: Effect) {
        let seen = self.seen.entry(backend.to_owned()).or_default();
        match effect {
            Effect::Shows(listed) => seen.connector = Some(listed),
            Effect::Grants(grants) => seen.grants = grants,
            Effect::LetGo => {
                seen.connector = Some(Listed {
                    owner: None,
                    marks: None,
                    as_sent: false,
                });
            }
            Effect::Gone => *seen = Observed::default(),
        }
    }
}

fn now() -> Timestamp {
    "2026-11-02T10:00:00Z".parse().unwrap()
}
