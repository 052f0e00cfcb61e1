//! A client secret reaches the backend, takes effect when it changes, and is in nothing that anybody reads.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    super::{Verdict, reason::Reason},
    cloud::Cloud,
    manifests::{PETSTORE, spec},
    scene::Scene,
};

const LOGIN: &str = "secrets/login";

/// A connector whose users sign in.
fn sign_in() -> Value {
    let settings = json!({
        "clientId": "app", "authorizationUrl": "https://login.example/a", "tokenUrl": "https://login.example/t",
        "clientSecretRef": { "name": "login", "key": "secret" },
    });
    spec(&["east"], json!({ "authentication": { "oauth2": settings } }))
}

fn holding(value: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Secret", "data": { "secret": STANDARD.encode(value) } })
}

#[tokio::test]
async fn a_client_secret_is_sent_and_told_to_nobody() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(sign_in());
    let waiting = Verdict::Waiting {
        reason: Reason::SecretNotFound,
        after: None,
    };
    assert_eq!(scene.settle().await, waiting);
    scene.api.create(LOGIN, holding("canary-1"));
    scene.look().await;
    let report = scene.pass().await;
    assert_eq!(report.verdict, Verdict::Settled);
    assert!(scene.sent().contains("canary-1"), "it was not sent");
    let read = format!(
        "{report:?} {:?} {:?}",
        scene.api.get(PETSTORE),
        scene.state().await
    );
    assert!(!read.contains("canary"), "{read}");

    // The same once more is not sent again; another value under the same name is.
    scene.look_and_pass().await;
    assert!(scene.writes().is_empty());
    scene.api.edit(LOGIN, |object| {
        object["data"] = holding("canary-2")["data"].clone();
    });
    scene.look_and_pass().await;
    assert!(scene.sent().contains("canary-2"), "the new value was not sent");
}

#[tokio::test]
async fn the_redirect_address_is_found_again_where_the_status_was_lost() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.api.create(LOGIN, holding("canary"));
    scene.wants(sign_in());
    scene.settle().await;
    let redirect = scene.status()["registrations"][0]["redirectUrl"].clone();
    assert!(redirect.is_string(), "{}", scene.status());
    scene.api.edit(PETSTORE, |object| {
        object["status"] = json!({ "observedGeneration": -1 });
    });
    scene.settle().await;
    assert_eq!(scene.status()["registrations"][0]["redirectUrl"], redirect);
    scene.look_and_pass().await;
    assert!(
        scene.calls().iter().all(|call| !call.contains("customApis")),
        "{:?}",
        scene.calls()
    );
}
