//! Where the demo keeps everything, and which file is whose. No client.

use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use crate::harness::{Failure, binary};

/// `target/demo` of this checkout, also where builds go elsewhere: other tools look for it there.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn of_this_checkout() -> Self {
        Self(Path::new(env!("CARGO_MANIFEST_DIR")).join("target/demo"))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Signs in as the administrator.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.0.join("kubeconfig")
    }

    /// What to put on the PATH: `kubectl` and `connector-operator`.
    pub(crate) fn commands(&self) -> PathBuf {
        self.0.join("bin")
    }

    /// The embedded registry's data.
    pub(crate) fn registry_data(&self) -> PathBuf {
        self.0.join("registry")
    }

    /// Where the embedded registry listens.
    pub(crate) fn registry_url(&self) -> PathBuf {
        self.0.join("registry.url")
    }

    /// What it wants to be shown.
    pub(crate) fn registry_token(&self) -> PathBuf {
        self.0.join("registry.token")
    }

    /// Where `examples/served` is served.
    pub(crate) fn served_url(&self) -> PathBuf {
        self.0.join("served.url")
    }

    /// Where the keeper's process id is, for `down.sh`.
    pub(crate) fn keeper_id(&self) -> PathBuf {
        self.0.join("keeper.pid")
    }

    /// What the keeper says about itself.
    pub(crate) fn keeper_log(&self) -> PathBuf {
        self.0.join("logs/keeper.log")
    }

    /// Which build runs.
    pub(crate) fn build(&self) -> PathBuf {
        self.0.join("build")
    }

    /// Held by a keeper from its start to its end, so by no two at once.
    pub(crate) fn try_hold(&self) -> Result<Option<File>, Failure> {
        let file = self.lock_file("keeper.lock")?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.failure("lock", error)),
        }
    }

    /// Waits until no other `make demo` is at work on this folder; then it is our turn as long as the file lives.
    pub(crate) fn turn(&self) -> Result<File, Failure> {
        let file = self.lock_file("up.lock")?;
        file.lock().map_err(|error| self.failure("lock", error))?;
        Ok(file)
    }

    /// A fresh `kubectl` of the administrator's.
    pub(crate) fn kubectl(&self) -> Command {
        let mut command = Command::new(self.commands().join("kubectl"));
        // Its cache is kept by address, which is new each time: in the home folder it would only pile up.
        command
            .arg("--cache-dir")
            .arg(self.0.join("kubectl-cache"))
            .env("KUBECONFIG", self.kubeconfig());
        command
    }

    /// Puts the commands of this build in place.
    pub(crate) fn link_commands(&self, kubectl: &Path) -> Result<(), Failure> {
        let failed = |error| self.failure("put the commands into", error);
        fs::create_dir_all(self.commands()).map_err(failed)?;
        for (name, command) in [("kubectl", kubectl), ("connector-operator", &binary())] {
            let link = self.commands().join(name);
            // There is none at the first start.
            fs::remove_file(&link).unwrap_or_default();
            symlink(command, link).map_err(failed)?;
        }
        Ok(())
    }

    fn lock_file(&self, name: &str) -> Result<File, Failure> {
        fs::create_dir_all(&self.0)
            .and_then(|()| File::create(self.0.join(name)))
            .map_err(|error| self.failure("write into", error))
    }

    fn failure(&self, attempt: &str, error: std::io::Error) -> Failure {
        Failure::io(format!("{attempt} {}", self.0.display()))(error)
    }
}

/// Tells this build from an older one that may still be running.
pub(crate) fn this_build() -> Result<String, Failure> {
    let attempt = || Failure::io("tell which build this is");
    let own = std::env::current_exe().map_err(attempt())?;
    let line = |path: &Path| {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
        let age = modified
            .map_err(attempt())?
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Ok(format!(
            "{} {}
",
            path.display(),
            age.as_nanos()
        ))
    };
    Ok(line(&binary())? + &line(&own)?)
}
