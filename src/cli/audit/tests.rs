//! The whole command against a real registry in this process.

use std::time::Instant;

use serde_json::{Value, json, value::RawValue};
use uuid::Uuid;

use super::*;
use crate::{
    arm::{
        Client, ConnectionParameters, CustomApi, Precondition, PrincipalType, RoleAssignmentWanted,
        id::Scope, role_assignment_name,
    },
    cli::testing::{
        ApiServer,
        served::{Served, served},
    },
    registry::BUILT_IN_ROLES,
};

fn person(connector: usize, number: usize) -> String {
    Uuid::from_u128(0x3f25_04e0_4f89_41d3_9a0c_0000_0000_0000 + (connector * 100 + number) as u128)
        .to_string()
}

fn name(connector: usize) -> String {
    format!("api-{connector:04}")
}

async fn register(client: &Client, scope: &Scope, name: &str, tags: BTreeMap<String, String>) {
    let api = CustomApi {
        location: "local".to_owned(),
        tags,
        display_name: Some(name.to_owned()),
        description: None,
        brand_color: None,
        icon_uri: None,
        capabilities: None,
        connection_kinds: Vec::new(),
        connection_parameters: ConnectionParameters::new(),
        swagger: RawValue::from_string(
            json!({ "swagger": "2.0", "info": { "title": name, "version": "1" }, "host": "a.example",
                    "basePath": "/", "paths": {} })
            .to_string(),
        )
        .unwrap(),
        service_url: "https://a.example/".to_owned(),
        client_secrets: BTreeMap::new(),
    };
    let id = scope.custom_api(name);
    client
        .put_custom_api(&id, &api, Precondition::Absent)
        .await
        .unwrap();
}

async fn grant(client: &Client, scope: &Scope, name: &str, principal: &str) {
    let (id, role) = (scope.custom_api(name), BUILT_IN_ROLES[0].1.to_string());
    let wanted = RoleAssignmentWanted {
        role_definition_id: format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        principal_id: principal.to_owned(),
        principal_type: PrincipalType::User,
        description: None,
    };
    let assignment = id.role_assignment(role_assignment_name(&id, &role, principal));
    client.put_role_assignment(&assignment, &wanted).await.unwrap();
}

/// `connectors` resources with five principals each, all registered and shared as declared, but for: the last grant of
/// the last connector, which is missing; one of nobody at the first; and a connector of nobody.
async fn fleet(connectors: usize) -> (ApiServer, Served) {
    let (server, served) = (ApiServer::default(), served().await);
    server.create(
        "connectorbackends",
        json!({ "metadata": { "namespace": "shop", "name": "team" }, "spec": { "registry": {}, "default": true } }),
    );
    let scope = Scope::new("00000000-0000-0000-0000-000000000000", "shop");
    for connector in 0..connectors {
        let principals: Vec<Value> = (0..5)
            .map(|number| json!({ "kind": "User", "id": person(connector, number), "role": "Use" }))
            .collect();
        let definition = json!({ "inline": "x".repeat(4096) });
        server.connector(
            &name(connector),
            &json!({ "definition": definition, "sharing": { "principals": principals } }),
            &json!({ "validation": { "errors": 0, "warnings": 1 } }),
        );
    }
    stream::iter(0..connectors)
        .for_each_concurrent(64, |connector| {
            let (server, client, scope) = (&server, &served.client, &scope);
            async move {
                let name = name(connector);
                let object = server
                    .get(&format!("namespaces/shop/customconnectors/{name}"))
                    .unwrap();
                let uid = object["metadata"]["uid"].as_str().unwrap();
                let tags = [
                    ("cluster", "c1"),
                    ("namespace", "shop"),
                    ("name", &name),
                    ("uid", uid),
                ];
                let tags = tags.map(|(tag, value)| (format!("connectors.dev.{tag}"), value.to_owned()));
                register(client, scope, &name, tags.into()).await;
                let granted = if connector + 1 == connectors { 4 } else { 5 };
                for number in 0..granted {
                    grant(client, scope, &name, &person(connector, number)).await;
                }
            }
        })
        .await;
    grant(&served.client, &scope, &name(0), &person(99_999, 1)).await;
    register(&served.client, &scope, "by-hand", BTreeMap::new()).await;
    (server, served)
}

/// Audits the fleet and holds every line against what was made.
async fn audited(connectors: usize) {
    let (server, served) = fleet(connectors).await;
    let cluster = server.cluster();
    let began = Instant::now();
    let reach = Reach::new(&cluster, &served.arguments).unwrap();
    let findings = find(&cluster, &reach, Within::All, false).await.unwrap();
    let text = render(&findings.rows, Form::Csv, &[], &Palette::default()).unwrap();
    let took = began.elapsed();
    println!("audit of {connectors} connectors x 5 principals: {took:?}");
    assert_eq!(findings.unasked, Vec::<String>::new());
    let mut expected = Vec::new();
    for connector in 0..connectors {
        for number in 0..5 {
            let last = connector + 1 == connectors && number == 4;
            let state = if last { State::Missing } else { State::AsDeclared };
            expected.push((name(connector), person(connector, number), !last, state));
        }
        if connector == 0 {
            expected.push((name(0), person(99_999, 1), true, State::Unmanaged));
        }
    }
    expected.push(("by-hand".to_owned(), String::new(), true, State::Undeclared));
    let found: Vec<(String, String, bool, State)> = findings
        .rows
        .iter()
        .map(|row| {
            (
                row.api.clone(),
                row.principal.clone(),
                row.actual.unwrap(),
                row.state,
            )
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(text.lines().count(), expected.len() + 1);
    let dated = findings.rows.iter().filter(|row| row.since.is_some()).count();
    assert_eq!(dated, connectors * 5, "each grant that is there says since when");
    assert_eq!(
        summary(&findings.rows),
        format!(
            "{} lines: {} AsDeclared, 1 Missing, 1 Unmanaged, 1 Undeclared",
            expected.len(),
            connectors * 5 - 1
        )
    );
}

#[tokio::test]
async fn every_line_is_what_registry_and_cluster_hold() {
    audited(30).await;
}

#[tokio::test]
#[ignore = "a measurement: cargo test --lib audit_of_a_large_fleet -- --ignored --nocapture"]
async fn audit_of_a_large_fleet() {
    audited(1000).await;
}

#[tokio::test]
async fn a_registry_that_is_not_the_operators_is_not_believed() {
    let (server, served) = (ApiServer::default(), served().await);
    server.create(
        "connectorbackends",
        json!({ "metadata": { "namespace": "shop", "name": "team" }, "spec": { "registry": {}, "default": true },
                "status": { "registryInstance": "11111111-1111-4111-8111-111111111111" } }),
    );
    server.connector("pets", &json!({}), &json!({}));
    let cluster = server.cluster();
    let reach = Reach::new(&cluster, &served.arguments).unwrap();
    let findings = find(&cluster, &reach, Within::All, false).await.unwrap();
    assert!(
        findings.unasked[0].contains("RegistryReplaced"),
        "{:?}",
        findings.unasked
    );
    assert_eq!(findings.rows[0].source, row::Told::Status);
}

#[tokio::test]
async fn without_the_registrys_address_status_tells_and_the_flags_are_named() {
    let server = ApiServer::default();
    server.create(
        "connectorbackends",
        json!({ "metadata": { "namespace": "shop", "name": "team" }, "spec": { "registry": {}, "default": true } }),
    );
    server.connector("pets", &json!({}), &json!({}));
    let cluster = server.cluster();
    let reach = Reach::new(&cluster, &backends::Arguments::default()).unwrap();
    let findings = find(&cluster, &reach, Within::Namespace("shop"), false)
        .await
        .unwrap();
    assert!(
        findings.unasked[0].contains("--registry-url"),
        "{:?}",
        findings.unasked
    );
    assert_eq!(findings.rows[0].state, State::NotRegistered);
}
