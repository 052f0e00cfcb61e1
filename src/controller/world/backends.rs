//! What is known of each backend: its object, whether it can be asked, what it was last seen to hold. No client.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    super::{
        backend_object::BackendObject,
        inventory::Inventory,
        sweep::{Seen, Sweep, SweepReport},
    },
    LANE_CAPACITY, Lane, Now, World,
    dependents::Referent,
};
use crate::{
    connector::tags::Owner,
    controller::queue::Urgency,
    reconcile::{
        parsed::Parsed,
        reason::Reason,
        status::Stop,
        target::{Backend, BackendKey, Effect, Observed},
    },
};

/// How often a backend is looked at where no connector says otherwise.
const INTERVAL: Duration = Duration::from_mins(30);
/// How soon a backend that failed is looked at again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_mins(1));
/// How soon a backend is looked at again because passes over its connectors fail.
const SUSPICION: Duration = Duration::from_secs(10);
/// How often the counts in a backend's status are brought up to date, at most.
const COUNT_INTERVAL: Duration = Duration::from_secs(30);
/// How long after the first look they are written for the first time: what waited for it is judged by then.
const FIRST_COUNT: Duration = Duration::from_secs(2);
/// From when on a pause that a backend asked for is shown in its status.
const LONG_PAUSE: Duration = Duration::from_mins(1);

/// A backend as known.
#[derive(Debug)]
pub(super) struct BackendState {
    object: BackendObject,
    /// What the last look established; `None` before the first.
    seen: Option<Result<Arc<Backend>, Stop>>,
    /// The backend of the last look that could reach it: removals use it even if a later look failed.
    last: Option<Arc<Backend>>,
    inventory: Inventory,
    /// Passes' effects since the look that is under way began: its lists may be older.
    since: Vec<(String, Effect)>,
    looking: bool,
    next_look: Instant,
    /// When the last look ended.
    looked: Option<Instant>,
    /// Passes under way that register something that was not there before.
    starting: usize,
    /// When its counts are to be written, if they may have changed.
    next_count: Option<Instant>,
    failures: u32,
    /// Until when it asked to be left alone.
    throttled_until: Option<Timestamp>,
    /// Up to when documents were compared in turn; `None` before the first look.
    pub(super) compared_until: Option<Timestamp>,
}

impl BackendState {
    fn new(object: BackendObject, now: Now) -> Self {
        Self {
            object,
            seen: None,
            last: None,
            inventory: Inventory::default(),
            since: Vec::new(),
            looking: false,
            next_look: now.instant,
            looked: None,
            starting: 0,
            next_count: None,
            failures: 0,
            throttled_until: None,
            compared_until: None,
        }
    }

    pub(super) fn object(&self) -> &BackendObject {
        &self.object
    }

    /// Whether a look at it has ended, well or not.
    pub(super) fn was_seen(&self) -> bool {
        self.seen.is_some()
    }

    /// The backend, if it can be registered with.
    pub(super) fn usable(&self) -> Result<Arc<Backend>, Stop> {
        match &self.seen {
            Some(seen) => seen.clone(),
            None => Err(Stop::new(Reason::BackendNotReady, "it was not looked at yet")),
        }
    }

    /// The backend, if it can at least be removed from: one whose Secret is gone, or that failed a while ago, can. An
    /// empty registry in the place of the one that holds what is to be removed would say that there is nothing.
    pub(super) fn reachable(&self) -> Result<Arc<Backend>, Stop> {
        let replaced = matches!(&self.seen, Some(Err(stop)) if stop.reason == Reason::RegistryReplaced);
        let last = self.last.clone().filter(|_| !replaced);
        last.map_or_else(|| self.usable(), Ok)
    }

    /// What it was last seen to hold of a connector.
    pub(super) fn observed(&self, name: &str) -> Observed {
        self.inventory.observed(name)
    }

    /// How many connectors it holds, those counted that are being registered.
    pub(super) fn connectors_held(&self) -> usize {
        self.inventory.connectors() + self.starting
    }

    /// Whose tags are on what it was last seen to hold of that name.
    pub(super) fn owner(&self, name: &str) -> Option<&Owner> {
        self.inventory.owner(name)
    }

    /// Whose tags are on what it was last seen to hold.
    pub(super) fn owners(&self) -> impl Iterator<Item = &Owner> {
        self.inventory.owners()
    }

    /// Whether it is used and not held, or held for nobody.
    fn is_unsettled(&self, used: bool) -> bool {
        used != self.object.is_held() && !(used && self.object.deleting)
    }

    /// A pass is about to register something that was not there before.
    pub(super) fn begin_new(&mut self) {
        self.starting += 1;
    }

    /// Such a pass has ended.
    pub(super) fn end_new(&mut self) {
        self.starting = self.starting.saturating_sub(1);
    }

    /// Whether its counts are to be written now.
    pub(super) fn is_count_due(&self, now: Now) -> bool {
        !self.looking && self.next_count.is_some_and(|at| at <= now.instant)
    }

    /// Its counts are being written, and are to be looked at again then.
    pub(super) fn begin_count(&mut self, next: Option<Instant>) -> &BackendObject {
        self.next_count = next;
        &self.object
    }

    /// Until when it asked to be left alone, as far as its status shows it.
    pub(super) fn throttled_until(&self, now: Now) -> Option<Timestamp> {
        self.throttled_until.filter(|until| *until > now.wall)
    }

    /// It asked to be left alone. Long pauses are shown in its status.
    pub(super) fn throttle(&mut self, pause: Duration, now: Now) {
        if pause >= LONG_PAUSE {
            self.throttled_until = now.wall.checked_add(pause).ok();
            self.next_count = Some(now.instant);
        }
    }

    /// When there is something to do about it by itself.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let look = Some(self.next_look).into_iter().chain(self.next_count).min();
        look.filter(|_| !self.looking)
    }

    /// Takes in what was written to the object, unless a later state of it is known.
    pub(super) fn take_writes(&mut self, written: BackendObject) {
        let same = self.object.uid == written.uid && self.object.generation == written.generation;
        if same && !self.object.is_newer_than(&written) {
            self.object.resource_version = written.resource_version;
            self.object.finalizers = written.finalizers;
            self.object.status = written.status;
        }
    }

    /// Takes in what it holds; the number of calls that may be under way with it.
    fn take_seen(&mut self, seen: Seen) -> usize {
        let Seen { backend, inventory } = seen;
        self.inventory = inventory;
        for (name, effect) in self.since.drain(..) {
            self.inventory.apply(&name, effect);
        }
        self.failures = 0;
        let limit = backend.policy.limits.max_in_flight;
        self.last = Some(Arc::clone(&backend));
        self.seen = Some(Ok(backend));
        limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(LANE_CAPACITY)
    }

    /// Takes in why it cannot be used; tells whether that is another reason than before.
    fn take_failure(&mut self, stop: Stop) -> bool {
        let same = matches!(&self.seen, Some(Err(known)) if known.reason == stop.reason);
        self.failures = self.failures.saturating_add(1);
        self.seen = Some(Err(stop));
        !same
    }

    /// How long to wait after a failure, also one that somebody has to mend: Secrets are not watched, and who has just
    /// put one right should not wait a minute to see it.
    fn retry(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(5);
        RETRY.0.saturating_mul(1 << doublings).min(RETRY.1)
    }

    pub(super) fn record(&mut self, name: &str, effect: Effect) {
        if self.looking {
            self.since.push((name.to_owned(), effect.clone()));
        }
        self.inventory.apply(name, effect);
    }
}

impl World {
    pub(super) fn backend_is(&mut self, object: BackendObject, now: Now) {
        let key = object.key.clone();
        let changed = if let Some(state) = self.backends.get_mut(&key) {
            if state.object.is_newer_than(&object) {
                return;
            }
            let changed = state.object.generation != object.generation
                || state.object.uid != object.uid
                || state.object.deleting != object.deleting;
            let replaced = state.object.uid != object.uid;
            state.object = object;
            if replaced {
                *state = BackendState::new(state.object.clone(), now);
            }
            changed
        } else {
            self.backends.insert(key.clone(), BackendState::new(object, now));
            true
        };
        if !changed {
            return;
        }
        // Nothing starts with it before it was looked at as it is now.
        self.queue.set_capacity(Lane::Backend(key.clone()), 0);
        self.probe(&key, now);
        self.backend_turned(&key, now);
    }

    pub(super) fn backend_gone(&mut self, key: &BackendKey, now: Now) {
        self.backends.remove(key);
        self.queue.forget_lane(&Lane::Backend(key.clone()));
        self.backend_turned(key, now);
    }

    /// Claims and defaults depend on what backends there are and where they point: those that look at this one, or for
    /// a default, are filed again, and woken.
    fn backend_turned(&mut self, key: &BackendKey, now: Now) {
        let mut affected = self.dependents.of(&Referent::Backend(key.clone()));
        affected.extend(self.dependents.of(&Referent::DefaultBackend));
        for key in &affected {
            let entry = self.connectors.get(key).map(|known| Arc::clone(&known.entry));
            if let Some(entry) = entry {
                self.file(key, &Parsed::of(&entry), now);
            }
        }
        for key in &affected {
            self.consider(key, Urgency::Change, now);
        }
    }

    /// Has a backend looked at now.
    pub(super) fn probe(&mut self, key: &BackendKey, now: Now) {
        if let Some(state) = self.backends.get_mut(key) {
            state.next_look = state.next_look.min(now.instant);
        }
    }

    /// A pass found a backend failing: it is looked at now, but not after each of many passes that fail.
    pub(super) fn suspect(&mut self, key: &BackendKey, now: Now) {
        if let Some(state) = self.backends.get_mut(key) {
            let earliest = state.looked.map_or(now.instant, |looked| looked + SUSPICION);
            state.next_look = state.next_look.min(earliest.max(now.instant));
        }
    }

    /// A connector looks at a backend: it is held from its first use, and nothing is registered before it is.
    pub(super) fn hold(&mut self, key: &BackendKey, interval: Duration, now: Now) {
        let Some(state) = self.backends.get_mut(key) else {
            return;
        };
        state.next_count.get_or_insert(now.instant + COUNT_INTERVAL);
        state.next_look = state.next_look.min(now.instant + interval);
        if !state.object.is_held() && !state.object.deleting {
            state.next_look = state.next_look.min(now.instant);
            self.queue.set_capacity(Lane::Backend(key.clone()), 0);
        }
    }

    /// A connector does not look at something any more: a backend that nobody uses is let go.
    pub(super) fn leave(&mut self, former: &Referent, now: Now) {
        let Referent::Backend(key) = former else { return };
        let used = self.dependents.count(former) > 0;
        let Some(state) = self.backends.get_mut(key) else {
            return;
        };
        state.next_count.get_or_insert(now.instant + COUNT_INTERVAL);
        if state.object.is_held() && !used {
            state.next_look = state.next_look.min(now.instant);
        }
    }

    /// The looks that are due; they are taken as begun.
    pub(super) fn due_sweeps(&mut self, now: Now) -> Vec<Sweep> {
        let due = |state: &&BackendState| !state.looking && state.next_look <= now.instant;
        let keys: Vec<BackendKey> = self
            .backends
            .values()
            .filter(due)
            .map(|state| state.object.key.clone())
            .collect();
        keys.iter().filter_map(|key| self.begin_sweep(key, now)).collect()
    }

    fn begin_sweep(&mut self, key: &BackendKey, now: Now) -> Option<Sweep> {
        let tally = self.tally(key, now);
        let state = self.backends.get_mut(key)?;
        state.looking = true;
        state.next_count = None;
        state.since.clear();
        Some(Sweep {
            object: state.object.clone(),
            last: state.last.clone(),
            tally,
        })
    }

    /// Takes in a look. Tells whether the backend became usable, or ceases to be for another reason than before; `None`:
    /// the look was at what is not so any more.
    pub(super) fn take_sweep(&mut self, key: &BackendKey, report: SweepReport, now: Now) -> Option<bool> {
        let interval = self.interval_of(key);
        let used = self.dependents.count(&Referent::Backend(key.clone())) > 0;
        let state = self.backends.get_mut(key)?;
        let SweepReport { seen, object } = report;
        if state.object.uid != object.uid {
            return None;
        }
        state.looking = false;
        state.looked = Some(now.instant);
        let BackendObject {
            generation, deleting, ..
        } = object;
        state.take_writes(object);
        if state.object.generation != generation || state.object.deleting != deleting {
            state.next_look = now.instant;
            return None;
        }
        if state.object.status.connectors.is_none() {
            let first = now.instant + FIRST_COUNT;
            state.next_count = Some(state.next_count.map_or(first, |at| at.min(first)));
        }
        let (news, pause, capacity) = match seen {
            Ok(seen) => {
                let news = !matches!(&state.seen, Some(Ok(_)));
                let capacity = state.take_seen(seen);
                // Somebody came, or the last one went, while it was looked at: it is held, or let go, first.
                match (state.is_unsettled(used), used) {
                    (true, true) => (news, Duration::ZERO, 0),
                    (true, false) => (news, Duration::ZERO, capacity),
                    (false, _) => (news, interval, capacity),
                }
            }
            // What waits for it is told so; such passes make no calls.
            Err(stop) => (
                state.take_failure(stop),
                state.retry().min(interval),
                LANE_CAPACITY,
            ),
        };
        state.next_look = now.instant + pause;
        self.queue.set_capacity(Lane::Backend(key.clone()), capacity);
        Some(news)
    }

    /// A scope is listed at the shortest interval among its connectors.
    fn interval_of(&self, key: &BackendKey) -> Duration {
        let users = self.dependents.of(&Referent::Backend(key.clone()));
        let users = users.iter().filter_map(|key| self.connectors.get(key));
        users.map(|user| user.interval).min().unwrap_or(INTERVAL)
    }
}
