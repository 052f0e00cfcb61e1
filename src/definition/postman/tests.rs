//! Every construct against data, and what must hold for all collections.

mod properties;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Checked, Format, NoteKind, Settings, Severity, check};

const CASES: &str = include_str!("../../../tests/fixtures/definition/postman.yaml");
const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    says: String,
    items: Option<Value>,
    #[serde(default)]
    collection: serde_json::Map<String, Value>,
    service: Option<String>,
    #[serde(default)]
    has: BTreeMap<String, Value>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    entries: Vec<String>,
    #[serde(default)]
    errors: Vec<String>,
}

fn collection(items: &Value) -> Value {
    json!({"info": {"name": "Probe", "schema": SCHEMA}, "item": items})
}

fn checked(collection: &Value, service: Option<&str>) -> Checked {
    let settings = Settings {
        service_url: service.map(str::to_owned),
        ..Settings::default()
    };
    check(collection.to_string().as_bytes(), &settings)
}

/// The document that would be registered.
fn written(checked: &Checked) -> Option<Value> {
    let connector = checked.connector.as_ref()?;
    Some(serde_json::from_str(&connector.to_json()).expect("what is written is JSON"))
}

fn errors(checked: &Checked) -> Vec<&'static str> {
    let errors = checked
        .findings
        .iter()
        .filter(|one| one.severity() == Severity::Error);
    errors.map(|one| one.rule.code()).collect()
}

#[test]
fn each_construct_becomes_what_it_should() {
    let cases: Vec<Case> = serde_saphyr::from_str(CASES).expect("the cases are YAML");
    for case in cases {
        let mut given = match &case.items {
            Some(items) => collection(items),
            None => json!({}),
        };
        given.as_object_mut().expect("is one").extend(case.collection);
        let says = &case.says;
        let checked = checked(&given, case.service.as_deref());
        assert_eq!(errors(&checked), case.errors, "{says}\n{:#?}", checked.findings);
        let document = written(&checked).unwrap_or_default();
        for (pointer, value) in &case.has {
            assert_eq!(
                document.pointer(pointer),
                Some(value),
                "{says}: {pointer}\n{document:#}"
            );
        }
        for pointer in &case.lacks {
            assert_eq!(document.pointer(pointer), None, "{says}: {pointer}\n{document:#}");
        }
        let entries: BTreeSet<String> = checked
            .report
            .iter()
            .filter(|entry| entry.code() != "SampleValuesLost")
            .map(|entry| format!("{} {}", entry.code(), entry.pointer))
            .collect();
        assert_eq!(entries, case.entries.into_iter().collect(), "{says}");
    }
}

/// A collection of version 1, and the same in version 2.1.
fn twins() -> (Value, Value) {
    let one = json!({
        "id": "c", "name": "Twin", "description": "About", "order": ["r3"], "folders_order": ["f1"],
        "folders": [
            {"id": "f2", "name": "Inner", "folder": "f1", "order": ["r2"]},
            {"id": "f1", "name": "Users", "description": "All", "order": ["r1"], "folders_order": ["f2"]}
        ],
        "requests": [
            {"id": "r1", "name": "Make", "method": "POST", "url": "https://api.example.com/users/:id?x=1",
             "pathVariables": {"id": "5"}, "headers": "X-A: b\n//X-B: c\n", "dataMode": "raw", "rawModeData": "{\"a\": 1}",
             "currentHelper": "basicAuth", "helperAttributes": {"id": "basic", "username": "u", "password": "p"},
             "responses": [{"name": "Made", "responseCode": {"code": 201, "name": "Created"}, "text": "{\"id\": 1}",
                            "headers": [{"name": "X-Id", "key": "X-Id", "value": "1"}]}]},
            {"id": "r2", "name": "Send", "method": "PUT", "url": "https://api.example.com/form", "dataMode": "params",
             "data": [{"key": "f", "type": "file", "enabled": true}, {"key": "g", "value": "v", "type": "text"}, {"key": "h", "value": "v", "enabled": false}]},
            {"id": "r3", "name": "Find", "method": "GET", "url": "https://api.example.com/find?q=1",
             "queryParams": [{"key": "q", "value": "1", "description": "What"}, {"key": "z", "value": "1", "enabled": false}]},
            {"id": "r4", "name": "Lost", "method": "GET", "url": "https://api.example.com/lost", "folder": "f1"}
        ]
    });
    let two = json!({
        "info": {"name": "Twin", "description": "About", "schema": SCHEMA},
        "item": [
            {"name": "Users", "description": "All", "item": [
                {"name": "Inner", "item": [{"name": "Send", "request": {"method": "PUT", "url": "https://api.example.com/form",
                    "body": {"mode": "formdata", "formdata": [{"key": "f", "type": "file"}, {"key": "g", "value": "v", "type": "text"}]}}}]},
                {"name": "Make", "request": {"method": "POST", "url": "https://api.example.com/users/:id?x=1",
                    "header": [{"key": "X-A", "value": "b"}], "body": {"mode": "raw", "raw": "{\"a\": 1}"},
                    "auth": {"type": "basic", "basic": [{"key": "username", "value": "u"}]}},
                 "response": [{"name": "Made", "code": 201, "body": "{\"id\": 1}", "header": [{"key": "X-Id", "value": "1"}]}]},
            ]},
            {"name": "Find", "request": {"method": "GET", "url": {"raw": "https://api.example.com/find?q=1",
                "host": ["api", "example", "com"], "protocol": "https", "path": ["find"],
                "query": [{"key": "q", "value": "1", "description": "What"}]}}},
        ]
    });
    (one, two)
}

#[test]
fn version_1_says_the_same_as_version_2() {
    let (one, two) = twins();
    let (first, second) = (checked(&one, None), checked(&two, None));
    assert_eq!(
        (first.format, second.format),
        (Some(Format::Postman10), Some(Format::Postman21))
    );
    let mut document = written(&first).expect("it is sound");
    // A request that no order names is read nevertheless.
    let paths = document["paths"].as_object_mut().expect("is one");
    let lost = paths.shift_remove("/lost").expect("it is read");
    assert_eq!(lost["get"]["tags"], json!(["Users"]));
    assert_eq!(
        document.to_string(),
        written(&second).expect("it is sound").to_string()
    );
}

#[test]
fn folders_of_version_1_that_hold_each_other_end() {
    let folder = |index: usize| json!({"id": format!("f{index}"), "name": "F", "order": [], "folders_order": [format!("f{}", (index + 1) % 500)]});
    let given = json!({"id": "c", "name": "Twin", "order": [], "folders": (0..500).map(folder).collect::<Vec<_>>(),
        "requests": [{"id": "r", "name": "A", "url": "https://api.example.com/a", "folder": "f400"}]});
    let checked = checked(&given, None);
    assert_eq!((checked.errors, checked.operations), (0, 1));
}

const CANARY: &str = "canary0canary9";

#[test]
fn no_value_leaves_the_collection() {
    let canary = Value::from(CANARY);
    let field = |key: &str| json!({"key": key, "value": canary, "type": "text"});
    let auths: Vec<Value> = ["apikey", "basic", "bearer", "oauth2", "oauth1", "hawk", "digest", "awsv4", "jwt"]
        .iter()
        .map(|kind| json!({"type": kind, *kind: [field("value"), field("token"), field("password"), field("username"),
            field("accessToken"), field("clientSecret"), field("authUrl"), field("accessTokenUrl"), field("consumerSecret"),
            {"key": "key", "value": "X-Key"}]}))
        .collect();
    let sample = json!({"password": canary, "list": [canary]}).to_string();
    let item = |(index, auth): (usize, &Value)| {
        json!({
            "name": format!("https://api.example.com/x?key={CANARY}"),
            "variable": [field("v")],
            "request": {
                "method": "POST", "auth": auth,
                "url": {"raw": format!("https://u:{CANARY}@api.example.com/{index}/:id?q={CANARY}"), "variable": [field("id")]},
                "header": [field("Authorization"), field("X-Api-Key"), field("Cookie"), field("X-Other"), field("Content-Type"), field("Accept")],
                "body": match index % 4 {
                    0 => json!({"mode": "raw", "raw": sample}),
                    1 => json!({"mode": "formdata", "formdata": [field("a"), {"key": "f", "type": "file", "src": canary}]}),
                    2 => json!({"mode": "graphql", "graphql": {"query": canary, "variables": sample}}),
                    _ => json!({"mode": "raw", "raw": canary}),
                },
            },
            "response": [{"name": "Done", "code": 200, "body": sample, "header": [field("Set-Cookie"), field("X-A"), field("Content-Type")], "cookie": [field("s")]}],
        })
    };
    let mut items: Vec<Value> = auths.iter().enumerate().map(item).collect();
    items.push(json!({"name": "Other", "request": format!("https://u:{CANARY}@{{{{secret}}}}/a/{{{{secret}}}}?b={{{{secret}}}}")}));
    items.push(json!({"name": "Odd", "request": {"method": "{{secret}}", "url": "https://{{odd}}/a"}}));
    let mut given = collection(&Value::from(items));
    given["variable"] = json!([field("token"), {"key": "odd", "value": format!("no host {CANARY}")}, {"key": "secret", "value": format!("{CANARY}.example.com")}]);
    given["auth"] = auths[0].clone();
    given["event"] = json!([{"listen": "prerequest", "script": {"exec": [canary]}}]);
    let checked = checked(&given, None);
    assert_eq!(errors(&checked), Vec::<&str>::new(), "{:#?}", checked.findings);
    assert_eq!(checked.operations, auths.len());
    let all = format!(
        "{:?} {:?} {}",
        checked.findings,
        checked.report,
        written(&checked).expect("it is sound")
    );
    let at = all
        .find(CANARY)
        .map(|at| all.get(at.saturating_sub(200)..at + 50));
    assert_eq!(at, None);
}

#[test]
fn hostile_collections_cost_little() {
    let braces = "{".repeat(500_000);
    let nested = format!("https://api.example.com/{}", "{{a}}/".repeat(50_000));
    let bomb: Vec<Value> = (0..60)
        .map(|index| json!({"key": format!("v{index}"), "value": format!("{{{{v{}}}}}", index + 1).repeat(10)}))
        .collect();
    let body = "[".repeat(500_000);
    let mut given = collection(&json!([
        {"name": braces, "request": {"method": "POST", "url": braces, "body": {"mode": "raw", "raw": braces}}},
        {"name": "B", "request": nested},
        {"name": "C", "request": {"method": "POST", "url": "https://{{v0}}/a", "body": {"mode": "raw", "raw": body}}},
    ]));
    given["variable"] = Value::from(bomb);
    let checked = checked(&given, None);
    assert!(checked.connector.is_none() && checked.errors > 0);
}

/// Odd values in the places where collections have something.
fn odd() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[:/{}?#&=a-c. ]{0,12}",
        "(https://|)(api\\.example\\.com|\\{\\{h\\}\\})(/:[ab]|/\\{\\{[ab]\\}\\}|/[ab]){0,3}(\\?a=1&a=2|)"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                "(key|value|name|type|mode|raw|url|host|path|query|variable|code|body|header|disabled|apikey|request|item)",
                inner,
                0..4
            )
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn item() -> impl Strategy<Value = Value> {
    let place = prop::sample::select(vec![
        "name",
        "request",
        "item",
        "response",
        "event",
        "request/url",
        "request/method",
        "request/header",
        "request/body",
        "request/auth",
        "request/description",
        "request/body/mode",
        "request/body/raw",
        "request/body/urlencoded",
        "request/url/host",
        "request/url/path",
        "request/url/query",
        "request/url/variable",
        "response/0/code",
    ]);
    let method = prop::sample::select(vec!["GET", "POST", "LOCK", "delete", ""]);
    let path = prop::sample::select(vec!["/a", "/:id", "/:x", "/a/{{v}}", "", "/a?b=1"]);
    let host = prop::sample::select(vec![
        "https://api.example.com",
        "https://other.example.com",
        "{{h}}",
        "",
    ]);
    (method, host, path, prop::collection::vec((place, odd()), 0..3)).prop_map(
        |(method, host, path, changes)| {
            let mut item =
                json!({"name": "A", "request": {"method": method, "url": format!("{host}{path}")}});
            for (place, value) in changes {
                set(&mut item, place, value);
            }
            item
        },
    )
}

fn set(target: &mut Value, place: &str, value: Value) {
    let (key, rest) = place
        .split_once('/')
        .map_or((place, None), |(key, rest)| (key, Some(rest)));
    if !target.is_object() {
        *target = json!({});
    }
    let inner = target
        .as_object_mut()
        .expect("was made one")
        .entry(key)
        .or_insert(Value::Null);
    match rest {
        Some(rest) => set(inner, rest, value),
        None => *inner = value,
    }
}

/// Pointers to all items with a request, found by another walk.
fn requests(items: &Value, pointer: &str, found: &mut Vec<String>) {
    for (index, item) in items.as_array().into_iter().flatten().enumerate() {
        let pointer = format!("{pointer}/{index}");
        if item.get("request").is_some() {
            found.push(pointer.clone());
        }
        if let Some(inner) = item.get("item").filter(|inner| inner.is_array()) {
            requests(inner, &format!("{pointer}/item"), found);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_request_is_an_operation_or_in_the_report(items in prop::collection::vec(item(), 0..6)) {
        let items = Value::from(items);
        let given = collection(&items);
        let checked = checked(&given, Some("https://api.example.com"));
        let mut all = Vec::new();
        requests(&items, "/item", &mut all);
        let gone: Vec<&str> = checked
            .report
            .iter()
            .filter(|entry| matches!(entry.kind(), NoteKind::Merged | NoteKind::Refused))
            .map(|entry| entry.pointer.as_str())
            .collect();
        prop_assert!(gone.iter().all(|pointer| all.iter().any(|one| one == pointer)), "{:?}", gone);
        prop_assert_eq!(checked.operations + gone.len(), all.len(), "{:#?}\n{:#}", checked.report, given);
    }

    #[test]
    fn what_comes_out_is_sound_or_has_no_operation(items in prop::collection::vec(item(), 0..6)) {
        let checked = checked(&collection(&Value::from(items)), Some("https://api.example.com"));
        let unsound: Vec<&str> = errors(&checked).into_iter().filter(|code| *code != "PathsEmpty").collect();
        prop_assert!(unsound.is_empty(), "{:#?}", checked.findings);
        if let Some(document) = written(&checked) {
            let again = check(document.to_string().as_bytes(), &Settings { service_url: Some("https://a.example".to_owned()), ..Settings::default() });
            prop_assert_eq!(again.errors, 0, "{:#?}", again.findings);
        }
    }
}
