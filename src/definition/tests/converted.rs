//! What must hold of every description that is converted, whatever it starts from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use super::super::{Checked, Entry, Finding, Note, NoteKind, Operations, Settings, check};
use super::properties::yaml;

const SCHEMA: &str = include_str!("../../../tests/fixtures/openapi-2.0.schema/schema.json");

static OFFICIAL: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
});

/// An operation of the description, as an entry of the report names it.
pub(in super::super) type Pointer = String;

fn settings(operations: Operations) -> Settings {
    Settings {
        service_url: Some("https://api.example.com".to_owned()),
        operations,
        ..Settings::default()
    }
}

fn checked(text: &str) -> Checked {
    check(text.as_bytes(), &settings(Operations::default()))
}

fn written(checked: &Checked) -> Option<Value> {
    let connector = checked.connector.as_ref()?;
    Some(serde_json::from_str(&connector.to_json()).expect("what is written is JSON"))
}

/// What is said, without its places: in a YAML block an object begins where its first key does, and has its place.
fn codes(checked: &Checked) -> Vec<&'static str> {
    let findings = checked.findings.iter().map(Finding::code);
    let mut codes: Vec<_> = findings.chain(checked.report.iter().map(Entry::code)).collect();
    codes.sort_unstable();
    codes
}

/// The result is valid, is accepted again and does not change; or errors say why there is none.
pub(in super::super) fn is_sound_or_refused(description: &Value) -> Result<(), TestCaseError> {
    let checked = checked(&description.to_string());
    prop_assert_eq!(checked.errors == 0, checked.connector.is_some());
    let Some(document) = written(&checked) else {
        return Ok(());
    };
    let wrong: Vec<String> = OFFICIAL
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    // Nothing says which host it is until the service URL is put in.
    prop_assert!(wrong.is_empty(), "{:?}\n{:#}\n{:#}", wrong, document, description);
    let again = self::checked(&document.to_string());
    prop_assert_eq!(again.errors, 0, "{:#?}\n{:#}", again.findings, document);
    prop_assert_eq!(written(&again), Some(document));
    prop_assert_eq!(again.report, Vec::new());
    Ok(())
}

/// As YAML a description says the same, and the same is said of it.
pub(in super::super) fn is_the_same_in_yaml(description: &Value) -> Result<(), TestCaseError> {
    let json = checked(&description.to_string());
    let yaml = checked(&format!("---{}\n", yaml(description, 0)));
    prop_assert_eq!(codes(&json), codes(&yaml));
    prop_assert_eq!(written(&json), written(&yaml));
    Ok(())
}

/// Every operation of the description is one of the result, or an entry says what became of it.
pub(in super::super) fn accounts_for(
    description: &Value,
    operations: &BTreeSet<Pointer>,
) -> Result<(), TestCaseError> {
    let checked = checked(&description.to_string());
    if checked.connector.is_none() {
        return Ok(());
    }
    let told = checked
        .report
        .iter()
        .filter(|entry| matches!(entry.kind(), NoteKind::Merged | NoteKind::Refused));
    let told: BTreeSet<&Pointer> = told
        .map(|entry| &entry.pointer)
        .filter(|pointer| operations.contains(*pointer))
        .collect();
    prop_assert_eq!(
        checked.operations + told.len(),
        operations.len(),
        "{:#?}\n{:#}",
        checked.report,
        description
    );
    Ok(())
}

/// Trimmed, the result is sound as well, holds no reference to what is gone, and no more is told than of the whole. Where
/// operations contend for a place, as those do that only a fragment tells apart, another may have it in what is left, and
/// more is told of that one.
pub(in super::super) fn can_be_trimmed(description: &Value, wanted: Operations) -> Result<(), TestCaseError> {
    let text = description.to_string();
    let whole = checked(&text);
    let trimmed = check(text.as_bytes(), &settings(wanted));
    let told = |checked: &Checked| -> BTreeSet<String> {
        let entries = checked
            .report
            .iter()
            .filter(|entry| !entry.message.contains("this is the first"));
        entries
            .map(|entry| format!("{} {}", entry.code(), entry.pointer))
            .collect()
    };
    let contend = whole
        .report
        .iter()
        .any(|entry| entry.note == Note::OperationRepeated);
    prop_assert!(
        contend || told(&trimmed).is_subset(&told(&whole)),
        "{:#?}\n{:#?}",
        told(&trimmed),
        told(&whole)
    );
    if whole.connector.is_some() && trimmed.connector.is_none() {
        let is_empty = trimmed
            .findings
            .iter()
            .any(|finding| finding.code() == "FilterLeavesNothing");
        prop_assert!(is_empty || whole.operations == 0, "{:#?}", trimmed.findings);
    }
    let Some(document) = written(&trimmed) else {
        return Ok(());
    };
    let mut references = Vec::new();
    super::super::trim::tests::references(&document, &mut references);
    for reference in references {
        let target = reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer));
        prop_assert!(target.is_some(), "{} in {:#}", reference, document);
    }
    Ok(())
}

/// What is added to the description changes no operationId of what was there, unless it changes which host the connector
/// has, and with that which operations there are.
pub(in super::super) fn keeps_its_names(description: &Value, more: &Value) -> Result<(), TestCaseError> {
    let ids = |description: &Value| -> BTreeMap<String, Value> {
        let document = written(&checked(&description.to_string())).unwrap_or_default();
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.filter_map(move |(method, operation)| {
                let id = operation.get("operationId")?.clone();
                Some((format!("{method} {path}"), id))
            })
        });
        operations.collect()
    };
    let (before, after) = (ids(description), ids(more));
    if before.keys().all(|place| after.contains_key(place)) && after.len() == before.len() + 1 {
        for (place, id) in &before {
            prop_assert_eq!(Some(id), after.get(place), "{} in {:#}", place, more);
        }
    }
    Ok(())
}
