//! Plans: nothing happens before approval, exactly that after, and again only after another. Client required.

use connector_operator::{crd::CustomConnector, reconcile::reason::Reason};
use serde_json::{Value, json};

use super::{
    kstatus::{Judgement, judge},
    manifest::{inline, merged, principal, user},
    room::{Room, status},
};
use crate::harness;

fn digest(connector: &CustomConnector) -> String {
    status(connector).plan.as_ref().unwrap().digest.clone()
}

#[tokio::test]
async fn a_plan_waits_until_it_is_approved_and_each_approval_is_good_once() {
    let room = Room::open("approval").await;
    let (name, id) = ("clock", room.id("clock"));
    let sharing = json!({ "approval": "Manual", "sharing": { "principals": [user(1)] } });
    room.connector(name, merged(inline("Clock"), sharing)).await;
    let pending = room.stopped(name, Reason::PlanPending).await;
    assert_eq!(judge(&pending), Judgement::InProgress);
    let plan = status(&pending).plan.clone().unwrap();
    assert_eq!(
        plan.summary,
        [
            "ConnectorBackend registry: register clock".to_owned(),
            format!("ConnectorBackend registry: grant Use to User {}", principal(1)),
        ]
    );
    assert_eq!(room.held(&id).await, None);
    // Nothing more is written while it waits, whoever looks.
    room.request(name, "look once more").await;
    let answered = room
        .until(name, "answered", |connector| {
            status(connector).last_handled_request.as_deref() == Some("look once more")
        })
        .await;
    assert_eq!(digest(&answered), plan.digest);

    // Something else is approved than what is shown.
    let stale = format!("sha256:{}", "0".repeat(64));
    room.edit(name, json!({ "approvedPlan": stale })).await;
    room.stopped(name, Reason::PlanPending).await;
    assert_eq!(room.held(&id).await, None);

    room.edit(name, json!({ "approvedPlan": plan.digest })).await;
    let ready = room.ready(name).await;
    assert_eq!(status(&ready).plan, None);
    assert_eq!(
        status(&ready).last_approved_plan.as_deref(),
        Some(plan.digest.as_str())
    );
    assert_eq!(room.grantees(&id).await, [principal(1)]);

    // What others take away is not put back under the old approval.
    let (own, _, _) = room.grants(&id).await.remove(0);
    let path = format!("{id}/providers/Microsoft.Authorization/roleAssignments/{own}");
    room.change(http::Method::DELETE, &path, &Value::Null).await;
    let again = room.stopped(name, Reason::PlanPending).await;
    assert_ne!(digest(&again), plan.digest);
    assert_eq!(room.grantees(&id).await, Vec::<String>::new());
    room.edit(name, json!({ "approvedPlan": digest(&again) })).await;
    room.ready(name).await;
    assert_eq!(room.grantees(&id).await, [principal(1)]);
    room.delete(name).await;
    assert_eq!(room.held(&id).await, None);
}

#[tokio::test]
async fn a_backend_that_demands_approval_of_grants_has_it_from_authors_who_leave_it_out() {
    let room = Room::bare("demanding").await;
    room.backend(
        "registry",
        json!({ "default": true, "requireApproval": "Grants" }),
    )
    .await;
    let sharing = json!({ "sharing": { "principals": [user(1)] } });
    room.connector("clock", merged(inline("Clock"), sharing)).await;
    let pending = room.stopped("clock", Reason::PlanPending).await;
    let id = room.id("clock");
    assert!(room.held(&id).await.is_some());
    assert_eq!(room.grantees(&id).await, Vec::<String>::new());
    room.edit("clock", json!({ "approvedPlan": digest(&pending) }))
        .await;
    room.ready("clock").await;
    assert_eq!(room.grantees(&id).await, [principal(1)]);
}

/// Runs a command for people in the room's namespace; its exit code and what it printed.
async fn command(room: &Room, arguments: &[&str]) -> (i32, String) {
    let mut command = tokio::process::Command::new(harness::binary());
    let command = command
        .args(arguments)
        .args(["--namespace", &room.namespace])
        .env("KUBECONFIG", room.control_plane.kubeconfig());
    let output = command.output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), format!("{text}{errors}"))
}

/// What `plan` tells of one connector, and how it ended.
async fn planned(room: &Room, what: &[&str]) -> (i32, Value) {
    let flags = ["plan", "--output=json", "--allow-source-cidr=127.0.0.0/8"];
    let (code, text) = command(room, &[&flags[..], what].concat()).await;
    match serde_json::from_str(&text) {
        Ok(told) => (code, told),
        Err(error) => panic!("{error}: {text}"),
    }
}

#[tokio::test]
async fn what_people_are_told_by_command_is_what_waits_and_is_done_once_they_approve() {
    let room = Room::open("planned").await;
    let (name, id) = ("clock", room.id("clock"));
    let sharing = json!({ "approval": "Manual", "sharing": { "principals": [user(1)] } });
    let spec = merged(inline("Clock"), sharing);
    let manifest = json!({
        "apiVersion": "connectors.dev/v1alpha1", "kind": "CustomConnector", "metadata": { "name": name },
        "spec": merged(json!({ "interval": "10s" }), spec.clone()),
    });
    let folder = crate::shared::run_folder().unwrap();
    let file = folder.path().join("clock.json");
    std::fs::write(&file, manifest.to_string()).unwrap();
    let ahead = ["--file", file.to_str().unwrap()];
    let (code, told) = planned(&room, &ahead).await;
    assert_eq!((code, &told["approval"]["digest"]), (1, &Value::Null), "{told}");
    let api = room.api::<CustomConnector>();
    assert!(api.get_opt(name).await.unwrap().is_none());

    room.connector(name, spec).await;
    let pending = room.stopped(name, Reason::PlanPending).await;
    let plan = status(&pending).plan.clone().unwrap();
    assert_eq!(told["approval"]["steps"], json!(plan.summary));
    for what in [&[name][..], &ahead] {
        let (code, told) = planned(&room, what).await;
        assert_eq!(code, 1, "{told}");
        assert_eq!(told["approval"]["digest"], json!(plan.digest), "{told}");
    }
    assert_eq!(room.held(&id).await, None);

    let (code, text) = command(&room, &["approve", name, "--digest=sha256:0"]).await;
    assert_eq!(code, 1, "{text}");
    let (code, text) = command(&room, &["approve", name, "--digest", &plan.digest]).await;
    assert_eq!(code, 0, "{text}");
    room.ready(name).await;
    assert_eq!(room.grantees(&id).await, [principal(1)]);
    let (code, told) = planned(&room, &[name]).await;
    assert_eq!((code, &told["steps"]), (0, &json!([])), "{told}");
    let (code, told) = planned(&room, &ahead).await;
    assert_eq!((code, &told["steps"]), (0, &json!([])), "{told}");
}
