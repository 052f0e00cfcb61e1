//! What has to be approved waits, is carried out exactly and once, and waits for nothing that needs no approval.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    super::{Verdict, reason::Reason},
    calls::Fate,
    cloud::Cloud,
    manifests::{ANNA, BERT, PETSTORE, spec, users},
    scene::Scene,
};
use crate::{
    crd::approval::RequireApproval,
    registry::{EDIT_ROLE, USE_ROLE},
};

const PENDING: Verdict = Verdict::Waiting {
    reason: Reason::PlanPending,
    after: None,
};

fn manual(backends: &[&str], more: Value) -> Value {
    let mut spec = spec(backends, more);
    spec["approval"] = "Manual".into();
    spec
}

fn lines(scene: &Scene<'_>) -> Vec<String> {
    let summary = scene.status()["plan"]["summary"].clone();
    serde_json::from_value(summary).unwrap_or_default()
}

/// What was told of the object alone: nothing went to a backend.
fn only_told(scene: &Scene<'_>) -> bool {
    scene.writes() == ["PATCH customconnectors/petstore/status"]
}

#[tokio::test]
async fn nothing_is_sent_before_the_plan_is_approved_and_exactly_that_after() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(manual(&["east"], json!({ "sharing": users(&[ANNA]) })));
    assert_eq!(scene.pass().await.verdict, PENDING);
    assert!(only_told(&scene), "{:?}", scene.writes());
    assert_eq!(
        lines(&scene),
        [
            "ConnectorBackend east: register petstore".to_owned(),
            format!("ConnectorBackend east: grant Use to User {ANNA}"),
        ]
    );
    assert_eq!(
        [
            scene.condition("Ready"),
            scene.condition("Reconciling"),
            scene.condition("Stalled")
        ],
        ["False PlanPending", "True PlanPending", ""]
    );
    assert_eq!(scene.status()["observedGeneration"], 1);
    // It is told once.
    assert_eq!(scene.look_and_pass().await.verdict, PENDING);
    assert_eq!(scene.writes(), Vec::<String>::new());

    scene.approve();
    assert_eq!(scene.pass().await.verdict, Verdict::Settled);
    assert_eq!(
        scene.writes(),
        [
            "PATCH customconnectors/petstore",
            "PUT east/customApis",
            "PUT east/roleAssignments",
            "PATCH customconnectors/petstore/status",
        ]
    );
    assert_eq!(scene.condition("Ready"), "True Ready");
    let status = scene.status();
    let approved = scene.api.get(PETSTORE).unwrap()["spec"]["approvedPlan"].clone();
    assert_eq!(
        (&status["plan"], &status["lastApprovedPlan"]),
        (&Value::Null, &approved)
    );
    scene.look_and_pass().await;
    assert_eq!(scene.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_plan_is_approved_once() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(manual(&["east"], json!({ "sharing": users(&[ANNA]) })));
    scene.pass().await;
    scene.approve();
    assert_eq!(scene.settle().await, Verdict::Settled);
    // The very state that was approved: nothing is there.
    cloud.remove(&scene.id("east")).await;
    assert_eq!(scene.settle().await, PENDING);
    assert!(scene.state().await.connectors.is_empty());
    // Without a status nobody would know, but for the tags.
    scene.approve();
    assert_eq!(scene.settle().await, Verdict::Settled);
    let grant = scene.cloud.grants(&scene.id("east")).await.remove(0);
    cloud.remove(&scene.id("east").role_assignment(grant.name)).await;
    scene.api.edit(PETSTORE, |object| {
        object["status"] = json!({ "observedGeneration": -1 });
    });
    assert_eq!(scene.settle().await, PENDING);
    assert_eq!(
        lines(&scene),
        [format!("ConnectorBackend east: grant Use to User {ANNA}")]
    );
    assert!(scene.state().await.grants.is_empty());
}

#[tokio::test]
async fn what_changed_before_the_approval_is_not_what_was_approved() {
    let cloud = Cloud::open().await;
    for what in ["grant", "connector", "title", "principal"] {
        let mut scene = Scene::new(&cloud, &["east"]).await;
        let first = manual(&["east"], json!({ "sharing": users(&[ANNA]) }));
        scene.wants(first.clone());
        scene.pass().await;
        scene.approve();
        scene.settle().await;
        let mut wanted = manual(
            &["east"],
            json!({ "displayName": "Pets anew", "sharing": users(&[ANNA, BERT]) }),
        );
        wanted["approvedPlan"] = scene.api.get(PETSTORE).unwrap()["spec"]["approvedPlan"].clone();
        scene.wants(wanted);
        assert_eq!(scene.settle().await, PENDING, "{what}");
        let east = scene.id("east");
        match what {
            "grant" => cloud.grant(&east, USE_ROLE, BERT).await,
            "connector" => {
                let tags = cloud.connector(&east).await.unwrap().tags;
                cloud.put_connector(&east, "Renamed", json!(tags)).await;
            }
            "title" => scene
                .api
                .edit(PETSTORE, |object| object["spec"]["displayName"] = "Cats".into()),
            _ => scene.api.edit(PETSTORE, |object| {
                object["spec"]["sharing"]["principals"][1]["role"] = "Edit".into();
            }),
        }
        scene.approve();
        let before = scene.state().await;
        let told = lines(&scene);
        assert_eq!(scene.settle().await, PENDING, "{what}");
        let after = scene.state().await;
        assert_eq!(
            (after.connectors, after.grants),
            (before.connectors, before.grants),
            "{what}"
        );
        assert_ne!(
            scene.status()["plan"]["digest"],
            scene.api.get(PETSTORE).unwrap()["spec"]["approvedPlan"],
            "{what}: {told:?}"
        );
        scene.approve();
        assert_eq!(scene.settle().await, Verdict::Settled, "{what}");
    }
}

#[tokio::test]
async fn what_others_change_waits_too() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({})));
    scene.settle().await;
    scene.wants(manual(&["east"], json!({})));
    assert_eq!(scene.settle().await, Verdict::Settled);
    let east = scene.id("east");
    let tags = cloud.connector(&east).await.unwrap().tags;
    cloud.put_connector(&east, "Renamed", json!(tags)).await;
    assert_eq!(scene.settle().await, PENDING);
    assert_eq!(
        lines(&scene),
        ["ConnectorBackend east: put right what others changed of petstore: differs in displayName"]
    );
    scene.approve();
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(scene.state().await.connectors["east"].0.as_deref(), Some("Pets"));
}

#[tokio::test]
async fn what_leaves_stays_until_that_is_approved() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east", "west"]).await;
    scene.wants(manual(&["east"], json!({})));
    scene.settle().await;
    scene.approve();
    scene.settle().await;
    scene.wants(manual(&["west"], json!({})));
    assert_eq!(scene.settle().await, PENDING);
    assert_eq!(
        lines(&scene),
        [
            "ConnectorBackend west: register petstore",
            "ConnectorBackend east: unregister petstore, its grants with it",
        ]
    );
    assert_eq!(
        scene.state().await.connectors.keys().collect::<Vec<_>>(),
        ["east"]
    );
    scene.approve();
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(
        scene.state().await.connectors.keys().collect::<Vec<_>>(),
        ["west"]
    );
}

#[tokio::test]
async fn a_backend_that_demands_approval_has_it_whatever_the_author_says() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east", "west"]).await;
    scene.allow("east", |policy| policy.require_approval = RequireApproval::Always);
    scene.wants(spec(
        &["east", "west"],
        json!({ "approval": "Automatic", "sharing": users(&[ANNA]) }),
    ));
    assert_eq!(scene.settle().await, PENDING);
    // The other backend does not wait for it.
    let state = scene.state().await;
    assert_eq!(state.connectors.keys().collect::<Vec<_>>(), ["west"]);
    assert_eq!(state.grants.len(), 1);
    assert_eq!(scene.status()["registered"], "1/2");
    scene.approve();
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(scene.state().await.grants.len(), 2);
}

#[tokio::test]
async fn where_only_grants_need_approval_the_registration_goes_ahead() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.allow("east", |policy| policy.require_approval = RequireApproval::Grants);
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    assert_eq!(scene.settle().await, PENDING);
    let told = scene.status()["plan"]["digest"].clone();
    assert_eq!(scene.condition("Registered"), "True Registered");
    assert_eq!(scene.condition("Shared"), "False PlanPending");
    // Another version of the document makes no other plan of it.
    scene.wants(spec(
        &["east"],
        json!({ "displayName": "Pets anew", "sharing": users(&[ANNA]) }),
    ));
    assert_eq!(scene.settle().await, PENDING);
    assert_eq!(
        scene.state().await.connectors["east"].0.as_deref(),
        Some("Pets anew")
    );
    assert_eq!(scene.status()["plan"]["digest"], told);
    scene.approve();
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(scene.state().await.grants.len(), 1);

    // Another role is another access: who has one keeps it until then. Who leaves the spec goes at once.
    let mut sharing = users(&[ANNA]);
    sharing["principals"][0]["role"] = "Edit".into();
    scene.wants(spec(
        &["east"],
        json!({ "displayName": "Pets anew", "sharing": sharing }),
    ));
    assert_eq!(scene.settle().await, PENDING);
    assert!(
        scene
            .state()
            .await
            .grants
            .contains(&format!("east: Use to {ANNA}, ours"))
    );
    scene.wants(spec(&["east"], json!({ "displayName": "Pets anew" })));
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert!(scene.state().await.grants.is_empty());
}

#[tokio::test]
async fn the_end_of_a_grant_and_the_deletion_wait_for_nobody() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    let mut sharing = users(&[ANNA]);
    sharing["principals"][0]["expiresAt"] = "2026-11-02T11:00:00Z".into();
    scene.wants(manual(&["east"], json!({ "sharing": sharing.clone() })));
    scene.settle().await;
    scene.approve();
    assert_eq!(scene.settle().await, Verdict::Settled);
    scene.wants(manual(
        &["east"],
        json!({ "displayName": "Pets anew", "sharing": sharing }),
    ));
    assert_eq!(scene.settle().await, PENDING);
    scene.now = "2026-11-02T11:00:00Z".parse().unwrap();
    assert_eq!(scene.settle().await, PENDING);
    let state = scene.state().await;
    assert!(state.grants.is_empty(), "{:?}", state.grants);
    assert_eq!(state.connectors["east"].0.as_deref(), Some("Pets"));
    scene.delete();
    assert_eq!(scene.settle().await, Verdict::Gone);
    assert!(scene.state().await.connectors.is_empty());
}

#[tokio::test]
async fn a_plan_that_is_approved_before_it_was_told_is_told_first() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(manual(&["east"], json!({})));
    scene.pass().await;
    scene.approve();
    scene.api.edit(PETSTORE, |object| {
        object["status"] = json!({ "observedGeneration": -1 });
    });
    let again = Verdict::Waiting {
        reason: Reason::PlanPending,
        after: Some(Duration::ZERO),
    };
    assert_eq!(scene.pass().await.verdict, again);
    assert!(only_told(&scene), "{:?}", scene.writes());
    assert_eq!(scene.pass().await.verdict, Verdict::Settled);
}

#[tokio::test]
async fn what_others_change_while_a_plan_is_carried_out_is_not_part_of_it() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    scene.settle().await;
    scene.wants(manual(&["east"], json!({ "sharing": users(&[ANNA, BERT]) })));
    scene.settle().await;
    scene.approve();
    // It dies of marking the connector; then the grant that was in place goes.
    assert!(scene.pass_struck(2, Fate::Death).await.is_none());
    assert_eq!(scene.calls()[2], "PATCH east/customApis");
    let grant = scene.cloud.grants(&scene.id("east")).await.remove(0);
    cloud.remove(&scene.id("east").role_assignment(grant.name)).await;
    cloud.grant(&scene.id("east"), EDIT_ROLE, BERT).await;
    assert_eq!(scene.settle().await, PENDING);
    assert_eq!(lines(&scene).len(), 2);
    assert!(
        scene
            .state()
            .await
            .grants
            .iter()
            .all(|grant| grant.ends_with("of others"))
    );
}
