//! Custom connectors: made, replaced, read, retagged, removed.

use super::*;

fn at(name: &str) -> String {
    format!("{WEB}/customApis/{name}?{V}")
}

#[tokio::test]
async fn a_connector_is_answered_200_when_made_and_when_replaced() {
    let fixture = Fixture::new().await;
    let made = fixture.put(&at("Contacts"), &connector()).await;
    assert_eq!(made.status, StatusCode::OK);
    let mut other = connector();
    other["properties"]["displayName"] = "Others".into();
    other["tags"] = json!({"team": "a"});
    let replaced = fixture.put(&at("Contacts"), &other).await;
    assert_eq!(replaced.status, StatusCode::OK);
    assert_eq!(replaced.json()["properties"]["displayName"], "Others");
    let replaced = fixture.put(&at("Contacts"), &connector()).await.json();
    assert!(replaced.get("tags").is_none(), "PUT replaces: {replaced}");
}

#[tokio::test]
async fn get_shows_what_azure_shows_and_nothing_more() {
    let fixture = Fixture::new().await;
    fixture.connector("Contacts").await;
    let shown = fixture.get(&at("Contacts")).await.json();
    let properties = shown["properties"].as_object().unwrap();
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    let wanted = [
        "runtimeUrls",
        "apiDefinitions",
        "displayName",
        "iconUri",
        "capabilities",
        "connectionParameters",
        "apiType",
        "wsdlDefinition",
    ];
    assert_eq!(names, wanted);
    assert_eq!(shown["id"], format!("{WEB}/customApis/Contacts"));
    assert_eq!(shown["type"], "Microsoft.Web/customApis");
    assert_eq!(shown["location"], "local");
}

#[tokio::test]
async fn export_answers_the_document_itself() {
    let fixture = Fixture::new().await;
    fixture.connector("Contacts").await;
    let exported = fixture.get(&format!("{}&export=true", at("contacts"))).await;
    assert_eq!(exported.json(), connector()["properties"]["swagger"]);
    let link =
        fixture.get(&at("contacts")).await.json()["properties"]["apiDefinitions"]["originalSwaggerUrl"]
            .clone();
    let path = link
        .as_str()
        .unwrap()
        .strip_prefix("http://registry.test:8080")
        .unwrap()
        .to_owned();
    assert_eq!(
        fixture.get(&path).await.json(),
        connector()["properties"]["swagger"]
    );
    assert_eq!(
        fixture.get(&format!("{}&export=true", at("absent"))).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn ids_are_compared_without_case_and_kept_as_first_written() {
    let fixture = Fixture::new().await;
    fixture.connector("Contacts").await;
    let other_case = at("CONTACTS").replace("resourceGroups/Team", "resourcegroups/TEAM");
    assert_eq!(fixture.get(&other_case).await.json()["name"], "Contacts");
    let replaced = fixture.put(&other_case, &connector()).await.json();
    assert_eq!(replaced["id"], format!("{WEB}/customApis/Contacts"));
    assert_eq!(
        fixture.get(&format!("{WEB}/customApis?{V}")).await.names(),
        ["Contacts"]
    );
}

#[tokio::test]
async fn a_client_secret_is_never_shown_and_dropped_by_a_put_without_it() {
    let fixture = Fixture::new().await;
    let hidden = async || {
        let database = sqlx::SqlitePool::connect(&format!(
            "sqlite://{}",
            fixture.directory.path().join("registry.sqlite").display()
        ))
        .await
        .unwrap();
        let settings: String = sqlx::query_scalar("SELECT settings FROM hidden")
            .fetch_one(&database)
            .await
            .unwrap();
        settings
    };
    let made = fixture.put(&at("a"), &oauth_connector(Some("canary"))).await;
    for answer in [
        made,
        fixture.get(&at("a")).await,
        fixture.get(&format!("{WEB}/customApis?{V}")).await,
    ] {
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.text.contains("canary"), "{}", answer.text);
    }
    assert!(hidden().await.contains("canary"));
    fixture.put(&at("a"), &oauth_connector(None)).await;
    assert!(!hidden().await.contains("canary"));
}

#[tokio::test]
async fn the_redirect_url_is_given_at_creation_and_kept() {
    let fixture = Fixture::new().await;
    let url = |shown: &Value| {
        let settings = &shown["properties"]["connectionParameters"]["token"]["oAuthSettings"];
        settings["redirectUrl"].as_str().unwrap().to_owned()
    };
    let made = url(&fixture.put(&at("a"), &oauth_connector(None)).await.json());
    assert!(made.starts_with("http://registry.test:8080/redirect/"), "{made}");
    let request = fixture.request("PUT", &at("a")).header("x-elsewhere", "1");
    let mut request = request
        .body(Body::from(oauth_connector(None).to_string()))
        .unwrap();
    request
        .headers_mut()
        .insert("host", "elsewhere.test".parse().unwrap());
    assert_eq!(url(&fixture.raw(request).await.json()), made);
    let other = url(&fixture.put(&at("b"), &oauth_connector(None)).await.json());
    assert_ne!(other, made, "each connector has its own");
}

#[tokio::test]
async fn a_location_is_required_and_cannot_change() {
    let fixture = Fixture::new().await;
    let mut without = connector();
    without.as_object_mut().unwrap().remove("location");
    let refused = fixture.put(&at("a"), &without).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_REQUEST, "LocationRequired")
    );
    fixture.connector("a").await;
    let mut elsewhere = connector();
    elsewhere["location"] = "West Europe".into();
    let refused = fixture.put(&at("a"), &elsewhere).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::CONFLICT, "InvalidResourceLocation")
    );
    elsewhere["location"] = "LO CAL".into();
    assert_eq!(fixture.put(&at("a"), &elsewhere).await.status, StatusCode::OK);
}

#[tokio::test]
async fn if_none_match_makes_and_if_match_replaces() {
    let fixture = Fixture::new().await;
    let put = async |name: &str, header: &str, value: &str| {
        let request = fixture.request("PUT", &at(name)).header(header, value);
        fixture
            .raw(request.body(Body::from(connector().to_string())).unwrap())
            .await
            .status
    };
    assert_eq!(put("a", "if-match", "*").await, StatusCode::PRECONDITION_FAILED);
    assert_eq!(put("a", "if-none-match", "*").await, StatusCode::OK);
    assert_eq!(
        put("A", "if-none-match", "*").await,
        StatusCode::PRECONDITION_FAILED
    );
    assert_eq!(put("a", "if-match", "*").await, StatusCode::OK);
    assert_eq!(
        put("a", "if-match", "\"etag\"").await,
        StatusCode::PRECONDITION_FAILED
    );
}

#[tokio::test]
async fn of_many_that_make_one_connector_at_once_one_succeeds() {
    let fixture = Fixture::new().await;
    let puts = (0..32).map(|_| {
        let request = fixture.request("PUT", &at("a")).header("if-none-match", "*");
        fixture.raw(request.body(Body::from(connector().to_string())).unwrap())
    });
    let answers = futures::future::join_all(puts).await;
    let made = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert_eq!(made, 1);
}

#[tokio::test]
async fn patch_exchanges_the_tags_and_nothing_else() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    let patched = fixture
        .send("PATCH", &at("a"), &json!({"tags": {"x": "1", "y": "2"}}))
        .await;
    assert_eq!(patched.json()["tags"], json!({"x": "1", "y": "2"}));
    let patched = fixture
        .send("PATCH", &at("a"), &json!({"tags": {"z": "3"}}))
        .await;
    assert_eq!(
        patched.json()["tags"],
        json!({"z": "3"}),
        "the whole set is exchanged"
    );
    let refused = fixture
        .send("PATCH", &at("a"), &json!({"properties": {"displayName": "x"}}))
        .await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_REQUEST, "InvalidPatchCustomApiRequest")
    );
    let absent = fixture.send("PATCH", &at("absent"), &json!({"tags": {}})).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    assert_eq!(fixture.get(&at("a")).await.json()["tags"], json!({"z": "3"}));
}

#[tokio::test]
async fn delete_answers_200_then_204() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    assert_eq!(fixture.delete(&at("A")).await.status, StatusCode::OK);
    assert_eq!(fixture.delete(&at("a")).await.status, StatusCode::NO_CONTENT);
    let absent = fixture.get(&at("a")).await;
    assert_eq!(
        (absent.status, absent.code().as_str()),
        (StatusCode::NOT_FOUND, "ResourceNotFound")
    );
    assert_eq!(
        fixture.get(&format!("{}&export=true", at("a"))).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_subscription_holds_only_so_many() {
    let fixture = Fixture::with(|options| options.connector_limit = 2).await;
    fixture.connector("a").await;
    fixture.connector("b").await;
    let refused = fixture.put(&at("c"), &connector()).await;
    assert_eq!(refused.code(), "RegionalCustomApisQuotaExceeded");
    assert_eq!(
        fixture.put(&at("a"), &connector()).await.status,
        StatusCode::OK,
        "replacing makes none"
    );
    let elsewhere = at("c").replace("34adfa4f", "44adfa4f");
    assert_eq!(fixture.put(&elsewhere, &connector()).await.status, StatusCode::OK);
    fixture.delete(&at("a")).await;
    assert_eq!(fixture.put(&at("c"), &connector()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn errors_of_the_definition_come_in_the_services_own_shape() {
    let fixture = Fixture::new().await;
    let mut body = connector();
    body["properties"]["backendService"]["serviceUrl"] = "https://contacts.example/v2".into();
    let refused = fixture.put(&at("a"), &body).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_REQUEST, "14024")
    );
    assert_eq!(
        refused.json()["Details"][2]["ErrorEntity"]["Parameters"],
        json!(["/v1", "/v2"])
    );
    body["properties"].as_object_mut().unwrap().remove("swagger");
    assert_eq!(fixture.put(&at("a"), &body).await.code(), "14012");
    assert_eq!(fixture.get(&at("a")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    let Fixture { registry, directory } = fixture;
    let token = || std::fs::read_to_string(directory.path().join("token")).unwrap();
    let (instance, before) = (registry.instance_id(), token());
    registry.close().await;
    drop(registry);
    let registry = Registry::open(Options::new(directory.path())).await.unwrap();
    assert_eq!(registry.instance_id(), instance);
    assert_eq!(token(), before);
    let fixture = Fixture { registry, directory };
    assert_eq!(fixture.get(&at("a")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_closed_registry_refuses_instead_of_losing() {
    let fixture = Fixture::new().await;
    fixture.registry.close().await;
    let refused = fixture.put(&at("a"), &connector()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
}
