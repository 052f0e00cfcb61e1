mod api_server;

use std::io::Write as _;

use axum::{Router, http::StatusCode, response::IntoResponse};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret as _;
use serde_json::json;

use self::api_server::{ApiServer, object, status};
use super::*;
use crate::{crd::KeyReference, reconcile::status::Stop};

/// What a connector is told that stops at it.
pub(super) fn placed(error: &SourceError) -> &'static str {
    Stop::from(error).reason.as_str()
}

fn in_config_map(key: &'static str) -> Location<'static> {
    Location::ConfigMapKey {
        name: "petstore",
        key,
        version: None,
    }
}

fn at(url: &str) -> UrlLocation<'_> {
    UrlLocation {
        url,
        headers_secret: None,
        digest: None,
    }
}

async fn fetched(sources: &Sources, location: Location<'_>) -> Result<Fetched, SourceError> {
    match sources.fetch("shop", location, None, 1000).await? {
        Answer::Fetched(fetched) => Ok(fetched),
        Answer::Unchanged => panic!("unchanged, though nothing was known"),
    }
}

/// A server on loopback that answers every path alike.
async fn serve(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> String {
    let router = Router::new().fallback(move || std::future::ready(answer.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    format!("http://{address}/openapi.json")
}

#[tokio::test]
async fn a_config_map_is_read_from_data_and_from_binary_data_packed_or_not() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(b"swagger: '2.0'").unwrap();
    let packed = packer.finish().unwrap();
    let mut config_map = object("ConfigMap", "petstore", "7", &json!({ "text": "swagger" }));
    config_map["binaryData"] = json!({ "packed": STANDARD.encode(&packed) });
    let server = ApiServer::default();
    server.put("configmaps/petstore", config_map);
    let sources = server.sources();

    let text = fetched(&sources, in_config_map("text")).await.unwrap();
    assert_eq!(
        (text.bytes.as_ref(), text.revision.as_str()),
        (&b"swagger"[..], "u1/7")
    );
    let binary = fetched(&sources, in_config_map("packed")).await.unwrap();
    assert_eq!(binary.digest, sha256(&packed));
    assert_eq!(binary.unpacked(14).unwrap(), "swagger: '2.0'");
    let error = binary.unpacked(13).unwrap_err();
    assert_eq!(
        error.to_string(),
        "key `packed` of ConfigMap `petstore` is larger than the 13 bytes that are accepted"
    );
}

#[tokio::test]
async fn a_revision_that_is_known_is_unchanged_and_another_is_not() {
    let server = ApiServer::default();
    server.put(
        "configmaps/petstore",
        object("ConfigMap", "petstore", "7", &json!({ "a": "b" })),
    );
    let sources = server.sources();
    let answer = sources
        .fetch("shop", in_config_map("a"), Some("u1/7"), 1000)
        .await
        .unwrap();
    assert_eq!(answer, Answer::Unchanged);
    let answer = sources
        .fetch("shop", in_config_map("a"), Some("u1/6"), 1000)
        .await
        .unwrap();
    assert!(matches!(answer, Answer::Fetched(fetched) if fetched.bytes == "b"));
}

#[tokio::test]
async fn one_read_serves_all_who_know_the_same_version() {
    let server = ApiServer::default();
    server.put(
        "configmaps/petstore",
        object("ConfigMap", "petstore", "7", &json!({ "a": "b" })),
    );
    let sources = server.sources();
    let known = Location::ConfigMapKey {
        name: "petstore",
        key: "a",
        version: Some("7"),
    };
    let all = futures::future::join_all((0..20).map(|_| fetched(&sources, known))).await;
    assert!(all.into_iter().all(|one| one.unwrap().bytes == "b"));
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn what_is_missing_is_waited_for_and_named() {
    let server = ApiServer::default();
    server.put(
        "configmaps/petstore",
        object("ConfigMap", "petstore", "7", &json!({ "a.json": "x" })),
    );
    server.put(
        "secrets/token",
        object(
            "Secret",
            "token",
            "3",
            &json!({ "canary-key": STANDARD.encode("x") }),
        ),
    );
    let sources = server.sources();
    let absent = Location::ConfigMapKey {
        name: "absent",
        key: "a",
        version: Some("1"),
    };
    for (location, reason, said) in [
        (
            absent,
            "ConfigMapNotFound",
            "ConfigMap `absent` in namespace `shop` does not exist",
        ),
        (
            in_config_map("b.json"),
            "KeyNotFound",
            "ConfigMap `petstore` in namespace `shop` has no key `b.json`; it has `a.json`",
        ),
        (
            Location::SecretKey {
                name: "absent",
                key: "a",
            },
            "SecretNotFound",
            "Secret `absent` in namespace `shop` does not exist",
        ),
        (
            Location::SecretKey {
                name: "token",
                key: "a",
            },
            "KeyNotFound",
            "Secret `token` in namespace `shop` has no key `a`",
        ),
    ] {
        let error = fetched(&sources, location).await.unwrap_err();
        assert_eq!((placed(&error), error.to_string().as_str()), (reason, said));
    }
}

#[tokio::test]
async fn an_api_server_that_refuses_or_fails_is_told_apart_from_what_is_missing() {
    let server = ApiServer::default();
    let refusal = status(403, "Forbidden", "configmaps \"petstore\" is forbidden");
    server.answer("configmaps/petstore", StatusCode::FORBIDDEN, refusal);
    server.answer(
        "secrets/token",
        StatusCode::INTERNAL_SERVER_ERROR,
        status(500, "InternalError", "etcd"),
    );
    let sources = server.sources();
    let error = fetched(&sources, in_config_map("a")).await.unwrap_err();
    assert_eq!(placed(&error), "ReferenceNotPermitted");
    let error = fetched(
        &sources,
        Location::SecretKey {
            name: "token",
            key: "a",
        },
    )
    .await
    .unwrap_err();
    assert_eq!(placed(&error), "ApiServerUnavailable");
}

#[tokio::test]
async fn nothing_of_a_secret_is_printed() {
    let server = ApiServer::default();
    let data = json!({ "a": STANDARD.encode("canary\n"), "b": STANDARD.encode([0xff, 0xfe]) });
    server.put("secrets/token", object("Secret", "token", "3", &data));
    server.put(
        "secrets/garbled",
        object("Secret", "garbled", "3", &json!({ "a": "canary*" })),
    );
    let sources = server.sources();
    let value = sources.secret_value("shop", "token", "a").await.unwrap();
    assert_eq!(
        (value.value.expose_secret(), value.revision.as_str()),
        ("canary", "u1/3")
    );
    assert!(!format!("{value:?}").contains("canary"));
    assert_eq!(sources.secret_revision("shop", "token").await.unwrap(), "u1/3");
    let document = fetched(
        &sources,
        Location::SecretKey {
            name: "token",
            key: "a",
        },
    )
    .await
    .unwrap();
    assert!(document.secret && !format!("{document:?}").contains("canary"));
    let error = sources.secret_value("shop", "token", "b").await.unwrap_err();
    assert!(matches!(error, SourceError::NotText { .. }), "{error}");
    let error = sources.secret_value("shop", "garbled", "a").await.unwrap_err();
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_pinned_digest_must_be_what_comes() {
    let url = serve("swagger").await;
    let sources = ApiServer::default().sources();
    let right = sha256(b"swagger").to_uppercase().replace("SHA256", "sha256");
    let location = UrlLocation {
        digest: Some(&right),
        ..at(&url)
    };
    assert_eq!(
        fetched(&sources, Location::Url(location)).await.unwrap().bytes,
        "swagger"
    );
    for digest in [sha256(b"other"), "md5:00".to_owned()] {
        let location = UrlLocation {
            digest: Some(&digest),
            ..at(&url)
        };
        let error = fetched(&sources, Location::Url(location)).await.unwrap_err();
        assert_eq!(placed(&error), "DigestMismatch");
    }
}

#[tokio::test]
async fn a_url_without_validators_is_unchanged_by_its_digest() {
    let url = serve("swagger").await;
    let sources = ApiServer::default().sources();
    let location = Location::Url(at(&url));
    let first = fetched(&sources, location).await.unwrap();
    let again = sources
        .fetch("shop", location, Some(&first.revision), 1000)
        .await
        .unwrap();
    assert_eq!(again, Answer::Unchanged);
}

#[tokio::test]
async fn headers_come_from_a_secret_that_names_the_host() {
    let url = serve("swagger").await;
    let server = ApiServer::default();
    let headers = json!({ "X-Api-Key": STANDARD.encode("canary\n") });
    server.put("secrets/unnamed", object("Secret", "unnamed", "1", &headers));
    let mut named = object("Secret", "named", "1", &headers);
    named["metadata"]["annotations"] = json!({ crate::crd::ALLOWED_HOSTS: "127.0.0.1" });
    server.put("secrets/named", named);
    for (name, key, value) in [
        ("host", "Host", "evil"),
        ("value", "X-Key", "a\nb: c"),
        ("name", "x y", "a"),
    ] {
        server.put(
            &format!("secrets/{name}"),
            object("Secret", name, "1", &json!({ key: STANDARD.encode(value) })),
        );
    }
    let sources = server.sources();
    for (name, outcome) in [
        ("named", "fetched"),
        ("unnamed", "HostNotAllowed"),
        ("absent", "SecretNotFound"),
        ("host", "UrlRefused"),
        ("value", "UrlRefused"),
        ("name", "UrlRefused"),
    ] {
        let location = Location::Url(UrlLocation {
            headers_secret: Some(name),
            ..at(&url)
        });
        let result = fetched(&sources, location).await;
        assert_eq!(
            result.as_ref().map_or_else(placed, |_| "fetched"),
            outcome,
            "{name}"
        );
        assert!(!format!("{result:?}").contains("canary"));
    }
}

#[tokio::test]
async fn a_token_goes_only_to_a_host_that_its_secret_names() {
    let server = ApiServer::default();
    let mut secret = object("Secret", "token", "1", &json!({ "t": STANDARD.encode("canary") }));
    secret["metadata"]["annotations"] = json!({ crate::crd::ALLOWED_HOSTS: "registry.test:8443" });
    server.put("secrets/token", secret);
    let sources = server.sources();
    let (named, other) = (
        "https://registry.test:8443/x".parse().unwrap(),
        "https://other.test/".parse().unwrap(),
    );
    let value = sources
        .secret_for_host("shop", "token", "t", &named)
        .await
        .unwrap();
    assert_eq!(value.value.expose_secret(), "canary");
    let error = sources
        .secret_for_host("shop", "token", "t", &other)
        .await
        .unwrap_err();
    assert_eq!(placed(&error), "HostNotAllowed");
}

#[tokio::test]
async fn an_icon_becomes_a_data_uri_and_its_error_names_where_it_came_from() {
    let server = ApiServer::default();
    let mut config_map = object("ConfigMap", "petstore", "7", &json!({ "icon.svg": "<svg/>" }));
    config_map["binaryData"] = json!({ "icon.png": STANDARD.encode(icon::tests::png(160, 160)) });
    server.put("configmaps/petstore", config_map);
    let sources = server.sources();
    let icon = |key: &str| {
        Icon::ConfigMapKeyRef(KeyReference {
            name: "petstore".into(),
            key: key.into(),
        })
    };
    let fetched = sources
        .icon("shop", &icon("icon.png"), None, None)
        .await
        .unwrap()
        .unwrap();
    assert!(fetched.data_uri.starts_with("data:image/png;base64,"));
    assert_eq!(
        sources
            .icon("shop", &icon("icon.png"), None, Some(&fetched.revision))
            .await
            .unwrap(),
        None
    );
    let inline = Icon::Inline(STANDARD.encode(icon::tests::png(160, 160)));
    let inline = sources.icon("shop", &inline, None, None).await.unwrap().unwrap();
    assert_eq!(inline.data_uri, fetched.data_uri);
    let error = sources
        .icon("shop", &icon("icon.svg"), None, None)
        .await
        .unwrap_err();
    assert_eq!(placed(&error), "IconInvalid");
    assert_eq!(
        error.to_string(),
        "the icon from key `icon.svg` of ConfigMap `petstore` is not accepted"
    );
}
