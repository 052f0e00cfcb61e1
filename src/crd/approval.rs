//! Plans and who has to agree to them. No client.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Automatic (default): what is to be done is done. Manual: nothing is sent until approvedPlan is the digest of the plan
/// that status shows.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Approval {
    /// What is to be done is done.
    #[default]
    Automatic,
    /// It is told first, and done when it was approved.
    Manual,
}

/// What is done at this backend only after approval: Never (default), Grants: giving access to somebody, Always:
/// everything. The stricter of it and the connector's own approval holds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum RequireApproval {
    /// Nothing, unless the connector asks for it.
    #[default]
    Never,
    /// Giving access to somebody, or another kind of access.
    Grants,
    /// Everything.
    Always,
}

/// What a pass is about to do, and waits with until it is approved.
#[derive(Clone, Debug, Default, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
pub struct PlanStatus {
    /// What spec.approvedPlan has to be for it to be carried out.
    pub digest: String,
    /// What it does, a line each; the last of twenty counts what is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub summary: Vec<String>,
    /// Digest of what was seen when it was made; with the steps and what is wanted now it yields the plan's digest.
    #[serde(default)]
    pub basis: String,
    /// Digests of its steps: what is left of an approved plan is carried out without asking again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4096))]
    pub steps: Vec<String>,
}
