//! Role assignments and the registry's own roles.

use super::*;

const V: &str = "api-version=2022-04-01";
const ROLE: &str = "0b5fe924-9a61-425c-96af-cfe6e287ca2d";
const ANN: &str = "ce2ce14e-85d7-4629-bdbc-454d0519d987";
const BOB: &str = "ce2ce14e-85d7-4629-bdbc-454d0519d988";

fn name(index: u8) -> String {
    format!("05c5a614-a7d6-4502-b150-c2fb455033{index:02x}")
}

fn at(scope: &str, index: u8) -> String {
    format!(
        "{scope}/providers/Microsoft.Authorization/roleAssignments/{}?{V}",
        name(index)
    )
}

fn grant(principal: &str) -> Value {
    json!({"properties": {
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"),
        "principalId": principal,
        "principalType": "Group",
    }})
}

async fn listed(fixture: &Fixture, scope: &str, filter: &str) -> Vec<String> {
    let uri = format!("{scope}/providers/Microsoft.Authorization/roleAssignments?{V}{filter}");
    fixture.get(&uri).await.names()
}

/// The assignment without when it was made and changed, which no test can foretell.
pub(super) fn undated(mut assignment: Value) -> Value {
    for date in ["createdOn", "updatedOn"] {
        let properties = assignment["properties"].as_object_mut().unwrap();
        assert!(properties.remove(date).is_some(), "{date}");
    }
    assignment
}

#[tokio::test]
async fn an_assignment_is_made_once_and_repeated_without_harm() {
    let fixture = Fixture::new().await;
    let made = fixture.put(&at(SUBSCRIPTION, 1), &grant(ANN)).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.json()["properties"]["scope"], SUBSCRIPTION);
    let again = fixture
        .put(&at(SUBSCRIPTION, 1), &grant(&ANN.to_ascii_uppercase()))
        .await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(undated(again.json()), undated(made.json()));
    let mut described = grant(ANN);
    described["properties"]["description"] = "why".into();
    let described = fixture.put(&at(SUBSCRIPTION, 1), &described).await;
    assert_eq!(described.status, StatusCode::OK);
    assert_eq!(
        fixture.get(&at(SUBSCRIPTION, 1)).await.json()["properties"]["description"],
        "why"
    );
}

#[tokio::test]
async fn scope_principal_and_role_are_immutable() {
    let fixture = Fixture::new().await;
    fixture.put(&at(SUBSCRIPTION, 1), &grant(ANN)).await;
    let mut other_role = grant(ANN);
    other_role["properties"]["roleDefinitionId"] =
        format!("/providers/Microsoft.Authorization/roleDefinitions/{USE_ROLE}").into();
    for (uri, body) in [
        (at(SUBSCRIPTION, 1), grant(BOB)),
        (at(SUBSCRIPTION, 1), other_role),
        (at(&format!("{SUBSCRIPTION}/resourceGroups/g"), 1), grant(ANN)),
    ] {
        let refused = fixture.put(&uri, &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.code(), "RoleAssignmentUpdateNotPermitted");
    }
}

#[tokio::test]
async fn the_same_tuple_under_another_name_conflicts_and_names_the_first() {
    let fixture = Fixture::new().await;
    fixture.put(&at(SUBSCRIPTION, 1), &grant(ANN)).await;
    let refused = fixture
        .put(&at(&SUBSCRIPTION.to_ascii_uppercase(), 2), &grant(ANN))
        .await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::CONFLICT, "RoleAssignmentExists")
    );
    assert!(refused.text.contains(&name(1)), "{}", refused.text);
}

#[tokio::test]
async fn an_assignment_is_found_only_at_its_own_scope() {
    let fixture = Fixture::new().await;
    fixture.put(&at(SUBSCRIPTION, 1), &grant(ANN)).await;
    let group = format!("{SUBSCRIPTION}/resourceGroups/g");
    assert_eq!(fixture.get(&at(&group, 1)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        fixture.delete(&at(&group, 1)).await.status,
        StatusCode::NO_CONTENT
    );
    let deleted = fixture.delete(&at(SUBSCRIPTION, 1)).await;
    assert_eq!(deleted.status, StatusCode::OK);
    assert_eq!(deleted.json()["name"], name(1), "the body is what was deleted");
    assert_eq!(
        fixture.delete(&at(SUBSCRIPTION, 1)).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn lists_show_what_is_at_above_and_below_as_the_filter_asks() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    let group = format!("{SUBSCRIPTION}/resourceGroups/Team");
    let connector = format!("{WEB}/customApis/a");
    let sibling = format!("{SUBSCRIPTION}/resourceGroups/Team2");
    for (scope, index, principal) in [
        ("", 0, ANN),
        (SUBSCRIPTION, 1, ANN),
        (group.as_str(), 2, ANN),
        (connector.as_str(), 3, ANN),
        (sibling.as_str(), 4, ANN),
        (connector.as_str(), 5, BOB),
    ] {
        assert_eq!(
            fixture.put(&at(scope, index), &grant(principal)).await.status,
            StatusCode::CREATED
        );
    }
    let names = |indices: &[u8]| indices.iter().map(|index| name(*index)).collect::<Vec<_>>();
    assert_eq!(listed(&fixture, &group, "").await, names(&[0, 1, 2, 3, 5]));
    assert_eq!(
        listed(&fixture, &group, "&$filter=atScope()").await,
        names(&[0, 1, 2])
    );
    let bob = format!("&%24filter=principalId%20eq%20'{}'", BOB.to_ascii_uppercase());
    assert_eq!(listed(&fixture, &group, &bob).await, names(&[5]));
    assert_eq!(
        listed(&fixture, &connector.to_ascii_uppercase(), "").await,
        names(&[0, 1, 2, 3, 5])
    );
    assert_eq!(
        listed(&fixture, SUBSCRIPTION, "").await,
        names(&[0, 1, 2, 3, 5, 4])
    );
    assert_eq!(listed(&fixture, "", "&$filter=atScope()").await, names(&[0]));
    let refused = fixture
        .get(&format!(
            "{group}/providers/Microsoft.Authorization/roleAssignments?{V}&$filter=x"
        ))
        .await;
    assert_eq!(refused.code(), "UnsupportedFilter");
}

#[tokio::test]
async fn a_list_of_assignments_is_paged_without_losing_any() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    let group = format!("{SUBSCRIPTION}/resourceGroups/Team");
    let scopes = [
        SUBSCRIPTION.to_owned(),
        group.clone(),
        format!("{WEB}/customApis/a"),
    ];
    for index in 0..24_u8 {
        let scope = &scopes[usize::from(index) % 3];
        let principal = format!("ce2ce14e-85d7-4629-bdbc-454d0519d9{index:02x}");
        fixture.put(&at(scope, index), &grant(&principal)).await;
    }
    let mut uri = format!("{group}/providers/Microsoft.Authorization/roleAssignments?{V}&$top=5");
    let mut found = Vec::new();
    loop {
        let page = fixture.get(&uri).await;
        found.extend(page.names());
        let Some(next) = page.json()["nextLink"].as_str().map(str::to_owned) else {
            break;
        };
        uri = next.strip_prefix("http://registry.test:8080").unwrap().to_owned();
    }
    found.sort();
    assert_eq!(found, (0..24).map(name).collect::<Vec<_>>());
}

#[tokio::test]
async fn deleting_a_connector_deletes_the_assignments_at_it() {
    let fixture = Fixture::new().await;
    fixture.connector("a").await;
    let connector = format!("{WEB}/customApis/a");
    fixture
        .put(&at(&connector.to_ascii_uppercase(), 1), &grant(ANN))
        .await;
    fixture.put(&at(SUBSCRIPTION, 2), &grant(ANN)).await;
    fixture.delete(&format!("{connector}?{}", super::V)).await;
    assert_eq!(listed(&fixture, SUBSCRIPTION, "").await, [name(2)]);
    let refused = fixture.put(&at(&connector, 1), &grant(ANN)).await;
    assert_eq!(
        refused.status,
        StatusCode::NOT_FOUND,
        "nothing can be granted at what is gone"
    );
}

#[tokio::test]
async fn a_subscription_holds_only_so_many_assignments() {
    let fixture = Fixture::with(|options| options.role_assignment_limit = 1).await;
    fixture.put(&at(SUBSCRIPTION, 1), &grant(ANN)).await;
    let refused = fixture.put(&at(SUBSCRIPTION, 2), &grant(BOB)).await;
    assert_eq!(refused.code(), "RoleAssignmentLimitExceeded");
    fixture.delete(&at(SUBSCRIPTION, 1)).await;
    assert_eq!(
        fixture.put(&at(SUBSCRIPTION, 2), &grant(BOB)).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn the_registrys_own_roles_can_be_listed_and_read() {
    let fixture = Fixture::new().await;
    let base = format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions");
    let listed = fixture.get(&format!("{base}?{V}")).await;
    assert_eq!(listed.names(), [USE_ROLE.to_string(), EDIT_ROLE.to_string()]);
    let by_name = fixture
        .get(&format!("{base}?{V}&$filter=roleName%20eq%20'edit'"))
        .await;
    assert_eq!(by_name.names(), [EDIT_ROLE.to_string()]);
    let one = fixture.get(&format!("{base}/{USE_ROLE}?{V}")).await;
    assert_eq!(one.json()["properties"]["roleName"], "Use");
    let absent = fixture.get(&format!("{base}/{ROLE}?{V}")).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
}
