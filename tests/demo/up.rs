//! The command at the terminal: everything up, the examples applied, what became of them shown. Client required.

use std::{fs, io, process::Stdio, time::Duration};

use connector_operator::crd::{ClusterConnectorBackend, ConnectorBackend, CustomConnector};
use kube::{Api, Client, ResourceExt as _, api::ListParams};

use crate::{
    folder::Folder,
    harness::{Failure, control_plane::client_of, poll::poll},
    keeper::{self, Keeper, Running},
    say, show,
};

/// The namespace of the examples.
pub(crate) const NAMESPACE: &str = "connector-examples";
/// The example that is to be refused.
pub(crate) const REFUSED: &str = "broken";
/// On two busy cores; two seconds are usual.
const SETTLE_LIMIT: Duration = Duration::from_mins(1);
/// The address in `examples/weather` that stands for the one of this run.
const EXAMPLE_ADDRESS: &str = "http://127.0.0.1:8000";

/// Leaves everything running, unless it fails or is interrupted before the end: then what it started ends.
pub(crate) async fn up(folder: &Folder) -> Result<(), Failure> {
    let _turn = folder.turn()?;
    let keeper = started(folder)?;
    apply_examples(folder)?;
    let client = client_of(&folder.kubeconfig()).await?;
    let connectors = settled(client.clone()).await?;
    counted(client).await?;
    show::all(folder, &connectors).await?;
    judge(&connectors)?;
    if let Some(keeper) = keeper {
        keeper.leave()?;
    }
    show::farewell(folder);
    Ok(())
}

/// The keeper that was started, if none of this build was there.
fn started(folder: &Folder) -> Result<Option<Keeper>, Failure> {
    match keeper::running(folder)? {
        Running::This => {
            say(format_args!(
                "The demo runs already; its examples are applied again."
            ));
            return Ok(None);
        }
        Running::Other => {
            say(format_args!(
                "The demo that runs is of an older build; it is started anew."
            ));
            keeper::end()?;
        }
        Running::Nothing => {}
    }
    say(format_args!("Starting, with all data in target/demo:"));
    Keeper::start(folder).map(Some)
}

fn apply_examples(folder: &Folder) -> Result<(), Failure> {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let served = folder.served_url();
    let served = fs::read_to_string(&served).map_err(Failure::io(format!("read {}", served.display())))?;
    let weather = format!("{examples}/weather/connector.yaml");
    let text = fs::read_to_string(&weather).map_err(Failure::io(format!("read {weather}")))?;
    let file = folder.path().join("weather.yaml");
    fs::write(&file, text.replace(EXAMPLE_ADDRESS, served.trim()))
        .map_err(Failure::io(format!("write {}", file.display())))?;
    let apply = ["apply", "--server-side", "--force-conflicts"];
    run(folder, &[&apply[..], &["--kustomize", examples]].concat())?;
    run(
        folder,
        &[&apply[..], &["--filename", &file.to_string_lossy()]].concat(),
    )
}

/// Runs `kubectl` without showing what it prints, unless it fails.
fn run(folder: &Folder, arguments: &[&str]) -> Result<(), Failure> {
    let attempt = || format!("run kubectl {}", arguments.join(" "));
    let output = folder.kubectl().args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(Failure::io(attempt()))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::io(attempt())(io::Error::other(told)))
}

/// Waits until each connector is ready or refused, and returns them.
async fn settled(client: Client) -> Result<Vec<CustomConnector>, Failure> {
    let connectors: Api<CustomConnector> = Api::namespaced(client, NAMESPACE);
    poll("the connectors of examples/", SETTLE_LIMIT, async || {
        let list = connectors.list(&ListParams::default()).await;
        let list = list.map_err(Failure::call("list the connectors"))?.items;
        let waiting: Vec<String> = list
            .iter()
            .filter(|connector| !is_settled(connector))
            .map(describe)
            .collect();
        Ok(if waiting.is_empty() {
            Ok(list)
        } else {
            Err(waiting.join("; "))
        })
    })
    .await
}

/// Waits until each backend shows how many connectors use it, which comes a moment after they are settled.
async fn counted(client: Client) -> Result<(), Failure> {
    let own: Api<ConnectorBackend> = Api::namespaced(client.clone(), NAMESPACE);
    let shared: Api<ClusterConnectorBackend> = Api::all(client);
    poll("the counts of the backends", SETTLE_LIMIT, async || {
        let all = ListParams::default();
        let failed = || Failure::call("list the backends");
        let own = own.list(&all).await.map_err(failed())?.items;
        let shared = shared.list(&all).await.map_err(failed())?.items;
        let own = own.into_iter().map(|backend| backend.status);
        let mut statuses = own.chain(shared.into_iter().map(|backend| backend.status));
        let counted = statuses.all(|status| status.is_some_and(|status| status.connectors.is_some()));
        Ok(if counted { Ok(()) } else { Err("not counted yet") })
    })
    .await
}

fn is_settled(connector: &CustomConnector) -> bool {
    let observed = connector
        .status
        .as_ref()
        .and_then(|status| status.observed_generation);
    observed == connector.metadata.generation
        && (condition(connector, "Ready") == "True" || condition(connector, "Stalled") == "True")
}

/// The status of a condition; empty where there is none.
fn condition<'a>(connector: &'a CustomConnector, kind: &str) -> &'a str {
    let conditions = connector.status.iter().flat_map(|status| &status.conditions);
    conditions
        .filter(|condition| condition.type_ == kind)
        .map(|condition| condition.status.as_str())
        .next()
        .unwrap_or_default()
}

fn describe(connector: &CustomConnector) -> String {
    let mut conditions = connector.status.iter().flat_map(|status| &status.conditions);
    let ready = conditions.find(|condition| condition.type_ == "Ready");
    let told = ready.map_or_else(
        || "not looked at yet".to_owned(),
        |ready| format!("{}: {}", ready.reason, ready.message),
    );
    format!("{}: {told}", connector.name_any())
}

/// All but one are to be ready, and that one refused at a place in its description.
fn judge(connectors: &[CustomConnector]) -> Result<(), Failure> {
    let wrong: Vec<String> = connectors
        .iter()
        .filter(|connector| {
            let ready = condition(connector, "Ready") == "True";
            let findings = connector
                .status
                .iter()
                .filter_map(|status| status.validation.as_ref());
            let named = findings
                .flat_map(|validation| &validation.findings)
                .any(|finding| finding.line > 0);
            if connector.name_any() == REFUSED {
                ready || !named
            } else {
                !ready
            }
        })
        .map(describe)
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::io("bring the examples to where they should be")(
        io::Error::other(wrong.join("; ")),
    ))
}
