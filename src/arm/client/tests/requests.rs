use std::collections::BTreeMap;

use super::*;
use crate::arm::{
    PrincipalType, RoleAssignmentFilter, RoleAssignmentWanted, role_assignment_name, testing::custom_api,
};

const CONNECTOR: &str = "/subscriptions/0000/resourceGroups/team/providers/Microsoft.Web/customApis/contacts?api-version=2016-06-01";

#[tokio::test]
async fn a_connector_is_created_by_one_request_that_replaces_nothing() {
    let (backend, client) = answering([Reply::json(200, &shown("contacts"))]).await;
    let created = client
        .put_custom_api(&contacts(), &custom_api(), Precondition::Absent)
        .await
        .unwrap();
    assert_eq!(created.name(), "contacts");
    let asked = &backend.asked()[..];
    let [put] = asked else { panic!("{asked:?}") };
    assert_eq!((put.method.as_str(), put.target.as_str()), ("PUT", CONNECTOR));
    assert_eq!(put.headers["if-none-match"], "*");
    assert_eq!(put.headers["accept"], "application/json");
    assert_eq!(put.headers["content-type"], "application/json");
    assert_eq!(put.headers["authorization"], format!("Bearer {TOKEN}"));
    let id = put.headers["x-ms-client-request-id"].to_str().unwrap();
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 4);
    let body: Value = serde_json::from_str(&put.body).unwrap();
    assert_eq!(body["properties"]["swagger"]["swagger"], "2.0");
}

#[tokio::test]
async fn a_connector_is_replaced_without_a_condition() {
    let (backend, client) = answering([Reply::json(200, &shown("contacts"))]).await;
    client
        .put_custom_api(&contacts(), &custom_api(), Precondition::None)
        .await
        .unwrap();
    assert!(!backend.asked()[0].headers.contains_key("if-none-match"));
}

#[tokio::test]
async fn an_answer_without_a_body_is_completed_by_reading() {
    let (backend, client) = answering([Reply::text(201, ""), Reply::json(200, &shown("contacts"))]).await;
    let created = client
        .put_custom_api(&contacts(), &custom_api(), Precondition::None)
        .await
        .unwrap();
    assert_eq!(created.tags["team"], "contacts");
    assert_eq!(
        backend.targets(),
        [format!("PUT {CONNECTOR}"), format!("GET {CONNECTOR}")]
    );
}

#[tokio::test]
async fn tags_are_replaced_alone() {
    let (backend, client) = answering([Reply::json(200, &shown("contacts"))]).await;
    let tags = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    client.tag_custom_api(&contacts(), &tags).await.unwrap();
    assert_eq!(backend.targets(), [format!("PATCH {CONNECTOR}")]);
    assert_eq!(backend.asked()[0].body, r#"{"tags":{"a":"b"}}"#);
}

#[tokio::test]
async fn what_is_absent_is_no_error() {
    let (_backend, client) = answering([
        Reply::error(404, "ResourceNotFound"),
        Reply::error(404, "ResourceNotFound"),
        Reply::text(204, ""),
        Reply::error(404, "ResourceGroupNotFound"),
    ])
    .await;
    assert_eq!(client.get_custom_api(&contacts()).await.unwrap(), None);
    assert!(client.export_custom_api(&contacts()).await.unwrap().is_none());
    assert_eq!(
        client.delete_custom_api(&contacts()).await.unwrap(),
        Deletion::Absent
    );
    assert_eq!(
        client.delete_custom_api(&contacts()).await.unwrap(),
        Deletion::Absent
    );
}

#[tokio::test]
async fn what_is_deleted_is_told_from_what_was_absent() {
    let assignment = contacts().role_assignment(uuid::Uuid::nil());
    let connection = scope().connection("c");
    let (backend, client) = answering([
        Reply::text(200, ""),
        Reply::json(200, &json!({"name": "x"})),
        Reply::text(200, ""),
    ])
    .await;
    assert_eq!(
        client.delete_custom_api(&contacts()).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(
        client.delete_role_assignment(&assignment).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(
        client.delete_connection(&connection).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(
        backend.targets()[1],
        format!("DELETE {assignment}?api-version=2022-04-01")
    );
    assert_eq!(
        backend.targets()[2],
        format!("DELETE {connection}?api-version=2016-06-01")
    );
}

#[tokio::test]
async fn the_document_is_exported_as_the_backend_holds_it() {
    let document = r#"{"swagger": "2.0", "z": 1.0}"#;
    let (backend, client) = answering([Reply::text(200, document)]).await;
    let exported = client.export_custom_api(&contacts()).await.unwrap().unwrap();
    assert_eq!(exported.get(), document);
    assert_eq!(backend.targets(), [format!("GET {CONNECTOR}&export=true")]);
}

#[tokio::test]
async fn a_connector_is_not_taken_for_its_document() {
    let (_backend, client) = answering([Reply::json(200, &shown("contacts"))]).await;
    let error = client.export_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Garbage);
}

#[tokio::test]
async fn a_grant_is_made_under_the_name_it_is_asked_for() {
    let role = "/subscriptions/0000/providers/Microsoft.Authorization/roleDefinitions/r";
    let principal = uuid::Uuid::from_u128(7);
    let name = role_assignment_name(&contacts(), role, &principal.to_string());
    let answer = json!({"name": name, "properties": {
        "scope": contacts().as_str(), "roleDefinitionId": role, "principalId": principal
    }});
    let (backend, client) = answering([Reply::json(201, &answer)]).await;
    let wanted = RoleAssignmentWanted {
        role_definition_id: role.to_owned(),
        principal_id: principal.to_string(),
        principal_type: PrincipalType::Group,
        description: None,
    };
    let id = contacts().role_assignment(name);
    let made = client.put_role_assignment(&id, &wanted).await.unwrap();
    assert!(made.is_at(&contacts()) && made.grants(role, &principal.to_string()));
    assert_eq!(made.name, name);
    assert_eq!(backend.targets(), [format!("PUT {id}?api-version=2022-04-01")]);
}

#[tokio::test]
async fn filters_are_sent_as_other_clients_send_them() {
    let empty = json!({"value": []});
    let (backend, client) = answering([Reply::json(200, &empty), Reply::json(200, &empty)]).await;
    for filter in [
        RoleAssignmentFilter::AtScope,
        RoleAssignmentFilter::Principal(uuid::Uuid::nil()),
    ] {
        client
            .list_role_assignments(&contacts(), filter)
            .next()
            .await
            .unwrap();
    }
    let list = format!(
        "GET {}/providers/Microsoft.Authorization/roleAssignments",
        contacts()
    );
    assert_eq!(
        backend.targets(),
        [
            format!("{list}?api-version=2022-04-01&$filter=atScope()"),
            format!(
                "{list}?api-version=2022-04-01&$filter=principalId%20eq%20%2700000000-0000-0000-0000-000000000000%27"
            ),
        ]
    );
}

#[tokio::test]
async fn an_id_that_would_ask_for_something_else_is_not_sent() {
    let (backend, client) = answering([]).await;
    for name in ["..", ".", "a/../../b", "a?x=y", ""] {
        let error = client
            .delete_custom_api(&scope().custom_api(name))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsendable, "{name}");
    }
    assert!(
        client
            .list_connections(&Scope::new("s", ".."))
            .next()
            .await
            .is_err()
    );
    assert!(backend.asked().is_empty());
}

#[tokio::test]
async fn the_path_of_an_endpoint_is_kept() {
    let backend = Backend::answering([Reply::error(404, "ResourceNotFound")]).await;
    let base = format!("{}/arm/", backend.base());
    let client = client_with(&base, Options::default(), Arc::new(()));
    client.get_custom_api(&contacts()).await.unwrap();
    assert_eq!(backend.targets(), [format!("GET /arm{CONNECTOR}")]);
}

#[tokio::test]
async fn what_headers_tell_is_kept() {
    let reply = Reply::error(404, "ResourceNotFound")
        .header("x-ms-ratelimit-remaining-subscription-reads", "11998")
        .header(INSTANCE_HEADER, "registry-1");
    let (_backend, client) = answering([reply]).await;
    assert_eq!(client.instance(), None);
    client.get_custom_api(&contacts()).await.unwrap();
    assert_eq!(
        client.quotas(),
        BTreeMap::from([("subscription-reads".to_owned(), 11_998)])
    );
    assert_eq!(client.instance().as_deref(), Some("registry-1"));
}

#[tokio::test]
async fn no_more_requests_are_on_their_way_than_allowed() {
    let backend = Backend::answering((0..6).map(|_| Reply::hang())).await;
    let options = Options {
        max_in_flight: 2,
        request_timeout: Duration::from_millis(100),
        ..Options::default()
    };
    let client = client_with(backend.base(), options, Arc::new(()));
    let calls = (0..3).map(|_| {
        let client = client.clone();
        async move { client.get_custom_api(&contacts()).await.unwrap_err().kind() }
    });
    let first_two = async {
        // The third is sent only after one of the first two has given up.
        while backend.asked().len() < 2 {
            tokio::task::yield_now().await;
        }
        backend.asked().len()
    };
    let (kinds, on_their_way) = tokio::join!(futures::future::join_all(calls), first_two);
    assert_eq!(on_their_way, 2);
    // Waiting for a slot did not count as waiting for an answer: the third was sent as well.
    assert_eq!(kinds, [ErrorKind::TimedOut; 3]);
    assert_eq!(backend.asked().len(), 3);
}
