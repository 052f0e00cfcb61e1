//! Every rule against data, the repairs, and what must hold for all descriptions.

pub(super) mod converted;
mod properties;
mod waivers;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::{
    Checked, Format, KeyLocation, OAuthFlow, Profile, Rule, SecurityKind, SecurityScheme, Settings, check,
};

const GOOD: &str = include_str!("../../tests/fixtures/definition/good.yaml");
const CASES: [&str; 5] = [
    include_str!("../../tests/fixtures/definition/rules.yaml"),
    include_str!("../../tests/fixtures/definition/text.yaml"),
    include_str!("../../tests/fixtures/definition/values.yaml"),
    include_str!("../../tests/fixtures/definition/extensions.yaml"),
    include_str!("../../tests/fixtures/definition/review.yaml"),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    code: String,
    pointer: String,
    patch: Option<Value>,
    text: Option<String>,
    passes: Option<Value>,
    passes_text: Option<String>,
}

/// The good description as a value. Our own reader makes it, so that the patches change what is really read.
pub(super) fn good() -> Value {
    let checked = check(GOOD.as_bytes(), &Settings::default());
    let connector = checked.connector.expect("the good description is good");
    serde_json::from_str(&connector.to_json()).expect("what is written is JSON")
}

/// Changes `target` as a JSON merge patch says (RFC 7396).
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let object = target.as_object_mut().expect("was made one");
    for (key, value) in patch {
        if value.is_null() {
            object.shift_remove(key);
        } else {
            merge(object.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

fn patched(patch: &Value) -> Checked {
    let mut description = good();
    merge(&mut description, patch);
    check(description.to_string().as_bytes(), &Settings::default())
}

fn pointers(checked: &Checked, code: &str) -> Vec<String> {
    checked
        .findings
        .iter()
        .filter(|one| one.code() == code)
        .map(|one| one.pointer.clone())
        .collect()
}

#[test]
fn a_good_description_has_no_findings() {
    let review = Settings {
        profile: Profile::Certification,
        ..Settings::default()
    };
    assert_eq!(check(GOOD.as_bytes(), &review).findings, []);
    let checked = check(GOOD.as_bytes(), &Settings::default());
    assert_eq!(checked.findings, []);
    assert_eq!((checked.format, checked.operations), (Some(Format::OpenApi20), 3));
    assert_eq!(
        (checked.title.as_deref(), checked.version.as_deref()),
        (Some("Invoices"), Some("1.4"))
    );
    assert_eq!(checked.size_bytes, GOOD.len() as u64);
}

/// The good description, changed or replaced, judged for what the rule belongs to.
fn judged(rule: Rule, patch: Option<&Value>, text: Option<&String>) -> Option<Checked> {
    let settings = Settings {
        profile: rule.profile(),
        ..Settings::default()
    };
    let text = match (patch, text) {
        (Some(patch), None) => {
            let mut description = good();
            merge(&mut description, patch);
            description.to_string()
        }
        (None, Some(text)) => text.clone(),
        _ => return None,
    };
    Some(check(text.as_bytes(), &settings))
}

#[test]
fn each_rule_finds_what_it_is_for_and_lets_its_neighbour_pass() {
    let read = |text: &&str| -> Vec<Case> { serde_saphyr::from_str(text).expect("the cases are YAML") };
    let (mut found_by, mut passed_by) = (BTreeSet::new(), BTreeSet::new());
    let mut wrong = Vec::new();
    for case in CASES.iter().flat_map(read) {
        let rule = Rule::named(&case.code).expect("the case names a rule");
        let checked = judged(rule, case.patch.as_ref(), case.text.as_ref()).expect("a patch or a text");
        if !pointers(&checked, &case.code).contains(&case.pointer) {
            wrong.push(format!("{case:?}\nfound {:#?}", checked.findings));
        }
        assert_eq!(checked.connector.is_none(), checked.errors > 0, "{case:?}");
        if let Some(passes) = judged(rule, case.passes.as_ref(), case.passes_text.as_ref()) {
            if !pointers(&passes, &case.code).is_empty() {
                wrong.push(format!(
                    "does not let pass: {case:?}\nfound {:#?}",
                    passes.findings
                ));
            }
            passed_by.insert(case.code.clone());
        }
        found_by.insert(case.code);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // These are about bytes, numbers, waivers and filters; the reader's tests and those below show them, both ways.
    let shown_elsewhere = [
        "NotUtf8",
        "InputTooLarge",
        "TooDeep",
        "TooManyValues",
        "FindingsLeftOut",
        "WaiverUnknown",
        "WaiverUnused",
        "WaiverRefused",
        "DocumentTooLarge",
        "TooManyOperations",
        "TooManySchemas",
        "OperationTooManySchemas",
        "FilterLeavesNothing",
        "FilterUnmatched",
        "OperationNeeded",
    ];
    for shown in [found_by, passed_by] {
        let codes = Rule::ALL.iter().map(|rule| rule.code());
        let missing: Vec<&str> = codes.filter(|code| !shown.contains(*code)).collect();
        assert_eq!(missing, shown_elsewhere);
    }
}

#[test]
fn a_finding_stands_in_the_users_own_text() {
    let text = GOOD.replace("host: invoices.example.com", "host: https://invoices.example.com");
    let checked = check(text.as_bytes(), &Settings::default());
    let finding = &checked.findings[0];
    assert_eq!(
        (finding.code(), finding.line, finding.column),
        ("HostInvalid", 8, 7)
    );
    assert_eq!(checked.findings.len(), 1);
}

#[test]
fn findings_serialise_to_the_documented_fields() {
    let checked = check(b"{}", &Settings::default());
    let written = serde_json::to_value(&checked.findings).expect("findings serialise");
    assert_eq!(
        written,
        serde_json::json!([{
            "code": "UnknownFormat", "severity": "error", "pointer": "", "line": 1, "column": 1,
            "message": "The description has neither swagger nor openapi, and is no Postman collection.",
            "help": "Give it as OpenAPI 2.0, 3.0 or 3.1, or as a Postman collection."
        }])
    );
}

#[test]
fn formats_are_recognised_by_their_fields() {
    let schema = |version: &str| {
        format!(
            r#"{{"info":{{"schema":"https://schema.getpostman.com/json/collection/{version}/collection.json"}},"item":[]}}"#
        )
    };
    for (text, format) in [
        ("openapi: 3.0.0".to_owned(), Some(Format::OpenApi30)),
        ("openapi: 3.1.1".to_owned(), Some(Format::OpenApi31)),
        ("openapi: 3.1".to_owned(), Some(Format::OpenApi31)),
        (schema("v2.0.0"), Some(Format::Postman20)),
        (schema("v2.1.0"), Some(Format::Postman21)),
        (
            format!("{{\"collection\":{}}}", schema("v2.1.0")),
            Some(Format::Postman21),
        ),
        (
            r#"{"id":"a","name":"b","order":[],"requests":[]}"#.to_owned(),
            Some(Format::Postman10),
        ),
        ("openapi: 3.2.0".to_owned(), None),
        ("openapi: 3.10.0".to_owned(), None),
        ("[]".to_owned(), None),
    ] {
        let checked = check(text.as_bytes(), &Settings::default());
        assert_eq!(checked.format, format, "{text}");
        assert!(checked.errors > 0 && checked.connector.is_none(), "{text}");
    }
}

#[test]
fn what_can_be_completed_is_completed() {
    let checked = patched(&serde_json::json!({
        "basePath": "/v1//",
        "parameters": {"invoiceId": {"required": null}},
        "paths": {"/invoices": {"get": {"x-ms-visibility": "Advanced", "responses": {"200": null}}}},
        "definitions": {"Invoice": {"properties": {"a": {"$ref": "#definitions/Problem"}}}}
    }));
    let connector = checked.connector.expect("repairs are no errors");
    let written: Value = serde_json::from_str(&connector.to_json()).expect("what is written is JSON");
    for (pointer, value) in [
        ("/basePath", serde_json::json!("/v1")),
        ("/parameters/invoiceId/required", serde_json::json!(true)),
        (
            "/paths/~1invoices/get/x-ms-visibility",
            serde_json::json!("advanced"),
        ),
        (
            "/paths/~1invoices/get/responses",
            serde_json::json!({"default": {"description": "default"}}),
        ),
        (
            "/definitions/Invoice/properties/a/$ref",
            serde_json::json!("#/definitions/Problem"),
        ),
    ] {
        assert_eq!(written.pointer(pointer), Some(&value), "{pointer}");
    }
    assert_eq!(connector.base_path(), Some("/v1"));
    let number = check(GOOD.replace("\"2.0\"", "2.0").as_bytes(), &Settings::default());
    let connector = number.connector.expect("a version without quotes is no error");
    assert!(connector.to_json().starts_with(r#"{"swagger":"2.0","#));
}

#[test]
fn a_service_url_settles_what_is_said_of_host_base_path_and_schemes() {
    let text = GOOD
        .replace("host: invoices.example.com\n", "")
        .replace("basePath: /v1\n", "basePath: v1\n");
    assert_eq!(check(text.as_bytes(), &Settings::default()).errors, 2);
    let checked = check(
        text.as_bytes(),
        &Settings {
            service_url: Some("https://api.example.com".to_owned()),
            ..Settings::default()
        },
    );
    let mut connector = checked.connector.expect("the service URL is elsewhere");
    assert_eq!(connector.host(), None);
    connector.set_service("https", "api.example.com:8443", "/v2/");
    assert_eq!(connector.host(), Some("api.example.com:8443"));
    assert_eq!(
        (connector.base_path(), connector.schemes()),
        (Some("/v2"), vec!["https"])
    );
    assert_eq!(
        check(connector.to_json().as_bytes(), &Settings::default()).errors,
        0
    );
}

#[test]
fn the_security_schemes_are_read_in_order_and_can_be_replaced() {
    let checked = patched(&serde_json::json!({
        "securityDefinitions": {"o": {
            "type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://a.example/a",
            "tokenUrl": "https://a.example/t", "scopes": {"read": "Reads."}
        }},
        "paths": {"/invoices": {"get": {"security": [{"o": ["read"]}]}}}
    }));
    let mut connector = checked.connector.expect("two schemes are no error");
    let schemes = connector.security_schemes();
    let key = SecurityKind::ApiKey {
        name: "X-Api-Key".to_owned(),
        location: KeyLocation::Header,
    };
    assert_eq!(
        schemes[0],
        SecurityScheme {
            name: "API Key".to_owned(),
            kind: key
        }
    );
    let oauth = SecurityKind::OAuth2 {
        flow: OAuthFlow::AccessCode,
        authorization_url: Some("https://a.example/a".to_owned()),
        token_url: Some("https://a.example/t".to_owned()),
        scopes: vec![("read".to_owned(), "Reads.".to_owned())],
    };
    assert_eq!(schemes[1].kind, oauth);

    connector.replace_security(Some(&schemes[1]));
    assert_eq!(connector.security_schemes(), schemes[1..]);
    let written: Value = serde_json::from_str(&connector.to_json()).expect("what is written is JSON");
    assert_eq!(written["security"], serde_json::json!([{"o": ["read"]}]));
    assert_eq!(written.pointer("/paths/~1invoices/get/security"), None);
    assert_eq!(
        check(connector.to_json().as_bytes(), &Settings::default()).warnings,
        0
    );

    connector.replace_security(None);
    let written: Value = serde_json::from_str(&connector.to_json()).expect("what is written is JSON");
    assert_eq!(
        (written.get("security"), written.get("securityDefinitions")),
        (None, None)
    );
}

/// How often `code` is found in the good description with `count` of something.
fn found_with(code: &str, count: usize, make: impl Fn(usize) -> Value) -> usize {
    pointers(&patched(&make(count)), code).len()
}

#[test]
fn the_limits_of_the_backend_hold_at_their_last_value() {
    let operations = |count: usize| {
        let one = |index: usize| {
            let operation = serde_json::json!({"operationId": format!("A{index}"), "responses": {"200": {"description": "a"}}});
            (format!("/a{index}"), serde_json::json!({"get": operation}))
        };
        serde_json::json!({"paths": (0..count - 3).map(one).collect::<serde_json::Map<_, _>>()})
    };
    assert_eq!(found_with("TooManyOperations", 256, operations), 0);
    assert_eq!(found_with("TooManyOperations", 257, operations), 1);

    // The problem itself, its properties, and the message it has already; twice the same definition counts once.
    let schemas = |count: usize| {
        let property = |index: usize| {
            (
                format!("p{index}"),
                serde_json::json!({"$ref": "#/definitions/Invoice"}),
            )
        };
        let own = |index: usize| (format!("q{index}"), serde_json::json!({"type": "string"}));
        let invoice = 6;
        let properties: serde_json::Map<_, _> = (0..5)
            .map(property)
            .chain((0..count - 2 - invoice).map(own))
            .collect();
        serde_json::json!({"paths": {"/invoices": {"get": {"responses": {"200": {
            "description": "a", "schema": {"type": "object", "properties": {"x": {"type": "object", "properties": properties}}}
        }}}}}})
    };
    assert_eq!(found_with("TooManySchemas", 512, schemas), 0);
    assert_eq!(found_with("TooManySchemas", 513, schemas), 1);

    // Each response has a body of its own, of as many schemas as a body may have.
    let responses = |count: usize| {
        let property = |index: usize| (format!("p{index}"), serde_json::json!({"type": "string"}));
        let properties: serde_json::Map<_, _> = (0..511).map(property).collect();
        let one = |index: usize| {
            let schema = serde_json::json!({"type": "object", "properties": properties});
            (
                (400 + index).to_string(),
                serde_json::json!({"description": "a", "schema": schema}),
            )
        };
        let responses: serde_json::Map<_, _> = (0..count).map(one).collect();
        serde_json::json!({"paths": {"/invoices": {"get": {"responses": {"200": {"schema": null}}}, "post": {
            "parameters": null, "responses": responses
        }}}})
    };
    assert_eq!(found_with("OperationTooManySchemas", 31, responses), 0);
    assert_eq!(found_with("OperationTooManySchemas", 32, responses), 1);

    let empty = good().to_string().len() + ",\"x-a\":\"\"".len();
    let long = |bytes: usize| serde_json::json!({"x-a": "a".repeat(bytes - empty)});
    assert_eq!(found_with("DocumentTooLarge", 999_999, long), 0);
    assert_eq!(found_with("DocumentTooLarge", 1_000_000, long), 1);
}

#[test]
fn white_space_does_not_count_towards_the_size() {
    let mut text = GOOD.to_owned();
    text.push_str(&"\n".repeat(2_000_000));
    let checked = check(text.as_bytes(), &Settings::default());
    assert_eq!((checked.errors, checked.connector.is_some()), (0, true));
}

#[test]
fn a_secret_is_never_repeated() {
    let secret = "a8F3kq9ZpL0wQe7r";
    let checked = patched(&serde_json::json!({"definitions": {"Problem": {"properties": {
        "clientSecret": {"type": "string", "default": secret}
    }}}}));
    assert_eq!(checked.errors, 1);
    assert!(!format!("{checked:?}").contains(secret));
}

#[test]
fn many_findings_at_long_pointers_stay_small() {
    let placeholders: Vec<String> = (0..5_000).map(|index| format!("{{p{index}}}")).collect();
    let operation = serde_json::json!({"operationId": "A", "responses": {}});
    let checked =
        patched(&serde_json::json!({"paths": {format!("/{}", placeholders.concat()): {"get": operation}}}));
    let bytes: usize = checked
        .findings
        .iter()
        .map(|one| one.pointer.len() + one.message.len())
        .sum();
    assert!(
        checked.errors >= 5_000 && bytes < 1_100_000,
        "{} errors, {bytes} bytes",
        checked.errors
    );
}
