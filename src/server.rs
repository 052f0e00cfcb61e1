//! The process's own server: `/healthz`, `/readyz`, `/metrics`. No client.

mod health;
#[cfg(test)]
mod tests;

use std::{future::Future, io, net::TcpListener, sync::Arc, time::Duration, time::Instant};

use axum::{
    Router, extract::State, http::StatusCode, http::header::CONTENT_TYPE, response::IntoResponse, routing,
};
use axum_server::Handle;

pub use self::health::{Gate, HEARTBEAT_LIMIT, Health};
use crate::metrics::{self, Metrics};

/// How long a caller may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a scrape under way may take once told to stop.
const GRACE: Duration = Duration::from_secs(1);

/// What the answers are made of.
#[derive(Clone)]
struct Observed {
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

/// Answers on `listener` until `shutdown`.
pub async fn serve(
    listener: TcpListener,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?.handle(handle.clone());
    server.http_builder().http1().header_read_timeout(HEAD_TIME);
    let serving = server.serve(router(health, metrics).into_make_service());
    let stopping = async {
        shutdown.await;
        handle.graceful_shutdown(Some(GRACE));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        served = serving => served,
        () = stopping => Ok(()),
    }
}

fn router(health: Arc<Health>, metrics: Arc<Metrics>) -> Router {
    Router::new()
        .route("/healthz", routing::get(healthz))
        .route("/readyz", routing::get(readyz))
        .route("/metrics", routing::get(scrape))
        .with_state(Observed { health, metrics })
}

async fn healthz(State(observed): State<Observed>) -> (StatusCode, String) {
    match observed.health.liveness(Instant::now()) {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(silent) => {
            let told = format!("the controller's loop has not moved for {} s\n", silent.as_secs());
            (StatusCode::SERVICE_UNAVAILABLE, told)
        }
    }
}

async fn readyz(State(observed): State<Observed>) -> (StatusCode, String) {
    match observed.health.readiness() {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(closed) => (StatusCode::SERVICE_UNAVAILABLE, closed),
    }
}

async fn scrape(State(observed): State<Observed>) -> impl IntoResponse {
    match observed.metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
