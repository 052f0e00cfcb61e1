//! Ids of operations: what they are, and what they do not depend on.

use std::collections::HashSet;

use proptest::prelude::*;

use super::{LONGEST, Named, is_address, operation_ids};

fn named<'n>(title: &'n str, method: &'n str, path: &'n str) -> Named<'n> {
    Named {
        given: None,
        title,
        method,
        path,
    }
}

#[test]
fn an_id_is_made_of_the_title() {
    for (title, id) in [
        ("List users", "ListUsers"),
        ("éa 𝌆 x", "EaX"),
        ("POST a user", "PostAUser"),
        ("2FA", "Post2FA"),
    ] {
        assert_eq!(operation_ids(&[named(title, "POST", "/u")]), [id]);
    }
}

#[test]
fn without_a_title_that_could_be_one_it_is_made_of_method_and_path() {
    for (title, method, path, id) in [
        ("", "GET", "/users/{id}/photos", "GetUsersByIdPhotos"),
        ("𝌆", "get", "/", "GetRoot"),
        ("获取用户", "GET", "/users", "GetUsers"),
        (
            "https://a.example/users?key=abc",
            "DELETE",
            "/users",
            "DeleteUsers",
        ),
        (
            "{{base}}/users",
            "PATCH",
            "/v1.2/users.{format}",
            "PatchV12UsersByFormat",
        ),
        ("", "", "/12", "Operation12"),
    ] {
        assert_eq!(operation_ids(&[named(title, method, path)]), [id]);
    }
    let hashed = operation_ids(&[named("", "GET", "/用户"), named("", "GET", "/角色")]);
    assert!(hashed[0].starts_with("Get") && hashed[0].len() == 11 && hashed[0] != hashed[1]);
}

#[test]
fn operations_of_one_title_are_told_apart_by_method_and_path() {
    let operations = [
        named("List", "GET", "/users"),
        named("list", "GET", "/orders"),
        named("Create", "POST", "/users"),
    ];
    assert_eq!(
        operation_ids(&operations),
        ["ListGetUsers", "ListGetOrders", "Create"]
    );
}

#[test]
fn the_ids_that_the_author_gave_are_kept_and_the_others_make_way() {
    let given = |id| Named {
        given: Some(id),
        ..named("Anything", "GET", "/a")
    };
    let operations = [
        named("List users", "GET", "/users"),
        given("listUsers"),
        given("odd/id"),
        given("odd/id"),
        given(" "),
    ];
    let ids = operation_ids(&operations);
    assert_eq!(
        ids,
        ["ListUsersGetUsers", "listUsers", "odd/id", "OddId", "Anything"]
    );
}

#[test]
fn operations_that_are_the_same_in_everything_still_get_ids_of_their_own() {
    let ids = operation_ids(&[named("A", "GET", "/a"); 4]);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 4);
}

#[test]
fn a_long_title_is_cut_without_becoming_another() {
    let (one, other) = ("a ".repeat(200) + "x", "a ".repeat(200) + "y");
    let ids = operation_ids(&[named(&one, "GET", "/a"), named(&other, "GET", "/b")]);
    assert!(ids[0] != ids[1] && ids.iter().all(|id| id.len() <= LONGEST));
}

#[test]
fn a_title_may_be_an_address() {
    for title in [
        "https://a.example",
        "/users",
        "{{url}}/x",
        "a.example/users",
        "users?id=1",
    ] {
        assert!(is_address(title), "{title}");
    }
    for title in [
        "Get {{entity}}",
        "List and/or create v1.1 users",
        "What now?",
        "a/b",
    ] {
        assert!(!is_address(title), "{title}");
    }
}

fn operations() -> impl Strategy<Value = Vec<(String, String, String)>> {
    let title = prop_oneof!["(List|list|Get|) ?(users|Users|é|用|𝌆|)", any::<String>()];
    let path = prop_oneof!["(/(users|orders|\\{id\\}|用|a-b|a/b)){0,3}", any::<String>()];
    prop::collection::vec((title, "(GET|POST|)", path), 0..12)
}

fn ids_of(operations: &[(String, String, String)]) -> Vec<String> {
    let named: Vec<Named<'_>> = operations
        .iter()
        .map(|(title, method, path)| named(title, method, path))
        .collect();
    operation_ids(&named)
}

proptest! {
    #[test]
    fn ids_are_unique_ascii_and_never_empty(operations in operations()) {
        let ids = ids_of(&operations);
        prop_assert_eq!(ids.len(), operations.len());
        let different: HashSet<String> = ids.iter().map(|id| id.to_lowercase()).collect();
        prop_assert_eq!(different.len(), ids.len());
        for id in ids {
            prop_assert!(id.starts_with(|first: char| first.is_ascii_uppercase()), "{}", id);
            prop_assert!(id.chars().all(|one| one.is_ascii_alphanumeric()) && id.len() <= LONGEST, "{}", id);
        }
    }

    #[test]
    fn ids_depend_neither_on_the_order_nor_on_an_unrelated_operation(mut operations in operations()) {
        operations.sort();
        operations.dedup();
        let ids = ids_of(&operations);
        let mut more = operations.clone();
        more.reverse();
        more.insert(0, ("Unrelated".to_owned(), "PUT".to_owned(), "/unrelated".to_owned()));
        let mut others = ids_of(&more);
        prop_assert_eq!(others.remove(0), "Unrelated");
        others.reverse();
        prop_assert_eq!(others, ids);
    }
}
