//! What the status of each backend counts and shows, and how many connectors are on their way to it. No client.

use std::time::Duration;

use super::{Lane, Now, World, dependents::Referent};
use crate::{
    controller::{backend_object::BackendObject, backend_status::Tally, sweep::Count},
    reconcile::{Pass, entry::Key, target::BackendKey},
};

impl World {
    /// A pass begins: what it will register anew counts from now on.
    pub(super) fn reserve(&mut self, pass: &Pass) {
        let sites = pass.targets.iter().filter_map(|target| target.site.as_ref().ok());
        let new = sites.filter(|site| site.observed.connector.is_none());
        let backends: Vec<BackendKey> = new.map(|site| site.backend.key.clone()).collect();
        for backend in &backends {
            if let Some(state) = self.backends.get_mut(backend) {
                state.begin_new();
            }
        }
        if !backends.is_empty() {
            self.starting.insert(pass.connector.entry.key(), backends);
        }
    }

    /// A pass has ended: what it registered is in the inventory now.
    pub(super) fn unreserve(&mut self, key: &Key) {
        for backend in self.starting.remove(key).unwrap_or_default() {
            if let Some(state) = self.backends.get_mut(&backend) {
                state.end_new();
            }
        }
    }

    /// The counts that are due to be written and differ from what was written.
    pub(super) fn due_counts(&mut self, now: Now) -> Vec<Count> {
        let due = self.backends.values().filter(|state| state.is_count_due(now));
        let keys: Vec<BackendKey> = due.map(|state| state.object().key.clone()).collect();
        keys.iter().filter_map(|key| self.begin_count(key, now)).collect()
    }

    fn begin_count(&mut self, key: &BackendKey, now: Now) -> Option<Count> {
        let tally = self.tally(key, now);
        // A pause that is shown is taken off when it is over.
        let over = tally
            .throttled_until
            .and_then(|until| Duration::try_from(until.duration_since(now.wall)).ok());
        let state = self.backends.get_mut(key)?;
        let object = state.begin_count(over.map(|over| now.instant + over)).clone();
        tally.differs(&object.status).then_some(Count { object, tally })
    }

    /// What a backend's status counts.
    pub(super) fn tally(&self, key: &BackendKey, now: Now) -> Tally {
        let users = self.dependents.of(&Referent::Backend(key.clone()));
        let users = users.iter().filter_map(|key| self.connectors.get(key));
        let (connectors, failed) = users.fold((0, 0), |(connectors, failed), user| {
            (connectors + 1, failed + i64::from(!user.done))
        });
        let state = self.backends.get(key);
        Tally {
            connectors,
            failed,
            throttled_until: state.and_then(|state| state.throttled_until(now)),
        }
    }

    /// A backend asked to be left alone.
    pub(super) fn throttle(&mut self, key: &BackendKey, pause: Duration, now: Now) {
        self.queue
            .close_until(Lane::Backend(key.clone()), now.instant + pause);
        if let Some(state) = self.backends.get_mut(key) {
            state.throttle(pause, now);
        }
    }

    /// Counts were written.
    pub fn counted(&mut self, object: BackendObject) {
        if let Some(state) = self.backends.get_mut(&object.key) {
            state.take_writes(object);
        }
    }
}
