//! `plan`: what a pass would do, asked of the real backends, sending nothing. Client required.

mod asked;
mod manifests;
#[cfg(test)]
mod tests;
mod told;

use std::{collections::BTreeMap, io::Write, path::PathBuf, process::ExitCode};

use self::{
    asked::Question,
    manifests::{Applied, Manifests},
    told::Told,
};
use super::{
    Failure,
    cluster::{self, Cluster, backends, block_on, now},
    run::{identity, uid_of_cluster},
    status::print,
    terminal::Palette,
};
use crate::{
    controller::world,
    reconcile::{entry::Key, parsed::Parsed},
};

/// Tell what the operator would do about connectors, without doing it
///
/// The backends are asked, and nothing is sent to them. Ends with 0 if nothing would be done, with 1 if something
/// would, and with 2 if it cannot be told to the end: a description with errors, a backend that cannot be asked, no
/// cluster.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Connectors of the namespace
    #[arg(
        value_name = "NAME",
        required_unless_present = "file",
        conflicts_with = "file"
    )]
    names: Vec<String>,
    /// File of manifests, YAML or JSON, that are taken as if they were applied; - reads standard input. Of its
    /// CustomConnectors the plans are told; its ConfigMaps stand for those of the cluster
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// How plans are printed: as lines for people, or as one JSON object a connector
    #[arg(short, long, value_enum, value_name = "FORM", default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    cluster: cluster::Arguments,
    #[command(flatten)]
    identity: Identity,
    #[command(flatten)]
    backends: backends::Arguments,
}

/// Under which names the operator registers.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
struct Identity {
    /// Name of this cluster in the tags of what it registers, as the operator's own flag [default: the uid of the
    /// namespace kube-system]
    #[arg(long, env = "CONNECTOR_OPERATOR_CLUSTER_ID", value_name = "ID", value_parser = identity::cluster_id)]
    cluster_id: Option<String>,
    /// Names under which this cluster registered before it was rebuilt, as the operator's own flag
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_FORMER_CLUSTER_IDS",
        value_name = "ID",
        value_delimiter = ',',
        value_parser = identity::cluster_id
    )]
    former_cluster_ids: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Output {
    Text,
    Json,
}

/// Prints the plans to `output`.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let told = block_on(async {
        let cluster = Cluster::connect(&arguments.cluster).await?;
        carry_out(&cluster, arguments).await
    })?;
    let text = match arguments.output {
        Output::Text => told.iter().map(|one| one.text(palette)).collect(),
        Output::Json => told::json(&told)?,
    };
    print(output, &text)?;
    Ok(exit_code(&told))
}

fn exit_code(told: &[Told]) -> ExitCode {
    if told.iter().any(Told::is_open) {
        ExitCode::from(2)
    } else if told.iter().any(|one| !one.steps.is_empty()) {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    }
}

/// Tells of each connector, by namespace.
async fn carry_out(cluster: &Cluster, arguments: &Arguments) -> Result<Vec<Told>, Failure> {
    let Arguments {
        names,
        file,
        output: _,
        cluster: _,
        identity,
        backends,
    } = arguments;
    let manifests = Manifests::read(file, &cluster.namespace)?;
    let Applied {
        cluster,
        connectors,
        new,
    } = manifests.applied_to(cluster).await?;
    let mut wanted: BTreeMap<String, Vec<Parsed>> = BTreeMap::new();
    for connector in connectors.into_iter().chain(cluster.named(names).await?) {
        let namespace = connector.entry.key().namespace.to_string();
        wanted.entry(namespace).or_default().push(connector);
    }
    let identity = who(&cluster, identity).await?;
    let mut told = Vec::new();
    for (namespace, connectors) in wanted {
        let there = Cluster {
            client: cluster.client.clone(),
            namespace,
        };
        let question = Question {
            cluster: &there,
            identity: &identity,
            backends,
            now: now(),
        };
        let keys: Vec<Key> = connectors.iter().map(|it| it.entry.key()).collect();
        let answers = question.ask(&connectors).await?;
        told.extend(
            keys.iter()
                .zip(answers)
                .map(|(key, answer)| Told::of(key, answer, new.contains(key))),
        );
    }
    Ok(told)
}

/// What the operator of this cluster is to others.
async fn who(cluster: &Cluster, identity: &Identity) -> Result<world::Cluster, Failure> {
    let Identity {
        cluster_id,
        former_cluster_ids,
    } = identity;
    Ok(world::Cluster {
        id: match cluster_id {
            Some(id) => id.clone(),
            None => uid_of_cluster(&cluster.client).await?,
        },
        former_ids: former_cluster_ids.clone(),
    })
}
