//! How connectors end: what holds them, what is left behind, and the way out that the status names. Client required.

use connector_operator::crd::{CONNECTOR_FINALIZER, ConnectorBackend, CustomConnector};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{Api, ResourceExt as _, api::DeleteParams};
use serde_json::json;

use crate::{
    harness::poll::eventually,
    site::{ANN, BACKEND, BOB, LIMIT, Site, condition, message, shared_with},
    stage,
};

async fn site(purpose: &str) -> Site {
    Site::new(stage::with_operator().await.control_plane(), purpose).await
}

/// The names of tags that are ours.
fn our_tags(registered: &serde_json::Value) -> Vec<String> {
    let tags = registered["tags"].as_object();
    let names = tags.into_iter().flatten().map(|(name, _)| name.clone());
    names.filter(|name| name.starts_with("connectors.dev.")).collect()
}

#[tokio::test]
async fn a_deleted_connector_takes_its_registration_and_its_grants_along() {
    let site = site("deleted").await;
    site.connector("plain", json!({ "sharing": shared_with(&[ANN, BOB]) }))
        .await;
    assert_eq!(site.users("plain").await, [ANN, BOB]);

    site.delete::<CustomConnector>("plain").await;

    site.gone::<CustomConnector>("plain").await;
    assert_eq!(site.registered().await.len(), 0);
    assert_eq!(site.grants().await, 0);
}

#[tokio::test]
async fn a_connection_holds_the_deletion_and_nothing_is_unshared_before_it_is_gone() {
    let site = site("held").await;
    let further = json!({ "interval": "10s", "sharing": shared_with(&[ANN, BOB]) });
    site.connector("used", further).await;
    site.connect("weather", "used").await;

    site.delete::<CustomConnector>("used").await;

    let held = site.stopped("used", "ConnectionsExist").await;
    assert_eq!(condition(&held, "Stalled").0, "True");
    let told = message(&held, "Ready");
    for part in [
        "1 connection",
        "connections/weather",
        &site.namespace,
        "spec.deletionProtection: false",
        "spec.deletionPolicy: Orphan",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(site.users("used").await, [ANN, BOB]);

    site.disconnect("weather").await;

    site.gone::<CustomConnector>("used").await;
    assert_eq!((site.registered().await.len(), site.grants().await), (0, 0));
}

#[tokio::test]
async fn what_cannot_be_looked_through_for_connections_holds_the_deletion_until_protection_is_off() {
    let site = site("unknown").await;
    site.connector("unsure", json!({ "sharing": shared_with(&[ANN]) }))
        .await;
    site.faults(json!([{
        "method": "GET", "pathContains": "/connections", "action": { "type": "error", "status": 403 }
    }]))
    .await;

    site.delete::<CustomConnector>("unsure").await;

    let held = site.stopped("unsure", "ConnectionsUnknown").await;
    let told = message(&held, "Ready");
    assert!(told.contains("spec.deletionProtection: false"), "{told}");
    assert_eq!(condition(&held, "Stalled").0, "True");
    assert_eq!(site.users("unsure").await, [ANN]);

    let off = json!({ "spec": { "deletionProtection": false } });
    site.patch::<CustomConnector>("unsure", off).await;

    site.gone::<CustomConnector>("unsure").await;
    assert_eq!((site.registered().await.len(), site.grants().await), (0, 0));
}

#[tokio::test]
async fn an_orphan_stays_registered_and_shared_without_our_tags() {
    let site = site("orphan").await;
    let further = json!({ "deletionPolicy": "Orphan", "sharing": shared_with(&[ANN]) });
    site.connector("left", further).await;
    assert!(!our_tags(&site.registered().await["left"]).is_empty());

    site.delete::<CustomConnector>("left").await;

    site.gone::<CustomConnector>("left").await;
    assert_eq!(our_tags(&site.registered().await["left"]), Vec::<String>::new());
    assert_eq!(site.users("left").await, [ANN]);
}

#[tokio::test]
async fn the_policy_can_be_changed_while_the_deletion_is_held() {
    let site = site("flipped").await;
    site.connector("flipped", json!({ "sharing": shared_with(&[ANN]) }))
        .await;
    site.connect("mine", "flipped").await;
    site.delete::<CustomConnector>("flipped").await;
    site.stopped("flipped", "ConnectionsExist").await;

    let orphan = json!({ "spec": { "deletionPolicy": "Orphan" } });
    site.patch::<CustomConnector>("flipped", orphan).await;

    site.gone::<CustomConnector>("flipped").await;
    assert_eq!(
        our_tags(&site.registered().await["flipped"]),
        Vec::<String>::new()
    );
    assert_eq!(site.users("flipped").await, [ANN]);
    site.disconnect("mine").await;
}

#[tokio::test]
async fn an_adopted_connector_is_left_behind_unless_its_deletion_is_asked_for() {
    let site = site("adopted").await;
    for name in ["kept", "removed"] {
        site.register_by_hand(name).await;
        site.connector(name, json!({ "adoption": "IfUnowned" })).await;
    }
    let delete = json!({ "spec": { "deletionPolicy": "Delete" } });
    site.patch::<CustomConnector>("removed", delete).await;

    for name in ["kept", "removed"] {
        site.delete::<CustomConnector>(name).await;
        site.gone::<CustomConnector>(name).await;
    }

    let registered = site.registered().await;
    assert_eq!(registered.keys().collect::<Vec<_>>(), ["kept"]);
    assert_eq!(our_tags(&registered["kept"]), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_never_registered_goes_at_once() {
    let site = site("never").await;
    let nowhere = json!({ "backendRefs": [{ "kind": "ConnectorBackend", "name": "nowhere" }] });
    site.create_connector("nowhere", nowhere.clone()).await;
    // As the admission policy would have made it.
    site.create_connector("finalized", nowhere).await;
    let finalizer = json!({ "metadata": { "finalizers": [CONNECTOR_FINALIZER] } });
    site.patch::<CustomConnector>("finalized", finalizer).await;
    site.create_connector("broken", json!({ "definition": { "inline": "{}" } }))
        .await;
    site.stopped("nowhere", "BackendNotFound").await;
    site.stopped("finalized", "BackendNotFound").await;
    site.stopped("broken", "FormatNotSupported").await;

    for name in ["nowhere", "finalized", "broken"] {
        site.delete::<CustomConnector>(name).await;
        site.gone::<CustomConnector>(name).await;
    }
}

#[tokio::test]
async fn neither_a_bad_spec_nor_a_pause_nor_a_lost_status_keeps_a_registration() {
    let site = site("anyway").await;
    for name in ["bad", "paused", "forgotten"] {
        site.connector(name, json!({ "sharing": shared_with(&[ANN]) }))
            .await;
    }
    let bad = json!({ "spec": { "definition": { "inline": "no description" } } });
    site.patch::<CustomConnector>("bad", bad).await;
    site.stopped("bad", "DefinitionInvalid").await;
    let suspend = json!({ "spec": { "suspend": true } });
    for name in ["paused", "forgotten"] {
        site.patch::<CustomConnector>(name, suspend.clone()).await;
    }
    let wiped = json!({ "status": null });
    let status = kube::api::Patch::Merge(wiped);
    let wiped = site
        .api::<CustomConnector>()
        .patch_status("forgotten", &kube::api::PatchParams::default(), &status)
        .await
        .unwrap();
    assert!(wiped.status.is_none_or(|status| status.registrations.is_empty()));

    for name in ["bad", "paused", "forgotten"] {
        site.delete::<CustomConnector>(name).await;
        site.gone::<CustomConnector>(name).await;
    }

    assert_eq!((site.registered().await.len(), site.grants().await), (0, 0));
}

#[tokio::test]
async fn what_is_gone_at_the_backend_already_holds_nothing() {
    let site = site("vanished").await;
    for name in ["alone", "scope"] {
        site.connector(name, json!({ "sharing": shared_with(&[ANN]) }))
            .await;
    }
    site.unregister_by_hand("alone").await;
    site.delete::<CustomConnector>("alone").await;
    site.gone::<CustomConnector>("alone").await;

    let absent = r#"{"error":{"code":"ResourceGroupNotFound","message":"It could not be found."}}"#;
    site.faults(json!([{
        "pathContains": "/resourcegroups/", "action": { "type": "error", "status": 404, "body": absent }
    }]))
    .await;
    site.delete::<CustomConnector>("scope").await;
    site.gone::<CustomConnector>("scope").await;
}

#[tokio::test]
async fn a_secret_that_went_first_does_not_keep_the_registration() {
    let site = site("secret").await;
    site.connector("late", json!({ "interval": "10s" })).await;
    site.delete::<Secret>("registry").await;

    site.delete::<CustomConnector>("late").await;

    site.gone::<CustomConnector>("late").await;
    assert_eq!(site.registered().await.len(), 0);
}

#[tokio::test]
async fn a_refused_credential_holds_the_deletion_and_orphan_lets_go() {
    let site = site("refused").await;
    site.connector("refused", json!({})).await;
    site.faults(json!([{ "action": { "type": "error", "status": 401 } }]))
        .await;

    site.delete::<CustomConnector>("refused").await;

    let held = site.stopped("refused", "Unauthorized").await;
    let told = message(&held, "Ready");
    assert!(told.contains("spec.deletionPolicy: Orphan"), "{told}");
    assert_eq!(condition(&held, "Stalled").0, "True");

    let orphan = json!({ "spec": { "deletionPolicy": "Orphan" } });
    site.patch::<CustomConnector>("refused", orphan).await;
    site.gone::<CustomConnector>("refused").await;
}

#[tokio::test]
async fn a_backend_that_was_forced_out_holds_the_deletion_and_orphan_lets_go() {
    let site = site("forced").await;
    site.connector("stranded", json!({ "sharing": shared_with(&[ANN]) }))
        .await;
    site.delete::<ConnectorBackend>(BACKEND).await;
    let none = json!({ "metadata": { "finalizers": null } });
    site.patch::<ConnectorBackend>(BACKEND, none).await;
    site.gone::<ConnectorBackend>(BACKEND).await;

    site.delete::<CustomConnector>("stranded").await;

    let held = site.stopped("stranded", "BackendGone").await;
    let told = message(&held, "Ready");
    assert!(told.contains("spec.deletionPolicy: Orphan"), "{told}");
    assert_eq!(condition(&held, "Stalled").0, "True");

    let orphan = json!({ "spec": { "deletionPolicy": "Orphan" } });
    site.patch::<CustomConnector>("stranded", orphan).await;

    site.gone::<CustomConnector>("stranded").await;
    assert_eq!(site.users("stranded").await, [ANN]);
}

#[tokio::test]
async fn a_backend_made_anew_lets_those_go_that_waited_for_it() {
    let site = site("anew").await;
    site.connector("patient", json!({})).await;
    site.delete::<ConnectorBackend>(BACKEND).await;
    let none = json!({ "metadata": { "finalizers": null } });
    site.patch::<ConnectorBackend>(BACKEND, none).await;
    site.gone::<ConnectorBackend>(BACKEND).await;
    site.delete::<CustomConnector>("patient").await;
    site.stopped("patient", "BackendGone").await;

    site.create_backend(json!({})).await;

    site.gone::<CustomConnector>("patient").await;
    assert_eq!(site.registered().await.len(), 0);
}

#[tokio::test]
async fn a_backend_that_is_deleted_first_waits_for_its_connectors() {
    let site = site("first").await;
    site.connector("last", json!({ "sharing": shared_with(&[ANN]) }))
        .await;

    site.delete::<ConnectorBackend>(BACKEND).await;

    // It is heard of on another watch than connectors are, so some may come just in time.
    let mut made = 0;
    eventually("one comes too late", LIMIT, async || {
        let name = format!("late-{made}");
        made += 1;
        site.create_connector(&name, json!({})).await;
        let judged = site.judged(&name).await;
        let (_, reason, _) = condition(&judged, "Ready");
        if reason == "BackendDeleting" {
            Ok(())
        } else {
            Err(reason)
        }
    })
    .await;
    let backend = site
        .api::<ConnectorBackend>()
        .get(BACKEND)
        .await
        .expect("it waits");
    assert!(backend.metadata.deletion_timestamp.is_some());
    for connector in site.connectors().await {
        site.delete::<CustomConnector>(&connector.name_any()).await;
    }
    site.gone::<ConnectorBackend>(BACKEND).await;
    assert_eq!((site.registered().await.len(), site.grants().await), (0, 0));
}

#[tokio::test]
async fn a_namespace_that_goes_with_all_that_is_in_it_leaves_nothing_registered() {
    let site = site("namespace").await;
    for index in 0..5 {
        site.create_connector(
            &format!("c{index}"),
            json!({ "sharing": shared_with(&[ANN, BOB]) }),
        )
        .await;
    }
    for index in 0..5 {
        site.ready(&format!("c{index}")).await;
    }

    let namespaces = Api::<Namespace>::all(site.client.clone());
    namespaces
        .delete(&site.namespace, &DeleteParams::default())
        .await
        .unwrap();

    eventually("the namespace is gone", LIMIT, async || {
        match namespaces.get_opt(&site.namespace).await {
            Ok(None) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    assert_eq!((site.registered().await.len(), site.grants().await), (0, 0));
}
