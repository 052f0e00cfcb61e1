use kube::{
    api::{ObjectList, WatchEvent},
    core::Duration,
};
use serde_json::{Value, json};

use super::*;

fn condition(kind: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": "True", "reason": "Succeeded", "message": message,
        "observedGeneration": 3, "lastTransitionTime": "2026-11-02T10:00:00Z",
    })
}

/// A connector as the API server sends it once it is registered with one backend and shared with two groups.
fn registered() -> Value {
    let id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/billing/providers/Microsoft.Web\
              /customApis/invoices";
    let digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let grant = |id: &str| {
        json!({"kind": "Group", "id": id, "role": "Use", "registration": "ConnectorBackend/registry",
               "state": "Granted"})
    };
    json!({
        "apiVersion": "connectors.dev/v1alpha1",
        "kind": "CustomConnector",
        "metadata": {
            "name": "invoices", "namespace": "billing", "uid": "7c0ae7d2-7a1c-4f43-8f0a-6b1d3c1f5f0e",
            "resourceVersion": "184467", "generation": 3, "creationTimestamp": "2026-11-02T09:00:00Z",
            "finalizers": ["connectors.dev/registration"],
            "labels": {"app.kubernetes.io/name": "invoices"},
            "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": "x".repeat(3000),
                "team": "billing",
                "connectors.dev/requested-at": "monday",
            },
            "managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsType": "FieldsV1",
                               "fieldsV1": {"f:spec": {}}}],
        },
        "spec": {
            "backendRefs": [{"kind": "ConnectorBackend", "name": "registry"}],
            "displayName": "Invoices",
            "definition": {"configMapKeyRef": {"name": "invoices", "key": "openapi.json"}},
            "authentication": {"apiKey": {"name": "X-Api-Key", "in": "header"}},
            "sharing": {"principals": [
                {"kind": "Group", "id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "role": "Use"},
                {"kind": "Group", "id": "3f2504e0-4f89-41d3-9a0c-0305e82c3302", "role": "Use"},
            ]},
            "interval": "30m",
        },
        "status": {
            "observedGeneration": 3,
            "conditions": [
                condition("Ready", "Registered with 1 backend and shared with 2 principals"),
                condition("Registered", "Registered with 1 backend"),
                condition("Shared", "Shared with 2 principals"),
                condition("SourceReady", "ConfigMap billing/invoices, key openapi.json"),
                condition("Valid", "OpenAPI 2.0 with 12 operations, 0 warnings"),
            ],
            "definition": {"format": "openapi-2.0", "title": "Invoices", "version": "1.4.0", "digest": digest,
                           "sizeBytes": 4096, "operations": 12, "source": "ConfigMap/invoices",
                           "revision": "184001"},
            "validation": {"errors": 0, "warnings": 0},
            "registrations": [{"backendKind": "ConnectorBackend", "backendName": "registry", "id": id,
                               "state": "Registered", "digest": digest}],
            "registered": "1/1",
            "sharing": {"desired": 2, "granted": 2, "failed": 0, "unmanaged": 0, "summary": "2/2", "principals": [
                grant("3f2504e0-4f89-41d3-9a0c-0305e82c3301"), grant("3f2504e0-4f89-41d3-9a0c-0305e82c3302"),
            ]},
        },
    })
}

fn entry(object: &Value) -> Entry {
    serde_json::from_str(&object.to_string()).unwrap()
}

fn with_spec(spec: Value) -> Value {
    let mut object = registered();
    object["spec"] = spec;
    object
}

#[test]
fn what_the_controller_decides_by_is_kept() {
    let entry = entry(&registered());
    assert_eq!(entry.key(), Key::new("billing", "invoices"));
    assert_eq!(entry.key().to_string(), "billing/invoices");
    assert_eq!(entry.uid(), "7c0ae7d2-7a1c-4f43-8f0a-6b1d3c1f5f0e");
    assert_eq!((entry.generation(), entry.resource_version()), (3, "184467"));
    assert_eq!(entry.created(), Some("2026-11-02T09:00:00Z".parse().unwrap()));
    assert_eq!(entry.deleted(), None);
    assert!(entry.has_finalizer());
    assert_eq!(entry.requested_at(), Some("monday"));
    let spec = entry.spec().unwrap();
    assert_eq!(spec.interval, Some("30m".parse::<Duration>().unwrap()));
    assert_eq!(entry.inline_definition(), None);
}

#[test]
fn the_status_reads_back_as_it_was_written() {
    let object = registered();
    let status = entry(&object).status();
    assert_eq!(serde_json::to_value(&status).unwrap(), object["status"]);
}

#[test]
fn what_is_large_or_not_ours_is_dropped() {
    let entry = entry(&registered());
    let metadata = entry.meta();
    assert_eq!(metadata.labels, None);
    assert_eq!(metadata.managed_fields, None);
    assert_eq!(metadata.annotations, None);
}

#[test]
fn inline_texts_are_cut_but_stay_known_by_their_digests() {
    let object = with_spec(json!({
        "definition": {"inline": "swagger: '2.0'"},
        "icon": {"inline": "iVBORw0KGgo="},
    }));
    let entry = entry(&object);
    let spec = entry.spec().unwrap();
    assert_eq!(spec.definition.source, Source::Inline(String::new()));
    assert_eq!(spec.icon, Some(Icon::Inline(String::new())));
    assert_eq!(
        entry.inline_definition(),
        Some(sha256(b"swagger: '2.0'").as_str())
    );
    assert_eq!(entry.inline_icon(), Some(sha256(b"iVBORw0KGgo=").as_str()));
}

#[test]
fn a_spec_that_cannot_be_read_is_an_entry_that_says_so() {
    for spec in [
        json!({"definition": {"carrierPigeon": {}}}),
        json!("nothing"),
        Value::Null,
    ] {
        let entry = entry(&with_spec(spec));
        assert_eq!(entry.key(), Key::new("billing", "invoices"));
        let told = entry.spec().unwrap_err().to_string();
        assert!(told.starts_with("the spec cannot be read: "), "{told}");
    }
}

#[test]
fn a_status_that_cannot_be_read_counts_as_none() {
    let mut object = registered();
    for status in [json!({"registrations": "all"}), Value::Null] {
        object["status"] = status;
        assert_eq!(entry(&object).status(), CustomConnectorStatus::default());
    }
}

#[test]
fn an_echo_of_the_same_status_is_told_from_a_change() {
    let before = entry(&registered());
    let mut object = registered();
    object["metadata"]["resourceVersion"] = json!("184468");
    assert!(entry(&object).has_status_of(&before));
    object["status"]["registered"] = json!("0/1");
    assert!(!entry(&object).has_status_of(&before));
}

#[test]
fn lists_and_watches_decode_straight_into_entries() {
    let object = registered();
    let list = json!({"apiVersion": "connectors.dev/v1alpha1", "kind": "CustomConnectorList",
                      "metadata": {"resourceVersion": "9"}, "items": [object]});
    let list: ObjectList<Entry> = serde_json::from_str(&list.to_string()).unwrap();
    assert_eq!(list.items[0].status().registered.as_deref(), Some("1/1"));
    let event = format!(r#"{{"type":"MODIFIED","object":{object}}}"#);
    let WatchEvent::Modified(entry) = serde_json::from_str::<WatchEvent<Entry>>(&event).unwrap() else {
        panic!("not a modification");
    };
    assert_eq!(entry.status().registered.as_deref(), Some("1/1"));
}

#[test]
fn it_is_watched_as_the_kind_that_it_stands_for() {
    assert_eq!(
        Entry::url_path(&(), Some("billing")),
        "/apis/connectors.dev/v1alpha1/namespaces/billing/customconnectors"
    );
    let reference = entry(&registered()).reference();
    assert_eq!(reference.kind.as_deref(), Some("CustomConnector"));
    assert_eq!(
        reference.uid.as_deref(),
        Some("7c0ae7d2-7a1c-4f43-8f0a-6b1d3c1f5f0e")
    );
}

#[test]
fn an_entry_with_five_conditions_stays_under_3300_bytes() {
    let object = registered();
    let entry = entry(&object);
    let metadata = serde_json::to_string(entry.meta()).unwrap().len();
    let spec = entry.spec.as_deref().map_or(0, |spec| spec.get().len());
    let status = entry.status.as_deref().map_or(0, |status| status.get().len());
    let bytes = size_of::<Entry>() + metadata + spec + status;
    println!(
        "an entry takes {bytes} bytes: {} fixed, {metadata} of metadata, {spec} of spec, {status} of status",
        size_of::<Entry>()
    );
    assert!(bytes < 3300, "{bytes}");
}
