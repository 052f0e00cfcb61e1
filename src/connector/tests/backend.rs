//! What is assembled is what a backend takes, and shows again.

use std::{net::TcpListener, sync::Arc};

use super::*;
use crate::{
    arm::{Client, Endpoint, Options, Precondition, StaticToken, id::Scope},
    connector::tags::{Marks, Owner, wanted},
    registry::{self, Registry},
};

async fn registry(directory: &tempfile::TempDir) -> Client {
    let registry = Registry::open(registry::Options::new(directory.path().join("data")))
        .await
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let token = Arc::new(StaticToken::new(&registry.token()).unwrap());
    tokio::spawn(async move { registry.serve(listener, None, std::future::pending()).await });
    Client::new(
        Endpoint::new(&address, None).unwrap(),
        token,
        Arc::new(()),
        Options::default(),
    )
    .unwrap()
}

/// Registrations of every kind of authentication, and of the published samples where they are at hand.
fn registrations() -> Vec<Registration> {
    let secret = json!({ "name": "app", "key": "secret" });
    let wishes = [
        json!({}),
        json!({ "authentication": { "none": {} }, "brandColor": "#AABBCC", "serviceUrl": "https://eu.test/v2/" }),
        json!({ "authentication": { "basic": {} }, "connectionParameters": {
            "region": { "type": "string", "allowedValues": [{ "value": "eu" }], "defaultValue": "eu" } } }),
        json!({ "authentication": { "oauth2": { "clientId": "id", "clientSecretRef": secret,
            "authorizationUrl": "https://a.test/", "tokenUrl": "https://t.test/" } } }),
        json!({ "authentication": { "entraId": { "clientId": "id", "resourceUri": "r", "clientSecretRef": secret } } }),
        json!({ "authentication": { "none": {} },
                "connectionParameters": { "gateway": { "type": "gatewaySetting", "gatewaySettings": {} } } }),
    ];
    let mut registrations: Vec<_> = wishes
        .into_iter()
        .map(|wishes| assembled(json!({}), wishes))
        .collect();
    registrations[1].icon_uri = Some("data:image/png;base64,AAAA".to_owned());
    let settings = Settings {
        service_url: Some("https://api.example.com".to_owned()),
        ..Settings::default()
    };
    let documents = samples().into_iter().filter_map(|folder| {
        let bytes = std::fs::read(folder.join("apiDefinition.swagger.json")).unwrap();
        check(&bytes, &settings).connector
    });
    registrations
        .extend(documents.map(|document| assemble(document, &spec(&json!({})), "x", None).unwrap().0));
    registrations
}

#[tokio::test]
async fn a_registry_takes_what_is_assembled_and_lists_what_was_hashed() {
    let directory = tempfile::tempdir().unwrap();
    let client = registry(&directory).await;
    let scope = Scope::new("00000000-0000-0000-0000-000000000000", "shop");
    let owner = Owner {
        cluster: "c".into(),
        namespace: "shop".into(),
        name: "pets".into(),
        uid: "u".into(),
    };
    let registrations = registrations();
    for (index, registration) in registrations.iter().enumerate() {
        let secrets = registration
            .secrets
            .keys()
            .map(|name| (name.clone(), "canary".into()))
            .collect();
        let shown = Shown::from(registration).hash();
        let marks = Marks {
            digest: digest(registration),
            shown,
            adopted: false,
            plan: None,
        };
        let tags = wanted(&owner, &marks, &BTreeMap::new(), &BTreeMap::new()).unwrap();
        let (id, request) = (
            scope.custom_api(&format!("c{index:02}")),
            registration.request("local", tags, secrets),
        );
        client
            .put_custom_api(&id, &request, Precondition::Absent)
            .await
            .unwrap();
        let exported = client.export_custom_api(&id).await.unwrap().unwrap();
        assert_eq!(
            differences(
                &swagger(registration),
                &serde_json::from_str(exported.get()).unwrap()
            ),
            Vec::<String>::new()
        );
    }
    let mut pages = client.list_custom_apis(&scope);
    let mut listed = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        listed.extend(page);
    }
    assert_eq!(listed.len(), registrations.len());
    listed.sort_by(|one, other| one.name().cmp(other.name()));
    for (registration, seen) in registrations.iter().zip(&listed) {
        let (wanted, observed) = (Shown::from(registration), Shown::from(seen));
        assert_eq!(wanted.differences(&observed), Vec::<String>::new());
        let marks = Marks::from_tags(&seen.tags).unwrap();
        assert_eq!(
            (marks.shown, marks.digest),
            (observed.hash(), digest(registration))
        );
        assert_eq!(Owner::from_tags(&seen.tags).as_ref(), Some(&owner));
    }
}
