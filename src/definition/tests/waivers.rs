//! Profiles and waivers: what is judged, and what is accepted.

use serde_json::{Value, json};

use super::super::{Checked, Finding, Profile, Rule, Settings, Severity, Waiver, check};
use super::{good, merge, pointers};

fn waiver(code: &str, pointer: &str) -> Waiver {
    Waiver {
        code: code.to_owned(),
        pointer: pointer.to_owned(),
        reason: "It is meant to be so.".to_owned(),
    }
}

fn checked_with(patch: &Value, profile: Profile, waivers: &[Waiver]) -> Checked {
    let mut description = good();
    merge(&mut description, patch);
    let settings = Settings {
        profile,
        waivers: waivers.to_vec(),
        ..Settings::default()
    };
    check(description.to_string().as_bytes(), &settings)
}

fn imported_with(patch: &Value, waivers: &[Waiver]) -> Checked {
    checked_with(patch, Profile::Import, waivers)
}

/// Two operations whose ids have signs in them.
fn two_odd_ids() -> Value {
    json!({"paths": {"/invoices": {"get": {"operationId": "A b"}, "post": {"operationId": "C/d"}}}})
}

#[test]
fn a_waived_finding_is_counted_and_not_listed() {
    let before = imported_with(&two_odd_ids(), &[]);
    assert_eq!((before.warnings, before.waived), (2, 0));
    let everywhere = imported_with(&two_odd_ids(), &[waiver("OperationIdCharacters", "")]);
    assert_eq!(
        (everywhere.warnings, everywhere.waived, everywhere.findings.len()),
        (0, 2, 0)
    );
    let one = imported_with(
        &two_odd_ids(),
        &[waiver("OperationIdCharacters", "/paths/~1invoices/get")],
    );
    assert_eq!((one.warnings, one.waived), (1, 1));
    assert_eq!(
        pointers(&one, "OperationIdCharacters"),
        ["/paths/~1invoices/post/operationId"]
    );
}

#[test]
fn an_error_that_is_a_judgement_can_be_waived_so_that_the_description_is_registered() {
    let patch = json!({"definitions": {"Problem": {"default": "text"}}});
    assert!(imported_with(&patch, &[]).connector.is_none());
    let checked = imported_with(&patch, &[waiver("DefaultKind", "/definitions/Problem")]);
    assert_eq!((checked.errors, checked.waived), (0, 1));
    assert!(checked.connector.is_some());
}

#[test]
fn what_the_backend_insists_on_stays_an_error_and_the_waiver_is_named() {
    for pointer in ["", "/host"] {
        let checked = imported_with(&json!({"host": "{{host}}"}), &[waiver("HostInvalid", pointer)]);
        assert_eq!((checked.errors, checked.warnings, checked.waived), (1, 1, 0));
        assert!(checked.findings.iter().any(|one| one.code() == "WaiverRefused"));
        assert!(checked.connector.is_none());
    }
}

#[test]
fn waivers_that_name_no_rule_or_cover_nothing_are_told_of() {
    let codes = |waivers: &[Waiver]| -> Vec<&'static str> {
        let checked = imported_with(&two_odd_ids(), waivers);
        let remarks = checked
            .findings
            .iter()
            .filter(|one| one.severity() == Severity::Info);
        remarks.map(Finding::code).collect()
    };
    assert_eq!(codes(&[waiver("Nonsense", "")]), ["WaiverUnknown"]);
    assert_eq!(codes(&[waiver("PathUnusual", "")]), ["WaiverUnused"]);
    assert_eq!(
        codes(&[waiver("OperationIdCharacters", "/paths/~1inv")]),
        ["WaiverUnused"]
    );
    assert_eq!(
        codes(&[waiver("OperationIdCharacters", "/paths")]),
        [] as [&str; 0]
    );
}

#[test]
fn a_text_that_cannot_be_read_says_nothing_of_its_waivers() {
    let settings = Settings {
        waivers: vec![waiver("PathUnusual", "")],
        ..Settings::default()
    };
    let codes = |text: &str| -> Vec<&'static str> {
        let checked = check(text.as_bytes(), &settings);
        checked.findings.iter().map(Finding::code).collect()
    };
    assert_eq!(codes("{"), ["JsonSyntax"]);
}

#[test]
fn the_review_makes_errors_of_what_the_import_only_mentions() {
    let patch = json!({"paths": {"/invoices": {"get": {"summary": null}}}});
    let imported = checked_with(&patch, Profile::Import, &[]);
    assert_eq!(
        (imported.errors, imported.findings[0].severity()),
        (0, Severity::Info)
    );
    let reviewed = checked_with(&patch, Profile::Certification, &[]);
    assert_eq!(pointers(&reviewed, "SummaryMissing").len(), 1);
    assert!(reviewed.errors > 0 && reviewed.connector.is_none());
    let accepted = checked_with(&patch, Profile::Certification, &[waiver("SummaryMissing", "")]);
    assert_eq!((accepted.errors, accepted.waived), (reviewed.errors - 1, 1));
}

#[test]
fn rules_of_the_import_are_the_only_ones_judged_unless_the_review_is_asked_for() {
    for rule in Rule::ALL
        .iter()
        .filter(|rule| rule.profile() == Profile::Certification)
    {
        assert_eq!(rule.severity_under(Profile::Import), None, "{}", rule.code());
    }
}
