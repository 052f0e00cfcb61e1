//! Descriptions that change, for better or worse. Client required.

use connector_operator::{
    crd::CustomConnector,
    reconcile::{
        conditions::{Kind, find},
        reason::Reason,
    },
};
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::{Value, json};

use super::{
    manifest::{description, inline},
    room::{Room, message, status},
};

/// A description whose operation, which begins in line 7, lacks a parameter.
const BROKEN: &str = "\
swagger: '2.0'
info: { title: Clock, version: '2' }
host: clock.example.com
paths:
  /time/{zone}:
    get:
      operationId: GetTime
      responses: { '200': { description: The time. } }
";

fn digest(connector: &CustomConnector) -> String {
    status(connector).registrations[0].digest.clone().unwrap()
}

async fn display_name(room: &Room, name: &str) -> Value {
    room.held(&room.id(name)).await.unwrap()["properties"]["displayName"].clone()
}

#[tokio::test]
async fn an_edited_config_map_is_registered_anew_at_once() {
    let room = Room::open("edit-map").await;
    room.config_map("clock", "openapi.json", &description("Clock"))
        .await;
    let definition = json!({ "configMapKeyRef": { "name": "clock", "key": "openapi.json" } });
    // Longer than the test waits: it is the change that is noticed.
    room.connector("clock", json!({ "interval": "30m", "definition": definition }))
        .await;
    let before = room.ready("clock").await;

    let edited = json!({ "data": { "openapi.json": description("Wall clock") } });
    room.patch::<ConfigMap>("clock", edited).await;

    let after = room
        .until("clock", "another digest", |it| digest(it) != digest(&before))
        .await;
    assert_eq!(
        status(&after).definition.as_ref().unwrap().title.as_deref(),
        Some("Wall clock")
    );
    assert_eq!(display_name(&room, "clock").await, "Wall clock");

    room.patch::<ConfigMap>("clock", json!({ "data": { "openapi.json": BROKEN } }))
        .await;
    room.stopped("clock", Reason::DefinitionInvalid).await;
    assert_eq!(
        display_name(&room, "clock").await,
        "Wall clock",
        "what works goes on"
    );
    room.patch::<ConfigMap>(
        "clock",
        json!({ "data": { "openapi.json": description("Clock") } }),
    )
    .await;
    let mended = room.ready("clock").await;
    assert_eq!(digest(&mended), digest(&before), "the same is sent for the same");
}

#[tokio::test]
async fn a_broken_edit_is_told_with_its_place_and_leaves_what_is_registered() {
    let room = Room::open("edit-inline").await;
    room.connector("clock", inline("Clock")).await;
    let before = room.ready("clock").await;

    room.edit("clock", json!({ "definition": { "inline": BROKEN } }))
        .await;

    let broken = room.stopped("clock", Reason::DefinitionInvalid).await;
    let told = message(&broken);
    assert!(told.contains("line 7, column 7"), "{told}");
    let validation = status(&broken).validation.as_ref().unwrap();
    let [finding, ..] = &validation.findings[..] else {
        panic!("{validation:?}")
    };
    assert_eq!(
        (finding.severity.as_str(), finding.line, finding.column),
        ("error", 7, 7),
        "{finding:?}"
    );
    let condition = |kind| find(&status(&broken).conditions, kind).unwrap();
    assert_eq!(status(&broken).observed_generation, Some(2), "it was judged");
    let registered = condition(Kind::Registered);
    assert_eq!(
        (registered.status.as_str(), registered.observed_generation),
        ("True", Some(1))
    );
    let valid = condition(Kind::Valid);
    assert_eq!(
        (valid.status.as_str(), valid.observed_generation),
        ("False", Some(2))
    );
    assert_eq!(
        status(&broken).registrations,
        status(&before).registrations,
        "it still serves"
    );
    assert_eq!(display_name(&room, "clock").await, "Clock");

    room.edit("clock", inline("Wall clock")).await;
    let mended = room.ready("clock").await;
    assert_ne!(digest(&mended), digest(&before));
    assert_eq!(display_name(&room, "clock").await, "Wall clock");
}

#[tokio::test]
async fn a_description_in_a_format_that_is_not_known_is_refused() {
    let room = Room::open("edit-format").await;
    let other = "asyncapi: 3.0.0\ninfo: { title: Clock, version: '1' }\nchannels: {}\n";
    room.connector("clock", json!({ "definition": { "inline": other } }))
        .await;

    let refused = room.stopped("clock", Reason::FormatNotSupported).await;

    let format = status(&refused).definition.as_ref().unwrap().format.as_deref();
    assert_eq!(format, None);
    assert_eq!(room.held(&room.id("clock")).await, None);
}
