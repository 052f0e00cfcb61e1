//! The policy of `deploy/admission`: the finalizer is there from the start. Client required.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};

use connector_operator::crd::{CONNECTOR_FINALIZER, CustomConnector};
use serde_json::{Value, json};

use super::Collection;
use crate::{
    harness::{control_plane::ControlPlane, poll::eventually},
    shared,
};

const LIMIT: Duration = Duration::from_secs(30);

/// The policy as it is shipped, under a name and a binding that touch one namespace only: the control plane is shared.
pub(crate) struct Policy {
    control_plane: &'static ControlPlane,
    manifest: Vec<u8>,
}

impl Policy {
    pub(crate) fn in_namespace(control_plane: &'static ControlPlane, namespace: &str) -> Self {
        let rendered = shared::rendered(control_plane, "deploy/admission");
        let [mut policy, mut binding]: [Value; 2] = rendered.try_into().unwrap();
        assert_eq!(policy["kind"], "MutatingAdmissionPolicy");
        assert_eq!(binding["kind"], "MutatingAdmissionPolicyBinding");
        policy["metadata"]["name"] = json!(namespace);
        binding["metadata"]["name"] = json!(namespace);
        binding["spec"]["policyName"] = json!(namespace);
        binding["spec"]["matchResources"] = json!({
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
        });
        let manifest = format!("{policy}\n{binding}").into_bytes();
        let installed = Self {
            control_plane,
            manifest,
        };
        installed.kubectl(&["apply", "--server-side", "--filename=-"]);
        installed
    }

    fn kubectl(&self, arguments: &[&str]) {
        let mut command: Command = self.control_plane.kubectl();
        let mut child = command.args(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&self.manifest).unwrap();
        assert!(child.wait().unwrap().success(), "kubectl {arguments:?}");
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        self.kubectl(&["delete", "--filename=-"]);
    }
}

fn finalizers(object: &Value) -> &Value {
    &object["metadata"]["finalizers"]
}

#[tokio::test]
async fn the_shipped_policy_sets_the_finalizer_at_creation_beside_others_and_never_again() {
    let control_plane = shared::with_definitions().await;
    let client = control_plane.client().await.unwrap();
    let namespace = shared::namespace(&client, "admission").await;
    let _policy = Policy::in_namespace(control_plane, &namespace);
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
