//! Connections: made for a connector, gone with it.

use super::*;

fn connection(api: &str) -> Value {
    json!({
        "location": "local",
        "properties": {
            "displayName": "mine",
            "api": {"id": api},
            "parameterValues": {"api_key": "canary", "region": "eu"},
        },
    })
}

#[tokio::test]
async fn a_connection_is_answered_201_then_200_and_shows_no_secret() {
    let fixture = Fixture::new().await;
    fixture.connector("Contacts").await;
    let at = format!("{WEB}/connections/mine?{V}");
    let body = connection(&format!("{WEB}/customApis/contacts"));
    let made = fixture.put(&at, &body).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let replaced = fixture.put(&at, &body).await;
    assert_eq!(replaced.status, StatusCode::OK);
    let shown = fixture.get(&at).await;
    for answer in [&made, &replaced, &shown] {
        assert!(!answer.text.contains("canary"), "{}", answer.text);
    }
    let properties = &shown.json()["properties"];
    assert_eq!(properties["nonSecretParameterValues"], json!({"region": "eu"}));
    assert_eq!(properties["statuses"], json!([{"status": "Connected"}]));
    assert_eq!(properties["api"]["type"], "Microsoft.Web/customApis");
    assert_eq!(
        properties["createdTime"],
        made.json()["properties"]["createdTime"]
    );
    assert!(properties.get("parameterValues").is_none());
}

#[tokio::test]
async fn a_connection_needs_its_connector() {
    let fixture = Fixture::new().await;
    let at = format!("{WEB}/connections/mine?{V}");
    let refused = fixture
        .put(&at, &connection(&format!("{WEB}/customApis/absent")))
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let refused = fixture
        .put(&at, &json!({"location": "local", "properties": {}}))
        .await;
    assert_eq!(refused.code(), "InvalidApiConnection");
}

#[tokio::test]
async fn deleting_a_connector_deletes_its_connections_in_every_group() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    fixture.connector("b").await;
    let elsewhere = WEB.replace("Team", "Other");
    for (web, name, api) in [
        (WEB, "one", "A"),
        (elsewhere.as_str(), "two", "a"),
        (WEB, "three", "b"),
    ] {
        let body = connection(&format!("{WEB}/customApis/{api}"));
        let made = fixture.put(&format!("{web}/connections/{name}?{V}"), &body).await;
        assert_eq!(made.status, StatusCode::CREATED);
    }
    fixture.delete(&format!("{WEB}/customApis/a?{V}")).await;
    assert_eq!(
        fixture.get(&format!("{WEB}/connections?{V}")).await.names(),
        ["three"]
    );
    assert!(
        fixture
            .get(&format!("{elsewhere}/connections?{V}"))
            .await
            .names()
            .is_empty()
    );
}

#[tokio::test]
async fn a_connections_tags_can_be_patched_and_its_properties_cannot() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    let at = format!("{WEB}/connections/mine?{V}");
    fixture
        .put(&at, &connection(&format!("{WEB}/customApis/a")))
        .await;
    let patched = fixture.send("PATCH", &at, &json!({"tags": {"x": "1"}})).await;
    assert_eq!(patched.json()["tags"], json!({"x": "1"}));
    let refused = fixture
        .send("PATCH", &at, &json!({"properties": {"displayName": "x"}}))
        .await;
    assert_eq!(refused.code(), "PatchApiConnectionPropertiesNotSupported");
    assert_eq!(fixture.delete(&at).await.status, StatusCode::OK);
    assert_eq!(fixture.delete(&at).await.status, StatusCode::NO_CONTENT);
}
