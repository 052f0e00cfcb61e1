//! What tells that a file was written or replaced since it was read. No client.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path, time::SystemTime};

/// What differs once a file was written or replaced, a symbolic link on the way included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    file: u64,
    length: u64,
    written: Option<SystemTime>,
}

impl Stamp {
    /// As the file is now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            file: metadata.ino(),
            length: metadata.len(),
            written: metadata.modified().ok(),
        })
    }
}
