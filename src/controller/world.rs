//! What the operator knows, and what is to be done next: events in, work out. No client, no clock.
//!
//! One value owns all state and one task drives it, so nothing here needs a lock, and every decision can be tested
//! by telling the world what happened and asking what it wants done.

mod arrivals;
mod asked;
mod backends;
mod compare;
mod counts;
mod dependents;
mod examine;
mod leave;
mod resolve;
mod schedule;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use self::{
    backends::BackendState,
    dependents::{Dependents, Referent},
    leave::unseen_by,
};
use super::{
    backend_object::BackendObject,
    claims::Claims,
    queue::{Queue, Urgency},
    sweep::{Count, Sweep, SweepReport},
};
use crate::{
    metrics::Depth,
    reconcile::{
        Pass, Report,
        entry::{Entry, Key},
        parsed::Parsed,
        target::{BackendKey, Effect},
    },
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
    /// Passes in a row that had to wait.
    failures: u32,
    /// Whether the present generation was brought to its end; kept, as parsing a status takes long for a count.
    done: bool,
    /// How often it is to be checked.
    interval: Duration,
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
    /// Where passes under way register something that was not there before.
    starting: HashMap<Key, Vec<BackendKey>>,
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
            starting: HashMap::new(),
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
            Event::ConfigMap(key, version) => self.config_map_is(&key, Some(version), now),
            Event::ConfigMapGone(key) => self.config_map_is(&key, None, now),
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
            let next = self.queue.next(now.instant, |key| {
                lanes(self.connectors.get(key), &self.dependents, &self.backends, key)
            });
            let Some((key, _)) = next else { return work };
            match self.begin_pass(&key, now) {
                Some(pass) => {
                    self.reserve(&pass);
                    work.push(Work::Pass(Box::new(pass)));
                }
                None => self.queue.done(&key),
            }
        }
    }

    /// When there may be work although nothing happened; `None`: not before something happens.
    pub fn next_due(&self) -> Option<Instant> {
        if !self.synced {
            return None;
        }
        let backends = self.backends.values().filter_map(BackendState::next_due);
        backends.chain(self.queue.next_due()).min()
    }

    /// A pass has ended.
    pub fn passed(&mut self, key: &Key, report: Report, now: Now) {
        self.queue.done(key);
        self.unreserve(key);
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
            self.suspect(&backend, now);
        }
        // Of an object that is gone, or was made anew, what its former self's pass wrote is history.
        let known = self.connectors.get(key).map(|known| Arc::clone(&known.entry));
        if let Some(entry) = entry.filter(|entry| known.is_some_and(|known| known.uid() == entry.uid())) {
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
        let Some(news) = self.take_sweep(key, report, now) else {
            return;
        };
        for dependent in self.dependents.of(&Referent::Backend(key.clone())) {
            // Who waits for a retry goes on waiting: a backend that answers lists may still fail what is sent.
            if news || !self.waits_for_retry(&dependent) {
                self.consider(&dependent, Urgency::Recheck, now);
            }
        }
        for stray in self.strays_at(key) {
            self.consider(&stray, Urgency::Recheck, now);
        }
        if self.backends.get(key).is_some_and(|state| state.usable().is_ok()) {
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

    /// Queues the connectors that depend on something, where a pass would find something to do.
    fn wake(&mut self, referent: &Referent, urgency: Urgency, now: Now) {
        for key in self.dependents.of(referent) {
            self.consider(&key, urgency, now);
        }
    }

    /// Queues a connector if a pass would find something to do; else it is looked at when its time comes.
    fn consider(&mut self, key: &Key, urgency: Urgency, now: Now) {
        if let Some(known) = self.connectors.get(key) {
            self.consider_parsed(key, &Parsed::of(&known.entry), urgency, now);
        }
    }

    fn consider_parsed(&mut self, key: &Key, connector: &Parsed, urgency: Urgency, now: Now) {
        if !self.synced {
            return;
        }
        if self.is_due(connector, now) {
            self.queue.push(key.clone(), urgency, now.instant);
        } else if !self.queue.is_waiting(key) {
            self.look_later(key, connector, now);
        }
    }

    /// Whether it is not as it should be, and a pass is under way or set for a time.
    fn waits_for_retry(&self, key: &Key) -> bool {
        let queued = self.queue.is_waiting(key) || self.queue.is_running(key);
        queued && self.connectors.get(key).is_some_and(|known| !known.done)
    }

    fn record(&mut self, backend: &BackendKey, name: &str, effect: Effect) {
        if let Some(state) = self.backends.get_mut(backend) {
            state.record(name, effect);
        }
    }
}

/// The backends that a connector is registered with or wants to be, as far as they exist. One that goes waits for
/// those as well that may yet turn out to hold something of it.
fn lanes(
    connector: Option<&Connector>,
    dependents: &Dependents,
    backends: &BTreeMap<BackendKey, BackendState>,
    key: &Key,
) -> Vec<Lane> {
    let used = dependents
        .backends_of(key)
        .filter(|backend| backends.contains_key(*backend));
    let going = connector.filter(|connector| connector.entry.is_deleting());
    let unseen = going.map(|going| unseen_by(&Parsed::of(&going.entry), backends));
    let all = used.cloned().chain(unseen.into_iter().flatten());
    let lanes: Vec<Lane> = all.map(Lane::Backend).collect();
    if lanes.is_empty() { vec![Lane::Bare] } else { lanes }
}
