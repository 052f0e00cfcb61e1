//! A folder for one run, swept by the next. No client.
//!
//! A run may end without a word (a static is never dropped, `kill -9` asks nobody), so nobody can be counted on to
//! clean up after themselves; and the logs of a run that failed are wanted afterwards. So each run holds a lock on its
//! folder, which the kernel lets go, and the next run removes what nobody holds.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::Failure;

const LOCK: &str = "lock";

/// A folder that is this run's own for as long as this value lives.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Removes the folders of runs that are over, and makes a new one beside those of runs that are not.
    pub(crate) fn create(parent: &Path) -> Result<Self, Failure> {
        let attempt = format!("make a folder for this run in {}", parent.display());
        Self::try_create(parent).map_err(Failure::io(attempt))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn try_create(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        for entry in fs::read_dir(parent)? {
            sweep(&entry?.path());
        }
        // The lock is taken before the name is one that a sweep looks at.
        let name = Uuid::new_v4().simple().to_string();
        let hidden = parent.join(format!(".{name}"));
        fs::create_dir(&hidden)?;
        let lock = File::create(hidden.join(LOCK))?;
        lock.lock()?;
        let path = parent.join(name);
        fs::rename(hidden, &path)?;
        Ok(Self { path, _lock: lock })
    }
}

/// What cannot be removed yet (a process of that run is just ending) is left to the next run.
fn sweep(folder: &Path) {
    let in_the_making = folder
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    if in_the_making {
        return;
    }
    if let Ok(lock) = File::open(folder.join(LOCK))
        && lock.try_lock().is_ok()
    {
        drop(fs::remove_dir_all(folder));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::harness::poll::eventually;

    #[tokio::test]
    async fn the_folder_of_a_run_that_is_over_is_removed_by_a_later_one_and_no_other() {
        let parent = tempfile::tempdir().unwrap();
        let [over, running] = [
            RunFolder::create(parent.path()).unwrap(),
            RunFolder::create(parent.path()).unwrap(),
        ];
        let path_of_over = over.path().to_owned();
        assert!(path_of_over.exists(), "nothing is removed while its run lasts");

        drop(over);

        // Not always the next: a process that is just being started elsewhere holds the lock for a moment as well.
        eventually("the folder is gone", Duration::from_secs(20), async || {
            RunFolder::create(parent.path()).unwrap();
            if path_of_over.exists() {
                Err("it is there")
            } else {
                Ok(())
            }
        })
        .await;
        assert!(running.path().exists(), "its run is not over");
    }
}
