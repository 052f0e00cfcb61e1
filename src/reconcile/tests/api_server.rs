//! An API server in this process: objects by path, with what passes rely on: versions, generations, finalizers.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Json,
    body::{Body, to_bytes},
    response::{IntoResponse as _, Response},
};
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};
use tower::service_fn;

use super::calls::Calls;

/// The objects of one namespace.
#[derive(Clone, Default)]
pub(super) struct ApiServer(Arc<Mutex<State>>);

/// API servers by namespace, behind one client: what shares it is expensive to make.
#[derive(Clone, Default)]
pub(super) struct Namespaces(Arc<Mutex<HashMap<String, (ApiServer, Calls)>>>);

#[derive(Default)]
struct State {
    namespace: String,
    /// By plural and name: `configmaps/api`.
    objects: BTreeMap<String, Value>,
    /// The version of the last change.
    version: u64,
}

impl Namespaces {
    /// From now on calls to that namespace go to `server`, as `calls`.
    pub(super) fn serve(&self, server: &ApiServer, calls: &Calls) {
        let namespace = server.0.lock().unwrap().namespace.clone();
        self.0
            .lock()
            .unwrap()
            .insert(namespace, (server.clone(), calls.clone()));
    }

    /// A client of all of them.
    pub(super) fn client(&self) -> kube::Client {
        let namespaces = self.clone();
        let service = service_fn(move |request: Request<kube::client::Body>| {
            let namespaces = namespaces.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
                let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
                let (_, within) = parts.uri.path().split_once("/namespaces/").unwrap();
                let (namespace, path) = within.split_once('/').unwrap();
                let (server, calls) = namespaces.0.lock().unwrap()[namespace].clone();
                let answer = async { server.answer(&parts.method, path, &body) };
                Ok::<_, Infallible>(calls.make(format!("{} {path}", parts.method), answer).await)
            }
        });
        kube::Client::new(service, "default")
    }
}

impl ApiServer {
    pub(super) fn of(namespace: &str) -> Self {
        let server = Self::default();
        namespace.clone_into(&mut server.0.lock().unwrap().namespace);
        server
    }

    /// Makes an object, in place of any that has the path.
    pub(super) fn create(&self, path: &str, object: Value) {
        let mut state = self.0.lock().unwrap();
        let (_, name) = path.split_once('/').unwrap();
        let version = state.next_version();
        let mut object = object;
        object["metadata"] = json!({
            "namespace": state.namespace, "name": name, "uid": format!("uid-{version}"), "generation": 1,
            "resourceVersion": version, "creationTimestamp": "2026-11-02T09:00:00Z",
        });
        state.objects.insert(path.to_owned(), object);
    }

    /// Changes an object as a user would: its generation grows where its spec changes.
    pub(super) fn edit(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut state = self.0.lock().unwrap();
        let mut object = state.objects[path].clone();
        change(&mut object);
        if object["spec"] != state.objects[path]["spec"] {
            let generation = object["metadata"]["generation"].as_i64().unwrap();
            object["metadata"]["generation"] = (generation + 1).into();
        }
        state.put(path, object);
    }

    /// Marks an object as deleted; it goes when no finalizer is left.
    pub(super) fn delete(&self, path: &str) {
        self.edit(path, |object| {
            object["metadata"]["deletionTimestamp"] = "2026-11-02T10:00:00Z".into();
        });
    }

    /// An object as it is; `None` where it is gone.
    pub(super) fn get(&self, path: &str) -> Option<Value> {
        self.0.lock().unwrap().objects.get(path).cloned()
    }

    fn answer(&self, method: &Method, path: &str, body: &Value) -> Response {
        let mut state = self.0.lock().unwrap();
        let (path, status) = match path.strip_suffix("/status") {
            Some(path) => (path, true),
            None => (path, false),
        };
        let Some(object) = state.objects.get(path).cloned() else {
            return refusal(StatusCode::NOT_FOUND, "NotFound");
        };
        if *method == Method::GET {
            return Json(object).into_response();
        }
        assert_eq!(method, Method::PATCH, "of {path}");
        let stale = |field: &str| {
            !body["metadata"][field].is_null() && body["metadata"][field] != object["metadata"][field]
        };
        if stale("uid") || stale("resourceVersion") {
            return refusal(StatusCode::CONFLICT, "Conflict");
        }
        let mut patched = object.clone();
        if status {
            merge(&mut patched["status"], &body["status"]);
        } else {
            merge(&mut patched["metadata"], &body["metadata"]);
        }
        Json(state.put(path, patched)).into_response()
    }
}

impl State {
    fn next_version(&mut self) -> String {
        self.version += 1;
        self.version.to_string()
    }

    /// Stores an object that changed; one that nothing holds any more goes. Answers with what it is then.
    fn put(&mut self, path: &str, mut object: Value) -> Value {
        if self.objects.get(path) == Some(&object) {
            return object;
        }
        object["metadata"]["resourceVersion"] = self.next_version().into();
        let held = object["metadata"]["finalizers"]
            .as_array()
            .is_some_and(|list| !list.is_empty());
        if object["metadata"].get("deletionTimestamp").is_some() && !held {
            self.objects.remove(path);
        } else {
            self.objects.insert(path.to_owned(), object.clone());
        }
        object
    }
}

/// A JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name], value);
        }
    }
}

fn refusal(status: StatusCode, reason: &str) -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status.as_u16(), "reason": reason,
        "message": reason,
    });
    (status, Json(body)).into_response()
}
