//! `reconcile`: asks the operator for a pass over connectors now, and waits for its outcome. Client required.

#[cfg(test)]
mod tests;

use std::{io::Write, process::ExitCode, time::Duration};

use futures::{StreamExt as _, stream::FuturesUnordered};
use kube::{Api, runtime::wait::await_condition};
use serde_json::json;
use tokio::time::timeout;

use super::{
    Failure,
    cluster::{self, Cluster, Within, block_on, now},
    status::{print, readiness, tone_of},
    terminal::Palette,
};
use crate::{
    crd::REQUESTED_AT,
    reconcile::{
        conditions::{self, Kind},
        entry::Entry,
        parsed::Parsed,
    },
};

/// Ask the operator for a pass over connectors now, also where nothing seems to have changed
///
/// Ends with 0 if the passes were asked for and, with --wait, all connectors became ready; with 1 if one did not, and
/// with 2 if one could not be asked for.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    #[command(flatten)]
    chosen: Chosen,
    /// Wait until the connectors are ready, or it is known why they are not
    #[arg(short, long)]
    wait: bool,
    /// How long to wait, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    #[command(flatten)]
    cluster: cluster::Arguments,
}

/// Which connectors of a namespace.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(super) struct Chosen {
    /// Connectors of the namespace
    #[arg(value_name = "NAME", required_unless_present = "all")]
    names: Vec<String>,
    /// All connectors of the namespace
    #[arg(long, conflicts_with = "names")]
    all: bool,
}

impl Chosen {
    /// Their names.
    pub(super) async fn names(&self, cluster: &Cluster) -> Result<Vec<String>, Failure> {
        if !self.all {
            return Ok(self.names.clone());
        }
        let connectors = cluster.connectors(Within::Namespace(&cluster.namespace)).await?;
        Ok(connectors
            .iter()
            .map(|connector| connector.entry.name().to_owned())
            .collect())
    }
}

/// What became of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Answer {
    /// Nothing answered it yet, or what answered it is not at its end.
    Pending,
    /// The connector is ready.
    Ready,
    /// It is not, for a reason that waiting does not mend.
    Stalled,
    /// Nothing is done about a connector that is suspended.
    Suspended,
}

/// What became of the request that this value of the annotation made.
fn answer(connector: &Parsed, request: &str) -> Answer {
    let status = &connector.status;
    if connector.is_suspended() && !connector.entry.is_deleting() {
        return Answer::Suspended;
    }
    let answered = status.last_handled_request.as_deref() == Some(request);
    if !answered || !connector.is_told_of() || conditions::holds(&status.conditions, Kind::Reconciling) {
        return Answer::Pending;
    }
    if conditions::holds(&status.conditions, Kind::Ready) {
        Answer::Ready
    } else {
        Answer::Stalled
    }
}

/// Asks, waits if that is wanted, and prints a line for each connector to `output` as it becomes known.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
) -> Result<ExitCode, Failure> {
    block_on(async {
        let cluster = Cluster::connect(&arguments.cluster).await?;
        carry_out(&cluster, arguments, palette, output).await
    })
}

async fn carry_out(
    cluster: &Cluster,
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Arguments {
        chosen,
        wait,
        timeout: seconds,
        cluster: _,
    } = arguments;
    let request = now().to_string();
    let mut asked = Vec::new();
    for name in chosen.names(cluster).await? {
        let patch = json!({ "metadata": { "annotations": { REQUESTED_AT: request } } });
        let connector = cluster.patch(&name, &patch).await?;
        let called = cluster.called(&name);
        if connector.is_suspended() {
            print(
                output,
                &format!("{called}: suspended; the pass comes when it is resumed\n"),
            )?;
        } else if !wait {
            print(output, &format!("{called}: asked for a pass\n"))?;
        }
        asked.push(name);
    }
    if !wait {
        return Ok(ExitCode::SUCCESS);
    }
    let limit = Duration::from_secs(*seconds);
    let waits = asked.iter().map(|name| outcome(cluster, name, &request, limit));
    let mut waits = waits.collect::<FuturesUnordered<_>>();
    let mut all_ready = true;
    while let Some(outcome) = waits.next().await {
        let (name, outcome) = outcome?;
        all_ready &= outcome.is_ready();
        print(output, &outcome.line(&cluster.called(&name), *seconds, palette))?;
    }
    Ok(if all_ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// How the wait for a connector ended.
enum Outcome {
    Told(Box<Parsed>, Answer),
    Gone,
    /// The time was over; how it stood then.
    Late(Box<Parsed>),
}

async fn outcome(
    cluster: &Cluster,
    name: &str,
    request: &str,
    limit: Duration,
) -> Result<(String, Outcome), Failure> {
    let api = Api::<Entry>::namespaced(cluster.client.clone(), &cluster.namespace);
    let answered = |entry: Option<&Entry>| {
        entry.is_none_or(|entry| answer(&Parsed::of(&entry.clone().into()), request) != Answer::Pending)
    };
    let waited = timeout(limit, await_condition(api, name, answered)).await;
    let outcome = match waited {
        Ok(Ok(None)) => Outcome::Gone,
        Ok(Ok(Some(entry))) => {
            let connector = Parsed::of(&entry.into());
            let answer = answer(&connector, request);
            Outcome::Told(Box::new(connector), answer)
        }
        Ok(Err(error)) => {
            let attempt = format!("cannot wait for {}", cluster.called(name));
            return Err(Failure::of(attempt)(error));
        }
        Err(_elapsed) => Outcome::Late(Box::new(cluster.connector(name).await?)),
    };
    Ok((name.to_owned(), outcome))
}

impl Outcome {
    fn is_ready(&self) -> bool {
        matches!(self, Self::Told(_, Answer::Ready))
    }

    fn line(&self, called: &str, seconds: u64, palette: &Palette) -> String {
        let connector = match self {
            Self::Gone => return format!("{called}: gone\n"),
            Self::Told(_, Answer::Suspended) => return format!("{called}: suspended\n"),
            Self::Told(connector, _) | Self::Late(connector) => connector,
        };
        let (ready, reason, message) = readiness(connector);
        let tone = palette.of_tone(tone_of(&ready));
        let late = match self {
            Self::Late(_) if connector.has_new_request() => {
                format!("no pass within {seconds} s; is the operator running? ")
            }
            Self::Late(_) => format!("not at its end within {seconds} s: "),
            Self::Told(..) | Self::Gone => String::new(),
        };
        format!("{called}: {late}{tone}{reason}{tone:#} {message}\n")
    }
}
