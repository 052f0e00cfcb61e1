//! What the watches show of connectors, ConfigMaps and namespaces, and whom it wakes. No client.

use std::{collections::BTreeMap, sync::Arc};

use super::{Connector, Now, World, dependents::Referent, resolve};
use crate::{
    controller::queue::Urgency,
    reconcile::{
        entry::{Entry, Key},
        parsed::Parsed,
    },
};

impl World {
    pub(super) fn connector_is(&mut self, entry: &Arc<Entry>, now: Now) {
        let key = entry.key();
        let old = self
            .connectors
            .get(&key)
            .map(|connector| Arc::clone(&connector.entry));
        let Some(connector) = self.replace_if_newer(entry, now) else {
            return;
        };
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
            self.consider_parsed(&key, &connector, Urgency::Change, now);
        }
    }

    /// Keeps the entry unless the same or a newer one is known, and files what it refers to and claims.
    pub(super) fn replace_if_newer(&mut self, entry: &Arc<Entry>, now: Now) -> Option<Parsed> {
        let key = entry.key();
        let failures = match self.connectors.get(&key) {
            Some(known) if known.entry.is_newer_than(entry) || known.entry.is_same_as(entry) => return None,
            Some(known) => known.failures,
            None => 0,
        };
        let connector = Parsed::of(entry);
        self.connectors.insert(
            key.clone(),
            Connector {
                entry: Arc::clone(entry),
                failures,
                done: connector.is_done(),
                interval: connector.interval(),
            },
        );
        self.file(&key, &connector, now);
        Some(connector)
    }

    pub(super) fn config_map_is(&mut self, key: &Key, version: Option<String>, now: Now) {
        let known = self.config_maps.remove(key);
        let same = known == version;
        if let Some(version) = version {
            self.config_maps.insert(key.clone(), version);
        }
        if same {
            return;
        }
        // Which icon was sent is on no record: that it changed is known now, or at the next interval.
        for dependent in self.dependents.of(&Referent::Icon(key.clone())) {
            if self.synced && self.may_be_passed(&dependent) {
                self.queue.push(dependent, Urgency::Change, now.instant);
            }
        }
        self.wake(&Referent::ConfigMap(key.clone()), Urgency::Change, now);
    }

    pub(super) fn connector_gone(&mut self, key: &Key, now: Now) {
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

    pub(super) fn namespace_is(&mut self, name: String, labels: Option<BTreeMap<String, String>>, now: Now) {
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
}
