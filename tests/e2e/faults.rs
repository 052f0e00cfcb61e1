//! Backends that fail: what is said of it, who is left alone, and that all goes on by itself. Client required.

use std::time::{Duration, Instant};

use connector_operator::crd::{ConnectorBackend, CustomConnector};
use futures::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt as _;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    harness::poll::eventually,
    site::{BACKEND, LIMIT, Site, condition},
    stage,
};

async fn site(purpose: &str) -> Site {
    Site::new(stage::with_operator().await.control_plane(), purpose).await
}

/// A done connector stays as it is while the backend fails; a new one says why it waits, and both go on after it.
async fn fails_and_recovers(purpose: &str, fault: Value, reason: &str, told: &str) {
    let site = site(purpose).await;
    let done = site.connector("done", json!({ "interval": "10s" })).await;
    site.faults(json!([{ "action": fault }])).await;

    site.create_connector("new", json!({ "interval": "10s" })).await;

    let new = site.stopped("new", reason).await;
    assert_eq!(condition(&new, told).0, "True", "{new:?}");
    site.backend(reason).await;
    let meanwhile = site.api::<CustomConnector>().get("done").await.unwrap();
    assert_eq!(meanwhile.resource_version(), done.resource_version());

    site.faults(json!([])).await;

    site.ready("new").await;
    site.backend("Ready").await;
    let after = site.api::<CustomConnector>().get("done").await.unwrap();
    assert_eq!(after.resource_version(), done.resource_version());
    assert_eq!(site.registered().await.len(), 2);
}

#[tokio::test]
async fn a_backend_that_answers_500_is_waited_for() {
    let fault = json!({ "type": "error", "status": 500 });
    fails_and_recovers("failing", fault, "BackendUnavailable", "Reconciling").await;
}

#[tokio::test]
async fn a_backend_that_answers_garbage_is_waited_for() {
    fails_and_recovers(
        "garbage",
        json!({ "type": "garbage" }),
        "BackendUnavailable",
        "Reconciling",
    )
    .await;
}

#[tokio::test]
async fn a_backend_that_refuses_the_credential_stalls_what_is_new() {
    let fault = json!({ "type": "error", "status": 401 });
    fails_and_recovers("locked", fault, "Unauthorized", "Stalled").await;
}

#[tokio::test]
async fn a_backend_that_answers_nothing_at_all_is_waited_for() {
    fails_and_recovers("mute", json!({ "type": "hang" }), "TimedOut", "Reconciling").await;
}

#[tokio::test]
async fn answers_that_are_lost_after_the_effect_make_no_second_registration() {
    let site = site("lost").await;
    site.faults(json!([{
        "method": "PUT", "pathContains": "/customapis/", "count": 3,
        "action": { "type": "error", "status": 500, "afterEffect": true }
    }]))
    .await;

    let connector = site.connector("once", json!({})).await;

    let registered = site.registered().await;
    assert_eq!(registered.len(), 1);
    assert_eq!(
        registered["once"]["tags"]["connectors.dev.uid"].as_str(),
        connector.metadata.uid.as_deref()
    );
}

#[tokio::test]
async fn a_backend_that_asks_for_a_pause_is_asked_nothing_before_it_is_over() {
    const PAUSE: Duration = Duration::from_secs(4);
    let site = site("throttled").await;
    site.connector("before", json!({})).await;
    site.faults(json!([{
        "method": "PUT", "pathContains": "/customapis/", "count": 1,
        "action": { "type": "error", "status": 429, "retryAfter": PAUSE.as_secs() }
    }]))
    .await;
    site.reset_counters().await;

    let began = Instant::now();
    site.create_connector("refused", json!({})).await;
    let refused = site.stopped("refused", "Throttled").await;
    assert_eq!(condition(&refused, "Reconciling").0, "True");
    site.create_connector("behind", json!({})).await;
    site.ready("refused").await;
    site.ready("behind").await;

    assert!(began.elapsed() >= PAUSE, "{:?}", began.elapsed());
    assert_eq!(
        site.counters().await["customApis.put"],
        3,
        "one was refused, and each of the two came once after it"
    );
}

#[tokio::test]
async fn a_wrong_token_is_told_by_the_backend_and_a_right_one_is_enough() {
    let site = site("token").await;
    let right = site.registry().token().expose_secret().to_owned();
    let token = |token: &str| json!({ "stringData": { "token": token } });
    site.patch::<Secret>("registry", token("wrong")).await;
    site.create_connector("waiting", json!({ "interval": "10s" }))
        .await;
    // The backend may have been looked at with the right one a moment ago.
    let touched = json!({ "spec": { "tags": { "touched": "yes" } } });
    site.patch::<ConnectorBackend>(BACKEND, touched).await;
    site.backend("Unauthorized").await;
    site.create_connector("new", json!({ "interval": "10s" })).await;
    site.stopped("new", "Unauthorized").await;

    site.patch::<Secret>("registry", token(&right)).await;

    site.backend("Ready").await;
    site.ready("new").await;
    site.ready("waiting").await;
}

#[tokio::test]
async fn a_backend_that_hangs_delays_only_its_own_connectors() {
    const HUNG: usize = 200;
    let (hung, healthy) = (site("hung").await, site("healthy").await);
    hung.faults(json!([{
        "method": "PUT", "pathContains": "/customapis/", "action": { "type": "hang" }
    }]))
    .await;
    stream::iter(0..HUNG)
        .for_each_concurrent(16, async |index| {
            hung.create_connector(&format!("hung-{index}"), json!({})).await;
        })
        .await;
    eventually("all that can hang does", LIMIT, async || {
        match hung.counters().await.get("customApis.put") {
            Some(asked) if *asked >= 32 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;

    let mut longest = Duration::ZERO;
    for index in 0..10 {
        let began = Instant::now();
        healthy.connector(&format!("quick-{index}"), json!({})).await;
        longest = longest.max(began.elapsed());
    }

    println!("the slowest of ten beside {HUNG} that hang took {longest:?}");
    assert!(longest < Duration::from_secs(10), "{longest:?}");
    hung.faults(json!([])).await;
    assert_eq!(hung.converged(LIMIT * 3).await.len(), HUNG);
    assert_eq!(hung.registered().await.len(), HUNG);
}
