//! What stays and what goes, by example and for whatever is filtered.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Checked, Finding, Settings, check};
use super::Operations;

/// Contacts and deals: two tags, a look-up, shared entries of each kind, two security schemes.
const CRM: &str = r##"
swagger: "2.0"
info: {title: Relations, version: "1", description: Contacts and deals of a small company.}
host: crm.example.com
tags: [{name: contacts}, {name: deals}, {name: never}]
securityDefinitions:
  key: {type: apiKey, name: X-Key, in: header}
  other: {type: basic}
security: [{key: []}]
x-ms-capabilities: {testConnection: {operationId: Ping}}
parameters:
  id: {name: id, in: path, type: string, required: true}
  stage:
    name: stage
    in: query
    type: string
    x-ms-dynamic-values: {operationId: ListStages, value-path: id, value-title: id}
responses:
  Missing: {description: None., schema: {$ref: "#/definitions/Problem"}}
paths:
  /ping:
    get: {operationId: Ping, responses: {"204": {description: Alive.}}}
  /contacts/{id}:
    parameters: [{$ref: "#/parameters/id"}]
    get:
      operationId: GetContact
      tags: [contacts]
      responses: {"200": {description: It., schema: {$ref: "#/definitions/Contact"}}, "404": {$ref: "#/responses/Missing"}}
    delete:
      operationId: DeleteContact
      tags: [contacts]
      responses: {"204": {description: Gone.}}
  /deals:
    get:
      operationId: ListDeals
      tags: [deals]
      security: [{other: []}]
      parameters: [{$ref: "#/parameters/stage"}]
      responses: {"200": {description: Them., schema: {type: array, items: {$ref: "#/definitions/Deal"}}}}
  /stages:
    get:
      operationId: ListStages
      responses: {"200": {description: Them., schema: {type: array, items: {$ref: "#/definitions/Stage"}}}}
definitions:
  Contact: {type: object, discriminator: kind, required: [kind], properties: {kind: {type: string}, boss: {$ref: "#/definitions/Contact"}}}
  Person: {allOf: [{$ref: "#/definitions/Contact"}, {properties: {age: {$ref: "#/definitions/Age"}}}]}
  Age: {type: integer}
  Deal: {type: object, properties: {sum: {type: number}}}
  Stage: {type: object, properties: {id: {type: string}}}
  Problem: {type: object}
  Unused: {type: object}
"##;

fn filtered(include: &[&str], exclude: &[&str]) -> Checked {
    let all = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    let operations = Operations {
        include: all(include),
        exclude: all(exclude),
    };
    let settings = Settings {
        operations,
        ..Settings::default()
    };
    check(CRM.as_bytes(), &settings)
}

fn result(checked: &Checked) -> Value {
    let connector = checked.connector.as_ref();
    let connector = connector.unwrap_or_else(|| panic!("{:#?}", checked.findings));
    serde_json::from_str(&connector.to_json()).expect("what is written is JSON")
}

fn keys(value: &Value) -> Vec<&str> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(key, _)| key.as_str()).collect()
}

fn found<'c>(checked: &'c Checked, code: &str) -> Vec<&'c str> {
    let of_code = checked.findings.iter().filter(|one| one.code() == code);
    of_code.map(|one| one.pointer.as_str()).collect()
}

#[test]
fn without_a_filter_everything_stays() {
    let all = result(&filtered(&[], &[]));
    assert_eq!(keys(&all["definitions"]).len(), 7);
    assert_eq!(all["tags"].as_array().map(Vec::len), Some(3));
}

#[test]
fn what_is_included_stays_with_what_it_refers_to_and_the_rest_goes() {
    let checked = filtered(&["GetContact"], &[]);
    let kept = result(&checked);
    assert_eq!(keys(&kept["paths"]), ["/ping", "/contacts/{id}"]);
    assert_eq!(keys(&kept["paths"]["/contacts/{id}"]), ["parameters", "get"]);
    assert_eq!(
        keys(&kept["definitions"]),
        ["Contact", "Person", "Age", "Problem"]
    );
    assert_eq!(keys(&kept["parameters"]), ["id"]);
    assert_eq!(keys(&kept["responses"]), ["Missing"]);
    assert_eq!(keys(&kept["securityDefinitions"]), ["key"]);
    assert_eq!(kept["tags"], json!([{"name": "contacts"}, {"name": "never"}]));
    assert_eq!(checked.operations, 2);
}

#[test]
fn operations_that_are_called_to_look_something_up_stay_and_that_is_told() {
    let checked = filtered(&["deals"], &["Ping", "ListStages"]);
    let kept = result(&checked);
    assert_eq!(keys(&kept["paths"]), ["/ping", "/deals", "/stages"]);
    assert_eq!(
        found(&checked, "OperationNeeded"),
        ["/paths/~1ping/get", "/paths/~1stages/get"]
    );
    assert_eq!(keys(&kept["securityDefinitions"]), ["key", "other"]);
    assert_eq!(keys(&kept["definitions"]), ["Deal", "Stage"]);
    assert!(kept.get("responses").is_none());
}

#[test]
fn a_path_a_tag_or_an_id_can_be_named_and_leaving_out_wins() {
    for (include, exclude, paths) in [
        (&["/contacts/**"][..], &[][..], &["/ping", "/contacts/{id}"][..]),
        (
            &["contacts", "List*"],
            &["*Deals"],
            &["/ping", "/contacts/{id}", "/stages"],
        ),
        (&[], &["/contacts/*", "deals"], &["/ping", "/stages"]),
    ] {
        let kept = result(&filtered(include, exclude));
        assert_eq!(keys(&kept["paths"]), paths, "{include:?} {exclude:?}");
    }
}

#[test]
fn a_pattern_that_matches_nothing_and_a_filter_that_leaves_nothing_are_found() {
    let checked = filtered(&["contacts", "leads"], &[]);
    assert_eq!(found(&checked, "FilterUnmatched"), [""]);
    assert!(checked.connector.is_some());
    let checked = filtered(&["leads"], &[]);
    assert_eq!(found(&checked, "FilterLeavesNothing"), [""]);
    assert!(checked.connector.is_none());
}

#[test]
fn too_many_operations_are_counted_by_what_a_filter_can_name() {
    let mut description: Value = result(&filtered(&[], &[]));
    for index in 0..260 {
        let tag = if index < 200 { "imports" } else { "exports" };
        description["paths"][format!("/a{index}")] = json!({"get": {
            "operationId": format!("A{index}"), "tags": [tag], "responses": {"200": {"description": "a"}}}});
    }
    let text = description.to_string();
    let checked = check(text.as_bytes(), &Settings::default());
    let told = checked
        .findings
        .iter()
        .find(|one| one.code() == "TooManyOperations");
    let message = &told.expect("is over the limit").message;
    assert!(message.contains("which is 9 fewer"), "{message}");
    assert!(
        message.contains("by tag: \"imports\" 200, \"exports\" 60, \"contacts\" 2, \"deals\" 1."),
        "{message}"
    );
    let operations = Operations {
        include: vec!["imports".to_owned()],
        exclude: Vec::new(),
    };
    let settings = Settings {
        operations,
        ..Settings::default()
    };
    assert_eq!(check(text.as_bytes(), &settings).operations, 201);
}

/// Every reference of a value.
pub(in super::super) fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member.as_str() {
                    Some(text) if key == "$ref" => found.push(text.to_owned()),
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A description of some operations that refer to some definitions, which refer to each other.
fn description() -> impl Strategy<Value = Value> {
    let links = prop::collection::vec(prop::collection::vec(0_usize..8, 0..3), 8);
    let operations = prop::collection::vec((0_usize..8, 0_usize..8, any::<bool>()), 1..8);
    (links, operations).prop_map(|(links, operations)| {
        let refer = |index: usize| json!({"$ref": format!("#/definitions/D{index}")});
        let mut description = json!({"swagger": "2.0", "info": {"title": "a", "version": "1"},
            "host": "a.example", "paths": {}, "definitions": {}});
        for (index, links) in links.iter().enumerate() {
            let properties: serde_json::Map<String, Value> =
                links.iter().map(|link| (format!("p{link}"), refer(*link))).collect();
            description["definitions"][format!("D{index}")] = json!({"type": "object", "properties": properties});
        }
        let count = operations.len();
        for (index, (schema, called, calls)) in operations.into_iter().enumerate() {
            let mut operation = json!({"operationId": format!("O{index}"), "tags": [format!("t{}", index % 2)],
                "responses": {"200": {"description": "a", "schema": refer(schema)}}});
            if calls {
                operation["parameters"] = json!([{"name": "a", "in": "query", "type": "string",
                    "x-ms-dynamic-values": {"operationId": format!("O{}", called % count), "value-path": "a"}}]);
            }
            description["paths"][format!("/{}", index / 2)][if index % 2 == 0 { "get" } else { "post" }] = operation;
        }
        description
    })
}

proptest! {
    #[test]
    fn trimming_leaves_no_reference_and_no_called_operation_behind(
        description in description(),
        include in prop::collection::vec("(O[0-7]|t[01]|/[0-3]|/\\*\\*)", 0..3),
        exclude in prop::collection::vec("(O[0-7]|t[01]|/[0-3])", 0..2),
    ) {
        let settings = Settings { operations: Operations { include, exclude }, ..Settings::default() };
        let checked = check(description.to_string().as_bytes(), &settings);
        let errors: Vec<&str> = checked.findings.iter().map(Finding::code).collect();
        prop_assert_eq!(checked.connector.is_none(), errors.contains(&"FilterLeavesNothing"), "{:?}", errors);
        prop_assert!(!errors.contains(&"ExtensionOperation"));
        if checked.connector.is_some() {
            let kept = result(&checked);
            let mut leads = Vec::new();
            references(&kept, &mut leads);
            for reference in &leads {
                let name = reference.trim_start_matches("#/definitions/");
                prop_assert!(kept["definitions"].get(name).is_some(), "{} in {}", reference, kept);
            }
            if !settings.operations.is_empty() {
                for name in keys(&kept["definitions"]) {
                    prop_assert!(leads.contains(&format!("#/definitions/{name}")), "{} in {}", name, kept);
                }
            }
        }
    }
}
