//! How a connector goes: what is asked first, what is taken away in which order, and what holds it.

use jiff::SignedDuration;
use serde_json::json;

use super::{
    super::{Verdict, reason::Reason},
    calls::Fate,
    cloud::Cloud,
    manifests::{ANNA, BERT, CARL, PETSTORE, spec, users},
    scene::Scene,
};
use crate::registry::USE_ROLE;

#[tokio::test]
async fn protection_is_checked_grants_go_then_the_connector_then_the_object() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA, BERT]) })));
    scene.settle().await;
    scene.delete();
    assert_eq!(scene.look_and_pass().await.verdict, Verdict::Gone);
    assert_eq!(
        scene.calls(),
        [
            "GET east/customApis",
            "GET resourcegroups",
            "GET east/connections",
            "GET east/roleAssignments",
            "DELETE east/roleAssignments",
            "DELETE east/roleAssignments",
            "GET resourcegroups",
            "GET east/connections",
            "DELETE east/customApis",
            "PATCH customconnectors/petstore",
        ]
    );
    let state = scene.state().await;
    assert!(state.object.is_none() && state.connectors.is_empty() && state.grants.is_empty());
}

#[tokio::test]
async fn while_connections_use_it_nothing_is_taken_away() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    scene.settle().await;
    cloud.connect(&scene.id("east"), "mine").await;
    let before = scene.state().await;
    scene.delete();
    let held = Verdict::Stalled(Reason::ConnectionsExist);
    assert_eq!(scene.look_and_pass().await.verdict, held);
    assert_eq!(scene.writes(), ["PATCH customconnectors/petstore/status"]);
    assert_eq!(scene.settle().await, held);
    let after = scene.state().await;
    assert_eq!(
        (after.connectors, after.grants),
        (before.connectors, before.grants)
    );
    assert_eq!(scene.condition("Stalled"), "True ConnectionsExist");
    scene.api.edit(PETSTORE, |object| {
        object["spec"]["deletionProtection"] = false.into();
    });
    assert_eq!(scene.settle().await, Verdict::Gone);
    assert!(scene.state().await.connectors.is_empty());
}

#[tokio::test]
async fn a_group_that_went_after_the_groups_were_listed_has_no_connections() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({})));
    scene.settle().await;
    scene.delete();
    // The connector is read, the groups are listed, then the connections of each.
    let report = scene.pass_struck(2, Fate::Nothing).await.unwrap();
    assert_eq!(report.verdict, Verdict::Gone, "{:?}", scene.calls());
    assert_eq!(scene.calls()[2], "GET east/connections");
}

#[tokio::test]
async fn a_spec_that_cannot_be_read_keeps_nothing_from_going() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    scene.settle().await;
    scene
        .api
        .edit(PETSTORE, |object| object["spec"] = json!({ "definition": 1 }));
    assert_eq!(scene.settle().await, Verdict::Stalled(Reason::InvalidSpec));
    scene.delete();
    assert_eq!(scene.settle().await, Verdict::Gone);
    let state = scene.state().await;
    assert!(state.connectors.is_empty() && state.grants.is_empty());
}

#[tokio::test]
async fn an_adopted_connector_stays_with_its_grants_and_without_our_tags() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    let east = scene.id("east");
    cloud
        .put_connector(&east, "Made by hand", json!({ "costCenter": "7" }))
        .await;
    cloud.grant(&east, USE_ROLE, CARL).await;
    scene.wants(spec(
        &["east"],
        json!({ "adoption": "IfUnowned", "sharing": users(&[ANNA]) }),
    ));
    scene.settle().await;
    scene.delete();
    assert_eq!(scene.settle().await, Verdict::Gone);
    let state = scene.state().await;
    let tags: Vec<&String> = state.connectors["east"].1.keys().collect();
    assert_eq!(tags, ["costCenter", "team"]);
    assert_eq!(state.grants.len(), 2);
}

#[tokio::test]
async fn what_others_took_over_is_not_ours_to_remove() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({})));
    scene.settle().await;
    let east = scene.id("east");
    let mut tags = cloud.connector(&east).await.unwrap().tags;
    tags.insert("connectors.dev.cluster".to_owned(), "another".to_owned());
    cloud.tag(&east, json!(tags)).await;
    scene.delete();
    assert_eq!(scene.settle().await, Verdict::Gone);
    assert!(scene.state().await.connectors.contains_key("east"));
}

#[tokio::test]
async fn a_connector_that_was_never_registered_goes_without_a_call() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({})));
    scene.api.edit(PETSTORE, |object| {
        object["metadata"]["finalizers"] = json!(["others.example/hold"]);
    });
    scene.delete();
    assert_eq!(scene.pass().await.verdict, Verdict::Gone);
    assert_eq!(scene.calls(), Vec::<String>::new());
    assert!(
        scene.api.get(PETSTORE).is_some(),
        "the finalizer of others still holds it"
    );
}

#[tokio::test]
async fn what_is_to_be_left_behind_waits_ten_minutes_for_a_backend_that_is_down() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "deletionPolicy": "Orphan" })));
    scene.settle().await;
    scene.delete();
    for later in [SignedDuration::ZERO, SignedDuration::from_mins(9)] {
        scene.now += later;
        let report = scene.pass_struck(0, Fate::Failure).await.unwrap();
        assert!(
            matches!(
                report.verdict,
                Verdict::Waiting {
                    reason: Reason::BackendUnavailable,
                    ..
                }
            ),
            "{report:?}"
        );
    }
    scene.now += SignedDuration::from_mins(1);
    let report = scene.pass_struck(0, Fate::Failure).await.unwrap();
    assert_eq!(report.verdict, Verdict::Gone);
    assert_eq!(report.notices[0].reason, "LeftBehind");
    let state = scene.state().await;
    let left = &state.connectors["east"].1;
    assert!(
        left.keys().any(|tag| tag.starts_with("connectors.dev.")),
        "{left:?}"
    );
}
