//! OpenAPI 3.0 and 3.1: converted to valid documents or refused with a reason, the same from YAML as from JSON.

use std::collections::BTreeMap;
use std::path::Path;

use connector_operator::definition::{Checked, Format, Settings, Severity, check};
use serde_json::Value;

use crate::Corpus;
use crate::files;
use crate::schema;
use crate::table::{Table, reaches};

/// Methods that OpenAPI 3.x has.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Errors that are the description's own, in any version of OpenAPI, or that forbid it to be any connector.
const OWN_FAULTS: [&str; 33] = [
    // The text
    "NotUtf8",
    "InputTooLarge",
    "EmptyDocument",
    "NotADescription",
    "JsonSyntax",
    "JsonComment",
    "TrailingComma",
    "RawControlCharacter",
    "LoneSurrogate",
    "YamlSyntax",
    "YamlAlias",
    "YamlKey",
    "YamlMerge",
    "YamlTag",
    "YamlNumber",
    "SeveralDocuments",
    "DuplicateKey",
    // What OpenAPI asks for
    "MissingField",
    "WrongType",
    "ValueNotAllowed",
    "ReferenceUnresolved",
    "PlaceholderWithoutParameter",
    "PlaceholderRepeated",
    "PathParameterUnused",
    "PathParameterOptional",
    "PathWithQuery",
    "ResponseCodeInvalid",
    // What a connector needs, and may have at most
    "ReferenceExternal",
    "PathsEmpty",
    "WebhooksOnly",
    "DocumentTooLarge",
    "TooManyOperations",
    "TooManySchemas",
];

/// Given to what names no host of its own, as the resource's serviceUrl would.
const SERVICE: &str = "https://api.example.com";

pub fn measure(corpus: &Corpus, table: &mut Table) {
    let Some(folder) = corpus.part("openapi3") else {
        return;
    };
    let validator = schema::validator();
    let (mut documents, mut sound, mut converted, mut valid) = (0, 0, 0, 0);
    let (mut operations, mut silent) = (0, 0);
    let mut refused: BTreeMap<&'static str, usize> = BTreeMap::new();
    for path in files::below(&folder, &[".json", ".yaml", ".yml"]) {
        let bytes = files::read(&path);
        let checked = judged(&bytes);
        if !matches!(checked.format, Some(Format::OpenApi30 | Format::OpenApi31)) {
            continue;
        }
        documents += 1;
        let name = || path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
        let Some(connector) = &checked.connector else {
            let error = checked
                .findings
                .iter()
                .find(|one| one.severity() == Severity::Error);
            let code = error.map_or("none", |error| error.code());
            *refused.entry(code).or_default() += 1;
            sound += usize::from(is_sound(&checked));
            corpus.list(|| {
                let said = error.map_or_else(String::new, |error| {
                    format!("{}: {}", error.pointer, error.message)
                });
                format!("{}: refused: {code} {said}", name())
            });
            continue;
        };
        sound += 1;
        converted += 1;
        match schema::problems(&validator, &connector.to_json()) {
            None => valid += 1,
            Some(problem) => println!("  {}: not valid: {problem}", name()),
        }
        let (described, dropped) = account(&bytes, &checked);
        operations += described;
        silent += dropped;
        if dropped > 0 {
            corpus.list(|| format!("{}: {dropped} operations dropped silently", name()));
        }
    }
    println!("OpenAPI 3.x refused, by the first error: {refused:?}");
    table.add(
        "OpenAPI 3.x: results valid by the official schema",
        "100 % of what is not refused",
        "api-spec-converter 253 of 397 and 159 of 298",
        format!("{valid} of {converted}, {documents} documents in all"),
        valid == converted && converted > 0,
    );
    table.add(
        "OpenAPI 3.x: converted, of those without a fault of their own",
        "≥ 98 %",
        "–",
        format!("{converted} of {sound}"),
        reaches(converted, sound, 98, 100) && converted > 0,
    );
    table.add(
        "OpenAPI 3.x: operations with neither an operation nor an entry in the report",
        "0",
        "–",
        format!("{silent} of {operations} (JSON)"),
        silent == 0 && converted > 0,
    );
    twins(&folder, corpus, table);
}

fn judged(bytes: &[u8]) -> Checked {
    let checked = check(bytes, &Settings::default());
    let needs_host = checked.findings.iter().any(|one| one.code().starts_with("Host"));
    if checked.connector.is_none() && needs_host {
        return check(
            bytes,
            &Settings {
                service_url: Some(SERVICE.to_owned()),
                ..Settings::default()
            },
        );
    }
    checked
}

/// Whether a description that is refused has no fault of its own.
fn is_sound(checked: &Checked) -> bool {
    let mut errors = checked
        .findings
        .iter()
        .filter(|one| one.severity() == Severity::Error);
    !errors.any(|error| OWN_FAULTS.contains(&error.code()))
}

/// How many operations a description in JSON has, and how many of them nothing is said of.
fn account(bytes: &[u8], checked: &Checked) -> (usize, usize) {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else {
        return (0, 0);
    };
    let (mut described, mut told) = (0, 0);
    for (path, item) in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for method in METHODS
            .iter()
            .filter(|method| item.get(**method).is_some_and(Value::is_object))
        {
            described += 1;
            let pointer = format!("/paths/{}/{method}", path.replace('~', "~0").replace('/', "~1"));
            told += usize::from(checked.report.iter().any(|entry| {
                entry.pointer == pointer && matches!(entry.kind().as_str(), "refused" | "merged")
            }));
        }
    }
    (described, described.saturating_sub(told + checked.operations))
}

/// Descriptions that are published in both syntaxes.
fn twins(folder: &Path, corpus: &Corpus, table: &mut Table) {
    let (mut pairs, mut equal) = (0, 0);
    for path in files::below(&folder.join("Adyen+adyen-openapi/yaml"), &[".yaml"]) {
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let json = folder
            .join("Adyen+adyen-openapi/json")
            .join(format!("{name}.json"));
        if !json.is_file() {
            continue;
        }
        pairs += 1;
        let result = |path: &Path| {
            let checked = judged(&files::read(path));
            let mut codes: Vec<&'static str> = checked.findings.iter().map(|one| one.code()).collect();
            codes.sort_unstable();
            (checked.connector.map(|connector| connector.to_json()), codes)
        };
        if result(&path) == result(&json) {
            equal += 1;
        } else {
            corpus.list(|| format!("{name}: YAML and JSON differ"));
        }
    }
    table.add(
        "YAML = JSON: the same result from descriptions published in both",
        "all of 126 pairs, in proportion",
        "serde-saphyr, with its options set, reads 126",
        format!("{equal} of {pairs}"),
        equal == pairs && pairs > 0,
    );
}
