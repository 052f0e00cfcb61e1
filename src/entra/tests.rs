//! Signing in against an Entra, or a machine's own endpoint, on loopback.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use futures::future::{BoxFuture, FutureExt as _};
use rcgen::PKCS_RSA_SHA256;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::{certificate::tests::pair, *};
use crate::arm::{TokenError, TokenSource as _};

const AUDIENCE: &str = "https://management.example/";

/// One answer: status, headers, body.
type Reply = (u16, Vec<(&'static str, &'static str)>, Value);

/// What was asked: path and query, headers, body.
#[derive(Clone)]
struct Asked {
    target: String,
    headers: HeaderMap,
    form: BTreeMap<String, String>,
}

struct Giver {
    base: Url,
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
}

async fn giver(replies: impl IntoIterator<Item = Reply>) -> Arc<Giver> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let giver = Arc::new(Giver {
        base: Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap(),
        replies: Mutex::new(replies.into_iter().collect()),
        asked: Mutex::default(),
    });
    let router = Router::new().fallback(reply).with_state(Arc::clone(&giver));
    tokio::spawn(async move { axum::serve(listener, router).await });
    giver
}

async fn reply(State(giver): State<Arc<Giver>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    giver.asked.lock().unwrap().push(Asked {
        target: parts.uri.to_string(),
        headers: parts.headers,
        form: url::form_urlencoded::parse(&body).into_owned().collect(),
    });
    let (status, headers, body) = giver.replies.lock().unwrap().pop_front().unwrap();
    let mut response = (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

impl Giver {
    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn application(&self) -> Application {
        Application {
            authority: Authority::new(self.base.as_str()).unwrap(),
            tenant: "contoso.example".to_owned(),
            client: "app-1".to_owned(),
        }
    }

    fn by(&self, proof: Proof) -> SignIn {
        SignIn::by_proof(Arc::default(), self.application(), proof, AUDIENCE)
    }
}

fn token(text: &str) -> Reply {
    let body = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": text });
    (200, Vec::new(), body)
}

fn refusal(status: u16, code: u64, description: &str) -> Reply {
    let body = json!({
        "error": "invalid_client", "error_codes": [code], "trace_id": "t-1",
        "error_description": format!("AADSTS{code}: {description}\r\nTrace ID: t-1"),
    });
    (status, Vec::new(), body)
}

async fn given(sign_in: &SignIn) -> Result<String, TokenError> {
    let token = sign_in.token().await;
    token.map(|token| token.expose_secret().to_owned())
}

fn secret() -> Proof {
    Proof::Secret("canary +&=".into())
}

#[tokio::test]
async fn a_client_secret_is_exchanged_for_a_token() {
    let entra = giver([token("access")]).await;
    let sign_in = entra.by(secret());
    assert_eq!(given(&sign_in).await.unwrap(), "access");
    assert_eq!(given(&sign_in).await.unwrap(), "access");
    let asked = entra.asked();
    assert_eq!(asked.len(), 1, "it is kept");
    assert_eq!(asked[0].target, "/contoso.example/oauth2/v2.0/token");
    assert_eq!(
        asked[0].headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    let expected = [
        ("client_id", "app-1"),
        ("client_secret", "canary +&="),
        ("grant_type", "client_credentials"),
        ("scope", "https://management.example/.default"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(asked[0].form, BTreeMap::from(expected));
}

#[tokio::test]
async fn a_certificate_signs_an_assertion_for_the_very_address_it_goes_to() {
    let entra = giver([token("access")]).await;
    let (certificate, key) = pair(&PKCS_RSA_SHA256);
    let pem = format!("{certificate}{}", key.serialize_pem());
    let certificate = Certificate::from_pem(&pem.into()).unwrap();
    assert_eq!(
        given(&entra.by(Proof::Certificate(certificate))).await.unwrap(),
        "access"
    );
    let form = &entra.asked()[0].form;
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    assert_eq!(form["client_assertion"].split('.').count(), 3);
    assert!(!form.contains_key("client_secret"));
}

/// Lets time pass, without pausing the clock while something is under way.
async fn later(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_file_is_read_anew_for_each_exchange() {
    let entra = giver([token("one"), token("two")]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let sign_in = entra.by(Proof::Federated(Arc::new(TokenFile::new(&path))));
    let error = given(&sign_in).await.unwrap_err();
    assert!(matches!(error, TokenError::Missing(_)), "{error}");
    std::fs::write(&path, "first\n").unwrap();
    later(Duration::from_secs(6)).await;
    assert_eq!(given(&sign_in).await.unwrap(), "one");
    std::fs::write(&path, "second\n").unwrap();
    later(Duration::from_mins(50)).await;
    assert_eq!(given(&sign_in).await.unwrap(), "two");
    let sent: Vec<String> = entra
        .asked()
        .iter()
        .map(|asked| asked.form["client_assertion"].clone())
        .collect();
    assert_eq!(sent, ["first", "second"]);
}

#[derive(Debug)]
struct Borrowed(Result<&'static str, TokenError>);

impl fmt::Display for Borrowed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a token of service account shop/shop")
    }
}

impl FederatedToken for Borrowed {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, TokenError>> {
        let token = self.0.clone().map(SecretString::from);
        async move { token }.boxed()
    }
}

#[tokio::test]
async fn a_federated_token_that_is_not_given_is_told_as_it_is() {
    let entra = giver([]).await;
    let missing = TokenError::Missing("no such service account".to_owned());
    let sign_in = entra.by(Proof::Federated(Arc::new(Borrowed(Err(missing.clone())))));
    assert_eq!(given(&sign_in).await, Err(missing));
    assert!(entra.asked().is_empty());
}

#[tokio::test]
async fn a_refusal_says_who_what_was_answered_and_what_to_do() {
    let entra = giver([refusal(401, 7_000_222, "The keys of app 'app-1' are expired.")]).await;
    let error = given(&entra.by(secret())).await.unwrap_err();
    let host = entra.application().authority.host();
    let expected = format!(
        "sign in at {host} as application app-1 of tenant contoso.example with a client secret: AADSTS7000222: The \
         keys of app 'app-1' are expired. The client secret has expired: make a new one and put it into the Secret"
    );
    assert_eq!(error, TokenError::Refused(expected));
}

#[tokio::test]
async fn a_federated_identity_that_is_not_known_names_whose_token_it_was() {
    let entra = giver([refusal(401, 700_213, "No matching record for subject 'x'.")]).await;
    let sign_in = entra.by(Proof::Federated(Arc::new(Borrowed(Ok("token")))));
    let TokenError::Refused(message) = given(&sign_in).await.unwrap_err() else {
        panic!("another kind of error");
    };
    assert!(
        message.contains("service account shop/shop: AADSTS700213: No matching"),
        "{message}"
    );
    assert!(message.contains("api://AzureADTokenExchange"), "{message}");
}

#[tokio::test]
async fn an_entra_that_is_busy_or_fails_is_waited_for() {
    let busy = |status, headers| (status, headers, json!({ "error": "temporarily_unavailable" }));
    for (reply, wait) in [
        (
            busy(429, vec![("retry-after", "17")]),
            Some(Duration::from_secs(17)),
        ),
        (busy(503, Vec::new()), None),
        (busy(400, Vec::new()), None),
        (refusal(400, 90_033, "A transient error."), None),
        ((502, Vec::new(), json!("<html>")), None),
        ((200, Vec::new(), json!({ "sign in": "to this network" })), None),
    ] {
        let entra = giver([reply]).await;
        let error = given(&entra.by(secret())).await.unwrap_err();
        let TokenError::Unavailable { retry_after, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(retry_after, wait);
    }
}

#[tokio::test]
async fn an_entra_that_cannot_be_reached_is_waited_for() {
    let entra = giver([]).await;
    let mut application = entra.application();
    // A port that nobody listens on.
    application.authority = Authority::new("http://127.0.0.1:9/").unwrap();
    let sign_in = SignIn::by_proof(Arc::default(), application, secret(), AUDIENCE);
    let error = given(&sign_in).await.unwrap_err();
    assert!(matches!(&error, TokenError::Unavailable { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .ends_with("with a client secret: it cannot be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let entra = giver([(200, Vec::new(), json!("x".repeat(100 << 10)))]).await;
    let error = given(&entra.by(secret())).await.unwrap_err();
    assert!(error.to_string().contains("longer than 65536 bytes"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let entra = giver([(307, vec![("location", "/elsewhere")], json!({}))]).await;
    let error = given(&entra.by(secret())).await.unwrap_err();
    assert!(matches!(error, TokenError::Refused(_)), "{error:?}");
    assert_eq!(entra.asked().len(), 1);
}

#[tokio::test]
async fn nothing_that_is_printed_holds_a_secret() {
    let entra = giver([
        refusal(401, 7_000_215, "canary +&= or canary+%2B%26%3D is no secret"),
        token("canary +"),
    ])
    .await;
    let sign_in = entra.by(secret());
    let error = given(&sign_in).await.unwrap_err();
    let machine = ManagedIdentity::of_service(entra.base.clone(), "canary".into());
    for text in [
        format!("{error} {error:?}"),
        format!("{sign_in:?} {sign_in}"),
        format!("{machine:?} {machine}"),
        format!("{:?} {}", secret(), secret()),
    ] {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn a_machine_asks_its_own_endpoint() {
    let body =
        json!({ "access_token": "access", "expires_in": "86399", "refresh_in": "43200", "resource": "x" });
    let endpoint = giver([(200, Vec::new(), body)]).await;
    let identity = ManagedIdentity::of_machine(Some(&endpoint.base)).unwrap();
    let identity = identity.named(Some("mi-1".to_owned()));
    let sign_in = SignIn::by_machine(Arc::default(), identity, AUDIENCE);
    assert_eq!(given(&sign_in).await.unwrap(), "access");
    let asked = &endpoint.asked()[0];
    assert_eq!(
        asked.target,
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.example%2F\
         &client_id=mi-1"
    );
    assert_eq!(asked.headers["metadata"], "true");
}

#[tokio::test]
async fn a_service_is_asked_with_the_secret_it_gave() {
    let body = json!({ "access_token": "access", "expires_in": "3600" });
    let endpoint = giver([(200, Vec::new(), body)]).await;
    let url = endpoint.base.join("msi/token").unwrap();
    let identity = ManagedIdentity::of_service(url, "given".into());
    let sign_in = SignIn::by_machine(Arc::default(), identity, AUDIENCE);
    assert_eq!(given(&sign_in).await.unwrap(), "access");
    let asked = &endpoint.asked()[0];
    assert!(
        asked
            .target
            .starts_with("/msi/token?api-version=2019-08-01&resource=")
    );
    assert_eq!(asked.headers["x-identity-header"], "given");
    assert!(!asked.headers.contains_key("metadata"));
}

#[tokio::test]
async fn a_machine_without_that_identity_refuses_and_one_that_is_renewed_is_waited_for() {
    let reply = |status| {
        let body = json!({ "error": "invalid_request", "error_description": "Identity not found" });
        (status, Vec::new(), body)
    };
    for (status, passing) in [(400, false), (404, true), (410, true), (429, true), (500, true)] {
        let endpoint = giver([reply(status)]).await;
        let identity = ManagedIdentity::of_machine(Some(&endpoint.base)).unwrap();
        let sign_in = SignIn::by_machine(Arc::default(), identity, AUDIENCE);
        let error = given(&sign_in).await.unwrap_err();
        assert_eq!(
            matches!(error, TokenError::Unavailable { .. }),
            passing,
            "{status}: {error}"
        );
        assert!(
            error
                .to_string()
                .ends_with("managed identity: Identity not found"),
            "{error}"
        );
    }
}
