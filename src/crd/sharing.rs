//! Who may use a connector, and how far a backend lets its connectors share. No client.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{duration, timestamp};

/// Additive (default): grants made by others stay and are counted. Exact: those at exactly the connector's scope are
/// removed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum SharingMode {
    /// They stay and are counted.
    #[default]
    Additive,
    /// Those at exactly the connector's scope are removed.
    Exact,
}

/// The kind of a principal, as the directory knows it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[expect(missing_docs, reason = "the names are the directory's own")]
pub enum PrincipalKind {
    User,
    Group,
    ServicePrincipal,
}

impl PrincipalKind {
    /// The kind as the role-assignment contract spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::ServicePrincipal => "ServicePrincipal",
        }
    }
}

/// Who may use the connector.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sharing {
    /// What happens to grants that the operator did not make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<SharingMode>,
    /// The principals to share with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["kind".into(), "id".into(), "role".into()]))]
    pub principals: Vec<Principal>,
}

/// One principal and what it may do.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// User, Group or ServicePrincipal.
    pub kind: PrincipalKind,
    /// Object id in the directory: a GUID in lower case (of a service principal, not of its application).
    #[schemars(
        length(max = 36),
        regex(pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    )]
    pub id: String,
    /// Use, Edit, or a role that the backend declares.
    #[schemars(length(min = 1, max = 64))]
    pub role: String,
    /// When the grant ends; it is removed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "timestamp")]
    pub expires_at: Option<Time>,
    /// Why this principal has access: for readers, also at the backend, which shows it as the description of the grant
    /// from when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub comment: Option<String>,
}

/// What becomes of grants that a tightened limit no longer allows: Revoke (default) removes them, Keep leaves them
/// until they leave the connector's spec.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum OnTighten {
    /// They are removed.
    #[default]
    Revoke,
    /// They stay until they leave the connector's spec.
    Keep,
}

/// How far connectors of a backend may share: the delegation limit.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SharingPolicy {
    /// Roles beside the built-in ones that connectors may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub roles: Vec<Role>,
    /// Kinds of principals that may be named; absent: any. An empty list allows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 3))]
    pub allowed_kinds: Option<Vec<PrincipalKind>>,
    /// Object ids that may be named; absent: any of the allowed kinds. An empty list allows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 1000),
        inner(
            length(max = 36),
            regex(pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        )
    )]
    pub allowed_principals: Option<Vec<String>>,
    /// The furthest that expiresAt may lie ahead when a grant is made or renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "duration")]
    #[x_kube(
        validation = Rule::new("duration(self) > duration('0s')").message("maxDuration is longer than 0s")
    )]
    pub max_duration: Option<kube::core::Duration>,
    /// Whether every grant must name when it ends; default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_expiry: Option<bool>,
    /// What becomes of grants that these limits no longer allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_tighten: Option<OnTighten>,
}

/// A role that connectors may name.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Name that connectors use.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Id of the role definition: a GUID, or a full resource id that ends in one.
    #[schemars(
        length(max = 512),
        regex(pattern = r"^(/[^\s?#]+/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    )]
    pub role_definition_id: String,
}
