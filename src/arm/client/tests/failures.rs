use futures::future::{BoxFuture, FutureExt as _, ready};
use secrecy::SecretString;

use super::*;
use crate::arm::{TokenError, TokenSource, testing::custom_api};

#[tokio::test]
async fn a_backend_that_does_not_answer_is_given_up_in_time() {
    let backend = Backend::answering([Reply::hang()]).await;
    let options = Options {
        request_timeout: Duration::from_millis(50),
        ..Options::default()
    };
    let client = client_with(backend.base(), options, Arc::new(()));
    let error = client.get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(backend.asked().len(), 1);
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_twice_and_no_more() {
    let recovered = [
        Reply::error(500, "a"),
        Reply::cut_off(),
        Reply::json(200, &shown("contacts")),
    ];
    let (backend, client) = answering(recovered).await;
    assert!(client.get_custom_api(&contacts()).await.unwrap().is_some());
    assert_eq!(backend.asked().len(), 3);

    let (backend, client) = answering((0..4).map(|_| Reply::error(503, "Busy"))).await;
    let error = client.get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.code(), Some("Busy"));
    assert_eq!(backend.asked().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    for (status, code, kind) in [
        (400, "InvalidSwagger", ErrorKind::Rejected),
        (401, "InvalidAuthenticationToken", ErrorKind::Unauthorized),
        (403, "AuthorizationFailed", ErrorKind::Forbidden),
        (409, "Conflict", ErrorKind::Conflict),
        (412, "PreconditionFailed", ErrorKind::PreconditionFailed),
    ] {
        let (backend, client) = answering([Reply::error(status, code)]).await;
        let error = client
            .put_custom_api(&contacts(), &custom_api(), Precondition::None)
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(code)));
        assert_eq!(backend.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_creation_that_may_have_happened_is_not_repeated() {
    for reply in [Reply::error(500, "InternalServerError"), Reply::cut_off()] {
        let (backend, client) = answering([reply]).await;
        let error = client
            .put_custom_api(&contacts(), &custom_api(), Precondition::Absent)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(backend.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_backend_that_is_not_there_is_unavailable_and_says_why() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let outcomes = Arc::new(Outcomes::default());
    let client = client_with(
        &format!("http://{gone}"),
        Options::default(),
        Arc::<Outcomes>::clone(&outcomes),
    );
    let error = client
        .put_custom_api(&contacts(), &custom_api(), Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(everything(&error).to_lowercase().contains("refused"));
    // Nothing was sent, so even a creation is tried again.
    assert_eq!(
        *outcomes.0.lock().unwrap(),
        [("custom_apis_put", "Unavailable"); 3]
    );
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_passed_on_and_kept() {
    let throttled = Reply::error(429, "SubscriptionRequestsThrottled").header("retry-after", "17");
    let (backend, client) = answering([throttled, Reply::json(200, &shown("contacts"))]).await;
    let error = client.delete_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.is_throttled_widely());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(17)));
    assert!(client.throttled_for().unwrap() > Duration::from_secs(15));

    let error = client
        .delete_connection(&scope().connection("c"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.retry_after().unwrap() > Duration::from_secs(15));
    assert!(error.to_string().contains("nothing was sent"), "{error}");
    // Reads are counted apart from deletes.
    assert!(client.get_custom_api(&contacts()).await.unwrap().is_some());
    assert_eq!(backend.asked().len(), 2);
}

#[tokio::test]
async fn a_wish_to_leave_one_resource_alone_holds_no_other_up() {
    let locked = Reply::error(429, "TooManyRequests").header("retry-after", "17");
    let gone = Reply::text(200, "");
    let (backend, client) = answering([locked, gone]).await;
    let error = client.delete_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(17)));
    assert!(!error.is_throttled_widely());
    let error = client.delete_custom_api(&contacts()).await.unwrap_err();
    assert!(error.to_string().contains("nothing was sent"), "{error}");
    assert!(error.retry_after().unwrap() > Duration::from_secs(15));
    assert!(!error.is_throttled_widely());
    client.delete_connection(&scope().connection("c")).await.unwrap();
    assert_eq!(client.throttled_for(), None);
    assert_eq!(backend.asked().len(), 2);
}

#[tokio::test]
async fn how_far_a_pause_reaches_is_read_from_what_the_backend_says() {
    let spent = ("x-ms-ratelimit-remaining-subscription-deletes", "0");
    let left = ("x-ms-ratelimit-remaining-subscription-deletes", "190");
    for (code, header, widely) in [
        (Some("TenantRequestsThrottled"), left, true),
        (Some("TooManyRequests"), spent, true),
        (Some("TooManyRequests"), left, false),
        (Some("CustomApiLocked"), left, false),
        // Somebody in between, who knows of no resource.
        (None, left, true),
    ] {
        let reply = code.map_or_else(|| Reply::text(429, "slow down"), |code| Reply::error(429, code));
        let reply = reply.header("retry-after", "5").header(header.0, header.1);
        let (_backend, client) = answering([reply]).await;
        let error = client.delete_custom_api(&contacts()).await.unwrap_err();
        assert_eq!(error.is_throttled_widely(), widely, "{code:?}, {header:?}");
    }
}

#[tokio::test]
async fn a_date_to_wait_for_counts_from_the_answers_own_date() {
    let throttled = Reply::error(429, "TooManyRequests")
        .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
        .header("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
    let (_backend, client) = answering([throttled]).await;
    let error = client.get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn an_outage_with_an_end_is_not_tried_again_before_it() {
    let busy = Reply::error(503, "Busy").header("retry-after", "5");
    let (backend, client) = answering([busy]).await;
    let error = client.get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
    assert_eq!(backend.asked().len(), 1);
}

#[tokio::test]
async fn a_proxys_404_is_not_taken_for_an_absent_connector() {
    for body in ["default backend - 404", "", "<html>not found</html>", "{}"] {
        let (_backend, client) = answering([Reply::text(404, body), Reply::text(404, body)]).await;
        let read = client.get_custom_api(&contacts()).await.unwrap_err();
        let deleted = client.delete_custom_api(&contacts()).await.unwrap_err();
        assert_eq!(
            (read.kind(), deleted.kind()),
            (ErrorKind::Garbage, ErrorKind::Garbage),
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_not_of_the_contract_is_told_from_a_good_one() {
    for reply in [
        Reply::text(200, "<html>hello</html>"),
        Reply::text(200, ""),
        Reply::json(200, &json!([])),
        Reply::json(200, &json!({"name": "contacts"})),
        Reply::text(302, "").header("location", "{base}/elsewhere"),
    ] {
        let (backend, client) = answering([reply]).await;
        let error = client.get_custom_api(&contacts()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Garbage);
        assert_eq!(backend.asked().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_is_not_read() {
    let backend = Backend::answering([Reply::text(200, "x".repeat(2_000))]).await;
    let options = Options {
        max_response_bytes: 1_000,
        ..Options::default()
    };
    let client = client_with(backend.base(), options, Arc::new(()));
    let error = client.get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("more than 1000 bytes"), "{error}");
}

#[tokio::test]
async fn the_providers_own_error_reaches_the_reader() {
    let nested = r#"{"Code":"BadRequest","Message":"base path /json","Details":[{"ErrorEntity":{"ExtendedCode":"14024"}}]}"#;
    let body = json!({"error": {"code": "BadRequest", "message": nested}});
    let reply = Reply::json(400, &body).header("x-ms-request-id", "req-1");
    let (_backend, client) = answering([reply]).await;
    let error = client
        .put_custom_api(&contacts(), &custom_api(), Precondition::None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "register connector {}: the backend refused it: 14024: base path /json (HTTP 400, request req-1)",
            contacts()
        )
    );
}

#[tokio::test]
async fn every_request_is_observed_once() {
    let backend = Backend::answering([
        Reply::error(500, "a"),
        Reply::json(200, &shown("contacts")),
        Reply::error(404, "ResourceNotFound"),
    ])
    .await;
    let outcomes = Arc::new(Outcomes::default());
    let client = client_with(
        backend.base(),
        Options::default(),
        Arc::<Outcomes>::clone(&outcomes),
    );
    client.get_custom_api(&contacts()).await.unwrap();
    client.delete_custom_api(&contacts()).await.unwrap();
    assert_eq!(
        *outcomes.0.lock().unwrap(),
        [
            ("custom_apis_get", "Unavailable"),
            ("custom_apis_get", "Ok"),
            ("custom_apis_delete", "NotFound")
        ]
    );
}

/// Gives no token.
#[derive(Debug)]
struct Without(TokenError);

impl TokenSource for Without {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, TokenError>> {
        ready(Err(self.0.clone())).boxed()
    }

    fn refused(&self, _token: &SecretString) {}
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_error_says_why_there_is_none() {
    let busy = TokenError::Unavailable {
        message: "busy".to_owned(),
        retry_after: Some(Duration::from_secs(9)),
    };
    for (token, kind, wait) in [
        (busy, ErrorKind::Unavailable, Some(Duration::from_secs(9))),
        (
            TokenError::Refused("no".to_owned()),
            ErrorKind::Unauthorized,
            None,
        ),
        (TokenError::Missing("no".to_owned()), ErrorKind::Unavailable, None),
    ] {
        let backend = Backend::answering([]).await;
        let endpoint = Endpoint::new(backend.base(), None).unwrap();
        let source = Arc::new(Without(token.clone()));
        let client = Client::new(endpoint, source, Arc::new(()), Options::default()).unwrap();
        let error = client.get_custom_api(&contacts()).await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (kind, wait));
        assert_eq!(error.no_token(), Some(&token));
        assert!(backend.asked().is_empty());
    }
}
