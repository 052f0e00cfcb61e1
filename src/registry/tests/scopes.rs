//! What each caller's token opens.

use super::*;

const TOKENS: &str = "\
reader  read             reader-reader-reader-reader-reader
author  read,write       author-author-author-author-author
sharer  read,share       sharer-sharer-sharer-sharer-sharer
blind   write,share      blind-blind-blind-blind-blind-blind
";

async fn asked(fixture: &Fixture, name: &str, method: &str, uri: &str) -> Answer {
    let line = TOKENS.lines().find(|line| line.starts_with(name)).unwrap();
    let token = line.split_whitespace().last().unwrap();
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from("{}"));
    fixture.raw(request.unwrap()).await
}

#[tokio::test]
async fn a_token_opens_what_its_scopes_say_and_the_refusal_names_what_it_takes() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), TOKENS).unwrap();
    let fixture = Fixture::with(|options| {
        options.tokens = Some(file.path().to_owned());
        options.faults = true;
    })
    .await;
    fixture.connector("a").await;
    let connector = format!("{WEB}/customApis/a");
    let assignment = format!("{connector}/providers/Microsoft.Authorization/roleAssignments");
    let one = format!("{assignment}/8a6a0ae1-ad5d-4d63-8a0c-5f1b9d8a3f11?api-version=2022-04-01");
    let read = ["reader", "author", "sharer"];
    let write = ["author", "blind"];
    let share = ["sharer", "blind"];
    for (method, uri, scope, may) in [
        ("GET", format!("{WEB}/customApis?{V}"), "read", &read[..]),
        ("GET", format!("{connector}?{V}"), "read", &read),
        ("HEAD", format!("{connector}?{V}"), "read", &read),
        ("GET", format!("{connector}?{V}&export=true"), "read", &read),
        (
            "GET",
            format!("{assignment}?api-version=2022-04-01"),
            "read",
            &read,
        ),
        (
            "GET",
            format!("{SUBSCRIPTION}/resourceGroups?api-version=2021-04-01"),
            "read",
            &read,
        ),
        ("PUT", format!("{connector}?{V}"), "write", &write),
        ("PATCH", format!("{connector}?{V}"), "write", &write),
        ("DELETE", format!("{WEB}/customApis/b?{V}"), "write", &write),
        ("DELETE", format!("{WEB}/connections/b?{V}"), "write", &write),
        ("PUT", one.clone(), "share", &share),
        ("DELETE", one, "share", &share),
    ] {
        for name in ["reader", "author", "sharer", "blind"] {
            let answer = asked(&fixture, name, method, &uri).await;
            let told = format!("{name} {method} {uri}: {} {}", answer.status, answer.text);
            if may.contains(&name) {
                assert_ne!(answer.status, StatusCode::FORBIDDEN, "{told}");
            } else {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{told}");
                assert_eq!(answer.code(), "AuthorizationFailed", "{told}");
                assert!(answer.text.contains(&format!("`{scope}`")), "{told}");
            }
        }
    }
    assert_eq!(
        asked(&fixture, "reader", "GET", &format!("{connector}?{V}"))
            .await
            .status,
        StatusCode::OK
    );
    for uri in ["/faults", "/counters"] {
        for name in ["author", "blind"] {
            assert_eq!(
                asked(&fixture, name, "GET", uri).await.status,
                StatusCode::FORBIDDEN,
                "{name} {uri}"
            );
        }
    }
}

#[tokio::test]
async fn a_refused_caller_changes_nothing() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), TOKENS).unwrap();
    let fixture = Fixture::with(|options| options.tokens = Some(file.path().to_owned())).await;
    fixture.connector("a").await;
    let connector = format!("{WEB}/customApis/a?{V}");
    assert_eq!(
        asked(&fixture, "reader", "DELETE", &connector).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(fixture.get(&connector).await.status, StatusCode::OK);
}
