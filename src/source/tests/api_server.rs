use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{Json, Router, body::Body, extract::Request, http::StatusCode, response::IntoResponse};
use serde_json::{Value, json};

use crate::source::{AddressPolicy, Sources, TimeLimits};

/// An API server in this process: objects by path, and a log of the paths asked for.
#[derive(Clone, Default)]
pub(super) struct ApiServer {
    objects: Arc<Mutex<HashMap<String, (StatusCode, Value)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ApiServer {
    pub(super) fn put(&self, path: &str, object: Value) {
        self.answer(path, StatusCode::OK, object);
    }

    pub(super) fn answer(&self, path: &str, status: StatusCode, body: Value) {
        self.objects
            .lock()
            .unwrap()
            .insert(format!("/api/v1/namespaces/shop/{path}"), (status, body));
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(super) fn sources(&self) -> Sources {
        let server = self.clone();
        let router = Router::new().fallback(move |request: Request<Body>| {
            let path = request.uri().path().to_owned();
            server.asked.lock().unwrap().push(path.clone());
            let found = server.objects.lock().unwrap().get(&path).cloned();
            let absent = || (StatusCode::NOT_FOUND, status(404, "NotFound", "not found"));
            let (code, body) = found.unwrap_or_else(absent);
            std::future::ready((code, Json(body)).into_response())
        });
        let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()]);
        Sources::new(kube::Client::new(router, "shop"), policy, TimeLimits::default()).unwrap()
    }
}

pub(super) fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
            "message": message })
}

pub(super) fn object(kind: &str, name: &str, version: &str, data: &Value) -> Value {
    let metadata = json!({ "name": name, "namespace": "shop", "uid": "u1", "resourceVersion": version });
    json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data })
}
