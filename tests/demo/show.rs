//! What a user would look at, and how to look further. Client required.

use connector_operator::crd::CustomConnector;
use kube::ResourceExt as _;

use crate::{
    folder::Folder,
    harness::Failure,
    registry::{self, Line},
    say,
    up::{NAMESPACE, REFUSED},
};

/// Shows the resources as `kubectl` does, why one is refused, and what the registry holds.
pub(crate) async fn all(folder: &Folder, connectors: &[CustomConnector]) -> Result<(), Failure> {
    kubectl(folder, &["get", "connectors", "--all-namespaces"])?;
    kubectl(
        folder,
        &[
            "get",
            "customconnectors",
            "--namespace",
            NAMESPACE,
            "--output",
            "wide",
        ],
    )?;
    refusal(connectors);
    losses(connectors);
    held(&registry::held(folder).await?);
    Ok(())
}

fn kubectl(folder: &Folder, arguments: &[&str]) -> Result<(), Failure> {
    say(format_args!("\n$ kubectl {}", arguments.join(" ")));
    let attempt = format!("run kubectl {}", arguments.join(" "));
    folder
        .kubectl()
        .args(arguments)
        .status()
        .map(drop)
        .map_err(Failure::io(attempt))
}

fn refusal(connectors: &[CustomConnector]) {
    let refused = connectors
        .iter()
        .filter(|connector| connector.name_any() == REFUSED);
    let findings = refused
        .filter_map(|connector| connector.status.as_ref()?.validation.as_ref())
        .flat_map(|validation| &validation.findings);
    say(format_args!(
        "\nWhy `{REFUSED}` is refused (status.validation; before anything was sent):"
    ));
    for finding in findings {
        say(format_args!(
            "  examples/{REFUSED}/openapi.yaml:{}:{}: {}: {} [{}]\n    {}",
            finding.line, finding.column, finding.severity, finding.message, finding.code, finding.help
        ));
    }
}

/// What conversions could not carry over. A description that loses nothing has nothing here.
fn losses(connectors: &[CustomConnector]) {
    say(format_args!(
        "\nWhat conversion to OpenAPI 2.0 lost (status.conversion):"
    ));
    for connector in connectors {
        let conversion = connector
            .status
            .as_ref()
            .and_then(|status| status.conversion.as_ref());
        for loss in conversion.into_iter().flat_map(|conversion| &conversion.lost) {
            say(format_args!(
                "  {} {}:{}: {} [{}]",
                connector.name_any(),
                loss.line,
                loss.column,
                loss.message,
                loss.code
            ));
        }
    }
}

fn held(lines: &[Line]) {
    say(format_args!("\nWhat the registry holds, and who may use it:"));
    let width = |of: fn(&Line) -> &str| lines.iter().map(|line| of(line).len()).max().unwrap_or_default();
    let (group, connector) = (width(|line| &line.group), width(|line| &line.connector));
    for line in lines {
        say(format_args!(
            "  {:group$}  {:connector$}  {:4}  {}",
            line.group, line.connector, line.role, line.principal
        ));
    }
}

/// How to look around, and how to stop.
pub(crate) fn farewell(folder: &Folder) {
    let (path, connectors) = (folder.path().display(), registry::CONNECTORS);
    say(format_args!(
        r#"
All of it keeps running. To look around:

  export KUBECONFIG={path}/kubeconfig PATH={path}/bin:$PATH
  kubectl get connectors --all-namespaces --watch
  kubectl describe customconnector {REFUSED} --namespace {NAMESPACE}
  kubectl explain customconnector.spec
  connector-operator validate examples/{REFUSED}/openapi.yaml
  curl "$(cat {path}/metrics.url)"
  curl --header "Authorization: Bearer $(cat {path}/registry.token)" \
    "$(cat {path}/registry.url){connectors}"

Logs are in {path}/logs. To stop: make down"#
    ));
}
