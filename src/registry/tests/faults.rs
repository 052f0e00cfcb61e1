//! Faults that were asked for, and the count of requests.

use std::time::Duration;

use super::*;

async fn with(rules: Value) -> Fixture {
    let fixture = Fixture::with(|options| options.faults = true).await;
    let answer = fixture.put("/faults", &rules).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    fixture
}

fn at(name: &str) -> String {
    format!("{WEB}/customApis/{name}?{V}")
}

#[tokio::test]
async fn faults_exist_only_where_they_were_asked_for() {
    let fixture = Fixture::new().await;
    assert_eq!(
        fixture.put("/faults", &json!([])).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(fixture.get("/counters").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_error_comes_as_often_as_asked_with_its_retry_after() {
    let fixture = with(
        json!([{"method": "PUT", "pathContains": "/customApis/a", "count": 1,
        "action": {"type": "error", "status": 503, "body": "down", "retryAfter": 7}}]),
    )
    .await;
    let failed = fixture.put(&at("a"), &connector()).await;
    assert_eq!(
        (failed.status, failed.text.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "down")
    );
    assert_eq!(failed.headers["retry-after"], "7");
    assert_eq!(
        fixture.get(&at("a")).await.status,
        StatusCode::NOT_FOUND,
        "nothing was carried out"
    );
    assert_eq!(fixture.put(&at("a"), &connector()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_can_be_lost_after_its_effect() {
    let fixture = with(json!([{"method": "PUT", "count": 1,
        "action": {"type": "error", "status": 500, "afterEffect": true}}]))
    .await;
    assert_eq!(
        fixture.put(&at("a"), &connector()).await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(fixture.get(&at("a")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_success_can_be_without_effect() {
    let fixture = with(json!([{"method": "PUT", "count": 1, "action": {"type": "noEffect"}}])).await;
    let answer = fixture.put(&at("a"), &connector()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["name"], "a");
    assert_eq!(fixture.get(&at("a")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn garbage_and_silence_come_instead_of_an_answer() {
    let fixture = with(json!([
        {"pathContains": "/customApis/garbage", "action": {"type": "garbage"}},
        {"pathContains": "/customApis/hang", "action": {"type": "hang"}},
    ]))
    .await;
    let garbage = fixture.get(&at("garbage")).await;
    assert_eq!(garbage.status, StatusCode::OK);
    assert!(serde_json::from_str::<Value>(&garbage.text).is_err());
    let hung = tokio::time::timeout(Duration::from_millis(50), fixture.get(&at("hang"))).await;
    assert!(hung.is_err());
    assert_eq!(fixture.delete("/faults").await.json(), json!([]));
    assert_eq!(fixture.get(&at("hang")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn requests_are_counted_by_what_they_ask_for() {
    let fixture = with(json!([])).await;
    fixture.connector("a").await;
    fixture.get(&format!("{WEB}/customApis?{V}")).await;
    fixture.get(&format!("{WEB}/customApis?{V}")).await;
    fixture.get(&format!("{}&export=true", at("a"))).await;
    fixture.get("/nothing").await;
    let counted = fixture.get("/counters").await.json();
    let wanted = json!({"customApis.export": 1, "customApis.list": 2, "customApis.put": 1, "other": 1});
    assert_eq!(counted["requests"], wanted);
    assert_eq!(fixture.delete("/counters").await.status, StatusCode::NO_CONTENT);
    assert_eq!(fixture.get("/counters").await.json()["requests"], json!({}));
    assert!(fixture.registry.faults().unwrap().counters().is_empty());
}

#[tokio::test]
async fn latency_delays_every_answer() {
    let fixture = Fixture::with(|options| options.latency = Duration::from_millis(40)).await;
    let started = std::time::Instant::now();
    fixture.get(&at("a")).await;
    assert!(started.elapsed() >= Duration::from_millis(40));
}
