//! What becomes of each construct, and what must hold for every description.

mod properties;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::{Checked, Entry, Settings, Severity, check};

const GOOD: &str = include_str!("../../../tests/fixtures/definition/openapi3-good.yaml");
const CASES: &str = include_str!("../../../tests/fixtures/definition/openapi3.yaml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    patch: Value,
    service: Option<String>,
    #[serde(default)]
    holds: Map<String, Value>,
    #[serde(default)]
    report: Vec<String>,
    #[serde(default)]
    errors: Vec<String>,
}

fn good() -> Value {
    serde_saphyr::from_str(GOOD).expect("the good description is YAML")
}

fn checked(description: &Value, service: Option<&str>) -> Checked {
    let settings = Settings {
        service_url: service.map(str::to_owned),
        ..Settings::default()
    };
    check(description.to_string().as_bytes(), &settings)
}

fn patched(patch: &Value, service: Option<&str>) -> Checked {
    let mut description = good();
    super::super::tests::merge(&mut description, patch);
    checked(&description, service)
}

fn result(checked: &Checked) -> Value {
    let connector = checked.connector.as_ref().expect("it can be registered");
    serde_json::from_str(&connector.to_json()).expect("what is written is JSON")
}

fn told(report: &[Entry]) -> Vec<String> {
    report
        .iter()
        .map(|entry| format!("{} {}", entry.code(), entry.pointer))
        .collect()
}

fn errors(checked: &Checked) -> Vec<String> {
    let errors = checked
        .findings
        .iter()
        .filter(|one| one.severity() == Severity::Error);
    errors
        .map(|error| format!("{} {}", error.code(), error.pointer))
        .collect()
}

/// Quotes in the fixtures are for YAML; here they only mark a pointer as empty or as one with blanks.
fn plain(wanted: &[String]) -> Vec<String> {
    wanted.iter().map(|text| text.replace('"', "")).collect()
}

#[test]
fn each_construct_becomes_what_it_should_and_the_report_says_what_else_happened() {
    let cases: Vec<Case> = serde_saphyr::from_str(CASES).expect("the cases are YAML");
    for case in cases {
        let checked = patched(&case.patch, case.service.as_deref());
        assert_eq!(
            errors(&checked),
            plain(&case.errors),
            "{}\n{:#?}",
            case.name,
            checked.findings
        );
        if !case.errors.is_empty() {
            continue;
        }
        assert_eq!(told(&checked.report), plain(&case.report), "{}", case.name);
        let result = result(&checked);
        for (pointer, wanted) in &case.holds {
            let wanted = Some(wanted).filter(|wanted| !wanted.is_null());
            assert_eq!(result.pointer(pointer), wanted, "{}: {pointer}", case.name);
        }
    }
}

#[test]
fn nothing_is_lost_of_the_good_description() {
    let checked = checked(&good(), None);
    assert_eq!(checked.findings, []);
    assert_eq!(checked.report, []);
    let result = result(&checked);
    assert_eq!(result["host"], "invoices.example.com");
    assert_eq!(
        result["paths"]["/invoices"]["post"]["parameters"],
        json!([{"name": "body", "in": "body", "description": "The invoice.", "required": true,
            "schema": {"$ref": "#/definitions/Invoice"}}])
    );
    assert_eq!(
        result["paths"]["/invoices"]["post"]["responses"],
        json!({"201": {"$ref": "#/responses/Created"}})
    );
}

#[test]
fn a_finding_about_the_result_leads_to_the_users_own_text() {
    let text = GOOD.replace("operationId: GetInvoice", "operationId: Get Invoice");
    let checked = check(text.as_bytes(), &Settings::default());
    let finding = &checked.findings[0];
    assert_eq!(
        (finding.code(), finding.pointer.as_str(), finding.line),
        (
            "OperationIdCharacters",
            "/paths/~1invoices~1{id}/get/operationId",
            43
        )
    );
}

#[test]
fn converting_what_was_converted_changes_nothing() {
    let first = checked(&good(), None);
    let text = result(&first).to_string();
    let second = check(text.as_bytes(), &Settings::default());
    assert_eq!(result(&second).to_string(), text);
}

#[test]
fn authentication_of_the_caller_leaves_nothing_to_tell_about_security() {
    let mut description = good();
    let patch = json!({"components": {"securitySchemes": {"API Key": null, "oidc": {"type": "openIdConnect"}}},
        "security": [{"oidc": []}]});
    super::super::tests::merge(&mut description, &patch);
    let settings = Settings {
        authentication: true,
        ..Settings::default()
    };
    let checked = check(description.to_string().as_bytes(), &settings);
    assert_eq!((checked.errors, told(&checked.report)), (0, Vec::new()));
}

#[test]
fn a_schema_that_holds_a_choice_of_itself_comes_to_an_end() {
    let mut description = good();
    description["components"]["schemas"]["Tree"] = json!({"oneOf": [
        {"type": "object", "properties": {"leaves": {"type": "array", "items": {"oneOf": [
            {"$ref": "#/components/schemas/Tree"}, {"type": "object", "properties": {"leaf": {"type": "string"}}}
        ]}}}},
        {"type": "object", "properties": {"root": {"type": "string"}}},
    ]});
    let checked = checked(&description, None);
    assert_eq!(checked.errors, 0, "{:?}", checked.findings);
    assert!(
        told(&checked.report)
            .iter()
            .any(|entry| entry.starts_with("ChoiceOpened"))
    );
}

#[test]
fn shared_parts_multiply_only_up_to_the_limit() {
    let inner: Map<String, Value> = (0..50)
        .map(|index| (format!("inner{index}"), json!({})))
        .collect();
    let fields: Map<String, Value> = (0..50)
        .map(|index| (format!("field{index}"), json!({"properties": inner})))
        .collect();
    let mut description = good();
    description["components"]["schemas"]["Wide"] = json!({"type": "object", "properties": fields});
    for index in 0..300 {
        let choice = json!([{"$ref": "#/components/schemas/Wide"}, {"required": ["field1"]}]);
        description["components"]["schemas"][format!("Choice{index}")] = json!({"oneOf": choice});
    }
    let settings = Settings {
        limits: super::super::Limits {
            values: 100_000,
            ..super::super::Limits::default()
        },
        ..Settings::default()
    };
    let checked = check(description.to_string().as_bytes(), &settings);
    assert!(checked.connector.is_none());
    assert!(errors(&checked).contains(&"TooManyValues ".to_owned()));
}
