//! A control plane with everything that ships installed, and operators on it. Client required.

use std::{ffi::OsString, path::PathBuf, sync::OnceLock, time::Duration};

use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::{
    azure::{self, Azure},
    harness::{
        Failure,
        control_plane::{ControlPlane, Options},
        folder::RunFolder,
        operator::{self, Operator},
    },
    shared::{kubectl, run_folder},
};

/// Who the operator is to the API server.
pub(crate) const OPERATOR: &str = "system:serviceaccount:connector-operator:connector-operator";

/// On two busy cores the start of a process was seen to take ten seconds.
const START_LIMIT: Duration = Duration::from_mins(1);

/// A control plane with what `deploy/base` installs, and the way in for its service account.
pub(crate) struct Stage {
    control_plane: ControlPlane,
    kubeconfig: PathBuf,
    folder: RunFolder,
}

static SHARED: OnceCell<(Stage, Operator)> = OnceCell::const_new();
static AZURE: OnceLock<(Azure, RunFolder)> = OnceLock::new();
static ALONE: OnceCell<Mutex<Stage>> = OnceCell::const_new();

/// The stage on which one operator runs for all who leave it alone.
pub(crate) async fn with_operator() -> &'static Stage {
    let (stage, _) = SHARED
        .get_or_init(async || {
            let stage = Stage::start().await.unwrap();
            let operator = stage.operator("shared").await;
            (stage, operator)
        })
        .await;
    stage
}

/// The Azure that every operator meets.
pub(crate) fn azure() -> &'static Azure {
    let (azure, _) = AZURE.get_or_init(|| {
        let folder = run_folder().unwrap();
        let options = azure::Options {
            folder: Some(folder.path().to_owned()),
            ..azure::Options::default()
        };
        (Azure::start(options), folder)
    });
    azure
}

/// A stage without an operator, for one test at a time: for those who start, kill and count it.
pub(crate) async fn alone() -> MutexGuard<'static, Stage> {
    let stage = ALONE
        .get_or_init(async || Mutex::new(Stage::start().await.unwrap()))
        .await;
    let stage = stage.lock().await;
    stage.install();
    stage
}

/// Ends an operator in good order: the next need not wait until its lease has run out.
pub(crate) async fn stop(mut operator: Operator) {
    operator.stop(START_LIMIT).await.unwrap();
}

impl Stage {
    async fn start() -> Result<Self, Failure> {
        let folder = run_folder()?;
        let options = Options {
            folder: folder.path().to_owned(),
        };
        let control_plane = ControlPlane::start(options).await?;
        let mut stage = Self {
            control_plane,
            kubeconfig: PathBuf::new(),
            folder,
        };
        stage.install();
        let account = stage
            .control_plane
            .service_account_kubeconfig("connector-operator", "connector-operator");
        stage.kubeconfig = account.await?;
        Ok(stage)
    }

    /// Brings what ships to what it should be.
    pub(crate) fn install(&self) {
        let base = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/base");
        let apply = ["apply", "--server-side", "--force-conflicts", "--kustomize", base];
        kubectl(&self.control_plane, &apply);
        let wait = ["wait", "--for=condition=Established", "--timeout=60s", "crd"];
        let kinds = [
            "customconnectors",
            "connectorbackends",
            "clusterconnectorbackends",
        ];
        let names = kinds.map(|kind| format!("{kind}.connectors.dev"));
        kubectl(
            &self.control_plane,
            &[&wait[..], &names.each_ref().map(String::as_str)].concat(),
        );
    }

    /// The control plane.
    pub(crate) fn control_plane(&self) -> &ControlPlane {
        &self.control_plane
    }

    /// An operator that is ready. One of a name that was used before takes up the lease it had.
    pub(crate) async fn operator(&self, name: &str) -> Operator {
        let mut operator = self.unready_operator(name).await;
        operator.ready(START_LIMIT).await.unwrap();
        operator
    }

    /// An operator that may or may not become ready.
    pub(crate) async fn unready_operator(&self, name: &str) -> Operator {
        let arguments = [
            "--lease-namespace=connector-operator",
            "--allow-source-cidr=127.0.0.0/8",
            &format!("--identity={name}"),
        ];
        let mut environment = azure().environment();
        environment.push((
            "CONNECTOR_OPERATOR_LOG".into(),
            "info,connector_operator=debug".into(),
        ));
        let options = operator::Options {
            kubeconfig: self.kubeconfig.clone(),
            folder: self.folder.path().join("operators").join(name),
            arguments: arguments.map(OsString::from).into(),
            environment,
        };
        Operator::start(options).await.unwrap()
    }
}
