use std::sync::{Arc, Mutex};

use axum::{Json, Router, body::Body, extract::Request, http::StatusCode, response::IntoResponse as _};
use serde_json::{Value, json};

use super::*;

/// An API server in this process that serves these definitions, by their names.
type Definitions = Arc<Mutex<Vec<Value>>>;

fn api_server(definitions: &Definitions) -> Client {
    let definitions = Arc::clone(definitions);
    let router = Router::new().fallback(move |request: Request<Body>| {
        let name = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let definitions = definitions.lock().unwrap();
        let found = definitions
            .iter()
            .find(|definition| definition["metadata"]["name"] == name.as_str());
        let answer = found.map_or_else(
            || {
                let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404,
                                    "reason": "NotFound", "message": "not found"});
                (StatusCode::NOT_FOUND, Json(status))
            },
            |definition| (StatusCode::OK, Json(definition.clone())),
        );
        std::future::ready(answer.into_response())
    });
    Client::new(router, "default")
}

fn installed() -> Vec<Value> {
    let definitions = crd::all().map(|definition| {
        let mut definition = serde_json::to_value(definition).unwrap();
        definition["status"] = json!({
            "acceptedNames": {"kind": "K", "plural": "ks"},
            "conditions": [{"type": "Established", "status": "True", "reason": "InitialNamesAccepted", "message": "",
                            "lastTransitionTime": "2026-11-02T10:00:00Z"}],
            "storedVersions": ["v1alpha1"],
        });
        definition
    });
    definitions.into()
}

/// What `/readyz` says while these are installed.
async fn readiness(definitions: Vec<Value>) -> Result<(), String> {
    let (health, metrics) = (Health::new(), Metrics::new());
    let client = api_server(&Arc::new(Mutex::new(definitions)));
    let waited = timeout(PERIOD * 2, wait(&client, &health, &metrics)).await;
    assert_eq!(waited.is_ok(), health.readiness().is_ok());
    health.readiness()
}

#[tokio::test(start_paused = true)]
async fn definitions_of_this_version_open_the_gate_at_once() {
    assert_eq!(readiness(installed()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_is_not_installed_is_named_with_the_remedy() {
    let told = readiness(installed().split_off(1)).await.unwrap_err();
    assert_eq!(
        told,
        "definitions: customconnectors.connectors.dev is not installed; \
         apply those of this version: connector-operator crds | kubectl apply --server-side -f -\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_definition_of_another_version_is_told_by_its_first_differences() {
    let mut definitions = installed();
    let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    let fields = definitions[0].pointer_mut(spec).unwrap().as_object_mut().unwrap();
    fields.retain(|name, _| name == "definition");
    let told = readiness(definitions).await.unwrap_err();
    assert!(
        told.contains("customconnectors.connectors.dev is of another version (v1alpha1:.spec."),
        "{told}"
    );
    assert!(told.contains(" more); apply those of this version: "), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_definition_that_is_not_served_yet_is_waited_for() {
    let mut definitions = installed();
    definitions[2]["status"]["conditions"][0]["status"] = json!("False");
    let told = readiness(definitions).await.unwrap_err();
    assert_eq!(
        told,
        "definitions: the API server does not serve clusterconnectorbackends.connectors.dev yet\n"
    );
}

#[tokio::test(start_paused = true)]
async fn definitions_that_are_applied_later_are_noticed() {
    let (health, metrics) = (Health::new(), Metrics::new());
    let definitions = Definitions::default();
    let client = api_server(&definitions);
    let applied = async {
        tokio::time::sleep(PERIOD * 3).await;
        *definitions.lock().unwrap() = installed();
    };
    tokio::join!(wait(&client, &health, &metrics), applied);
    assert_eq!(health.readiness(), Ok(()));
    assert!(
        metrics
            .encode()
            .unwrap()
            .contains("connector_operator_definitions_differing 0\n")
    );
}
