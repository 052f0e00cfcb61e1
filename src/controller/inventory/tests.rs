use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::connector::tags::Marks;

const GROUP: &str = "/subscriptions/s/resourceGroups/g";

fn listed(uid: &str) -> Listed {
    Listed {
        owner: Some(Owner {
            cluster: "c".to_owned(),
            namespace: "n".to_owned(),
            name: "a".to_owned(),
            uid: uid.to_owned(),
        }),
        marks: Some(Marks {
            digest: "d".to_owned(),
            shown: String::new(),
            adopted: false,
            plan: None,
        }),
        as_sent: true,
    }
}

fn grant() -> ObservedGrant {
    ObservedGrant {
        name: Uuid::from_u128(1),
        role: "role".to_owned(),
        principal: "principal".to_owned(),
    }
}

fn assignment(scope: &str) -> RoleAssignment {
    let id = |number: u128| Uuid::from_u128(number).to_string();
    let body: Value = json!({
        "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{}", id(1)), "name": id(1),
        "properties": { "scope": scope, "principalId": id(2), "principalType": "User",
                        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", id(3)) },
    });
    serde_json::from_value(body).unwrap()
}

#[test]
fn names_are_compared_without_case() {
    let mut inventory = Inventory::default();
    inventory.apply("Invoices", Effect::Shows(listed("u")));
    assert_eq!(inventory.observed("invoices").connector, Some(listed("u")));
    assert_eq!(
        inventory.owner("INVOICES").map(|owner| owner.uid.as_str()),
        Some("u")
    );
    assert_eq!(inventory.connectors(), 1);
}

#[test]
fn only_grants_at_exactly_a_connector_of_the_scope_are_kept() {
    let mut inventory = Inventory::default();
    let page = [
        assignment(&format!("{GROUP}/providers/Microsoft.Web/customApis/A")),
        assignment(GROUP),
        assignment("/subscriptions/s/resourceGroups/other/providers/Microsoft.Web/customApis/a"),
        assignment(&format!("{GROUP}/providers/Microsoft.Web/connections/a")),
    ];
    inventory.add_grants(&page, &Scope::new("s", "g"));
    assert_eq!(inventory.observed("a").grants.len(), 1);
    assert_eq!(inventory.connectors(), 0, "a grant alone is no connector");
}

#[test]
fn what_a_pass_did_is_known_before_the_next_list() {
    let mut inventory = Inventory::default();
    inventory.apply("a", Effect::Shows(listed("u")));
    inventory.apply("a", Effect::Grants(vec![grant()]));
    assert_eq!(inventory.observed("a").grants, [grant()]);
    inventory.apply("a", Effect::LetGo);
    let observed = inventory.observed("a");
    assert_eq!(observed.connector.unwrap().owner, None);
    assert_eq!(observed.grants, [grant()]);
    inventory.apply("a", Effect::Gone);
    assert_eq!(inventory.observed("a"), Observed::default());
}
