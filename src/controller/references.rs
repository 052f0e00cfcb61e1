//! Which backends a connector is to be registered with. No client.

use super::backend_object::BackendObject;
use crate::{
    crd::{BackendKind, BackendReference, status::RegistrationState},
    reconcile::{parsed::Parsed, reason::Reason, status::Stop},
};

/// The references that count: those of the spec; else those that the default was resolved to before; else the
/// default among `backends`.
#[expect(
    single_use_lifetimes,
    reason = "one that is left out is unstable in `impl Trait`"
)]
pub fn references<'a>(
    connector: &Parsed,
    backends: impl Iterator<Item = &'a BackendObject>,
) -> Result<Vec<BackendReference>, Stop> {
    if let Some(references) = connector.backend_refs() {
        return Ok(references.to_vec());
    }
    let recorded = connector
        .status
        .registrations
        .iter()
        .filter(|it| it.state != RegistrationState::Removing);
    let recorded: Vec<BackendReference> = recorded
        .map(|it| BackendReference {
            kind: it.backend_kind,
            name: it.backend_name.clone(),
        })
        .collect();
    if !recorded.is_empty() {
        return Ok(recorded);
    }
    match default_backend(&connector.entry.key().namespace, backends)? {
        Some(object) => Ok(vec![object.key.reference()]),
        None => Err(Stop::new(
            Reason::NoDefaultBackend,
            "spec.backendRefs names no backend, and none is marked as default in this namespace or the cluster",
        )),
    }
}

/// The default backend: the namespace's, else the cluster's; `None` where there is none.
fn default_backend<'a>(
    namespace: &str,
    backends: impl Iterator<Item = &'a BackendObject>,
) -> Result<Option<&'a BackendObject>, Stop> {
    let defaults: Vec<&BackendObject> = backends
        .filter(|object| object.default && !object.deleting)
        .collect();
    for (kind, namespace) in [
        (BackendKind::ConnectorBackend, namespace),
        (BackendKind::ClusterConnectorBackend, ""),
    ] {
        let mut level = defaults
            .iter()
            .copied()
            .filter(|object| object.key.kind == kind && object.key.namespace == namespace);
        if let Some(first) = level.next() {
            let others: Vec<&str> = level.map(|other| other.key.name.as_str()).collect();
            if others.is_empty() {
                return Ok(Some(first));
            }
            let names = format!("{}, {}", first.key.name, others.join(", "));
            let message = format!(
                "several backends of kind {} are marked as default: {names}",
                kind.as_str()
            );
            return Err(Stop::new(Reason::AmbiguousDefault, message));
        }
    }
    Ok(None)
}
