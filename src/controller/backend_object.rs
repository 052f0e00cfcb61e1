//! Both kinds of backend, read into one form with the kinds' defaults applied. No client.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::{ResourceExt as _, core::Selector, core::SelectorExt as _};

use crate::{
    arm::id::Scope,
    crd::{
        BACKEND_FINALIZER, BackendKind, ClusterConnectorBackend, ConnectorBackend,
        backend::{AdmittedNamespaces, ConnectionScopes},
        connector::Adoption,
        status::BackendStatus,
    },
    reconcile::target::{BackendKey, Endpoint, Policy},
};

/// The subscription that registries use where none is chosen.
const NO_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
/// The location that registries use where none is chosen.
const LOCAL: &str = "local";

/// A backend as its object says.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendObject {
    /// Which object it is.
    pub key: BackendKey,
    /// Its uid.
    pub uid: String,
    /// Its generation.
    pub generation: i64,
    /// Its version when it was read.
    pub resource_version: String,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// Its finalizers.
    pub finalizers: Vec<String>,
    /// Whether connectors that name no backend use it.
    pub default: bool,
    /// Which namespaces may use it.
    pub admits: Admission,
    /// Where it points.
    pub endpoint: Endpoint,
    /// Where its connectors are registered.
    pub scope: Scope,
    /// The region they are registered in.
    pub location: String,
    /// What it allows.
    pub policy: Policy,
    /// What was written of it.
    pub status: BackendStatus,
}

/// Which namespaces may use a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The backend's own.
    Own,
    /// None.
    None,
    /// Every one.
    All,
    /// Those named.
    Names(Vec<String>),
    /// Those whose labels match.
    Labels(Box<Selector>),
    /// The selector cannot be read, so none.
    Unreadable,
}

impl Admission {
    fn of(namespaces: Option<&AdmittedNamespaces>) -> Self {
        match namespaces {
            None | Some(AdmittedNamespaces::All(false)) => Self::None,
            Some(AdmittedNamespaces::All(true)) => Self::All,
            Some(AdmittedNamespaces::Names(names)) => Self::Names(names.clone()),
            Some(AdmittedNamespaces::Selector(selector)) => selected(selector),
        }
    }

    /// Whether the namespace, with these labels, may use the backend.
    pub fn admits(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Own | Self::All => true,
            Self::None | Self::Unreadable => false,
            Self::Names(names) => names.iter().any(|name| name == namespace),
            Self::Labels(selector) => selector.matches(labels),
        }
    }
}

fn selected(selector: &LabelSelector) -> Admission {
    Selector::try_from(selector.clone()).map_or(Admission::Unreadable, |selector| {
        Admission::Labels(Box::new(selector))
    })
}

impl BackendObject {
    /// Whether its finalizer is set.
    pub fn is_held(&self) -> bool {
        self.finalizers
            .iter()
            .any(|finalizer| finalizer == BACKEND_FINALIZER)
    }

    /// Whether this shows a later state of the same object.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let number = |object: &Self| object.resource_version.parse::<u128>().ok();
        self.uid == other.uid && number(self) > number(other)
    }

    /// Reads the namespaced kind.
    pub fn of_namespace(object: &ConnectorBackend) -> Self {
        let namespace = object.namespace().unwrap_or_default();
        let spec = &object.spec;
        let registry = &spec.registry;
        let endpoint = match (&registry.url, &registry.token_secret_ref) {
            (Some(url), Some(token)) => Endpoint::Remote {
                url: url.clone(),
                token: (namespace.clone(), token.name.clone(), token.key.clone()),
                ca_bundle: registry.ca_bundle.clone(),
            },
            _ => Endpoint::Embedded,
        };
        let chosen = matches!(endpoint, Endpoint::Remote { .. });
        let subscription = registry
            .subscription_id
            .as_deref()
            .filter(|_| chosen)
            .unwrap_or(NO_SUBSCRIPTION);
        let group = registry
            .resource_group
            .as_deref()
            .filter(|_| chosen)
            .unwrap_or(&namespace);
        let location = registry.location.as_deref().filter(|_| chosen).unwrap_or(LOCAL);
        Self {
            key: BackendKey {
                kind: BackendKind::ConnectorBackend,
                namespace: namespace.clone(),
                name: object.name_any(),
            },
            uid: object.uid().unwrap_or_default(),
            generation: object.metadata.generation.unwrap_or_default(),
            resource_version: object.resource_version().unwrap_or_default(),
            deleting: object.metadata.deletion_timestamp.is_some(),
            finalizers: object.finalizers().to_vec(),
            default: spec.default.unwrap_or_default(),
            admits: Admission::Own,
            endpoint,
            scope: Scope::new(subscription, group),
            location: location.to_owned(),
            policy: Policy {
                sharing: Some(spec.sharing.clone().unwrap_or_default()),
                adoption: spec
                    .adoption
                    .as_ref()
                    .and_then(|it| it.maximum)
                    .unwrap_or(Adoption::IfUnowned),
                tags: spec.tags.clone().unwrap_or_default(),
                connection_scopes: spec
                    .connection_scopes
                    .clone()
                    .unwrap_or(ConnectionScopes::Subscription(true)),
                limits: spec.limits.clone().unwrap_or_default(),
            },
            status: object.status.clone().unwrap_or_default(),
        }
    }

    /// Reads the cluster kind.
    pub fn of_cluster(object: &ClusterConnectorBackend) -> Self {
        let name = object.name_any();
        let spec = &object.spec;
        let registry = &spec.registry;
        let endpoint = match (&registry.url, &registry.token_secret_ref) {
            (Some(url), Some(token)) => Endpoint::Remote {
                url: url.clone(),
                token: (token.namespace.clone(), token.name.clone(), token.key.clone()),
                ca_bundle: registry.ca_bundle.clone(),
            },
            _ => Endpoint::Embedded,
        };
        let group = registry
            .resource_group
            .clone()
            .unwrap_or_else(|| format!("cluster.{name}"));
        Self {
            key: BackendKey {
                kind: BackendKind::ClusterConnectorBackend,
                namespace: String::new(),
                name,
            },
            uid: object.uid().unwrap_or_default(),
            generation: object.metadata.generation.unwrap_or_default(),
            resource_version: object.resource_version().unwrap_or_default(),
            deleting: object.metadata.deletion_timestamp.is_some(),
            finalizers: object.finalizers().to_vec(),
            default: spec.default.unwrap_or_default(),
            admits: Admission::of(spec.namespaces.as_ref()),
            endpoint,
            scope: Scope::new(
                registry.subscription_id.as_deref().unwrap_or(NO_SUBSCRIPTION),
                &group,
            ),
            location: registry.location.clone().unwrap_or_else(|| LOCAL.to_owned()),
            policy: Policy {
                sharing: spec.sharing.clone(),
                adoption: spec
                    .adoption
                    .as_ref()
                    .and_then(|it| it.maximum)
                    .unwrap_or_default(),
                tags: spec.tags.clone().unwrap_or_default(),
                connection_scopes: spec
                    .connection_scopes
                    .clone()
                    .unwrap_or(ConnectionScopes::Subscription(true)),
                limits: spec.limits.clone().unwrap_or_default(),
            },
            status: object.status.clone().unwrap_or_default(),
        }
    }
}
