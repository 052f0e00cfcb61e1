//! An API server in this process, for commands: objects by path, lists in pages, merge patches, deletion. No client.

pub(super) mod served;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Json,
    body::{Body, to_bytes},
    response::{IntoResponse as _, Response},
};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tower::service_fn;

use super::cluster::Cluster;

const GROUP: &str = "/apis/connectors.dev/v1alpha1";

/// The objects of a cluster, by path.
#[derive(Clone, Default)]
pub(super) struct ApiServer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Value>,
    /// What was asked for, as `GET path?query`.
    requests: Vec<String>,
    /// Lists that are answered as if their pages were forgotten.
    forgetful: usize,
    /// Paths that nobody may read.
    forbidden: Vec<String>,
    /// Done before the next write: somebody else's.
    rival: Option<(String, Value)>,
}

impl ApiServer {
    /// Makes an object: its metadata as it is given, with what an API server adds.
    pub(super) fn create(&self, collection: &str, mut object: Value) {
        let metadata = &mut object["metadata"];
        let (namespace, name) = (metadata["namespace"].as_str(), metadata["name"].as_str().unwrap());
        let path = match namespace {
            Some(namespace) => format!("{GROUP}/namespaces/{namespace}/{collection}/{name}"),
            None => format!("{GROUP}/{collection}/{name}"),
        };
        let mut state = self.0.lock().unwrap();
        let number = state.objects.len() + 1;
        for (field, value) in [
            ("uid", json!(format!("uid-{number}"))),
            ("resourceVersion", json!(number.to_string())),
            ("generation", json!(1)),
            ("creationTimestamp", json!("2026-11-02T09:00:00Z")),
        ] {
            if metadata[field].is_null() {
                metadata[field] = value;
            }
        }
        state.objects.insert(path, object);
    }

    /// A connector of the namespace `shop`, with what is given of it.
    pub(super) fn connector(&self, name: &str, spec: &Value, status: &Value) {
        let mut whole = json!({ "definition": { "inline": "{}" } });
        merge(&mut whole, spec);
        self.create(
            "customconnectors",
            json!({ "metadata": { "namespace": "shop", "name": name }, "spec": whole, "status": status }),
        );
    }

    /// The object as it is.
    pub(super) fn get(&self, path: &str) -> Option<Value> {
        let state = self.0.lock().unwrap();
        state.objects.get(&format!("{GROUP}/{path}")).cloned()
    }

    /// Changes an object.
    pub(super) fn edit(&self, path: &str, change: &Value) {
        let mut state = self.0.lock().unwrap();
        merge(state.objects.get_mut(&format!("{GROUP}/{path}")).unwrap(), change);
    }

    /// What was asked for so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.0.lock().unwrap().requests.clone()
    }

    /// The next page after the first is forgotten.
    pub(super) fn forget_pages(&self) {
        self.0.lock().unwrap().forgetful = 1;
    }

    /// Nobody may read that any more.
    pub(super) fn forbid(&self, path: &str) {
        self.0.lock().unwrap().forbidden.push(format!("{GROUP}/{path}"));
    }

    /// Somebody writes the object right before the next write.
    pub(super) fn overtake(&self, path: &str, change: Value) {
        self.0.lock().unwrap().rival = Some((format!("{GROUP}/{path}"), change));
    }

    /// The cluster, its namespace being `shop`.
    pub(super) fn cluster(&self) -> Cluster {
        let server = self.clone();
        let service = service_fn(move |request: Request<kube::client::Body>| {
            let server = server.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
                let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
                Ok::<_, Infallible>(server.answer(&parts.method, &parts.uri, &body))
            }
        });
        Cluster {
            client: kube::Client::new(service, "default"),
            namespace: "shop".to_owned(),
        }
    }

    fn answer(&self, method: &Method, uri: &http::Uri, body: &Value) -> Response {
        let mut state = self.0.lock().unwrap();
        state.requests.push(format!("{method} {uri}"));
        let path = uri.path().to_owned();
        if state.forbidden.contains(&path) {
            return refusal(StatusCode::FORBIDDEN, "you may not");
        }
        if uri.query().is_some_and(|query| query.contains("dryRun=All")) {
            return Json(state.tried(&path, body)).into_response();
        }
        let of_objects = path.trim_start_matches(GROUP).matches('/').count() % 2 == 1;
        if *method == Method::GET && of_objects {
            return state.list(&path, uri.query().unwrap_or_default());
        }
        if *method != Method::GET
            && let Some((path, change)) = state.rival.take()
        {
            let object = state.objects.get_mut(&path).unwrap();
            merge(object, &change);
        }
        let Some(mut object) = state.objects.get(&path).cloned() else {
            return refusal(StatusCode::NOT_FOUND, "not found");
        };
        let stale = |wanted: &Value, field: &str| {
            !wanted[field].is_null() && wanted[field] != object["metadata"][field]
        };
        match *method {
            Method::PATCH => {
                let wanted = &body["metadata"];
                if stale(wanted, "uid") || stale(wanted, "resourceVersion") {
                    return refusal(StatusCode::CONFLICT, "changed meanwhile");
                }
                merge(&mut object, body);
                object["metadata"]["resourceVersion"] = json!(format!("{}0", state.requests.len()));
            }
            Method::DELETE => {
                let wanted = &body["preconditions"];
                if stale(wanted, "uid") || stale(wanted, "resourceVersion") {
                    return refusal(StatusCode::CONFLICT, "changed meanwhile");
                }
                object["metadata"]["deletionTimestamp"] = json!("2026-11-02T10:00:00Z");
            }
            _ => return Json(object).into_response(),
        }
        let held = object["metadata"]["finalizers"]
            .as_array()
            .is_some_and(|list| !list.is_empty());
        if object["metadata"].get("deletionTimestamp").is_some() && !held {
            state.objects.remove(&path);
        } else {
            state.objects.insert(path, object.clone());
        }
        Json(object).into_response()
    }
}

impl State {
    /// What would be stored of an object that is created, or replaced.
    fn tried(&self, path: &str, object: &Value) -> Value {
        let mut object = object.clone();
        let known = self.objects.get(path);
        let of = |field: &str| known.map_or(Value::Null, |known| known["metadata"][field].clone());
        let generation = of("generation").as_i64().unwrap_or_default() + 1;
        let uid = of("uid").as_str().unwrap_or("uid-of-a-dry-run").to_owned();
        merge(
            &mut object["metadata"],
            &json!({ "uid": uid, "generation": generation }),
        );
        if let Some(known) = known {
            object["status"] = known["status"].clone();
        }
        object
    }

    fn list(&mut self, path: &str, query: &str) -> Response {
        let parameter = |name: &str| {
            let mut parameters = url::form_urlencoded::parse(query.as_bytes());
            parameters
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let start: usize = parameter("continue").map_or(0, |token| token.parse().unwrap());
        if start > 0 && self.forgetful > 0 {
            self.forgetful -= 1;
            return refusal(StatusCode::GONE, "the state is forgotten");
        }
        let limit: usize = parameter("limit").map_or(usize::MAX, |limit| limit.parse().unwrap());
        let collection = path.rsplit('/').next().unwrap();
        let inside = |key: &str| {
            if path.contains("/namespaces/") {
                key.starts_with(&format!("{path}/"))
            } else {
                key.contains(&format!("/{collection}/"))
            }
        };
        let all: Vec<&Value> = self
            .objects
            .iter()
            .filter(|(key, _)| inside(key))
            .map(|(_, object)| object)
            .collect();
        let end = all.len().min(start.saturating_add(limit));
        let next = if end < all.len() {
            end.to_string()
        } else {
            String::new()
        };
        Json(json!({
            "apiVersion": "v1", "kind": "List",
            "metadata": { "resourceVersion": "1", "continue": next },
            "items": &all[start..end],
        }))
        .into_response()
    }
}

/// A JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name], value);
        }
    }
}

fn refusal(status: StatusCode, message: &str) -> Response {
    let reason = if status == StatusCode::NOT_FOUND {
        "NotFound"
    } else {
        "Refused"
    };
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status.as_u16(), "reason": reason,
        "message": message,
    });
    (status, Json(body)).into_response()
}

/// The condition `Ready` of generation 1.
pub(super) fn ready(status: &str, reason: &str, message: &str) -> Value {
    json!({
        "type": "Ready", "status": status, "reason": reason, "message": message, "observedGeneration": 1,
        "lastTransitionTime": "2026-11-02T09:00:05Z",
    })
}
