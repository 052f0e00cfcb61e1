//! What others change at the backend: put right, or told. Client required.

use connector_operator::{
    crd::{
        CustomConnector,
        status::{GrantState, RegistrationState},
    },
    reconcile::conditions::{Kind, find, holds},
};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    manifest::{description, grant, inline, merged, principal, user},
    room::{Room, status},
};

/// Who shows up at connectors without being asked.
const STRANGER: u8 = 0xee;

/// A connector shared with one user.
async fn shared_clock(room: &Room, name: &str, further: Value) -> CustomConnector {
    let sharing = json!({ "sharing": { "principals": [user(1)] } });
    room.connector(name, merged(merged(inline("Clock"), sharing), further))
        .await;
    room.ready(name).await
}

/// What anyone with the right to do so can change, with the request that makes it noticed where lists do not show it.
#[derive(Clone, Copy, Debug)]
enum Change {
    Delete,
    Rename,
    TakeTags,
    Rewrite,
}

const CHANGES: [(&str, Change); 4] = [
    ("deleted", Change::Delete),
    ("renamed", Change::Rename),
    ("untagged", Change::TakeTags),
    ("rewritten", Change::Rewrite),
];

async fn make(room: &Room, name: &str, change: Change) {
    let id = room.id(name);
    let mut body = room.held(&id).await.unwrap();
    let document = room.document(&id).await;
    body["properties"]["swagger"] = document
        .pointer("/properties/swagger")
        .unwrap_or(&document)
        .clone();
    match change {
        Change::Delete => {
            room.change(Method::DELETE, &id, &Value::Null).await;
            return;
        }
        Change::Rename => body["properties"]["displayName"] = json!("Something else"),
        Change::TakeTags => body["tags"] = json!({ "team": "clocks" }),
        Change::Rewrite => {
            body["properties"]["swagger"]["paths"]["/time"]["get"]["operationId"] = json!("GetDate");
        }
    }
    room.change(Method::PUT, &id, &body).await;
    if matches!(change, Change::Rewrite) {
        room.request(name, "look into the document").await;
    }
}

/// What a connector of this test looks like at the registry, as far as it can be changed.
async fn looks(room: &Room, name: &str) -> Value {
    let id = room.id(name);
    let Some(held) = room.held(&id).await else {
        return Value::Null;
    };
    let document = room.document(&id).await;
    let document = document.pointer("/properties/swagger").unwrap_or(&document);
    let owner = |tag: &str| held["tags"][format!("connectors.dev.{tag}")].clone();
    json!({
        "name": held["properties"]["displayName"],
        "owner": [owner("cluster"), owner("namespace"), owner("name"), owner("uid"), owner("digest")],
        "operation": document["paths"]["/time"]["get"]["operationId"],
        "grantees": room.grantees(&id).await,
    })
}

#[tokio::test]
async fn what_others_change_is_put_right() {
    let room = Room::open("drift").await;
    let mut before = Vec::new();
    for (name, _) in CHANGES {
        shared_clock(&room, name, json!({})).await;
        before.push(looks(&room, name).await);
    }
    for (name, change) in CHANGES {
        make(&room, name, change).await;
    }

    for ((name, _), before) in CHANGES.into_iter().zip(before) {
        room.eventually(&format!("{name} is as it was"), async || {
            let now = looks(&room, name).await;
            if now == before {
                Ok(())
            } else {
                Err(now.to_string())
            }
        })
        .await;
        let connector = room.ready(name).await;
        assert!(
            !holds(&status(&connector).conditions, Kind::Drifted),
            "{connector:?}"
        );
    }
    let tags = room.held(&room.id("untagged")).await.unwrap()["tags"].clone();
    assert_eq!(tags["team"], "clocks", "tags of others are carried over");
}

#[tokio::test]
async fn what_others_change_is_only_told_where_that_is_wished() {
    let room = Room::open("report").await;
    for (name, _) in CHANGES {
        shared_clock(&room, name, json!({ "driftPolicy": "Report" })).await;
    }
    for (name, change) in CHANGES {
        make(&room, name, change).await;
    }

    for (name, _) in CHANGES {
        let changed = looks(&room, name).await;
        let told = |it: &CustomConnector| holds(&status(it).conditions, Kind::Drifted);
        let connector = room.until(name, "Drifted", told).await;
        let conditions = &status(&connector).conditions;
        assert!(holds(conditions, Kind::Ready), "{name}: {conditions:?}");
        let message = &find(conditions, Kind::Drifted).unwrap().message;
        assert!(
            !message.contains("Something else") && !message.contains("GetDate"),
            "paths, no values: {message}"
        );
        assert_eq!(looks(&room, name).await, changed, "{name} stays as it is");
    }

    for gone in ["deleted", "rewritten"] {
        if gone == "rewritten" {
            make(&room, gone, Change::Delete).await;
        }
        let missing = |it: &CustomConnector| status(it).registrations[0].state == RegistrationState::Missing;
        let connector = room.until(gone, "Missing", missing).await;
        let status = status(&connector);
        assert_eq!(status.registered.as_deref(), Some("0/1"), "{status:?}");
        let sharing = status.sharing.as_ref().unwrap();
        assert_eq!(
            (sharing.summary.as_str(), sharing.failed),
            ("0/1", 0),
            "{sharing:?}"
        );
        for part in [Kind::Registered, Kind::Shared] {
            let condition = find(&status.conditions, part).unwrap();
            assert_eq!(
                (condition.status.as_str(), condition.reason.as_str()),
                ("False", "DriftDetected")
            );
        }
        assert!(holds(&status.conditions, Kind::Ready), "{status:?}");
    }
    room.edit("renamed", json!({ "driftPolicy": "Correct" })).await;
    let mended = |it: &CustomConnector| !holds(&status(it).conditions, Kind::Drifted);
    room.until("renamed", "no drift any more", mended).await;
    assert_eq!(looks(&room, "renamed").await["name"], "Clock");
}

#[tokio::test]
async fn an_edit_is_sent_although_drift_is_only_told() {
    let room = Room::open("report-edit").await;
    shared_clock(&room, "clock", json!({ "driftPolicy": "Report" })).await;
    room.edit(
        "clock",
        json!({ "definition": { "inline": description("Wall clock") } }),
    )
    .await;
    room.ready("clock").await;
    assert_eq!(looks(&room, "clock").await["name"], "Wall clock");
}

fn assignment(id: &str, name: &Uuid) -> String {
    format!("{id}/providers/Microsoft.Authorization/roleAssignments/{name}")
}

#[tokio::test]
async fn a_removed_grant_is_made_again() {
    let room = Room::open("grant-gone").await;
    shared_clock(&room, "clock", json!({})).await;
    let id = room.id("clock");
    let before = room.grants(&id).await;
    let name = before[0].0.parse().unwrap();
    room.change(Method::DELETE, &assignment(&id, &name), &Value::Null)
        .await;

    room.eventually("the grant is there again", async || {
        let now = room.grants(&id).await;
        if now == before {
            Ok(())
        } else {
            Err(format!("{now:?}"))
        }
    })
    .await;
}

#[tokio::test]
async fn what_others_do_to_grants_is_only_told_where_that_is_wished() {
    let room = Room::open("grant-report").await;
    let wish =
        json!({ "driftPolicy": "Report", "sharing": { "mode": "Exact", "principals": [user(1), user(2)] } });
    room.connector("clock", merged(inline("Clock"), wish)).await;
    room.ready("clock").await;
    let id = room.id("clock");
    let theirs = assignment(&id, &Uuid::new_v4());
    room.change(Method::PUT, &theirs, &grant("Use", &principal(STRANGER)))
        .await;
    let told_of = |text: String| {
        move |it: &CustomConnector| {
            let drifted = find(&status(it).conditions, Kind::Drifted);
            drifted.is_some_and(|drifted| drifted.message.contains(&text))
        }
    };
    let stranger = room
        .until("clock", "the stranger is told of", told_of(principal(STRANGER)))
        .await;
    let sharing = status(&stranger).sharing.as_ref().unwrap();
    assert_eq!((sharing.summary.as_str(), sharing.unmanaged), ("2/2", 1));

    let first = room.grants(&id).await[0].0.parse().unwrap();
    room.change(Method::DELETE, &assignment(&id, &first), &Value::Null)
        .await;
    room.until("clock", "the loss is told of", told_of(principal(1)))
        .await;
    // A whole further look changes nothing about it.
    room.request("clock", "look again").await;
    let answered = |it: &CustomConnector| status(it).last_handled_request.as_deref() == Some("look again");
    let connector = room.until("clock", "the request is answered", answered).await;
    let lost = status(&connector).sharing.as_ref().unwrap();
    assert_eq!((lost.summary.as_str(), lost.failed), ("1/2", 0), "{lost:?}");
    let known = lost.principals.iter().find(|it| it.id == principal(1)).unwrap();
    assert_eq!(
        (known.state, known.reason.as_deref()),
        (GrantState::Pending, Some("DriftDetected"))
    );
    assert!(holds(&status(&connector).conditions, Kind::Ready));
    assert_eq!(room.grantees(&id).await, [principal(2), principal(STRANGER)]);

    // What is new in the spec is no drift, and an edit asks for all of it anew.
    let more = json!({ "sharing": { "principals": [user(1), user(2), user(3)] } });
    room.edit("clock", more).await;
    room.eventually("everybody of the spec has it", async || {
        let now = room.grantees(&id).await;
        let expected = [1, 2, 3, STRANGER].map(principal);
        if now == expected {
            Ok(())
        } else {
            Err(format!("{now:?}"))
        }
    })
    .await;

    room.change(Method::DELETE, &theirs, &Value::Null).await;
    let well = |it: &CustomConnector| !holds(&status(it).conditions, Kind::Drifted);
    room.until("clock", "no drift once it was put right by hand", well)
        .await;
}

#[tokio::test]
async fn grants_of_others_stay_and_are_counted_until_the_mode_is_exact() {
    let room = Room::open("grant-more").await;
    shared_clock(&room, "clock", json!({})).await;
    let id = room.id("clock");
    let stranger = assignment(&id, &Uuid::new_v4());
    room.change(Method::PUT, &stranger, &grant("Use", &principal(STRANGER)))
        .await;

    let counted = |it: &CustomConnector| status(it).sharing.as_ref().is_some_and(|it| it.unmanaged == 1);
    let additive = room.until("clock", "the stranger is counted", counted).await;
    assert!(holds(&status(&additive).conditions, Kind::Ready));
    assert_eq!(status(&additive).sharing.as_ref().unwrap().summary, "1/1");
    assert_eq!(room.grantees(&id).await, [principal(1), principal(STRANGER)]);

    room.edit("clock", json!({ "sharing": { "mode": "Exact" } }))
        .await;
    let exact = room.ready("clock").await;
    assert_eq!(status(&exact).sharing.as_ref().unwrap().unmanaged, 0);
    assert_eq!(room.grantees(&id).await, [principal(1)]);

    room.change(Method::PUT, &stranger, &grant("Edit", &principal(STRANGER)))
        .await;
    room.eventually("one that comes later is removed as well", async || {
        let now = room.grantees(&id).await;
        if now == [principal(1)] {
            Ok(())
        } else {
            Err(format!("{now:?}"))
        }
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_another_made_counts_and_stays_when_it_leaves_the_spec() {
    let room = Room::open("grant-other").await;
    shared_clock(&room, "clock", json!({})).await;
    let id = room.id("clock");
    let theirs = Uuid::new_v4();
    room.change(
        Method::PUT,
        &assignment(&id, &theirs),
        &grant("Use", &principal(2)),
    )
    .await;

    room.edit(
        "clock",
        json!({ "sharing": { "principals": [user(1), user(2)] } }),
    )
    .await;

    let connector = room.ready("clock").await;
    let sharing = status(&connector).sharing.as_ref().unwrap();
    assert_eq!(
        (sharing.summary.as_str(), sharing.unmanaged),
        ("2/2", 0),
        "{sharing:?}"
    );
    let known = sharing
        .principals
        .iter()
        .find(|it| it.id == principal(2))
        .unwrap();
    assert_eq!(
        (known.state, known.reason.as_deref()),
        (GrantState::Granted, Some("PreExisting"))
    );
    assert_eq!(room.grants(&id).await[1].0, theirs.to_string());

    room.edit("clock", json!({ "sharing": { "principals": [] } }))
        .await;
    let connector = room.ready("clock").await;
    let sharing = status(&connector).sharing.as_ref().unwrap();
    assert_eq!((sharing.summary.as_str(), sharing.unmanaged), ("0/0", 1));
    assert_eq!(
        room.grantees(&id).await,
        [principal(2)],
        "ours is removed, theirs stays"
    );
}
