//! A look at one backend: sign in, list connectors and grants, bring its finalizer and status up to date. Client
//! required.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Resource as _;
use serde_json::Value;
use url::Url;

use super::{backend_object::BackendObject, backend_status, inventory::Inventory, settings::Embedded};
use crate::{
    arm::{self, ArmError, Client, Observer, RoleAssignmentFilter, StaticToken},
    crd::{BACKEND_FINALIZER, BackendKind, ClusterConnectorBackend, ConnectorBackend, status::BackendStatus},
    reconcile::{
        Subject, WriteError, chain, conditions,
        reason::Reason,
        status::Stop,
        target::{Backend, Credential, Endpoint},
    },
    registry,
    source::{AddressPolicy, Sources, guard},
};

/// How long one request to a backend may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection to a backend may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Calls a second to a registry that says nothing else.
const REQUESTS_PER_SECOND: u32 = 2000;

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

/// What a backend's status counts and shows beside its conditions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tally {
    /// Connectors that use it.
    pub connectors: i64,
    /// Those of them that are not ready.
    pub failed: i64,
    /// Until when it asked to be left alone.
    pub throttled_until: Option<Timestamp>,
}

impl Tally {
    /// Whether a status tells something else.
    pub fn differs(&self, status: &BackendStatus) -> bool {
        let mut told = status.clone();
        self.tell(&mut told);
        told != *status
    }

    /// Has a status tell it.
    pub fn tell(&self, status: &mut BackendStatus) {
        let Self {
            connectors,
            failed,
            throttled_until,
        } = *self;
        status.connectors = Some(connectors);
        status.failed = Some(failed);
        status.throttled_until = throttled_until.map(|until| Time(conditions::whole_seconds(until)));
    }
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

/// What looks share.
pub(super) struct Looker {
    /// The cluster.
    pub client: kube::Client,
    /// Where tokens come from.
    pub sources: Arc<Sources>,
    /// Which addresses a namespace's backend may lead to.
    pub addresses: AddressPolicy,
    /// The operator's own registry.
    pub embedded: Option<Embedded>,
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
            Ok(backend) => list(&object, backend).await,
            Err(stop) => Err(stop),
        };
        let instance = seen.as_ref().ok().and_then(|seen| seen.backend.client.instance());
        let result = seen.as_ref().map(|_| ()).map_err(Clone::clone);
        let judged = backend_status::Judged {
            result,
            instance,
            tally,
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

    /// A backend that can be asked; the client of the last look serves on where nothing about it changed.
    async fn connect(&self, object: &BackendObject, last: Option<&Backend>) -> Result<Backend, Stop> {
        let (client, credential) = match &object.endpoint {
            Endpoint::Embedded => self.embedded_client(object, last)?,
            Endpoint::Remote { .. } => self.remote_client(object, last).await?,
        };
        Ok(Backend {
            key: object.key.clone(),
            client,
            credential,
            scope: object.scope.clone(),
            location: object.location.clone(),
            policy: object.policy.clone(),
            built_in_roles: registry::BUILT_IN_ROLES,
        })
    }

    fn embedded_client(
        &self,
        object: &BackendObject,
        last: Option<&Backend>,
    ) -> Result<(Client, Credential), Stop> {
        let Some(Embedded { url, token }) = &self.embedded else {
            let message =
                "it points to the operator's own registry, and the operator runs without --embedded-registry";
            return Err(Stop::new(Reason::NoEmbeddedRegistry, message));
        };
        if let Some(known) = reusable(object, last, "") {
            return Ok(known);
        }
        let token =
            StaticToken::new(token).map_err(|error| Stop::new(Reason::InternalError, error.to_string()))?;
        let endpoint = arm::Endpoint::new(url.as_str(), None).map_err(|error| invalid(&error))?;
        self.client(object, endpoint, Arc::new(token), String::new())
    }

    async fn remote_client(
        &self,
        object: &BackendObject,
        last: Option<&Backend>,
    ) -> Result<(Client, Credential), Stop> {
        let Endpoint::Remote {
            url,
            token: (namespace, name, key),
            ca_bundle,
        } = &object.endpoint
        else {
            return Err(Stop::new(
                Reason::InternalError,
                "an embedded registry has no address",
            ));
        };
        let parsed = Url::parse(url)
            .map_err(|error| Stop::new(Reason::EndpointInvalid, format!("spec.registry.url: {error}")))?;
        let own = object.key.kind == BackendKind::ConnectorBackend;
        self.refuse_chosen_scope(object, &parsed)?;
        let secret = if own {
            self.sources.secret_for_host(namespace, name, key, &parsed).await
        } else {
            self.sources.secret_value(namespace, name, key).await
        };
        let secret = match (secret, last) {
            (Ok(secret), _) => secret,
            // A namespace that goes takes its Secrets first: what was read once serves until the end.
            (Err(_), Some(last)) if object.deleting => {
                return Ok((last.client.clone(), last.credential.clone()));
            }
            (Err(error), None) if object.deleting => {
                return Err(Stop::new(
                    Reason::CredentialGone,
                    format!("it is being deleted, and {error}"),
                ));
            }
            (Err(error), _) => return Err(Stop::from(&error)),
        };
        if let Some(known) = reusable(object, last, &secret.revision) {
            return Ok(known);
        }
        let token = StaticToken::new(&secret.value).map_err(|error| {
            Stop::new(
                Reason::Unauthorized,
                format!("key `{key}` of Secret `{name}` cannot be sent as a token: {error}"),
            )
        })?;
        let bundle = ca_bundle.as_deref().map(|text| STANDARD.decode(text)).transpose();
        let bundle = bundle.map_err(|error| {
            Stop::new(
                Reason::EndpointInvalid,
                format!("spec.registry.caBundle is not base64: {error}"),
            )
        })?;
        let mut endpoint = arm::Endpoint::new(url, bundle.as_deref()).map_err(|error| invalid(&error))?;
        if own {
            let resolver = guard(&self.addresses, &parsed).map_err(|error| Stop::from(&error))?;
            endpoint = endpoint.resolved_by(resolver);
        }
        self.client(object, endpoint, Arc::new(token), secret.revision)
    }

    /// On the operator's own registry, also when it is reached by its address, a namespace cannot choose where it
    /// registers: it would reach into other namespaces' groups.
    fn refuse_chosen_scope(&self, object: &BackendObject, url: &Url) -> Result<(), Stop> {
        let own = self
            .embedded
            .as_ref()
            .is_some_and(|embedded| embedded.url.origin() == url.origin());
        let chosen = object.scope.resource_group() != object.key.namespace;
        if own && object.key.kind == BackendKind::ConnectorBackend && chosen {
            let message =
                "spec.registry.url is the operator's own registry, where the resource group cannot be chosen";
            return Err(Stop::new(Reason::EndpointInvalid, message));
        }
        Ok(())
    }

    fn client(
        &self,
        object: &BackendObject,
        endpoint: arm::Endpoint,
        token: Arc<StaticToken>,
        revision: String,
    ) -> Result<(Client, Credential), Stop> {
        let limits = &object.policy.limits;
        let per_second = limits
            .requests_per_second
            .and_then(|limit| u32::try_from(limit).ok());
        let options = arm::Options {
            connect_timeout: CONNECT_TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
            max_in_flight: in_flight(object),
            requests_per_second: NonZeroU32::new(per_second.unwrap_or(REQUESTS_PER_SECOND)),
            ..arm::Options::default()
        };
        let client = Client::new(endpoint, token, Arc::clone(&self.observer), options);
        let client = client.map_err(|error| Stop::new(Reason::EndpointInvalid, chain(&error)))?;
        Ok((
            client,
            Credential {
                revision,
                endpoint: object.endpoint.clone(),
                generation: object.generation,
            },
        ))
    }
}

/// Calls under way at once, the lists of a look beside those of passes.
fn in_flight(object: &BackendObject) -> usize {
    let chosen = object
        .policy
        .limits
        .max_in_flight
        .and_then(|limit| usize::try_from(limit).ok());
    chosen.unwrap_or(super::world::LANE_CAPACITY) + 2
}

fn reusable(object: &BackendObject, last: Option<&Backend>, revision: &str) -> Option<(Client, Credential)> {
    let last = last.filter(|last| {
        let Credential {
            revision: known,
            endpoint,
            generation,
        } = &last.credential;
        known == revision && *endpoint == object.endpoint && *generation == object.generation
    })?;
    Some((last.client.clone(), last.credential.clone()))
}

async fn list(object: &BackendObject, backend: Backend) -> Result<Seen, Stop> {
    let read = read(&backend).await;
    let inventory = read.map_err(|error| {
        tracing::info!(backend = %object.key, error = chain(&error), "not listed");
        Stop::from(&error)
    })?;
    match (&object.status.registry_instance, backend.client.instance()) {
        (Some(known), Some(found)) if *known != found => Err(Stop::new(
            Reason::RegistryReplaced,
            format!("registry {known} was replaced by {found}; nothing is registered anew by itself"),
        )),
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

fn invalid(error: &arm::EndpointError) -> Stop {
    Stop::new(Reason::EndpointInvalid, chain(error))
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
