//! Both kinds of backend, read into one form with the kinds' defaults applied. No client.

mod place;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::{
    ResourceExt,
    core::{Selector, SelectorExt as _},
};

use self::place::Place;
use crate::{
    arm::id::Scope,
    crd::{
        BACKEND_FINALIZER, BackendKind, ClusterConnectorBackend, ConnectorBackend,
        approval::RequireApproval,
        backend::{
            AdmittedNamespaces, AdoptionPolicy, ClusterConnectorBackendSpec, ConnectionScopes,
            ConnectorBackendSpec, Limits,
        },
        connector::Adoption,
        sharing::SharingPolicy,
        status::BackendStatus,
    },
    reconcile::target::{BackendKey, Endpoint, Policy},
};

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
        let ConnectorBackendSpec {
            registry,
            azure,
            default,
            sharing,
            adoption,
            require_approval,
            tags,
            connection_scopes,
            limits,
        } = object.spec.clone();
        let place = match azure {
            Some(azure) => Place::in_azure(azure, &namespace),
            None => Place::at_registry(registry.unwrap_or_default(), &namespace),
        };
        let written = Written {
            default,
            admits: Admission::Own,
            place,
            sharing: Some(sharing.unwrap_or_default()),
            adoption,
            usual_adoption: Adoption::IfUnowned,
            require_approval,
            tags,
            connection_scopes,
            limits,
            status: object.status.clone(),
        };
        written.of(object, BackendKind::ConnectorBackend)
    }

    /// Reads the cluster kind.
    pub fn of_cluster(object: &ClusterConnectorBackend) -> Self {
        let ClusterConnectorBackendSpec {
            registry,
            azure,
            default,
            namespaces,
            sharing,
            adoption,
            require_approval,
            tags,
            connection_scopes,
            limits,
        } = object.spec.clone();
        let place = match azure {
            Some(azure) => Place::in_azure_of_cluster(azure),
            None => Place::at_registry_of_cluster(registry.unwrap_or_default(), &object.name_any()),
        };
        let written = Written {
            default,
            admits: Admission::of(namespaces.as_ref()),
            place,
            sharing,
            adoption,
            usual_adoption: Adoption::default(),
            require_approval,
            tags,
            connection_scopes,
            limits,
            status: object.status.clone(),
        };
        written.of(object, BackendKind::ClusterConnectorBackend)
    }
}

/// What either kind says, and what it means where it says nothing and the kinds differ.
struct Written {
    default: Option<bool>,
    admits: Admission,
    place: Place,
    sharing: Option<SharingPolicy>,
    adoption: Option<AdoptionPolicy>,
    usual_adoption: Adoption,
    require_approval: Option<RequireApproval>,
    tags: Option<BTreeMap<String, String>>,
    connection_scopes: Option<ConnectionScopes>,
    limits: Option<Limits>,
    status: Option<BackendStatus>,
}

impl Written {
    /// The object that says it, with the defaults that both kinds have.
    fn of(self, object: &impl ResourceExt, kind: BackendKind) -> BackendObject {
        let Place {
            endpoint,
            scope,
            location,
            usual_limits,
        } = self.place;
        BackendObject {
            key: BackendKey {
                kind,
                namespace: object.namespace().unwrap_or_default(),
                name: object.name_any(),
            },
            uid: object.uid().unwrap_or_default(),
            generation: object.meta().generation.unwrap_or_default(),
            resource_version: object.resource_version().unwrap_or_default(),
            deleting: object.meta().deletion_timestamp.is_some(),
            finalizers: object.finalizers().to_vec(),
            default: self.default.unwrap_or_default(),
            admits: self.admits,
            endpoint,
            scope,
            location,
            policy: Policy {
                sharing: self.sharing,
                adoption: self
                    .adoption
                    .and_then(|it| it.maximum)
                    .unwrap_or(self.usual_adoption),
                require_approval: self.require_approval.unwrap_or_default(),
                tags: self.tags.unwrap_or_default(),
                connection_scopes: self
                    .connection_scopes
                    .unwrap_or(ConnectionScopes::Subscription(true)),
                limits: completed(&self.limits.unwrap_or_default(), &usual_limits),
            },
            status: self.status.unwrap_or_default(),
        }
    }
}

/// The limits that are given, and the usual ones in the place of those that are not.
fn completed(given: &Limits, usual: &Limits) -> Limits {
    Limits {
        max_connectors: given.max_connectors.or(usual.max_connectors),
        max_in_flight: given.max_in_flight.or(usual.max_in_flight),
        requests_per_second: given.requests_per_second.or(usual.requests_per_second),
        deep_checks_per_hour: given.deep_checks_per_hour.or(usual.deep_checks_per_hour),
    }
}
