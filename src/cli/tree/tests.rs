use serde_json::json;

use super::*;
use crate::cli::testing::{ApiServer, ready};

async fn drawn(server: &ApiServer) -> String {
    let cluster = server.cluster();
    let backends = Backends::read(&cluster, Within::Namespace("shop")).await.unwrap();
    let connector = cluster.connector("pets").await.unwrap();
    tree(&connector, &backends).draw(&Palette::default())
}

fn team(server: &ApiServer) {
    let status = json!({ "observedGeneration": 1, "conditions": [ready("True", "Ready", "answers")] });
    server.create(
        "connectorbackends",
        json!({ "metadata": { "namespace": "shop", "name": "team" }, "spec": { "registry": {}, "default": true },
                "status": status }),
    );
}

#[tokio::test]
async fn a_tree_shows_source_backends_registrations_and_grants() {
    let server = ApiServer::default();
    team(&server);
    let id = "0b0f3c1e-6a52-4d0e-9d6b-0c8f2f7f4a11";
    let principal = json!({ "kind": "Group", "id": id, "role": "Use", "comment": "Customer support",
                            "expiresAt": "2027-01-01T00:00:00Z" });
    let grant = |state: &str, registration: &str| json!({ "kind": "Group", "id": id, "role": "Use", "registration": registration, "state": state });
    let spec = json!({
        "definition": { "inline": null, "configMapKeyRef": { "name": "pets", "key": "openapi.yaml" } },
        "sharing": { "principals": [principal] },
    });
    let status = json!({
        "observedGeneration": 1,
        "conditions": [
            ready("False", "NotAdmitted", "ClusterConnectorBackend company does not admit namespace shop"),
            { "type": "SourceReady", "status": "True", "reason": "SourceReady", "message": "", "observedGeneration": 1,
              "lastTransitionTime": "2026-11-02T09:00:05Z" },
        ],
        "definition": { "format": "openapi-2.0", "title": "Pets", "version": "1.0", "operations": 1 },
        "validation": { "errors": 0, "warnings": 2, "waived": 1 },
        "registrations": [
            { "backendKind": "ConnectorBackend", "backendName": "team", "state": "Registered", "id": "/subscriptions/s/x" },
            { "backendKind": "ClusterConnectorBackend", "backendName": "company", "state": "Failed",
              "error": { "code": "NotAdmitted", "message": "it does not admit namespace shop" } },
        ],
        "sharing": { "desired": 2, "granted": 1, "failed": 0, "unmanaged": 0, "summary": "1/2", "principals": [
            grant("Pending", "ClusterConnectorBackend/company"), grant("Granted", "ConnectorBackend/team") ] },
    });
    server.connector("pets", &spec, &status);
    insta::assert_snapshot!(drawn(&server).await, @r#"
    CustomConnector shop/pets  NotAdmitted  ClusterConnectorBackend company does not admit namespace shop
    ├── ConfigMap pets key openapi.yaml  SourceReady  openapi-2.0, "Pets", 1.0, 1 operation
    │   └── Findings 0 errors, 2 warnings, 1 waived
    ├── ConnectorBackend shop/team  Ready
    │   └── Registration /subscriptions/s/x  Registered
    │       └── Grant Use to Group 0b0f3c1e-6a52-4d0e-9d6b-0c8f2f7f4a11  Granted  until 2027-01-01T00:00:00Z (Customer support)
    └── ClusterConnectorBackend company  BackendNotFound  ClusterConnectorBackend company does not exist
        └── Registration none yet  Failed  NotAdmitted: it does not admit namespace shop
            └── Grant Use to Group 0b0f3c1e-6a52-4d0e-9d6b-0c8f2f7f4a11  Pending  until 2027-01-01T00:00:00Z (Customer support)
    "#);
}

#[tokio::test]
async fn a_connector_that_no_pass_has_seen_shows_where_it_will_go() {
    let server = ApiServer::default();
    team(&server);
    server.connector("pets", &json!({}), &json!({}));
    insta::assert_snapshot!(drawn(&server).await, @r"
    CustomConnector shop/pets  NotJudgedYet  no pass has told of it yet
    ├── Description inline
    └── ConnectorBackend shop/team  Ready
    ");
}

#[tokio::test]
async fn what_others_wrote_steers_no_terminal() {
    let server = ApiServer::default();
    let status = json!({ "conditions": [ready("False", "X", "a\u{1b}[2Jb")] });
    server.connector("pets", &json!({}), &status);
    assert!(!drawn(&server).await.contains('\u{1b}'));
}
