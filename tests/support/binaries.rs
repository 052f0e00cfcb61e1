//! Where the control plane's binaries are; builds them if they are nowhere. No client.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::Failure;

/// The folder that holds the four binaries.
#[derive(Clone, Debug)]
pub(crate) struct Binaries(PathBuf);

impl Binaries {
    /// Asks `get.sh`, which may build for minutes and shows its progress on standard error. Blocks.
    pub(crate) fn get() -> Result<Self, Failure> {
        let command = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/control-plane/get.sh");
        let output = Command::new(&command)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(Failure::io(format!("run {}", command.display())))?;
        if !output.status.success() {
            return Err(Failure::Binaries {
                command,
                status: output.status,
            });
        }
        Ok(Self(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim_end(),
        )))
    }

    /// The API server.
    pub(crate) fn api_server(&self) -> PathBuf {
        self.0.join("kube-apiserver")
    }

    /// The controller manager.
    pub(crate) fn controller_manager(&self) -> PathBuf {
        self.0.join("kube-controller-manager")
    }

    /// The store.
    pub(crate) fn etcd(&self) -> PathBuf {
        self.0.join("etcd")
    }

    /// The client.
    pub(crate) fn kubectl(&self) -> PathBuf {
        self.0.join("kubectl")
    }
}
