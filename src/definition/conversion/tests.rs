//! What a filter leaves of a report, and of what stands in the way.

use serde_json::Value;

use super::super::{Checked, Finding, Operations, Settings, Severity, check};

/// Contacts and deals. Each has something that OpenAPI 2.0 cannot say, in itself and in a component.
const CRM: &str = r##"
openapi: 3.0.3
info: {title: Relations, version: "1", description: Contacts and deals of a small company.}
servers: [{url: "https://crm.example.com"}, {url: "https://old.example.com"}]
paths:
  /contacts:
    get:
      operationId: ListContacts
      tags: [contacts]
      parameters: [{name: session, in: cookie, schema: {type: string}}]
      responses: {"200": {description: Them., content: {application/json: {schema: {$ref: "#/components/schemas/Contact"}}}}}
    trace: {operationId: TraceContacts, tags: [contacts], responses: {"200": {description: It.}}}
  /deals:
    get:
      operationId: ListDeals
      tags: [deals]
      parameters: [{name: session, in: cookie, schema: {type: string}}]
      responses: {"200": {description: Them., content: {application/json: {schema: {$ref: "#/components/schemas/Deal"}}}}}
    trace: {operationId: TraceDeals, tags: [deals], responses: {"200": {description: It.}}}
components:
  schemas:
    Contact: {type: object, properties: {company: {$ref: "#/components/schemas/Company"}}}
    Company: {type: object, not: {required: [a]}}
    Deal: {type: object, properties: {sum: {not: {type: string}}}}
"##;

/// A collection: two folders, and a request in neither.
const COLLECTION: &str = r#"{
  "info": {"name": "Relations", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
  "event": [{"listen": "test", "script": {"exec": ["all();"]}}],
  "item": [
    {"name": "Contacts", "event": [{"listen": "test", "script": {"exec": ["contacts();"]}}], "item": [
      {"name": "List contacts", "request": {"method": "GET", "url": "https://crm.example.com/contacts?a=1&b=2",
        "header": [{"key": "Cookie", "value": "a=b"}, {"key": "X-Off", "value": "1", "disabled": true}]}},
      {"name": "Lock contacts", "request": {"method": "LOCK", "url": "https://crm.example.com/contacts"}},
      {"name": "List contacts again", "request": {"method": "GET", "url": "https://crm.example.com/contacts"}}]},
    {"name": "Deals", "event": [{"listen": "test", "script": {"exec": ["deals();"]}}], "item": [
      {"name": "List deals", "request": {"method": "GET", "url": "https://crm.example.com/deals?c=3",
        "header": [{"key": "Cookie", "value": "a=b"}, {"key": "X-Off", "value": "1", "disabled": true}]}}]},
    {"name": "Ping", "request": {"method": "GET", "url": "https://crm.example.com/ping"}}]
}"#;

fn filtered(text: &str, include: &[&str], exclude: &[&str]) -> Checked {
    let all = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    let operations = Operations {
        include: all(include),
        exclude: all(exclude),
    };
    let settings = Settings {
        operations,
        ..Settings::default()
    };
    check(text.as_bytes(), &settings)
}

fn told(checked: &Checked) -> Vec<String> {
    let entries = checked.report.iter();
    entries
        .map(|entry| format!("{} {}", entry.code(), entry.pointer))
        .collect()
}

fn paths(checked: &Checked) -> Vec<String> {
    let connector = checked.connector.as_ref();
    let connector = connector.unwrap_or_else(|| panic!("{:#?}", checked.findings));
    let document: Value = serde_json::from_str(&connector.to_json()).expect("what is written is JSON");
    document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(path, _)| path.clone())
        .collect()
}

#[test]
fn nothing_is_told_of_what_is_left_out_by_wish() {
    let about_contacts = [
        "ServerLost /servers/1",
        "CookieLost /paths/~1contacts/get/parameters/0",
        "MethodRefused /paths/~1contacts/trace",
        "KeywordLost /components/schemas/Company/not",
    ];
    for (include, exclude) in [
        (&["contacts"][..], &[][..]),
        (&[], &["/deals"]),
        (&["*Contacts"], &["Other*"]),
    ] {
        let checked = filtered(CRM, include, exclude);
        assert_eq!(paths(&checked), ["/contacts"]);
        assert_eq!(told(&checked), about_contacts, "{include:?} {exclude:?}");
    }
    let all = told(&filtered(CRM, &[], &[]));
    assert_eq!(all.len(), 7, "{all:?}");
}

#[test]
fn what_is_refused_is_told_of_only_if_it_is_wanted() {
    let checked = filtered(CRM, &["ListContacts"], &[]);
    assert!(
        !told(&checked)
            .iter()
            .any(|entry| entry.starts_with("MethodRefused"))
    );
    let checked = filtered(CRM, &["ListContacts", "TraceDeals"], &[]);
    assert!(told(&checked).contains(&"MethodRefused /paths/~1deals/trace".to_owned()));
}

#[test]
fn what_is_wrong_with_an_operation_that_is_left_out_stands_in_no_ones_way() {
    for (place, broken) in [
        ("#/components/schemas/Deal", "other.yaml#/Deal"),
        (
            "Deal: {type: object",
            "Deal: {$ref: \"#/components/schemas/None\"",
        ),
    ] {
        let text = CRM.replace(place, broken);
        assert!(filtered(&text, &[], &[]).connector.is_none(), "{broken}");
        let checked = filtered(&text, &[], &["deals"]);
        assert_eq!(
            (checked.errors, paths(&checked)),
            (0, vec!["/contacts".to_owned()]),
            "{broken}"
        );
    }
}

#[test]
fn of_a_collection_nothing_is_told_or_counted_that_is_left_out() {
    let checked = filtered(COLLECTION, &["Contacts"], &[]);
    assert_eq!(
        told(&checked),
        [
            "ScriptLost /event/0",
            "ScriptLost /item/0/event/0",
            "SampleValuesLost /item/0/item/0/request/url",
            "CookieLost /item/0/item/0/request/header/0",
            "DisabledLost /item/0/item/0/request/header/1",
            "MethodRefused /item/0/item/1",
            "RequestMerged /item/0/item/2",
        ]
    );
    let values = |checked: &Checked| {
        let entry = checked
            .report
            .iter()
            .find(|entry| entry.code() == "SampleValuesLost");
        entry.map(|entry| entry.message.clone()).unwrap_or_default()
    };
    assert!(
        values(&checked).starts_with("Of 2 values"),
        "{}",
        values(&checked)
    );
    let checked = filtered(COLLECTION, &[], &["/contacts"]);
    assert_eq!(paths(&checked), ["/deals", "/ping"]);
    assert!(
        values(&checked).starts_with("Of 1 values"),
        "{}",
        values(&checked)
    );
    let about_deals = ["/event/0", "/item/1/event/0", "/item/1/item/0/request/url"];
    let pointers: Vec<&str> = checked
        .report
        .iter()
        .map(|entry| entry.pointer.as_str())
        .collect();
    assert_eq!(pointers.get(..3), Some(&about_deals[..]), "{pointers:?}");
    assert!(
        !pointers.iter().any(|pointer| pointer.starts_with("/item/0")),
        "{pointers:?}"
    );
}

#[test]
fn of_operations_that_a_fragment_tells_apart_the_one_that_is_wanted_is_kept() {
    let text = r#"{"openapi": "3.0.0", "info": {"title": "Tables", "version": "1"},
        "servers": [{"url": "https://db.example.com"}], "paths": {
        "/#X-Target=Make": {"post": {"operationId": "MakeTable", "responses": {"200": {"description": "Made."}}}},
        "/#X-Target=List": {"post": {"operationId": "ListTables", "responses": {"200": {"description": "Them."}}}}}}"#;
    let all = filtered(text, &[], &[]);
    let repeated = all
        .report
        .iter()
        .find(|entry| entry.code() == "OperationRepeated");
    let repeated = repeated.expect("one place is taken twice");
    assert_eq!(repeated.pointer, "/paths/~1#X-Target=List/post");
    assert!(
        repeated.message.contains("spec.definition.operations"),
        "{}",
        repeated.message
    );
    let checked = filtered(text, &["ListTables"], &[]);
    assert_eq!(told(&checked), ["PathCut /paths/~1#X-Target=List"]);
    let connector = checked.connector.as_ref().expect("one operation is sound");
    assert!(connector.to_json().contains("ListTables") && !connector.to_json().contains("MakeTable"));
    let checked = filtered(text, &["DropTable"], &[]);
    let errors = checked
        .findings
        .iter()
        .filter(|one| one.severity() == Severity::Error);
    assert_eq!(
        errors.map(Finding::code).collect::<Vec<_>>(),
        ["FilterLeavesNothing"]
    );
}
