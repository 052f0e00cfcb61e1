//! What a pass does when nobody disturbs it, and what it tells.

use std::time::Duration;

use serde_json::json;

use super::{
    super::{Verdict, reason::Reason},
    calls::Fate,
    cloud::Cloud,
    manifests::{ANNA, API, BERT, CARL, PETSTORE, description, spec, users},
    scene::Scene,
};

#[tokio::test]
async fn a_first_pass_registers_shares_and_says_so() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    let report = scene.pass().await;
    assert_eq!(report.verdict, Verdict::Settled);
    assert_eq!(
        scene.calls(),
        [
            "GET configmaps/api",
            "PATCH customconnectors/petstore",
            "PUT east/customApis",
            "PUT east/roleAssignments",
            "PATCH customconnectors/petstore/status",
        ]
    );
    assert_eq!(scene.condition("Ready"), "True Ready");
    let status = scene.status();
    assert_eq!(
        (&status["registered"], &status["sharing"]["summary"]),
        (&json!("1/1"), &json!("1/1"))
    );
    let state = scene.state().await;
    assert!(state.connectors.contains_key("east"));
    assert!(state.grants.contains(&format!("east: Use to {ANNA}, ours")));
    assert!(report.notices.is_empty());
}

#[tokio::test]
async fn a_pass_over_what_is_as_wanted_makes_no_call_and_after_a_restart_no_write() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east", "west"]).await;
    scene.wants(spec(
        &["east", "west"],
        json!({ "sharing": users(&[ANNA, BERT]) }),
    ));
    scene.pass().await;
    scene.pass().await;
    assert_eq!(scene.calls(), Vec::<String>::new());
    scene.restart().await;
    scene.look_and_pass().await;
    assert_eq!(scene.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn an_inline_description_is_read_from_the_object_when_a_pass_needs_it() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    let mut wanted = spec(&["east"], json!({}));
    let text = description("Inline")["data"]["openapi.json"].clone();
    wanted["definition"] = json!({ "inline": text });
    scene.wants(wanted);
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(scene.calls(), ["GET customconnectors/petstore"]);
    assert_eq!(
        scene.state().await.connectors["east"].0.as_deref(),
        Some("Inline")
    );
}

#[tokio::test]
async fn a_description_that_is_not_there_yet_is_waited_for() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    let mut wanted = spec(&["east"], json!({}));
    wanted["definition"]["configMapKeyRef"]["name"] = "later".into();
    scene.wants(wanted);
    let waiting = Verdict::Waiting {
        reason: Reason::ConfigMapNotFound,
        after: None,
    };
    assert_eq!(scene.pass().await.verdict, waiting);
    // Nothing is registered, so nothing needs to hold the object.
    assert_eq!(scene.writes(), ["PATCH customconnectors/petstore/status"]);
    assert_eq!(scene.condition("Reconciling"), "True ConfigMapNotFound");
    assert_eq!(scene.settle().await, waiting);
    scene.api.create("configmaps/later", description("Later"));
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(
        (scene.condition("Ready"), scene.condition("Reconciling")),
        ("True Ready".to_owned(), String::new())
    );
}

#[tokio::test]
async fn a_description_that_breaks_leaves_what_is_registered_and_its_grants() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    scene.settle().await;
    let before = scene.state().await;
    scene
        .api
        .edit(API, |object| object["data"]["openapi.json"] = "{".into());
    assert_eq!(
        scene.pass().await.verdict,
        Verdict::Stalled(Reason::DefinitionInvalid)
    );
    assert_eq!(scene.writes(), ["PATCH customconnectors/petstore/status"]);
    assert_eq!(scene.settle().await, Verdict::Stalled(Reason::DefinitionInvalid));
    let after = scene.state().await;
    assert_eq!(
        (after.connectors, after.grants),
        (before.connectors, before.grants)
    );
    assert_eq!(scene.condition("Registered"), "True Registered");
    scene.api.edit(API, |object| {
        *object = {
            let mut mended = description("Pets");
            mended["metadata"] = object["metadata"].clone();
            mended
        }
    });
    assert_eq!(scene.settle().await, Verdict::Settled);
}

#[tokio::test]
async fn a_backend_that_fails_does_not_keep_the_other_from_being_served() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east", "west"]).await;
    scene.wants(spec(&["east", "west"], json!({ "sharing": users(&[ANNA]) })));
    let report = scene.pass_struck(2, Fate::Failure).await.unwrap();
    assert_eq!(scene.calls()[2], "PUT east/customApis");
    let waiting = Verdict::Waiting {
        reason: Reason::BackendUnavailable,
        after: Some(Duration::from_secs(1)),
    };
    assert_eq!((report.verdict, report.suspects.len()), (waiting, 1));
    let state = scene.state().await;
    assert_eq!(state.connectors.keys().collect::<Vec<_>>(), ["west"]);
    assert_eq!(state.grants.len(), 1);
    let status = scene.status();
    let states: Vec<_> = status["registrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(
        (states, &status["registered"]),
        (vec![&json!("Pending"), &json!("Registered")], &json!("1/2"))
    );
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(scene.status()["registered"], "2/2");
}

#[tokio::test]
async fn who_changed_the_object_first_is_not_overwritten() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    let annotate = |scene: &Scene<'_>| {
        scene.api.edit(PETSTORE, |object| {
            object["metadata"]["annotations"] = json!({ "a": "b" });
        });
    };
    scene.wants(spec(&["east"], json!({})));
    let stale = scene.next().unwrap();
    annotate(&scene);
    assert_eq!(scene.run(stale).await.verdict, Verdict::Conflict);
    // It could not be held, so nothing was registered.
    assert!(scene.state().await.connectors.is_empty());
    scene.settle().await;

    scene.wants(spec(&["east"], json!({ "displayName": "Other" })));
    let stale = scene.next().unwrap();
    scene
        .api
        .edit(PETSTORE, |object| object["spec"]["displayName"] = "Latest".into());
    assert_eq!(scene.run(stale).await.verdict, Verdict::Conflict);
    assert_eq!(scene.status()["observedGeneration"], 1);
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(scene.status()["observedGeneration"], 3);
    assert_eq!(
        scene.state().await.connectors["east"].0.as_deref(),
        Some("Latest")
    );
}

#[tokio::test]
async fn an_object_that_was_made_anew_finds_its_connector_again() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    let wanted = spec(&["east"], json!({ "sharing": users(&[ANNA]) }));
    scene.wants(wanted.clone());
    scene.settle().await;
    let before = scene.state().await;
    // As a restore would: nothing was told to let go.
    let head = json!({ "apiVersion": "connectors.dev/v1alpha1", "kind": "CustomConnector" });
    scene.api.create(PETSTORE, head);
    scene.api.edit(PETSTORE, |object| object["spec"] = wanted);
    assert_eq!(scene.settle().await, Verdict::Settled);
    let after = scene.state().await;
    assert_eq!(after.grants, before.grants);
    assert_ne!(after.connectors, before.connectors, "the new uid is not noted");
}

#[tokio::test]
async fn a_pass_for_an_object_that_is_gone_writes_to_none_that_took_its_name() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({})));
    let stale = scene.next().unwrap();
    let head = json!({ "apiVersion": "connectors.dev/v1alpha1", "kind": "CustomConnector" });
    scene.api.create(PETSTORE, head);
    assert_eq!(scene.run(stale).await.verdict, Verdict::Conflict);
    assert_eq!(scene.api.get(PETSTORE).unwrap().get("status"), None);
    scene.delete();
    scene.wants(spec(&["east"], json!({})));
    let stale = scene.next().unwrap();
    scene.delete();
    assert_eq!(scene.run(stale).await.verdict, Verdict::Gone);
    assert!(scene.state().await.connectors.is_empty());
}

#[tokio::test]
async fn what_others_changed_is_put_right_or_reported() {
    let cloud = Cloud::open().await;
    for (drift, name, condition) in [
        ("Correct", "Pets", ""),
        ("Report", "Renamed", "True DriftDetected"),
    ] {
        let mut scene = Scene::new(&cloud, &["east"]).await;
        scene.wants(spec(&["east"], json!({ "driftPolicy": drift })));
        scene.settle().await;
        let east = scene.id("east");
        let tags = cloud.connector(&east).await.unwrap().tags;
        cloud.put_connector(&east, "Renamed", json!(tags)).await;
        assert_eq!(scene.settle().await, Verdict::Settled, "{drift}");
        assert_eq!(
            scene.state().await.connectors["east"].0.as_deref(),
            Some(name),
            "{drift}"
        );
        assert_eq!(scene.condition("Drifted"), condition, "{drift}");
        cloud.remove(&east).await;
        assert_eq!(scene.settle().await, Verdict::Settled, "{drift}");
        assert_eq!(scene.state().await.connectors.is_empty(), drift == "Report");
    }
}

#[tokio::test]
async fn a_grant_ends_when_its_time_is_over() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    let mut sharing = users(&[ANNA, CARL]);
    sharing["principals"][0]["expiresAt"] = "2026-11-02T11:00:00Z".into();
    scene.wants(spec(&["east"], json!({ "sharing": sharing })));
    scene.settle().await;
    assert_eq!(scene.status()["sharing"]["summary"], "2/2");
    scene.now = "2026-11-02T11:00:00Z".parse().unwrap();
    assert_eq!(scene.settle().await, Verdict::Settled);
    let state = scene.state().await;
    assert_eq!(
        state.grants.into_iter().collect::<Vec<_>>(),
        [format!("east: Use to {CARL}, ours")]
    );
    assert_eq!(scene.status()["sharing"]["summary"], "1/1");
}

#[tokio::test]
async fn a_pass_that_takes_too_long_says_so_and_the_next_goes_on_from_there() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    let report = scene.pass_struck(2, Fate::Silence).await.unwrap();
    assert_eq!(scene.calls()[2], "PUT east/customApis");
    let late = Verdict::Waiting {
        reason: Reason::TimedOut,
        after: None,
    };
    assert_eq!(report.verdict, late);
    assert_eq!(scene.condition("Registered"), "False TimedOut");
    assert_eq!(scene.condition("Reconciling"), "True TimedOut");
    assert_eq!(scene.settle().await, Verdict::Settled);
}

#[tokio::test]
async fn what_is_not_wanted_any_more_goes_though_a_principal_is_refused() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east", "west"]).await;
    scene.wants(spec(&["east"], json!({})));
    scene.settle().await;
    let mut sharing = users(&[ANNA, BERT]);
    sharing["principals"][0]["role"] = "Admin".into();
    scene.wants(spec(&["west"], json!({ "sharing": sharing })));
    assert_eq!(
        scene.settle().await,
        Verdict::Stalled(Reason::PrincipalNotAllowed)
    );
    let state = scene.state().await;
    assert_eq!(state.connectors.keys().collect::<Vec<_>>(), ["west"]);
    assert_eq!(
        state.grants.into_iter().collect::<Vec<_>>(),
        [format!("west: Use to {BERT}, ours")]
    );
    assert_eq!(scene.status()["registered"], "1/1");
}

#[tokio::test]
async fn a_grant_on_what_was_taken_away_meanwhile_has_the_backend_looked_at_anew() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({})));
    scene.settle().await;
    cloud.remove(&scene.id("east")).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    let report = scene.pass().await;
    let meanwhile = Verdict::Waiting {
        reason: Reason::BackendConflict,
        after: None,
    };
    assert_eq!((report.verdict, report.suspects.len()), (meanwhile, 1));
    assert_eq!(scene.settle().await, Verdict::Settled);
    assert_eq!(scene.state().await.grants.len(), 1);
}
