use serde_json::json;

use super::*;
use crate::cli::testing::{ApiServer, ready};

async fn standing(spec: serde_json::Value, status: serde_json::Value) -> Standing {
    let server = ApiServer::default();
    server.connector("pets", &spec, &status);
    Standing::of(&server.cluster().connector("pets").await.unwrap())
}

#[tokio::test]
async fn a_connector_shows_what_its_status_says() {
    let status = json!({
        "observedGeneration": 1, "registered": "1/1",
        "conditions": [ready("True", "Ready", "registered with 1 backend")],
        "definition": { "format": "openapi-3.1", "operations": 7, "revision": "u/4" },
        "validation": { "errors": 0, "warnings": 2 },
        "sharing": { "desired": 3, "granted": 3, "failed": 0, "unmanaged": 1, "summary": "3/3" },
        "registrations": [{ "backendKind": "ConnectorBackend", "backendName": "team", "state": "Registered" }],
    });
    let shown = standing(json!({}), status).await;
    insta::assert_snapshot!(
        render(&[shown], Form::Wide, &[], &Palette::default()).unwrap(),
        @r"
    NAMESPACE   NAME   READY   REASON   SUSPENDED   REGISTERED   SHARED   UNMANAGED   FORMAT        OPERATIONS   ERRORS   WARNINGS   WAIVED   BACKENDS                REVISION   SINCE                  MESSAGE
    shop        pets   True    Ready    false       1/1          3/3      1           openapi-3.1   7            0        2          0        ConnectorBackend/team   u/4        2026-11-02T09:00:05Z   registered with 1 backend
    "
    );
}

#[tokio::test]
async fn what_was_said_of_an_older_generation_is_not_passed_off_as_the_present_one() {
    let server = ApiServer::default();
    let status = json!({ "observedGeneration": 1, "conditions": [ready("True", "Ready", "all is well")] });
    server.connector("pets", &json!({}), &status);
    server.edit(
        "namespaces/shop/customconnectors/pets",
        &json!({ "metadata": { "generation": 2 } }),
    );
    let shown = Standing::of(&server.cluster().connector("pets").await.unwrap());
    assert_eq!(
        (shown.ready.as_str(), shown.reason.as_str()),
        ("Unknown", "NotJudgedYet")
    );
    assert_eq!(
        shown.message,
        "generation 2 was not judged yet; of generation 1: Ready all is well"
    );
}

#[tokio::test]
async fn a_new_connector_a_suspended_one_and_an_unreadable_one_can_be_told_apart() {
    let new = standing(json!({}), json!({ "observedGeneration": -1 })).await;
    assert_eq!((new.ready.as_str(), new.suspended), ("Unknown", false));
    let suspended = standing(json!({ "suspend": true }), json!({})).await;
    assert!(suspended.suspended);
    let odd = standing(json!({ "interval": 7 }), json!({})).await;
    assert!(
        odd.message.starts_with("the spec cannot be read"),
        "{}",
        odd.message
    );
}

#[tokio::test]
async fn json_has_the_columns_of_csv() {
    let server = ApiServer::default();
    server.connector("pets", &json!({}), &json!({}));
    let connector = server.cluster().connector("pets").await.unwrap();
    let value = serde_json::to_value(Standing::of(&connector)).unwrap();
    let names: Vec<&String> = value.as_object().unwrap().keys().collect();
    let columns: Vec<&str> = Standing::COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(names, columns);
    assert_eq!(Standing::of(&connector).cells().len(), columns.len());
}
