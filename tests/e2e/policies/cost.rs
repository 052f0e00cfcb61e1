//! The policies within the costs that the API server allows, and without a warning of its own.

use serde_json::{Value, json};

use super::{
    Attempt::{Change, Create},
    judged,
    scene::{Scene, may, reads},
};
use crate::{harness::poll::eventually, shared::kubectl, site::LIMIT};

const SECRETS: usize = 24;

/// As much of everything as the definition of the kind lets through, each item with that mark in it.
fn largest(mark: u32, secrets: usize) -> Value {
    let backend = |index: usize| {
        let kind = if index.is_multiple_of(2) {
            "ConnectorBackend"
        } else {
            "ClusterConnectorBackend"
        };
        json!({ "kind": kind, "name": format!("{}{index}{mark}", "b".repeat(250)) })
    };
    let principal = |index: u32| {
        let id = format!("{index:08x}-85d7-4629-bdbc-{mark:012x}");
        json!({ "kind": "ServicePrincipal", "id": id, "role": "r".repeat(64), "expiresAt": "2030-06-01T00:00:00Z" })
    };
    let secret =
        |index: usize| json!({ "name": format!("{}{:02}", "s".repeat(251), index % secrets), "key": "k" });
    let parameter = |index: usize| {
        let provider = mark.to_string();
        let settings =
            json!({ "identityProvider": provider, "clientId": "a", "clientSecretRef": secret(index + 2) });
        let name = format!("{}{index:02}", "p".repeat(126));
        (name, json!({ "type": "oauthSetting", "oAuthSettings": settings }))
    };
    json!({
        "backendRefs": (0..8).map(backend).collect::<Vec<_>>(),
        "definition": { "secretKeyRef": { "name": secret(0)["name"], "key": mark.to_string() }, "inline": null },
        "authentication": { "oauth2": { "clientId": mark.to_string(), "clientSecretRef": secret(1) } },
        "connectionParameters": (0..32).map(parameter).collect::<serde_json::Map<_, _>>(),
        "sharing": { "principals": (0..64).map(principal).collect::<Vec<_>>() },
    })
}

fn secrets(count: usize) -> Vec<String> {
    (0..count)
        .map(|index| format!("{}{index:02}", "s".repeat(251)))
        .collect()
}

#[tokio::test]
async fn the_largest_connector_is_judged_to_its_last_item() {
    let scene = Scene::new("largest").await;
    let (first, second) = (largest(1, SECRETS), largest(2, SECRETS));
    let names = |spec: &Value| -> Vec<String> {
        let references = spec["backendRefs"].as_array().unwrap();
        references
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let secrets = secrets(SECRETS);
    let share = may("share", "customconnectors", &[]);
    let uses = [
        may("use", "connectorbackends", &[]),
        may("use", "clusterconnectorbackends", &[]),
    ];
    let texts = |all: &[String], without: Option<usize>| -> Value {
        let kept = all
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != without);
        json!(kept.map(|(_, name)| name.clone()).collect::<Vec<_>>())
    };
    let mut read_all = reads(&[]);
    read_all["resourceNames"] = texts(&secrets, None);
    let every = [uses[0].clone(), uses[1].clone(), share.clone(), read_all.clone()];
    let every = scene.person("every", &every).await;
    scene.store("largest", &first).await;
    let rows = [
        ("created", &every, Create(first.clone()), None),
        ("changed", &every, Change("largest", second.clone()), None),
    ];
    judged(&rows).await;

    let backends = names(&first);
    for index in 0..backends.len() {
        let mut use_most = uses.clone();
        for rule in &mut use_most {
            rule["resourceNames"] = texts(&backends, Some(index));
        }
        let rules = [
            use_most[0].clone(),
            use_most[1].clone(),
            share.clone(),
            read_all.clone(),
        ];
        let most = scene.person(&format!("backend-{index}"), &rules).await;
        let refused = format!("ConnectorBackend {}", backends[index]);
        judged(&[("a backend", &most, Create(first.clone()), Some(&refused))]).await;
    }
    for index in [0, 1, 2, SECRETS - 1] {
        let mut read_most = reads(&[]);
        read_most["resourceNames"] = texts(&secrets, Some(index));
        let rules = [uses[0].clone(), uses[1].clone(), share.clone(), read_most];
        let most = scene.person(&format!("secret-{index}"), &rules).await;
        let refused = format!("may not have the Secret {} read", secrets[index]);
        judged(&[("a Secret", &most, Create(first.clone()), Some(&refused))]).await;
    }
}

#[tokio::test]
async fn more_secrets_than_can_be_asked_about_take_the_right_to_all_of_them() {
    let scene = Scene::new("many-secrets").await;
    let rules = |names: Value| {
        let mut read = reads(&[]);
        read["resourceNames"] = names;
        let uses = [
            may("use", "connectorbackends", &[]),
            may("use", "clusterconnectorbackends", &[]),
        ];
        [
            uses[0].clone(),
            uses[1].clone(),
            may("share", "customconnectors", &[]),
            read,
        ]
    };
    let each = scene.person("each", &rules(json!(secrets(SECRETS + 1)))).await;
    let all = scene.person("all", &rules(json!([]))).await;

    let many = || Create(largest(1, SECRETS + 1));
    let rows = [
        (
            "each by its name",
            &each,
            many(),
            Some("may not name more than 24 Secrets at once"),
        ),
        ("all", &all, many(), None),
        ("as many as can be", &each, Create(largest(1, SECRETS)), None),
    ];
    judged(&rows).await;
}

#[tokio::test]
async fn the_api_server_finds_nothing_wrong_with_the_types_in_them() {
    let scene = Scene::new("types").await;
    let mut checked = 0;
    for name in scene.policies.names() {
        let get = [
            "get",
            "validatingadmissionpolicies",
            name,
            "--ignore-not-found",
            "--output=json",
        ];
        let looked = eventually("the policy is checked", LIMIT, async || {
            let text = kubectl(scene.control_plane, &get);
            let policy: Value = serde_json::from_str(&text).unwrap_or_default();
            // Of another kind: a binding has the name of its policy.
            if policy.is_null() || !policy["status"]["typeChecking"].is_null() {
                Ok(policy)
            } else {
                Err(text)
            }
        })
        .await;
        assert_eq!(
            looked["status"]["typeChecking"]["expressionWarnings"],
            Value::Null,
            "{looked}"
        );
        // It does not look at resources whose versions are left open.
        let versions = &looked["spec"]["matchConstraints"]["resourceRules"][0]["apiVersions"];
        assert_eq!(*versions, json!(["v1alpha1"]), "{name}");
        checked += 1;
    }
    assert!(checked >= 5, "{checked}");
}
