//! `spec.azure` of the backends: a place in Azure, and by what the operator signs in for it. No client.
//!
//! The kinds differ: what is the operator's own, or leads elsewhere, exists on the cluster kind only.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::{KeyReference, NameReference, NamespacedKeyReference, NamespacedNameReference};

/// Which of Microsoft's clouds: Public (default), USGovernment or China.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Cloud {
    /// The one that most use.
    #[default]
    Public,
    /// That of United States agencies.
    USGovernment,
    /// The one that 21Vianet runs.
    China,
}

/// A place in Azure that a namespace's connectors are registered in.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.subscriptionId == oldSelf.subscriptionId && self.resourceGroup == oldSelf.resourceGroup && self.location == oldSelf.location && (has(self.cloud) ? self.cloud : 'Public') == (has(oldSelf.cloud) ? oldSelf.cloud : 'Public')")
        .message("subscriptionId, resourceGroup, location and cloud are immutable: connections hang on them; make another backend instead")
)]
pub struct AzureBackend {
    /// Subscription to register in.
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub subscription_id: String,
    /// Resource group to register in; it must exist.
    #[schemars(
        length(max = 90),
        regex(pattern = r"^[a-zA-Z0-9_()-]([a-zA-Z0-9_.()-]*[a-zA-Z0-9_()-])?$")
    )]
    pub resource_group: String,
    /// Region to register in, as in westeurope: that of the workflows which use the connectors.
    #[schemars(length(max = 64), regex(pattern = r"^[a-z0-9]+$"))]
    pub location: String,
    /// Microsoft's cloud: Public (default), USGovernment or China.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<Cloud>,
    /// By what the operator signs in: exactly one of clientSecret, clientCertificate, workloadIdentity.
    pub credential: AzureCredential,
}

/// A place in Azure that connectors of several namespaces are registered in.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.subscriptionId == oldSelf.subscriptionId && self.resourceGroup == oldSelf.resourceGroup && self.location == oldSelf.location && (has(self.cloud) ? self.cloud : 'Public') == (has(oldSelf.cloud) ? oldSelf.cloud : 'Public') && has(self.endpoints) == has(oldSelf.endpoints) && (!has(self.endpoints) || self.endpoints == oldSelf.endpoints)")
        .message("subscriptionId, resourceGroup, location, cloud and endpoints are immutable: connections hang on them; make another backend instead")
)]
#[x_kube(
    validation = Rule::new("!(has(self.cloud) && has(self.endpoints))")
        .message("cloud names the endpoints, so give one of the two")
)]
pub struct ClusterAzureBackend {
    /// Subscription to register in.
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub subscription_id: String,
    /// Resource group to register in; it must exist.
    #[schemars(
        length(max = 90),
        regex(pattern = r"^[a-zA-Z0-9_()-]([a-zA-Z0-9_.()-]*[a-zA-Z0-9_()-])?$")
    )]
    pub resource_group: String,
    /// Region to register in, as in westeurope: that of the workflows which use the connectors.
    #[schemars(length(max = 64), regex(pattern = r"^[a-z0-9]+$"))]
    pub location: String,
    /// Microsoft's cloud: Public (default), USGovernment or China.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<Cloud>,
    /// Addresses of a cloud that is none of Microsoft's public ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<AzureEndpoints>,
    /// By what the operator signs in: exactly one of clientSecret, clientCertificate, workloadIdentity, managedIdentity.
    pub credential: ClusterAzureCredential,
}

/// Addresses of a cloud.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AzureEndpoints {
    /// Address of the resource manager. Plain http only to loopback.
    #[schemars(
        length(max = 2048),
        regex(
            pattern = r"^(https://[^/?#@\s]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)(/[^\s?#]*)?$"
        )
    )]
    pub resource_manager: String,
    /// Address of the Entra ID that gives tokens. Plain http only to loopback.
    #[schemars(
        length(max = 2048),
        regex(
            pattern = r"^(https://[^/?#@\s]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)(/[^\s?#]*)?$"
        )
    )]
    pub authority: String,
    /// Whom the tokens are for; default: the address of the resource manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048), regex(pattern = r"^[a-z][a-z0-9+.-]*://[^\s?#]+$"))]
    pub audience: Option<String>,
}

/// By what the operator signs in for a namespace: never by its own identity.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AzureCredential {
    /// By a client secret.
    ClientSecret(ApplicationSecret),
    /// By a certificate: one text with certificate and RSA key in PEM form.
    ClientCertificate(ApplicationSecret),
    /// By a token of a service account that Entra was told to trust.
    WorkloadIdentity(WorkloadIdentity),
}

/// By what the operator signs in for the cluster.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ClusterAzureCredential {
    /// By a client secret.
    ClientSecret(ClusterApplicationSecret),
    /// By a certificate: one text with certificate and RSA key in PEM form.
    ClientCertificate(ClusterApplicationSecret),
    /// By a token of a service account that Entra was told to trust; default: the operator's own.
    WorkloadIdentity(ClusterWorkloadIdentity),
    /// By the identity that Azure gives to the machine or service that the operator runs on.
    ManagedIdentity(ManagedIdentity),
}

/// An application and what it proves itself by.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSecret {
    /// Tenant of the application: an id or a domain.
    #[schemars(
        length(max = 253),
        regex(pattern = r"^[0-9a-zA-Z]([0-9a-zA-Z.-]*[0-9a-zA-Z])?$")
    )]
    pub tenant_id: String,
    /// Client id of the application.
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub client_id: String,
    /// Key of a Secret in this namespace. The Secret's annotation connectors.dev/allowed-hosts must name the host that
    /// signs in, as in login.microsoftonline.com.
    pub secret_ref: KeyReference,
}

/// An application and what it proves itself by.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterApplicationSecret {
    /// Tenant of the application: an id or a domain.
    #[schemars(
        length(max = 253),
        regex(pattern = r"^[0-9a-zA-Z]([0-9a-zA-Z.-]*[0-9a-zA-Z])?$")
    )]
    pub tenant_id: String,
    /// Client id of the application.
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub client_id: String,
    /// Key of a Secret.
    pub secret_ref: NamespacedKeyReference,
}

/// An application, or a managed identity, that trusts a service account.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadIdentity {
    /// Client id of the application or managed identity.
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub client_id: String,
    /// Its tenant: an id or a domain.
    #[schemars(
        length(max = 253),
        regex(pattern = r"^[0-9a-zA-Z]([0-9a-zA-Z.-]*[0-9a-zA-Z])?$")
    )]
    pub tenant_id: String,
    /// Service account of this namespace that it trusts. The operator needs the right to create tokens for it.
    pub service_account_ref: NameReference,
}

/// An application, or a managed identity, that trusts a service account.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.serviceAccountRef) || (has(self.clientId) && has(self.tenantId))")
        .message("with serviceAccountRef, clientId and tenantId must be given too: those of the operator's own identity are not for others")
)]
pub struct ClusterWorkloadIdentity {
    /// Client id of the application or managed identity; default: what the operator's environment says
    /// (AZURE_CLIENT_ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub client_id: Option<String>,
    /// Its tenant: an id or a domain; default: what the operator's environment says (AZURE_TENANT_ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 253),
        regex(pattern = r"^[0-9a-zA-Z]([0-9a-zA-Z.-]*[0-9a-zA-Z])?$")
    )]
    pub tenant_id: Option<String>,
    /// Service account that it trusts; default: the operator's own, by the token in the file that its environment names
    /// (AZURE_FEDERATED_TOKEN_FILE).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account_ref: Option<NamespacedNameReference>,
}

/// The identity that Azure gives to a machine or service.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedIdentity {
    /// Client id of a user-assigned identity; default: the system-assigned one, or the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub client_id: Option<String>,
}
