//! Every kind of change against data, and what must hold for all descriptions.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::super::tests::{good, merge};
use super::super::{Settings, check};
use super::{Change, ChangeKind, Impact, compare};
use crate::definition::ConnectorDocument;

const CASES: &str = include_str!("../../../tests/fixtures/definition/changes.yaml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    codes: Vec<String>,
    back: Option<Vec<String>>,
    old: Option<Value>,
    new: Value,
    at: Option<[Option<String>; 2]>,
}

fn document(text: &str) -> ConnectorDocument {
    let checked = check(text.as_bytes(), &Settings::default());
    checked
        .connector
        .unwrap_or_else(|| panic!("{text}\n{:#?}", checked.findings))
}

fn patched(patch: Option<&Value>) -> ConnectorDocument {
    let mut description = good();
    if let Some(patch) = patch {
        merge(&mut description, patch);
    }
    document(&description.to_string())
}

fn codes(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(Change::code).collect()
}

#[test]
fn each_change_is_told_by_its_code_and_place_forth_and_back() {
    let cases: Vec<Case> = serde_saphyr::from_str(CASES).expect("the cases are YAML");
    let mut told = BTreeSet::from([ChangeKind::ComparisonCut]);
    for case in cases {
        let (old, new) = (patched(case.old.as_ref()), patched(Some(&case.new)));
        let changes = compare(&old, &new);
        assert_eq!(codes(&changes), case.codes, "{case:?}\n{changes:#?}");
        if let Some(at) = &case.at {
            let first = changes.first().expect("a place is given");
            let places = [&first.old, &first.new].map(|place| place.as_ref().map(|it| it.pointer.clone()));
            assert_eq!(places, *at, "{case:?}");
        }
        let reversed = compare(&new, &old);
        if let Some(back) = &case.back {
            assert_eq!(codes(&reversed), *back, "back: {case:?}\n{reversed:#?}");
        }
        for change in changes.iter().chain(&reversed) {
            assert!(change.message.ends_with('.'), "{}", change.message);
            assert!(
                change
                    .message
                    .starts_with(|first: char| first.is_uppercase() || first == '"')
            );
            told.insert(change.kind);
        }
    }
    let missing: Vec<_> = ChangeKind::ALL
        .iter()
        .filter(|kind| !told.contains(kind))
        .collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

#[test]
fn places_say_line_and_column_of_each_text() {
    let text = "swagger: '2.0'\ninfo: {title: a, version: '1'}\nhost: a.example\npaths:\n  /a:\n    get: {operationId: A, responses: {'200': {description: a}}}\n";
    let old = document(text);
    let new = document(&text.replace("paths:", "basePath: /v1\npaths:"));
    let changes = compare(&old, &new);
    assert_eq!(codes(&changes), ["AddressChanged"]);
    let new = changes[0].new.as_ref().expect("there is a base path");
    assert_eq!((new.pointer.as_str(), new.line, new.column), ("/basePath", 4, 11));
    let written = serde_json::to_value(&changes[0]).expect("is plain");
    assert_eq!(written["class"], "compatible");
    assert_eq!(written["old"]["line"], 1);
}

#[test]
fn what_several_operations_share_is_told_once_with_the_first_of_them() {
    let patch = serde_json::json!({"definitions": {"Invoice": {"properties": {"amount": null}}}});
    let changes = compare(&patched(None), &patched(Some(&patch)));
    assert_eq!(
        codes(&changes),
        ["ResponsePropertyRemoved", "RequestPropertyRemoved"]
    );
    assert_eq!(changes[0].operation.as_deref(), Some("ListInvoices"));
    assert_eq!(
        changes[0].message,
        "The property \"amount\" of what \"ListInvoices\" returns is gone."
    );
}

#[test]
fn a_change_without_quotes_keeps_nothing_of_the_documents() {
    let patch = serde_json::json!({"definitions": {"Invoice": {"properties": {"amount": null}}}});
    let changes = compare(&patched(None), &patched(Some(&patch)));
    for change in changes.into_iter().map(Change::without_quotes) {
        let text = format!("{change:?}");
        assert!(
            !text.contains("amount") && !text.contains("ListInvoices"),
            "{text}"
        );
        assert_eq!(change.impact(), Impact::Breaking);
    }
}

/// A ring of `length` definitions, each with the next as its only property.
fn ring(length: usize) -> String {
    let link = |index: usize| {
        let next = (index + 1) % length;
        format!(
            r##""D{index}": {{"type": "object", "properties": {{"n": {{"$ref": "#/definitions/D{next}"}}}}}}"##
        )
    };
    let links: Vec<String> = (0..length).map(link).collect();
    format!(
        r##"{{"swagger": "2.0", "info": {{"title": "a", "version": "1"}}, "host": "a.example",
        "paths": {{"/a": {{"get": {{"operationId": "A", "responses":
        {{"200": {{"description": "a", "schema": {{"$ref": "#/definitions/D0"}}}}}}}}}}}},
        "definitions": {{{}}}}}"##,
        links.join(",")
    )
}

#[test]
fn rings_of_different_lengths_mean_the_same_and_the_comparison_of_them_ends() {
    assert!(compare(&document(&ring(2)), &document(&ring(3))).is_empty());
    let changes = compare(&document(&ring(499)), &document(&ring(503)));
    assert_eq!(codes(&changes), ["ComparisonCut"]);
}
