//! The directory that holds a registry: who may read it, its token, and that only one process uses it. No client.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

/// Random bytes in a token.
const TOKEN_BYTES: usize = 32;

/// A data directory in use by this process, and by no other until it is dropped.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// Why a data directory could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Something in it could not be made or read.
    #[error("could not {attempt} `{path}`")]
    Io {
        /// What was tried.
        attempt: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// The system's own error.
        source: io::Error,
    },
    /// Another registry runs on it.
    #[error(
        "the data directory `{0}` is in use by another registry: stop that one, or choose another directory"
    )]
    InUse(PathBuf),
    /// No randomness could be had.
    #[error("could not make a token: the system gives no random bytes")]
    NoRandomness,
}

impl DataDir {
    /// Makes the directory if need be (for its owner alone), and takes hold of it.
    pub(super) fn open(path: &Path) -> Result<Self, DataDirError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(failed("create the data directory", path))?;
        narrow(path, 0o700);
        let lock_path = path.join("lock");
        let lock = private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(&lock_path)
            .map_err(failed("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed("lock", &lock_path)(error)),
        }
    }

    /// The database file, there and readable by its owner alone: SQLite gives its other files the same mode.
    pub(super) fn database(&self) -> Result<PathBuf, DataDirError> {
        let path = self.path.join("registry.sqlite");
        private(OpenOptions::new().create(true).append(true))
            .open(&path)
            .map_err(failed("open", &path))?;
        narrow(&path, 0o600);
        Ok(path)
    }

    /// The file of the token that opens everything; made, with a token, at the first start.
    pub(super) fn token(&self) -> Result<PathBuf, DataDirError> {
        let path = self.path.join("token");
        if path.try_exists().map_err(failed("look for", &path))? {
            narrow(&path, 0o600);
        } else {
            let token = random_token()?;
            replace(&path, token.expose_secret().as_bytes()).map_err(failed("write", &path))?;
        }
        Ok(path)
    }
}

/// Puts a file in place at once and for good: no reader sees a part of it, and no moment shows it to others
/// than its owner.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = directory.join(name);
    // A process that was killed may have left it, and in a container every process has the same number.
    drop(fs::remove_file(&temporary));
    let written = private(OpenOptions::new().create_new(true).write(true))
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
    let placed = written
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| File::open(directory)?.sync_all());
    if placed.is_err() {
        // What is left over is of no use, and its removal is no reason for another error.
        drop(fs::remove_file(&temporary));
    }
    placed
}

/// A token that nobody knows yet.
pub(super) fn random_token() -> Result<SecretString, DataDirError> {
    let mut bytes = [0_u8; TOKEN_BYTES];
    rustls::crypto::aws_lc_rs::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| DataDirError::NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Takes rights of others away. A volume's root may belong to another user; the files in it are private anyway.
fn narrow(path: &Path, mode: u32) {
    let wide = fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o777 & !mode != 0);
    if wide && let Err(error) = fs::set_permissions(path, Permissions::from_mode(mode)) {
        tracing::warn!(
            path = %path.display(),
            error = &error as &dyn std::error::Error,
            "could not take the rights of others from the registry's data"
        );
    }
}

fn failed(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DataDirError {
    let path = path.to_owned();
    move |source| DataDirError::Io {
        attempt,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_token_is_made_once_and_only_its_owner_reads_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data");
        let read = || fs::read_to_string(DataDir::open(&path).unwrap().token().unwrap()).unwrap();
        let first = read();
        assert_eq!(first.len(), 43);
        assert_eq!((mode(&path), mode(&path.join("token"))), (0o700, 0o600));
        assert_eq!(read(), first);
    }

    #[test]
    fn rights_that_are_too_wide_are_taken_away() {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
        fs::write(root.path().join("token"), "x".repeat(40)).unwrap();
        let data = DataDir::open(root.path()).unwrap();
        data.token().unwrap();
        let database = data.database().unwrap();
        assert_eq!(
            (
                mode(root.path()),
                mode(&root.path().join("token")),
                mode(&database)
            ),
            (0o700, 0o600, 0o600)
        );
    }

    #[test]
    fn a_directory_serves_one_registry_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let first = DataDir::open(root.path()).unwrap();
        assert!(matches!(DataDir::open(root.path()), Err(DataDirError::InUse(_))));
        drop(first);
        assert!(DataDir::open(root.path()).is_ok());
    }
}
