//! Files that are there whole, or as they were before. No client.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Makes `bytes` the contents of a file: beside it first, then in its place. A link is followed; what is no file (a
/// pipe, a terminal) is written to.
pub(in crate::cli) fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = match fs::metadata(path) {
        Ok(there) if !there.is_file() => return fs::write(path, bytes).map_err(named(path)),
        Ok(_) => fs::canonicalize(path).map_err(named(path))?,
        Err(_) => path.to_owned(),
    };
    let beside = beside(&path);
    let saved = fs::File::create_new(&beside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&beside, &path));
    if saved.is_err() {
        // What went wrong first is what is told.
        let _removed = fs::remove_file(&beside);
    }
    saved.map_err(named(&path))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    path.with_file_name(name)
}

fn named(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::whole;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("a.json");
        whole(&path, b"one").expect("it can be written");
        whole(&path, b"two").expect("it can be replaced");
        assert_eq!(fs::read(&path).expect("it can be read"), b"two");
        assert_eq!(fs::read_dir(folder.path()).expect("it can be listed").count(), 1);
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let error = whole(&folder.path().join("absent/a.json"), b"").expect_err("the folder is not there");
        assert!(error.to_string().contains("absent/a.json"), "{error}");
    }
}
