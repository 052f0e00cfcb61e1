//! What is lost on the way, and how users get out of it: a registry's data, a backend that stays away, a status. Client
//! required.

use std::time::{Duration, Instant};

use connector_operator::crd::{ConnectorBackend, CustomConnector, REQUESTED_AT};
use kube::{
    ResourceExt as _,
    api::{Patch, PatchParams},
};
use serde_json::json;

use crate::{
    harness::poll::eventually,
    site::{ANN, BACKEND, LIMIT, Site, backend_ready, condition, message, shared_with},
    stage,
};

const ORPHAN: &str = "spec.deletionPolicy: Orphan";

async fn site(purpose: &str) -> Site {
    Site::new(stage::with_operator().await.control_plane(), purpose).await
}

/// A connector that is registered, at a registry that is replaced by an empty one afterwards.
async fn replaced(purpose: &str) -> (Site, CustomConnector) {
    let mut site = site(purpose).await;
    let connector = site.connector("kept", json!({ "interval": "10s" })).await;
    site.lose_registry().await;
    site.backend("RegistryReplaced").await;
    (site, connector)
}

#[tokio::test]
async fn an_empty_registry_in_the_place_of_another_gets_nothing_before_it_is_accepted() {
    let (site, before) = replaced("replaced").await;
    let request = json!({ "metadata": { "annotations": { REQUESTED_AT: "now" } } });
    site.patch::<CustomConnector>("kept", request).await;
    site.create_connector("new", json!({ "interval": "10s" })).await;
    site.stopped("new", "RegistryReplaced").await;
    assert_eq!(site.registered().await.len(), 0);
    let now = site.api::<CustomConnector>().get("kept").await.unwrap();
    assert_eq!(now.uid(), before.uid());
    assert_eq!(site.registered().await.len(), 0);

    let accepted = Patch::Merge(json!({ "status": { "registryInstance": null } }));
    site.api::<ConnectorBackend>()
        .patch_status(BACKEND, &PatchParams::default(), &accepted)
        .await
        .unwrap();

    site.backend("Ready").await;
    eventually("both are registered anew", LIMIT, async || {
        let registered = site.registered().await;
        let names: Vec<&String> = registered.keys().collect();
        if names == ["kept", "new"] {
            Ok(())
        } else {
            Err(format!("{names:?}"))
        }
    })
    .await;
}

#[tokio::test]
async fn a_backend_whose_registry_was_replaced_can_be_let_go() {
    let (site, _) = replaced("let-go").await;

    site.delete::<ConnectorBackend>(BACKEND).await;

    eventually("the backend says what holds it", LIMIT, async || {
        let backend = site.api::<ConnectorBackend>().get(BACKEND).await.unwrap();
        let told = backend_ready(&backend)
            .map(|ready| ready.message.clone())
            .unwrap_or_default();
        if told.contains("spec.backendRefs") && told.contains(ORPHAN) {
            Ok(())
        } else {
            Err(told)
        }
    })
    .await;
    site.delete::<CustomConnector>("kept").await;
    let held = site.stopped("kept", "RegistryReplaced").await;
    assert!(
        message(&held, "Ready").contains(ORPHAN),
        "{}",
        message(&held, "Ready")
    );

    let orphan = json!({ "spec": { "deletionPolicy": "Orphan" } });
    site.patch::<CustomConnector>("kept", orphan).await;

    site.gone::<CustomConnector>("kept").await;
    site.gone::<ConnectorBackend>(BACKEND).await;
}

#[tokio::test]
async fn an_orphan_waits_for_a_backend_that_is_down_and_says_for_how_long() {
    let site = site("down").await;
    let further = json!({ "deletionPolicy": "Orphan", "sharing": shared_with(&[ANN]) });
    site.connector("left", further).await;
    site.faults(json!([{ "action": { "type": "error", "status": 500 } }]))
        .await;

    site.delete::<CustomConnector>("left").await;

    let held = site.stopped("left", "BackendUnavailable").await;
    let told = message(&held, "Ready");
    assert!(told.contains("After 10 minutes"), "{told}");
    assert_eq!(condition(&held, "Reconciling").0, "True");

    site.faults(json!([])).await;

    site.gone::<CustomConnector>("left").await;
    assert_eq!(site.users("left").await, [ANN]);
    let tags = site.registered().await["left"]["tags"].to_string();
    assert!(!tags.contains("connectors.dev."), "{tags}");
}

#[tokio::test]
async fn a_deletion_whose_backend_is_down_names_the_way_out() {
    let site = site("down-delete").await;
    site.connector("stuck", json!({})).await;
    site.faults(json!([{ "action": { "type": "error", "status": 500 } }]))
        .await;
    site.delete::<CustomConnector>("stuck").await;
    let held = site.stopped("stuck", "BackendUnavailable").await;
    assert!(
        message(&held, "Ready").contains(ORPHAN),
        "{}",
        message(&held, "Ready")
    );
    site.faults(json!([])).await;
    site.gone::<CustomConnector>("stuck").await;
    assert_eq!(site.registered().await.len(), 0);
}

#[tokio::test]
async fn without_its_status_and_its_backend_a_connector_waits_until_either_way_out_is_taken() {
    let site = site("forgotten").await;
    for name in ["removed", "left"] {
        site.connector(name, json!({})).await;
        let suspend = json!({ "spec": { "suspend": true } });
        site.patch::<CustomConnector>(name, suspend).await;
        let wiped = Patch::Merge(json!({ "status": null }));
        site.api::<CustomConnector>()
            .patch_status(name, &PatchParams::default(), &wiped)
            .await
            .unwrap();
    }
    let made = Instant::now();
    site.delete::<ConnectorBackend>(BACKEND).await;
    let none = json!({ "metadata": { "finalizers": null } });
    site.patch::<ConnectorBackend>(BACKEND, none).await;
    site.gone::<ConnectorBackend>(BACKEND).await;
    // Younger ones may well be deleted before a pass told of them.
    eventually("both have been there for a while", LIMIT, async || {
        let age = made.elapsed();
        if age > Duration::from_secs(32) {
            Ok(())
        } else {
            Err(format!("{age:?}"))
        }
    })
    .await;

    for name in ["removed", "left"] {
        site.delete::<CustomConnector>(name).await;
        let held = site.stopped(name, "BackendGone").await;
        assert!(
            message(&held, "Ready").contains(ORPHAN),
            "{}",
            message(&held, "Ready")
        );
        assert_eq!(condition(&held, "Stalled").0, "True");
    }

    let orphan = json!({ "spec": { "deletionPolicy": "Orphan" } });
    site.patch::<CustomConnector>("left", orphan).await;
    site.gone::<CustomConnector>("left").await;
    site.create_backend(json!({})).await;
    site.gone::<CustomConnector>("removed").await;
    let registered = site.registered().await;
    assert_eq!(registered.keys().collect::<Vec<_>>(), ["left"]);
}
