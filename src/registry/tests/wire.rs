//! What every request and answer has: token, api-version, ids, limits.

use super::*;

#[tokio::test]
async fn nothing_but_health_is_answered_without_the_token() {
    let fixture = Fixture::with(|options| options.faults = true).await;
    for uri in [
        format!("{WEB}/customApis?{V}"),
        "/counters".to_owned(),
        "/faults".to_owned(),
        "/".to_owned(),
    ] {
        let answer = fixture
            .raw(Request::builder().uri(&uri).body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{uri}");
        assert_eq!(answer.code(), "AuthenticationFailed");
        assert!(
            answer.headers["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("Bearer")
        );
    }
    let health = fixture
        .raw(Request::builder().uri("/healthz").body(Body::empty()).unwrap())
        .await;
    assert_eq!(health.status, StatusCode::OK);
    let instance = fixture.registry.instance_id().to_string();
    assert_eq!(health.headers["connectors-registry-instance"], instance.as_str());
}

#[tokio::test]
async fn the_api_version_is_required_and_known() {
    let fixture = Fixture::new().await;
    let missing = fixture.get(&format!("{WEB}/customApis")).await;
    assert_eq!(
        (missing.status, missing.code().as_str()),
        (StatusCode::BAD_REQUEST, "MissingApiVersionParameter")
    );
    let unknown = fixture
        .get(&format!("{WEB}/customApis?api-version=2030-01-01"))
        .await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound")
    );
    let preview = fixture
        .get(&format!("{WEB}/customApis?API-Version=2018-07-01-preview"))
        .await;
    assert_eq!(preview.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_its_ids() {
    let fixture = Fixture::new().await;
    let request = fixture
        .request("GET", "/subscriptions/s/nothing")
        .header("x-ms-client-request-id", "mine")
        .header("x-ms-return-client-request-id", "true");
    let answer = fixture.raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::NOT_FOUND, "NotFound")
    );
    assert_eq!(answer.headers["x-ms-client-request-id"], "mine");
    assert_eq!(
        answer.headers["x-ms-request-id"],
        answer.headers["x-ms-correlation-request-id"]
    );
    assert!(answer.headers.contains_key("connectors-registry-instance"));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_announced_or_not() {
    let fixture = Fixture::new().await;
    let uri = format!("{WEB}/customApis/a?{V}");
    let announced = fixture
        .request("PUT", &uri)
        .header("content-length", "99999999")
        .body(Body::empty())
        .unwrap();
    let chunks = (0..5).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 20]));
    let streamed = Body::from_stream(futures::stream::iter(chunks));
    let streamed = fixture.request("PUT", &uri).body(streamed).unwrap();
    for request in [announced, streamed] {
        let answer = fixture.raw(request).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer.code(), "RequestContentTooLarge");
    }
}

#[tokio::test]
async fn an_existence_check_answers_204_or_404() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    let head = async |name: &str| {
        fixture
            .send("HEAD", &format!("{WEB}/customApis/{name}?{V}"), &Value::Null)
            .await
    };
    assert_eq!(head("a").await.status, StatusCode::NO_CONTENT);
    assert_eq!(head("b").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_verb_that_is_not_understood_is_told_which_are() {
    let fixture = Fixture::new().await;
    let answer = fixture
        .send("POST", &format!("{WEB}/customApis/a?{V}"), &Value::Null)
        .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["allow"], "GET, HEAD, PUT, PATCH, DELETE");
}

#[tokio::test]
async fn a_name_no_resource_may_have_is_refused() {
    let fixture = Fixture::new().await;
    for name in ["a%3Cb", "a%3Ab", &"n".repeat(261)] {
        let answer = fixture
            .put(&format!("{WEB}/customApis/{name}?{V}"), &connector())
            .await;
        assert_eq!(answer.code(), "InvalidResourceName", "{name}");
    }
    assert_eq!(
        fixture
            .put(&format!("{WEB}/customApis/a%20b?{V}"), &connector())
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        fixture.get(&format!("{WEB}/customApis/a%20b?{V}")).await.json()["name"],
        "a b"
    );
}

#[tokio::test]
async fn a_subscription_that_asks_too_often_is_told_how_long_to_wait() {
    let bucket = Bucket {
        burst: 2,
        per_second: 0,
    };
    let limit = RateLimit {
        reads: bucket,
        writes: bucket,
        deletes: bucket,
    };
    let fixture = Fixture::with(|options| options.rate_limit = Some(limit)).await;
    let uri = format!("{WEB}/customApis?{V}");
    for left in ["1", "0"] {
        let answer = fixture.get(&uri).await;
        assert_eq!(
            answer.headers["x-ms-ratelimit-remaining-subscription-reads"],
            left
        );
    }
    let refused = fixture.get(&uri).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.code(), "SubscriptionRequestsThrottled");
    assert_eq!(refused.headers["retry-after"], "1");
    let unlimited = Fixture::new().await.get(&uri).await;
    assert_eq!(
        unlimited.headers["x-ms-ratelimit-remaining-subscription-reads"],
        "250"
    );
}

proptest::proptest! {
    #[test]
    fn no_path_and_no_query_breaks_the_reading_of_them(path in ".{0,80}", query in ".{0,80}") {
        let query = query::Query::parse(Some(&query));
        let filter = query::Query::parse(Some(&format!("$filter=principalId eq {path}"))).role_filter();
        if let Ok(filter) = filter {
            proptest::prop_assert!(filter.principal.is_some());
        }
        drop((query.after(), query.page_size(), query.role_filter()));
        if let Ok(target) = target::Target::parse(&path) {
            drop((target.subscription(), query.check_api_version(&target)));
        }
    }

    #[test]
    fn a_name_any_client_may_choose_comes_back_as_it_was(name in "[a-zA-Z0-9_.() \u{e4}\u{4e2d}-]{1,60}") {
        proptest::prop_assume!(name != "." && name != "..");
        let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let path = format!("{WEB}/customApis/{}", encoded.replace('+', "%20"));
        let address = target::Address::of_id(&path);
        proptest::prop_assert_eq!(address.map(|address| address.name), Some(name));
    }
}
