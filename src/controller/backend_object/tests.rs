use serde_json::{Value, json};

use super::*;

fn near(spec: &Value) -> BackendObject {
    let object = json!({
        "apiVersion": "connectors.dev/v1alpha1", "kind": "ConnectorBackend", "spec": spec,
        "metadata": { "namespace": "shop", "name": "near", "uid": "u", "resourceVersion": "9", "generation": 1 },
    });
    BackendObject::of_namespace(&serde_json::from_value(object).unwrap())
}

fn wide(spec: &Value) -> BackendObject {
    let object = json!({
        "apiVersion": "connectors.dev/v1alpha1", "kind": "ClusterConnectorBackend", "spec": spec,
        "metadata": { "name": "wide", "uid": "u", "resourceVersion": "10", "generation": 1 },
    });
    BackendObject::of_cluster(&serde_json::from_value(object).unwrap())
}

fn admits(namespaces: &Value) -> bool {
    let labels = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
    wide(&json!({ "registry": {}, "namespaces": namespaces }))
        .admits
        .admits("shop", &labels)
}

#[test]
fn the_embedded_registry_gives_each_namespace_and_each_cluster_backend_its_own_group() {
    let (near, wide) = (near(&json!({ "registry": {} })), wide(&json!({ "registry": {} })));
    assert_eq!(
        (near.endpoint, near.scope.resource_group()),
        (Endpoint::Embedded, "shop")
    );
    assert_eq!(
        (wide.endpoint, wide.scope.resource_group()),
        (Endpoint::Embedded, "cluster.wide")
    );
    assert_eq!(near.scope.subscription(), NO_SUBSCRIPTION);
    assert_eq!(near.location, LOCAL);
}

#[test]
fn on_the_embedded_registry_a_namespace_cannot_choose_where_it_registers() {
    let registry = json!({ "resourceGroup": "another", "subscriptionId": "another", "location": "another" });
    let object = near(&json!({ "registry": registry }));
    assert_eq!(object.scope, Scope::new(NO_SUBSCRIPTION, "shop"));
    assert_eq!(object.location, LOCAL);
}

#[test]
fn a_registry_elsewhere_is_used_as_it_is_described() {
    let registry = json!({ "url": "https://r.test", "tokenSecretRef": { "name": "t", "key": "k" }, "resourceGroup": "g" });
    let object = near(&json!({ "registry": registry }));
    assert_eq!(object.scope.resource_group(), "g");
    let Endpoint::Remote { token, .. } = object.endpoint else {
        panic!("embedded");
    };
    assert_eq!(token, ("shop".to_owned(), "t".to_owned(), "k".to_owned()));
}

#[test]
fn the_kinds_differ_in_what_they_allow_by_default() {
    let (near, wide) = (near(&json!({ "registry": {} })), wide(&json!({ "registry": {} })));
    assert!(near.policy.sharing.is_some(), "a namespace may share its own");
    assert!(
        wide.policy.sharing.is_none(),
        "the cluster's is shared only as declared"
    );
    assert_eq!(
        (near.policy.adoption, wide.policy.adoption),
        (Adoption::IfUnowned, Adoption::Never)
    );
    assert_eq!((near.admits, wide.admits), (Admission::Own, Admission::None));
}

#[test]
fn a_cluster_backend_admits_whom_it_names_and_nobody_else() {
    for (namespaces, expected) in [
        (json!({ "all": true }), true),
        (json!({ "all": false }), false),
        (json!({ "names": ["shop"] }), true),
        (json!({ "names": ["other"] }), false),
        (json!({ "names": [] }), false),
        (json!({ "selector": { "matchLabels": { "team": "shop" } } }), true),
        (
            json!({ "selector": { "matchLabels": { "team": "other" } } }),
            false,
        ),
        (
            json!({ "selector": { "matchExpressions": [{ "key": "team", "operator": "DoesNotExist" }] } }),
            false,
        ),
        (
            json!({ "selector": { "matchExpressions": [{ "key": "team", "operator": "Sometimes" }] } }),
            false,
        ),
    ] {
        assert_eq!(admits(&namespaces), expected, "{namespaces}");
    }
}

#[test]
fn versions_of_one_object_are_compared_as_numbers() {
    let older = near(&json!({ "registry": {} }));
    let mut newer = older.clone();
    newer.resource_version = "10".to_owned();
    assert!(newer.is_newer_than(&older) && !older.is_newer_than(&newer));
    let mut another = newer.clone();
    another.uid = "v".to_owned();
    assert!(
        !another.is_newer_than(&older),
        "another object is neither newer nor older"
    );
}
