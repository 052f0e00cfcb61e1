//! What ships as manifests: `crds/`, `deploy/`, `examples/`. Client required.

use std::io::Write as _;

use connector_operator::{
    crd::{ClusterConnectorBackend, ConnectorBackend, CustomConnector},
    definition::{self, Checked, Settings, Severity},
};
use serde_json::{Value, json};

use crate::{
    harness::control_plane::ControlPlane,
    shared::{self, kubectl, rendered},
};

/// The namespaces that what ships goes into, and the account that the operator's pod needs.
fn prepare(control_plane: &ControlPlane) {
    for (namespace, file) in [
        ("connector-operator", "deploy/base/namespace.yaml"),
        ("connector-operator", "deploy/base/service-account.yaml"),
        ("connector-examples", "examples/namespace.yaml"),
    ] {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        kubectl(
            control_plane,
            &[
                "apply",
                "--server-side",
                "--namespace",
                namespace,
                "--filename",
                &path,
            ],
        );
    }
}

fn of_kind<'objects>(objects: &'objects [Value], kind: &str) -> Vec<&'objects Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

fn deployment(objects: &[Value]) -> &Value {
    let found = of_kind(objects, "Deployment");
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]
}

#[tokio::test]
async fn the_api_server_takes_all_of_it_and_drops_nothing() {
    let control_plane = shared::with_definitions().await;
    prepare(control_plane);
    for folder in [
        "crds",
        "deploy/base",
        "deploy/embedded-registry",
        "deploy/admission",
        "deploy/policies",
        "deploy/service-account-tokens",
        "examples",
        "examples/weather",
    ] {
        let path = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        let applied = kubectl(
            control_plane,
            &[
                "apply",
                "--server-side",
                "--dry-run=server",
                "--validate=strict",
                "--force-conflicts",
                "--kustomize",
                &path,
            ],
        );
        let expected = rendered(control_plane, folder).len();
        assert_eq!(applied.lines().count(), expected, "{folder}: {applied}");
    }
}

#[tokio::test]
async fn the_pods_of_both_variants_keep_to_the_strictest_pod_security() {
    let control_plane = shared::with_definitions().await;
    prepare(control_plane);
    let create = |spec: &Value| {
        let metadata = json!({ "name": "tried", "namespace": "connector-operator" });
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec });
        let mut manifest = tempfile::NamedTempFile::new().unwrap();
        manifest.write_all(pod.to_string().as_bytes()).unwrap();
        let mut command = control_plane.kubectl();
        command.args(["create", "--dry-run=server", "--filename"]);
        command.arg(manifest.path()).output().unwrap()
    };
    for folder in ["deploy/base", "deploy/embedded-registry"] {
        let objects = rendered(control_plane, folder);
        let mut spec = deployment(&objects)["spec"]["template"]["spec"].clone();
        let taken = create(&spec);
        assert!(taken.status.success(), "{folder}: {taken:?}");

        spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
        let refused = create(&spec);
        let message = String::from_utf8_lossy(&refused.stderr);
        assert!(message.contains("violates PodSecurity"), "{folder}: {message}");
    }
}

#[tokio::test]
async fn with_a_registry_of_its_own_there_is_never_a_second_operator() {
    let control_plane = shared::with_definitions().await;
    let base = rendered(control_plane, "deploy/base");
    let variant = rendered(control_plane, "deploy/embedded-registry");

    let spec = &deployment(&variant)["spec"];
    assert_eq!(spec["replicas"], 1);
    assert_eq!(spec["strategy"], json!({ "type": "Recreate" }));
    assert_eq!(of_kind(&base, "PodDisruptionBudget").len(), 1);
    assert_eq!(of_kind(&variant, "PodDisruptionBudget").len(), 0);
    let arguments = |objects: &[Value]| {
        let container = &deployment(objects)["spec"]["template"]["spec"]["containers"][0];
        container["args"].as_array().unwrap().clone()
    };
    let mut expected = arguments(&base);
    expected.extend([json!("--embedded-registry"), json!("--data-dir=/data")]);
    assert_eq!(arguments(&variant), expected);
}

/// The description of an example, wherever it comes from.
fn description(connector: &Value, objects: &[Value]) -> Checked {
    let definition = &connector["spec"]["definition"];
    let text = if let Some(text) = definition["inline"].as_str() {
        text.to_owned()
    } else if let Some(url) = definition["url"]["url"].as_str() {
        let file = url.rsplit('/').next().unwrap();
        std::fs::read_to_string(format!("{}/examples/served/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    } else {
        let reference = &definition["configMapKeyRef"];
        let maps = of_kind(objects, "ConfigMap");
        let map = maps
            .into_iter()
            .find(|map| map["metadata"]["name"] == reference["name"]);
        let key = reference["key"].as_str().unwrap();
        map.unwrap()["data"][key].as_str().unwrap().to_owned()
    };
    definition::check(text.as_bytes(), &Settings::default())
}

#[tokio::test]
async fn every_example_is_right_but_the_one_that_shows_a_mistake() {
    let control_plane = shared::with_definitions().await;
    let mut objects = rendered(control_plane, "examples");
    objects.extend(rendered(control_plane, "examples/weather"));
    for object in of_kind(&objects, "ConnectorBackend") {
        serde_json::from_value::<ConnectorBackend>(object.clone()).unwrap();
    }
    for object in of_kind(&objects, "ClusterConnectorBackend") {
        serde_json::from_value::<ClusterConnectorBackend>(object.clone()).unwrap();
    }

    let mut findings = Vec::new();
    for object in of_kind(&objects, "CustomConnector") {
        serde_json::from_value::<CustomConnector>(object.clone()).unwrap();
        let name = object["metadata"]["name"].as_str().unwrap();
        let checked = description(object, &objects);
        // No source format has a place for every text that designers show: of a converted one, advice is no mistake.
        let converted = !checked.report.is_empty();
        let found = checked.findings.into_iter();
        for finding in found.filter(|it| !converted || it.severity() != Severity::Info) {
            findings.push(format!(
                "{name}:{}:{}: {}",
                finding.line,
                finding.column,
                finding.code()
            ));
        }
    }

    assert_eq!(
        findings,
        [
            "broken:20:7: PlaceholderWithoutParameter",
            "broken:24:9: PathParameterUnused"
        ]
    );
}

#[tokio::test]
async fn the_operator_may_delete_nothing_change_no_spec_wholesale_and_read_secrets_only_by_name() {
    let control_plane = shared::with_definitions().await;
    let objects = rendered(control_plane, "deploy/base");
    let mut roles = of_kind(&objects, "ClusterRole");
    roles.extend(of_kind(&objects, "Role"));
    // Those that carry an aggregation label are for people.
    let labelled = |role: &&Value| role["metadata"]["labels"].to_string().contains("aggregate-to-");
    roles.retain(|role| !labelled(role));
    assert_eq!(roles.len(), 3, "{roles:?}");

    for rule in roles.iter().flat_map(|role| role["rules"].as_array().unwrap()) {
        let holds = |field: &str, value: &str| rule[field].as_array().unwrap().contains(&json!(value));
        for field in ["apiGroups", "resources", "verbs"] {
            assert!(!holds(field, "*"), "{rule}");
        }
        assert!(
            !holds("verbs", "delete") && !holds("verbs", "deletecollection"),
            "{rule}"
        );
        if holds("resources", "secrets") {
            assert_eq!(rule["verbs"], json!(["get"]));
        }
        if holds("verbs", "create") || holds("verbs", "update") {
            assert!(
                holds("resources", "events") || holds("resources", "leases"),
                "{rule}"
            );
        }
    }
}
