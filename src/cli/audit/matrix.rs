//! What is declared, held against what is there. No client.

mod backends;
mod connector;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{
    holding::{Grant, Holding},
    row::Access,
};
use crate::{
    arm::id::{ResourceId, Scope},
    cli::cluster::backends::Backends,
    connector::tags::Owner,
    controller::backend_object::BackendObject,
    crd::{BackendReference, sharing::SharingPolicy},
    reconcile::{
        entry::Key,
        grants::{BuiltInRoles, Limit},
        parsed::Parsed,
        reason::Reason,
        status::Stop,
        target::BackendKey,
    },
};

/// Where connectors lie: behind an address, in a scope.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    /// As [`Endpoint::place`](crate::reconcile::target::Endpoint::place).
    address: String,
    scope: Scope,
}

impl Place {
    /// Where a backend's connectors lie.
    pub(super) fn of(object: &BackendObject) -> Self {
        Self {
            address: object.endpoint.place().to_owned(),
            scope: object.scope.clone(),
        }
    }
}

/// Everything that an audit compares.
pub(super) struct Audit<'a> {
    /// The connectors of the namespaces asked for.
    pub(super) connectors: &'a [Parsed],
    /// The one namespace that was asked for; `None`: all.
    pub(super) namespace: Option<&'a str>,
    pub(super) backends: &'a Backends,
    /// What was found, by place.
    pub(super) holdings: &'a HashMap<Place, Result<Holding, Stop>>,
    pub(super) now: Timestamp,
}

/// A connector's registration with a backend, as it is to be.
struct Declared<'a> {
    connector: &'a Parsed,
    reference: &'a BackendReference,
    object: &'a BackendObject,
    id: ResourceId,
}

/// What lines about connectors speak of: names in places.
type Spoken = HashSet<(Place, String)>;

impl Audit<'_> {
    /// The lines: connectors by namespace and name, each with its backends and principals in the order of its spec; then
    /// what no resource declares.
    pub(super) fn rows(&self) -> Vec<Access> {
        let (mut rows, mut spoken) = (Vec::new(), Spoken::new());
        for connector in self.connectors {
            match self.backends.of(connector) {
                Ok(references) => self.tell(connector, &references, &mut rows, &mut spoken),
                Err(stop) => rows.extend(connector::unresolved(connector, &stop)),
            }
        }
        rows.extend(self.undeclared(&spoken));
        rows
    }

    fn tell(
        &self,
        connector: &Parsed,
        references: &[BackendReference],
        rows: &mut Vec<Access>,
        spoken: &mut Spoken,
    ) {
        let mut asked = false;
        for reference in references {
            let key = BackendKey::of(reference, &connector.entry.key().namespace);
            let found = self.backends.get(&key).and_then(|object| {
                let place = Place::of(object);
                let unasked = || Stop::new(Reason::BackendNotReady, "it was not asked");
                let holding = self.holdings.get(&place).ok_or_else(unasked)?;
                let id = object.scope.custom_api(connector.registered_name());
                spoken.insert((place, id.key()));
                Ok((object, id, holding.as_ref().map_err(Clone::clone)?))
            });
            match found {
                Ok((object, id, holding)) => {
                    asked = true;
                    let declared = Declared {
                        connector,
                        reference,
                        object,
                        id,
                    };
                    rows.extend(connector::by_backend(&declared, holding, self.now));
                }
                Err(stop) => rows.extend(connector::by_status(connector, reference, &stop, self.now)),
            }
        }
        // Of several registrations a status counts all together: what a backend did not show may be at the others.
        if !asked {
            rows.extend(connector::counted(connector));
        }
    }
}

/// How a backend is called in a line: by kind, namespace and name, as names alone are not unique.
fn called(key: &BackendKey) -> String {
    let BackendKey {
        kind,
        namespace,
        name,
    } = key;
    let slash = if namespace.is_empty() { "" } else { "/" };
    format!("{}/{namespace}{slash}{name}", kind.as_str())
}

fn limit(policy: Option<&SharingPolicy>, built_in: BuiltInRoles) -> Limit<'_> {
    Limit { policy, built_in }
}

/// Whether tags name that connector.
fn names(owner: &Owner, key: &Key) -> bool {
    *owner.namespace == *key.namespace && *owner.name == *key.name
}

/// A name for a role: what connectors call it, else its own.
fn role_name(role: &str, limit: Limit<'_>) -> String {
    limit.name_of(role).unwrap_or(role).to_owned()
}

/// Grants in an order of their own: lists come in any.
fn in_order(grants: &mut [&Grant]) {
    grants.sort_by(|one, other| {
        let key = |grant: &Grant| {
            (
                grant.observed.principal.clone(),
                grant.observed.role.clone(),
                grant.observed.name,
            )
        };
        key(one).cmp(&key(other))
    });
}
