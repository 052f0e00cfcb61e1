//! Tokens of service accounts, from an API server of our own.

use std::sync::Mutex;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use kube::client::Body;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tower::service_fn;

use super::*;

/// What an API server is asked: path and body.
type Asked = Arc<Mutex<Vec<(Method, String, Value)>>>;

/// A token of `shop/connectors` from an API server that answers so.
fn account(status: u16, answer: &Value) -> (AccountToken, Asked) {
    let asked = Asked::default();
    let (noted, answer) = (Arc::clone(&asked), answer.to_string());
    let service = service_fn(move |request: Request<Body>| {
        let (noted, answer) = (Arc::clone(&noted), answer.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body: Bytes = body.collect_bytes().await.unwrap();
            let body = serde_json::from_slice(&body).unwrap();
            noted
                .lock()
                .unwrap()
                .push((parts.method, parts.uri.path().to_owned(), body));
            let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
            Ok::<_, std::io::Error>(response.body(Body::from(answer.into_bytes())).unwrap())
        }
    });
    let token = AccountToken {
        client: kube::Client::new(service, "default"),
        namespace: "shop".to_owned(),
        name: "connectors".to_owned(),
    };
    (token, asked)
}

fn refused(code: u16, reason: &str) -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": "no" })
}

#[tokio::test]
async fn a_token_is_asked_for_that_nobody_but_entra_takes() {
    let answer = json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": { "audiences": [EXCHANGE] },
        "status": { "token": "of shop", "expirationTimestamp": "2026-11-02T10:00:00Z" },
    });
    let (account, asked) = account(201, &answer);
    assert_eq!(account.token().await.unwrap().expose_secret(), "of shop");
    let asked = asked.lock().unwrap();
    let (method, path, body) = &asked[0];
    assert_eq!(
        (method, path.as_str()),
        (
            &Method::POST,
            "/api/v1/namespaces/shop/serviceaccounts/connectors/token"
        )
    );
    assert_eq!(body["spec"]["audiences"], json!(["api://AzureADTokenExchange"]));
}

#[tokio::test]
async fn a_token_that_is_not_given_says_what_is_wanting() {
    let (missing, _) = account(404, &refused(404, "NotFound"));
    assert_eq!(
        missing.token().await.unwrap_err(),
        TokenError::Missing(
            "ask for a token of service account shop/connectors: it does not exist".to_owned()
        )
    );
    let (forbidden, _) = account(403, &refused(403, "Forbidden"));
    let error = forbidden.token().await.unwrap_err();
    assert!(matches!(&error, TokenError::NotPermitted(_)), "{error:?}");
    assert!(
        error.to_string().contains("create on serviceaccounts/token"),
        "{error}"
    );
    let (broken, _) = account(500, &refused(500, "InternalError"));
    let error = broken.token().await.unwrap_err();
    assert!(matches!(error, TokenError::Unavailable { .. }), "{error:?}");
}

#[test]
fn an_operator_without_an_identity_says_what_it_was_not_given() {
    let identity = |token_file: Option<&str>, tenant: Option<&str>| OwnIdentity {
        token_file: token_file.map(Into::into),
        tenant: tenant.map(Into::into),
        client: None,
        machine: entra::ManagedIdentity::of_machine(None).unwrap(),
    };
    let client = "c".to_owned();
    for (identity, client, wanting) in [
        (
            identity(None, Some("t")),
            Some(&client),
            "AZURE_FEDERATED_TOKEN_FILE",
        ),
        (identity(Some("/token"), None), Some(&client), "AZURE_TENANT_ID"),
        (identity(Some("/token"), Some("t")), None, "AZURE_CLIENT_ID"),
    ] {
        let stop = own_token(&identity, None, client).unwrap_err();
        assert_eq!(stop.reason, Reason::IdentityNotFound);
        assert!(stop.message.contains(wanting), "{}", stop.message);
    }
    let whole = identity(Some("/token"), Some("t"));
    let other = "other".to_owned();
    let (application, _) = own_token(&whole, Some(&other), Some(&client)).unwrap();
    assert_eq!(application.tenant, "other", "the backend's own word goes first");
}
