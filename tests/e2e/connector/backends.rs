//! Which backends a connector is registered with, and what a change of that moves. Client required.

use connector_operator::{
    crd::{ConnectorBackend, status::RegistrationState},
    reconcile::reason::Reason,
};
use serde_json::{Value, json};

use super::{
    manifest::{custom_api, inline, merged},
    room::{Room, message, status},
};

fn references(names: &[&str]) -> Value {
    let references: Vec<_> = names
        .iter()
        .map(|name| json!({ "kind": "ConnectorBackend", "name": name }))
        .collect();
    json!({ "backendRefs": references })
}

impl Room {
    /// A backend with a resource group of its own.
    async fn elsewhere(&self, name: &str, spec: Value) {
        let group = json!({ "registry": { "resourceGroup": self.group(name) } });
        self.backend(name, merged(group, spec)).await;
    }

    fn group(&self, backend: &str) -> String {
        format!("{}-{backend}", self.namespace)
    }

    async fn is_held_at(&self, backend: &str, name: &str) -> bool {
        self.held(&custom_api(&self.group(backend), name)).await.is_some()
    }
}

#[tokio::test]
async fn a_changed_default_moves_nothing() {
    let room = Room::bare("default").await;
    room.elsewhere("old", json!({ "default": true })).await;
    room.connector("early", inline("Clock")).await;
    let before = room.ready("early").await;

    room.elsewhere("new", json!({})).await;
    for (backend, default) in [("old", false), ("new", true)] {
        room.patch::<ConnectorBackend>(backend, json!({ "spec": { "default": default } }))
            .await;
    }
    room.connector("late", inline("Clock")).await;
    room.ready("late").await;
    room.edit("early", json!({ "displayName": "Edited" })).await;

    let after = room.ready("early").await;
    assert_eq!(
        status(&after).registrations[0].id,
        status(&before).registrations[0].id
    );
    assert!(room.is_held_at("old", "early").await && !room.is_held_at("new", "early").await);
    assert!(room.is_held_at("new", "late").await && !room.is_held_at("old", "late").await);
}

#[tokio::test]
async fn two_defaults_leave_it_open_for_those_that_are_new() {
    let room = Room::bare("ambiguous").await;
    room.elsewhere("one", json!({ "default": true })).await;
    room.connector("early", inline("Clock")).await;
    room.ready("early").await;
    room.elsewhere("two", json!({ "default": true })).await;
    room.connector("late", inline("Clock")).await;

    let stopped = room.stopped("late", Reason::AmbiguousDefault).await;

    let told = message(&stopped);
    assert!(told.contains("one") && told.contains("two"), "{told}");
    room.edit("early", json!({ "displayName": "Edited" })).await;
    room.ready("early").await;
    room.patch::<ConnectorBackend>("one", json!({ "spec": { "default": false } }))
        .await;
    room.ready("late").await;
    assert!(room.is_held_at("two", "late").await);
}

#[tokio::test]
async fn several_backends_hold_one_connector_and_one_that_is_taken_off_is_left_last() {
    let room = Room::bare("several").await;
    for name in ["one", "two"] {
        room.elsewhere(name, json!({})).await;
    }
    let sharing = json!({ "sharing": { "principals": [super::manifest::user(1)] } });
    let spec = merged(merged(inline("Clock"), references(&["one", "two"])), sharing);
    room.connector("clock", spec).await;

    let connector = room.ready("clock").await;

    assert_eq!(status(&connector).registered.as_deref(), Some("2/2"));
    assert_eq!(
        status(&connector).sharing.as_ref().unwrap().summary,
        "2/2",
        "principals times registrations"
    );
    assert!(room.is_held_at("one", "clock").await && room.is_held_at("two", "clock").await);

    room.edit("clock", references(&["two", "three"])).await;
    let waiting = room.stopped("clock", Reason::BackendNotFound).await;
    assert_eq!(status(&waiting).registered.as_deref(), Some("1/2"));
    assert!(
        room.is_held_at("one", "clock").await,
        "it is served there until it is served elsewhere"
    );

    room.elsewhere("three", json!({})).await;
    let moved = room.ready("clock").await;
    assert_eq!(status(&moved).registered.as_deref(), Some("2/2"));
    let names: Vec<_> = status(&moved)
        .registrations
        .iter()
        .map(|it| it.backend_name.as_str())
        .collect();
    assert_eq!(names, ["two", "three"]);
    assert!(!room.is_held_at("one", "clock").await && room.is_held_at("three", "clock").await);
}

#[tokio::test]
async fn two_references_to_one_place_are_one_registration() {
    let room = Room::open("duplicate").await;
    room.backend("same", json!({})).await;
    room.connector(
        "clock",
        merged(inline("Clock"), references(&["registry", "same"])),
    )
    .await;

    let stopped = room.stopped("clock", Reason::DuplicateBackend).await;

    let told = message(&stopped);
    assert!(told.contains("registry") && told.contains("same"), "{told}");
    let states: Vec<_> = status(&stopped).registrations.iter().map(|it| it.state).collect();
    assert_eq!(states, [RegistrationState::Registered, RegistrationState::Failed]);
    room.edit("clock", references(&["registry"])).await;
    let ready = room.ready("clock").await;
    assert_eq!(status(&ready).registered.as_deref(), Some("1/1"));
    assert!(
        room.held(&room.id("clock")).await.is_some(),
        "the record goes, what is registered stays"
    );
}
