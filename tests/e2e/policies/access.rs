//! `share`: on the connector, for whatever gives somebody more access.

use serde_json::{Value, json};

use super::{
    Attempt::{Change, Create},
    judged,
    scene::{Scene, may, on},
};
use crate::site::{ANN, BOB};

fn with(principals: &[Value]) -> Value {
    json!({ "sharing": { "principals": principals } })
}

fn user(id: &str, role: &str, expires_at: Option<&str>) -> Value {
    let mut principal = json!({ "kind": "User", "id": id, "role": role });
    if let Some(expires_at) = expires_at {
        principal["expiresAt"] = json!(expires_at);
    }
    principal
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "most of it is a table")]
async fn access_is_given_only_by_those_who_may_share() {
    let scene = Scene::new("share").await;
    let uses = may("use", "connectorbackends", &[]);
    let share = [
        uses.clone(),
        may("share", "customconnectors", &["shared", "tried"]),
    ];
    let sharer = scene.person("sharer", &share).await;
    let elsewhere = [uses, may("share", "customconnectors", &["another"])];
    let elsewhere = scene.person("elsewhere", &elsewhere).await;
    let author = &scene.user;
    let end = Some("2030-06-01T00:00:00Z");
    let ann = |expires_at| user(ANN, "Use", expires_at);
    let bob = user(BOB, "Use", None);
    scene.store("shared", &with(&[ann(end), bob.clone()])).await;
    scene.store("unshared", &json!({})).await;

    let change = |principals: &[Value]| Change("shared", with(principals));
    let refused = Some("may not share the CustomConnector");
    let commented = json!({ "kind": "User", "id": BOB, "role": "Use", "comment": "on call" });
    let group = json!({ "kind": "Group", "id": BOB, "role": "Use" });
    let later = ann(Some("2030-06-01T00:00:00.001Z"));
    judged(&[
        (
            "created shared",
            author,
            Create(with(std::slice::from_ref(&bob))),
            refused,
        ),
        (
            "created shared, with the right",
            &sharer,
            Create(with(std::slice::from_ref(&bob))),
            None,
        ),
        (
            "the right to another",
            &elsewhere,
            Create(with(std::slice::from_ref(&bob))),
            refused,
        ),
        ("created with nobody", author, Create(with(&[])), None),
        (
            "added",
            author,
            Change("unshared", with(std::slice::from_ref(&bob))),
            refused,
        ),
        (
            "exchanged",
            author,
            change(&[ann(end), user(ANN, "Edit", None)]),
            refused,
        ),
        (
            "another role",
            author,
            change(&[ann(end), user(BOB, "Edit", None)]),
            refused,
        ),
        (
            "another role, with the right",
            &sharer,
            change(&[ann(end), user(BOB, "Edit", None)]),
            None,
        ),
        ("another kind", author, change(&[ann(end), group]), refused),
        ("later", author, change(&[later.clone(), bob.clone()]), refused),
        (
            "later, with the right",
            &sharer,
            change(&[later, bob.clone()]),
            None,
        ),
        ("for ever", author, change(&[ann(None), bob.clone()]), refused),
        (
            "earlier",
            author,
            change(&[ann(Some("2029-06-01T00:00:00Z")), bob.clone()]),
            None,
        ),
        (
            "the same moment",
            author,
            change(&[ann(Some("2030-06-01T02:00:00+02:00")), bob.clone()]),
            None,
        ),
        (
            "later, in another zone",
            author,
            change(&[ann(Some("2030-06-01T00:00:00-02:00")), bob.clone()]),
            refused,
        ),
        (
            "an end at last",
            author,
            change(&[ann(end), user(BOB, "Use", end)]),
            None,
        ),
        ("a comment", author, change(&[ann(end), commented]), None),
        ("the order", author, change(&[bob.clone(), ann(end)]), None),
        ("one less", author, change(&[bob]), None),
        (
            "nobody",
            author,
            Change("shared", json!({ "sharing": null })),
            None,
        ),
        (
            "something else",
            author,
            Change("shared", json!({ "displayName": "Other" })),
            None,
        ),
        // Principals that are taken along get access there too.
        (
            "a further backend",
            author,
            Change("shared", json!({ "backendRefs": on(&["main", "b"]) })),
            refused,
        ),
        (
            "the default instead",
            author,
            Change("shared", json!({ "backendRefs": null })),
            refused,
        ),
        (
            "a backend for nobody",
            author,
            Change("unshared", json!({ "backendRefs": on(&["main", "b"]) })),
            None,
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_taken_away_in_one_write_is_not_given_back_in_the_next() {
    let scene = Scene::new("again").await;
    scene.store("shared", &with(&[user(ANN, "Use", None)])).await;
    let author = &scene.user;
    author
        .change("shared", &json!({ "sharing": null }))
        .await
        .unwrap();

    let back = author
        .would_change("shared", &with(&[user(ANN, "Use", None)]))
        .await;

    assert!(
        back.unwrap_err()
            .contains("may not share the CustomConnector shared")
    );
    // Nor by deleting the connector and making it anew.
    author.delete("shared").await;
    let anew = Scene::connector("shared", &with(&[user(ANN, "Use", None)]));
    assert!(
        author
            .would_create(&anew)
            .await
            .unwrap_err()
            .contains("may not share")
    );
}
