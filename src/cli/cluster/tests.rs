use serde_json::json;

use super::*;
use crate::{
    cli::{cluster::backends::Backends, testing::ApiServer},
    crd::{BackendKind, BackendReference},
    reconcile::{reason::Reason, target::BackendKey},
};

fn many(server: &ApiServer, number: usize) {
    for index in 0..number {
        server.connector(&format!("c{index:04}"), &json!({}), &json!({}));
    }
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page_to_its_end() {
    let server = ApiServer::default();
    many(&server, 1203);
    let connectors = server
        .cluster()
        .connectors(Within::Namespace("shop"))
        .await
        .unwrap();
    let names: Vec<&str> = connectors.iter().map(|it| it.entry.name()).collect();
    assert_eq!((names.len(), names[0], names[1202]), (1203, "c0000", "c1202"));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn pages_that_were_forgotten_are_read_again_from_the_start() {
    let server = ApiServer::default();
    many(&server, 700);
    server.forget_pages();
    let connectors = server.cluster().connectors(Within::All).await.unwrap();
    assert_eq!(connectors.len(), 700);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_connector_that_does_not_exist_is_named() {
    let failure = ApiServer::default()
        .cluster()
        .connector("pets")
        .await
        .unwrap_err();
    assert_eq!(
        crate::cli::chain(&failure),
        "cannot read CustomConnector shop/pets: not found"
    );
}

#[tokio::test]
async fn backends_are_found_where_connectors_refer_to_them() {
    let server = ApiServer::default();
    let backend =
        |name: &str| json!({ "metadata": { "namespace": "shop", "name": name }, "spec": { "registry": {} } });
    server.create("connectorbackends", backend("team"));
    server.create(
        "clusterconnectorbackends",
        json!({ "metadata": { "name": "company" }, "spec": { "registry": {}, "default": true } }),
    );
    let odd = json!({ "metadata": { "namespace": "shop", "name": "odd" }, "spec": { "registry": 7 } });
    server.create("connectorbackends", odd);
    server.connector("pets", &json!({}), &json!({}));
    let cluster = server.cluster();
    let backends = Backends::read(&cluster, Within::Namespace("shop")).await.unwrap();
    let of = |kind, name: &str| {
        let name = name.to_owned();
        BackendKey::of(&BackendReference { kind, name }, "shop")
    };
    let team = backends.get(&of(BackendKind::ConnectorBackend, "team")).unwrap();
    assert_eq!(team.scope.resource_group(), "shop");
    let absent = backends
        .get(&of(BackendKind::ConnectorBackend, "none"))
        .unwrap_err();
    assert_eq!(absent.message, "ConnectorBackend shop/none does not exist");
    let odd = backends
        .get(&of(BackendKind::ConnectorBackend, "odd"))
        .unwrap_err();
    assert!(odd.message.contains("shop/odd cannot be read: "), "{odd:?}");
    let connector = cluster.connector("pets").await.unwrap();
    let references = backends.of(&connector).unwrap();
    assert_eq!(references[0].name, "company");
}

#[tokio::test]
async fn who_may_not_see_the_clusters_backends_learns_the_rest() {
    let server = ApiServer::default();
    server.forbid("clusterconnectorbackends");
    let cluster = server.cluster();
    let backends = Backends::read(&cluster, Within::Namespace("shop")).await.unwrap();
    let stop = backends.get(&BackendKey::cluster("company")).unwrap_err();
    assert_eq!(stop.reason, Reason::BackendNotFound);
    assert!(stop.message.contains("cannot be listed"), "{stop:?}");
}
