//! A look at one backend: sign in, list connectors and grants, bring its finalizer and status up to date. Client
//! required.

mod azure;
mod connect;

use std::sync::Arc;

use jiff::Timestamp;
use kube::Resource as _;
use serde_json::Value;

use super::{
    backend_object::BackendObject,
    backend_status::{self, Tally},
    inventory::Inventory,
    settings::{Embedded, OwnIdentity},
};
use crate::{
    arm::{ArmError, Budgets, Observer, RoleAssignmentFilter},
    crd::{BACKEND_FINALIZER, BackendKind, ClusterConnectorBackend, ConnectorBackend, status::BackendStatus},
    entra::Http,
    reconcile::{
        Subject, WriteError, chain,
        reason::Reason,
        status::Stop,
        target::{Backend, registry_replaced},
    },
    source::{AddressPolicy, Sources},
};

/// What a look starts from.
#[derive(Debug)]
pub struct Sweep {
    /// The backend's object.
    pub object: BackendObject,
    /// The backend of the last look that could reach it.
    pub last: Option<Arc<Backend>>,
    /// What its status counts.
    pub tally: Tally,
}

/// The counts of a backend that are to be written.
#[derive(Debug)]
pub struct Count {
    /// The backend's object.
    pub object: BackendObject,
    /// The counts.
    pub tally: Tally,
}

/// What a look found.
#[derive(Debug)]
pub struct Seen {
    /// The backend, ready for use.
    pub backend: Arc<Backend>,
    /// What it holds.
    pub inventory: Inventory,
}

/// What a look came to.
#[derive(Debug)]
pub struct SweepReport {
    /// What was found, or why the backend cannot be used.
    pub seen: Result<Seen, Stop>,
    /// The object after the look's own writes.
    pub object: BackendObject,
}

/// What looks share: how backends are reached.
pub struct Looker {
    /// The cluster.
    pub client: kube::Client,
    /// Where tokens come from.
    pub sources: Arc<Sources>,
    /// Which addresses a namespace's backend may lead to.
    pub addresses: AddressPolicy,
    /// The operator's own registry.
    pub embedded: Option<Embedded>,
    /// What the operator itself signs in to Azure by.
    pub identity: OwnIdentity,
    /// What tokens are asked for through.
    pub entra: Arc<Http>,
    /// What Azure allows whom.
    pub budgets: Budgets,
    /// Told of every call.
    pub observer: Arc<dyn Observer>,
}

impl Looker {
    /// Looks at a backend.
    pub(super) async fn look(&self, sweep: Sweep, now: impl Fn() -> Timestamp) -> SweepReport {
        let Sweep {
            mut object,
            last,
            tally,
        } = sweep;
        if let Err(error) = self.hold(&mut object, tally.connectors > 0).await {
            let stop = Stop::new(Reason::ApiServerUnavailable, "its finalizer could not be written");
            tracing::info!(backend = %object.key, error = chain(&error), "finalizer not written");
            return SweepReport {
                seen: Err(stop),
                object,
            };
        }
        let seen = match self.connect(&object, last.as_deref()).await {
            Ok(backend) => take_stock(&object, backend).await,
            Err(stop) => Err(stop),
        };
        let instance = seen.as_ref().ok().and_then(|seen| seen.backend.instance.clone());
        let result = seen.as_ref().map(|_| ()).map_err(Clone::clone);
        let judged = backend_status::Judged {
            result,
            instance,
            tally,
            held: object.deleting && object.is_held(),
        };
        let next = backend_status::next(&object.status, judged, object.generation, now());
        self.tell(&mut object, next).await;
        SweepReport { seen, object }
    }

    /// Writes counts.
    pub(super) async fn count(&self, count: Count) -> BackendObject {
        let Count { mut object, tally } = count;
        let mut next = object.status.clone();
        tally.tell(&mut next);
        self.tell(&mut object, Some(next)).await;
        object
    }

    /// A backend is held from its first use until nothing uses it.
    async fn hold(&self, object: &mut BackendObject, used: bool) -> Result<(), WriteError> {
        let mut finalizers = object.finalizers.clone();
        match (used, object.is_held()) {
            (true, false) if !object.deleting => finalizers.push(BACKEND_FINALIZER.to_owned()),
            (false, true) => finalizers.retain(|finalizer| finalizer != BACKEND_FINALIZER),
            _ => return Ok(()),
        }
        let version = subject(object)
            .write_finalizers(&self.client, &finalizers)
            .await?;
        object.resource_version = version.unwrap_or_default();
        object.finalizers = finalizers;
        Ok(())
    }

    async fn tell(&self, object: &mut BackendObject, next: Option<BackendStatus>) {
        let Some(next) = next.filter(|_| !(object.deleting && object.finalizers.is_empty())) else {
            return;
        };
        let values = (serde_json::to_value(&object.status), serde_json::to_value(&next));
        let (Ok(old), Ok(new)): (Result<Value, _>, Result<Value, _>) = values else {
            return;
        };
        match subject(object).write_status(&self.client, (&old, &new)).await {
            Ok(version) => {
                object.resource_version = version.unwrap_or_default();
                object.status = next;
            }
            Err(error) => tracing::info!(backend = %object.key, error = chain(&error), "status not written"),
        }
    }
}

/// Lists what a backend holds, or says why it cannot be used. Writes nothing.
pub async fn take_stock(object: &BackendObject, mut backend: Backend) -> Result<Seen, Stop> {
    let read = read(&backend).await;
    let inventory = read.map_err(|error| {
        tracing::info!(backend = %object.key, error = chain(&error), "not listed");
        Stop::from(&error)
    })?;
    backend.instance = backend.client.instance();
    match (&object.status.registry_instance, &backend.instance) {
        (Some(known), Some(found)) if known != found => Err(registry_replaced(known, found)),
        _ => Ok(Seen {
            backend: Arc::new(backend),
            inventory,
        }),
    }
}

async fn read(backend: &Backend) -> Result<Inventory, ArmError> {
    let mut inventory = Inventory::default();
    let mut connectors = backend.client.list_custom_apis(&backend.scope);
    while let Some(page) = connectors.next().await? {
        inventory.add_connectors(&page, &backend.policy.tags);
    }
    let mut grants = backend
        .client
        .list_role_assignments(&backend.scope.id(), RoleAssignmentFilter::Everything);
    while let Some(page) = grants.next().await? {
        inventory.add_grants(&page, &backend.scope);
    }
    Ok(inventory)
}

fn subject(object: &BackendObject) -> Subject<'_> {
    Subject {
        collection: match object.key.kind {
            BackendKind::ConnectorBackend => ConnectorBackend::url_path(&(), Some(&object.key.namespace)),
            BackendKind::ClusterConnectorBackend => ClusterConnectorBackend::url_path(&(), None),
        },
        name: &object.key.name,
        uid: &object.uid,
        resource_version: &object.resource_version,
    }
}
