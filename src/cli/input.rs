//! What a command reads: files, folders and standard input. No client.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Something to read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Input {
    /// The path; `-` is standard input.
    pub(super) path: PathBuf,
    /// The user named it; otherwise it was found in a folder, and may be anything.
    pub(super) is_named: bool,
}

/// What could not be read: its name and why.
pub(super) type Unread = String;

/// Ends of names that descriptions in folders have.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Folders are followed this deep: deeper is a loop or no place for descriptions.
const DEEPEST: usize = 64;

/// What the user named, each folder replaced by the files in it that could be descriptions, by name. Folders whose
/// names begin with a dot, and links to folders, are not entered.
pub(super) fn find(named: &[PathBuf], unread: &mut Vec<Unread>) -> Vec<Input> {
    let mut found = Vec::new();
    for path in named {
        if path.is_dir() {
            enter(path, 0, &mut found, unread);
        } else {
            found.push(Input {
                path: path.clone(),
                is_named: true,
            });
        }
    }
    found
}

fn enter(folder: &Path, depth: usize, found: &mut Vec<Input>, unread: &mut Vec<Unread>) {
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match listed {
        Ok(entries) => entries,
        Err(error) => return unread.push(format!("{}: {error}", folder.display())),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !is_hidden && depth < DEEPEST {
                enter(&path, depth + 1, found, unread);
            }
        } else if has_extension(&path) && path.is_file() {
            found.push(Input {
                path,
                is_named: false,
            });
        }
    }
}

fn has_extension(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| EXTENSIONS.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

impl Input {
    /// The name in output: the path as given.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Reads into `bytes` as much as is worth reading: one byte more than the `most` that is checked. Returns the whole
    /// size in bytes, as far as that is known.
    pub(super) fn read(&self, most: usize, bytes: &mut Vec<u8>) -> io::Result<u64> {
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        bytes.clear();
        let length = if self.path == Path::new("-") {
            io::stdin().lock().take(limit).read_to_end(bytes)?;
            0
        } else {
            let opened = File::open(&self.path)?;
            let length = opened.metadata()?.len();
            opened.take(limit).read_to_end(bytes)?;
            length
        };
        Ok(length.max(bytes.len() as u64))
    }
}

/// Whether a text of no known format was meant as a description: it names one of the formats where they are named. Of
/// a text that cannot be read, this is all that can be told.
pub(super) fn is_meant_as_description(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes.get(..LOOKED_AT).unwrap_or(bytes));
    let is_key = |line: &str, key: &str| {
        let rest = line.strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    text.contains("schema.getpostman.com/json/collection")
        || text.contains("schema.postman.com/")
        || ["\"swagger\"", "\"openapi\""].iter().any(|key| {
            text.match_indices(key)
                .any(|(at, _)| text.get(at..).is_some_and(|rest| is_key(rest, key)))
        })
        || text
            .lines()
            .any(|line| is_key(line, "swagger") || is_key(line, "openapi"))
}

/// Bytes at the beginning of a text in which its format would be named.
const LOOKED_AT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Input, find, is_meant_as_description};

    #[test]
    fn a_folder_stands_for_the_files_in_it_that_could_be_descriptions_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for name in ["b.yml", "a.json", "c.txt", "d/e.YAML", ".git/f.json"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a folder can be made");
            fs::write(path, "").expect("a file can be written");
        }
        let named = folder.path().join("c.txt");
        let mut unread = Vec::new();
        let found = find(&[named.clone(), folder.path().to_owned()], &mut unread);
        let names: Vec<(String, bool)> = found
            .iter()
            .map(|input| {
                (
                    input.name().replace(&folder.path().display().to_string(), ""),
                    input.is_named,
                )
            })
            .collect();
        let expected = [
            ("/c.txt", true),
            ("/a.json", false),
            ("/b.yml", false),
            ("/d/e.YAML", false),
        ];
        assert_eq!(
            names,
            expected.map(|(name, is_named)| (name.to_owned(), is_named))
        );
        assert_eq!(unread, Vec::<String>::new());
    }

    #[test]
    fn no_more_is_read_than_is_checked_and_the_size_is_the_whole_one() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
        fs::write(file.path(), "0123456789").expect("it can be written");
        let input = Input {
            path: file.path().to_owned(),
            is_named: true,
        };
        let mut bytes = Vec::new();
        assert_eq!(input.read(4, &mut bytes).expect("it can be read"), 10);
        assert_eq!(bytes, b"01234");
    }

    #[test]
    fn a_broken_description_is_told_from_other_files() {
        for meant in [
            "{\"swagger\" : \"2.0\",,",
            "# mine\nopenapi: [",
            "{\"openapi\": \"4\"}",
        ] {
            assert!(is_meant_as_description(meant.as_bytes()), "{meant}");
        }
        for other in [
            "",
            "kind: ConfigMap\ndata:\n  swagger: x",
            "{\"dependencies\": {\"swagger-ui\": \"1\"}}",
        ] {
            assert!(!is_meant_as_description(other.as_bytes()), "{other}");
        }
    }
}
