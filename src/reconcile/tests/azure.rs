//! Where preconditions may go unheeded, and success may be none.

use serde_json::json;

use super::{
    super::{Verdict, reason::Reason},
    calls::Fate,
    cloud::Cloud,
    manifests::spec,
    scene::Scene,
};

#[tokio::test]
async fn a_connector_is_looked_for_before_it_is_made_and_after() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await.in_azure();
    scene.wants(spec(&["east"], json!({})));
    assert_eq!(scene.pass().await.verdict, Verdict::Settled);
    assert_eq!(
        scene.calls(),
        [
            "GET configmaps/api",
            "PATCH customconnectors/petstore",
            "GET east/customApis",
            "PUT east/customApis",
            "GET east/customApis",
            "PATCH customconnectors/petstore/status",
        ]
    );
    scene.pass().await;
    assert_eq!(scene.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn what_others_made_meanwhile_is_not_overwritten() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await.in_azure();
    scene.look().await;
    cloud.put_connector(&scene.id("east"), "Theirs", json!({})).await;
    scene.wants(spec(&["east"], json!({})));
    assert_eq!(
        scene.pass().await.verdict,
        Verdict::Stalled(Reason::AlreadyExists)
    );
    assert!(!scene.calls().contains(&"PUT east/customApis".to_owned()));
}

#[tokio::test]
async fn a_creation_that_was_answered_as_done_and_is_not_there_is_told_and_tried_again() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await.in_azure();
    scene.wants(spec(&["east"], json!({})));
    let report = scene.pass_struck(4, Fate::Nothing).await.unwrap();
    let waiting = Verdict::Waiting {
        reason: Reason::CreationUnconfirmed,
        after: None,
    };
    assert_eq!(report.verdict, waiting);
    assert_eq!(scene.condition("Ready"), "False CreationUnconfirmed");
    assert_eq!(scene.settle().await, Verdict::Settled);
}
