//! The policy of `deploy/admission`: the finalizer is there from the start. Client required.

use std::time::Duration;

use connector_operator::crd::{CONNECTOR_FINALIZER, CustomConnector};
use serde_json::{Value, json};

use super::Collection;
use crate::{admitted::Policies, harness::poll::eventually, shared};

const LIMIT: Duration = Duration::from_secs(30);

fn finalizers(object: &Value) -> &Value {
    &object["metadata"]["finalizers"]
}

#[tokio::test]
async fn the_shipped_policy_sets_the_finalizer_at_creation_beside_others_and_never_again() {
    let control_plane = shared::with_definitions().await;
    let client = control_plane.client().await.unwrap();
    let namespace = shared::namespace(&client, "admission").await;
    let _policy = Policies::in_namespace(control_plane, "deploy/admission", &namespace);
    let collection = Collection::of::<CustomConnector>(Some(&namespace)).await;
    // Suspended, so that it is not an operator that happens to run that sets the finalizer.
    let spec = json!({ "suspend": true, "definition": { "inline": "swagger: '2.0'" } });
    let bare = collection.object("bare", &spec);
    let with = |finalizers: Value| {
        let mut object = collection.object("tried", &spec);
        object["metadata"]["finalizers"] = finalizers;
        object
    };

    eventually("the policy is at work", LIMIT, async || {
        let stored = collection.try_create(&bare).await?;
        if *finalizers(&stored) == json!([CONNECTOR_FINALIZER]) {
            Ok(())
        } else {
            Err(stored.to_string())
        }
    })
    .await;

    for (given, expected) in [
        (json!([]), json!([CONNECTOR_FINALIZER])),
        (
            json!(["example.com/other"]),
            json!(["example.com/other", CONNECTOR_FINALIZER]),
        ),
        (json!([CONNECTOR_FINALIZER]), json!([CONNECTOR_FINALIZER])),
        (
            json!([CONNECTOR_FINALIZER, "example.com/other"]),
            json!([CONNECTOR_FINALIZER, "example.com/other"]),
        ),
    ] {
        let stored = collection.try_create(&with(given.clone())).await.unwrap();
        assert_eq!(*finalizers(&stored), expected, "given {given}");
    }

    let stored = collection.create(&bare).await.unwrap();
    assert_eq!(
        *finalizers(&stored),
        json!([CONNECTOR_FINALIZER]),
        "really stored"
    );
    let without = json!({ "metadata": { "finalizers": null }, "spec": { "displayName": "Bare" } });
    let changed = collection.try_patch("bare", &without).await.unwrap();
    assert_eq!(*finalizers(&changed), Value::Null, "an update may let go");
}
