//! The contract: what our client asks and what the registry answers, held against the official OpenAPI files.
//!
//! Every exchange is recorded and read by the files of `../shared/azure`: the operation exists, its
//! parameters are declared, bodies fit their schemas, the status is one that is declared. Where the files are
//! known to be wrong or silent, [`deviations`] says so by name, and one that nothing needs any more fails.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod check;
mod deviations;
mod examples;
mod files;
mod official;
mod recorder;
mod requests;
mod samples;

use std::{collections::BTreeSet, path::PathBuf};

use deviations::DEVIATIONS;
use official::Official;
use recorder::Exchange;
use serde_json::Value;

/// The official files, or nothing, and a word about it, where they are not at hand.
fn at_hand() -> Option<PathBuf> {
    let root =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/azure/azure-rest-api-specs/specification");
    if root.is_dir() {
        return Some(root);
    }
    println!("skipped: the official OpenAPI files are not at hand under ../shared/azure");
    None
}

fn violations(official: &Official, exchanges: &[Exchange]) -> Vec<String> {
    let mut links = BTreeSet::new();
    let mut found = BTreeSet::new();
    for exchange in exchanges {
        found.extend(official.violations(exchange, &links));
        links.extend(exchange.next_link());
    }
    found.into_iter().collect()
}

#[tokio::test]
async fn what_is_asked_and_what_is_answered_is_in_the_official_files() {
    let Some(root) = at_hand() else { return };
    let exchanges = requests::all(&root).await;
    let official = Official::load(&root, DEVIATIONS);

    let found = violations(&official, &exchanges);

    assert!(
        found.is_empty(),
        "{} violations:\n{}",
        found.len(),
        found.join("\n")
    );
    let met: BTreeSet<&str> = exchanges
        .iter()
        .filter_map(|it| official.operation_of(it))
        .collect();
    println!("{} exchanges of {} operations", exchanges.len(), met.len());
    let missed: Vec<_> = official.served().filter(|id| !met.contains(id)).collect();
    assert!(missed.is_empty(), "never asked: {missed:?}");
}

#[tokio::test]
async fn every_deviation_from_the_official_files_is_needed() {
    let Some(root) = at_hand() else { return };
    let exchanges = requests::all(&root).await;
    let known = examples::violations(&Official::load(&root, DEVIATIONS)).len();

    for left_out in DEVIATIONS {
        let others: Vec<_> = DEVIATIONS
            .iter()
            .filter(|it| it.what != left_out.what)
            .cloned()
            .collect();
        let official = Official::load(&root, &others);
        let missed = violations(&official, &exchanges).len() + examples::violations(&official).len();
        assert!(
            missed > known,
            "nothing needs this deviation any more: {}",
            left_out.what
        );
    }
}

#[test]
fn the_official_examples_fit_their_own_files_but_for_known_defects() {
    let Some(root) = at_hand() else { return };
    let found = examples::violations(&Official::load(&root, DEVIATIONS));
    let unknown: Vec<_> = found
        .iter()
        .filter(|found| !examples::DEFECTS.iter().any(|(defect, _)| found.contains(defect)))
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    for (defect, why) in examples::DEFECTS {
        assert!(
            found.iter().any(|found| found.contains(defect)),
            "mended: {defect} ({why})"
        );
    }
}

#[tokio::test]
async fn what_is_not_in_the_official_files_is_noticed() {
    let Some(root) = at_hand() else { return };
    let official = Official::load(&root, DEVIATIONS);
    let exchanges = requests::all(&root).await;
    let of = |operation: &str| {
        let mut found = exchanges
            .iter()
            .filter(|it| official.operation_of(it) == Some(operation));
        found.find(|it| it.status == 200).unwrap().clone()
    };
    let noticed = |what: &str, spoil: &dyn Fn(&mut Exchange), operation: &str| {
        let mut exchange = of(operation);
        assert_eq!(
            official.violations(&exchange, &BTreeSet::new()),
            [""; 0],
            "before: {what}"
        );
        spoil(&mut exchange);
        let found = official.violations(&exchange, &BTreeSet::new());
        assert_eq!(found.len(), 1, "{what}: {found:?}");
    };
    let put = "CustomApis_CreateOrUpdate";
    noticed(
        "a path of no operation",
        &|it| it.target = "/subscriptions".to_owned(),
        put,
    );
    noticed("another method", &|it| it.method = "POST".to_owned(), put);
    noticed(
        "another api-version",
        &|it| it.target = it.target.replace("2016-06-01", "2018-07-01-preview"),
        put,
    );
    noticed(
        "a parameter that is not declared",
        &|it| it.target.push_str("&force=true"),
        put,
    );
    noticed(
        "a parameter of another type",
        &|it| it.target.push_str("&$top=many"),
        "CustomApis_List",
    );
    noticed(
        "a member that is not declared",
        &|it| member(&mut it.body, "properties", "brand", "x"),
        put,
    );
    noticed(
        "a member that is read-only",
        &|it| member(&mut it.body, "", "name", "x"),
        put,
    );
    noticed(
        "a member of another type",
        &|it| member(&mut it.body, "", "location", 1),
        put,
    );
    noticed("no body", &|it| it.body = None, put);
    noticed("a status that is not declared", &|it| it.status = 202, put);
    noticed("an answer without its body", &|it| it.answer = None, put);
    noticed(
        "an answer of another type",
        &|it| member(&mut it.answer, "properties", "iconUri", 1),
        put,
    );
    noticed("an answer that is no JSON", &|it| it.is_json = false, put);
}

fn member(body: &mut Option<Value>, pointer: &str, name: &str, value: impl Into<Value>) {
    let body = body.as_mut().unwrap();
    let object = if pointer.is_empty() {
        body
    } else {
        &mut body[pointer]
    };
    object[name] = value.into();
}
