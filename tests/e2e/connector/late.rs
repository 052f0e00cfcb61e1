//! What a connector refers to may come after it. Client required.

use connector_operator::{
    crd::{BackendKind, ConnectorBackend},
    reconcile::{
        conditions::{Kind, find},
        reason::Reason,
    },
};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};

use super::{
    manifest::{description, inline, merged},
    room::{Room, message, status},
};

fn backend_ref(kind: BackendKind, name: &str) -> Value {
    json!({ "backendRefs": [{ "kind": kind.as_str(), "name": name }] })
}

#[tokio::test]
async fn a_config_map_and_its_key_may_come_later() {
    let room = Room::open("late-map").await;
    let definition = json!({ "configMapKeyRef": { "name": "clock", "key": "openapi.json" } });
    // The interval is none of its business: both are noticed by a watch.
    room.connector("clock", json!({ "interval": "30m", "definition": definition }))
        .await;

    let waiting = room.stopped("clock", Reason::ConfigMapNotFound).await;
    assert!(message(&waiting).contains("clock"), "{}", message(&waiting));
    assert_eq!(
        status(&waiting).observed_generation,
        Some(-1),
        "this generation is not judged"
    );
    room.config_map("clock", "other", "").await;
    let waiting = room.stopped("clock", Reason::KeyNotFound).await;
    assert!(
        message(&waiting).contains("openapi.json"),
        "{}",
        message(&waiting)
    );
    let data = json!({ "data": { "openapi.json": description("Clock") } });
    room.patch::<ConfigMap>("clock", data).await;

    room.ready("clock").await;
}

#[tokio::test]
async fn a_secret_with_the_description_may_come_later() {
    let room = Room::open("late-secret").await;
    let definition = json!({ "secretKeyRef": { "name": "clock", "key": "openapi.json" } });
    room.connector("clock", json!({ "definition": definition })).await;
    room.stopped("clock", Reason::SecretNotFound).await;

    let text = json!({ "openapi.json": description("Clock") });
    room.create::<Secret>(json!({ "metadata": { "name": "clock" }, "stringData": text }))
        .await;
    room.request("clock", "the Secret is there").await;

    let ready = room.ready("clock").await;
    let definition = status(&ready).definition.as_ref().unwrap();
    assert_eq!(
        definition.title, None,
        "nothing of a Secret is quoted: {definition:?}"
    );
}

#[tokio::test]
async fn a_client_secret_may_come_later_and_is_shown_nowhere() {
    const CANARY: &str = "canary-5f2b7c";
    let room = Room::open("late-client").await;
    let authentication = json!({ "oauth2": {
        "identityProvider": "oauth2",
        "clientId": "a-client",
        "clientSecretRef": { "name": "client", "key": "secret" },
        "authorizationUrl": "https://login.example.com/authorize",
        "tokenUrl": "https://login.example.com/token",
        "refreshUrl": "https://login.example.com/token",
    } });
    room.connector(
        "clock",
        merged(inline("Clock"), json!({ "authentication": authentication })),
    )
    .await;
    room.stopped("clock", Reason::SecretNotFound).await;

    let secret = json!({ "metadata": { "name": "client" }, "stringData": { "secret": CANARY } });
    room.create::<Secret>(secret).await;

    let ready = room.ready("clock").await;
    assert!(
        status(&ready).registrations[0].redirect_url.is_some(),
        "{ready:?}"
    );
    let held = room.held(&room.id("clock")).await.unwrap();
    for shown in [serde_json::to_string(&ready).unwrap(), held.to_string()] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
}

#[tokio::test]
async fn a_backend_that_is_named_may_come_later() {
    let room = Room::bare("late-backend").await;
    let named = backend_ref(BackendKind::ConnectorBackend, "later");
    room.connector("clock", merged(inline("Clock"), named)).await;

    let waiting = room.stopped("clock", Reason::BackendNotFound).await;
    assert!(
        message(&waiting).contains("ConnectorBackend later"),
        "{}",
        message(&waiting)
    );
    room.backend("later", json!({})).await;

    room.ready("clock").await;
}

#[tokio::test]
async fn a_default_backend_may_come_later() {
    let room = Room::bare("late-default").await;
    // What others mark as default for the whole cluster meanwhile is not for this namespace.
    room.connector("clock", inline("Clock")).await;
    room.stopped("clock", Reason::NoDefaultBackend).await;

    room.backend("registry", json!({ "default": true })).await;

    room.ready("clock").await;
}

#[tokio::test]
async fn the_secret_of_a_backend_may_come_later() {
    let room = Room::bare("late-token").await;
    let token = room.api::<Secret>().get("registry-token").await.unwrap();
    let reference = json!({ "tokenSecretRef": { "name": "later", "key": "token" } });
    room.backend("registry", json!({ "default": true, "registry": reference }))
        .await;
    room.connector("clock", inline("Clock")).await;

    let waiting = room.stopped("clock", Reason::SecretNotFound).await;
    assert!(
        message(&waiting).contains("ConnectorBackend registry"),
        "{}",
        message(&waiting)
    );
    let reason = async |wanted: Reason| {
        let backend = room.api::<ConnectorBackend>().get("registry").await.unwrap();
        let status = backend.status.unwrap();
        let ready = find(&status.conditions, Kind::Ready);
        if ready.is_some_and(|ready| ready.reason == wanted.as_str()) {
            Ok(())
        } else {
            Err(format!("{status:?}"))
        }
    };
    room.eventually("the backend says what is missing", async || {
        reason(Reason::SecretNotFound).await
    })
    .await;
    let mut later = token.clone();
    later.metadata = serde_json::from_value(json!({
        "name": "later",
        "annotations": token.metadata.annotations,
    }))
    .unwrap();
    room.create::<Secret>(serde_json::to_value(later).unwrap()).await;

    room.ready("clock").await;
}

#[tokio::test]
async fn a_namespace_may_be_admitted_later() {
    let room = Room::bare("late-label").await;
    let name = room.unique("by-label");
    let admits = json!({ "namespaces": { "selector": { "matchLabels": { "late-label": room.namespace } } } });
    room.cluster_backend(&name, admits).await;
    let named = backend_ref(BackendKind::ClusterConnectorBackend, &name);
    room.connector("clock", merged(inline("Clock"), named)).await;
    let refused = room.stopped("clock", Reason::NotAdmitted).await;
    assert!(
        message(&refused).contains(&room.namespace),
        "{}",
        message(&refused)
    );

    let label = async |value: Value| {
        let patch = json!({ "metadata": { "labels": { "late-label": value } } });
        let namespaces = Api::<Namespace>::all(room.client.clone());
        namespaces
            .patch(&room.namespace, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap();
    };
    label(json!(room.namespace)).await;
    room.ready("clock").await;

    label(Value::Null).await;
    room.edit("clock", json!({ "displayName": "Another" })).await;
    room.stopped("clock", Reason::NotAdmitted).await;
    let id = super::manifest::custom_api(&format!("cluster.{name}"), "clock");
    let held = room.held(&id).await.unwrap();
    assert_eq!(
        held["properties"]["displayName"], "Clock",
        "nothing is changed any more"
    );
    room.delete("clock").await;
    assert_eq!(room.held(&id).await, None, "removals still work");
}
