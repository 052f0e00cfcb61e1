//! The objects of a run, and sending them over several connections. Client required.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Method, Request, header};
use kube::Client;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::harness::{Failure, control_plane::ControlPlane, registry::Registry};

/// Where connectors and their ConfigMaps are.
pub(crate) const NAMESPACE: &str = "bench";
/// The collection of the connectors.
pub(crate) const CONNECTORS: &str = "/apis/connectors.dev/v1alpha1/namespaces/bench/customconnectors";
const CONNECTIONS: usize = 16;
const SHARED_BY: usize = 10;
const SHARED_BYTES: usize = 4 * 1024;

/// What the connectors of a run look like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// With how many principals each is shared.
    pub(crate) principals: usize,
    /// Bytes of the description that each holds itself; otherwise ten share a ConfigMap of 4 KB.
    pub(crate) inline: Option<usize>,
}

/// One request to the API server.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Value,
}

impl Call {
    /// Creates an object in a collection.
    pub(crate) fn create(collection: &str, body: Value) -> Self {
        Self {
            method: Method::POST,
            path: collection.to_owned(),
            body,
        }
    }

    /// Changes an object by a merge patch.
    pub(crate) fn patch(path: String, body: Value) -> Self {
        Self {
            method: Method::PATCH,
            path,
            body,
        }
    }

    /// The same call, only tried.
    pub(crate) fn on_trial(mut self) -> Self {
        self.path.push_str("?dryRun=All");
        self
    }

    /// Sends it; whatever the API server does not take is a failure.
    pub(crate) async fn send(&self, client: &Client) -> Result<(), Failure> {
        self.answer(client).await.map(drop)
    }

    /// Sends it, and returns what the API server made of the object.
    pub(crate) async fn answer(&self, client: &Client) -> Result<String, Failure> {
        let Self { method, path, body } = self;
        let attempt = || format!("{method} {path}");
        let kind = if *method == Method::PATCH {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, kind)
            .body(body.to_string().into_bytes())
            .map_err(Failure::call(attempt()))?;
        client
            .request_text(request)
            .await
            .map_err(Failure::call(attempt()))
    }
}

/// The name of the connector with that number.
pub(crate) fn name(number: usize) -> String {
    format!("connector-{number:05}")
}

/// The path of the connector with that number.
pub(crate) fn path(number: usize) -> String {
    format!("{CONNECTORS}/{}", name(number))
}

impl Shape {
    /// The connector with that number.
    pub(crate) fn connector(self, number: usize) -> Call {
        let definition = match self.inline {
            Some(bytes) => json!({ "inline": description(number, bytes) }),
            None => json!({ "configMapKeyRef": { "name": config_map_name(number), "key": "openapi.json" } }),
        };
        let principals: Vec<Value> = (0..self.principals)
            .map(|principal| json!({ "kind": "Group", "id": object_id(number, principal), "role": "Use" }))
            .collect();
        let mut spec = json!({
            "backendRefs": [{ "kind": "ClusterConnectorBackend", "name": "bench" }],
            "definition": definition,
        });
        if let (Some(fields), false) = (spec.as_object_mut(), principals.is_empty()) {
            fields.insert("sharing".to_owned(), json!({ "principals": principals }));
        }
        Call::create(
            CONNECTORS,
            object("connectors.dev/v1alpha1", "CustomConnector", &name(number), spec),
        )
    }

    /// What has to be there before the connectors are: ConfigMaps for as many of them.
    pub(crate) fn config_maps(self, connectors: usize) -> Vec<Call> {
        if self.inline.is_some() {
            return Vec::new();
        }
        let maps = (0..connectors).step_by(SHARED_BY).map(|number| {
            let body = json!({
                "metadata": { "name": config_map_name(number) },
                "data": { "openapi.json": description(number / SHARED_BY, SHARED_BYTES) },
            });
            Call::create("/api/v1/namespaces/bench/configmaps", body)
        });
        maps.collect()
    }
}

/// The namespace, the registry's token and the backend.
pub(crate) fn surroundings(registry: &Registry) -> [Call; 3] {
    let token = STANDARD.encode(registry.token().expose_secret());
    let backend = json!({
        "registry": {
            "url": registry.url(),
            "tokenSecretRef": { "namespace": NAMESPACE, "name": "registry", "key": "token" },
        },
        "namespaces": { "all": true },
        "sharing": { "allowedKinds": ["Group"] },
    });
    [
        Call::create("/api/v1/namespaces", json!({ "metadata": { "name": NAMESPACE } })),
        Call::create(
            "/api/v1/namespaces/bench/secrets",
            json!({ "metadata": { "name": "registry" }, "data": { "token": token } }),
        ),
        Call::create(
            "/apis/connectors.dev/v1alpha1/clusterconnectorbackends",
            object(
                "connectors.dev/v1alpha1",
                "ClusterConnectorBackend",
                "bench",
                backend,
            ),
        ),
    ]
}

/// Makes and sends `count` calls, in the order of their numbers, over sixteen connections. Returns when each was sent.
pub(crate) async fn send_all(
    control_plane: &ControlPlane,
    count: usize,
    call: impl Fn(usize) -> Call + Send + Sync + 'static,
) -> Result<Vec<Instant>, Failure> {
    let (next, call) = (Arc::new(AtomicUsize::new(0)), Arc::new(call));
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        // A client keeps one connection while it has one request under way.
        let client = control_plane.client().await?;
        let (next, call) = (Arc::clone(&next), Arc::clone(&call));
        senders.spawn(async move {
            let mut sent = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok::<_, Failure>(sent);
                }
                let call = call(number);
                sent.push((number, Instant::now()));
                call.send(&client).await?;
            }
        });
    }
    let mut sent = Vec::with_capacity(count);
    while let Some(ended) = senders.join_next().await {
        sent.extend(ended.map_err(Failure::call("send objects"))??);
    }
    sent.sort_unstable_by_key(|(number, _)| *number);
    Ok(sent.into_iter().map(|(_, at)| at).collect())
}

fn object(version: &str, kind: &str, name: &str, spec: Value) -> Value {
    let mut object = Map::new();
    object.insert("apiVersion".to_owned(), version.into());
    object.insert("kind".to_owned(), kind.into());
    object.insert("metadata".to_owned(), json!({ "name": name }));
    object.insert("spec".to_owned(), spec);
    object.into()
}

fn config_map_name(number: usize) -> String {
    format!("api-{:05}", number / SHARED_BY)
}

fn object_id(number: usize, principal: usize) -> String {
    format!("{principal:08x}-0000-4000-8000-{number:012x}")
}

/// An API description of about that many bytes, unlike that of any other number.
fn description(number: usize, bytes: usize) -> String {
    let mut paths = Map::new();
    let mut size = 400;
    while size < bytes {
        let resource = format!("things{:03}", paths.len());
        let operation = json!({ "get": {
            "operationId": format!("Get{resource}"),
            "summary": format!("Get one of {resource}"),
            "description": "Returns it with its state and the time it was last changed, or says that there is none.",
            "parameters": [
                { "name": "id", "in": "path", "required": true, "type": "string", "x-ms-summary": "Identifier" },
                { "name": "language", "in": "query", "type": "string", "enum": ["de", "en", "fr"] },
            ],
            "responses": {
                "200": { "description": "It is there.", "schema": { "$ref": "#/definitions/Thing" } },
                "404": { "description": "There is none." },
            },
        } });
        size += operation.to_string().len() + resource.len() + 10;
        paths.insert(format!("/{resource}/{{id}}"), operation);
    }
    json!({
        "swagger": "2.0",
        "info": { "title": format!("Catalogue {number}"), "version": "1.0.0", "description": "A catalogue." },
        "host": "catalogue.example.com",
        "basePath": format!("/v1/{number}"),
        "schemes": ["https"],
        "produces": ["application/json"],
        "securityDefinitions": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
        "security": [{ "key": [] }],
        "paths": paths,
        "definitions": { "Thing": {
            "type": "object",
            "properties": { "id": { "type": "string" }, "changed": { "type": "string", "format": "date-time" } },
        } },
    })
    .to_string()
}
