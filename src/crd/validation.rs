//! How descriptions are judged. No client.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a description is judged for, and which findings are accepted.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// What the description must be fit for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Findings that are accepted: they are counted, and keep nothing from being registered. What the backend cannot
    /// take cannot be waived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["code".into(), "pointer".into()]))]
    pub waive: Vec<Waiver>,
}

/// Import (default): what the backend needs. Certification: what the publisher's review of connectors needs as well.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Profile {
    /// What the backend needs.
    #[default]
    Import,
    /// What the publisher's review of connectors needs as well.
    Certification,
}

/// A finding that is accepted.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiver {
    /// The finding's code.
    #[schemars(length(min = 1, max = 63))]
    pub code: String,
    /// The finding's JSON pointer; empty: wherever it is found.
    #[schemars(length(max = 1024))]
    pub pointer: String,
    /// Why it is accepted.
    #[schemars(length(min = 1, max = 1024))]
    pub reason: String,
}
