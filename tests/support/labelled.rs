//! OpenAPI 2.0 documents that two validators' own tests label valid or invalid, and how they are judged here.

use std::fs;
use std::path::Path;

use connector_operator::definition::{Settings, Severity, check};

/// What a connector needs beyond OpenAPI 2.0: the labels say nothing of it.
const OF_THE_BACKEND: [&str; 4] = [
    "HostMissing",
    "OperationIdMissing",
    "OAuthUrlInsecure",
    "PathsEmpty",
];

/// How many documents of a folder have each label, and how many of them are judged as it says.
#[derive(Default)]
pub(crate) struct Labelled {
    pub(crate) valid: usize,
    pub(crate) accepted: usize,
    pub(crate) invalid: usize,
    pub(crate) rejected: usize,
}

impl Labelled {
    /// Judges the documents that lie in `folder` beside their `labels.json`; prints those that are judged otherwise.
    pub(crate) fn of(folder: &Path) -> Self {
        let labels = fs::read(folder.join("labels.json")).expect("the labels can be read");
        let labels: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&labels).expect("the labels are JSON");
        let mut counts = Self::default();
        for (name, label) in &labels {
            let path = folder.join(name);
            if path.is_file() {
                let bytes = fs::read(path).expect("a labelled document can be read");
                counts.add(name, label == "valid", is_wrong(&bytes));
            }
        }
        counts
    }

    fn add(&mut self, name: &str, is_valid: bool, is_wrong: bool) {
        if is_valid {
            self.valid += 1;
            self.accepted += usize::from(!is_wrong);
        } else {
            self.invalid += 1;
            self.rejected += usize::from(is_wrong);
        }
        if is_wrong == is_valid {
            let label = if is_valid { "valid" } else { "invalid" };
            println!("{name} is labelled {label}, judged otherwise");
        }
    }
}

fn is_wrong(bytes: &[u8]) -> bool {
    let findings = check(bytes, &Settings::default()).findings;
    let mut errors = findings.iter().filter(|one| one.severity() == Severity::Error);
    errors.any(|one| !OF_THE_BACKEND.contains(&one.code()))
}
