//! The engine against descriptions that others wrote, where they are present.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "test support")]

#[path = "support/labelled.rs"]
mod labelled;

use std::fs;
use std::path::{Path, PathBuf};

use connector_operator::definition::{Checked, Settings, Severity, check};

use labelled::Labelled;

/// Where the descriptions lie: beside the project's folder, in which tests run. They are no part of it.
fn corpus(part: &str) -> Option<PathBuf> {
    let path = Path::new("../shared/corpus").join(part);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

fn files_named(folder: &Path, name: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the corpus can be read") {
        let path = entry.expect("the corpus can be read").path();
        if path.is_dir() {
            files_named(&path, name, found);
        } else if path.file_name().is_some_and(|file| file == name) {
            found.push(path);
        }
    }
}

fn checked(path: &Path) -> (Vec<u8>, Checked) {
    let bytes = fs::read(path).expect("a file of the corpus can be read");
    let checked = check(&bytes, &Settings::default());
    (bytes, checked)
}

/// Strict JSON but for a byte order mark, as judged by another reader.
fn is_json(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).map(|text| text.trim_start_matches('\u{feff}'));
    text.is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Descriptions up to this many bytes are read a second time.
const LARGEST_READ_TWICE: usize = 60_000;

#[test]
fn published_connectors_pass_and_come_out_unchanged_the_second_time() {
    let Some(folder) = corpus("connectors") else {
        return;
    };
    let mut files = Vec::new();
    files_named(&folder, "apiDefinition.swagger.json", &mut files);
    let (mut strict, mut passed) = (0, 0);
    for file in &files {
        let (bytes, first) = checked(file);
        if !is_json(&bytes) {
            assert!(
                first.errors > 0,
                "{} is not JSON, yet has no error",
                file.display()
            );
            continue;
        }
        strict += 1;
        let Some(connector) = first.connector else {
            let errors: Vec<String> = first
                .findings
                .iter()
                .filter(|one| one.severity() == Severity::Error)
                .map(|one| format!("{}:{} {}", one.line, one.column, one.message))
                .collect();
            println!("{}: {}", file.display(), errors.join(" "));
            continue;
        };
        passed += 1;
        // The largest would take minutes without optimisation; generated descriptions are put to this proof as well.
        if bytes.len() > LARGEST_READ_TWICE {
            continue;
        }
        let written = connector.to_json();
        let again = check(written.as_bytes(), &Settings::default());
        assert_eq!(again.errors, 0, "{}", file.display());
        assert_eq!(
            again.connector.map(|connector| connector.to_json()),
            Some(written),
            "{}",
            file.display()
        );
    }
    println!(
        "{passed} of {strict} descriptions in strict JSON pass, of {} in all",
        files.len()
    );
    assert!(
        strict == 0 || passed * 801 >= 790 * strict,
        "{passed} of {strict}"
    );
}

#[test]
fn documents_that_others_labelled_are_judged_as_they_were_labelled() {
    let Some(folder) = corpus("openapi2-labelled") else {
        return;
    };
    let Labelled {
        valid,
        accepted,
        invalid,
        rejected,
    } = Labelled::of(&folder);
    println!("{accepted} of {valid} valid documents accepted, {rejected} of {invalid} invalid ones rejected");
    assert!(rejected * 70 >= 64 * invalid, "{rejected} of {invalid} rejected");
    // Of the 18 present, two leave a response empty, which the official schema forbids: the label is about its example.
    assert!(accepted + 2 >= valid, "{accepted} of {valid} accepted");
}
