//! `use`: on the backends that a connector names.

use serde_json::json;

use super::{
    Attempt::{Change, Create},
    judged,
    scene::{Scene, may, on},
};

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "most of it is a table")]
async fn whoever_names_a_backend_needs_use_on_it() {
    let scene = Scene::new("use").await;
    let one = scene
        .person("one", &[may("use", "connectorbackends", &["main"])])
        .await;
    let of_cluster = [may("use", "clusterconnectorbackends", &["main"])];
    let of_cluster = scene.person("of-cluster", &of_cluster).await;
    let (editor, user) = (&scene.editor, &scene.user);
    let cluster = json!({ "backendRefs": [{ "kind": "ClusterConnectorBackend", "name": "main" }] });
    let open = json!({ "backendRefs": null });
    scene.store("on-main", &json!({})).await;
    scene
        .store("on-two", &json!({ "backendRefs": on(&["main", "other"]) }))
        .await;
    scene.store("open", &open).await;

    let refs = |names: &[&str]| json!({ "backendRefs": on(names) });
    let main = Some("may not use the ConnectorBackend main");
    let other = Some("may not use the ConnectorBackend other");
    let left = Some("may not leave the choice of the backend open");
    judged(&[
        ("no right", editor, Create(json!({})), main),
        (
            "no right, of the cluster",
            editor,
            Create(cluster.clone()),
            Some("ClusterConnectorBackend main"),
        ),
        ("no right, open", editor, Create(open.clone()), left),
        ("named", &one, Create(json!({})), None),
        ("one of two", &one, Create(refs(&["main", "other"])), other),
        (
            "the other kind of that name",
            &one,
            Create(cluster.clone()),
            Some("ClusterConnectorBackend main"),
        ),
        (
            "open, with one of the namespace",
            &one,
            Create(open.clone()),
            left,
        ),
        ("of the cluster", &of_cluster, Create(cluster.clone()), None),
        (
            "open, with a named one of the cluster",
            &of_cluster,
            Create(open.clone()),
            left,
        ),
        (
            "all",
            user,
            Create(refs(&["a", "b", "c", "d", "e", "f", "g", "h"])),
            None,
        ),
        ("all, open", user, Create(open.clone()), None),
        // What is there already was its author's right.
        (
            "something else",
            editor,
            Change("on-main", json!({ "displayName": "Other" })),
            None,
        ),
        (
            "one is added",
            &one,
            Change("on-main", refs(&["main", "other"])),
            other,
        ),
        (
            "one is exchanged",
            &one,
            Change("on-main", refs(&["other"])),
            other,
        ),
        (
            "one is taken off",
            editor,
            Change("on-two", refs(&["other"])),
            None,
        ),
        (
            "the order",
            editor,
            Change("on-two", refs(&["other", "main"])),
            None,
        ),
        ("all are taken off", &one, Change("on-main", open.clone()), left),
        (
            "it stays open",
            editor,
            Change("open", json!({ "displayName": "Open" })),
            None,
        ),
        ("no longer open", editor, Change("open", refs(&["main"])), main),
        (
            "no longer open, with the right",
            &one,
            Change("open", refs(&["main"])),
            None,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_refusal_tells_the_rule_that_would_give_the_right() {
    let scene = Scene::new("told").await;
    let refused = scene
        .editor
        .would_create(&Scene::connector("tried", &json!({})))
        .await
        .unwrap_err();

    let (who, namespace) = (&scene.editor.name, &scene.namespace);
    let expected = format!(
        "{who} may not use the ConnectorBackend main: have a Role in the namespace {namespace} hold the rule \
         {{apiGroups: [connectors.dev], resources: [connectorbackends], resourceNames: [main], verbs: [use]}}"
    );
    assert!(refused.ends_with(&expected), "{refused}");
}
