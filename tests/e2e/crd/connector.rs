//! `CustomConnector`: every rule of its schema, kept and broken. Client required.

use connector_operator::crd::CustomConnector;
use serde_json::{Map, Value, json};

use super::{Collection, Table, long, row};
use crate::shared;

const ROWS: &str = include_str!("connector.yaml");
const CHANGES: &str = include_str!("connector-changes.yaml");
const CHANGES_WITHOUT_NAME: &str = include_str!("unnamed-connector-changes.yaml");

fn principals(count: u32) -> Value {
    let each = |number| json!({ "kind": "User", "id": format!("00000000-0000-0000-0000-{number:012}"), "role": "Use" });
    json!({ "sharing": { "principals": (0..count).map(each).collect::<Vec<_>>() } })
}

fn backends(count: u32) -> Value {
    let each = |number| json!({ "kind": "ConnectorBackend", "name": format!("team-{number}") });
    json!({ "backendRefs": (0..count).map(each).collect::<Vec<_>>() })
}

fn parameters(count: u32) -> Value {
    let each = |number| (format!("name_{number}"), json!({ "type": "string" }));
    json!({ "connectionParameters": (0..count).map(each).collect::<Map<_, _>>() })
}

fn values(count: usize) -> Value {
    json!({ "connectionParameters": { "a": { "type": "int", "allowedValues": vec![json!({ "value": 1 }); count] } } })
}

#[tokio::test]
async fn what_is_right_is_taken_and_what_is_not_is_refused_for_its_reason() {
    let collection = Collection::of::<CustomConnector>(Some("default")).await;
    Table::of(ROWS).check_creation(&collection).await;
}

#[tokio::test]
async fn what_is_at_a_limit_is_taken_and_what_is_over_it_is_refused() {
    let collection = Collection::of::<CustomConnector>(Some("default")).await;
    let definition = |length| json!({ "definition": { "inline": long(length) } });
    let icon = |length| json!({ "icon": { "inline": long(length) } });
    let name = |length| json!({ "externalName": long(length) });
    let description = |length| json!({ "description": long(length) });
    let comment = |length| {
        let mut change = principals(1);
        change["sharing"]["principals"][0]["comment"] = json!(long(length));
        change
    };
    let parameter = |length| json!({ "connectionParameters": { long(length): { "type": "string" } } });
    let rows = vec![
        row("the largest description", definition(262_144), None),
        row("a larger description", definition(262_145), Some("262144 bytes")),
        row("the largest icon", icon(65_536), None),
        row("a larger icon", icon(65_537), Some("65536 bytes")),
        row("the longest name", name(79), None),
        row("a longer name", name(80), Some("spec.externalName")),
        row("the longest text", description(4096), None),
        row("a longer text", description(4097), Some("spec.description")),
        row("8 backends", backends(8), None),
        row("9 backends", backends(9), Some("spec.backendRefs")),
        row("64 principals", principals(64), None),
        row("65 principals", principals(65), Some("spec.sharing.principals")),
        row("the longest comment", comment(256), None),
        row("a longer comment", comment(257), Some("principals[0].comment")),
        row("32 parameters", parameters(32), None),
        row("33 parameters", parameters(33), Some("spec.connectionParameters")),
        row("the longest parameter name", parameter(128), None),
        row(
            "a longer parameter name",
            parameter(129),
            Some("names of connection parameters"),
        ),
        row("64 values to choose from", values(64), None),
        row("65 values to choose from", values(65), Some("allowedValues")),
    ];
    let base = json!({ "definition": { "inline": "swagger: '2.0'" } });
    Table { base, rows }.check_creation(&collection).await;
}

#[tokio::test]
async fn the_external_name_can_neither_change_nor_come_nor_go() {
    let client = shared::with_definitions().await.client().await.unwrap();
    let namespace = shared::namespace(&client, "names").await;
    let collection = Collection::of::<CustomConnector>(Some(&namespace)).await;
    Table::of(CHANGES).check_changes(&collection, "named").await;
    Table::of(CHANGES_WITHOUT_NAME)
        .check_changes(&collection, "unnamed")
        .await;
}

#[tokio::test]
async fn a_resource_whose_name_is_too_long_to_register_needs_an_external_name() {
    let collection = Collection::of::<CustomConnector>(Some("default")).await;
    let unnamed = json!({ "definition": { "inline": "swagger: '2.0'" } });
    let named = json!({ "externalName": "short", "definition": { "inline": "swagger: '2.0'" } });

    let refused = collection
        .try_create(&collection.object(&long(80), &unnamed))
        .await;
    let fitting = collection
        .try_create(&collection.object(&long(79), &unnamed))
        .await;
    let renamed = collection.try_create(&collection.object(&long(80), &named)).await;

    let message = refused.unwrap_err();
    assert!(message.contains("set spec.externalName"), "{message}");
    fitting.unwrap();
    renamed.unwrap();
}
