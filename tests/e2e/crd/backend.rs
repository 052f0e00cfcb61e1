//! `ConnectorBackend` and `ClusterConnectorBackend`: every rule of their schemas, kept and broken. Client required.

use connector_operator::crd::{ClusterConnectorBackend, ConnectorBackend};
use serde_json::{Map, Value, json};

use super::{Collection, Row, Table, long, row};
use crate::shared;

const ROWS: &str = include_str!("backend.yaml");
const ROWS_OF_NAMESPACE: &str = include_str!("connector-backend.yaml");
const ROWS_OF_CLUSTER: &str = include_str!("cluster-connector-backend.yaml");
const CHANGES: &str = include_str!("backend-changes.yaml");
const CHANGES_OF_EMBEDDED: &str = include_str!("embedded-backend-changes.yaml");
const CHANGES_IN_AZURE: &str = include_str!("azure-backend-changes.yaml");
const TOKEN: &str = "{name: registry, key: token}";
const CLUSTER_TOKEN: &str = "{namespace: connector-operator, name: registry, key: token}";

/// A table for a kind that refers to its token's Secret in this way.
fn table(text: &str, token: &str) -> Table {
    Table::of(&text.replace("$TOKEN", token))
}

fn principals(count: u32) -> Value {
    let each = |number| format!("00000000-0000-0000-0000-{number:012}");
    json!({ "sharing": { "allowedPrincipals": (0..count).map(each).collect::<Vec<_>>() } })
}

fn tags(count: u32) -> Value {
    let each = |number| (format!("tag-{number}"), json!("value"));
    json!({ "tags": (0..count).map(each).collect::<Map<_, _>>() })
}

fn groups(count: u32) -> Value {
    let each = |number| format!("group-{number}");
    json!({ "connectionScopes": { "resourceGroups": (0..count).map(each).collect::<Vec<_>>() } })
}

/// What is at a limit, and what is over it.
fn limits() -> Vec<Row> {
    let name = |length| json!({ "tags": { long(length): "value" } });
    let value = |length| json!({ "tags": { "tag": long(length) } });
    vec![
        row("1000 principals", principals(1000), None),
        row(
            "1001 principals",
            principals(1001),
            Some("spec.sharing.allowedPrincipals"),
        ),
        row("32 tags", tags(32), None),
        row("33 tags", tags(33), Some("spec.tags")),
        row("the longest tag name", name(512), None),
        row(
            "a longer tag name",
            name(513),
            Some("tag names have 1 to 512 characters"),
        ),
        row("the longest tag value", value(256), None),
        row("a longer tag value", value(257), Some("spec.tags.tag")),
        row("100 groups", groups(100), None),
        row(
            "101 groups",
            groups(101),
            Some("spec.connectionScopes.resourceGroups"),
        ),
    ]
}

#[tokio::test]
async fn what_is_right_is_taken_and_what_is_not_is_refused_for_its_reason() {
    let collection = Collection::of::<ConnectorBackend>(Some("default")).await;
    let mut all = table(ROWS, TOKEN);
    all.rows.extend(table(ROWS_OF_NAMESPACE, TOKEN).rows);
    all.rows.extend(limits());
    all.check_creation(&collection).await;
}

#[tokio::test]
async fn the_same_holds_for_the_cluster_kind_and_for_what_it_admits() {
    let collection = Collection::of::<ClusterConnectorBackend>(None).await;
    let names = |count: u32| {
        let each = |number| format!("namespace-{number}");
        json!({ "namespaces": { "names": (0..count).map(each).collect::<Vec<_>>() } })
    };
    let mut all = table(ROWS, CLUSTER_TOKEN);
    all.rows.extend(table(ROWS_OF_CLUSTER, CLUSTER_TOKEN).rows);
    all.rows.extend(limits());
    all.rows.extend([
        row("1000 namespaces", names(1000), None),
        row("1001 namespaces", names(1001), Some("spec.namespaces.names")),
    ]);
    all.check_creation(&collection).await;
}

#[tokio::test]
async fn where_a_backend_points_is_immutable() {
    let client = shared::with_definitions().await.client().await.unwrap();
    let namespace = shared::namespace(&client, "points").await;
    let of_namespace = Collection::of::<ConnectorBackend>(Some(&namespace)).await;
    let of_cluster = Collection::of::<ClusterConnectorBackend>(None).await;
    // Cluster backends have no namespace to themselves, so their names are as unique as its.
    let [elsewhere, embedded, in_azure] =
        ["elsewhere", "embedded", "azure"].map(|name| format!("{name}-{namespace}"));

    table(CHANGES, TOKEN)
        .check_changes(&of_namespace, &elsewhere)
        .await;
    table(CHANGES, CLUSTER_TOKEN)
        .check_changes(&of_cluster, &elsewhere)
        .await;
    let changes = |token| table(CHANGES_OF_EMBEDDED, token);
    changes(TOKEN).check_changes(&of_namespace, &embedded).await;
    changes(CLUSTER_TOKEN).check_changes(&of_cluster, &embedded).await;
    let changes = |token| table(CHANGES_IN_AZURE, token);
    changes(TOKEN).check_changes(&of_namespace, &in_azure).await;
    changes(CLUSTER_TOKEN).check_changes(&of_cluster, &in_azure).await;
}
