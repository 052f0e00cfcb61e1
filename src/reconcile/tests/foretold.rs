//! What a pass would do is told without doing it, and is what it then does.

use serde_json::{Value, json};

use super::{
    super::{plan::Deed, reason::Reason},
    cloud::Cloud,
    manifests::{ANNA, API, BERT, CARL, spec, users},
    scene::Scene,
};

/// The call that a deed is.
fn call(deed: &Deed, backend: &str) -> String {
    let place = backend.strip_prefix("ConnectorBackend ").unwrap();
    match deed {
        Deed::Register(_) | Deed::Change(_) | Deed::TakeOver(_) => format!("PUT {place}/customApis"),
        Deed::Grant { .. } => format!("PUT {place}/roleAssignments"),
        Deed::Revoke { .. } => format!("DELETE {place}/roleAssignments"),
        Deed::LetGo(_) => format!("PATCH {place}/customApis"),
        Deed::Unregister(_) => format!("DELETE {place}/customApis"),
    }
}

/// What is told is, in any order, what the next pass sends; telling it sends nothing, and nothing is left after.
async fn tells_what_is_done(scene: &mut Scene<'_>, story: &str) {
    let told = scene.foretell().await;
    assert_eq!(scene.writes(), Vec::<String>::new(), "{story}");
    assert!(told.stops.is_empty(), "{story}: {:?}", told.stops);
    let steps = told.steps.iter();
    let mut expected: Vec<String> = steps.map(|step| call(&step.deed, &step.backend)).collect();
    assert!(!expected.is_empty(), "{story}");
    scene.look_and_pass().await;
    let sent = scene.writes().into_iter();
    let mut sent: Vec<String> = sent.filter(|call| !call.contains("customconnectors")).collect();
    expected.sort_unstable();
    sent.sort_unstable();
    assert_eq!(expected, sent, "{story}");
    let rest = scene.foretell().await;
    assert!(rest.steps.is_empty(), "{story}: {:?}", rest.steps);
}

#[tokio::test]
async fn what_is_foretold_is_what_is_done_and_nothing_is_sent_for_it() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east", "west"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA, BERT]) })));
    tells_what_is_done(&mut scene, "a first pass").await;
    let more = json!({ "displayName": "Pets anew", "sharing": users(&[BERT, CARL]) });
    scene.wants(spec(&["west", "east"], more));
    tells_what_is_done(&mut scene, "a change of everything").await;
    let east = scene.id("east");
    let tags = cloud.connector(&east).await.unwrap().tags;
    cloud.put_connector(&east, "Renamed", json!(tags)).await;
    tells_what_is_done(&mut scene, "a correction").await;
    let mut sharing = users(&[BERT, CARL]);
    sharing["principals"][0]["expiresAt"] = "2026-11-02T09:00:00Z".into();
    let less = json!({ "displayName": "Pets anew", "sharing": sharing });
    scene.wants(spec(&["west", "east"], less));
    tells_what_is_done(&mut scene, "the end of a grant").await;
}

#[tokio::test]
async fn what_keeps_a_pass_from_its_end_is_foretold_and_so_is_what_waits_for_approval() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "approval": "Manual" })));
    let told = scene.foretell().await;
    let plan = told.plan.unwrap();
    assert_eq!((plan.summary.len(), told.approved), (1, false));
    scene.pass().await;
    assert_eq!(scene.status()["plan"]["digest"], Value::from(plan.digest));
    scene.approve();
    assert!(scene.foretell().await.approved);
    scene
        .api
        .edit(API, |object| object["data"]["openapi.json"] = "{".into());
    let told = scene.foretell().await;
    assert!(told.steps.is_empty());
    assert_eq!(told.stops[0].1.reason, Reason::DefinitionInvalid);
}
