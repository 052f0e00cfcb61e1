use proptest::prelude::*;

use super::Excerpts;
use crate::definition::{Checked, Settings, check};

const GOOD: &str = include_str!("../../../tests/fixtures/definition/good.yaml");

/// All excerpts of a text, as the line with its caret below it.
fn excerpts(text: &str) -> Vec<String> {
    let checked = check(text.as_bytes(), &Settings::default());
    let mut excerpts = Excerpts::new(text.as_bytes(), checked.format, &checked.findings);
    let found = checked.findings.iter().filter_map(|finding| excerpts.of(finding));
    found
        .map(|excerpt| {
            format!(
                "{}\n{}{}",
                excerpt.line,
                " ".repeat(excerpt.column),
                "^".repeat(excerpt.width)
            )
        })
        .collect()
}

#[test]
fn the_caret_stands_under_what_a_finding_is_about() {
    let text = "swagger: \"2.0\"\ninfo: {title: Ünïcode, version: 1.0,\tfoo: bar}\npaths: {}\n";
    let shown = excerpts(text);
    assert!(
        shown.contains(
            &"info: {title: Ünïcode, version: 1.0, foo: bar}\n                                     ^^^"
                .to_owned()
        ),
        "{shown:#?}"
    );
}

#[test]
fn of_a_long_line_the_part_with_the_finding_is_shown() {
    let good = check(GOOD.as_bytes(), &Settings::default())
        .connector
        .expect("it is good")
        .to_json();
    let text = good.replace("\"host\":\"", "\"host\":\"https://");
    let shown = excerpts(&text);
    let first = "… \"host\":\"https://invoices.example.com\",";
    assert!(shown[0].starts_with(first), "{shown:#?}");
    assert!(shown[0].lines().next().expect("a line").chars().count() < 200);
    assert!(
        shown[0].ends_with(&format!("{}{}", " ".repeat(9), "^".repeat(30))),
        "{}",
        shown[0]
    );
}

#[test]
fn a_place_behind_the_end_of_a_line_and_of_the_text_has_a_caret_or_nothing() {
    assert_eq!(
        excerpts("{\"swagger\": \"2.0\""),
        ["{\"swagger\": \"2.0\"\n                 ^"]
    );
    assert_eq!(excerpts(""), Vec::<String>::new());
}

#[test]
fn a_secret_that_was_found_is_not_shown_by_any_finding() {
    let secret = "hunter-and-7";
    let text = GOOD.replace(
        "definitions:\n",
        &format!(
            "definitions:\n  A: {{properties: {{client_secret: {{type: integer, default: {secret}}}}}}}\n"
        ),
    );
    let checked = check(text.as_bytes(), &Settings::default());
    assert!(
        checked
            .findings
            .iter()
            .any(|finding| finding.code() == "SecretInDescription"),
        "{checked:?}"
    );
    let shown = excerpts(&text).join("\n");
    assert!(!shown.contains(secret) && shown.contains("default: …"), "{shown}");
}

#[test]
fn of_a_collection_no_value_is_shown() {
    let text = "{\"info\": {\"name\": \"a\", \"schema\": \"https://schema.getpostman.com/json/collection/v2.1.0/collection.json\"},\n\
                \"item\": [], \"variable\": [{\"key\": \"host\", \"value\": \"ordinary\"}],}";
    let shown = excerpts(text).join("\n");
    assert!(
        !shown.contains("ordinary") && shown.contains("\"key\": \"host\", \"value\": \"…\""),
        "{shown}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_place_in_every_text_can_be_shown(text in "[ \\t\\r\\n\"'{}\\[\\],:#aé😀-]{0,80}", line in 0_u32..6, column in 0_u32..40) {
        let Checked { findings, format, .. } = check(format!("{{\"swagger\": {text}").as_bytes(), &Settings::default());
        let mut excerpts = Excerpts::new(text.as_bytes(), format, &findings);
        for finding in findings {
            let moved = crate::definition::Finding { line, column, ..finding };
            if let Some(excerpt) = excerpts.of(&moved) {
                let lines = excerpt.line.lines().count();
                prop_assert!(lines == 1 && excerpt.width > 0 && excerpt.column <= excerpt.line.chars().count() + 120);
            }
        }
    }
}
