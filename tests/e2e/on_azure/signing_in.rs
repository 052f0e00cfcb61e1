//! A story for each way to sign in. Client required.

use std::fs;

use connector_operator::crd::{ClusterConnectorBackend, ConnectorBackend};
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use kube::{Api, api::PostParams};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use super::{Place, SUBSCRIPTION, TENANT};
use crate::{azure::Proof, federation, shared::kubectl, site::BACKEND, stage};

#[tokio::test]
async fn by_a_client_secret() {
    let place = Place::with_secret("secret").await;

    place.site.connector("contacts", json!({})).await;

    let asked = stage::azure().manager.asked_about(&place.group());
    assert!(!asked.is_empty());
    let by_us = |client: &str| client == place.client;
    assert!(
        asked
            .iter()
            .all(|it| it.bearer.as_ref().is_some_and(|it| by_us(&it.client)))
    );
    let exchanges = stage::azure().entra.exchanges_of(&place.client);
    assert_eq!(exchanges.len(), 1, "one token is enough: {exchanges:?}");
}

#[tokio::test]
async fn a_wrong_secret_is_told_by_its_number_and_a_right_one_is_enough() {
    let place = Place::new("wrong").await;
    place.register(Proof::Secret {
        value: "right".to_owned(),
        expired: false,
    });
    place.keep("canary-of-a-secret").await;
    place.backend(place.by("clientSecret")).await;
    place
        .site
        .create_connector("contacts", json!({ "interval": "10s" }))
        .await;

    let judged = place.site.judged("contacts").await;

    let told = Place::told(&judged);
    assert!(
        told.contains("AADSTS7000215") && !told.contains("canary"),
        "{told}"
    );
    let right = json!({ "stringData": { "credential": "right" } });
    place.site.patch::<Secret>("azure", right).await;
    let touched = json!({ "spec": { "tags": { "touched": "yes" } } });
    place.site.patch::<ConnectorBackend>(BACKEND, touched).await;
    place.site.ready("contacts").await;
}

#[tokio::test]
async fn by_a_certificate() {
    let place = Place::new("certificate").await;
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::default().self_signed(&key).unwrap();
    place.register(Proof::Certificate {
        certificate: certificate.der().to_vec(),
        key: key.public_key_raw().to_vec(),
    });
    place
        .keep(&format!("{}{}", certificate.pem(), key.serialize_pem()))
        .await;
    place.backend(place.by("clientCertificate")).await;

    place.site.connector("contacts", json!({})).await;

    let exchanges = stage::azure().entra.exchanges_of(&place.client);
    assert!(
        exchanges
            .iter()
            .all(|it| it.proof == Some("certificate") && it.refused.is_none()),
        "{exchanges:?}"
    );
}

#[tokio::test]
async fn by_a_service_account_of_the_namespace() {
    let control_plane = stage::with_operator().await.control_plane();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/service-account-tokens");
    kubectl(control_plane, &["apply", "--server-side", "--kustomize", folder]);
    let place = Place::new("account").await;
    let account = json!({ "metadata": { "name": "team" } });
    place.site.create::<ServiceAccount>(account).await;
    let namespace = place.site.namespace.as_str();
    place.register(federation::trust(&place.site.client, (namespace, "team")).await);
    place
        .backend(json!({ "workloadIdentity": {
            "tenantId": TENANT, "clientId": place.client, "serviceAccountRef": { "name": "team" },
        } }))
        .await;

    place.site.connector("contacts", json!({})).await;

    let exchanges = stage::azure().entra.exchanges_of(&place.client);
    let fits = exchanges
        .iter()
        .all(|it| it.proof == Some("federated") && it.refused.is_none());
    assert!(fits && !exchanges.is_empty(), "{exchanges:?}");
}

/// A connector by a cluster backend that signs in so, for this namespace alone.
async fn by_cluster_backend(place: &Place, credential: Value) {
    let name = place.site.namespace.clone();
    let spec = json!({
        "namespaces": { "names": [name] },
        "azure": {
            "subscriptionId": SUBSCRIPTION, "resourceGroup": name, "location": "westeurope", "credential": credential,
        },
    });
    let backend = json!({ "metadata": { "name": name }, "spec": spec });
    let backend: ClusterConnectorBackend = serde_json::from_value(backend).unwrap();
    let api = Api::all(place.site.client.clone());
    api.create(&PostParams::default(), &backend).await.unwrap();
    let reference = json!([{ "kind": "ClusterConnectorBackend", "name": name }]);
    place
        .site
        .connector("contacts", json!({ "backendRefs": reference }))
        .await;
}

#[tokio::test]
async fn by_the_operators_own_service_account() {
    let place = Place::new("own").await;
    let own = ("connector-operator", "connector-operator");
    place.register(federation::trust(&place.site.client, own).await);
    let token = federation::token(&place.site.client, own, federation::AUDIENCE).await;
    fs::write(stage::azure().federated_token_file(), token).unwrap();

    let identity = json!({ "tenantId": TENANT, "clientId": place.client });
    by_cluster_backend(&place, json!({ "workloadIdentity": identity })).await;

    let exchanges = stage::azure().entra.exchanges_of(&place.client);
    assert!(
        exchanges.iter().all(|it| it.refused.is_none()) && !exchanges.is_empty(),
        "{exchanges:?}"
    );
}

#[tokio::test]
async fn by_the_identity_of_the_machine() {
    let place = Place::new("machine").await;
    let object = stage::azure().machine.assign(&place.client);

    by_cluster_backend(&place, json!({ "managedIdentity": { "clientId": place.client } })).await;

    let asked = stage::azure().manager.asked_about(&place.group());
    assert!(
        asked
            .iter()
            .all(|it| it.bearer.as_ref().is_some_and(|it| it.object == object))
    );
}
