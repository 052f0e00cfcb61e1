//! The sample connectors that Microsoft publishes for authors to begin with. Client required.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};

use super::room::{Room, status};

const SAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/azure/PowerPlatformConnectors/samples"
);

/// The connection parameters, as name and type.
type Parameters = &'static [(&'static str, &'static str)];

/// Every sample, the number of its operations, and the connection parameters that its first security scheme yields.
/// What a sample says beside its description (a gateway, several ways to sign in) has no field, or none yet.
const EXPECTED: [(&str, i64, Parameters); 15] = [
    ("aad-with-webhook-trigger", 2, &OAUTH),
    ("aadcertificate", 5, &OAUTH),
    ("apikey-header", 1, &KEY),
    ("apikey-query", 1, &KEY),
    ("basic", 2, &BASIC),
    ("dynamic-list-and-properties", 5, &KEY),
    ("dynamic-tree", 13, &OAUTH),
    ("facebook", 6, &OAUTH),
    ("gateway", 5, &[]),
    ("multi-auth", 15, &BASIC),
    ("none", 1, &[]),
    ("oauth2-generic-endpoints", 1, &OAUTH),
    ("oauth2generic-templates", 6, &OAUTH),
    ("polling-trigger-and-policies", 2, &KEY),
    ("webhook-trigger", 3, &KEY),
];
const OAUTH: [(&str, &str); 1] = [("token", "oauthSetting")];
const KEY: [(&str, &str); 1] = [("api_key", "securestring")];
const BASIC: [(&str, &str); 2] = [("password", "securestring"), ("username", "securestring")];

#[tokio::test]
async fn every_published_sample_is_registered_as_its_description_says() {
    if !Path::new(SAMPLES).exists() {
        eprintln!("skipped: no samples in {SAMPLES}");
        return;
    }
    let there: usize = fs::read_dir(SAMPLES).unwrap().count();
    assert_eq!(there, EXPECTED.len(), "each has a line in the table");
    let room = Room::open("samples").await;
    for (name, _, _) in EXPECTED {
        let text = fs::read_to_string(format!("{SAMPLES}/{name}/apiDefinition.swagger.json")).unwrap();
        room.connector(name, json!({ "definition": { "inline": text } }))
            .await;
    }

    for (name, operations, parameters) in EXPECTED {
        let connector = room.ready(name).await;

        let definition = status(&connector).definition.as_ref().unwrap();
        assert_eq!(definition.operations, Some(operations), "{name}");
        let held = room.held(&room.id(name)).await.unwrap();
        let held = &held["properties"];
        assert_eq!(
            held["displayName"].as_str(),
            definition.title.as_deref(),
            "{name}"
        );
        let of_parameters = held["connectionParameters"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let types: BTreeMap<&str, &Value> = of_parameters
            .iter()
            .map(|(name, parameter)| (name.as_str(), &parameter["type"]))
            .collect();
        let expected: BTreeMap<&str, Value> = parameters
            .iter()
            .map(|(name, kind)| (*name, json!(kind)))
            .collect();
        let expected: BTreeMap<&str, &Value> = expected.iter().map(|(name, kind)| (*name, kind)).collect();
        assert_eq!(types, expected, "{name}");
    }
}
