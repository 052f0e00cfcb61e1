//! A backend on loopback that answers as it is told, and writes down what it was asked. For tests.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json, value::RawValue};

use super::{ConnectionParameter, CustomApi, OAuthSettings};

/// One answer of the script.
pub(super) struct Reply {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: String,
    ending: Ending,
}

#[derive(Clone, Copy)]
enum Ending {
    Proper,
    CutOff,
    Never,
}

impl Reply {
    /// An answer with a body as it stands; `{base}` in it and in headers becomes the backend's address.
    pub(super) fn text(status: u16, body: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Vec::new(),
            body: body.into(),
            ending: Ending::Proper,
        }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, body.to_string()).header("content-type", "application/json")
    }

    /// An error as Resource Manager has it.
    pub(super) fn error(status: u16, code: &str) -> Self {
        Self::json(status, &json!({"error": {"code": code, "message": "no"}}))
    }

    /// No answer at all.
    pub(super) fn hang() -> Self {
        Self {
            ending: Ending::Never,
            ..Self::text(200, "")
        }
    }

    /// An answer whose connection breaks in the middle.
    pub(super) fn cut_off() -> Self {
        Self {
            ending: Ending::CutOff,
            ..Self::text(200, "{")
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    /// Path and query, as they were sent.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

struct Script {
    base: String,
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
}

/// The backend; it ends with the test's runtime.
pub(super) struct Backend(Arc<Script>);

impl Backend {
    /// A backend that gives `replies` one after the other, and then 599.
    pub(super) async fn answering(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = Arc::new(Script {
            base: format!("http://{}", listener.local_addr().unwrap()),
            replies: Mutex::new(replies.into_iter().collect()),
            asked: Mutex::default(),
        });
        let router = Router::new().fallback(reply).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self(script)
    }

    pub(super) fn base(&self) -> &str {
        &self.0.base
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.0.asked.lock().unwrap().clone()
    }

    /// Method and target of each request.
    pub(super) fn targets(&self) -> Vec<String> {
        let asked = self.asked();
        asked
            .iter()
            .map(|asked| format!("{} {}", asked.method, asked.target))
            .collect()
    }
}

async fn reply(State(script): State<Arc<Script>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 8 << 20).await.unwrap();
    script.asked.lock().unwrap().push(Asked {
        method: parts.method,
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let next = script.replies.lock().unwrap().pop_front();
    let reply = next.unwrap_or_else(|| Reply::error(599, "EndOfScript"));
    let placed = |text: &str| text.replace("{base}", &script.base);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, placed(value));
    }
    let body = placed(&reply.body);
    let body = match reply.ending {
        Ending::Never => return std::future::pending().await,
        Ending::Proper => Body::from(body),
        Ending::CutOff => Body::from_stream(futures::stream::iter([
            Ok(body),
            Err(std::io::Error::other("cut off")),
        ])),
    };
    response.body(body).unwrap()
}

/// A small connector.
pub(super) fn custom_api() -> CustomApi {
    CustomApi {
        location: "local".to_owned(),
        tags: BTreeMap::from([("team".to_owned(), "contacts".to_owned())]),
        display_name: Some("Contacts".to_owned()),
        description: None,
        brand_color: None,
        icon_uri: None,
        capabilities: None,
        connection_kinds: Vec::new(),
        connection_parameters: BTreeMap::new(),
        swagger: RawValue::from_string(r#"{"swagger":"2.0"}"#.to_owned()).unwrap(),
        service_url: "https://api.example.com/v1".to_owned(),
        client_secrets: BTreeMap::new(),
    }
}

/// The same with a sign-in.
pub(super) fn custom_api_with_secret(secret: &str) -> CustomApi {
    let settings = OAuthSettings {
        identity_provider: Some("oauth2".to_owned()),
        client_id: Some("app".to_owned()),
        ..OAuthSettings::default()
    };
    let token = ConnectionParameter {
        kind: "oauthSetting".to_owned(),
        o_auth_settings: Some(settings),
        ..ConnectionParameter::default()
    };
    CustomApi {
        connection_parameters: BTreeMap::from([("token".to_owned(), token)]),
        client_secrets: BTreeMap::from([("token".to_owned(), secret.into())]),
        ..custom_api()
    }
}
