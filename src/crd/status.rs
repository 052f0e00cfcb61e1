//! What the operator writes back. No client.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{approval::PlanStatus, reference::BackendKind, schema::timestamp, sharing::PrincipalKind};

/// What became of a CustomConnector.
#[derive(Clone, Debug, Default, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = { "observedGeneration": -1 }))]
pub struct CustomConnectorStatus {
    /// The last generation that was judged, successfully or not; -1 before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Reconciling, Stalled, SourceReady, Valid, Registered, Shared, Drifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// The description that the conditions speak of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<DefinitionStatus>,
    /// What is wrong with the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<ValidationStatus>,
    /// What the conversion to OpenAPI 2.0 could not carry over; absent for a description that needed none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<ConversionStatus>,
    /// One entry a backend.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["backendKind".into(), "backendName".into()]))]
    pub registrations: Vec<Registration>,
    /// Registrations that are up to date, of those wanted: 2/2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<String>,
    /// Who may use the connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<SharingStatus>,
    /// What is to be done and waits for approval, or is being carried out; absent where there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
    /// The digest of the plan that was approved and carried out last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_approved_plan: Option<String>,
    /// The last value of the annotation connectors.dev/requested-at that a pass answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_request: Option<String>,
}

/// The description that was judged last.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DefinitionStatus {
    /// openapi-2.0, or what it was recognised as; absent where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The description's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The description's own version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// sha256 of the bytes as they were fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Their number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<i64>,
    /// Number of operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<i64>,
    /// Where they came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What the source calls its content: a resource version, an ETag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// What is wrong with a description.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidationStatus {
    /// Number of errors.
    pub errors: i64,
    /// Number of warnings.
    pub warnings: i64,
    /// Number of findings that spec.validation.waive accepts; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<i64>,
    /// The first twenty errors and warnings, errors first; `connector-operator validate` shows advice as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub findings: Vec<FindingStatus>,
}

/// What a conversion could not carry over as it was.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversionStatus {
    /// How many parts of the description were lost or refused; what was merely said in another way is not counted.
    pub lost_count: i64,
    /// The first twenty of them. `connector-operator convert --report` lists all, and what was changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub lost: Vec<LossStatus>,
}

/// One part of a description that was not carried over.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LossStatus {
    /// Stable name of the loss.
    pub code: String,
    /// lost or refused.
    pub kind: String,
    /// JSON pointer to the place.
    pub pointer: String,
    /// Line of the place, from 1.
    pub line: i64,
    /// Column of the place, from 1.
    pub column: i64,
    /// What happened to it.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// One finding.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingStatus {
    /// Stable name of the rule.
    pub code: String,
    /// error, warning or info.
    pub severity: String,
    /// JSON pointer to the place.
    pub pointer: String,
    /// Line of the place, from 1.
    pub line: i64,
    /// Column of the place, from 1.
    pub column: i64,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Where a registration stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum RegistrationState {
    /// As wanted.
    Registered,
    /// Not sent yet, or to be sent again.
    Pending,
    /// Refused, or taken by another.
    Failed,
    /// Others removed it, and driftPolicy is Report.
    Missing,
    /// Not wanted any more; being removed.
    Removing,
}

/// One registered connector.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// Kind of the backend.
    pub backend_kind: BackendKind,
    /// Name of the backend.
    pub backend_name: String,
    /// Resource id of the registered connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Registered, Pending, Failed, Missing (others removed it, and driftPolicy is Report) or Removing.
    pub state: RegistrationState,
    /// sha256 of what was sent, secrets aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether the connector existed before and was taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<bool>,
    /// The address that the identity provider must allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// Why it is not as wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RegistrationError>,
}

/// A backend's refusal.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationError {
    /// The backend's own code.
    pub code: String,
    /// What was attempted and why it failed.
    pub message: String,
    /// What the backend calls the failed call; its support asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// Who may use the connector: grants are principals times registrations.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SharingStatus {
    /// Grants wanted now.
    pub desired: i64,
    /// Those of them that exist.
    pub granted: i64,
    /// Those that were refused.
    pub failed: i64,
    /// Grants at the connector that no resource declares.
    pub unmanaged: i64,
    /// granted/desired.
    pub summary: String,
    /// The first 32 grants, those in trouble first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub principals: Vec<GrantStatus>,
}

/// Where a grant stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub enum GrantState {
    /// The backend or its limits refuse it.
    Denied,
    /// It could not be made; it is tried again.
    Failed,
    /// Not there: not made yet, or removed by others.
    Pending,
    /// It ended as planned.
    Expired,
    /// It exists.
    Granted,
}

/// One grant.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantStatus {
    /// Kind of the principal.
    pub kind: PrincipalKind,
    /// Object id of the principal.
    pub id: String,
    /// Role granted.
    pub role: String,
    /// Backend of the registration, as Kind/name.
    pub registration: String,
    /// Granted, Pending, Denied, Failed or Expired.
    pub state: GrantState,
    /// Why, in a word; PreExisting where the same grant was made by another, DriftDetected where it was made, others
    /// removed it, and driftPolicy is Report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of a backend.
#[derive(Clone, Debug, Default, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = { "observedGeneration": -1 }))]
pub struct BackendStatus {
    /// The last generation that was judged; -1 before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready: the credential works, the scope exists, the API answers. Reconciling and Stalled while true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Connectors that use this backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connectors: Option<i64>,
    /// Those of them that are not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<i64>,
    /// Until when the backend asked to be left alone; only for long pauses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "timestamp")]
    pub throttled_until: Option<Time>,
    /// Which registry answered first; another one in its place is not written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_instance: Option<String>,
}
