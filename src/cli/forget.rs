//! `forget`: lets go of a connector that cannot be deleted, and shows what stays behind. Client required.

#[cfg(test)]
mod tests;

use std::{fmt::Write as _, io::Write, process::ExitCode};

use kube::{
    Api,
    api::{DeleteParams, Preconditions},
};
use serde_json::json;

use super::{
    Failure,
    cluster::{
        self, Cluster, Within,
        backends::{self, Backends, Reach, same_registry},
        block_on, unanswered,
    },
    status::{print, readiness},
    terminal::counted,
};
use crate::{
    arm::{RoleAssignmentFilter, id::ResourceId},
    connector::tags::Owner,
    crd::{BackendReference, CONNECTOR_FINALIZER, CustomConnector, status::Registration},
    reconcile::{entry::Entry, parsed::Parsed, status::Stop, target::BackendKey},
};

/// How often a connector that is written by others meanwhile is tried again.
const TRIES: usize = 5;

/// Let go of a connector that cannot be deleted, showing first what stays behind in the backends
///
/// Nothing is removed from a backend. Without --yes nothing is changed at all. Ends with 0 if the connector is let go, with
/// 1 if it was not, and with 2 if the cluster could not be asked.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Let go: do not only show what would stay behind
    #[arg(short, long)]
    yes: bool,
    /// Delete the connector as well, if nobody has asked for that yet
    #[arg(long)]
    delete: bool,
    #[command(flatten)]
    cluster: cluster::Arguments,
    #[command(flatten)]
    backends: backends::Arguments,
    /// The connector
    #[arg(value_name = "NAME")]
    name: String,
}

/// What is left of a registration.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Remains {
    /// The backend, as people call it.
    backend: String,
    id: Option<String>,
    /// What a look found, or why there was none.
    seen: Result<Seen, String>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Seen {
    /// Nothing is registered there.
    Nothing,
    /// A connector, perhaps of somebody else.
    Connector { ours: bool, grants: usize },
}

/// Shows what stays behind on `output`, and lets go where that is wanted.
pub(super) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<ExitCode, Failure> {
    block_on(async {
        let cluster = Cluster::connect(&arguments.cluster).await?;
        let reach = Reach::new(&cluster, &arguments.backends)?;
        carry_out(&cluster, &reach, arguments, output).await
    })
}

async fn carry_out(
    cluster: &Cluster,
    reach: &Reach,
    arguments: &Arguments,
    output: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Arguments {
        yes,
        delete,
        cluster: _,
        backends: _,
        name,
    } = arguments;
    let connector = cluster.connector(name).await?;
    let called = cluster.called(name);
    if !connector.entry.is_deleting() && !delete {
        let text = format!(
            "{called} is not being deleted, so nothing was changed. `forget` is for what cannot be deleted; --delete \
             deletes it as well, and leaves in the backends what is registered.\n"
        );
        print(output, &text)?;
        return Ok(ExitCode::from(1));
    }
    let remains = remains(cluster, reach, &connector).await?;
    print(output, &told(&connector, &called, &remains))?;
    if !yes {
        print(output, "Nothing was changed. Say so with --yes.\n")?;
        return Ok(ExitCode::from(1));
    }
    let others = let_go(cluster, &connector, *delete).await?;
    let end = if others.is_empty() {
        format!("{called} is let go.\n")
    } else {
        format!(
            "{called} is let go by this operator; others still hold it: {}\n",
            others.join(", ")
        )
    };
    print(output, &end)?;
    Ok(ExitCode::SUCCESS)
}

/// Looks at each place where status has the connector on record.
async fn remains(cluster: &Cluster, reach: &Reach, connector: &Parsed) -> Result<Vec<Remains>, Failure> {
    let backends = Backends::read(cluster, Within::Namespace(&cluster.namespace)).await?;
    let mut remains = Vec::new();
    for registration in &connector.status.registrations {
        let Registration {
            backend_kind,
            backend_name,
            id,
            ..
        } = registration;
        let reference = BackendReference {
            kind: *backend_kind,
            name: backend_name.clone(),
        };
        let key = BackendKey::of(&reference, &cluster.namespace);
        let seen = match id {
            Some(id) => look(reach, &backends, &key, id, connector).await,
            None => Ok(Seen::Nothing),
        };
        remains.push(Remains {
            backend: format!("{} {backend_name}", backend_kind.as_str()),
            id: id.clone(),
            seen: seen.map_err(|stop| stop.message),
        });
    }
    Ok(remains)
}

async fn look(
    reach: &Reach,
    backends: &Backends,
    key: &BackendKey,
    id: &str,
    connector: &Parsed,
) -> Result<Seen, Stop> {
    let object = backends.get(key)?;
    let backend = reach.backend(object).await?;
    let id: ResourceId = id.parse().map_err(|_| {
        Stop::new(
            crate::reconcile::reason::Reason::InternalError,
            "its id cannot be read",
        )
    })?;
    let observed = backend.client.get_custom_api(&id).await;
    let observed = observed.map_err(|error| Stop::from(&error))?;
    same_registry(object, &backend)?;
    let Some(observed) = observed else {
        return Ok(Seen::Nothing);
    };
    let key = connector.entry.key();
    let ours = Owner::from_tags(&observed.tags)
        .is_some_and(|owner| *owner.namespace == *key.namespace && *owner.name == *key.name);
    let mut pages = backend
        .client
        .list_role_assignments(&id, RoleAssignmentFilter::Everything);
    let mut grants = 0;
    while let Some(page) = pages.next().await.map_err(|error| Stop::from(&error))? {
        grants += page.iter().filter(|grant| grant.is_at(&id)).count();
    }
    Ok(Seen::Connector { ours, grants })
}

/// What a person should know before letting go.
fn told(connector: &Parsed, called: &str, remains: &[Remains]) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    if let Some(since) = connector.entry.deleted() {
        let (_, reason, message) = readiness(connector);
        let _written = writeln!(
            text,
            "{called} is being deleted since {since}: {reason}: {message}"
        );
    } else {
        let _written = writeln!(text, "{called} is to be deleted.");
    }
    if remains.is_empty() {
        text.push_str(
            "Its status knows of no registration. If a pass was cut short there may be one all the same;\n",
        );
        text.push_str("`audit` shows it then as a connector that no resource declares.\n");
        return text;
    }
    text.push_str("What stays behind:\n");
    for Remains { backend, id, seen } in remains {
        let place = id.as_deref().unwrap_or("no id on record");
        let _written = match seen {
            Ok(Seen::Nothing) => writeln!(text, "- {backend}: nothing ({place})"),
            Ok(Seen::Connector { ours: true, grants }) => writeln!(
                text,
                "- {backend}: {place}, with {} and with tags that name this connector",
                counted(*grants, "grant")
            ),
            Ok(Seen::Connector { ours: false, grants }) => writeln!(
                text,
                "- {backend}: {place}, with {}; its tags do not name this connector",
                counted(*grants, "grant")
            ),
            Err(why) => writeln!(
                text,
                "- {backend}: {place}, by its status alone; not looked at: {why}"
            ),
        };
    }
    text.push_str(
        "A connector of this namespace and name that is created later finds what its tags name, and takes it over.\n",
    );
    text
}

/// Takes our finalizer off, and deletes the object where nobody has yet. Returns the finalizers of others.
///
/// The finalizer goes first: an operator that saw the deletion before would begin to remove what is to stay.
async fn let_go(cluster: &Cluster, connector: &Parsed, delete: bool) -> Result<Vec<String>, Failure> {
    let name = connector.entry.name();
    let api = Api::<CustomConnector>::namespaced(cluster.client.clone(), &cluster.namespace);
    let entries = Api::<Entry>::namespaced(cluster.client.clone(), &cluster.namespace);
    let mut entry = (*connector.entry).clone();
    for _ in 0..TRIES {
        let others: Vec<String> = entry
            .finalizers()
            .iter()
            .filter(|finalizer| *finalizer != CONNECTOR_FINALIZER)
            .cloned()
            .collect();
        let outcome = release(cluster, &api, &entry, &others, delete).await;
        match outcome {
            Ok(()) => return Ok(others),
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(Vec::new()),
            // Somebody wrote meanwhile, the operator perhaps: decide anew on what is there now.
            Err(kube::Error::Api(status)) if status.code == 409 => {
                let read = entries.get_opt(name).await;
                let attempt = format!("cannot read {}", cluster.called(name));
                match read.map_err(unanswered(attempt))? {
                    Some(anew) if anew.uid() == entry.uid() => entry = anew,
                    Some(_) | None => return Ok(Vec::new()),
                }
            }
            Err(error) => {
                return Err(Failure::of(format!("cannot let go of {}", cluster.called(name)))(
                    error,
                ));
            }
        }
    }
    let attempt = format!("cannot let go of {}", cluster.called(name));
    Err(Failure::of(attempt)("others change it all the time; try again"))
}

async fn release(
    cluster: &Cluster,
    api: &Api<CustomConnector>,
    entry: &Entry,
    others: &[String],
    delete: bool,
) -> kube::Result<()> {
    let mut version = entry.resource_version().to_owned();
    if entry.has_finalizer() {
        let patch = json!({ "metadata": {
            "resourceVersion": version, "uid": entry.uid(), "finalizers": others,
        } });
        version = cluster.try_patch(entry.name(), &patch).await?;
    }
    if delete && !entry.is_deleting() {
        let parameters = DeleteParams {
            preconditions: Some(Preconditions {
                resource_version: Some(version),
                uid: Some(entry.uid().to_owned()),
            }),
            ..DeleteParams::default()
        };
        api.delete(entry.name(), &parameters).await?;
    }
    Ok(())
}
