//! Which connectors look at what, so that a change wakes exactly those. No client.

use std::collections::{BTreeSet, HashMap};

use crate::{
    crd::definition::{Icon, Source},
    reconcile::{entry::Key, parsed::Parsed, target::BackendKey},
};

/// Something that connectors look at.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Referent {
    /// A ConfigMap.
    ConfigMap(Key),
    /// A ConfigMap that holds an icon.
    Icon(Key),
    /// A backend.
    Backend(BackendKey),
    /// Whichever backend is the default: looked at until one was found.
    DefaultBackend,
}

/// An index of connectors by what they look at.
#[derive(Clone, Debug, Default)]
pub(super) struct Dependents {
    by_referent: HashMap<Referent, BTreeSet<Key>>,
    by_dependent: HashMap<Key, Vec<Referent>>,
}

impl Dependents {
    /// The connector looks at exactly these. Returns what it looked at before and does not any more.
    pub(super) fn put(&mut self, key: &Key, mut referents: Vec<Referent>) -> Vec<Referent> {
        referents.sort_unstable();
        referents.dedup();
        if self.by_dependent.get(key) == Some(&referents) {
            return Vec::new();
        }
        let mut former = self.remove(key);
        for referent in &referents {
            self.by_referent
                .entry(referent.clone())
                .or_default()
                .insert(key.clone());
        }
        former.retain(|referent| !referents.contains(referent));
        self.by_dependent.insert(key.clone(), referents);
        former
    }

    /// The connector looks at nothing any more. Returns what it looked at.
    pub(super) fn remove(&mut self, key: &Key) -> Vec<Referent> {
        let former = self.by_dependent.remove(key).unwrap_or_default();
        for referent in &former {
            if let Some(dependents) = self.by_referent.get_mut(referent) {
                dependents.remove(key);
                if dependents.is_empty() {
                    self.by_referent.remove(referent);
                }
            }
        }
        former
    }

    /// Those that look at it.
    pub(super) fn of(&self, referent: &Referent) -> Vec<Key> {
        self.by_referent
            .get(referent)
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// The backends that one looks at.
    pub(super) fn backends_of(&self, key: &Key) -> impl Iterator<Item = &BackendKey> {
        let referents = self.by_dependent.get(key).into_iter().flatten();
        referents.filter_map(|referent| match referent {
            Referent::Backend(backend) => Some(backend),
            Referent::ConfigMap(_) | Referent::Icon(_) | Referent::DefaultBackend => None,
        })
    }

    /// How many look at it.
    pub(super) fn count(&self, referent: &Referent) -> usize {
        self.by_referent.get(referent).map_or(0, BTreeSet::len)
    }
}

/// The ConfigMaps that a connector's spec refers to.
pub(super) fn config_maps(connector: &Parsed) -> Vec<Referent> {
    let Ok(spec) = &connector.spec else {
        return Vec::new();
    };
    let namespace = connector.entry.key().namespace;
    let of = |name: &str| Key::new(&namespace, name);
    let definition = match &spec.definition.source {
        Source::ConfigMapKeyRef(reference) => Some(Referent::ConfigMap(of(&reference.name))),
        Source::Inline(_) | Source::SecretKeyRef(_) | Source::Url(_) => None,
    };
    let icon = match &spec.icon {
        Some(Icon::ConfigMapKeyRef(reference)) => Some(Referent::Icon(of(&reference.name))),
        None | Some(Icon::Url(_) | Icon::Inline(_)) => None,
    };
    definition.into_iter().chain(icon).collect()
}
