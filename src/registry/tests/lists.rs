//! Lists of resources and of groups, and their pages.

use super::*;

/// Follows a list to its end: the names by page.
async fn pages(fixture: &Fixture, first: String) -> Vec<Vec<String>> {
    let (mut uri, mut pages) = (first, Vec::new());
    loop {
        let page = fixture.get(&uri).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        pages.push(page.names());
        match page.json()["nextLink"].as_str() {
            Some(next) => next
                .strip_prefix("http://registry.test:8080")
                .unwrap()
                .clone_into(&mut uri),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn a_list_is_paged_by_top_and_next_link() {
    let fixture = Fixture::new().await;
    for name in ["b", "A", "c", "E", "d"] {
        fixture.connector(name).await;
    }
    let found = pages(&fixture, format!("{WEB}/customApis?{V}&%24top=2")).await;
    assert_eq!(found, [vec!["A", "b"], vec!["c", "d"], vec!["E"]]);
    let found = pages(&fixture, format!("{WEB}/customApis?{V}&$top=5")).await;
    assert_eq!(found.len(), 1, "a page that holds all has no next link");
}

#[tokio::test]
async fn a_subscriptions_list_spans_its_groups_and_no_other_subscription() {
    let fixture = Fixture::new().await;
    for (group, name) in [("g1", "b"), ("g2", "a"), ("G1", "a")] {
        let uri =
            format!("{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Web/customApis/{name}?{V}");
        fixture.put(&uri, &connector()).await;
    }
    let elsewhere = WEB.replace("34adfa4f", "44adfa4f");
    fixture
        .put(&format!("{elsewhere}/customApis/x?{V}"), &connector())
        .await;
    let found = pages(
        &fixture,
        format!("{SUBSCRIPTION}/providers/Microsoft.Web/customApis?{V}&$top=1"),
    )
    .await;
    assert_eq!(found.concat(), ["a", "b", "a"]);
}

#[tokio::test]
async fn what_is_deleted_between_pages_takes_no_other_item_with_it() {
    let fixture = Fixture::new().await;
    for name in ["a", "b", "c", "d"] {
        fixture.connector(name).await;
    }
    let first = fixture.get(&format!("{WEB}/customApis?{V}&$top=2")).await.json();
    for name in ["a", "b"] {
        fixture.delete(&format!("{WEB}/customApis/{name}?{V}")).await;
    }
    let next = first["nextLink"]
        .as_str()
        .unwrap()
        .strip_prefix("http://registry.test:8080")
        .unwrap()
        .to_owned();
    assert_eq!(pages(&fixture, next).await.concat(), ["c", "d"]);
}

#[tokio::test]
async fn a_page_ends_early_where_its_items_are_large() {
    let fixture = Fixture::new().await;
    let mut body = connector();
    body["properties"]["iconUri"] = format!("data:image/png;base64,{}", "A".repeat(1_300_000)).into();
    for name in ["a", "b", "c", "d", "e"] {
        fixture.put(&format!("{WEB}/customApis/{name}?{V}"), &body).await;
    }
    let found = pages(&fixture, format!("{WEB}/customApis?{V}")).await;
    assert_eq!(found.concat(), ["a", "b", "c", "d", "e"]);
    assert!(found.len() > 1, "{found:?}");
}

#[tokio::test]
async fn groups_exist_by_what_they_hold_and_any_can_be_read() {
    let fixture = Fixture::new().await;
    let groups = format!("{SUBSCRIPTION}/resourcegroups?api-version=2021-04-01");
    assert!(fixture.get(&groups).await.names().is_empty());
    fixture.connector("a").await;
    assert_eq!(fixture.get(&groups).await.names(), ["Team"]);
    let one = format!("{SUBSCRIPTION}/resourceGroups/never-seen?api-version=2025-03-01");
    let group = fixture.get(&one).await.json();
    assert_eq!(group["properties"]["provisioningState"], "Succeeded");
    assert_eq!(
        fixture.send("HEAD", &one, &Value::Null).await.status,
        StatusCode::NO_CONTENT
    );
}
