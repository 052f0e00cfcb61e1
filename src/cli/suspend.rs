//! `suspend` and `resume`: pause what the operator does about connectors, and go on. Client required.

use std::{io::Write, process::ExitCode};

use serde_json::json;

use super::{
    Failure,
    cluster::{self, Cluster, block_on},
    reconcile::Chosen,
    status::print,
};

/// Pause connectors: nothing is sent and nothing is written until they are resumed; deletion still works
#[derive(Debug, clap::Args)]
pub(super) struct Suspend {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    cluster: cluster::Arguments,
}

/// Go on with connectors that are suspended
#[derive(Debug, clap::Args)]
pub(super) struct Resume {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    cluster: cluster::Arguments,
}

impl Suspend {
    /// Pauses, and says so on `output`.
    pub(super) fn run(&self, output: &mut impl Write) -> Result<ExitCode, Failure> {
        set(&self.chosen, &self.cluster, true, output)
    }
}

impl Resume {
    /// Goes on, and says so on `output`.
    pub(super) fn run(&self, output: &mut impl Write) -> Result<ExitCode, Failure> {
        set(&self.chosen, &self.cluster, false, output)
    }
}

fn set(
    chosen: &Chosen,
    arguments: &cluster::Arguments,
    suspended: bool,
    output: &mut impl Write,
) -> Result<ExitCode, Failure> {
    block_on(async {
        let cluster = Cluster::connect(arguments).await?;
        for name in chosen.names(&cluster).await? {
            // Absent means false, and leaves nothing behind for a GitOps tool to show as a difference.
            let patch = json!({ "spec": { "suspend": suspended.then_some(true) } });
            cluster.patch(&name, &patch).await?;
            let done = if suspended { "suspended" } else { "resumed" };
            print(output, &format!("{}: {done}\n", cluster.called(&name)))?;
        }
        Ok(ExitCode::SUCCESS)
    })
}
