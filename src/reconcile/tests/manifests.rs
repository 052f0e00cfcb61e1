//! What users write: specs, descriptions, what a backend allows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::target::Policy;
use crate::crd::{
    approval::RequireApproval,
    backend::{ConnectionScopes, Limits},
    connector::Adoption,
    sharing::SharingPolicy,
};

/// Where the connector lies.
pub(super) const PETSTORE: &str = "customconnectors/petstore";
/// Where its description lies.
pub(super) const API: &str = "configmaps/api";
/// The cluster's id.
pub(super) const CLUSTER: &str = "cluster";
pub(super) const ANNA: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
pub(super) const BERT: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3302";
pub(super) const CARL: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3303";

/// A spec with these backends, and `more`.
pub(super) fn spec(backends: &[&str], more: Value) -> Value {
    let references = backends
        .iter()
        .map(|name| json!({ "kind": "ConnectorBackend", "name": name }));
    let mut spec = json!({
        "backendRefs": references.collect::<Vec<_>>(),
        "definition": { "configMapKeyRef": { "name": "api", "key": "openapi.json" } },
    });
    let Value::Object(more) = more else {
        panic!("no spec: {more}")
    };
    spec.as_object_mut().unwrap().extend(more);
    spec
}

/// Principals that may use the connector.
pub(super) fn users(ids: &[&str]) -> Value {
    let principals = ids
        .iter()
        .map(|id| json!({ "kind": "User", "id": id, "role": "Use" }));
    json!({ "principals": principals.collect::<Vec<_>>() })
}

/// A description with that title.
pub(super) fn description(title: &str) -> Value {
    let pets = json!({ "get": {
        "operationId": "ListPets", "summary": "List pets", "responses": { "200": { "description": "OK" } },
    } });
    let document = json!({
        "swagger": "2.0", "info": { "title": title, "version": "1" }, "host": "pets.example", "basePath": "/v1",
        "schemes": ["https"], "paths": { "/pets": pets },
    });
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "data": { "openapi.json": document.to_string() } })
}

/// What a backend allows that says little.
pub(super) fn policy() -> Policy {
    Policy {
        sharing: Some(SharingPolicy::default()),
        adoption: Adoption::IfUnowned,
        require_approval: RequireApproval::Never,
        tags: BTreeMap::from([("team".to_owned(), "pets".to_owned())]),
        connection_scopes: ConnectionScopes::Subscription(true),
        limits: Limits::default(),
    }
}
