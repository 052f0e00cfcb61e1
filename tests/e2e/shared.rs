//! What the tests share. Client required.

use std::path::Path;

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, api::PostParams, core::ObjectMeta};
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

/// The control plane of this run. A static is never dropped; its processes end with this one.
pub(crate) async fn control_plane() -> &'static ControlPlane {
    match SHARED.get_or_try_init(start).await {
        Ok(shared) => &shared.control_plane,
        Err(failure) => panic!("the control plane did not start: {failure:?}"),
    }
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
