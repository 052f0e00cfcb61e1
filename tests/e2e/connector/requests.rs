//! A pass on request, and no pass while suspended. Client required.

use connector_operator::{crd::CustomConnector, reconcile::reason::Reason};
use serde_json::json;

use super::{
    kstatus::{Judgement, judge},
    manifest::{inline, merged},
    room::{OPERATOR, Room, status},
};

#[tokio::test]
async fn a_request_is_answered_and_echoed() {
    let room = Room::open("requests").await;
    room.connector("clock", merged(inline("Clock"), json!({ "interval": "30m" })))
        .await;
    let before = room.ready("clock").await;
    assert_eq!(status(&before).last_handled_request, None);

    for value in ["2026-11-23T12:00:00Z", "anything else"] {
        room.request("clock", value).await;
        let handled = |it: &CustomConnector| status(it).last_handled_request.as_deref() == Some(value);
        let after = room.until("clock", value, handled).await;
        let mut rest = status(&after).clone();
        rest.last_handled_request = None;
        assert_eq!(&rest, status(&before), "nothing else is told anew");
    }
}

#[tokio::test]
async fn a_request_is_echoed_where_only_an_edit_helps() {
    let room = Room::open("requests-bad").await;
    room.connector(
        "clock",
        json!({ "interval": "30m", "definition": { "inline": "swagger: '2.0'" } }),
    )
    .await;
    room.stopped("clock", Reason::DefinitionInvalid).await;

    room.request("clock", "once more").await;

    let handled = |it: &CustomConnector| status(it).last_handled_request.as_deref() == Some("once more");
    room.until("clock", "answered", handled).await;
}

#[tokio::test]
async fn a_suspended_connector_is_left_alone_until_it_goes_on_or_goes() {
    let room = Room::open("suspended").await;
    room.connector("clock", inline("Clock")).await;
    room.ready("clock").await;
    let suspended = json!({ "suspend": true, "displayName": "Changed meanwhile" });
    room.edit("clock", suspended).await;
    let mark = room.control_plane.audit().mark().unwrap();
    room.request("clock", "while suspended").await;

    // What comes after it is served, so it was passed over and not overlooked.
    room.connector("other", inline("Other")).await;
    room.ready("other").await;

    let writes = room.control_plane.audit().writes_since(mark).unwrap();
    let mut of_operator = writes
        .iter()
        .filter(|write| write.user == OPERATOR && write.namespace == room.namespace);
    assert!(of_operator.all(|write| write.name != "clock"), "{writes:?}");
    let seen = room.get("clock").await;
    assert_eq!(
        judge(&seen),
        Judgement::InProgress,
        "its edit has not taken effect"
    );
    assert_eq!(status(&seen).last_handled_request, None);
    let name = async || room.held(&room.id("clock")).await.unwrap()["properties"]["displayName"].clone();
    assert_eq!(name().await, "Clock");

    room.edit("clock", json!({ "suspend": false })).await;
    let resumed = room.ready("clock").await;
    assert_eq!(name().await, "Changed meanwhile");
    assert_eq!(
        status(&resumed).last_handled_request.as_deref(),
        Some("while suspended")
    );

    room.edit("clock", json!({ "suspend": true })).await;
    room.delete("clock").await;
    assert_eq!(room.held(&room.id("clock")).await, None);
}
