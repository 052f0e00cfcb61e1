use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::cli::testing::ApiServer;

/// The smallest PNG there is: one pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn description(security: &Value) -> String {
    json!({
        "swagger": "2.0", "info": { "title": "Pets", "version": "1.0", "description": "Where pets are." },
        "host": "pets.example.com", "basePath": "/v1", "schemes": ["https"],
        "securityDefinitions": security,
        "paths": { "/pets": { "get": { "operationId": "ListPets", "summary": "List pets",
                                       "responses": { "200": { "description": "All of them." } } } } },
    })
    .to_string()
}

async fn exported(spec: &Value) -> Outcome {
    let server = ApiServer::default();
    server.connector("pets", spec, &json!({}));
    let cluster = server.cluster();
    let reach = Reach::new(&cluster, &backends::Arguments::default()).unwrap();
    let connector = cluster.whole_connector("pets").await.unwrap();
    assembled(&connector, "shop", reach.sources(), &Palette::default())
        .await
        .unwrap()
}

async fn files(spec: &Value) -> Files {
    match exported(spec).await {
        Outcome::Ready(files) => *files,
        Outcome::Refused(text) => panic!("{text}"),
    }
}

fn file(files: &Files, wanted: &str) -> Value {
    let (_, bytes) = files.all().find(|(name, _)| *name == wanted).unwrap();
    serde_json::from_slice(bytes).unwrap()
}

#[tokio::test]
async fn a_connector_becomes_document_properties_and_icon() {
    let security = json!({ "key": { "type": "apiKey", "in": "header", "name": "X-Key" } });
    let files = files(&json!({
        "definition": { "inline": description(&security) }, "displayName": "Pet shop", "brandColor": "#123abc",
        "icon": { "inline": PNG }, "serviceUrl": "https://pets.example.org/v2",
    }))
    .await;
    assert_eq!(files.remarks, Vec::<String>::new());
    let document = file(&files, "apiDefinition.swagger.json");
    assert_eq!(document["info"]["title"], "Pet shop");
    assert_eq!(
        (&document["host"], &document["basePath"]),
        (&json!("pets.example.org"), &json!("/v2"))
    );
    let properties = file(&files, "apiProperties.json");
    assert_eq!(properties["properties"]["iconBrandColor"], "#123abc");
    assert_eq!(
        properties["properties"]["connectionParameters"]["api_key"]["type"],
        "securestring"
    );
    let names: Vec<&str> = files.all().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["apiDefinition.swagger.json", "apiProperties.json", "icon.png"]
    );
    let (_, icon) = files.all().last().unwrap();
    assert!(icon.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn what_the_form_cannot_hold_is_said() {
    let files = files(&json!({
        "definition": { "inline": description(&json!({})) },
        "connectionParameters": { "options": { "type": "object" } },
    }))
    .await;
    insta::assert_snapshot!(files.remarks.join("\n"), @"
    spec.brandColor is not set: iconBrandColor is #007ee5, which Microsoft's review does not accept
    connection parameter options has the type object, which Microsoft's form of properties does not have
    ");
}

#[tokio::test]
async fn a_description_with_errors_is_refused_with_them() {
    let spec = json!({ "definition": { "inline": "{\"swagger\": \"2.0\"}" } });
    let Outcome::Refused(text) = exported(&spec).await else {
        panic!("it was not refused");
    };
    assert!(text.ends_with("nothing is written\n"), "{text}");
}

#[tokio::test]
async fn files_are_written_whole_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a/b");
    let files = files(&json!({ "definition": { "inline": description(&json!({})) } })).await;
    for _ in 0..2 {
        let paths = write(&files, &target).unwrap();
        assert_eq!(paths.len(), 2);
        let read: Value = serde_json::from_slice(&fs::read(&paths[1]).unwrap()).unwrap();
        assert_eq!(read, file(&files, "apiProperties.json"));
    }
}

/// Microsoft's own schema, where it is there. Its references hold `<` and `>`, which no URI may.
fn schema(name: &str) -> Option<jsonschema::Validator> {
    let path = Path::new("../shared/azure/PowerPlatformConnectors/schemas").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: no {}", path.display());
        return None;
    };
    let mut schema: Value = serde_json::from_str(&strict(&text).replace(['<', '>'], "_")).unwrap();
    // An address that a test does not ask for.
    if let Some(members) = schema.as_object_mut() {
        members.remove("id");
    }
    Some(jsonschema::validator_for(&schema).unwrap())
}

/// The text without the comments and the commas before a closing bracket that these files have and JSON has not.
fn strict(text: &str) -> String {
    let (mut strict, mut letters, mut quoted) = (String::new(), text.chars().peekable(), false);
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted => strict.extend([Some(letter), letters.next()].into_iter().flatten()),
            '"' => {
                quoted = !quoted;
                strict.push(letter);
            }
            '/' if !quoted && letters.peek() == Some(&'/') => {
                while letters.next_if(|letter| *letter != '\n').is_some() {}
            }
            '}' | ']' if !quoted => {
                let end = strict.trim_end().trim_end_matches(',').len();
                strict.truncate(end);
                strict.push(letter);
            }
            _ => strict.push(letter),
        }
    }
    strict
}

#[tokio::test]
async fn each_kind_of_authentication_is_exported_as_microsofts_schemas_want_it() {
    let (Some(of_properties), Some(of_document)) = (
        schema("paconn-apiProperties.schema.json"),
        schema("apiDefinition.swagger.schema.json"),
    ) else {
        return;
    };
    let oauth = json!({ "clientId": "id", "clientSecretRef": { "name": "app", "key": "secret" },
                        "authorizationUrl": "https://login.example.com/a", "tokenUrl": "https://login.example.com/t",
                        "scopes": ["read"] });
    let entra = json!({ "clientId": "id", "resourceUri": "https://graph.microsoft.com" });
    for authentication in [
        json!({ "none": {} }),
        json!({ "basic": {} }),
        json!({ "apiKey": { "name": "key", "in": "query" } }),
        json!({ "oauth2": oauth }),
        json!({ "entraId": entra }),
    ] {
        let files = files(&json!({
            "definition": { "inline": description(&json!({})) }, "brandColor": "#123abc",
            "authentication": authentication,
        }))
        .await;
        for (validator, name) in [
            (&of_properties, "apiProperties.json"),
            (&of_document, "apiDefinition.swagger.json"),
        ] {
            let written = file(&files, name);
            let errors: Vec<String> = validator.iter_errors(&written).map(|it| it.to_string()).collect();
            assert!(
                errors.is_empty(),
                "{authentication}: {name}: {errors:?}\n{written:#}"
            );
        }
        assert!(
            !file(&files, "apiProperties.json")
                .to_string()
                .contains("clientSecret\"")
        );
    }
}
