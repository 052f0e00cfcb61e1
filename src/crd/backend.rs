//! `ConnectorBackend` and `ClusterConnectorBackend`: where connectors are registered, and the limits on it. No client.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    approval::RequireApproval,
    azure::{AzureBackend, ClusterAzureBackend},
    connector::Adoption,
    reference::{KeyReference, NamespacedKeyReference},
    schema::texts,
    sharing::SharingPolicy,
    status::BackendStatus,
};

/// A backend for the connectors of its own namespace.
#[derive(Clone, CustomResource, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[kube(
    group = "connectors.dev",
    version = "v1alpha1",
    kind = "ConnectorBackend",
    plural = "connectorbackends",
    namespaced,
    shortname = "cbackend",
    category = "connectors",
    status = "BackendStatus",
    derive = "PartialEq",
    doc = "Where connectors of this namespace are registered.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Connectors", type_ = "integer", json_path = ".status.connectors"),
    printcolumn(name = "Failed", type_ = "integer", json_path = ".status.failed"),
    printcolumn(name = "Default", type_ = "boolean", json_path = ".spec.default"),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.registry) != has(self.azure)")
        .message("exactly one of registry and azure must be given")
)]
#[x_kube(
    validation = Rule::new("has(self.registry) == has(oldSelf.registry)")
        .message("a backend does not move between a registry and Azure: connections hang on it; make another backend instead")
)]
pub struct ConnectorBackendSpec {
    /// A registry: {} is the operator's own. Where it points is immutable: connections hang on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryBackend>,
    /// A place in Azure. Where it points is immutable: connections hang on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure: Option<AzureBackend>,
    /// Whether connectors of this namespace that name no backend use this one; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// How far connectors may share. Absent: any principal, with the built-in roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<SharingPolicy>,
    /// How far connectors may take over what exists already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<AdoptionPolicy>,
    /// What is done here only after approval, whatever connectors say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_approval: Option<RequireApproval>,
    /// Tags put on everything registered here; names that begin with connectors.dev. are ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "texts::<256>")]
    #[x_kube(
        validation = Rule::new("self.all(name, name.size() >= 1 && name.size() <= 512 && !name.matches('^(?i)connectors[.]dev[.]|[<>%&?/\\\\\\\\]'))")
            .message("tag names have 1 to 512 characters, do not begin with connectors.dev. and hold none of < > % & ? / \\")
    )]
    pub tags: Option<BTreeMap<String, String>>,
    /// Where deletion protection looks for connections; default: every resource group of the subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_scopes: Option<ConnectionScopes>,
    /// Limits on what is asked of the backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// A backend for the connectors of the namespaces it admits.
#[derive(Clone, CustomResource, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
#[kube(
    group = "connectors.dev",
    version = "v1alpha1",
    kind = "ClusterConnectorBackend",
    plural = "clusterconnectorbackends",
    shortname = "ccbackend",
    category = "connectors",
    status = "BackendStatus",
    derive = "PartialEq",
    doc = "Where connectors of the admitted namespaces are registered.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Connectors", type_ = "integer", json_path = ".status.connectors"),
    printcolumn(name = "Failed", type_ = "integer", json_path = ".status.failed"),
    printcolumn(name = "Default", type_ = "boolean", json_path = ".spec.default"),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.registry) != has(self.azure)")
        .message("exactly one of registry and azure must be given")
)]
#[x_kube(
    validation = Rule::new("has(self.registry) == has(oldSelf.registry)")
        .message("a backend does not move between a registry and Azure: connections hang on it; make another backend instead")
)]
pub struct ClusterConnectorBackendSpec {
    /// A registry: {} is the operator's own. Where it points is immutable: connections hang on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<ClusterRegistryBackend>,
    /// A place in Azure. Where it points is immutable: connections hang on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure: Option<ClusterAzureBackend>,
    /// Whether connectors that name no backend use this one, where their namespace has no default; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// Which namespaces may use this backend: exactly one of all, names, selector. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<AdmittedNamespaces>,
    /// How far connectors may share. Absent: nothing may be shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<SharingPolicy>,
    /// How far connectors may take over what exists already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<AdoptionPolicy>,
    /// What is done here only after approval, whatever connectors say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_approval: Option<RequireApproval>,
    /// Tags put on everything registered here; names that begin with connectors.dev. are ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "texts::<256>")]
    #[x_kube(
        validation = Rule::new("self.all(name, name.size() >= 1 && name.size() <= 512 && !name.matches('^(?i)connectors[.]dev[.]|[<>%&?/\\\\\\\\]'))")
            .message("tag names have 1 to 512 characters, do not begin with connectors.dev. and hold none of < > % & ? / \\")
    )]
    pub tags: Option<BTreeMap<String, String>>,
    /// Where deletion protection looks for connections; default: every resource group of the subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_scopes: Option<ConnectionScopes>,
    /// Limits on what is asked of the backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// A registry that a namespace's connectors are registered with.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.url) == has(oldSelf.url) && (!has(self.url) || self.url == oldSelf.url) && has(self.subscriptionId) == has(oldSelf.subscriptionId) && (!has(self.subscriptionId) || self.subscriptionId == oldSelf.subscriptionId) && has(self.resourceGroup) == has(oldSelf.resourceGroup) && (!has(self.resourceGroup) || self.resourceGroup == oldSelf.resourceGroup) && has(self.location) == has(oldSelf.location) && (!has(self.location) || self.location == oldSelf.location)")
        .message("url, subscriptionId, resourceGroup and location are immutable: connections hang on them; make another backend instead")
)]
#[x_kube(
    validation = Rule::new("has(self.url) || !(has(self.subscriptionId) || has(self.resourceGroup) || has(self.location))")
        .message("on the operator's own registry subscriptionId, resourceGroup and location cannot be chosen")
)]
#[x_kube(
    validation = Rule::new("has(self.url) == has(self.tokenSecretRef)")
        .message("url and tokenSecretRef go together")
)]
pub struct RegistryBackend {
    /// Address of a registry; absent: the operator's own. Plain http only to loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 2048),
        regex(
            pattern = r"^(https://[^/?#@\s]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)(/[^\s?#]*)?$"
        )
    )]
    pub url: Option<String>,
    /// Key of a Secret in this namespace that holds the bearer token. It is sent only to the hosts that the Secret's
    /// annotation connectors.dev/allowed-hosts names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_secret_ref: Option<KeyReference>,
    /// Certificates to trust beside the system's: PEM, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 65_536), extend("format" = "byte"))]
    pub ca_bundle: Option<String>,
    /// Subscription to register in; default: all zeros.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub subscription_id: Option<String>,
    /// Resource group to register in; default: this namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 90),
        regex(pattern = r"^[a-zA-Z0-9_()-]([a-zA-Z0-9_.()-]*[a-zA-Z0-9_()-])?$")
    )]
    pub resource_group: Option<String>,
    /// Location to register in; default: local.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = r"^[a-z0-9]+$"))]
    pub location: Option<String>,
}

/// A registry that connectors of several namespaces are registered with.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.url) == has(oldSelf.url) && (!has(self.url) || self.url == oldSelf.url) && has(self.subscriptionId) == has(oldSelf.subscriptionId) && (!has(self.subscriptionId) || self.subscriptionId == oldSelf.subscriptionId) && has(self.resourceGroup) == has(oldSelf.resourceGroup) && (!has(self.resourceGroup) || self.resourceGroup == oldSelf.resourceGroup) && has(self.location) == has(oldSelf.location) && (!has(self.location) || self.location == oldSelf.location)")
        .message("url, subscriptionId, resourceGroup and location are immutable: connections hang on them; make another backend instead")
)]
#[x_kube(
    validation = Rule::new("has(self.url) == has(self.tokenSecretRef)")
        .message("url and tokenSecretRef go together")
)]
pub struct ClusterRegistryBackend {
    /// Address of a registry; absent: the operator's own. Plain http only to loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 2048),
        regex(
            pattern = r"^(https://[^/?#@\s]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)(/[^\s?#]*)?$"
        )
    )]
    pub url: Option<String>,
    /// Key of a Secret that holds the bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_secret_ref: Option<NamespacedKeyReference>,
    /// Certificates to trust beside the system's: PEM, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 65_536), extend("format" = "byte"))]
    pub ca_bundle: Option<String>,
    /// Subscription to register in; default: all zeros.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub subscription_id: Option<String>,
    /// Resource group to register in; default: cluster.<name of this backend>.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 90),
        regex(pattern = r"^[a-zA-Z0-9_()-]([a-zA-Z0-9_.()-]*[a-zA-Z0-9_()-])?$")
    )]
    pub resource_group: Option<String>,
    /// Location to register in; default: local.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = r"^[a-z0-9]+$"))]
    pub location: Option<String>,
}

/// Which namespaces may use a cluster backend.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AdmittedNamespaces {
    /// Every one, if true.
    All(bool),
    /// Those named.
    Names(#[schemars(length(max = 1000), inner(length(min = 1, max = 63)))] Vec<String>),
    /// Those whose labels match.
    Selector(LabelSelector),
}

/// How far connectors may take over what exists already.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdoptionPolicy {
    /// The furthest adoption that connectors may ask for; default Never on the cluster kind, IfUnowned on the
    /// namespaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Adoption>,
}

/// Where deletion protection looks for connections; what cannot be listed holds deletion.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionScopes {
    /// In every resource group of the subscription, if true.
    Subscription(bool),
    /// In those resource groups.
    ResourceGroups(#[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 90)))] Vec<String>),
}

/// Limits on what is asked of a backend.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Connectors registered at most; default: no limit on a registry, 1000 in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_connectors: Option<i64>,
    /// Calls under way at once; default 32 on a registry, 8 in Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 256))]
    pub max_in_flight: Option<i64>,
    /// Calls a second; default 2000 on a registry; in Azure within what Resource Manager allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub requests_per_second: Option<i64>,
    /// Documents compared an hour, beside those that changed; default: each once a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub deep_checks_per_hour: Option<i64>,
}
