//! `get`: on the Secrets that a connector or a backend has the operator read.

use connector_operator::crd::{ClusterConnectorBackend, ConnectorBackend};
use serde_json::{Value, json};

use super::{
    Attempt::{Change, Create},
    judged,
    scene::{Scene, may, reads},
};
use crate::harness::poll::eventually;

fn key() -> Value {
    json!({ "name": "keys", "key": "key" })
}

fn by_url(url: &str) -> Value {
    json!({ "definition": { "url": { "url": url, "headersSecretRef": { "name": "keys" } }, "inline": null } })
}

fn oauth2(token_url: &str) -> Value {
    let settings = json!({ "clientId": "a", "clientSecretRef": key(), "tokenUrl": token_url });
    json!({ "authentication": { "oauth2": settings } })
}

fn parameter(identity_provider: &str) -> Value {
    let settings =
        json!({ "identityProvider": identity_provider, "clientId": "a", "clientSecretRef": key() });
    let token = json!({ "type": "oauthSetting", "oAuthSettings": settings });
    json!({ "connectionParameters": { "token": token, "site": { "type": "string" } } })
}

fn entra_id(resource: &str) -> Value {
    let settings = json!({ "clientId": "a", "clientSecretRef": key(), "resourceUri": resource });
    json!({ "authentication": { "entraId": settings } })
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "most of it is a table")]
async fn whoever_has_a_secret_read_may_read_it() {
    let scene = Scene::new("secrets").await;
    let uses = may("use", "connectorbackends", &[]);
    let reader = scene.person("reader", &[uses.clone(), reads(&["keys"])]).await;
    let another = scene.person("another", &[uses, reads(&["other"])]).await;
    let refused = Some("may not have the Secret keys read");
    let definition = json!({ "definition": { "secretKeyRef": key() } });
    let all = [
        ("description", definition.clone()),
        ("headers", by_url("https://example.com/a")),
        ("oauth2", oauth2("https://example.com/a")),
        ("entraId", entra_id("https://example.com/a")),
        ("parameter", parameter("a")),
    ];
    for (what, spec) in all {
        let rows = [
            (what, &scene.user, Create(spec.clone()), refused),
            (what, &another, Create(spec.clone()), refused),
            (what, &reader, Create(spec.clone()), None),
        ];
        judged(&rows).await;
    }

    scene.store("described", &definition).await;
    scene.store("fetched", &by_url("https://example.com/a")).await;
    scene.store("signed", &oauth2("https://example.com/a")).await;
    let unaddressed =
        json!({ "authentication": { "oauth2": { "clientId": "a", "clientSecretRef": key() } } });
    scene.store("unaddressed", &unaddressed).await;
    scene.store("asking", &parameter("a")).await;
    let other_key = json!({ "definition": { "secretKeyRef": { "name": "keys", "key": "other" } } });
    let described = || json!({ "definition": { "inline": "swagger: '2.0' # another" } });
    let less = json!({ "connectionParameters": { "site": null } });
    let author = &scene.user;
    judged(&[
        (
            "something else",
            author,
            Change("described", json!({ "displayName": "Other" })),
            None,
        ),
        (
            "another key of it",
            author,
            Change("described", other_key),
            refused,
        ),
        (
            "something else",
            author,
            Change("fetched", json!({ "displayName": "Other" })),
            None,
        ),
        (
            "sent elsewhere",
            author,
            Change("fetched", by_url("https://example.com/b")),
            refused,
        ),
        (
            "sent elsewhere, by a reader",
            &reader,
            Change("fetched", by_url("https://example.com/b")),
            None,
        ),
        (
            "something else",
            author,
            Change("signed", json!({ "displayName": "Other" })),
            None,
        ),
        (
            "given elsewhere",
            author,
            Change("signed", oauth2("https://example.com/b")),
            refused,
        ),
        (
            "given elsewhere, by a reader",
            &reader,
            Change("signed", oauth2("https://example.com/b")),
            None,
        ),
        (
            "no longer named",
            author,
            Change("signed", json!({ "authentication": null })),
            None,
        ),
        (
            "another description, and an address of its own",
            author,
            Change("signed", described()),
            None,
        ),
        (
            "another description",
            author,
            Change("unaddressed", described()),
            refused,
        ),
        (
            "another description, by a reader",
            &reader,
            Change("unaddressed", described()),
            None,
        ),
        ("another parameter", author, Change("asking", less), None),
        (
            "given elsewhere",
            author,
            Change("asking", parameter("b")),
            refused,
        ),
    ])
    .await;
}

#[tokio::test]
async fn whoever_has_a_backend_signed_in_may_read_its_token() {
    let scene = Scene::new("tokens").await;
    let reader = scene.person("reader", &[reads(&["keys"])]).await;
    let backend = |url: Option<&str>| {
        let spec = match url {
            Some(url) => json!({ "registry": { "url": url, "tokenSecretRef": key() } }),
            None => json!({ "registry": {} }),
        };
        Scene::object::<ConnectorBackend>("tried", &spec)
    };
    let remote = backend(Some("https://example.com"));

    let refused = scene.editor.would_create(&remote).await.unwrap_err();
    assert!(refused.contains("may not have the Secret keys read"), "{refused}");
    assert_eq!(
        scene.editor.would_create(&backend(None)).await,
        Ok(()),
        "it names none"
    );
    assert_eq!(reader.would_create(&remote).await, Ok(()));
}

#[tokio::test]
async fn a_cluster_backend_takes_no_token_out_of_a_namespace_that_its_author_may_not_read() {
    let scene = Scene::new("wide-tokens").await;
    let name = format!("backends.{}", scene.namespace);
    let group = "rbac.authorization.k8s.io";
    let metadata = json!({ "name": name });
    let rules = json!([{
        "apiGroups": ["connectors.dev"], "resources": ["clusterconnectorbackends"], "verbs": ["create"],
    }]);
    let role = json!({
        "apiVersion": format!("{group}/v1"), "kind": "ClusterRole", "metadata": metadata, "rules": rules,
    });
    let binding = json!({
        "apiVersion": format!("{group}/v1"), "kind": "ClusterRoleBinding", "metadata": metadata,
        "roleRef": { "apiGroup": group, "kind": "ClusterRole", "name": name },
        "subjects": [{ "apiGroup": group, "kind": "User", "name": scene.editor.name }],
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{role}\n{binding}")).unwrap();
    let path = file.path().to_string_lossy();
    crate::shared::kubectl(
        scene.control_plane,
        &["apply", "--server-side", "--filename", &path],
    );
    let token = json!({ "namespace": scene.namespace, "name": "keys", "key": "key" });
    let spec = json!({ "registry": { "url": "https://example.com", "tokenSecretRef": token } });
    let backend = Scene::object::<ClusterConnectorBackend>("tried", &spec);

    eventually("the policy refuses", crate::site::LIMIT, async || {
        match scene.editor.would_create(&backend).await {
            Err(message) if message.contains("may not have the Secret keys read") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    scene
        .control_plane
        .kubectl()
        .args(["delete", "clusterrole,clusterrolebinding", &name])
        .output()
        .unwrap();
}
