//! What the operator knows, and what is to be done next: events in, work out. No client, no clock.
//!
//! One value owns all state and one task drives it, so nothing here needs a lock, and every decision can be tested
//! by telling the world what happened and asking what it wants done.

mod backends;
mod compare;
mod dependents;
mod examine;
mod resolve;
mod schedule;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use self::{
    backends::BackendState,
    dependents::{Dependents, Referent},
};
use super::{
    backend_object::BackendObject,
    claims::Claims,
    queue::{Depth, Queue, Urgency},
    sweep::{Count, Sweep, SweepReport},
};
use crate::reconcile::{
    Pass, Report,
    entry::{Entry, Key},
    parsed::Parsed,
    target::{BackendKey, Effect},
};

/// Passes under way at once in a lane that says nothing else. There is no limit over all lanes: a shared one would let
/// a backend that hangs hold the places of all others.
pub(super) const LANE_CAPACITY: usize = 32;

/// Something that happened in the cluster.
#[derive(Clone, Debug)]
pub enum Event {
    /// A connector is so.
    Connector(Arc<Entry>),
    /// A connector is gone.
    ConnectorGone(Key),
    /// A backend is so.
    Backend(Box<BackendObject>),
    /// A backend is gone.
    BackendGone(BackendKey),
    /// A namespace has these labels.
    Namespace(String, BTreeMap<String, String>),
    /// A namespace is gone.
    NamespaceGone(String),
    /// A ConfigMap has this version.
    ConfigMap(Key, String),
    /// A ConfigMap is gone.
    ConfigMapGone(Key),
    /// Every first list has arrived: absence now means absence.
    Synced,
}

/// Something to be done outside.
#[derive(Debug)]
pub enum Work {
    /// Run a pass over a connector.
    Pass(Box<Pass>),
    /// Look at a backend.
    Sweep(Box<Sweep>),
    /// Bring the counts in a backend's status up to date.
    Count(Box<Count>),
}

/// Both clocks: one for order, one for people's times.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The steady clock.
    pub instant: Instant,
    /// The wall clock.
    pub wall: Timestamp,
}

/// Where a pass takes a place while it runs.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Lane {
    /// With one of its backends.
    Backend(BackendKey),
    /// With no backend: it only writes a status.
    Bare,
}

/// A connector as known, and how it fared.
#[derive(Clone, Debug)]
struct Connector {
    entry: Arc<Entry>,
    /// Whether the present generation was brought to its end; kept, as parsing a status takes long for a count.
    done: bool,
    /// How often it is checked.
    interval: Duration,
    /// Passes in a row that had to wait.
    failures: u32,
}

/// Who this operator is to others.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Cluster {
    /// This cluster's id, as tags carry it.
    pub id: String,
    /// Ids that it had before it was rebuilt.
    pub former_ids: Vec<String>,
}

/// Everything known.
#[derive(Debug)]
pub struct World {
    cluster: Cluster,
    connectors: BTreeMap<Key, Connector>,
    backends: BTreeMap<BackendKey, BackendState>,
    namespaces: HashMap<String, BTreeMap<String, String>>,
    config_maps: HashMap<Key, String>,
    dependents: Dependents,
    claims: Claims,
    queue: Queue<Key, Lane>,
    /// Connectors whose document is to be compared in their next pass.
    compare: HashSet<Key>,
    synced: bool,
}

impl World {
    /// A world in which nothing has happened yet.
    pub fn new(cluster: Cluster) -> Self {
        Self {
            cluster,
            connectors: BTreeMap::new(),
            backends: BTreeMap::new(),
            namespaces: HashMap::new(),
            config_maps: HashMap::new(),
            dependents: Dependents::default(),
            claims: Claims::default(),
            queue: Queue::new(LANE_CAPACITY),
            compare: HashSet::new(),
            synced: false,
        }
    }

    /// Takes in what happened.
    pub fn observe(&mut self, event: Event, now: Now) {
        match event {
            Event::Connector(entry) => self.connector_is(&entry, now),
            Event::ConnectorGone(key) => self.connector_gone(&key, now),
            Event::Backend(object) => self.backend_is(*object, now),
            Event::BackendGone(key) => self.backend_gone(&key, now),
            Event::Namespace(name, labels) => self.namespace_is(name, Some(labels), now),
            Event::NamespaceGone(name) => self.namespace_is(name, None, now),
            Event::ConfigMap(key, version) => {
                let referent = Referent::ConfigMap(key.clone());
                if self.config_maps.insert(key, version.clone()).as_deref() != Some(version.as_str()) {
                    self.wake(&referent, Urgency::Change, now);
                }
            }
            Event::ConfigMapGone(key) => {
                self.config_maps.remove(&key);
                self.wake(&Referent::ConfigMap(key), Urgency::Change, now);
            }
            Event::Synced => {
                self.synced = true;
                let keys: Vec<Key> = self.connectors.keys().cloned().collect();
                for key in keys {
                    self.consider(&key, Urgency::Recheck, now);
                }
            }
        }
    }

    /// Everything that can be started now; it is taken as started.
    pub fn work(&mut self, now: Now) -> Vec<Work> {
        let mut work = Vec::new();
        if !self.synced {
            return work;
        }
        work.extend(
            self.due_sweeps(now)
                .into_iter()
                .map(|sweep| Work::Sweep(Box::new(sweep))),
        );
        work.extend(
            self.due_counts(now)
                .into_iter()
                .map(|count| Work::Count(Box::new(count))),
        );
        loop {
            let next = self
                .queue
                .next(now.instant, |key| lanes(&self.connectors, &self.backends, key));
            let Some((key, _)) = next else { return work };
            match self.begin_pass(&key, now) {
                Some(pass) => work.push(Work::Pass(Box::new(pass))),
                None => self.queue.done(&key),
            }
        }
    }

    /// When there may be work although nothing happened; `None`: not before something happens.
    pub fn next_due(&self) -> Option<Instant> {
        let backends = self.backends.values().filter_map(BackendState::next_due);
        backends.chain(self.queue.next_due()).min()
    }

    /// A pass has ended.
    pub fn passed(&mut self, key: &Key, report: Report, now: Now) {
        self.queue.done(key);
        let Report {
            entry,
            effects,
            verdict,
            throttled,
            suspects,
            notices: _,
        } = report;
        for (backend, name, effect) in effects {
            self.record(&backend, &name, effect);
        }
        for (backend, pause) in throttled {
            self.throttle(&backend, pause, now);
        }
        for backend in suspects {
            self.probe(&backend, now);
        }
        if let Some(entry) = entry {
            self.replace_if_newer(&entry, now);
        }
        self.schedule(key, verdict, now);
    }

    /// How much waits and runs.
    pub fn depth(&self, now: Instant) -> Depth {
        self.queue.depth(now)
    }

    /// A look at a backend has ended.
    pub fn swept(&mut self, key: &BackendKey, report: SweepReport, now: Now) {
        let news = self.take_sweep(key, report, now);
        // A backend that fails as before has nothing to tell those who wait for it.
        if news {
            self.wake(&Referent::Backend(key.clone()), Urgency::Recheck, now);
            for connector in self.due_comparisons(key, now) {
                self.queue.push(connector, Urgency::Recheck, now.instant);
            }
        }
    }

    /// How many connectors are ready, and how many are not.
    pub fn ready(&self) -> (usize, usize) {
        let ready = self
            .connectors
            .values()
            .filter(|connector| connector.done)
            .count();
        (ready, self.connectors.len() - ready)
    }

    fn connector_is(&mut self, entry: &Arc<Entry>, now: Now) {
        let key = entry.key();
        let old = self
            .connectors
            .get(&key)
            .map(|connector| Arc::clone(&connector.entry));
        if !self.replace_if_newer(entry, now) {
            return;
        }
        let wakes = old.is_none_or(|old| {
            old.uid() != entry.uid()
                || old.generation() != entry.generation()
                || old.is_deleting() != entry.is_deleting()
                || old.requested_at() != entry.requested_at()
                || old.has_finalizer() && !entry.has_finalizer()
        });
        if wakes {
            if let Some(connector) = self.connectors.get_mut(&key) {
                connector.failures = 0;
            }
            self.consider(&key, Urgency::Change, now);
        }
    }

    /// Keeps the entry unless a newer one is known, and files what it refers to and claims.
    fn replace_if_newer(&mut self, entry: &Arc<Entry>, now: Now) -> bool {
        let key = entry.key();
        let failures = match self.connectors.get(&key) {
            Some(known) if known.entry.is_newer_than(entry) => return false,
            Some(known) => known.failures,
            None => 0,
        };
        let parsed = Parsed::of(entry);
        let (done, interval) = (parsed.is_done(), parsed.interval());
        self.connectors.insert(
            key.clone(),
            Connector {
                entry: Arc::clone(entry),
                done,
                interval,
                failures,
            },
        );
        self.file(&key, &parsed, now);
        true
    }

    fn connector_gone(&mut self, key: &Key, now: Now) {
        self.connectors.remove(key);
        self.queue.remove(key);
        self.compare.remove(key);
        for former in self.dependents.remove(key) {
            self.leave(&former, now);
        }
        for rival in self.claims.remove(key) {
            self.consider(&rival, Urgency::Change, now);
        }
    }

    fn namespace_is(&mut self, name: String, labels: Option<BTreeMap<String, String>>, now: Now) {
        let known = self.namespaces.get(&name);
        if known == labels.as_ref() {
            return;
        }
        let within: Vec<Key> = resolve::of_namespace(&self.connectors, &name).cloned().collect();
        match labels {
            Some(labels) => self.namespaces.insert(name, labels),
            None => self.namespaces.remove(&name),
        };
        for key in within {
            self.consider(&key, Urgency::Change, now);
        }
    }

    /// Queues the connectors that depend on something, where a pass would find something to do.
    fn wake(&mut self, referent: &Referent, urgency: Urgency, now: Now) {
        for key in self.dependents.of(referent) {
            self.consider(&key, urgency, now);
        }
    }

    /// Queues a connector if a pass would find something to do.
    fn consider(&mut self, key: &Key, urgency: Urgency, now: Now) {
        if self.synced && self.is_due(key, now) {
            self.queue.push(key.clone(), urgency, now.instant);
        }
    }

    fn record(&mut self, backend: &BackendKey, name: &str, effect: Effect) {
        if let Some(state) = self.backends.get_mut(backend) {
            state.record(name, effect);
        }
    }
}

fn lanes(
    connectors: &BTreeMap<Key, Connector>,
    backends: &BTreeMap<BackendKey, BackendState>,
    key: &Key,
) -> Vec<Lane> {
    let Some(connector) = connectors.get(key) else {
        return vec![Lane::Bare];
    };
    let lanes = resolve::backends_of(&Parsed::of(&connector.entry), backends)
        .into_iter()
        .map(Lane::Backend)
        .collect::<Vec<_>>();
    if lanes.is_empty() { vec![Lane::Bare] } else { lanes }
}
