//! What `deploy/base` allows the operator is what it needs: nothing is refused, nothing goes unused. Client required.

use std::collections::BTreeSet;

use connector_operator::crd::CustomConnector;
use serde_json::{Value, json};

use crate::{
    harness::{audit::Request, control_plane::ControlPlane, poll::eventually},
    shared::{kubectl, rendered},
    site::{LIMIT, Site},
    stage::{self, OPERATOR},
};

/// A group, a resource with its subresource, and a verb.
type Right = (String, String, String);

/// Everything that the roles of the operator allow; those for people carry a label.
fn allowed(control_plane: &ControlPlane) -> BTreeSet<Right> {
    let objects = rendered(control_plane, "deploy/base");
    let roles = objects.iter().filter(|object| {
        matches!(object["kind"].as_str(), Some("ClusterRole" | "Role"))
            && !object["metadata"]["labels"].to_string().contains("aggregate-to-")
    });
    let mut rights = BTreeSet::new();
    for rule in roles.flat_map(|role| role["rules"].as_array().unwrap()) {
        let texts = |field: &str| -> Vec<String> { serde_json::from_value(rule[field].clone()).unwrap() };
        for group in texts("apiGroups") {
            for resource in texts("resources") {
                let right = |verb| (group.clone(), resource.clone(), verb);
                rights.extend(texts("verbs").into_iter().map(right));
            }
        }
    }
    rights
}

fn used(request: &Request) -> Right {
    let resource = if request.subresource.is_empty() {
        request.resource.clone()
    } else {
        format!("{}/{}", request.resource, request.subresource)
    };
    (request.group.clone(), resource, request.verb.clone())
}

/// Runs the operator through what needs each of its rights.
async fn live(control_plane: &ControlPlane, site: &Site) {
    site.create_config_map("described").await;
    let reference = json!({ "name": "described", "key": "openapi.json" });
    let described = json!({ "definition": { "configMapKeyRef": reference } });
    site.connector("described", described).await;
    // The same warning twice is one Event that is counted up.
    let text = |text: &str| json!({ "spec": { "definition": { "inline": text } } });
    site.connector("wavering", json!({})).await;
    let right = crate::site::description("wavering");
    for broken in ["swagger: '2.0'", "swagger: '2.0'"] {
        site.patch::<CustomConnector>("wavering", text(broken)).await;
        site.stopped("wavering", "DefinitionInvalid").await;
        site.patch::<CustomConnector>("wavering", text(&right)).await;
        site.ready("wavering").await;
    }
    let secret = json!({ "namespace": site.namespace, "name": "registry", "key": "token" });
    let cluster = json!({
        "apiVersion": "connectors.dev/v1alpha1",
        "kind": "ClusterConnectorBackend",
        "metadata": { "name": site.namespace },
        "spec": {
            "registry": { "url": site.registry().url(), "tokenSecretRef": secret },
            "namespaces": { "all": true },
        },
    });
    apply(control_plane, &cluster);
    let backends = json!([{ "kind": "ClusterConnectorBackend", "name": site.namespace }]);
    site.connector("admitted", json!({ "backendRefs": backends }))
        .await;
    for name in ["described", "wavering", "admitted"] {
        site.delete::<CustomConnector>(name).await;
        site.gone::<CustomConnector>(name).await;
    }
    kubectl(
        control_plane,
        &["delete", "ccbackend", &site.namespace, "--timeout=60s"],
    );
}

fn apply(control_plane: &ControlPlane, object: &Value) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), object.to_string()).unwrap();
    let path = file.path().to_string_lossy();
    kubectl(control_plane, &["apply", "--server-side", "--filename", &path]);
}

#[tokio::test]
async fn every_right_that_ships_is_used_and_none_is_missing() {
    let stage = stage::alone().await;
    let control_plane = stage.control_plane();
    let lease = [
        "--namespace=connector-operator",
        "delete",
        "lease",
        "connector-operator",
        "--ignore-not-found",
    ];
    kubectl(control_plane, &lease);
    let mark = control_plane.audit().mark().unwrap();
    let site = Site::new(control_plane, "rights").await;
    let operator = stage.operator("rights").await;
    live(control_plane, &site).await;
    stage::stop(operator).await;

    let allowed = allowed(control_plane);
    eventually("every right was used", LIMIT, async || {
        let mut requests = control_plane.audit().requests_since(mark).unwrap();
        requests.retain(|request| request.user == OPERATOR);
        let refused: Vec<_> = requests.iter().filter(|it| it.status == 403).collect();
        assert!(refused.is_empty(), "{refused:?}");
        let used: BTreeSet<Right> = requests.iter().map(used).collect();
        let unused: Vec<_> = allowed.difference(&used).collect();
        if unused.is_empty() {
            Ok(())
        } else {
            Err(format!("unused: {unused:?}"))
        }
    })
    .await;
}
