//! How calls to the described API authenticate, and what a connection asks its user for. No client.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    reference::KeyReference,
    schema::{free_object, free_value, free_values, texts},
};

/// How calls to the API authenticate: at most one kind.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Authentication {
    /// Calls carry no credential.
    None(NoCredential),
    /// Calls carry a key in a header or the query.
    ApiKey(ApiKey),
    /// Calls carry a user name and a password.
    Basic(NoCredential),
    /// Calls carry a token of an OAuth 2.0 authorization-code flow.
    Oauth2(OAuth2),
    /// Calls carry a token of Microsoft Entra ID.
    EntraId(EntraId),
}

/// A kind of authentication with nothing to set.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct NoCredential {}

/// Where the key goes: in the header, or the query parameter, of that name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyLocation {
    /// In the header of that name.
    Header,
    /// In the query parameter of that name.
    Query,
}

/// A key in a header or the query.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Name of the header or query parameter.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// Where the key goes.
    pub r#in: KeyLocation,
    /// What a connection's form calls the key; default "API key".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80))]
    pub display_name: Option<String>,
}

/// Which redirect address the identity provider must allow: Global (default) is one for all connectors;
/// GlobalPerConnector is this connector's own, shown in status once it is registered.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum RedirectMode {
    /// One address for all connectors.
    Global,
    /// One address for this connector.
    GlobalPerConnector,
}

/// An OAuth 2.0 authorization-code flow.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuth2 {
    /// Name by which the backend knows the provider; default oauth2, the generic one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub identity_provider: Option<String>,
    /// Client id of the application registered with the provider.
    #[schemars(length(min = 1, max = 256))]
    pub client_id: String,
    /// Key of a Secret in this namespace that holds the client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_ref: Option<KeyReference>,
    /// Scopes to ask for; default: those of the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 512)))]
    pub scopes: Option<Vec<String>>,
    /// Where users sign in; default: the description's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048), regex(pattern = r"^https://"))]
    pub authorization_url: Option<String>,
    /// Where codes become tokens; default: the description's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048), regex(pattern = r"^https://"))]
    pub token_url: Option<String>,
    /// Where tokens are renewed; default: the token URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048), regex(pattern = r"^https://"))]
    pub refresh_url: Option<String>,
    /// Which redirect address the identity provider must allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_mode: Option<RedirectMode>,
    /// Further settings of the provider, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "texts::<2048>")]
    pub custom_parameters: Option<BTreeMap<String, String>>,
}

/// Microsoft Entra ID as identity provider.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntraId {
    /// Directory to sign in to: an id, a domain, or common (default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub tenant_id: Option<String>,
    /// Client id of the application registered in the directory.
    #[schemars(length(min = 1, max = 256))]
    pub client_id: String,
    /// Key of a Secret in this namespace that holds the client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_ref: Option<KeyReference>,
    /// Resource (application id URI) that tokens are for.
    #[schemars(length(min = 1, max = 2048))]
    pub resource_uri: String,
    /// Where users sign in; default https://login.microsoftonline.com.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048), regex(pattern = r"^https://"))]
    pub login_uri: Option<String>,
    /// Scopes to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 512)))]
    pub scopes: Option<Vec<String>>,
    /// Whether calls are made on behalf of the signed-in user; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_on_behalf_of_login: Option<bool>,
}

/// The type of a connection parameter's value (azure.md 1.4: the published enumeration and `gatewaySetting`).
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the contract's own")]
pub enum ParameterType {
    String,
    #[serde(rename = "securestring")]
    SecureString,
    #[serde(rename = "secureobject")]
    SecureObject,
    Int,
    Bool,
    Object,
    Array,
    OauthSetting,
    Connection,
    GatewaySetting,
}

/// A value that a connection asks its user for, beside what authentication yields.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("(self.type == 'oauthSetting') == has(self.oAuthSettings)")
        .message("oAuthSettings belongs to type oauthSetting, which needs it")
)]
pub struct ConnectionParameter {
    /// Type of the value.
    pub r#type: ParameterType,
    /// Value used where the user gives none; secure types take none, it would be stored in plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "free_value")]
    pub default_value: Option<Value>,
    /// Values to choose from, each `{value, uiDefinition}`; at most 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "free_values")]
    pub allowed_values: Option<Vec<Value>>,
    /// How the form shows the parameter, passed on as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "free_object")]
    pub ui_definition: Option<Value>,
    /// Settings of an on-premises gateway parameter, passed on as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "free_object")]
    pub gateway_settings: Option<Value>,
    /// Settings of type oauthSetting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub o_auth_settings: Option<OAuthSettings>,
}

/// The OAuth settings of a connection parameter.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuthSettings {
    /// Name by which the backend knows the provider.
    #[schemars(length(min = 1, max = 64))]
    pub identity_provider: String,
    /// Client id of the application registered with the provider.
    #[schemars(length(min = 1, max = 256))]
    pub client_id: String,
    /// Key of a Secret in this namespace that holds the client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_ref: Option<KeyReference>,
    /// Scopes to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 512)))]
    pub scopes: Option<Vec<String>>,
    /// Which redirect address the identity provider must allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_mode: Option<RedirectMode>,
    /// Further settings of the provider, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "texts::<2048>")]
    pub custom_parameters: Option<BTreeMap<String, String>>,
}
