use super::*;
use crate::arm::testing::custom_api;

async fn put(client: &Client) -> Result<String, ArmError> {
    let created = client
        .put_custom_api(&contacts(), &custom_api(), Precondition::Absent)
        .await?;
    Ok(created.name().to_owned())
}

fn state(state: &str) -> Reply {
    let mut shown = shown("contacts");
    shown["properties"]["provisioningState"] = json!(state);
    Reply::json(200, &shown)
}

fn accepted(header: &'static str, link: &str) -> Reply {
    Reply::text(202, "").header(header, link)
}

#[tokio::test]
async fn an_operations_status_is_followed_and_the_resource_read_at_its_end() {
    let (backend, client) = answering([
        accepted("azure-asyncoperation", "{base}/operations/1?t=x").header("location", "{base}/no"),
        Reply::json(200, &json!({"status": "InProgress"})),
        Reply::error(403, "no").header("retry-after", "1"),
    ])
    .await;
    assert_eq!(put(&client).await.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(
        backend.targets()[1..],
        ["GET /operations/1?t=x", "GET /operations/1?t=x"]
    );

    let (backend, client) = answering([
        accepted("azure-asyncoperation", "{base}/operations/1"),
        Reply::json(200, &json!({"status": "InProgress"})),
        Reply::json(200, &json!({"status": "succeeded"})),
        Reply::json(200, &shown("contacts")),
    ])
    .await;
    assert_eq!(put(&client).await.unwrap(), "contacts");
    assert_eq!(backend.asked().len(), 4);
    assert!(backend.targets()[3].contains("/customApis/contacts?"));
}

#[tokio::test]
async fn a_look_that_fails_is_not_an_operation_that_failed() {
    let (_backend, client) = answering([
        accepted("azure-asyncoperation", "{base}/operations/1"),
        Reply::error(500, "a"),
        Reply::error(500, "a"),
        Reply::error(500, "a"),
        Reply::json(200, &json!({"status": "Succeeded"})),
        Reply::json(200, &shown("contacts")),
    ])
    .await;
    assert_eq!(put(&client).await.unwrap(), "contacts");
}

#[tokio::test]
async fn an_operation_that_failed_says_why() {
    let failed =
        json!({"status": "Failed", "error": {"code": "RegionalCustomApisQuotaExceeded", "message": "full"}});
    let (_backend, client) = answering([
        accepted("azure-asyncoperation", "{base}/operations/1"),
        Reply::json(200, &failed),
    ])
    .await;
    let error = put(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    assert!(error.to_string().starts_with("register connector"), "{error}");

    let (_backend, client) = answering([
        accepted("azure-asyncoperation", "{base}/operations/1"),
        Reply::json(200, &json!({"status": "Canceled"})),
    ])
    .await;
    let error = put(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert!(error.to_string().contains("ended as Canceled"), "{error}");
}

#[tokio::test]
async fn a_location_is_followed_until_it_is_done() {
    let (backend, client) = answering([
        accepted("location", "{base}/results/1"),
        Reply::text(202, ""),
        Reply::text(200, ""),
    ])
    .await;
    assert_eq!(
        client.delete_custom_api(&contacts()).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(backend.targets()[1..], ["GET /results/1", "GET /results/1"]);
}

#[tokio::test]
async fn a_deletion_without_a_link_is_seen_by_the_absence_of_the_resource() {
    let (backend, client) = answering([
        Reply::text(202, ""),
        Reply::json(200, &shown("contacts")),
        Reply::error(404, "ResourceNotFound"),
    ])
    .await;
    assert_eq!(
        client.delete_custom_api(&contacts()).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(backend.asked().len(), 3);
}

#[tokio::test]
async fn a_resource_on_its_way_is_looked_at_until_it_has_arrived() {
    let (backend, client) = answering([state("Creating"), state("Creating"), state("Succeeded")]).await;
    assert_eq!(put(&client).await.unwrap(), "contacts");
    assert_eq!(backend.asked().len(), 3);

    let (_backend, client) = answering([state("Creating"), state("Failed")]).await;
    assert_eq!(put(&client).await.unwrap_err().kind(), ErrorKind::Rejected);
}

#[tokio::test]
async fn where_a_created_resource_is_does_not_make_it_an_operation() {
    let created = Reply::json(201, &shown("contacts")).header("location", "https://elsewhere.example/x");
    let (backend, client) = answering([created]).await;
    assert_eq!(put(&client).await.unwrap(), "contacts");
    assert_eq!(backend.asked().len(), 1);
}

#[tokio::test]
async fn an_operation_on_another_origin_is_not_followed() {
    for header in ["azure-asyncoperation", "location"] {
        let (backend, client) = answering([accepted(header, "https://elsewhere.example/1")]).await;
        let error = put(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Garbage);
        assert_eq!(backend.asked().len(), 1);
    }
}

#[tokio::test]
async fn an_operation_without_an_end_is_given_up() {
    let backend = Backend::answering([
        accepted("azure-asyncoperation", "{base}/operations/1").header("retry-after", "600")
    ])
    .await;
    let options = Options {
        operation_timeout: Duration::from_mins(1),
        ..Options::default()
    };
    let client = client_with(backend.base(), options, Arc::new(()));
    let error = put(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().contains("still not done after 60 s"), "{error}");
}

#[tokio::test]
async fn a_throttled_look_waits_as_long_as_was_asked() {
    let backend = Backend::answering([
        accepted("azure-asyncoperation", "{base}/operations/1"),
        Reply::error(429, "TooManyRequests").header("retry-after", "90"),
    ])
    .await;
    let options = Options {
        operation_timeout: Duration::from_mins(1),
        ..Options::default()
    };
    let client = client_with(backend.base(), options, Arc::new(()));
    assert_eq!(put(&client).await.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(backend.asked().len(), 2);
}
