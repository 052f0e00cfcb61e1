//! The operator as somebody's deputy: its network and its rights are not lent to those who write connectors. Client
//! required.

use connector_operator::crd::{ALLOWED_HOSTS, ConnectorBackend, CustomConnector};
use k8s_openapi::api::core::v1::Secret;
use serde_json::json;

use crate::{
    harness::poll::eventually,
    site::{LIMIT, Site, backend_ready, message},
    stage,
};

/// Ways to write addresses that only the operator can reach; names and redirects are tried with a resolver of their own.
const INSIDE: [&str; 9] = [
    "https://10.0.0.1",
    "https://169.254.169.254",
    "https://192.168.1.1:8443",
    "https://[fd00::1]",
    "https://[fe80::1]",
    "https://[::ffff:10.0.0.1]",
    "https://[64:ff9b::a00:1]",
    "https://167772161",
    "https://0x0a.1",
];

#[tokio::test]
async fn no_url_of_a_user_leads_into_the_operators_network() {
    let control_plane = stage::with_operator().await.control_plane();
    let site = Site::new(control_plane, "inside").await;
    let names = |index: usize| format!("inside-{index}");
    let hosts = "10.0.0.1 169.254.169.254 192.168.1.1 [fd00::1] [fe80::1] [::ffff:10.0.0.1] [64:ff9b::a00:1]";
    let secret = json!({ "metadata": { "name": "sent", "annotations": { ALLOWED_HOSTS: hosts } },
        "stringData": { "token": "0123456789" } });
    site.create::<Secret>(secret).await;
    for (index, url) in INSIDE.into_iter().enumerate() {
        let definition = json!({ "definition": { "url": { "url": format!("{url}/openapi.json") } } });
        site.create_connector(&names(index), definition).await;
        let registry = json!({ "url": url, "tokenSecretRef": { "name": "sent", "key": "token" } });
        let backend = json!({ "metadata": { "name": names(index) }, "spec": { "registry": registry } });
        site.create::<ConnectorBackend>(backend).await;
        let icon = json!({ "icon": { "url": format!("{url}/icon.png") } });
        site.create_connector(&format!("icon-{index}"), icon).await;
    }
    for (index, url) in INSIDE.into_iter().enumerate() {
        for name in [names(index), format!("icon-{index}")] {
            let refused = site.stopped(&name, "AddressNotAllowed").await;
            assert!(!message(&refused, "Ready").is_empty(), "{url}");
        }
        let api = site.api::<ConnectorBackend>();
        eventually(&format!("the backend at {url} is refused"), LIMIT, async || {
            let found = api.get(&names(index)).await.map_err(|error| error.to_string())?;
            match backend_ready(&found) {
                Some(ready) if ready.reason == "AddressNotAllowed" => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }
}

#[tokio::test]
async fn what_another_namespace_has_is_not_there_for_a_connector() {
    let control_plane = stage::with_operator().await.control_plane();
    let theirs = Site::new(control_plane, "theirs").await;
    theirs.create_config_map("described").await;
    let ours = Site::new(control_plane, "ours").await;
    theirs
        .create::<Secret>(json!({ "metadata": { "name": "login" }, "stringData": { "key": "theirs" } }))
        .await;
    theirs
        .create::<ConnectorBackend>(json!({ "metadata": { "name": "theirs" }, "spec": { "registry": {} } }))
        .await;
    let key = json!({ "name": "login", "key": "key" });
    let signed = json!({ "clientId": "app", "clientSecretRef": key, "resourceUri": "https://example.com" });
    let described = json!({ "name": "described", "key": "openapi.json" });
    let backend = json!([{ "kind": "ConnectorBackend", "name": "theirs" }]);
    for (name, spec, reason) in [
        (
            "secret",
            json!({ "definition": { "secretKeyRef": key } }),
            "SecretNotFound",
        ),
        (
            "headers",
            json!({ "definition": { "url": {
            "url": "http://127.0.0.1:9/", "headersSecretRef": { "name": "login" },
        } } }),
            "SecretNotFound",
        ),
        (
            "signed",
            json!({ "authentication": { "entraId": signed } }),
            "SecretNotFound",
        ),
        (
            "described",
            json!({ "definition": { "configMapKeyRef": described } }),
            "ConfigMapNotFound",
        ),
        (
            "pictured",
            json!({ "icon": { "configMapKeyRef": described } }),
            "ConfigMapNotFound",
        ),
        ("backend", json!({ "backendRefs": backend }), "BackendNotFound"),
    ] {
        ours.create_connector(name, spec).await;
        let stopped = ours.stopped(name, reason).await;
        let told = message(&stopped, "Ready");
        assert!(!told.contains(&theirs.namespace), "{name}: {told}");
    }
    // Nor by a name that would lead out of a path.
    for out in [
        "../theirs/secrets/login",
        &format!("../../{}/configmaps/described", theirs.namespace),
    ] {
        let reference = json!({ "configMapKeyRef": { "name": out, "key": "openapi.json" } });
        ours.create_connector("out", json!({ "definition": reference }))
            .await;
        let judged = ours.judged("out").await;
        assert!(judged.status.unwrap().registrations.is_empty(), "{out}");
        ours.delete::<CustomConnector>("out").await;
        ours.gone::<CustomConnector>("out").await;
    }
}
