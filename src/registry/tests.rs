//! The registry as its callers meet it: requests in, answers out.

mod connections;
mod connectors;
mod examples;
mod faults;
mod lists;
mod roles;
mod scopes;
mod wire;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// A subscription.
const SUBSCRIPTION: &str = "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
/// A group of it, with its provider.
const WEB: &str =
    "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/Team/providers/Microsoft.Web";
/// The query of every request to `Microsoft.Web`.
const V: &str = "api-version=2016-06-01";

/// A registry in a directory of its own.
struct Fixture {
    registry: Registry,
    directory: TempDir,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The error's code, in either shape.
    fn code(&self) -> String {
        let body = self.json();
        let web = body["Details"][2]["ErrorEntity"]["ExtendedCode"].as_str();
        web.or_else(|| body["error"]["code"].as_str())
            .unwrap_or_default()
            .to_owned()
    }

    /// The names of a list's items.
    fn names(&self) -> Vec<String> {
        let body = self.json();
        let items = body["value"]
            .as_array()
            .unwrap_or_else(|| panic!("no list: {body}"));
        items
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Fixture {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut options = Options::new(directory.path());
        change(&mut options);
        Self {
            registry: Registry::open(options).await.unwrap(),
            directory,
        }
    }

    /// Sends a request as it is.
    async fn raw(&self, request: Request<Body>) -> Answer {
        let response = handle::answer(&self.registry.shared, request, "http").await;
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.into()).unwrap(),
        }
    }

    /// A request with the token, to be completed.
    fn request(&self, method: &str, uri: &str) -> http::request::Builder {
        let token = self.registry.token();
        Request::builder()
            .method(method)
            .uri(uri)
            .header("host", "registry.test:8080")
            .header("authorization", format!("Bearer {}", token.expose_secret()))
    }

    async fn send(&self, method: &str, uri: &str, body: &Value) -> Answer {
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.raw(self.request(method, uri).body(body).unwrap()).await
    }

    async fn get(&self, uri: &str) -> Answer {
        self.send("GET", uri, &Value::Null).await
    }

    async fn put(&self, uri: &str, body: &Value) -> Answer {
        self.send("PUT", uri, body).await
    }

    async fn delete(&self, uri: &str) -> Answer {
        self.send("DELETE", uri, &Value::Null).await
    }

    /// Registers a connector of this name in [`WEB`].
    async fn connector(&self, name: &str) {
        let answer = self
            .put(&format!("{WEB}/customApis/{name}?{V}"), &connector())
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}

/// A connector with an API key.
fn connector() -> Value {
    json!({
        "location": "local",
        "properties": {
            "displayName": "Contacts",
            "backendService": {"serviceUrl": "https://contacts.example/v1"},
            "swagger": {
                "swagger": "2.0",
                "info": {"title": "Contacts", "version": "1"},
                "host": "contacts.example",
                "basePath": "/v1",
                "paths": {},
            },
            "connectionParameters": {
                "api_key": {"type": "securestring"},
                "region": {"type": "string"},
            },
        },
    })
}

/// A connector that signs in by OAuth, with a client secret where one is given.
fn oauth_connector(client_secret: Option<&str>) -> Value {
    let mut body = connector();
    let mut settings = json!({"identityProvider": "oauth2", "clientId": "id"});
    if let Some(secret) = client_secret {
        settings["clientSecret"] = secret.into();
    }
    body["properties"]["connectionParameters"] =
        json!({"token": {"type": "oauthSetting", "oAuthSettings": settings}});
    body
}
