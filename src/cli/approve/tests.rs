use serde_json::{Value, json};

use super::*;
use crate::cli::testing::{ApiServer, ready};

const PLAN: &str = "sha256:aaaa";

fn waiting() -> Value {
    json!({
        "observedGeneration": 1,
        "conditions": [ready("False", "PlanPending", "1 step waits")],
        "plan": { "digest": PLAN, "summary": ["ConnectorBackend team: register pets\u{1b}[2J"] },
    })
}

async fn approve(server: &ApiServer, digest: Option<&str>) -> (ExitCode, String) {
    let arguments = Arguments {
        digest: digest.map(str::to_owned),
        cluster: cluster::Arguments::default(),
        name: "pets".to_owned(),
    };
    let mut output = Vec::new();
    let code = carry_out(&server.cluster(), &arguments, &mut output)
        .await
        .unwrap();
    (code, String::from_utf8(output).unwrap())
}

fn approved(server: &ApiServer) -> Value {
    let connector = server.get("namespaces/shop/customconnectors/pets").unwrap();
    connector["spec"]["approvedPlan"].clone()
}

#[tokio::test]
async fn the_plan_is_shown_and_its_digest_approved() {
    let server = ApiServer::default();
    server.connector("pets", &json!({ "approval": "Manual" }), &waiting());
    let (code, text) = approve(&server, Some(PLAN)).await;
    assert_eq!(code, ExitCode::SUCCESS);
    assert_eq!(
        text,
        "CustomConnector shop/pets: plan sha256:aaaa\n  ConnectorBackend team: register pets [2J\n\
         CustomConnector shop/pets: approved\n"
    );
    assert_eq!(approved(&server), json!(PLAN));
}

#[tokio::test]
async fn another_plan_than_the_one_that_waits_is_not_approved() {
    let server = ApiServer::default();
    server.connector("pets", &json!({ "approval": "Manual" }), &waiting());
    let (code, text) = approve(&server, Some("sha256:bbbb")).await;
    assert_eq!(code, ExitCode::from(1));
    assert!(
        text.contains("the plan that waits is sha256:aaaa, and not sha256:bbbb"),
        "{text}"
    );
    assert_eq!(approved(&server), Value::Null);
}

#[tokio::test]
async fn where_no_plan_waits_or_the_spec_is_a_later_one_nothing_is_approved() {
    let server = ApiServer::default();
    server.connector("pets", &json!({}), &json!({}));
    let (code, text) = approve(&server, None).await;
    assert_eq!(code, ExitCode::from(1));
    assert!(text.contains("no plan waits"), "{text}");
    server.connector("pets", &json!({ "approval": "Manual" }), &waiting());
    let later = json!({ "metadata": { "generation": 2 } });
    server.edit("namespaces/shop/customconnectors/pets", &later);
    let (code, text) = approve(&server, None).await;
    assert_eq!(code, ExitCode::from(1));
    assert!(text.contains("an earlier spec"), "{text}");
    assert_eq!(approved(&server), Value::Null);
}
