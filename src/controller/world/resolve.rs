//! From a connector's references to backends, places and what was last seen there. No client.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::{
    super::{
        claims::{Place, Standing},
        queue::Urgency,
        references::references,
    },
    Connector, Now, World,
    backends::BackendState,
    dependents::{Referent, config_maps},
};
use crate::{
    arm::id::ResourceId,
    crd::{BackendReference, status::Registration},
    reconcile::{
        Leaving,
        entry::Key,
        ownership::Relation,
        parsed::Parsed,
        reason::Reason,
        status::Stop,
        target::{BackendKey, Site, Target},
    },
};

/// The connectors of a namespace.
pub(super) fn of_namespace<'a>(
    connectors: &'a BTreeMap<Key, Connector>,
    namespace: &str,
) -> impl Iterator<Item = &'a Key> {
    let first = Key::new(namespace, "");
    let namespace = Arc::clone(&first.namespace);
    connectors
        .range(first..)
        .map(|(key, _)| key)
        .take_while(move |key| key.namespace == namespace)
}

pub(super) fn recorded_key(registration: &Registration, namespace: &str) -> BackendKey {
    let reference = BackendReference {
        kind: registration.backend_kind,
        name: registration.backend_name.clone(),
    };
    BackendKey::of(&reference, namespace)
}

/// What a connector's references come to.
#[derive(Debug)]
pub(super) struct Resolved {
    /// Where it is to be registered.
    pub(super) targets: Vec<Target>,
    /// Where it is registered and not wanted any more.
    pub(super) leaving: Vec<Leaving>,
    /// Why nothing can be said of targets.
    pub(super) unresolved: Option<Stop>,
}

impl World {
    /// The references that count.
    pub(super) fn references(&self, connector: &Parsed) -> Result<Vec<BackendReference>, Stop> {
        references(connector, self.backends.values().map(BackendState::object))
    }

    /// Everything a pass needs to know of backends.
    pub(super) fn resolve(&self, connector: &Parsed) -> Resolved {
        let namespace = connector.entry.key().namespace;
        let (references, unresolved) = match self.references(connector) {
            Ok(references) => (references, None),
            Err(stop) => (Vec::new(), Some(stop)),
        };
        let mut seen: Vec<(Place, &BackendReference)> = Vec::new();
        let mut targets = Vec::new();
        for reference in &references {
            let site = self.site(connector, reference, &mut seen);
            targets.push(Target {
                reference: reference.clone(),
                site,
            });
        }
        let kept: Vec<Place> = references
            .iter()
            .filter_map(|reference| self.backends.get(&BackendKey::of(reference, &namespace)))
            .map(|state| place(connector, state))
            .collect();
        let leaving = connector.status.registrations.iter().filter(|registration| {
            let key = recorded_key(registration, &namespace).reference();
            !references.contains(&key) && unresolved.is_none()
        });
        let leaving = leaving.map(|registration| Leaving {
            registration: registration.clone(),
            recorded: registration.id.is_some(),
            // Another reference leads to the same place: only the record goes.
            kept: self.is_among(registration, connector, &kept),
            site: self.former_site(registration, connector),
        });
        let mut leaving: Vec<Leaving> = leaving.collect();
        if unresolved.is_none() {
            leaving.extend(self.strays(connector, &references, &kept));
        }
        Resolved {
            targets,
            leaving,
            unresolved,
        }
    }

    /// The place that a reference leads to, or what is in the way.
    fn site<'a>(
        &self,
        connector: &Parsed,
        reference: &'a BackendReference,
        seen: &mut Vec<(Place, &'a BackendReference)>,
    ) -> Result<Site, Stop> {
        let own = connector.entry.key();
        let key = BackendKey::of(reference, &own.namespace);
        let called = format!("{} {}", reference.kind.as_str(), reference.name);
        let Some(state) = self.backends.get(&key) else {
            return Err(Stop::new(
                Reason::BackendNotFound,
                format!("{called} does not exist"),
            ));
        };
        let labels = self.namespaces.get(&*own.namespace);
        if !state
            .object()
            .admits
            .admits(&own.namespace, labels.unwrap_or(&BTreeMap::new()))
        {
            let message = format!("{called} does not admit namespace {}", own.namespace);
            return Err(Stop::new(Reason::NotAdmitted, message));
        }
        let id = state.object().scope.custom_api(connector.registered_name());
        let place = Place::new(&state.object().endpoint, &id);
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == place) {
            let first = format!("{} {}", first.kind.as_str(), first.name);
            return Err(Stop::new(
                Reason::DuplicateBackend,
                format!("{called} and {first} lead to one registration, {id}"),
            ));
        }
        seen.push((place.clone(), reference));
        let ours = self.relation_to(&own, state.owner(id.name())) == Relation::Ours;
        if let Some(winner) = self
            .claims
            .winner(&place)
            .filter(|winner| **winner != own && !ours)
        {
            let message = format!(
                "CustomConnector {winner} has the name {} at {called}",
                connector.registered_name()
            );
            return Err(Stop::new(Reason::NameTaken, message));
        }
        let registered = connector
            .status
            .registrations
            .iter()
            .any(|it| is_id(it.id.as_deref(), &id));
        if state.object().deleting && !registered {
            return Err(Stop::new(
                Reason::BackendDeleting,
                format!("{called} is being deleted"),
            ));
        }
        let backend = state
            .usable()
            .map_err(|stop| Stop::new(stop.reason, format!("{called}: {}", stop.message)))?;
        let observed = state.observed(id.name());
        let limit = state.object().policy.limits.max_connectors;
        if let Some(limit) = limit.filter(|_| observed.connector.is_none())
            && i64::try_from(state.connectors_held()).unwrap_or(i64::MAX) >= limit
        {
            let message =
                format!("{called} holds as many connectors as its spec.limits.maxConnectors, {limit}");
            return Err(Stop::new(Reason::LimitReached, message));
        }
        Ok(Site {
            backend,
            id,
            observed,
        })
    }

    /// Files what a connector looks at and which places it wants; wakes who waited for a place, and has a backend
    /// looked at that is used for the first time or not any more.
    pub(super) fn file(&mut self, key: &Key, connector: &Parsed, now: Now) {
        let references = self.references(connector).unwrap_or_default();
        let named = references
            .iter()
            .map(|reference| BackendKey::of(reference, &key.namespace));
        let recorded = connector
            .status
            .registrations
            .iter()
            .map(|it| recorded_key(it, &key.namespace));
        let mut backends: Vec<BackendKey> = named.chain(recorded).collect();
        backends.sort_unstable();
        backends.dedup();
        let mut referents = config_maps(connector);
        if backends.is_empty() {
            referents.push(Referent::DefaultBackend);
        }
        referents.extend(backends.iter().cloned().map(Referent::Backend));
        for former in self.dependents.put(key, referents) {
            self.leave(&former, now);
        }
        for backend in &backends {
            self.hold(backend, connector.interval(), now);
        }
        let claims = references
            .iter()
            .filter_map(|reference| self.claim(connector, reference))
            .collect();
        for rival in self.claims.put(key, claims) {
            self.consider(&rival, Urgency::Change, now);
        }
    }

    fn claim(&self, connector: &Parsed, reference: &BackendReference) -> Option<(Place, Standing)> {
        let Parsed { entry, status, .. } = connector;
        let object = self
            .backends
            .get(&BackendKey::of(reference, &entry.key().namespace))?
            .object();
        let id = object.scope.custom_api(connector.registered_name());
        let registered = status
            .registrations
            .iter()
            .any(|it| it.digest.is_some() && is_id(it.id.as_deref(), &id));
        let standing = Standing {
            unregistered: !registered,
            created: entry.created().map_or(i64::MAX, Timestamp::as_second),
            uid: entry.uid().to_owned(),
        };
        Some((Place::new(&object.endpoint, &id), standing))
    }
}

/// The place of a connector at a backend.
pub(super) fn place(connector: &Parsed, state: &BackendState) -> Place {
    let object = state.object();
    Place::new(
        &object.endpoint,
        &object.scope.custom_api(connector.registered_name()),
    )
}

fn is_id(text: Option<&str>, id: &ResourceId) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(id.as_str()))
}
