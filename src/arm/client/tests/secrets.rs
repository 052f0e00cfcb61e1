use super::*;
use crate::arm::testing::{custom_api, custom_api_with_secret};

const SECRET: &str = "canary-client?secret=1";

/// Everything that a backend could say the secrets back in.
fn indiscreet(status: u16) -> Vec<Reply> {
    let words = format!(
        "token {TOKEN} of Bearer {TOKEN}, secret '{SECRET}', see https://store.example/a.json?sv=1&sig=canary-signature"
    );
    vec![
        Reply::json(status, &json!({"error": {"code": words, "message": words}}))
            .header("x-ms-request-id", format!("id-{TOKEN}")),
        Reply::json(
            status,
            &json!({"Code": TOKEN, "Message": json!({"Code": SECRET, "Message": words}).to_string(),
            "Details": [{"ErrorEntity": {"ExtendedCode": words}}]}),
        ),
        Reply::text(status, words.clone()),
        Reply::json(status, &json!({"error": TOKEN, "error_description": words})),
        Reply::json(
            status,
            &json!({"id": words, "properties": {"provisioningState": words}}),
        ),
        Reply::json(status, &json!({"value": words, "nextLink": words})),
    ]
}

fn is_silent(error: &ArmError) {
    let text = everything(error);
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn no_error_repeats_a_token_a_client_secret_or_a_signature() {
    let wanted = custom_api_with_secret(SECRET);
    for status in [200, 302, 400, 401, 403, 404, 409, 412, 429] {
        for (at, _) in indiscreet(status).iter().enumerate() {
            let reply = indiscreet(status).swap_remove(at);
            let backend = Backend::answering([reply]).await;
            let options = Options {
                operation_timeout: Duration::from_millis(20),
                ..Options::default()
            };
            let client = client_with(backend.base(), options, Arc::new(()));
            let error = client
                .put_custom_api(&contacts(), &wanted, Precondition::Absent)
                .await
                .unwrap_err();
            is_silent(&error);
        }
    }
}

#[tokio::test]
async fn no_error_of_a_list_repeats_a_token() {
    for (at, _) in indiscreet(200).iter().enumerate() {
        let (_backend, client) = answering([indiscreet(200).swap_remove(at)]).await;
        let error = client.list_custom_apis(&scope()).next().await.unwrap_err();
        is_silent(&error);
    }
}

#[tokio::test]
async fn an_operation_that_failed_repeats_nothing() {
    let words = format!("{TOKEN} {SECRET}");
    let failed = json!({"status": "Failed", "error": {"code": words, "message": words}});
    let (_backend, client) = answering([
        Reply::text(202, "").header("azure-asyncoperation", "{base}/1?sig=canary"),
        Reply::json(200, &failed),
    ])
    .await;
    let error = client
        .put_custom_api(&contacts(), &custom_api_with_secret(SECRET), Precondition::None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    is_silent(&error);
}

#[tokio::test]
async fn a_connection_that_fails_repeats_nothing() {
    let client = client_with("http://127.0.0.1:1", Options::default(), Arc::new(()));
    let error = client
        .put_custom_api(&contacts(), &custom_api_with_secret(SECRET), Precondition::None)
        .await
        .unwrap_err();
    is_silent(&error);
    assert!(!format!("{client:?}").contains("canary"));
}

#[tokio::test]
async fn a_refused_token_that_was_replaced_meanwhile_is_tried_once_more() {
    #[derive(Debug, Default)]
    struct Rotating(Mutex<Vec<String>>);
    impl TokenSource for Rotating {
        fn token(
            &self,
        ) -> futures::future::BoxFuture<'_, Result<secrecy::SecretString, crate::arm::TokenError>> {
            let refused = self.0.lock().unwrap().len();
            Box::pin(std::future::ready(Ok(format!("token-{refused}").into())))
        }

        fn refused(&self, token: &secrecy::SecretString) {
            let token = secrecy::ExposeSecret::expose_secret(token).to_owned();
            self.0.lock().unwrap().push(token);
        }
    }
    let backend = Backend::answering([
        Reply::error(401, "ExpiredAuthenticationToken"),
        Reply::json(200, &shown("contacts")),
    ])
    .await;
    let tokens = Arc::new(Rotating::default());
    let endpoint = Endpoint::new(backend.base(), None).unwrap();
    let source: Arc<dyn TokenSource> = Arc::<Rotating>::clone(&tokens);
    let client =
        Client::with_waits(endpoint, source, Arc::new(()), Options::default(), short_waits()).unwrap();
    client
        .put_custom_api(&contacts(), &custom_api(), Precondition::Absent)
        .await
        .unwrap();
    assert_eq!(*tokens.0.lock().unwrap(), ["token-0"]);
    assert_eq!(backend.asked()[1].headers["authorization"], "Bearer token-1");
}
