//! Where a connector is registered, or may be, that is not to be there any more. No client.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    super::claims::Place,
    World,
    backends::BackendState,
    resolve::{Resolved, place, recorded_key},
};
use crate::{
    arm::id::ResourceId,
    crd::{
        BackendKind, BackendReference,
        status::{Registration, RegistrationState},
    },
    reconcile::{
        Leaving,
        entry::Key,
        ownership::Relation,
        parsed::Parsed,
        reason::Reason,
        status::Stop,
        target::{BackendKey, Site},
    },
};

/// Why it cannot be told where a connector is registered whose status is lost.
fn forgotten(what: &str) -> Stop {
    let message = format!(
        "its status, which said where it is registered, is lost, and {what}: what may be registered there cannot be \
         removed. Create the backend anew, or leave that behind with spec.deletionPolicy: Orphan"
    );
    Stop::new(Reason::BackendGone, message)
}

/// The backends that a connector of that namespace may have been registered with.
fn within_reach<'a>(
    backends: &'a BTreeMap<BackendKey, BackendState>,
    namespace: &'a str,
) -> impl Iterator<Item = &'a BackendState> {
    let of = move |kind: BackendKind, namespace: &'a str| {
        let first = BackendKey {
            kind,
            namespace: namespace.to_owned(),
            name: String::new(),
        };
        let states = backends.range(first..).map(|(_, state)| state);
        states.take_while(move |state| {
            let key = &state.object().key;
            key.kind == kind && key.namespace == namespace
        })
    };
    of(BackendKind::ConnectorBackend, namespace).chain(of(BackendKind::ClusterConnectorBackend, ""))
}

/// The backends that may hold something of a connector that is being deleted, and that were not looked at yet. Of most
/// the status tells all there is.
pub(super) fn unseen_by(
    connector: &Parsed,
    backends: &BTreeMap<BackendKey, BackendState>,
) -> Vec<BackendKey> {
    if connector.is_told_of() {
        return Vec::new();
    }
    let key = connector.entry.key();
    let unseen = within_reach(backends, &key.namespace).filter(|state| !state.was_seen());
    unseen.map(|state| state.object().key.clone()).collect()
}

impl World {
    /// Everything a pass needs to know to let a connector go: every place where it is registered, or where a pass
    /// that was cut short may have registered it. Where the status is lost and a backend is gone, nobody knows.
    pub(super) fn resolve_last(&self, connector: &Parsed) -> Resolved {
        let namespace = connector.entry.key().namespace;
        let lost = connector.lost_its_status();
        let mut unresolved = None;
        let recorded = connector.status.registrations.iter().map(|registration| Leaving {
            registration: registration.clone(),
            kept: false,
            recorded: registration.id.is_some(),
            site: self.former_site(registration, connector),
        });
        let mut leaving: Vec<Leaving> = recorded.collect();
        let references = match connector.backend_refs() {
            Some(references) => references.to_vec(),
            // Whatever is the default now, what is on record was registered with the default of its time.
            None if !leaving.is_empty() => Vec::new(),
            None => self.references(connector).unwrap_or_else(|stop| {
                unresolved = lost.then(|| forgotten(&stop.message));
                Vec::new()
            }),
        };
        for reference in &references {
            let known = |it: &Leaving| recorded_key(&it.registration, &namespace).reference() == *reference;
            if leaving.iter().any(|it| known(it) && it.recorded) {
                continue;
            }
            leaving.retain(|it| !known(it));
            match self.backends.get(&BackendKey::of(reference, &namespace)) {
                Some(state) => leaving.push(Leaving {
                    recorded: lost,
                    ..self.unrecorded(connector, state)
                }),
                None if lost => {
                    let gone = format!("{} {} does not exist", reference.kind.as_str(), reference.name);
                    unresolved.get_or_insert_with(|| forgotten(&gone));
                }
                None => {}
            }
        }
        leaving.extend(self.strays(connector, &references, &[]));
        Resolved {
            targets: Vec::new(),
            leaving,
            unresolved,
        }
    }

    /// What would be on record had the pass that registered it come to its end.
    fn unrecorded(&self, connector: &Parsed, state: &BackendState) -> Leaving {
        let BackendReference { kind, name } = state.object().key.reference();
        let id = state.object().scope.custom_api(connector.registered_name());
        let registration = Registration {
            backend_kind: kind,
            backend_name: name,
            id: Some(id.to_string()),
            state: RegistrationState::Removing,
            digest: None,
            adopted: None,
            redirect_url: None,
            error: None,
        };
        Leaving {
            site: self.former_site(&registration, connector),
            registration,
            kept: false,
            recorded: false,
        }
    }

    /// Where backends show the connector as ours although it neither refers to them nor has them on record: it was
    /// registered there by a pass whose record was lost, and its reference was replaced before the next.
    pub(super) fn strays(
        &self,
        connector: &Parsed,
        references: &[BackendReference],
        kept: &[Place],
    ) -> Vec<Leaving> {
        let key = connector.entry.key();
        let name = connector.registered_name();
        let known = |backend: &BackendKey| {
            let recorded = connector.status.registrations.iter();
            let mut recorded = recorded.map(|it| recorded_key(it, &key.namespace));
            references.contains(&backend.reference()) || recorded.any(|it| it == *backend)
        };
        let strays = within_reach(&self.backends, &key.namespace).filter(|state| {
            let owner = state.owner(name);
            owner.is_some()
                && self.relation_to(&key, owner) == Relation::Ours
                && state.usable().is_ok()
                && !known(&state.object().key)
                && !kept.contains(&place(connector, state))
        });
        strays.map(|state| self.unrecorded(connector, state)).collect()
    }

    /// Whether what is on record lies, or would lie, at one of these places; of a backend that is gone, the id must do.
    pub(super) fn is_among(&self, registration: &Registration, connector: &Parsed, places: &[Place]) -> bool {
        let id = registration
            .id
            .as_deref()
            .and_then(|id| id.parse::<ResourceId>().ok());
        let key = recorded_key(registration, &connector.entry.key().namespace);
        match (self.backends.get(&key), id) {
            (Some(state), Some(id)) => places.contains(&Place::new(&state.object().endpoint, &id)),
            (Some(state), None) => places.contains(&place(connector, state)),
            (None, Some(id)) => places.iter().any(|place| place.is_at(&id)),
            (None, None) => false,
        }
    }

    /// Connectors that a backend shows as ours, and that do not look at it.
    pub(super) fn strays_at(&self, key: &BackendKey) -> Vec<Key> {
        let Some(state) = self.backends.get(key) else {
            return Vec::new();
        };
        let owners = state.owners();
        let keys = owners.map(|owner| (Key::new(&owner.namespace, &owner.name), owner));
        let strays = keys.filter(|(stray, owner)| {
            self.connectors.contains_key(stray)
                && self.relation_to(stray, Some(owner)) == Relation::Ours
                && self.dependents.backends_of(stray).all(|used| used != key)
        });
        strays.map(|(stray, _)| stray).collect()
    }

    /// Where a registration that is to go lies, or why it cannot be reached.
    pub(super) fn former_site(&self, registration: &Registration, connector: &Parsed) -> Result<Site, Stop> {
        let key = recorded_key(registration, &connector.entry.key().namespace);
        let called = format!("{} {}", key.kind.as_str(), key.name);
        let Some(state) = self.backends.get(&key) else {
            let message =
                format!("{called} does not exist any more, so what is registered there cannot be removed");
            return Err(Stop::new(Reason::BackendGone, message));
        };
        let id = registration
            .id
            .as_deref()
            .and_then(|id| id.parse::<ResourceId>().ok());
        let id = id.unwrap_or_else(|| state.object().scope.custom_api(connector.registered_name()));
        let backend = state
            .reachable()
            .map_err(|stop| Stop::new(stop.reason, format!("{called}: {}", stop.message)))?;
        Ok(Site {
            backend: Arc::clone(&backend),
            observed: state.observed(id.name()),
            id,
        })
    }
}
