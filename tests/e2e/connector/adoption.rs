//! Connectors that exist before the resource that wants them. Client required.

use connector_operator::{crd::status::Registration, reconcile::reason::Reason};
use http::Method;
use serde_json::{Value, json};

use super::{
    manifest::{description, inline, merged},
    room::{Room, message, status},
};

/// What is there before.
#[derive(Clone, Copy, Debug)]
enum Existing {
    /// What the resource would send, under nobody's name.
    Identical,
    /// Something else, under nobody's name.
    Other,
    /// What another cluster keeps.
    Foreign,
}

use Existing::{Foreign, Identical, Other};

/// The adoption asked for, the backend's maximum (none: its default), what is there, and what comes of it.
type Case = (&'static str, Option<&'static str>, Existing, Result<(), Reason>);

const TABLE: [Case; 15] = [
    ("Never", None, Identical, Err(Reason::AlreadyExists)),
    ("IfIdentical", None, Identical, Ok(())),
    ("IfIdentical", None, Other, Err(Reason::AlreadyExists)),
    ("IfUnowned", None, Identical, Ok(())),
    ("IfUnowned", None, Other, Ok(())),
    ("IfUnowned", None, Foreign, Err(Reason::OwnershipConflict)),
    ("Force", None, Other, Ok(())),
    ("Force", None, Foreign, Err(Reason::OwnershipConflict)),
    ("IfUnowned", Some("Never"), Identical, Err(Reason::AlreadyExists)),
    ("Force", Some("IfIdentical"), Identical, Ok(())),
    ("Force", Some("IfIdentical"), Other, Err(Reason::AlreadyExists)),
    ("Never", Some("Force"), Identical, Err(Reason::AlreadyExists)),
    (
        "IfUnowned",
        Some("Force"),
        Foreign,
        Err(Reason::OwnershipConflict),
    ),
    ("Force", Some("Force"), Other, Ok(())),
    ("Force", Some("Force"), Foreign, Ok(())),
];

fn backend_with(maximum: Option<&str>) -> String {
    maximum.map_or_else(
        || "registry".to_owned(),
        |maximum| format!("at-most-{}", maximum.to_lowercase()),
    )
}

/// A connector as the operator would send it, with only a stranger's tags on it.
async fn template(room: &Room) -> Value {
    let spec = merged(inline("Clock"), json!({ "deletionPolicy": "Orphan" }));
    room.connector("template", spec).await;
    room.ready("template").await;
    room.delete("template").await;
    let id = room.id("template");
    let mut left = room.held(&id).await.unwrap();
    let document = room.document(&id).await;
    left["properties"]["swagger"] = document
        .pointer("/properties/swagger")
        .unwrap_or(&document)
        .clone();
    assert_eq!(
        left["tags"].to_string().matches("connectors.dev").count(),
        0,
        "it is let go: {left}"
    );
    left["tags"] = json!({ "team": "clocks" });
    left
}

fn existing(template: &Value, existing: Existing) -> Value {
    let mut body = template.clone();
    match existing {
        Identical => {}
        Other => body["properties"]["displayName"] = json!("Something else"),
        Foreign => {
            let owner = json!({
                "connectors.dev.cluster": "another-cluster",
                "connectors.dev.namespace": "theirs",
                "connectors.dev.name": "clock",
                "connectors.dev.uid": "11111111-2222-4333-8444-555555555555",
            });
            body["tags"] = merged(body["tags"].clone(), owner);
        }
    }
    body
}

#[tokio::test]
async fn what_exists_is_taken_over_as_far_as_connector_and_backend_allow() {
    let room = Room::open("adoption").await;
    for maximum in ["Never", "IfIdentical", "Force"] {
        let spec =
            json!({ "adoption": { "maximum": maximum }, "registry": { "resourceGroup": room.namespace } });
        room.backend(&backend_with(Some(maximum)), spec).await;
    }
    let template = template(&room).await;
    let case = |index: usize| format!("case-{index}");
    for (index, (_, _, there, _)) in TABLE.into_iter().enumerate() {
        room.change(Method::PUT, &room.id(&case(index)), &existing(&template, there))
            .await;
    }
    for (index, (asked, maximum, _, _)) in TABLE.into_iter().enumerate() {
        let reference = json!({ "kind": "ConnectorBackend", "name": backend_with(maximum) });
        let spec = json!({ "adoption": asked, "backendRefs": [reference] });
        room.connector(&case(index), merged(inline("Clock"), spec)).await;
    }

    for (index, (asked, maximum, there, expected)) in TABLE.into_iter().enumerate() {
        let (name, told) = (case(index), format!("{asked}, at most {maximum:?}, {there:?}"));
        let before = existing(&template, there);
        let held = async || room.held(&room.id(&name)).await.unwrap();
        match expected {
            Ok(()) => {
                let connector = room.ready(&name).await;
                let [Registration { adopted, .. }] = &status(&connector).registrations[..] else {
                    panic!("{told}: {connector:?}")
                };
                assert_eq!(*adopted, Some(true), "{told}");
                let held = held().await;
                assert_eq!(held["properties"]["displayName"], "Clock", "{told}");
                assert_eq!(held["tags"]["connectors.dev.namespace"], room.namespace, "{told}");
                assert_eq!(
                    held["tags"]["team"], "clocks",
                    "{told}: tags of others are carried over"
                );
            }
            Err(reason) => {
                let connector = room.stopped(&name, reason).await;
                assert!(
                    message(&connector).contains("spec.adoption"),
                    "{told}: {}",
                    message(&connector)
                );
                let held = held().await;
                assert_eq!(held["tags"], before["tags"], "{told}: it is not touched");
                assert_eq!(
                    held["properties"]["displayName"], before["properties"]["displayName"],
                    "{told}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_another_cluster_took_over_is_not_taken_back() {
    let room = Room::bare("adoption-war").await;
    let forced = json!({ "default": true, "adoption": { "maximum": "Force" } });
    room.backend("registry", forced).await;
    let template = template(&room).await;
    let id = room.id("clock");
    room.change(Method::PUT, &id, &existing(&template, Foreign)).await;
    room.connector("clock", merged(inline("Clock"), json!({ "adoption": "Force" })))
        .await;
    room.ready("clock").await;

    // The other operator asks for the same.
    room.change(Method::PUT, &id, &existing(&template, Foreign)).await;
    let theirs = room.held(&id).await.unwrap();
    let connector = room.stopped("clock", Reason::OwnershipConflict).await;
    assert!(
        message(&connector).contains("another-cluster"),
        "{}",
        message(&connector)
    );
    let edit = json!({ "definition": { "inline": description("Wall clock") } });
    let edited = room.edit("clock", edit).await;
    let connector = room.stopped("clock", Reason::OwnershipConflict).await;
    assert_eq!(connector.metadata.generation, edited.metadata.generation);
    assert_eq!(
        room.held(&id).await.unwrap(),
        theirs,
        "not even an edit takes it back"
    );

    room.delete("clock").await;
    assert_eq!(
        room.held(&id).await.unwrap(),
        theirs,
        "nor does the deletion touch it"
    );
    room.connector("clock", merged(inline("Clock"), json!({ "adoption": "Force" })))
        .await;
    room.ready("clock").await;
    let held = room.held(&id).await.unwrap();
    assert_eq!(held["tags"]["connectors.dev.namespace"], room.namespace);
}

#[tokio::test]
async fn no_adoption_takes_what_a_live_connector_of_this_cluster_owns() {
    let room = Room::bare("adoption-live").await;
    room.backend(
        "registry",
        json!({ "default": true, "adoption": { "maximum": "Force" } }),
    )
    .await;
    let neighbour = room.neighbour().await;
    let group = json!({ "resourceGroup": room.namespace });
    let spec = json!({ "default": true, "registry": group, "adoption": { "maximum": "Force" } });
    neighbour.backend("registry", spec).await;
    room.connector("clock", inline("Clock")).await;
    room.ready("clock").await;

    neighbour
        .connector("clock", merged(inline("Clock"), json!({ "adoption": "Force" })))
        .await;

    neighbour.stopped("clock", Reason::NameTaken).await;
    let held = room.held(&room.id("clock")).await.unwrap();
    assert_eq!(held["tags"]["connectors.dev.namespace"], room.namespace);
}
