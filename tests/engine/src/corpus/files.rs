//! Finding and reading descriptions.

use std::fs;
use std::path::{Path, PathBuf};

/// All files below a folder whose names end so, in order.
pub fn below(folder: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    enter(folder, ends, &mut found);
    found.sort();
    found
}

fn enter(folder: &Path, ends: &[&str], found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder of the corpus can be read");
    for entry in entries {
        let path = entry.expect("a folder of the corpus can be read").path();
        if path.is_dir() {
            enter(&path, ends, found);
        } else if path
            .to_str()
            .is_some_and(|name| ends.iter().any(|end| name.ends_with(end)))
        {
            found.push(path);
        }
    }
}

/// The bytes of a file.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file of the corpus can be read")
}

/// The most memory this process has held, in MiB, where the kernel tells.
pub fn peak_mebibytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}
