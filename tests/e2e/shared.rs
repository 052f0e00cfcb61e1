//! What the tests share. Client required.

use std::path::Path;

use connector_operator::crd;
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, ResourceExt as _, api::PostParams, core::ObjectMeta};
use serde_json::Value;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::harness::{
    Failure,
    control_plane::{ControlPlane, Options},
    folder::RunFolder,
};

struct Shared {
    control_plane: ControlPlane,
    _folder: RunFolder,
}

static SHARED: OnceCell<Shared> = OnceCell::const_new();
static DEFINITIONS: OnceCell<()> = OnceCell::const_new();

/// The control plane of this run. A static is never dropped; its processes end with this one.
pub(crate) async fn control_plane() -> &'static ControlPlane {
    match SHARED.get_or_try_init(start).await {
        Ok(shared) => &shared.control_plane,
        Err(failure) => panic!("the control plane did not start: {failure:?}"),
    }
}

/// The control plane of this run, with the three definitions installed and served.
pub(crate) async fn with_definitions() -> &'static ControlPlane {
    let control_plane = control_plane().await;
    DEFINITIONS
        .get_or_init(async || {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
            kubectl(control_plane, &["apply", "--server-side", "--kustomize", folder]);
            let established = ["--for=condition=Established", "--timeout=60s"];
            let names = crd::all().map(|definition| format!("crd/{}", definition.name_any()));
            let names = names.each_ref().map(String::as_str);
            kubectl(control_plane, &[&["wait"], &established[..], &names[..]].concat());
        })
        .await;
    control_plane
}

/// Runs `kubectl` as the administrator, and returns what it printed.
pub(crate) fn kubectl(control_plane: &ControlPlane, arguments: &[&str]) -> String {
    let output = control_plane.kubectl().args(arguments).output().unwrap();
    assert!(output.status.success(), "kubectl {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The objects that `kubectl apply --kustomize` would apply from a folder of this project.
pub(crate) fn rendered(control_plane: &ControlPlane, folder: &str) -> Vec<Value> {
    let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    let render = [
        "create",
        "--dry-run=client",
        "--output=json",
        "--kustomize",
        &folder,
    ];
    let text = kubectl(control_plane, &render);
    serde_json::Deserializer::from_str(&text)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// A folder of this run beside the shared one, for a test that starts processes of its own.
pub(crate) fn run_folder() -> Result<RunFolder, Failure> {
    RunFolder::create(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("e2e"))
}

/// A namespace that no other test uses; returns its name.
pub(crate) async fn namespace(client: &Client, purpose: &str) -> String {
    let name = format!("{purpose}-{:08x}", Uuid::new_v4().as_fields().0);
    let metadata = ObjectMeta {
        name: Some(name.clone()),
        ..ObjectMeta::default()
    };
    let namespace = Namespace {
        metadata,
        ..Namespace::default()
    };
    Api::<Namespace>::all(client.clone())
        .create(&PostParams::default(), &namespace)
        .await
        .unwrap();
    name
}

async fn start() -> Result<Shared, Failure> {
    let folder = run_folder()?;
    let control_plane = ControlPlane::start(Options {
        folder: folder.path().to_owned(),
    })
    .await?;
    Ok(Shared {
        control_plane,
        _folder: folder,
    })
}
