//! Descriptions that change so that workflows would break, and such of which only a part is wanted. Client required.

use connector_operator::reconcile::{
    conditions::{Kind, find},
    reason::Reason,
};
use k8s_openapi::api::core::v1::Event;
use serde_json::{Value, json};

use super::room::{Room, message, status};

/// A description with an operation at each path; the last word of the path is its tag.
fn clock(paths: &[&str]) -> String {
    let operation = |path: &&str| {
        let name: String = path.split('/').collect();
        let tag = path.rsplit('/').next();
        let answer =
            json!({ "description": "The time.", "schema": { "$ref": format!("#/definitions/{name}") } });
        let get = json!({ "operationId": format!("Get{name}"), "summary": "Get the time", "tags": [tag],
            "responses": { "200": answer } });
        ((*path).to_owned(), json!({ "get": get }))
    };
    let paths: serde_json::Map<String, Value> = paths.iter().map(operation).collect();
    let definitions: serde_json::Map<String, Value> = paths
        .keys()
        .map(|path| (path.split('/').collect(), json!({ "type": "object" })))
        .collect();
    json!({
        "swagger": "2.0",
        "info": { "title": "Clock", "description": "Says what time it is, here and there.", "version": "1.0" },
        "host": "clock.example.com",
        "basePath": "/v1",
        "schemes": ["https"],
        "paths": paths,
        "definitions": definitions,
    })
    .to_string()
}

fn spec(paths: &[&str], policy: &str) -> Value {
    json!({ "definition": { "inline": clock(paths) }, "changePolicy": policy })
}

async fn paths(room: &Room) -> Vec<String> {
    let document = room.document(&room.id("clock")).await;
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.map(|(path, _)| path.clone()).collect()
}

#[tokio::test]
async fn a_breaking_change_that_is_blocked_leaves_what_is_registered_and_says_what_would_break() {
    let room = Room::open("change-block").await;
    room.connector("clock", spec(&["/here", "/there"], "Block")).await;
    let before = room.ready("clock").await;

    room.edit("clock", spec(&["/here"], "Block")).await;

    let blocked = room.stopped("clock", Reason::BreakingChange).await;
    let told = message(&blocked);
    assert!(
        told.contains("\"Getthere\" (GET /there) is gone. [OperationRemoved]"),
        "{told}"
    );
    let condition = |kind| find(&status(&blocked).conditions, kind).map(|it| it.status.as_str());
    assert_eq!(condition(Kind::Stalled), Some("True"));
    assert_eq!(condition(Kind::Valid), Some("True"));
    let registration = |it| status(it).registrations[0].clone();
    let (was, is) = (registration(&before), registration(&blocked));
    assert_eq!((was.digest, was.id), (is.digest, is.id), "it still serves");
    assert_eq!(paths(&room).await, ["/here", "/there"]);

    room.edit("clock", spec(&["/here", "/there", "/elsewhere"], "Block"))
        .await;
    room.ready("clock").await;
    assert_eq!(paths(&room).await.len(), 3, "what breaks nothing is registered");

    room.edit("clock", spec(&["/elsewhere"], "Allow")).await;
    room.ready("clock").await;
    assert_eq!(paths(&room).await, ["/elsewhere"]);
    let warning = room
        .eventually("a warning of what broke", async || {
            let events = room.api::<Event>().list(&kube::api::ListParams::default()).await;
            let events = events.map_err(|error| error.to_string())?.items;
            let told = events.into_iter().find(|it| {
                it.reason.as_deref() == Some("BreakingChange")
                    && it
                        .message
                        .as_deref()
                        .is_some_and(|text| text.contains("2 changes"))
            });
            told.ok_or_else(|| "no Event yet".to_owned())
        })
        .await;
    assert_eq!(warning.type_.as_deref(), Some("Warning"));
}

#[tokio::test]
async fn of_a_large_description_only_what_is_wanted_is_registered() {
    let room = Room::open("change-trim").await;
    let definition = json!({ "inline": clock(&["/here", "/there", "/there/now"]),
        "operations": { "include": ["/there/**"], "exclude": ["now"] } });
    room.connector("clock", json!({ "definition": definition })).await;

    let ready = room.ready("clock").await;

    assert_eq!(paths(&room).await, ["/there"]);
    let document = room.document(&room.id("clock")).await;
    assert_eq!(document["definitions"], json!({ "there": { "type": "object" } }));
    let definition = status(&ready).definition.as_ref().unwrap();
    assert_eq!(definition.operations, Some(1));

    let nothing = json!({ "operations": { "include": ["nowhere"], "exclude": null } });
    room.edit("clock", json!({ "definition": nothing })).await;
    let refused = room.stopped("clock", Reason::DefinitionInvalid).await;
    assert!(
        message(&refused).contains("[FilterLeavesNothing]"),
        "{}",
        message(&refused)
    );
    assert_eq!(paths(&room).await, ["/there"]);
}

#[tokio::test]
async fn a_finding_that_is_accepted_is_counted_and_not_listed() {
    let room = Room::open("change-waive").await;
    let text = clock(&["/here"]).replace(
        "\"title\":\"Clock\"",
        "\"title\":\"A clock with far too long a title\"",
    );
    let definition = json!({ "inline": text });
    room.connector("clock", json!({ "definition": definition })).await;
    let before = room.ready("clock").await;
    let validation = |it| status(it).validation.clone().unwrap_or_default();
    let told = |it| {
        validation(it)
            .findings
            .into_iter()
            .any(|finding| finding.code == "TitleTooLong")
    };
    assert!(told(&before), "{:?}", validation(&before));

    let waive = json!([{ "code": "TitleTooLong", "pointer": "", "reason": "It is what people call it." }]);
    room.edit("clock", json!({ "validation": { "waive": waive } }))
        .await;

    let after = room.ready("clock").await;
    assert!(!told(&after), "{:?}", validation(&after));
    assert_eq!(validation(&after).waived, Some(1));
    assert_eq!(validation(&after).warnings, validation(&before).warnings - 1);
}
