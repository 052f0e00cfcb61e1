//! Secrets planted wherever a secret can be, and looked for wherever anybody can read. Client required.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::Request, response::IntoResponse};
use connector_operator::crd::{ALLOWED_HOSTS, ConnectorBackend, CustomConnector};
use http::{Method, StatusCode};
use k8s_openapi::api::{core::v1::Secret, events::v1::Event};
use kube::api::ListParams;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    harness::operator::Operator,
    site::{ANN, BACKEND, Site, shared_with},
    stage,
};

/// In every value that is planted.
const CANARY: &str = "canary7f3b";

fn canary(place: &str) -> String {
    format!("{CANARY}-{place}-0123456789-0123456789")
}

/// A server that answers every request with an error which repeats all of it.
async fn talkative() -> (String, Arc<Mutex<String>>) {
    let heard = Arc::new(Mutex::new(String::new()));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let hearing = Arc::clone(&heard);
    let routes = Router::new().fallback(move |request: Request| {
        let asked = format!("{} {:?}", request.uri(), request.headers());
        hearing.lock().unwrap().push_str(&asked);
        async move { (StatusCode::FORBIDDEN, asked).into_response() }
    });
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("http://{address}"), heard)
}

async fn plant(site: &Site, name: &str, data: Value) {
    let annotations = json!({ ALLOWED_HOSTS: "127.0.0.1" });
    let secret = json!({ "metadata": { "name": name, "annotations": annotations }, "stringData": data });
    site.create::<Secret>(secret).await;
}

fn reference(secret: &str) -> Value {
    json!({ "name": secret, "key": "value" })
}

/// Everything that takes a secret; returns the names of the connectors.
async fn planted(site: &Site, server: &str) -> [&'static str; 6] {
    for place in ["oauth", "parameter", "entra", "token"] {
        plant(site, place, json!({ "value": canary(place) })).await;
    }
    plant(
        site,
        "headers",
        json!({ "X-Canary": canary("header"), "Authorization": canary("authorization") }),
    )
    .await;
    // A description with a fault in the middle of what nobody may see.
    let hidden = canary("description");
    let broken = format!(
        "swagger: '2.0'\ninfo: {{title: {hidden}, version: '1'}}\nhost: {hidden}/\npaths:\n  /{{{hidden}}}:\n    get: \
         {{operationId: {hidden} x, responses: {hidden}}}\n{hidden}: {hidden}\n"
    );
    plant(site, "description", json!({ "value": broken })).await;

    let settings = json!({ "clientId": "app", "clientSecretRef": reference("oauth"),
        "authorizationUrl": "https://login.example.com/a", "tokenUrl": "https://login.example.com/t" });
    let asked =
        json!({ "identityProvider": "oauth2", "clientId": "app", "clientSecretRef": reference("parameter") });
    let parameter = json!({ "extra": { "type": "oauthSetting", "oAuthSettings": asked } });
    let signed = json!({ "authentication": { "oauth2": settings }, "connectionParameters": parameter,
        "sharing": shared_with(&[ANN]) });
    site.create_connector("signed", signed).await;
    let entra = json!({ "clientId": "app", "clientSecretRef": reference("entra"), "resourceUri": "https://example.com" });
    site.create_connector("entra", json!({ "authentication": { "entraId": entra } }))
        .await;
    site.create_connector(
        "hidden",
        json!({ "definition": { "secretKeyRef": reference("description") } }),
    )
    .await;
    let fetched = json!({
        "url": format!("{server}/a.json?sig={}", canary("signature")),
        "headersSecretRef": { "name": "headers" },
    });
    site.create_connector("fetched", json!({ "definition": { "url": fetched } }))
        .await;
    let icon = json!({ "icon": { "url": format!("{server}/a.png?sig={}", canary("icon")) } });
    site.create_connector("pictured", icon).await;
    let elsewhere = json!({ "registry": { "url": server, "tokenSecretRef": reference("token") } });
    let backend = json!({ "metadata": { "name": "elsewhere" }, "spec": elsewhere });
    site.create::<ConnectorBackend>(backend).await;
    let refs = json!([{ "kind": "ConnectorBackend", "name": "elsewhere" }]);
    site.create_connector("elsewhere", json!({ "backendRefs": refs }))
        .await;
    ["signed", "entra", "hidden", "fetched", "pictured", "elsewhere"]
}

/// What anybody can read of it, by where.
async fn readable(site: &Site, operator: &Operator) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for connector in site.connectors().await {
        let name = connector.metadata.name.clone().unwrap();
        let metadata = serde_json::to_string(&connector.metadata.annotations).unwrap();
        found.push((
            format!("the status of {name}"),
            serde_json::to_string(&connector.status).unwrap() + &metadata,
        ));
    }
    for name in [BACKEND, "elsewhere"] {
        let backend = site.api::<ConnectorBackend>().get(name).await.unwrap();
        found.push((
            format!("the status of {name}"),
            serde_json::to_string(&backend.status).unwrap(),
        ));
    }
    let events = site.api::<Event>().list(&ListParams::default()).await.unwrap();
    found.push(("events".to_owned(), serde_json::to_string(&events.items).unwrap()));
    found.push(("metrics".to_owned(), operator.metrics().await.unwrap()));
    for (what, process) in [
        ("operator", operator.process()),
        ("registry", site.registry().process()),
    ] {
        found.push((
            format!("the log of the {what}"),
            std::fs::read_to_string(process.log()).unwrap(),
        ));
    }
    let group = format!(
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/{}/providers/Microsoft.Web/customApis",
        site.namespace
    );
    for path in [
        format!("{group}?api-version=2016-06-01"),
        format!("{group}/signed?api-version=2016-06-01"),
        format!("{group}/signed?api-version=2016-06-01&export=true"),
        format!("{group}/signed/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"),
    ] {
        let answer = site
            .registry()
            .request(Method::GET, &path)
            .unwrap()
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        found.push((path, answer.text().await.unwrap()));
    }
    found
}

#[tokio::test]
async fn planted_secrets_appear_nowhere() {
    let stage = stage::alone().await;
    let site = Site::new(stage.control_plane(), "canary").await;
    let (server, heard) = talkative().await;
    let operator = stage.operator("canary").await;
    let names = planted(&site, &server).await;
    for name in names {
        site.judged(name).await;
    }
    site.ready("signed").await;
    site.ready("entra").await;
    // Edits, so that comparing and sending again come by it as well.
    for name in names {
        site.patch::<CustomConnector>(name, json!({ "spec": { "displayName": "Again" } }))
            .await;
        site.judged(name).await;
    }

    let heard = heard.lock().unwrap().clone();
    for place in ["header", "signature", "icon", "token"] {
        assert!(
            heard.contains(&canary(place)),
            "the one for `{place}` was used: {heard}"
        );
    }
    let token = site.registry().token().expose_secret();
    for (place, text) in readable(&site, &operator).await {
        assert!(!text.is_empty(), "{place} can be read");
        assert!(!text.contains(CANARY), "{place}: {text}");
        assert!(!text.contains(token), "{place}: {text}");
    }
    stage::stop(operator).await;
}
