//! A server in front of the registry that writes down what passes. Client required.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    response::Response,
};
use connector_operator::registry::{Options, Registry};
use http::{Request, header};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;
use url::form_urlencoded;

const LIMIT: usize = 16 << 20;

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Path and query, as they were sent.
    pub(crate) target: String,
    pub(crate) body: Option<Value>,
    pub(crate) status: u16,
    pub(crate) is_json: bool,
    pub(crate) answer: Option<Value>,
}

impl Exchange {
    /// The segments of its path, decoded.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = self.target.split('?').next().unwrap();
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        segments
            .map(|it| percent_decode_str(it).decode_utf8().unwrap().into_owned())
            .collect()
    }

    /// Its query, decoded.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// Whether a connector's document is asked for.
    pub(crate) fn is_export(&self) -> bool {
        self.query().contains(&("export".to_owned(), "true".to_owned()))
    }

    /// Path and query of the link to the next page, where the answer has one.
    pub(crate) fn next_link(&self) -> Option<String> {
        let link = self.answer.as_ref()?.get("nextLink")?.as_str()?;
        let link = url::Url::parse(link).ok()?;
        Some(format!("{}?{}", link.path(), link.query()?))
    }
}

/// A registry behind a recorder.
pub(crate) struct Recorder {
    /// Where it listens, without a slash at the end.
    pub(crate) url: String,
    /// What the registry wants to be shown.
    pub(crate) token: SecretString,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    _folder: TempDir,
}

impl Recorder {
    /// Starts; ends with the test's runtime.
    pub(crate) async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path().join("data"));
        change(&mut options);
        let registry = Registry::open(options).await.unwrap();
        let exchanges = Arc::<Mutex<Vec<Exchange>>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = (registry.router(), Arc::clone(&exchanges));
        let router = Router::new().fallback(pass).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            token: registry.token(),
            exchanges,
            _folder: folder,
        }
    }

    /// What has passed so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}

type Shared = (Router, Arc<Mutex<Vec<Exchange>>>);

async fn pass(State((registry, exchanges)): State<Shared>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let sent = to_bytes(body, LIMIT).await.unwrap();
    let (method, target) = (parts.method.to_string(), parts.uri.to_string());
    let answer = registry
        .oneshot(Request::from_parts(parts, Body::from(sent.clone())))
        .await
        .unwrap();
    let (parts, body) = answer.into_parts();
    let answered = to_bytes(body, LIMIT).await.unwrap();
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let exchange = Exchange {
        method,
        target,
        body: json(&sent),
        status: parts.status.as_u16(),
        is_json: kind.is_some_and(|kind| kind.to_str().unwrap().starts_with("application/json")),
        answer: json(&answered),
    };
    exchanges.lock().unwrap().push(exchange);
    Response::from_parts(parts, Body::from(answered))
}

fn json(body: &[u8]) -> Option<Value> {
    (!body.is_empty()).then(|| serde_json::from_slice(body).unwrap())
}
