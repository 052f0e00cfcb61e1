//! `Microsoft.Authorization/roleAssignments`: who may do what with a connector. No client.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::id::ResourceId;

/// The namespace of our names. It never changes: every grant that was ever made is found again by it.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d8c_2f4e_9a61_4b07_8e3d_71c0_aa94_6bf2);

/// The name of our assignment of `role_definition` to `principal` at exactly `scope`: always the same, so
/// that granting twice makes one grant and a grant can be found without having been noted down.
///
/// Without case; of the role definition only its own name counts, because backends answer with a shorter
/// id than was sent. An assignment of this name is ours.
pub fn role_assignment_name(scope: &ResourceId, role_definition: &str, principal: &str) -> Uuid {
    let tuple = format!(
        "{}\n{}\n{}",
        scope.key(),
        role_key(role_definition),
        principal.to_ascii_lowercase()
    );
    Uuid::new_v5(&NAMESPACE, tuple.as_bytes())
}

/// What of a role definition's id tells it from others: its last segment, in lower case.
pub fn role_key(role_definition: &str) -> String {
    let trimmed = role_definition.trim_end_matches('/');
    trimmed.rsplit('/').next().unwrap_or(trimmed).to_ascii_lowercase()
}

/// What a principal is. Always sent: without it the backend looks the principal up, and does not find one
/// that was made a moment ago.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum PrincipalType {
    /// A person.
    User,
    /// A group of them.
    Group,
    /// An application.
    ServicePrincipal,
}

/// An assignment as it is sent. Scope, role and principal cannot be changed afterwards.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignmentWanted {
    /// The full id of the role definition.
    pub role_definition_id: String,
    /// The principal's object id.
    pub principal_id: String,
    /// What the principal is.
    pub principal_type: PrincipalType,
    /// For people who look at it at the backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl RoleAssignmentWanted {
    pub(super) fn body(&self) -> Result<Bytes, serde_json::Error> {
        #[derive(Serialize)]
        struct Sent<'a> {
            properties: &'a RoleAssignmentWanted,
        }
        serde_json::to_vec(&Sent { properties: self }).map(Bytes::from)
    }
}

/// An assignment as the backend shows it, alone and in lists.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(from = "Shown")]
pub struct RoleAssignment {
    /// Its name; ours if it is [`role_assignment_name`] of the rest.
    pub name: Uuid,
    /// Where it was made, as answered: lists show inherited ones, made at a group, a subscription or above.
    pub scope: String,
    /// The role definition's id, as answered: often shorter than what was sent.
    pub role_definition_id: String,
    /// The principal's object id, as answered.
    pub principal_id: String,
    /// `User`, `Group`, `ServicePrincipal`, or another that is not ours to make.
    pub principal_type: Option<String>,
    /// What its maker wrote.
    pub description: Option<String>,
    /// When it was made, where the backend says so in a form that is known.
    pub created: Option<Timestamp>,
}

impl RoleAssignment {
    /// Whether it was made at exactly `scope`, neither above nor below.
    pub fn is_at(&self, scope: &ResourceId) -> bool {
        self.scope
            .trim_end_matches('/')
            .eq_ignore_ascii_case(scope.as_str())
    }

    /// Whether it gives `role_definition` to `principal`, under whatever name.
    pub fn grants(&self, role_definition: &str, principal: &str) -> bool {
        self.principal_id.eq_ignore_ascii_case(principal)
            && role_key(&self.role_definition_id) == role_key(role_definition)
    }
}

#[derive(Deserialize)]
struct Shown {
    name: Uuid,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    scope: String,
    role_definition_id: String,
    principal_id: String,
    #[serde(default)]
    principal_type: Option<String>,
    #[serde(default)]
    description: Option<String>,
    /// Text: a date in an odd form is not to hide the assignment.
    #[serde(default)]
    created_on: Option<String>,
}

impl From<Shown> for RoleAssignment {
    fn from(shown: Shown) -> Self {
        let Properties {
            scope,
            role_definition_id,
            principal_id,
            principal_type,
            description,
            created_on,
        } = shown.properties;
        Self {
            name: shown.name,
            scope,
            role_definition_id,
            principal_id,
            principal_type,
            description,
            created: created_on.and_then(|date| date.parse().ok()),
        }
    }
}

/// Which assignments a list at a scope shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RoleAssignmentFilter {
    /// Those at, above and below the scope.
    Everything,
    /// Those at and above the scope.
    AtScope,
    /// Those of one principal, at, above and below the scope.
    Principal(Uuid),
}

impl RoleAssignmentFilter {
    pub(super) fn query(self) -> Option<String> {
        match self {
            Self::Everything => None,
            Self::AtScope => Some("atScope()".to_owned()),
            Self::Principal(id) => Some(format!("principalId eq '{id}'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::id::Scope, *};

    const ROLE: &str = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/515C2055-d9d4-4321-b1b9-bd0c9a0f79fe";
    const PRINCIPAL: &str = "ce2ce14e-85d7-4629-bdbc-454d0519d987";

    #[test]
    fn the_name_of_a_grant_never_changes() {
        let connector = Scope::new("s", "g").custom_api("contacts");
        assert_eq!(
            role_assignment_name(&connector, ROLE, PRINCIPAL).to_string(),
            "2e332142-b85f-5d5d-b46e-2d71ea378b05"
        );
    }

    #[test]
    fn the_name_of_a_grant_does_not_depend_on_spelling() {
        let connector = Scope::new("s", "g").custom_api("contacts");
        let shouted: ResourceId = connector.as_str().to_ascii_uppercase().parse().unwrap();
        let expected = role_assignment_name(&connector, ROLE, PRINCIPAL);
        for role in [
            "515c2055-d9d4-4321-b1b9-bd0c9a0f79fe",
            "/providers/Microsoft.Authorization/roleDefinitions/515c2055-D9D4-4321-b1b9-bd0c9a0f79fe",
        ] {
            assert_eq!(
                role_assignment_name(&shouted, role, &PRINCIPAL.to_ascii_uppercase()),
                expected
            );
        }
    }

    #[test]
    fn different_grants_have_different_names() {
        let scope = Scope::new("s", "g");
        let names = std::collections::BTreeSet::from([
            role_assignment_name(&scope.custom_api("a"), ROLE, PRINCIPAL),
            role_assignment_name(&scope.custom_api("b"), ROLE, PRINCIPAL),
            role_assignment_name(&scope.custom_api("a"), "other", PRINCIPAL),
            role_assignment_name(&scope.custom_api("a"), ROLE, "other"),
            role_assignment_name(&scope.id(), ROLE, PRINCIPAL),
        ]);
        assert_eq!(names.len(), 5);
    }

    #[test]
    fn an_inherited_grant_is_not_at_the_connector() {
        let read: RoleAssignment = serde_json::from_value(json!({
            "id": "/providers/Microsoft.Authorization/roleAssignments/b0f43c54-e787-4862-89b1-a653fa9cf747",
            "name": "b0f43c54-e787-4862-89b1-a653fa9cf747",
            "properties": {"scope": "/subscriptions/S/resourcegroups/g/", "principalId": PRINCIPAL, "roleDefinitionId": ROLE}
        }))
        .unwrap();
        assert_eq!(read.created, None);
        let scope = Scope::new("s", "g");
        assert!(read.is_at(&scope.id()));
        assert!(!read.is_at(&scope.custom_api("contacts")));
        assert!(read.grants("515c2055-d9d4-4321-b1b9-bd0c9a0f79fe", PRINCIPAL));
    }

    #[test]
    fn the_time_of_making_is_read_and_an_odd_one_hides_nothing() {
        let read = |date: &str| -> RoleAssignment {
            serde_json::from_value(json!({
                "name": "b0f43c54-e787-4862-89b1-a653fa9cf747",
                "properties": {"scope": "/", "principalId": PRINCIPAL, "roleDefinitionId": ROLE, "createdOn": date}
            }))
            .unwrap()
        };
        let created = read("2021-10-26T23:10:03.2816000Z").created.unwrap();
        assert_eq!(created.to_string(), "2021-10-26T23:10:03.2816Z");
        assert_eq!(read("yesterday").created, None);
    }

    #[test]
    fn the_principal_type_is_always_sent() {
        let wanted = RoleAssignmentWanted {
            role_definition_id: ROLE.to_owned(),
            principal_id: PRINCIPAL.to_owned(),
            principal_type: PrincipalType::ServicePrincipal,
            description: None,
        };
        let body: serde_json::Value = serde_json::from_slice(&wanted.body().unwrap()).unwrap();
        assert_eq!(
            body,
            json!({"properties": {
                "roleDefinitionId": ROLE, "principalId": PRINCIPAL, "principalType": "ServicePrincipal"
            }})
        );
    }
}
