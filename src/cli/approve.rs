//! `approve`: agrees to the plan that a connector's status shows. Client required.

#[cfg(test)]
mod tests;

use std::{fmt::Write as _, io::Write, process::ExitCode};

use serde_json::json;

use super::{
    Failure,
    cluster::{self, Cluster, block_on},
    status::print,
    tree::one_line,
};
use crate::{crd::approval::PlanStatus, reconcile::parsed::Parsed};

/// Approve what the operator waits to do about a connector, showing it first
///
/// Sets spec.approvedPlan to the digest of the plan in the connector's status. Should the plan change meanwhile,
/// nothing of the new one is done. Ends with 0 if the plan is approved, with 1 if there is none or another one, and
/// with 2 if the cluster could not be asked.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Approve this plan only
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
    #[command(flatten)]
    cluster: cluster::Arguments,
    /// The connector
    #[arg(value_name = "NAME")]
    name: String,
}

/// What can be said to a connector's plan.
enum Pending<'a> {
    /// It can be approved.
    Plan(&'a PlanStatus),
    /// It cannot: why.
    Not(String),
}

/// Shows the plan on `output`, and approves it.
pub(super) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<ExitCode, Failure> {
    block_on(async {
        let cluster = Cluster::connect(&arguments.cluster).await?;
        carry_out(&cluster, arguments, output).await
    })
}

async fn carry_out(
    cluster: &Cluster,
    arguments: &Arguments,
    output: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Arguments {
        digest,
        cluster: _,
        name,
    } = arguments;
    let connector = cluster.connector(name).await?;
    let called = cluster.called(name);
    let plan = match pending(&connector, digest.as_deref()) {
        Pending::Plan(plan) => plan,
        Pending::Not(why) => {
            print(output, &format!("{called}: not approved: {why}\n"))?;
            return Ok(ExitCode::from(1));
        }
    };
    print(output, &shown(&called, plan))?;
    let patch = json!({
        "metadata": { "uid": connector.entry.uid() },
        "spec": { "approvedPlan": plan.digest },
    });
    cluster.patch(name, &patch).await?;
    print(output, &format!("{called}: approved\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// The plan that waits; one of an earlier spec would not be carried out.
fn pending<'a>(connector: &'a Parsed, digest: Option<&str>) -> Pending<'a> {
    let plan = connector.status.plan.as_ref();
    match (plan, digest) {
        (None, _) => Pending::Not("no plan waits for approval".to_owned()),
        (Some(plan), Some(digest)) if plan.digest != digest => Pending::Not(format!(
            "the plan that waits is {}, and not {}",
            plan.digest,
            one_line(digest)
        )),
        (Some(_), _) if !connector.is_told_of() => {
            Pending::Not("its plan is for an earlier spec; wait for the one for the present spec".to_owned())
        }
        (Some(plan), _) => Pending::Plan(plan),
    }
}

fn shown(called: &str, plan: &PlanStatus) -> String {
    let mut text = format!("{called}: plan {}\n", plan.digest);
    for line in &plan.summary {
        // Writing to a String never fails.
        let _written = writeln!(text, "  {}", one_line(line));
    }
    text
}
