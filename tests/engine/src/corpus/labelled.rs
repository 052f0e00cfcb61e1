//! OpenAPI 2.0 documents that two validators' own tests label valid or invalid.

use connector_operator::definition::{Settings, Severity, check};

use crate::Corpus;
use crate::files;
use crate::table::{Table, reaches};

/// What a connector needs beyond OpenAPI 2.0: the labels say nothing of it.
const OF_THE_BACKEND: [&str; 4] = [
    "HostMissing",
    "OperationIdMissing",
    "OAuthUrlInsecure",
    "PathsEmpty",
];

pub fn measure(corpus: &Corpus, table: &mut Table) {
    let Some(folder) = corpus.part("openapi2-labelled") else {
        return;
    };
    let labels = files::read(&folder.join("labels.json"));
    let labels: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&labels).expect("the labels are JSON");
    let (mut valid, mut accepted, mut invalid, mut rejected) = (0, 0, 0, 0);
    println!("labelled documents that are judged otherwise:");
    for (name, label) in &labels {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        let checked = check(&files::read(&path), &Settings::default());
        let is_wrong = checked
            .findings
            .iter()
            .any(|one| one.severity() == Severity::Error && !OF_THE_BACKEND.contains(&one.code()));
        if label == "valid" {
            valid += 1;
            accepted += usize::from(!is_wrong);
        } else {
            invalid += 1;
            rejected += usize::from(is_wrong);
        }
        if is_wrong == (label == "valid") {
            println!("  {name} is labelled {label}");
        }
    }
    table.add(
        "labelled OpenAPI 2.0: invalid ones rejected",
        "≥ 64 of 70, in proportion",
        "swagger-parser 64; jsonschema 41",
        format!("{rejected} of {invalid}"),
        reaches(rejected, invalid, 64, 70),
    );
    table.add(
        "labelled OpenAPI 2.0: valid ones accepted",
        "≥ 21 of 23, all but two",
        "jsonschema 21; swagger-parser 19",
        format!("{accepted} of {valid}"),
        accepted + 2 >= valid,
    );
}
