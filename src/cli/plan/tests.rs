//! The whole command against a real registry in this process, and what it refuses to read.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{
    arm::id::Scope,
    cli::{
        chain,
        testing::{
            ApiServer,
            served::{Served, served},
        },
    },
};

const ANNA: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

fn description() -> String {
    json!({
        "swagger": "2.0", "info": { "title": "Pets", "version": "1.0" }, "host": "pets.example.com", "basePath": "/v1",
        "schemes": ["https"],
        "paths": { "/pets": { "get": { "operationId": "ListPets", "summary": "List pets",
                                       "responses": { "200": { "description": "All of them." } } } } },
    })
    .to_string()
}

fn shared() -> Value {
    json!({ "principals": [{ "kind": "User", "id": ANNA, "role": "Use" }] })
}

/// A cluster with the operator's own registry as the default backend of its namespace.
async fn shop() -> (ApiServer, Served) {
    let server = ApiServer::default();
    server.create(
        "connectorbackends",
        json!({ "metadata": { "namespace": "shop", "name": "team" }, "spec": { "registry": {}, "default": true } }),
    );
    (server, served().await)
}

fn arguments(served: &Served, names: &[&str], file: Vec<PathBuf>) -> Arguments {
    Arguments {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        file,
        output: Output::Text,
        cluster: cluster::Arguments::default(),
        identity: Identity {
            cluster_id: Some("c1".to_owned()),
            former_cluster_ids: Vec::new(),
        },
        backends: served.arguments.clone(),
    }
}

/// A file with a connector, whose description is in a ConfigMap of the same file.
fn manifests(directory: &TempDir, spec: &Value) -> PathBuf {
    let mut whole = json!({ "definition": { "configMapKeyRef": { "name": "pets-api", "key": "api.json" } } });
    for (field, value) in spec.as_object().unwrap() {
        whole[field] = value.clone();
    }
    let connector = json!({
        "apiVersion": "connectors.dev/v1alpha1", "kind": "CustomConnector", "metadata": { "name": "pets" }, "spec": whole,
    });
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "pets-api" },
        "data": { "api.json": description() },
    });
    let file = directory.path().join("pets.yaml");
    fs::write(
        &file,
        format!("{map}\n---\n{connector}\n---\n{{kind: Service, apiVersion: v1}}\n"),
    )
    .unwrap();
    file
}

/// Tells of what is asked, and that nothing was changed by asking.
async fn told(server: &ApiServer, arguments: &Arguments) -> Vec<Told> {
    let told = carry_out(&server.cluster(), arguments).await.unwrap();
    let changes = server.requests().into_iter();
    let changes: Vec<String> = changes
        .filter(|request| !request.starts_with("GET ") && !request.contains("dryRun=All"))
        .collect();
    assert_eq!(changes, Vec::<String>::new());
    told
}

#[tokio::test]
async fn a_manifest_is_planned_before_it_is_applied_and_nothing_is_sent() {
    let ((server, served), directory) = (shop().await, tempfile::tempdir().unwrap());
    let file = manifests(&directory, &json!({ "approval": "Manual", "sharing": shared() }));
    let told = told(&server, &arguments(&served, &[], vec![file])).await;
    let text: String = told.iter().map(|one| one.text(&Palette::default())).collect();
    assert_eq!(
        text,
        format!(
            "CustomConnector shop/pets: 2 steps\n  + ConnectorBackend team: register pets\n  \
             + ConnectorBackend team: grant Use to User {ANNA}\n  \
             All of it will wait for approval, once the connector exists.\n"
        )
    );
    assert_eq!(exit_code(&told), ExitCode::from(1));
    assert_eq!(server.get("namespaces/shop/customconnectors/pets"), None);
    let scope = Scope::new("00000000-0000-0000-0000-000000000000", "shop");
    let there = served.client.list_custom_apis(&scope).next().await.unwrap();
    assert!(there.unwrap_or_default().is_empty(), "something was registered");
}

#[tokio::test]
async fn the_plan_of_a_connector_that_exists_has_the_digest_to_approve() {
    let (server, served) = shop().await;
    let spec = json!({ "definition": { "inline": description() }, "approval": "Manual" });
    server.connector("pets", &spec, &json!({}));
    let arguments = arguments(&served, &["pets"], Vec::new());
    let first = told(&server, &arguments).await;
    let value: Value = serde_json::from_str(&told::json(&first).unwrap()).unwrap();
    let id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop/providers/Microsoft.Web/customApis/pets";
    let digest = value["approval"]["digest"].as_str().unwrap();
    let step = json!({ "backend": "ConnectorBackend team", "id": id, "action": "register",
                       "summary": "ConnectorBackend team: register pets" });
    assert_eq!(
        value,
        json!({
            "namespace": "shop", "name": "pets", "steps": [step], "stops": [],
            "approval": { "digest": digest, "approved": false, "steps": ["ConnectorBackend team: register pets"] },
        })
    );
    let approved = json!({ "spec": { "approvedPlan": digest } });
    server.edit("namespaces/shop/customconnectors/pets", &approved);
    let text = told(&server, &arguments).await[0].text(&Palette::default());
    assert!(text.contains(&format!("is, as plan {digest}.")), "{text}");
}

#[tokio::test]
async fn what_cannot_be_told_to_the_end_says_so() {
    let (server, served) = shop().await;
    server.connector("broken", &json!({ "definition": { "inline": "{}" } }), &json!({}));
    let lost = json!([{ "kind": "ConnectorBackend", "name": "nowhere" }]);
    let spec = json!({ "definition": { "inline": description() }, "backendRefs": lost });
    server.connector("lost", &spec, &json!({}));
    let told = told(&server, &arguments(&served, &["broken", "lost"], Vec::new())).await;
    let texts: Vec<String> = told.iter().map(|one| one.text(&Palette::default())).collect();
    assert!(texts[0].contains("! FormatNotSupported: "), "{texts:?}");
    assert_eq!(
        texts[1],
        "CustomConnector shop/lost: 0 steps\n  \
         ! ConnectorBackend nowhere: BackendNotFound: ConnectorBackend nowhere does not exist\n"
    );
    assert_eq!(exit_code(&told), ExitCode::from(2));
}

#[tokio::test]
async fn of_a_suspended_connector_nothing_would_be_done() {
    let (server, served) = shop().await;
    let spec = json!({ "definition": { "inline": description() }, "suspend": true });
    server.connector("pets", &spec, &json!({}));
    let told = told(&server, &arguments(&served, &["pets"], Vec::new())).await;
    assert_eq!(
        told[0].text(&Palette::default()),
        "CustomConnector shop/pets: nothing: it is suspended\n"
    );
    assert_eq!(exit_code(&told), ExitCode::SUCCESS);
}

#[test]
fn files_that_say_nothing_of_connectors_or_too_much_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("objects.yaml");
    let read = |text: &str| {
        fs::write(&file, text).unwrap();
        chain(&Manifests::read(std::slice::from_ref(&file), "shop").unwrap_err())
    };
    assert!(read("kind: Service\napiVersion: v1\n").contains("there is no CustomConnector"));
    let connector = "{apiVersion: connectors.dev/v1alpha1, kind: CustomConnector, metadata: {name: pets}}";
    let twice = format!("{{apiVersion: v1, kind: List, items: [{connector}, {connector}]}}");
    assert!(
        read(&twice).contains("CustomConnector shop/pets is there twice"),
        "{}",
        read(&twice)
    );
    assert!(read(&connector.replace("name: pets", "")).contains("has no metadata.name"));
    assert!(read("a: [").contains("cannot read manifests from"));
}
