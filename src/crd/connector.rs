//! `CustomConnector`: an API description, how the API authenticates, and who may use it. No client.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    approval::Approval,
    authentication::{Authentication, ConnectionParameter},
    definition::{Definition, Icon},
    reference::BackendReference,
    schema::duration,
    sharing::Sharing,
    status::CustomConnectorStatus,
    validation::Validation,
};

/// What a connector is to be.
#[derive(Clone, CustomResource, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[kube(
    group = "connectors.dev",
    version = "v1alpha1",
    kind = "CustomConnector",
    plural = "customconnectors",
    namespaced,
    shortname = "cconn",
    category = "connectors",
    status = "CustomConnectorStatus",
    derive = "PartialEq",
    doc = "An API registered as a custom connector, and who may use it.",
    validation = Rule::new("has(self.spec.externalName) || self.metadata.name.size() <= 79")
        .message("metadata.name is longer than 79 characters: set spec.externalName"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Shared", type_ = "string", json_path = ".status.sharing.summary"),
    printcolumn(name = "Format", type_ = "string", json_path = ".status.definition.format"),
    printcolumn(name = "Registered", type_ = "string", json_path = ".status.registered", priority = 1),
    printcolumn(name = "Operations", type_ = "integer", json_path = ".status.definition.operations", priority = 1),
    printcolumn(name = "Revision", type_ = "string", json_path = ".status.definition.revision", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.externalName) == has(oldSelf.externalName) && (!has(self.externalName) || self.externalName == oldSelf.externalName)")
        .message("externalName is immutable: it names what is registered; make another connector instead")
)]
pub struct CustomConnectorSpec {
    /// Backends to register with, one registration each. Absent: the default backend, resolved once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["kind".into(), "name".into()]))]
    pub backend_refs: Option<Vec<BackendReference>>,
    /// Name of the registered connector, compared without case; default: metadata.name. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 79), regex(pattern = r"^[a-zA-Z0-9_.()-]{1,79}$"))]
    #[x_kube(
        validation = Rule::new("!(self in ['.', '..'])").message("`.` and `..` are no names")
    )]
    pub external_name: Option<String>,
    /// Name that workflow authors see; default: the description's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub display_name: Option<String>,
    /// What the API does; default: the description's own text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub description: Option<String>,
    /// Background of the icon, #RRGGBB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 7), regex(pattern = r"^#[0-9a-fA-F]{6}$"))]
    pub brand_color: Option<String>,
    /// Icon, a PNG or JPEG under 1 MB: exactly one of configMapKeyRef, url, inline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<Icon>,
    /// The API description: exactly one of inline, configMapKeyRef, secretKeyRef, url.
    pub definition: Definition,
    /// Scheme, host and base path of the API, instead of the description's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 2048),
        regex(pattern = r"^https?://[^{}/ :\\?#@]+(:[0-9]+)?(/[^\s?#]*)?$")
    )]
    pub service_url: Option<String>,
    /// How calls authenticate: at most one of none, apiKey, basic, oauth2, entraId. Absent: the description's first
    /// security scheme. Where it is given it wins over the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// Further values that a connection asks its user for, merged over what authentication yields. At most 32; names
    /// are letters, digits and underscores, with at most one colon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxProperties" = 32))]
    #[x_kube(
        validation = Rule::new("self.all(name, name.size() <= 128 && name.matches('^[0-9a-zA-Z_]+(:[0-9a-zA-Z_]+)?$'))")
            .message("names of connection parameters are letters, digits and underscores, with at most one colon")
    )]
    pub connection_parameters: Option<BTreeMap<String, ConnectionParameter>>,
    /// What connections can do beside calling the API; gateway: they go through an on-premises data gateway, and ask
    /// for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1))]
    pub capabilities: Option<Vec<Capability>>,
    /// Which workflows are offered the connector: V1 those of the Consumption plan, V2 those of Standard. Absent: as
    /// the backend decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2))]
    pub connection_kinds: Option<Vec<ConnectionKind>>,
    /// Who may use the connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<Sharing>,
    /// How the description is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// What a change of the description does that breaks workflows which use the connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_policy: Option<ChangePolicy>,
    /// What is done about changes made by others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift_policy: Option<DriftPolicy>,
    /// How far a connector that exists already may be taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
    /// What becomes of the registered connector with this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Whether deletion waits while connections still use the connector, because the backend deletes them with it;
    /// default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
    /// Whether what is to be done waits until it is approved. Never waiting: what happens when this resource is deleted,
    /// the end of a grant, and what is left of an approved plan that was cut short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The digest of the plan that may be carried out, as status.plan shows it. It is good once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 71), regex(pattern = r"^sha256:[0-9a-f]{64}$"))]
    pub approved_plan: Option<String>,
    /// How often the connector is checked for drift and its URL for changes; default 30m, at least 10s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "duration")]
    #[x_kube(
        validation = Rule::new("duration(self) >= duration('10s')").message("interval is at least 10s")
    )]
    pub interval: Option<kube::core::Duration>,
    /// How long one pass may take; default 1m, from 1s to 10m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "duration")]
    #[x_kube(
        validation = Rule::new("duration(self) >= duration('1s') && duration(self) <= duration('10m')")
            .message("timeout is from 1s to 10m")
    )]
    pub timeout: Option<kube::core::Duration>,
    /// While true nothing is sent and nothing is written; deletion still works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// What connections can do beside calling the API.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Capability {
    /// They go through an on-premises data gateway.
    Gateway,
}

/// A kind of connection: that of the Consumption plan's workflows, or of the Standard plan's.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum ConnectionKind {
    /// Of the Consumption plan.
    V1,
    /// Of the Standard plan.
    V2,
}

impl ConnectionKind {
    /// As the backend spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "V1",
            Self::V2 => "V2",
        }
    }
}

/// Allow (default): it is registered, with a warning. Block: what is registered goes on serving, and status says what
/// would break.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum ChangePolicy {
    /// It is registered, with a warning.
    #[default]
    Allow,
    /// What is registered goes on serving.
    Block,
}

/// Correct (default): changes made by others, to the connector or its grants, are put right. Report: they are shown
/// in status only.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum DriftPolicy {
    /// They are put right.
    #[default]
    Correct,
    /// They are shown in status.
    Report,
}

/// What to do where a connector of that name exists and is not ours: Never (default) leaves it alone, IfIdentical
/// takes it over if it is as wanted, IfUnowned if nobody's ownership tags are on it, Force always. Never beyond what
/// the backend allows, and never one that another live CustomConnector of this cluster owns.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Adoption {
    /// It is left alone.
    #[default]
    Never,
    /// If it is as wanted.
    IfIdentical,
    /// If nobody's ownership tags are on it.
    IfUnowned,
    /// Whatever it is, unless a live CustomConnector of this cluster owns it.
    Force,
}

/// Delete (default) removes grants and connector with this resource. Orphan keeps both and takes our tags off; it is
/// the default for an adopted connector.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum DeletionPolicy {
    /// Grants and connector are removed.
    Delete,
    /// Both stay; our tags are taken off.
    Orphan,
}
