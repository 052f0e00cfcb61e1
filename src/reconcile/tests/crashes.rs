//! Any moment can be the last: whatever call a pass dies of, or fails at, the end is the one that it would have come to
//! undisturbed.

use serde_json::json;

use super::{
    calls::Fate,
    cloud::Cloud,
    manifests::{ANNA, BERT, CARL, spec, users},
    scene::Scene,
};
use crate::crd::approval::RequireApproval;

const FATES: [Fate; 4] = [Fate::Death, Fate::LostAnswer, Fate::Failure, Fate::Silence];
const BACKENDS: [&str; 3] = ["east", "north", "west"];

/// Tells a story undisturbed; then again for each call of the pass that follows it, which meets each fate in turn.
/// What comes of it is the same every time.
async fn comes_to_the_same_end(story: impl AsyncFn(&mut Scene<'_>)) {
    let cloud = Cloud::open().await;
    let mut undisturbed = Scene::new(&cloud, &BACKENDS).await;
    story(&mut undisturbed).await;
    undisturbed.look_and_pass().await;
    let calls = undisturbed.calls();
    let verdict = undisturbed.settle().await;
    let expected = undisturbed.state().await;
    for (number, call) in calls.iter().enumerate() {
        for fate in FATES {
            let mut scene = Scene::new(&cloud, &BACKENDS).await;
            story(&mut scene).await;
            scene.look().await;
            let report = scene.pass_struck(number, fate).await;
            assert_eq!(report.is_none(), fate == Fate::Death, "{fate:?} at {call}");
            // A process that lives on goes on with what it believes of its backends, before it looks again.
            if scene.next().is_some() {
                scene.pass().await;
            }
            assert_eq!(scene.settle().await, verdict, "{fate:?} at {call}");
            assert_eq!(scene.state().await, expected, "{fate:?} at {call}");
        }
    }
}

#[tokio::test]
async fn a_first_pass_may_be_cut_short_anywhere() {
    comes_to_the_same_end(async |scene| {
        scene.wants(spec(
            &["east", "west"],
            json!({ "sharing": users(&[ANNA, BERT]) }),
        ));
    })
    .await;
}

#[tokio::test]
async fn a_change_of_everything_may_be_cut_short_anywhere() {
    comes_to_the_same_end(async |scene| {
        scene.wants(spec(
            &["east", "west"],
            json!({ "sharing": users(&[ANNA, BERT]) }),
        ));
        scene.settle().await;
        let more = json!({ "displayName": "Pets anew", "deletionProtection": false, "sharing": users(&[BERT, CARL]) });
        scene.wants(spec(&["west", "north"], more));
    })
    .await;
}

#[tokio::test]
async fn an_adoption_may_be_cut_short_anywhere() {
    comes_to_the_same_end(async |scene| {
        let east = scene.id("east");
        scene
            .cloud
            .put_connector(&east, "Made by hand", json!({ "costCenter": "7" }))
            .await;
        scene.cloud.grant(&east, crate::registry::USE_ROLE, CARL).await;
        scene.wants(spec(
            &["east"],
            json!({ "adoption": "IfUnowned", "sharing": users(&[ANNA]) }),
        ));
    })
    .await;
}

#[tokio::test]
async fn a_correction_may_be_cut_short_anywhere() {
    comes_to_the_same_end(async |scene| {
        let exact = json!({ "mode": "Exact", "principals": users(&[ANNA])["principals"] });
        scene.wants(spec(&["east"], json!({ "sharing": exact })));
        scene.settle().await;
        let east = scene.id("east");
        let tags = scene.cloud.connector(&east).await.unwrap().tags;
        scene
            .cloud
            .put_connector(&east, "Renamed by hand", json!(tags))
            .await;
        scene.cloud.grant(&east, crate::registry::EDIT_ROLE, CARL).await;
    })
    .await;
}

#[tokio::test]
async fn a_first_plan_may_be_cut_short_anywhere_and_needs_no_second_approval() {
    comes_to_the_same_end(async |scene| {
        let more = json!({ "approval": "Manual", "sharing": users(&[ANNA, BERT]) });
        scene.wants(spec(&["east", "west"], more));
        scene.pass().await;
        scene.approve();
    })
    .await;
}

#[tokio::test]
async fn a_plan_to_change_everything_may_be_cut_short_anywhere_and_needs_no_second_approval() {
    comes_to_the_same_end(async |scene| {
        scene.wants(spec(
            &["east", "west"],
            json!({ "sharing": users(&[ANNA, BERT]) }),
        ));
        scene.settle().await;
        let more = json!({
            "approval": "Manual", "displayName": "Pets anew", "deletionProtection": false,
            "sharing": users(&[BERT, CARL]),
        });
        scene.wants(spec(&["west", "north"], more));
        scene.pass().await;
        scene.approve();
    })
    .await;
}

#[tokio::test]
async fn a_plan_of_grants_alone_may_be_cut_short_anywhere_and_needs_no_second_approval() {
    comes_to_the_same_end(async |scene| {
        scene.allow("east", |policy| policy.require_approval = RequireApproval::Grants);
        scene.wants(spec(&["east", "west"], json!({ "sharing": users(&[ANNA]) })));
        scene.settle().await;
        scene.approve();
        scene.settle().await;
        scene.wants(spec(
            &["east", "west"],
            json!({ "sharing": users(&[ANNA, BERT, CARL]) }),
        ));
        scene.pass().await;
        scene.approve();
    })
    .await;
}

#[tokio::test]
async fn a_deletion_may_be_cut_short_anywhere() {
    comes_to_the_same_end(async |scene| {
        scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
        scene.settle().await;
        scene
            .cloud
            .grant(&scene.id("east"), crate::registry::USE_ROLE, CARL)
            .await;
        scene.delete();
    })
    .await;
}

#[tokio::test]
async fn letting_go_may_be_cut_short_anywhere() {
    comes_to_the_same_end(async |scene| {
        let more = json!({ "deletionPolicy": "Orphan", "sharing": users(&[ANNA]) });
        scene.wants(spec(&["east", "west"], more));
        scene.settle().await;
        scene.delete();
    })
    .await;
}
