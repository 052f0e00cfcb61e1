//! What must hold of descriptions as people write them, with everything that OpenAPI 2.0 cannot say.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::super::super::tests::converted;
use crate::definition::Operations;

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

fn schema() -> impl Strategy<Value = Value> {
    let leaf = select(vec![
        json!({"type": "string"}),
        json!({"type": "string", "format": "date", "nullable": true, "example": "2024-01-01"}),
        json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true}),
        json!({"type": "number", "exclusiveMaximum": 5}),
        json!({"type": ["string", "null"]}),
        json!({"type": ["integer", "boolean"]}),
        json!({"const": "a"}),
        json!({"enum": ["a", 1, null]}),
        json!({"type": "string", "enum": ["a", "b"], "default": 5}),
        json!({"type": "string", "pattern": "(?i)^a{2}$", "contentEncoding": "base64"}),
        json!({"$ref": "#/components/schemas/S0"}),
        json!({"$ref": "#/components/schemas/S1", "description": "beside"}),
        json!({"type": "string", "format": "binary"}),
        json!({"type": "object"}),
        json!({}),
        json!(true),
    ]);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            inner
                .clone()
                .prop_map(|items| json!({"type": "array", "items": items})),
            (inner.clone(), inner.clone(), any::<bool>()).prop_map(|(a, b, required)| {
                let required = if required { json!(["a"]) } else { json!(["a", "c"]) };
                json!({"type": "object", "properties": {"a": a, "b": b}, "required": required})
            }),
            inner
                .clone()
                .prop_map(|more| json!({"type": "object", "additionalProperties": more})),
            inner.clone().prop_map(|other| json!({"not": other})),
            (select(vec!["oneOf", "anyOf", "allOf", "prefixItems"]), several)
                .prop_map(|(key, several)| json!({key: several})),
            inner.prop_map(
                |one| json!({"oneOf": [one, {"type": "null"}], "discriminator": {"propertyName": "a"}})
            ),
        ]
    })
}

fn parameter() -> impl Strategy<Value = Value> {
    let place = select(vec!["query", "header", "cookie", "path"]);
    let name = select(vec!["id", "a", "b[]", "X-A", "content-type"]);
    let style = select(vec![
        None,
        Some("deepObject"),
        Some("pipeDelimited"),
        Some("matrix"),
        Some("spaceDelimited"),
    ]);
    let own =
        (place, name, style, schema(), any::<bool>()).prop_map(|(place, name, style, schema, content)| {
            let mut parameter = json!({"name": name, "in": place, "required": place == "path"});
            if content {
                parameter["content"] = json!({"application/json": {"schema": schema}});
            } else {
                parameter["schema"] = schema;
            }
            if let Some(style) = style {
                parameter["style"] = style.into();
            }
            parameter
        });
    prop_oneof![4 => own, 1 => Just(json!({"$ref": "#/components/parameters/P0"}))]
}

fn content() -> impl Strategy<Value = Value> {
    let media = select(vec![
        "application/json",
        "application/xml",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/octet-stream",
        "*/*",
    ]);
    prop::collection::btree_map(media, schema(), 0..3).prop_map(|all| {
        let all = all
            .into_iter()
            .map(|(media, schema)| (media.to_owned(), json!({"schema": schema})));
        Value::Object(all.collect())
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let id = prop::option::of(select(vec!["A", "B", "get thing", "Ünder", ""]));
    let tag = prop::option::of(select(vec!["one", "two"]));
    let code = select(vec!["200", "2XX", "404", "default", "201"]);
    let security = select(vec![
        None,
        Some("key"),
        Some("oidc"),
        Some("bearer"),
        Some("flows"),
        Some("none"),
    ]);
    let server = prop::option::weighted(
        0.2,
        select(vec![
            "https://other.example.com",
            "/v2",
            "https://api.example.com/v3",
            "{stage}.example.com",
        ]),
    );
    let parts = (
        prop::collection::vec(parameter(), 0..3),
        prop::option::of(content()),
        content(),
        any::<bool>(),
    );
    (id, tag, code, security, server, parts).prop_map(|(id, tag, code, security, server, parts)| {
        let (parameters, body, answer, calls_back) = parts;
        let mut operation = json!({"parameters": parameters,
            "responses": {code: {"description": "It.", "content": answer}}});
        if let Some(id) = id {
            operation["operationId"] = id.into();
        }
        if let Some(tag) = tag {
            operation["tags"] = json!([tag]);
        }
        if let Some(body) = body {
            operation["requestBody"] = json!({"content": body});
        }
        if let Some(scheme) = security {
            operation["security"] = if scheme == "none" {
                json!([])
            } else {
                json!([{scheme: []}])
            };
        }
        if let Some(server) = server {
            operation["servers"] = json!([{"url": server}]);
        }
        if calls_back {
            operation["callbacks"] = json!({"done": {"{$request.body#/a}": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"200": {"description": "Heard."}}}}}});
        }
        operation
    })
}

/// A whole description; in it, everything that is referred to.
fn description() -> impl Strategy<Value = Value> {
    let path = select(vec!["/a", "/a/{id}", "/{id}/b", "/a/", "/#A", "/#B", "/", "/a b"]);
    let operations = prop::collection::btree_map(select(METHODS.to_vec()), operation(), 1..3);
    let paths = prop::collection::btree_map(path, operations, 1..4);
    let version = select(vec!["3.0.3", "3.1.0"]);
    (version, paths, schema(), schema(), parameter()).prop_map(|(version, paths, one, two, parameter)| {
        let shared = if parameter.get("$ref").is_some() {
            json!({"name": "P0", "in": "query", "schema": {"type": "string"}})
        } else {
            parameter
        };
        json!({
            "openapi": version,
            "info": {"title": "Generated", "version": "1"},
            "servers": [{"url": "https://api.example.com"}],
            "paths": paths,
            "components": {
                "schemas": {"S0": one, "S1": {"type": "object", "properties": {"a": two}}},
                "parameters": {"P0": shared},
                "securitySchemes": {
                    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                    "bearer": {"type": "http", "scheme": "bearer"},
                    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://login.example.com"},
                    "flows": {"type": "oauth2", "flows": {
                        "implicit": {"authorizationUrl": "https://login.example.com", "scopes": {}},
                        "clientCredentials": {"tokenUrl": "https://login.example.com/token", "scopes": {"a": "A"}}}},
                },
            },
        })
    })
}

fn operations(description: &Value) -> BTreeSet<converted::Pointer> {
    let paths = description["paths"].as_object().into_iter().flatten();
    let of = |(path, item): (&String, &Value)| -> Vec<String> {
        let path = path.replace('~', "~0").replace('/', "~1");
        let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
        methods.map(|method| format!("/paths/{path}/{method}")).collect()
    };
    paths.flat_map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_comes_out_is_valid_and_does_not_change_again(description in description()) {
        converted::is_sound_or_refused(&description)?;
    }

    #[test]
    fn yaml_is_converted_to_the_same(description in description()) {
        converted::is_the_same_in_yaml(&description)?;
    }

    #[test]
    fn every_operation_is_in_the_result_or_in_the_report(description in description()) {
        converted::accounts_for(&description, &operations(&description))?;
    }

    #[test]
    fn what_is_trimmed_is_whole(
        description in description(),
        include in prop::collection::vec("(A|B|one|two|/a|/a/\\*|/\\*\\*)", 0..3),
        exclude in prop::collection::vec("(A|B|one|two|/a)", 0..2),
    ) {
        converted::can_be_trimmed(&description, Operations { include, exclude })?;
    }

    #[test]
    fn names_stay_when_something_else_is_added(description in description(), operation in operation()) {
        let mut more = description.clone();
        let mut operation = operation;
        operation["operationId"] = "SomethingElse".into();
        let mut paths = Map::from_iter([("/something/else".to_owned(), json!({"get": operation}))]);
        paths.extend(description["paths"].as_object().cloned().unwrap_or_default());
        more["paths"] = Value::Object(paths);
        converted::keeps_its_names(&description, &more)?;
    }
}
