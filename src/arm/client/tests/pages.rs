use super::*;

fn page(names: &[&str], next: Option<&str>) -> Reply {
    let value: Vec<Value> = names.iter().map(|name| shown(name)).collect();
    Reply::json(200, &json!({"value": value, "nextLink": next}))
}

async fn names(client: &Client) -> Result<Vec<String>, ArmError> {
    let mut pages = client.list_custom_apis(&scope());
    let mut names = Vec::new();
    while let Some(items) = pages.next().await? {
        names.extend(items.iter().map(|item| item.name().to_owned()));
    }
    Ok(names)
}

#[tokio::test]
async fn a_list_is_followed_to_its_end_over_empty_pages() {
    let (backend, client) = answering([
        page(&["a", "b"], Some("{base}/next?skiptoken=1&x=%2F")),
        page(&[], Some("{base}/next?skiptoken=2")),
        page(&["c"], Some("")),
    ])
    .await;
    assert_eq!(names(&client).await.unwrap(), ["a", "b", "c"]);
    assert_eq!(
        backend.targets(),
        [
            "GET /subscriptions/0000/resourceGroups/team/providers/Microsoft.Web/customApis?api-version=2016-06-01",
            "GET /next?skiptoken=1&x=%2F",
            "GET /next?skiptoken=2"
        ]
    );
}

#[tokio::test]
async fn a_link_to_another_origin_is_not_followed() {
    let other = Backend::answering([page(&["stolen"], None)]).await;
    let port_only = other.base().to_owned();
    for link in [
        port_only.as_str(),
        "https://127.0.0.1/x",
        "http://localhost:1/x",
        "//example.com/x",
        "file:///etc/passwd",
        "http://",
    ] {
        let (backend, client) = answering([page(&["a"], Some(link))]).await;
        let error = names(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Garbage, "{link}");
        assert!(error.to_string().contains("leads elsewhere"), "{error}");
        assert_eq!(backend.asked().len(), 1);
    }
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_link_with_a_user_in_it_is_not_followed() {
    let backend = Backend::answering([]).await;
    let client = client(&backend);
    let with_user = backend.base().replace("http://", "http://user:pass@");
    assert!(client.own_link(&with_user).is_none());
    assert!(client.own_link(&format!("{}/x?y", backend.base())).is_some());
}

#[tokio::test]
async fn a_list_that_leads_back_is_an_error_and_not_a_list() {
    let (backend, client) = answering([
        page(&["a"], Some("{base}/1")),
        page(&["b"], Some("{base}/2")),
        page(&["c"], Some("{base}/1")),
    ])
    .await;
    let error = names(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Garbage);
    assert!(error.to_string().contains("leads back"), "{error}");
    assert_eq!(backend.asked().len(), 3);
}

#[tokio::test]
async fn a_page_that_failed_can_be_asked_for_again() {
    let (_backend, client) = answering([
        page(&["a"], Some("{base}/1")),
        Reply::error(403, "AuthorizationFailed"),
        page(&["b"], None),
    ])
    .await;
    let mut pages = client.list_custom_apis(&scope());
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 1);
    assert_eq!(pages.next().await.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(pages.next().await.unwrap().unwrap()[0].name(), "b");
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_that_was_not_read_to_its_end_does_not_say_that_it_ended() {
    let (_backend, client) = answering([]).await;
    let mut unsendable = client.list_custom_apis(&Scope::new("s", ".."));
    assert_eq!(unsendable.next().await.unwrap_err().kind(), ErrorKind::Unsendable);
    assert_eq!(unsendable.next().await.unwrap_err().kind(), ErrorKind::Unsendable);

    let (_backend, client) = answering([Reply::hang(), page(&["a"], None)]).await;
    let mut pages = client.list_custom_apis(&scope());
    let given_up = tokio::time::timeout(Duration::from_millis(50), pages.next()).await;
    assert!(given_up.is_err());
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 1);
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test]
async fn one_odd_item_does_not_hide_the_others_and_is_counted() {
    let odd = [
        json!({"id": "no id", "name": "odd"}),
        json!({"id": null}),
        json!("odd"),
    ];
    let value: Vec<Value> = odd.into_iter().chain([shown("a"), shown("b")]).collect();
    let first = Reply::json(200, &json!({"value": value, "nextLink": "{base}/next"}));
    let backend = Backend::answering([first, page(&["c"], None)]).await;
    let outcomes = Arc::new(Outcomes::default());
    let observer = Arc::<Outcomes>::clone(&outcomes);
    let client = client_with(backend.base(), Options::default(), observer);
    assert_eq!(names(&client).await.unwrap(), ["a", "b", "c"]);
    assert_eq!(outcomes.1.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_odd_connection_is_not_overlooked() {
    let good = json!({"id": scope().connection("c").as_str()});
    let value = json!({"value": [good, {"id": "no id"}]});
    let (_backend, client) = answering([Reply::json(200, &value)]).await;
    let error = client.list_connections(&scope()).next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Garbage);
}

#[tokio::test]
async fn an_answer_without_items_is_not_an_empty_list() {
    for body in [
        json!({}),
        json!({"value": null}),
        json!({"value": [{"name": "no id"}]}),
    ] {
        let (_backend, client) = answering([Reply::json(200, &body)]).await;
        assert_eq!(
            names(&client).await.unwrap_err().kind(),
            ErrorKind::Garbage,
            "{body}"
        );
    }
    let (_backend, client) = answering([Reply::error(404, "ResourceGroupNotFound")]).await;
    assert_eq!(names(&client).await.unwrap_err().kind(), ErrorKind::NotFound);
}
