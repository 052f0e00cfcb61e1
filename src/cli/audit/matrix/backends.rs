//! The lines of what backends hold and no resource declares. No client.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Audit, Place, Spoken, called, in_order, limit, role_name};
use crate::{
    arm::id::ResourceId,
    cli::audit::{
        holding::{Grant, Held, HeldConnector, Holding},
        row::{Access, State, Told},
    },
    connector::tags::Owner,
    controller::backend_object::BackendObject,
    reconcile::{entry::Key, grants::Limit, parsed::Parsed, target::BackendKey},
};

impl Audit<'_> {
    /// What is there and no line spoke of: connectors, grants that are left of connectors, and access from above.
    pub(super) fn undeclared(&self, spoken: &Spoken) -> Vec<Access> {
        let population = Population::of(self);
        // One place may have several backends; the first speaks for it.
        let mut places: BTreeMap<Place, &BackendObject> = BTreeMap::new();
        for object in self.backends.all() {
            places.entry(Place::of(object)).or_insert(object);
        }
        let mut rows = Vec::new();
        for (place, object) in &places {
            let Some(Ok(holding)) = self.holdings.get(place) else {
                continue;
            };
            let mut held: Vec<(&String, &Held)> = holding.held.iter().collect();
            held.sort_unstable_by_key(|(name, _)| *name);
            for (name, held) in held {
                let id = object.scope.custom_api(name);
                if !spoken.contains(&(place.clone(), id.key())) {
                    rows.extend(self.unspoken(object, holding, (&id, held), &population));
                }
            }
            let blank = blank(object, "*");
            let limit = limit(object.policy.sharing.as_ref(), holding.built_in);
            rows.extend(holding.inherited.iter().map(|grant| Access {
                state: State::Inherited,
                reason: format!("given at {}", grant.scope),
                ..given(&blank, grant, limit)
            }));
        }
        rows
    }

    fn unspoken(
        &self,
        object: &BackendObject,
        holding: &Holding,
        (id, held): (&ResourceId, &Held),
        population: &Population<'_>,
    ) -> Vec<Access> {
        let limit = limit(object.policy.sharing.as_ref(), holding.built_in);
        let mut grants: Vec<&Grant> = held.grants.iter().collect();
        in_order(&mut grants);
        let Some(connector) = &held.connector else {
            let blank = Access {
                state: State::Unmanaged,
                reason: "left of a connector that is gone; one that takes its name takes it over".to_owned(),
                ..blank(object, id.name())
            };
            return grants
                .into_iter()
                .map(|grant| given(&blank, grant, limit))
                .collect();
        };
        let Some((state, reason)) = self.judged(id, connector, population) else {
            return Vec::new();
        };
        let owner = connector.owner.as_ref();
        let blank = Access {
            namespace: owner.map(|owner| owner.namespace.clone()).unwrap_or_default(),
            connector: owner.map(|owner| owner.name.clone()).unwrap_or_default(),
            state,
            reason,
            ..blank(object, &connector.name)
        };
        if grants.is_empty() {
            return vec![blank];
        }
        grants
            .into_iter()
            .map(|grant| given(&blank, grant, limit))
            .collect()
    }

    fn objects_of<'a>(&'a self, connector: &'a Parsed) -> impl Iterator<Item = &'a BackendObject> {
        let namespace = connector.entry.key().namespace;
        let references = self.backends.of(connector).unwrap_or_default();
        references.into_iter().filter_map(move |reference| {
            let key = BackendKey::of(&reference, &namespace);
            self.backends.get(&key).ok()
        })
    }

    /// What a connector is that no resource declares, and why; `None` where it is none of this audit's business.
    fn judged(
        &self,
        id: &ResourceId,
        connector: &HeldConnector,
        population: &Population<'_>,
    ) -> Option<(State, String)> {
        let Some(owner) = &connector.owner else {
            return Some((State::Undeclared, "it has no tags of an operator".to_owned()));
        };
        let Owner {
            cluster,
            namespace,
            name,
            uid,
        } = owner;
        let living = population.connectors.get(&Key::new(namespace, name));
        if let Some(living) = living.filter(|living| living.entry.uid() == uid) {
            // The same registry under two addresses: its own lines speak of it.
            let elsewhere = self
                .objects_of(living)
                .any(|object| object.scope.custom_api(living.registered_name()) == *id);
            return (!elsewhere).then(|| {
                let reason =
                    format!("CustomConnector {namespace}/{name} does not name this backend any more");
                (State::Undeclared, reason)
            });
        }
        if !population.clusters.is_empty() && !population.clusters.contains(cluster.as_str()) {
            let reason = format!("cluster {cluster} keeps it for {namespace}/{name}");
            return Some((State::OtherCluster, reason));
        }
        // Connectors of other namespaces were not asked for.
        let looked = self.namespace.is_none_or(|asked| asked == namespace);
        looked.then(|| {
            let reason = format!("CustomConnector {namespace}/{name}, which its tags name, does not exist");
            (State::Undeclared, reason)
        })
    }
}

/// What tells apart connectors that are there and that no line speaks of.
struct Population<'a> {
    /// The live connectors.
    connectors: HashMap<Key, &'a Parsed>,
    /// Ids of this cluster: those in tags that name the uid of a live connector.
    clusters: HashSet<&'a str>,
}

impl<'a> Population<'a> {
    fn of(audit: &Audit<'a>) -> Self {
        let uids: HashSet<&str> = audit.connectors.iter().map(|it| it.entry.uid()).collect();
        let owners = audit.holdings.values().flatten().flat_map(|holding| {
            let connectors = holding.held.values().filter_map(|held| held.connector.as_ref());
            connectors.filter_map(|connector| connector.owner.as_ref())
        });
        Self {
            connectors: audit.connectors.iter().map(|it| (it.entry.key(), it)).collect(),
            clusters: owners
                .filter(|owner| uids.contains(owner.uid.as_str()))
                .map(|owner| owner.cluster.as_str())
                .collect(),
        }
    }
}

/// A line about something that no resource declares.
fn blank(object: &BackendObject, api: &str) -> Access {
    Access {
        namespace: String::new(),
        connector: String::new(),
        backend: called(&object.key),
        api: api.to_owned(),
        kind: String::new(),
        principal: String::new(),
        role: String::new(),
        wanted: false,
        actual: Some(true),
        state: State::Undeclared,
        since: None,
        until: None,
        declared: String::new(),
        comment: String::new(),
        errors: None,
        warnings: None,
        waived: None,
        source: Told::Backend,
        reason: String::new(),
    }
}

fn given(blank: &Access, grant: &Grant, limit: Limit<'_>) -> Access {
    Access {
        kind: grant.kind.clone().unwrap_or_default(),
        principal: grant.observed.principal.clone(),
        role: role_name(&grant.observed.role, limit),
        since: grant.created,
        comment: grant.description.clone().unwrap_or_default(),
        ..blank.clone()
    }
}
