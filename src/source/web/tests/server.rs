use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, http::Request, response::Response, routing::any};
use tokio::net::TcpListener;
use url::Url;

/// A server on `address`, port 0 being any free one, with what it was asked.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) asked: Arc<Mutex<Vec<Request<()>>>>,
}

impl Server {
    pub(super) async fn start<A>(address: (&str, u16), answer: A) -> Self
    where
        A: Fn(&str) -> Response + Clone + Send + Sync + 'static,
    {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let router = Router::new().fallback(any(move |request: Request<Body>| {
            let response = answer(request.uri().path());
            log.lock().unwrap().push(request.map(|_| ()));
            std::future::ready(response)
        }));
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { address, asked }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub(super) fn seen(&self, header: &str) -> Vec<Option<String>> {
        let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|asked| asked.headers().get(header).map(text))
            .collect()
    }
}
