use std::sync::{Arc, Mutex};

use axum::{
    Json, Router, body::Body, extract::Request, http::Method, http::StatusCode, response::IntoResponse as _,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::*;

/// The one lease of an API server in this process.
type Lease = Arc<Mutex<Option<Value>>>;

fn api_server(lease: &Lease) -> Client {
    let lease = Arc::clone(lease);
    let router = Router::new().fallback(move |request: Request<Body>| {
        let lease = Arc::clone(&lease);
        async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let mut lease = lease.lock().unwrap();
            if head.method != Method::GET {
                *lease = Some(serde_json::from_slice(&body).unwrap());
            }
            let absent = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404,
                                "reason": "NotFound", "message": "not found"});
            lease.clone().map_or_else(
                || (StatusCode::NOT_FOUND, Json(absent)).into_response(),
                |lease| (StatusCode::OK, Json(lease)).into_response(),
            )
        }
    });
    Client::new(router, "default")
}

fn held_by(identity: &str) -> Value {
    json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
           "metadata": {"name": LEASE, "namespace": "system"},
           "spec": {"holderIdentity": identity, "leaseDurationSeconds": 30}})
}

fn holder(lease: &Lease) -> Option<String> {
    let lease = lease.lock().unwrap();
    lease
        .as_ref()?
        .pointer("/spec/holderIdentity")?
        .as_str()
        .map(str::to_owned)
}

#[tokio::test(start_paused = true)]
async fn a_leader_told_to_stop_ends_its_work_and_gives_the_lease_back() {
    let (lease, shutdown) = (Lease::default(), CancellationToken::new());
    let work = async {
        assert_eq!(holder(&lease).as_deref(), Some("pod-1"));
        shutdown.cancel();
        sleep(Duration::from_secs(10)).await;
        "ended by itself"
    };
    let ended = lead(api_server(&lease), "system", "pod-1", &shutdown, work).await;
    assert_eq!(ended, Ok(Some("ended by itself")));
    assert_eq!(holder(&lease), None);
}

#[tokio::test(start_paused = true)]
async fn a_standby_told_to_stop_leaves_at_once() {
    let lease = Lease::new(Mutex::new(Some(held_by("pod-2"))));
    let (start, shutdown) = (Instant::now(), CancellationToken::new());
    let stop = async {
        sleep(Duration::from_secs(5)).await;
        shutdown.cancel();
    };
    let (ended, ()) = tokio::join!(
        lead(api_server(&lease), "system", "pod-1", &shutdown, pending::<()>()),
        stop
    );
    assert_eq!(ended, Ok(None));
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    assert_eq!(holder(&lease).as_deref(), Some("pod-2"));
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_lease_is_taken_drops_its_work() {
    let (lease, shutdown) = (Lease::default(), CancellationToken::new());
    let work = async {
        *lease.lock().unwrap() = Some(held_by("pod-2"));
        pending::<()>().await;
    };
    let ended = lead(api_server(&lease), "system", "pod-1", &shutdown, work).await;
    assert_eq!(ended, Err(LeadershipLost));
    assert_eq!(holder(&lease).as_deref(), Some("pod-2"));
}

#[tokio::test(start_paused = true)]
async fn a_process_started_again_under_its_identity_leads_at_once() {
    let lease = Lease::new(Mutex::new(Some(held_by("pod-1"))));
    let (start, shutdown) = (Instant::now(), CancellationToken::new());
    let ended = lead(api_server(&lease), "system", "pod-1", &shutdown, async {
        start.elapsed()
    })
    .await;
    assert!(ended.unwrap().unwrap() < Duration::from_secs(1));
}
