//! From a manifest to a registered, shared connector. Client required.

use connector_operator::{crd::CustomConnector, reconcile::conditions::Kind};
use http::Method;
use kube::ResourceExt as _;
use serde_json::{Value, json};

use super::{
    kstatus::{Judgement, judge},
    manifest::{inline, merged, principal, role, user},
    room::{OPERATOR, Room, status},
};
use crate::{
    admitted::Policies,
    harness::audit::{Mark, Request},
    shared::kubectl,
};

const TEXT_ANALYTICS: &str = include_str!("../../../examples/text-analytics/openapi.json");

/// A connector as its author would write it: key authentication, two principals.
async fn text_analytics(room: &Room) -> CustomConnector {
    room.config_map("text-analytics", "openapi.json", TEXT_ANALYTICS)
        .await;
    let on_call = merged(user(1), json!({ "comment": "on call" }));
    let spec = json!({
        "brandColor": "#0B6E4F",
        "definition": { "configMapKeyRef": { "name": "text-analytics", "key": "openapi.json" } },
        "authentication": { "apiKey": { "name": "X-Api-Key", "in": "header", "displayName": "Key" } },
        "sharing": { "principals": [on_call, { "kind": "Group", "id": principal(2), "role": "Edit" }] },
    });
    room.connector("text-analytics", spec).await
}

#[tokio::test]
async fn a_manifest_becomes_a_registered_and_shared_connector() {
    let room = Room::open("whole").await;
    let created = text_analytics(&room).await;
    assert_eq!(
        judge(&created),
        Judgement::InProgress,
        "nobody takes it for done: {created:?}"
    );
    assert_eq!(status(&created).observed_generation, Some(-1));

    let connector = room.ready("text-analytics").await;

    registered_as_asked(&room, &connector).await;
    told_in_status(&room, &connector);
    let columns = kubectl(
        room.control_plane,
        &[
            "get",
            "cconn",
            "text-analytics",
            "--namespace",
            &room.namespace,
            "--output=wide",
        ],
    );
    let [header, row] = columns.lines().collect::<Vec<_>>()[..] else {
        panic!("{columns}")
    };
    let header: Vec<_> = header.split_whitespace().collect();
    let expected = [
        "NAME",
        "READY",
        "REASON",
        "SHARED",
        "FORMAT",
        "REGISTERED",
        "OPERATIONS",
        "REVISION",
        "MESSAGE",
        "AGE",
    ];
    assert_eq!(header, expected);
    let row: Vec<_> = row.split_whitespace().take(7).collect();
    assert_eq!(
        row,
        [
            "text-analytics",
            "True",
            "Ready",
            "2/2",
            "openapi-2.0",
            "1/1",
            "7"
        ]
    );
}

async fn registered_as_asked(room: &Room, connector: &CustomConnector) {
    let id = room.id("text-analytics");
    let grants = format!("{id}/providers/Microsoft.Authorization/roleAssignments");
    let grants = room.change(Method::GET, &grants, &Value::Null).await;
    let described = |grant: &Value| grant["properties"]["description"] == "on call";
    let grants = grants["value"].as_array().unwrap();
    assert_eq!(
        grants.iter().filter(|grant| described(grant)).count(),
        1,
        "{grants:?}"
    );
    let held = room.held(&id).await.unwrap();
    let properties = &held["properties"];
    assert_eq!(properties["displayName"], "Text Analytics");
    assert_eq!(properties["brandColor"], "#0B6E4F");
    let parameters = properties["connectionParameters"].as_object().unwrap();
    assert_eq!(parameters.len(), 1, "{parameters:?}");
    let key = &parameters["api_key"];
    assert_eq!(key["type"], "securestring", "{key}");
    assert_eq!(key["uiDefinition"]["displayName"], "Key", "{key}");

    let tags = &held["tags"];
    assert_eq!(tags["connectors.dev.namespace"], room.namespace);
    assert_eq!(tags["connectors.dev.name"], "text-analytics");
    assert_eq!(tags["connectors.dev.uid"], connector.uid().unwrap());
    let digest = status(connector).registrations[0].digest.as_deref();
    assert_eq!(tags["connectors.dev.digest"].as_str(), digest);

    let document = room.document(&id).await;
    let written: Value = serde_json::from_str(TEXT_ANALYTICS).unwrap();
    let document = document.pointer("/properties/swagger").unwrap_or(&document);
    assert_eq!(document["paths"], written["paths"]);

    let grants = room.grants(&id).await;
    let granted: Vec<_> = grants
        .into_iter()
        .map(|(_, principal, role)| (principal, role))
        .collect();
    assert_eq!(
        granted,
        [(principal(1), role("Use")), (principal(2), role("Edit"))]
    );
}

fn told_in_status(room: &Room, connector: &CustomConnector) {
    let status = status(connector);
    let definition = status.definition.as_ref().unwrap();
    assert_eq!(definition.title.as_deref(), Some("Text Analytics"));
    assert_eq!(definition.version.as_deref(), Some("1.4.0"));
    assert_eq!(definition.size_bytes, i64::try_from(TEXT_ANALYTICS.len()).ok());
    assert_eq!(definition.operations, Some(7));
    assert!(
        definition.digest.as_ref().unwrap().starts_with("sha256:"),
        "{definition:?}"
    );
    assert!(
        definition.source.as_ref().unwrap().contains("text-analytics"),
        "{definition:?}"
    );
    assert!(definition.revision.is_some());
    assert_eq!(status.validation.as_ref().unwrap().errors, 0);

    let [registration] = &status.registrations[..] else {
        panic!("{:?}", status.registrations)
    };
    assert_eq!(registration.backend_name, "registry");
    assert!(
        registration
            .id
            .as_ref()
            .unwrap()
            .eq_ignore_ascii_case(&room.id("text-analytics"))
    );
    assert_eq!((&registration.error, registration.adopted), (&None, None));

    let sharing = status.sharing.as_ref().unwrap();
    assert_eq!(
        (
            sharing.desired,
            sharing.granted,
            sharing.failed,
            sharing.unmanaged
        ),
        (2, 2, 0, 0)
    );
    assert_eq!(sharing.principals.len(), 2);
    let types: Vec<_> = status
        .conditions
        .iter()
        .map(|condition| condition.type_.as_str())
        .collect();
    let expected = [
        Kind::Ready,
        Kind::Registered,
        Kind::Shared,
        Kind::SourceReady,
        Kind::Valid,
    ];
    assert_eq!(types, expected.map(Kind::as_str));
}

/// What the operator wrote for the room's connectors, Events included, behind the mark.
fn writes(room: &Room, mark: Mark) -> Vec<Request> {
    let mut writes = room.control_plane.audit().writes_since(mark).unwrap();
    writes.retain(|write| {
        write.user == OPERATOR
            && write.namespace == room.namespace
            && ["customconnectors", "events"].contains(&write.resource.as_str())
    });
    writes
}

/// Has the connector looked at once more, so that whatever followed its first success was written before; returns the
/// writes behind the mark but that last one.
async fn writes_until_settled(room: &Room, name: &str, mark: Mark) -> Vec<Request> {
    room.request(name, "once-more").await;
    let handled = |it: &CustomConnector| status(it).last_handled_request.as_deref() == Some("once-more");
    room.until(name, "the request is answered", handled).await;
    let status_writes = |writes: &[Request]| {
        writes
            .iter()
            .filter(|write| write.subresource == "status")
            .count()
    };
    let mut writes = room
        .eventually("the last write is in the audit log", async || {
            let writes = writes(room, mark);
            if status_writes(&writes) >= 2 {
                Ok(writes)
            } else {
                Err(format!("{writes:?}"))
            }
        })
        .await;
    writes.pop();
    writes
}

fn told(writes: &[Request]) -> Vec<(&str, &str)> {
    writes
        .iter()
        .map(|write| (write.verb.as_str(), write.subresource.as_str()))
        .collect()
}

#[tokio::test]
async fn a_new_connector_costs_two_writes() {
    let room = Room::open("writes").await;
    let mark = room.control_plane.audit().mark().unwrap();
    text_analytics(&room).await;
    room.ready("text-analytics").await;

    let writes = writes_until_settled(&room, "text-analytics", mark).await;

    assert_eq!(told(&writes), [("patch", ""), ("patch", "status")]);
}

#[tokio::test]
async fn a_new_connector_costs_one_write_where_the_finalizer_is_set_at_admission() {
    let room = Room::open("admitted").await;
    let _policy = Policies::in_namespace(room.control_plane, "deploy/admission", &room.namespace);
    room.eventually("the policy is at work", async || {
        // Suspended, so that nobody but the policy sets the finalizer.
        let name = "trial";
        let spec = json!({ "suspend": true, "definition": { "inline": "swagger: '2.0'" } });
        let trial = room.connector(name, spec).await;
        room.delete(name).await;
        if trial.finalizers().is_empty() {
            Err("no finalizer yet".to_owned())
        } else {
            Ok(())
        }
    })
    .await;
    let mark = room.control_plane.audit().mark().unwrap();
    room.connector("clock", inline("Clock")).await;
    room.ready("clock").await;

    let mut writes = writes_until_settled(&room, "clock", mark).await;

    writes.retain(|write| write.name != "trial");
    assert_eq!(told(&writes), [("patch", "status")]);
}
