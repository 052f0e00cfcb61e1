//! What a run is measured on: a control plane with everything that ships, a registry, an operator. Client required.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::harness::{
    Failure,
    control_plane::{self, ControlPlane},
    folder::RunFolder,
    operator::{self, Operator},
    registry::{self, Registry},
};

/// The namespace and the account of `deploy/`.
const OPERATOR: &str = "connector-operator";
/// The operator as the API server's audit log names it.
pub(crate) const OPERATOR_USER: &str = "system:serviceaccount:connector-operator:connector-operator";
const READY_LIMIT: Duration = Duration::from_mins(2);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// The processes of one run, in the order in which they are to end.
#[derive(Debug)]
pub(crate) struct Bed {
    pub(crate) operator: Operator,
    pub(crate) registry: Registry,
    pub(crate) control_plane: ControlPlane,
    kubeconfig: PathBuf,
    folder: RunFolder,
}

impl Bed {
    /// Starts all of them; with the admission policy, if it is wanted.
    pub(crate) async fn start(folder: &Path, admission: bool, latency: Duration) -> Result<Self, Failure> {
        let folder = RunFolder::create(folder)?;
        let control_plane = ControlPlane::start(control_plane::Options {
            folder: folder.path().to_owned(),
        })
        .await?;
        install(&control_plane, "deploy/base")?;
        if admission {
            install(&control_plane, "deploy/admission")?;
        }
        let definitions = [
            "customconnectors",
            "connectorbackends",
            "clusterconnectorbackends",
        ];
        let mut wait = control_plane.kubectl();
        wait.args(["wait", "--for=condition=Established", "--timeout=60s"]);
        wait.args(definitions.map(|name| format!("crd/{name}.connectors.dev")));
        succeed(wait)?;
        let registry = Registry::start(registry::Options {
            folder: folder.path().to_owned(),
            // It counts its calls only then.
            faults: true,
            latency,
        })
        .await?;
        let kubeconfig = control_plane
            .service_account_kubeconfig(OPERATOR, OPERATOR)
            .await?;
        let operator = start_operator(&kubeconfig, folder.path()).await?;
        Ok(Self {
            operator,
            registry,
            control_plane,
            kubeconfig,
            folder,
        })
    }

    /// Stops the operator in good order, and starts another; returns when that began.
    pub(crate) async fn restart_operator(&mut self) -> Result<Instant, Failure> {
        self.operator.stop(STOP_LIMIT).await?;
        let started = Instant::now();
        self.operator = start_operator(&self.kubeconfig, self.folder.path()).await?;
        Ok(started)
    }

    /// Returns once the operator's `/readyz` says so.
    pub(crate) async fn ready(&mut self) -> Result<(), Failure> {
        self.operator.ready(READY_LIMIT).await
    }
}

async fn start_operator(kubeconfig: &Path, folder: &Path) -> Result<Operator, Failure> {
    Operator::start(operator::Options {
        kubeconfig: kubeconfig.to_owned(),
        folder: folder.to_owned(),
        // As deploy/ does; and the name stays, as a pod's does, so that a restart takes over its own lease.
        arguments: [
            "--log-format=json",
            "--lease-namespace",
            OPERATOR,
            "--identity=bench",
        ]
        .map(Into::into)
        .into(),
        environment: Vec::new(),
    })
    .await
}

fn install(control_plane: &ControlPlane, folder: &str) -> Result<(), Failure> {
    let mut command = control_plane.kubectl();
    command
        .args(["apply", "--server-side", "--kustomize"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    succeed(command)
}

fn succeed(mut command: Command) -> Result<(), Failure> {
    let attempt = format!("run {command:?}");
    let output = command.output().map_err(Failure::io(attempt.clone()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::io(attempt)(std::io::Error::other(said)))
}
