//! The real registry in this process: behind a gateway that sees every call, and as others reach it.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::{api_server::Namespaces, calls::Calls};
use crate::{
    arm::{Client, CustomApiObserved, Endpoint, Options, RoleAssignment, StaticToken, id::ResourceId},
    registry::{self, Registry},
    source::{AddressPolicy, Sources, TimeLimits},
};

/// A registry on a directory of its own, and a way to API servers. Scenes share both and keep apart by subscription
/// and namespace.
pub(super) struct Cloud {
    pub(super) namespaces: Namespaces,
    pub(super) sources: Arc<Sources>,
    registry: Registry,
    _directory: TempDir,
}

/// Where one process reaches the registry; closed when dropped.
pub(super) struct Gateway {
    pub(super) client: Client,
    server: JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Cloud {
    pub(super) async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = registry::Options::new(directory.path().join("data"));
        let namespaces = Namespaces::default();
        let nowhere = AddressPolicy::new(Vec::new());
        let sources = Sources::new(namespaces.client(), nowhere, TimeLimits::default());
        Self {
            namespaces,
            sources: Arc::new(sources.unwrap()),
            registry: Registry::open(options).await.unwrap(),
            _directory: directory,
        }
    }

    /// A gateway whose calls are `calls`.
    pub(super) async fn gateway(&self, calls: &Calls) -> Gateway {
        let (router, calls) = (self.registry.router(), calls.clone());
        let router = Router::new().fallback(move |request: Request| {
            let (router, calls) = (router.clone(), calls.clone());
            async move {
                let call = called(&request);
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap();
                calls.carry(&body);
                let request = Request::from_parts(parts, Body::from(body));
                calls.make(call, answer(router, request)).await
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let token = StaticToken::new(&self.registry.token()).unwrap();
        let endpoint = Endpoint::new(&url, None).unwrap();
        Gateway {
            client: Client::new(endpoint, Arc::new(token), Arc::new(()), Options::default()).unwrap(),
            server: tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }),
        }
    }

    /// A connector, as somebody at the backend sees it.
    pub(super) async fn connector(&self, id: &ResourceId) -> Option<CustomApiObserved> {
        let (status, body) = self.ask("GET", id.as_str(), &Value::Null).await;
        (status == StatusCode::OK).then(|| serde_json::from_value(body).unwrap())
    }

    /// The grants at exactly a connector.
    pub(super) async fn grants(&self, id: &ResourceId) -> Vec<RoleAssignment> {
        let list = format!("{id}/providers/Microsoft.Authorization/roleAssignments");
        let (_, body) = self.ask("GET", &list, &Value::Null).await;
        let all: Vec<RoleAssignment> = serde_json::from_value(body["value"].clone()).unwrap();
        all.into_iter().filter(|grant| grant.is_at(id)).collect()
    }

    /// Somebody registers a connector, or changes it as a whole.
    pub(super) async fn put_connector(&self, id: &ResourceId, display_name: &str, tags: Value) {
        let body = json!({
            "location": "local", "tags": tags,
            "properties": {
                "displayName": display_name,
                "backendService": { "serviceUrl": "https://pets.example/v1" },
                "swagger": {
                    "swagger": "2.0", "info": { "title": display_name, "version": "1" },
                    "host": "pets.example", "basePath": "/v1", "paths": {},
                },
            },
        });
        self.demand("PUT", id.as_str(), &body).await;
    }

    /// Somebody sets all tags of a connector.
    pub(super) async fn tag(&self, id: &ResourceId, tags: Value) {
        self.demand("PATCH", id.as_str(), &json!({ "tags": tags })).await;
    }

    /// Somebody takes a connector away.
    pub(super) async fn remove(&self, id: &ResourceId) {
        self.demand("DELETE", id.as_str(), &Value::Null).await;
    }

    /// Somebody makes a grant, under a name of their own.
    pub(super) async fn grant(&self, id: &ResourceId, role: Uuid, principal: &str) {
        let body = json!({ "properties": {
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            "principalId": principal, "principalType": "User",
        } });
        let grant = id.role_assignment(Uuid::new_v4());
        self.demand("PUT", grant.as_str(), &body).await;
    }

    /// Somebody connects to a connector.
    pub(super) async fn connect(&self, id: &ResourceId, name: &str) {
        let scope = id.scope().unwrap().id();
        let path = format!("{scope}/providers/Microsoft.Web/connections/{name}");
        let body = json!({ "location": "local", "properties": { "displayName": name, "api": { "id": id.as_str() } } });
        self.demand("PUT", &path, &body).await;
    }

    async fn demand(&self, method: &str, path: &str, body: &Value) {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let version = if path.contains("Microsoft.Authorization") {
            "2022-04-01"
        } else {
            "2016-06-01"
        };
        let token = self.registry.token();
        let request = Request::builder()
            .method(method)
            .uri(format!("{path}?api-version={version}"))
            .header("host", "registry.test")
            .header("authorization", format!("Bearer {}", token.expose_secret()));
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let response = answer(self.registry.router(), request.body(body).unwrap()).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}

async fn answer(router: Router, request: Request) -> Response {
    router.oneshot(request).await.unwrap()
}

/// `PUT east/customApis`: the verb, the group, and what kind of thing it is done to.
fn called(request: &Request) -> String {
    let path = request.uri().path();
    let segment_after = |name: &str| {
        let mut segments = path.split('/').skip_while(|segment| *segment != name);
        segments.nth(1).unwrap_or_default()
    };
    let kinds = ["roleAssignments", "customApis", "connections", "resourcegroups"];
    let kind = kinds.into_iter().find(|kind| path.contains(kind)).unwrap();
    let group = segment_after("resourceGroups");
    let slash = if group.is_empty() { "" } else { "/" };
    format!("{} {group}{slash}{kind}", request.method())
}
