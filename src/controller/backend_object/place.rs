//! Where a backend's object points, and the defaults that depend on it. No client.

use crate::{
    arm::id::Scope,
    crd::{
        azure::{
            AzureBackend, AzureCredential, AzureEndpoints, Cloud, ClusterAzureBackend, ClusterAzureCredential,
        },
        backend::{ClusterRegistryBackend, Limits, RegistryBackend},
        reference::NamespacedKeyReference,
    },
    reconcile::target::{Application, AzureCredential as SignsInBy, Endpoint, SecretKey},
};

/// The subscription that registries use where none is chosen.
pub(super) const NO_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
/// The location that registries use where none is chosen.
pub(super) const LOCAL: &str = "local";

/// Where a backend points.
pub(super) struct Place {
    pub(super) endpoint: Endpoint,
    pub(super) scope: Scope,
    pub(super) location: String,
    /// What holds where the object sets no limits.
    pub(super) usual_limits: Limits,
}

impl Place {
    /// A registry, as a namespace describes it.
    pub(super) fn at_registry(registry: RegistryBackend, namespace: &str) -> Self {
        let endpoint = match (registry.url, registry.token_secret_ref) {
            (Some(url), Some(token)) => Endpoint::Remote {
                url,
                token: (namespace.to_owned(), token.name, token.key),
                ca_bundle: registry.ca_bundle,
            },
            _ => Endpoint::Embedded,
        };
        // The operator's own credential would be lent to other groups of its registry.
        let chosen = matches!(endpoint, Endpoint::Remote { .. });
        Self {
            endpoint,
            scope: Scope::new(
                registry
                    .subscription_id
                    .filter(|_| chosen)
                    .as_deref()
                    .unwrap_or(NO_SUBSCRIPTION),
                registry
                    .resource_group
                    .filter(|_| chosen)
                    .as_deref()
                    .unwrap_or(namespace),
            ),
            location: registry
                .location
                .filter(|_| chosen)
                .unwrap_or_else(|| LOCAL.to_owned()),
            usual_limits: Limits::default(),
        }
    }

    /// A registry, as the cluster kind describes it.
    pub(super) fn at_registry_of_cluster(registry: ClusterRegistryBackend, name: &str) -> Self {
        let endpoint = match (registry.url, registry.token_secret_ref) {
            (Some(url), Some(token)) => Endpoint::Remote {
                url,
                token: keyed(token),
                ca_bundle: registry.ca_bundle,
            },
            _ => Endpoint::Embedded,
        };
        let usual_group = format!("cluster.{name}");
        Self {
            endpoint,
            scope: Scope::new(
                registry.subscription_id.as_deref().unwrap_or(NO_SUBSCRIPTION),
                registry.resource_group.as_deref().unwrap_or(&usual_group),
            ),
            location: registry.location.unwrap_or_else(|| LOCAL.to_owned()),
            usual_limits: Limits::default(),
        }
    }

    /// A place in Azure, as a namespace describes it: its own Secrets and service accounts, and one of Microsoft's
    /// clouds.
    pub(super) fn in_azure(azure: AzureBackend, namespace: &str) -> Self {
        let AzureBackend {
            subscription_id,
            resource_group,
            location,
            cloud,
            credential,
        } = azure;
        let own = |name: String, key: String| (namespace.to_owned(), name, key);
        let credential = match credential {
            AzureCredential::ClientSecret(it) => SignsInBy::Secret(
                application(it.tenant_id, it.client_id),
                own(it.secret_ref.name, it.secret_ref.key),
            ),
            AzureCredential::ClientCertificate(it) => SignsInBy::Certificate(
                application(it.tenant_id, it.client_id),
                own(it.secret_ref.name, it.secret_ref.key),
            ),
            AzureCredential::WorkloadIdentity(it) => SignsInBy::ServiceAccount(
                application(it.tenant_id, it.client_id),
                (namespace.to_owned(), it.service_account_ref.name),
            ),
        };
        let scope = Scope::new(&subscription_id, &resource_group);
        Self::azure(endpoints(cloud.unwrap_or_default()), credential, scope, location)
    }

    /// A place in Azure, as the cluster kind describes it.
    pub(super) fn in_azure_of_cluster(azure: ClusterAzureBackend) -> Self {
        let ClusterAzureBackend {
            subscription_id,
            resource_group,
            location,
            cloud,
            endpoints: own,
            credential,
        } = azure;
        let credential = match credential {
            ClusterAzureCredential::ClientSecret(it) => {
                SignsInBy::Secret(application(it.tenant_id, it.client_id), keyed(it.secret_ref))
            }
            ClusterAzureCredential::ClientCertificate(it) => {
                SignsInBy::Certificate(application(it.tenant_id, it.client_id), keyed(it.secret_ref))
            }
            ClusterAzureCredential::WorkloadIdentity(it) => {
                match (it.service_account_ref, it.tenant_id, it.client_id) {
                    (Some(account), Some(tenant), Some(client)) => SignsInBy::ServiceAccount(
                        application(tenant, client),
                        (account.namespace, account.name),
                    ),
                    (_, tenant, client) => SignsInBy::OwnToken { tenant, client },
                }
            }
            ClusterAzureCredential::ManagedIdentity(it) => SignsInBy::Machine(it.client_id),
        };
        let scope = Scope::new(&subscription_id, &resource_group);
        let endpoints = own.unwrap_or_else(|| endpoints(cloud.unwrap_or_default()));
        Self::azure(endpoints, credential, scope, location)
    }

    fn azure(endpoints: AzureEndpoints, credential: SignsInBy, scope: Scope, location: String) -> Self {
        let AzureEndpoints {
            resource_manager,
            authority,
            audience,
        } = endpoints;
        Self {
            endpoint: Endpoint::Azure {
                audience: audience.unwrap_or_else(|| resource_manager.clone()),
                resource_manager,
                authority,
                credential,
            },
            scope,
            location,
            usual_limits: azure_limits(),
        }
    }
}

/// What Azure allows: 1,000 connectors a subscription. Requests come out of a budget that all backends of the
/// subscription share.
fn azure_limits() -> Limits {
    Limits {
        max_connectors: Some(1000),
        max_in_flight: Some(8),
        requests_per_second: None,
        deep_checks_per_hour: None,
    }
}

/// The addresses of Microsoft's clouds.
/// <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>
fn endpoints(cloud: Cloud) -> AzureEndpoints {
    let (resource_manager, authority) = match cloud {
        Cloud::Public => (
            "https://management.azure.com",
            "https://login.microsoftonline.com",
        ),
        Cloud::USGovernment => (
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
        ),
        Cloud::China => (
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
        ),
    };
    AzureEndpoints {
        resource_manager: resource_manager.to_owned(),
        authority: authority.to_owned(),
        audience: None,
    }
}

fn application(tenant: String, client: String) -> Application {
    Application { tenant, client }
}

fn keyed(reference: NamespacedKeyReference) -> SecretKey {
    (reference.namespace, reference.name, reference.key)
}
