//! Who the author is: whoever wrote the spec, and under GitOps whom the tool speaks for.

use connector_operator::crd::CONNECTOR_FINALIZER;
use serde_json::{Value, json};

use super::scene::{Person, Scene, bind, may};
use crate::{
    harness::{
        control_plane::{client_as, client_of},
        poll::eventually,
    },
    shared::kubectl,
    site::{ANN, LIMIT},
};

#[tokio::test]
async fn what_leaves_the_spec_as_it_is_asks_nothing_of_anybody() {
    let scene = Scene::new("unasked").await;
    let principals = json!([{ "kind": "User", "id": ANN, "role": "Use" }]);
    let spec = json!({ "sharing": { "principals": principals } });
    scene.store("shared", &spec).await;
    let editor = &scene.editor;
    for change in [
        json!({ "metadata": { "finalizers": [CONNECTOR_FINALIZER] } }),
        json!({ "metadata": { "annotations": { "connectors.dev/requested-at": "now" } } }),
        json!({ "metadata": { "labels": { "team": "parcels" } } }),
        json!({ "spec": spec }),
        json!({ "spec": { "suspend": false, "interval": "1h" } }),
    ] {
        assert_eq!(editor.would_patch("shared", &change).await, Ok(()), "{change}");
    }
    let shared = json!({ "spec": { "backendRefs": null } });
    assert!(
        editor.would_patch("shared", &shared).await.is_err(),
        "the policies are at work"
    );
    editor.delete("shared").await;
}

#[tokio::test]
async fn what_is_null_is_absent() {
    let scene = Scene::new("null").await;
    let nothing = json!({
        "sharing": null,
        "authentication": null,
        "connectionParameters": { "site": { "type": "string", "oAuthSettings": null } },
    });
    let never = json!([{ "kind": "User", "id": ANN, "role": "Use", "expiresAt": null }]);
    scene.store("nothing", &nothing).await;
    scene
        .store("shared", &json!({ "sharing": { "principals": never } }))
        .await;
    let author = &scene.user;
    assert_eq!(
        author.would_create(&Scene::connector("tried", &nothing)).await,
        Ok(())
    );
    let no_secret = json!({ "authentication": { "oauth2": { "clientId": "a", "clientSecretRef": null } } });
    assert_eq!(author.would_change("nothing", &no_secret).await, Ok(()));
    let until = json!([{ "kind": "User", "id": ANN, "role": "Use", "expiresAt": "2030-06-01T00:00:00Z" }]);
    let shorter = json!({ "sharing": { "principals": until } });
    assert_eq!(
        author.would_change("shared", &shorter).await,
        Ok(()),
        "an end is less than none"
    );
}

/// A service account that may do everything, as tools for GitOps run with.
async fn tool(scene: &Scene) -> std::path::PathBuf {
    let namespace = &scene.namespace;
    let control_plane = scene.control_plane;
    kubectl(
        control_plane,
        &["-n", namespace, "create", "serviceaccount", "tool"],
    );
    let account = format!("{namespace}:tool");
    let everything = [
        "create",
        "clusterrolebinding",
        &format!("tool.{namespace}"),
        "--clusterrole=cluster-admin",
    ];
    let account = format!("--serviceaccount={account}");
    kubectl(control_plane, &[&everything[..], &[&account]].concat());
    control_plane
        .service_account_kubeconfig(namespace, "tool")
        .await
        .unwrap()
}

#[tokio::test]
async fn a_tool_that_may_do_everything_binds_its_tenants_only_where_it_speaks_for_them() {
    let scene = Scene::new("gitops").await;
    let namespace = &scene.namespace;
    let kubeconfig = tool(&scene).await;
    kubectl(
        scene.control_plane,
        &["-n", namespace, "create", "serviceaccount", "tenant"],
    );
    let subject = json!({ "kind": "ServiceAccount", "name": "tenant", "namespace": namespace });
    let edits =
        json!({ "apiGroups": ["connectors.dev"], "resources": ["customconnectors"], "verbs": ["create"] });
    bind(
        scene.control_plane,
        namespace,
        "tenant",
        &subject,
        std::slice::from_ref(&edits),
    );
    let itself = Person::of(client_of(&kubeconfig).await.unwrap(), "tool", namespace);
    let tenant = format!("system:serviceaccount:{namespace}:tenant");
    let for_tenant = client_as(&kubeconfig, &tenant).await.unwrap();
    let for_tenant = Person::of(for_tenant, &tenant, namespace);
    let connector = Scene::connector("tried", &json!({}));

    let refused =
        |message: &str| message.contains(&format!("{tenant} may not use the ConnectorBackend main"));
    eventually("the tenant is refused", LIMIT, async || {
        match for_tenant.would_create(&connector).await {
            Err(message) if refused(&message) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    assert_eq!(
        itself.would_create(&connector).await,
        Ok(()),
        "the tool is asked, and may do everything"
    );
    let uses: [Value; 2] = [edits, may("use", "connectorbackends", &["main"])];
    bind(scene.control_plane, namespace, "tenant", &subject, &uses);
    eventually("the tenant may", LIMIT, async || {
        for_tenant.would_create(&connector).await
    })
    .await;
    let binding = format!("tool.{namespace}");
    kubectl(scene.control_plane, &["delete", "clusterrolebinding", &binding]);
}

#[tokio::test]
async fn the_roles_that_ship_give_their_verbs_where_they_are_bound() {
    let scene = Scene::new("bound").await;
    let principals = json!([{ "kind": "User", "id": ANN, "role": "Use" }]);
    let connector = Scene::connector("tried", &json!({ "sharing": { "principals": principals } }));
    assert!(scene.editor.would_create(&connector).await.is_err());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/policies/roles.yaml");
    kubectl(
        scene.control_plane,
        &["apply", "--server-side", "--filename", folder],
    );
    let (namespace, user) = (&scene.namespace, format!("--user={}", scene.editor.name));
    for role in ["connector-operator-use", "connector-operator-share"] {
        let role_of = format!("--clusterrole={role}");
        kubectl(
            scene.control_plane,
            &["-n", namespace, "create", "rolebinding", role, &role_of, &user],
        );
    }

    eventually("the roles are known", LIMIT, async || {
        scene.editor.would_create(&connector).await
    })
    .await;
}
