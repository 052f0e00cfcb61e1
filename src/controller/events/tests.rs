use std::sync::Mutex;

use axum::{Json, Router, body::Body, extract::Request, http::StatusCode, response::IntoResponse as _};
use kube::core::response::{Status, StatusCause, StatusDetails};
use serde_json::{Value, json};

use super::*;
use crate::crd::{ClusterConnectorBackend, CustomConnector};

/// What an API server in this process was asked: method, path, body.
type Asked = Arc<Mutex<Vec<(String, String, Value)>>>;

/// An API server that takes every Event.
fn api_server() -> (Client, Asked) {
    let asked = Asked::default();
    let log = Arc::clone(&asked);
    let router = Router::new().fallback(move |request: Request<Body>| {
        let log = Arc::clone(&log);
        async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let mut body: Value = serde_json::from_slice(&body).unwrap();
            let entry = (head.method.to_string(), head.uri.path().to_owned(), body.clone());
            log.lock().unwrap().push(entry);
            body["metadata"]["name"] = json!("made");
            (StatusCode::CREATED, Json(body)).into_response()
        }
    });
    (Client::new(router, "default"), asked)
}

fn connector() -> CustomConnector {
    serde_json::from_value(json!({
        "metadata": {"name": "invoices", "namespace": "billing", "uid": "u-1", "labels": {"a": "b"}},
        "spec": {"definition": {"inline": "swagger: '2.0'"}},
    }))
    .unwrap()
}

fn asked(log: &Asked) -> Vec<(String, String, Value)> {
    log.lock().unwrap().clone()
}

#[tokio::test]
async fn an_event_names_its_object_and_who_reports() {
    let (client, log) = api_server();
    let events = Events::new(client, "pod-1");
    events.publish(
        &connector(),
        EventType::Warning,
        "NameTaken",
        "shop/invoices has that name",
    );
    events.finish().await;
    let asked = asked(&log);
    let (method, path, event) = &asked[0];
    assert_eq!(
        (method.as_str(), path.as_str()),
        ("POST", "/apis/events.k8s.io/v1/namespaces/billing/events")
    );
    assert_eq!(event["regarding"]["kind"], "CustomConnector");
    assert_eq!(event["regarding"]["uid"], "u-1");
    assert_eq!(
        (&event["type"], &event["reason"]),
        (&json!("Warning"), &json!("NameTaken"))
    );
    assert_eq!(event["note"], "shop/invoices has that name");
    assert_eq!(event["reportingController"], "connectors.dev/connector-operator");
    assert_eq!(event["reportingInstance"], "pod-1");
}

#[tokio::test]
async fn an_event_about_a_cluster_object_goes_to_the_namespace_default() {
    let (client, log) = api_server();
    let events = Events::new(client, "pod-1");
    let backend: ClusterConnectorBackend =
        serde_json::from_value(json!({"metadata": {"name": "azure"}, "spec": {"registry": {}}})).unwrap();
    events.publish(&backend, EventType::Normal, "Adopted", "took over 3 connectors");
    events.finish().await;
    assert_eq!(
        asked(&log)[0].1,
        "/apis/events.k8s.io/v1/namespaces/default/events"
    );
}

#[tokio::test]
async fn a_repetition_is_counted_and_a_changed_note_is_an_event_of_its_own() {
    let (client, log) = api_server();
    let events = Events::new(client, "pod-1");
    for note in ["once", "once", "twice"] {
        let clone = events.clone();
        clone.publish(&connector(), EventType::Warning, "Throttled", note);
        while !events.tasks.is_empty() {
            tokio::task::yield_now().await;
        }
    }
    let methods: Vec<_> = asked(&log).into_iter().map(|(method, ..)| method).collect();
    assert_eq!(methods, ["POST", "PATCH", "POST"]);
    assert_eq!(asked(&log)[2].2["note"], "twice");
}

#[tokio::test]
async fn a_long_note_is_cut_between_characters() {
    let (client, log) = api_server();
    let events = Events::new(client, "pod-1");
    events.publish(&connector(), EventType::Warning, "Invalid", "ä".repeat(2000));
    events.finish().await;
    let note = asked(&log)[0].2["note"].as_str().unwrap().to_owned();
    assert!(
        note.len() <= 1024 && note.starts_with('ä'),
        "{} bytes",
        note.len()
    );
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_hangs_delays_nobody_and_is_given_up() {
    let router = Router::new().fallback(std::future::pending::<StatusCode>);
    let events = Events::new(Client::new(router, "default"), "pod-1");
    for _ in 0..100 {
        events.publish(&connector(), EventType::Warning, "Invalid", "…");
    }
    assert_eq!(events.tasks.len(), MAXIMUM_UNDER_WAY, "further ones are dropped");
    events.finish().await;
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::task::yield_now().await;
    assert!(events.tasks.is_empty());
}

#[test]
fn an_event_that_nobody_can_read_any_more_is_no_warning() {
    let api = |status: Status| PublishError::Kube(kube::Error::Api(status.boxed()));
    let terminating = Status {
        code: 403,
        details: Some(StatusDetails {
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            uid: String::new(),
            causes: vec![StatusCause {
                reason: NAMESPACE_TERMINATING.to_owned(),
                message: String::new(),
                field: String::new(),
            }],
            retry_after_seconds: 0,
        }),
        ..Status::default()
    };
    assert!(has_no_reader(&api(terminating)));
    assert!(has_no_reader(&api(
        Status::failure("gone", "NotFound").with_code(404)
    )));
    assert!(!has_no_reader(&api(
        Status::failure("no right", "Forbidden").with_code(403)
    )));
}
