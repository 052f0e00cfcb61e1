mod rebinding;
mod server;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use axum::{body::Body, response::IntoResponse};
use reqwest::dns::{Addrs, Name, Resolving};
use tokio::net::TcpListener;

use self::server::Server;
use super::*;
use crate::source::{
    error::{Kind, Object},
    tests::placed,
};

/// A resolver with a fixed table.
struct Table(HashMap<&'static str, Vec<IpAddr>>);

impl Resolve for Table {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.get(name.as_str()).cloned();
        Box::pin(async move {
            let found = found.ok_or("no such name")?;
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

fn limits() -> TimeLimits {
    TimeLimits {
        connect: Duration::from_secs(2),
        total: Duration::from_secs(5),
    }
}

fn loopback() -> AddressPolicy {
    AddressPolicy::new(vec!["127.0.0.1/32".parse().unwrap()])
}

fn web(policy: AddressPolicy, names: &[(&'static str, &[&str])]) -> Web {
    let parsed = |addresses: &[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
    let table = names
        .iter()
        .map(|(name, addresses)| (*name, parsed(addresses)))
        .collect();
    let resolver: Arc<dyn Resolve> = Arc::new(Table(table));
    Web::with_resolver(policy, limits(), &resolver).unwrap()
}

fn plain(url: &Url) -> Request<'_> {
    Request {
        url,
        headers: None,
        known: None,
        limit: 1000,
    }
}

async fn content(web: &Web, url: &Url) -> Result<Bytes, SourceError> {
    match web.get(&plain(url)).await? {
        Answer::Content(bytes, _) => Ok(bytes),
        Answer::Unchanged => panic!("unchanged, though nothing was known"),
    }
}

async fn reason(web: &Web, url: &str) -> &'static str {
    match parse(url) {
        Err(error) => placed(&error),
        Ok(url) => content(web, &url)
            .await
            .map_or_else(|error| placed(&error), |_| "fetched"),
    }
}

fn headers(allowed_hosts: &str) -> SecretHeaders {
    let mut value = http::HeaderValue::from_static("canary-value");
    value.set_sensitive(true);
    SecretHeaders {
        secret: Object {
            kind: Kind::Secret,
            namespace: "shop".into(),
            name: "token".into(),
        },
        allowed_hosts: Some(allowed_hosts.to_owned()),
        headers: HeaderMap::from_iter([(http::HeaderName::from_static("x-api-key"), value)]),
        revision: "uid/1".into(),
    }
}

fn redirect(to: &str) -> axum::response::Response {
    (StatusCode::FOUND, [(header::LOCATION, to.to_owned())]).into_response()
}

#[tokio::test]
async fn an_inside_address_is_refused_however_it_is_written() {
    let web = web(
        AddressPolicy::default(),
        &[
            ("inside.test", &["10.0.0.7"]),
            ("metadata.test", &["169.254.169.254"]),
            ("mapped.test", &["::ffff:10.0.0.7"]),
        ],
    );
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest",
        "https://127.0.0.1./",
        "https://inside.test/",
        "https://metadata.test/",
        "https://mapped.test/",
        "https://[64:ff9b::7f00:1]/",
    ] {
        assert_eq!(reason(&web, url).await, "AddressNotAllowed", "{url}");
    }
}

#[tokio::test]
async fn a_name_is_connected_to_at_a_permitted_address_only() {
    let allowed = Server::start(("127.0.0.1", 0), |_| "allowed".into_response()).await;
    let port = allowed.address.port();
    let refused = Server::start(("127.0.0.2", port), |_| "refused".into_response()).await;
    let web = web(
        loopback(),
        &[
            ("mixed.test", &["127.0.0.2", "127.0.0.1"]),
            ("refused.test", &["127.0.0.2"]),
        ],
    );
    let url = parse(&format!("http://mixed.test:{port}/")).unwrap();
    assert_eq!(content(&web, &url).await.unwrap(), "allowed");
    assert!(refused.asked.lock().unwrap().is_empty());
    // plain http to what is not allowed is refused for being plain
    assert_eq!(
        reason(&web, &format!("http://refused.test:{port}/")).await,
        "UrlRefused"
    );
    assert_eq!(
        reason(&web, &format!("https://refused.test:{port}/")).await,
        "AddressNotAllowed"
    );
}

#[tokio::test]
async fn urls_that_are_not_fetched_are_refused_with_the_way_out() {
    let web = web(loopback(), &[("public.test", &["8.8.8.8"])]);
    for url in [
        "ftp://public.test/x",
        "file:///etc/passwd",
        "http://public.test/x",
        "https://user:canary@public.test/x",
        "https://canary@public.test/x",
        "mailto:canary@public.test",
        "public.test/canary",
        "",
        "http://8.8.8.8/",
    ] {
        let error = match parse(url) {
            Err(error) => error,
            Ok(url) => content(&web, &url).await.unwrap_err(),
        };
        assert_eq!(placed(&error), "UrlRefused", "{url}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

#[tokio::test]
async fn errors_hold_no_query_and_no_header_value() {
    let server = Server::start(("127.0.0.1", 0), |path| match path {
        "/gone" => StatusCode::NOT_FOUND.into_response(),
        "/locked" => StatusCode::FORBIDDEN.into_response(),
        "/broken" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "/loop" => redirect("/loop?sig=canary"),
        _ => "x".repeat(2000).into_response(),
    })
    .await;
    let web = web(loopback(), &[]);
    let secret = headers("127.0.0.1");
    for (path, reason) in [
        ("/gone", "UrlUnavailable"),
        ("/locked", "UrlRefused"),
        ("/broken", "UrlUnavailable"),
        ("/loop", "UrlUnavailable"),
        ("/large", "SourceInvalid"),
    ] {
        let url = server.url(&format!("{path}?sig=canary#canary"));
        let request = Request {
            headers: Some(&secret),
            ..plain(&url)
        };
        let error = web.get(&request).await.err().unwrap();
        assert_eq!(placed(&error), reason);
        assert!(
            error.to_string().contains(path) && !error.to_string().contains("canary"),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    let closed = {
        TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap()
    };
    let error = content(&web, &parse(&format!("http://{closed}/x?sig=canary")).unwrap())
        .await
        .unwrap_err();
    assert_eq!(placed(&error), "UrlUnavailable");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn headers_go_to_named_hosts_and_not_beyond_a_redirect_to_another_origin() {
    let other = Server::start(("127.0.0.1", 0), |_| "there".into_response()).await;
    let elsewhere = other.url("/there").to_string();
    let server = Server::start(("127.0.0.1", 0), move |path| match path {
        "/away" => redirect(&elsewhere),
        "/near" => redirect("/here"),
        _ => "here".into_response(),
    })
    .await;
    let web = web(loopback(), &[]);
    let secret = headers("127.0.0.1");
    let (near, away) = (server.url("/near"), server.url("/away"));
    web.get(&Request {
        headers: Some(&secret),
        ..plain(&near)
    })
    .await
    .map(|_| ())
    .unwrap();
    assert_eq!(
        server.seen("x-api-key"),
        [Some("canary-value".to_owned()), Some("canary-value".to_owned())]
    );
    web.get(&Request {
        headers: Some(&secret),
        ..plain(&away)
    })
    .await
    .map(|_| ())
    .unwrap();
    assert_eq!(other.seen("x-api-key"), [None]);

    let strict = headers("127.0.0.1:1, api.example.com");
    let error = web
        .get(&Request {
            headers: Some(&strict),
            ..plain(&near)
        })
        .await
        .err()
        .unwrap();
    assert_eq!(placed(&error), "HostNotAllowed");
    assert_eq!(server.asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn every_redirect_is_checked_and_there_are_at_most_three() {
    let server = Server::start(("127.0.0.1", 0), |path| match path {
        "/inside" => redirect("http://127.0.0.2/"),
        "/metadata" => redirect("https://169.254.169.254/latest/meta-data"),
        "/file" => redirect("file:///etc/passwd"),
        "/user" => redirect("http://a:b@127.0.0.1/"),
        "/4" => redirect("/3"),
        "/3" => redirect("/2"),
        "/2" => redirect("1"),
        "/1" => redirect("/0"),
        "/nowhere" => StatusCode::FOUND.into_response(),
        _ => "end".into_response(),
    })
    .await;
    let web = web(loopback(), &[]);
    for (path, expected) in [
        ("/inside", "UrlRefused"),
        ("/metadata", "AddressNotAllowed"),
        ("/file", "UrlRefused"),
        ("/user", "UrlRefused"),
        ("/nowhere", "UrlUnavailable"),
        ("/4", "UrlUnavailable"),
        ("/3", "fetched"),
    ] {
        assert_eq!(reason(&web, server.url(path).as_str()).await, expected, "{path}");
    }
}

#[tokio::test]
async fn what_is_known_already_is_not_sent_again() {
    let server = Server::start(("127.0.0.1", 0), |path| match path {
        "/tag" => (StatusCode::NOT_MODIFIED, ()).into_response(),
        "/modified" => ([(header::LAST_MODIFIED, "Tue, 01 Sep 2026 10:00:00 GMT")], "new").into_response(),
        _ => ([(header::ETAG, "\"2\""), (header::LAST_MODIFIED, "x")], "new").into_response(),
    })
    .await;
    let web = web(loopback(), &[]);
    let (tag, modified, new) = (server.url("/tag"), server.url("/modified"), server.url("/new"));
    let first = Validator::Tag("\"1\"".into());
    let answer = web
        .get(&Request {
            known: Some(&first),
            ..plain(&tag)
        })
        .await
        .unwrap();
    assert!(matches!(answer, Answer::Unchanged));
    let time = Validator::Modified("Mon, 31 Aug 2026 10:00:00 GMT".into());
    let answer = web
        .get(&Request {
            known: Some(&time),
            ..plain(&modified)
        })
        .await
        .unwrap();
    assert!(matches!(answer, Answer::Content(_, Some(Validator::Modified(_)))));
    let answer = web.get(&plain(&new)).await.unwrap();
    assert!(matches!(answer, Answer::Content(_, Some(Validator::Tag(tag))) if tag == "\"2\""));
    assert_eq!(
        server.seen("if-none-match"),
        [Some("\"1\"".to_owned()), None, None]
    );
    assert_eq!(
        server.seen("if-modified-since")[1].as_deref(),
        Some("Mon, 31 Aug 2026 10:00:00 GMT")
    );
    // an answer to a question that was not asked
    assert_eq!(reason(&web, tag.as_str()).await, "UrlUnavailable");
}

#[tokio::test]
async fn a_stream_without_an_announced_length_is_cut_at_the_limit() {
    let server = Server::start(("127.0.0.1", 0), |_| {
        let endless =
            futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 64])));
        Body::from_stream(endless).into_response()
    })
    .await;
    assert_eq!(
        reason(&web(loopback(), &[]), server.url("/").as_str()).await,
        "SourceInvalid"
    );
}

#[tokio::test]
async fn a_server_that_trickles_is_left_at_the_time_limit() {
    let server = Server::start(("127.0.0.1", 0), |_| {
        let never = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        Body::from_stream(never).into_response()
    })
    .await;
    let limits = TimeLimits {
        connect: Duration::from_millis(200),
        total: Duration::from_millis(200),
    };
    let web = Web::new(loopback(), limits).unwrap();
    let error = content(&web, &server.url("/slow")).await.unwrap_err();
    assert_eq!(placed(&error), "UrlUnavailable");
    assert!(error.to_string().contains("0.2 s"), "{error}");
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let same = |one: &str, other: &str| same_origin(&one.parse().unwrap(), &other.parse().unwrap());
    assert!(same("https://a.test/x", "https://A.test:443/y"));
    assert!(!same("https://a.test/", "http://a.test/"));
    assert!(!same("https://a.test/", "https://b.test/"));
    assert!(!same("https://a.test/", "https://a.test:8443/"));
}
