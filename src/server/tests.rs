use std::net::SocketAddr;

use tokio::sync::oneshot;

use super::*;

struct Running {
    address: SocketAddr,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<io::Result<()>>,
}

fn start() -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (health, metrics) = (Arc::new(Health::new()), Arc::new(Metrics::new()));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = serve(listener, Arc::clone(&health), Arc::clone(&metrics), async {
        drop(stopped.await);
    });
    Running {
        address,
        health,
        metrics,
        stop,
        served: tokio::spawn(serving),
    }
}

impl Running {
    async fn get(&self, path: &str) -> (u16, String, String) {
        // reqwest takes the process's provider for TLS, even where none is spoken
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client
            .get(format!("http://{}{path}", self.address))
            .send()
            .await
            .unwrap();
        let kind = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        (answer.status().as_u16(), kind, answer.text().await.unwrap())
    }
}

#[tokio::test]
async fn readyz_says_what_is_missing_and_turns_with_the_gates() {
    let server = start();
    let (status, _, text) = server.get("/readyz").await;
    assert_eq!((status, text.as_str()), (503, "definitions: not compared yet\n"));
    server.health.open(Gate::Definitions);
    assert_eq!(server.get("/readyz").await.0, 200);
}

#[tokio::test]
async fn healthz_answers_for_the_loop_and_not_only_for_the_port() {
    let server = start();
    assert_eq!(server.get("/healthz").await.0, 200);
    if let Some(long_ago) = Instant::now().checked_sub(2 * HEARTBEAT_LIMIT) {
        server.health.beat(long_ago);
        let (status, _, text) = server.get("/healthz").await;
        assert_eq!(status, 503);
        assert!(
            text.starts_with("the controller's loop has not moved for 12"),
            "{text}"
        );
    }
    server.health.beat(Instant::now());
    assert_eq!(server.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn metrics_come_as_openmetrics() {
    let server = start();
    server.metrics.set_leading(true);
    let (status, kind, text) = server.get("/metrics").await;
    assert_eq!((status, kind.as_str()), (200, metrics::CONTENT_TYPE));
    assert!(text.contains("\nconnector_operator_leader 1\n"), "{text}");
}

#[tokio::test]
async fn the_server_ends_when_it_is_told_to() {
    let server = start();
    assert_eq!(server.get("/healthz").await.0, 200);
    server.stop.send(()).unwrap();
    server.served.await.unwrap().unwrap();
}
