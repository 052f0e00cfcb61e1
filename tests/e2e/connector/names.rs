//! Two connectors that want one name. Client required.

use connector_operator::reconcile::reason::Reason;
use serde_json::{Value, json};

use super::{
    manifest::{custom_api, inline, merged},
    room::{Room, message},
};

#[tokio::test]
async fn of_two_that_want_one_name_the_first_keeps_it_until_it_goes() {
    let room = Room::open("names").await;
    let named = |name: &str| merged(inline(name), json!({ "externalName": name, "interval": "30m" }));
    room.connector("first", named("Clock")).await;
    room.ready("first").await;
    room.connector("second", named("cLOCK")).await;

    let refused = room.stopped("second", Reason::NameTaken).await;

    assert!(message(&refused).contains("first"), "{}", message(&refused));
    let owner = async || room.held(&room.id("clock")).await.unwrap()["tags"]["connectors.dev.name"].clone();
    assert_eq!(owner().await, "first");
    room.edit("second", json!({ "displayName": "Edited meanwhile" }))
        .await;
    room.stopped("second", Reason::NameTaken).await;
    room.ready("first").await;

    room.delete("first").await;

    room.ready("second").await;
    assert_eq!(owner().await, "second");
}

#[tokio::test]
async fn one_that_never_got_its_name_goes_without_a_trace() {
    let room = Room::open("names-gone").await;
    room.connector(
        "first",
        merged(inline("Clock"), json!({ "externalName": "clock" })),
    )
    .await;
    room.ready("first").await;
    room.connector(
        "second",
        merged(inline("Clock"), json!({ "externalName": "CLOCK" })),
    )
    .await;
    room.stopped("second", Reason::NameTaken).await;

    room.delete("second").await;

    let held = room.held(&room.id("clock")).await;
    assert_eq!(
        held.unwrap()["tags"]["connectors.dev.name"],
        "first",
        "the first one's is untouched"
    );
    room.ready("first").await;
}

#[tokio::test]
async fn a_name_at_a_cluster_backend_belongs_to_one_namespace() {
    let room = Room::bare("names-cluster").await;
    let neighbour = room.neighbour().await;
    let backend = room.unique("shared");
    room.cluster_backend(
        &backend,
        json!({ "namespaces": { "names": [room.namespace, neighbour.namespace] } }),
    )
    .await;
    let reference = json!({ "kind": "ClusterConnectorBackend", "name": backend });
    let spec: Value = merged(
        inline("Clock"),
        json!({ "backendRefs": [reference], "interval": "30m" }),
    );
    room.connector("clock", spec.clone()).await;
    room.ready("clock").await;
    neighbour.connector("clock", spec).await;

    let refused = neighbour.stopped("clock", Reason::NameTaken).await;

    assert!(
        message(&refused).contains(&room.namespace),
        "{}",
        message(&refused)
    );
    let id = custom_api(&format!("cluster.{backend}"), "clock");
    let owner = async || room.held(&id).await.unwrap()["tags"]["connectors.dev.namespace"].clone();
    assert_eq!(owner().await, room.namespace);
    room.delete("clock").await;
    neighbour.ready("clock").await;
    assert_eq!(owner().await, neighbour.namespace);
    neighbour.delete("clock").await;
}
