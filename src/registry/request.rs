//! What is read from a request beside its path and query: credentials, ids, preconditions, body. No client.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header, uri::Authority};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    refusal::Refusal,
    store::Precondition,
    tokens::{Caller, Scope, Tokens},
};

/// Bytes of a request's body, at most: a document and an inlined icon of a megabyte each, with room.
pub(super) const BODY_LIMIT: usize = 4 << 20;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const RETURN_CLIENT_REQUEST_ID: &str = "x-ms-return-client-request-id";

/// Who calls, by the bearer token, or a refusal.
pub(super) fn authenticate(headers: &HeaderMap, tokens: &Tokens, now: Instant) -> Result<Caller, Refusal> {
    let refused = |message: &str, challenge| {
        Err(
            Refusal::new(StatusCode::UNAUTHORIZED, "AuthenticationFailed", message)
                .with(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge)),
        )
    };
    let Some(authorization) = headers.get(header::AUTHORIZATION) else {
        return refused(
            "The `Authorization` header with the registry's bearer token is missing.",
            r#"Bearer realm="registry""#,
        );
    };
    let presented = authorization
        .as_bytes()
        .split_at_checked(b"Bearer ".len())
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"Bearer "))
        .map_or(&[][..], |(_, presented)| presented);
    if let Some(caller) = tokens.caller(presented, now) {
        return Ok(caller);
    }
    refused(
        "The bearer token is not this registry's.",
        r#"Bearer realm="registry", error="invalid_token""#,
    )
}

/// Nothing, or a refusal, for what the caller's token is to open.
pub(super) fn authorize(caller: &Caller, needed: &[Scope]) -> Result<(), Refusal> {
    let Some(missing) = needed.iter().find(|scope| !caller.scopes.hold(**scope)) else {
        return Ok(());
    };
    let (name, missing) = (&caller.name, missing.as_str());
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "AuthorizationFailed",
        format!(
            "The token of `{name}` does not open this: it takes the scope `{missing}`. Whoever runs the registry gives scopes in its file of tokens."
        ),
    ))
}

/// The ids that go back with every answer.
pub(super) struct Ids {
    request: Uuid,
    correlation: Option<HeaderValue>,
    client: Option<HeaderValue>,
}

impl Ids {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let wants_client_id = headers
            .get(RETURN_CLIENT_REQUEST_ID)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
        Self {
            request: Uuid::new_v4(),
            correlation: headers.get(CORRELATION_ID).cloned(),
            client: headers
                .get(CLIENT_REQUEST_ID)
                .filter(|_| wants_client_id)
                .cloned(),
        }
    }

    /// The id of this request.
    pub(super) fn request(&self) -> Uuid {
        self.request
    }

    /// Puts the ids on an answer.
    pub(super) fn put_on(self, headers: &mut HeaderMap) {
        if let Ok(request) = HeaderValue::try_from(self.request.to_string()) {
            headers.insert(
                CORRELATION_ID,
                self.correlation.unwrap_or_else(|| request.clone()),
            );
            headers.insert(REQUEST_ID, request);
        }
        if let Some(client) = self.client {
            headers.insert(CLIENT_REQUEST_ID, client);
        }
    }
}

/// Where the caller reached us, such as `http://127.0.0.1:8080`. A request that names the whole URL, as one does that
/// somebody passes on, says the scheme itself; else it is `scheme`.
pub(super) fn origin<B>(request: &Request<B>, scheme: &str) -> String {
    let named = request
        .headers()
        .get(header::HOST)
        .and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let authority = request.uri().authority().cloned().or(named);
    let scheme = request.uri().scheme_str().unwrap_or(scheme);
    format!(
        "{scheme}://{}",
        authority.as_ref().map_or("localhost", Authority::as_str)
    )
}

/// What `If-Match` and `If-None-Match` ask for. Resources have no entity tags, so none but `*` can match.
pub(super) fn precondition(headers: &HeaderMap) -> Result<Precondition, Refusal> {
    match (headers.get(header::IF_MATCH), headers.get(header::IF_NONE_MATCH)) {
        (Some(value), _) if value == "*" => Ok(Precondition::MustExist),
        (Some(_), _) => Err(Refusal::precondition_failed(
            "Resources here have no entity tags; `If-Match` can only be `*`.",
        )),
        (None, Some(value)) if value == "*" => Ok(Precondition::MustNotExist),
        (None, _) => Ok(Precondition::None),
    }
}

/// The whole body, within its limits of size and time.
pub(super) async fn body(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let too_large = || {
        Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestContentTooLarge",
            format!("The request's body has more than {BODY_LIMIT} bytes."),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(too_large());
    }
    let read = async {
        let mut chunks = body.into_data_stream();
        let mut whole = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| {
                Refusal::bad_request(
                    "InvalidRequestContent",
                    "The request's body could not be read to its end.",
                )
            })?;
            if whole.len() + chunk.len() > BODY_LIMIT {
                return Err(too_large());
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    };
    tokio::time::timeout(BODY_TIME, read)
        .await
        .unwrap_or_else(|_elapsed| {
            Err(Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                "RequestTimeout",
                format!(
                    "The request's body did not arrive within {} s.",
                    BODY_TIME.as_secs()
                ),
            ))
        })
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_the_token_itself_is_let_in() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("token");
        std::fs::write(&own, "x".repeat(32)).unwrap();
        let tokens = Tokens::open(own, None, "correct-horse".into()).unwrap();
        let now = Instant::now();
        for (value, fits) in [
            ("Bearer correct-horse", true),
            ("bearer correct-horse", true),
            ("Bearer correct-horse ", false),
            ("Bearer correct", false),
            ("Bearer ", false),
            ("Basic correct-horse", false),
            ("x", false),
        ] {
            let answer = authenticate(&headers(&[("authorization", value)]), &tokens, now);
            assert_eq!(answer.is_ok(), fits, "{value}");
        }
        let refusal = authenticate(&HeaderMap::new(), &tokens, now).unwrap_err();
        assert_eq!(refusal.into_response().status(), StatusCode::UNAUTHORIZED);
    }

    #[test]
    fn a_client_request_id_comes_back_only_where_asked_for() {
        let sent = [
            ("x-ms-client-request-id", "c"),
            ("x-ms-correlation-request-id", "k"),
        ];
        let mut answer = HeaderMap::new();
        Ids::of(&headers(&sent)).put_on(&mut answer);
        assert_eq!(answer[CORRELATION_ID], "k");
        assert!(answer.get(CLIENT_REQUEST_ID).is_none());
        let mut asked = headers(&sent);
        asked.insert(RETURN_CLIENT_REQUEST_ID, HeaderValue::from_static("True"));
        Ids::of(&asked).put_on(&mut answer);
        assert_eq!(answer[CLIENT_REQUEST_ID], "c");
    }

    #[test]
    fn the_origin_is_what_the_caller_named() {
        let request = |host: &str| {
            Request::builder()
                .uri("/x")
                .header("host", host)
                .body(())
                .unwrap()
        };
        assert_eq!(
            origin(&request("127.0.0.1:8080"), "http"),
            "http://127.0.0.1:8080"
        );
        assert_eq!(origin(&request("a b"), "https"), "https://localhost");
        let whole = Request::builder().uri("https://arm.example/x").body(()).unwrap();
        assert_eq!(origin(&whole, "http"), "https://arm.example");
        assert_eq!(
            origin(&Request::builder().uri("/x").body(()).unwrap(), "http"),
            "http://localhost"
        );
    }
}
