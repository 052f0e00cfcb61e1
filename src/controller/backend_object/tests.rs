use serde_json::{Value, json};

use super::{
    place::{LOCAL, NO_SUBSCRIPTION},
    *,
};
use crate::reconcile::target::{Application, AzureCredential};

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

fn azure(more: &Value) -> Value {
    let mut azure = json!({ "subscriptionId": "s", "resourceGroup": "g", "location": "westeurope" });
    azure
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({ "azure": azure })
}

fn signed_in(object: BackendObject) -> AzureCredential {
    let Endpoint::Azure { credential, .. } = object.endpoint else {
        panic!("elsewhere");
    };
    credential
}

#[test]
fn a_namespace_signs_in_to_azure_by_its_own_secrets_and_service_accounts() {
    let application = Application {
        tenant: "t".to_owned(),
        client: "c".to_owned(),
    };
    let secret = json!({ "tenantId": "t", "clientId": "c", "secretRef": { "name": "n", "key": "k" } });
    let key = ("shop".to_owned(), "n".to_owned(), "k".to_owned());
    let account = json!({ "tenantId": "t", "clientId": "c", "serviceAccountRef": { "name": "n" } });
    for (credential, expected) in [
        (
            json!({ "clientSecret": secret }),
            AzureCredential::Secret(application.clone(), key.clone()),
        ),
        (
            json!({ "clientCertificate": secret }),
            AzureCredential::Certificate(application.clone(), key),
        ),
        (
            json!({ "workloadIdentity": account }),
            AzureCredential::ServiceAccount(application.clone(), ("shop".to_owned(), "n".to_owned())),
        ),
    ] {
        let object = near(&azure(&json!({ "credential": credential })));
        assert_eq!(signed_in(object), expected);
    }
}

#[test]
fn a_namespace_cannot_even_say_that_it_wants_the_operators_own_identity_or_an_entra_of_its_own() {
    let account = json!({ "tenantId": "t", "clientId": "c" });
    for more in [
        json!({ "credential": { "workloadIdentity": account } }),
        json!({ "credential": { "managedIdentity": {} } }),
    ] {
        let spec = serde_json::from_value::<ConnectorBackendSpec>(azure(&more));
        assert!(spec.is_err(), "{more}");
    }
    let account = json!({ "tenantId": "t", "clientId": "c", "serviceAccountRef": { "name": "n" } });
    let object = near(&azure(&json!({
        "credential": { "workloadIdentity": account },
        "endpoints": { "resourceManager": "https://evil.example", "authority": "https://evil.example" },
    })));
    let Endpoint::Azure { authority, .. } = object.endpoint else {
        panic!("elsewhere");
    };
    assert_eq!(authority, "https://login.microsoftonline.com");
}

#[test]
fn a_cluster_backend_may_sign_in_by_the_operators_own_identity() {
    for (credential, expected) in [
        (
            json!({ "workloadIdentity": { "clientId": "c" } }),
            AzureCredential::OwnToken {
                tenant: None,
                client: Some("c".to_owned()),
            },
        ),
        (json!({ "managedIdentity": {} }), AzureCredential::Machine(None)),
    ] {
        let object = wide(&azure(&json!({ "credential": credential })));
        assert_eq!(signed_in(object), expected);
    }
}

#[test]
fn each_cloud_has_its_addresses_and_the_cluster_kind_may_name_others() {
    let credential = json!({ "managedIdentity": {} });
    let own = json!({ "resourceManager": "https://a.example/", "authority": "https://b.example" });
    for (more, expected) in [
        (
            json!({}),
            [
                "https://management.azure.com",
                "https://login.microsoftonline.com",
            ],
        ),
        (
            json!({ "cloud": "USGovernment" }),
            [
                "https://management.usgovcloudapi.net",
                "https://login.microsoftonline.us",
            ],
        ),
        (
            json!({ "cloud": "China" }),
            [
                "https://management.chinacloudapi.cn",
                "https://login.chinacloudapi.cn",
            ],
        ),
        (
            json!({ "endpoints": own }),
            ["https://a.example/", "https://b.example"],
        ),
    ] {
        let mut more = more;
        more["credential"] = credential.clone();
        let Endpoint::Azure {
            resource_manager,
            authority,
            audience,
            ..
        } = wide(&azure(&more)).endpoint
        else {
            panic!("elsewhere");
        };
        assert_eq!([resource_manager.as_str(), authority.as_str()], expected);
        assert_eq!(audience, resource_manager);
    }
}

#[test]
fn azure_is_asked_as_often_as_it_allows_unless_the_object_says_otherwise() {
    let more = json!({ "credential": { "managedIdentity": {} } });
    let mut spec = azure(&more);
    let limits = wide(&spec).policy.limits;
    assert_eq!(
        (
            limits.max_connectors,
            limits.max_in_flight,
            limits.requests_per_second
        ),
        (Some(1000), Some(8), None)
    );
    spec["limits"] = json!({ "maxInFlight": 2, "requestsPerSecond": 10 });
    let limits = wide(&spec).policy.limits;
    assert_eq!(
        (limits.max_in_flight, limits.requests_per_second),
        (Some(2), Some(10))
    );
}

#[test]
fn in_azure_only_edit_is_known_by_itself() {
    let object = wide(&azure(&json!({ "credential": { "managedIdentity": {} } })));
    let roles = object.endpoint.built_in_roles();
    let names: Vec<&str> = roles.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["Edit"]);
    assert_eq!(roles[0].1.to_string(), "87a39d53-fc1b-424a-814c-f7e04687dc9e");
}
