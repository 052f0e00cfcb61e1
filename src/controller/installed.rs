//! Whether the definitions installed in the cluster are those of this version. Client required.
//!
//! An operator that works on older definitions loses what it writes, silently: the API server drops fields it does
//! not know. So nothing starts before they match, and `/readyz` and the log say what to apply.

mod compare;
#[cfg(test)]
mod tests;

use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, Client, ResourceExt as _};
use tokio::time::{interval, timeout};

pub use self::compare::differences;
use crate::{
    crd,
    metrics::Metrics,
    server::{Gate, Health},
};

/// How often is looked until they match.
const PERIOD: Duration = Duration::from_secs(3);
/// How long the API server may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// How many differences are told; a wholly different version has hundreds.
const TOLD: usize = 5;
/// What brings the definitions up to date.
const REMEDY: &str =
    "apply those of this version: connector-operator crds | kubectl apply --server-side -f -";

/// Returns once the installed definitions are those of this version, and opens the gate. Until then the gate, a metric
/// and the log say what is missing; nothing is logged twice in a row.
pub async fn wait(client: &Client, health: &Health, metrics: &Metrics) {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let mut period = interval(PERIOD);
    let mut told = String::new();
    loop {
        period.tick().await;
        let mut complaints = Vec::new();
        let mut remedy = false;
        for ours in crd::all() {
            if let Err(complaint) = check(&api, &ours).await {
                remedy |= complaint.remedied_by_applying;
                complaints.push(complaint.text);
            }
        }
        metrics.set_definitions_differing(complaints.len());
        if complaints.is_empty() {
            health.open(Gate::Definitions);
            return;
        }
        complaints.extend(remedy.then(|| REMEDY.to_owned()));
        let complaint = complaints.join("; ");
        if complaint != told {
            tracing::warn!("waiting for the definitions of this version: {complaint}");
            health.close(Gate::Definitions, complaint.as_str());
            told = complaint;
        }
    }
}

/// Why a definition does not do.
struct Complaint {
    text: String,
    remedied_by_applying: bool,
}

/// Looks at one of the definitions as it is installed.
async fn check(
    api: &Api<CustomResourceDefinition>,
    ours: &CustomResourceDefinition,
) -> Result<(), Complaint> {
    let name = ours.name_any();
    let apply = |text| Complaint {
        text,
        remedied_by_applying: true,
    };
    let other = |text| Complaint {
        text,
        remedied_by_applying: false,
    };
    let answer = timeout(ANSWER_LIMIT, api.get_opt(&name)).await;
    let answer = answer.map_err(|_| {
        other(format!(
            "cannot read the definition {name}: the API server does not answer"
        ))
    })?;
    let installed = answer.map_err(|error| {
        let forbidden = matches!(&error, kube::Error::Api(status) if status.is_forbidden());
        let remedy = if forbidden {
            "; the shipped ClusterRole allows it"
        } else {
            ""
        };
        other(format!("cannot read the definition {name}: {error}{remedy}"))
    })?;
    let Some(installed) = installed else {
        return Err(apply(format!("{name} is not installed")));
    };
    let differences = differences(&installed, ours);
    if !differences.is_empty() {
        let more = differences.len().saturating_sub(TOLD);
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        let first: Vec<_> = differences.into_iter().take(TOLD).collect();
        let first = first.join(", ");
        return Err(apply(format!("{name} is of another version ({first}{more})")));
    }
    if is_established(&installed) {
        Ok(())
    } else {
        Err(other(format!("the API server does not serve {name} yet")))
    }
}

/// Whether the API server serves what is installed.
fn is_established(installed: &CustomResourceDefinition) -> bool {
    let status = installed.status.iter();
    let mut conditions = status.flat_map(|status| status.conditions.iter().flatten());
    conditions.any(|condition| condition.type_ == "Established" && condition.status == "True")
}
