//! Role assignments as they are sent, kept and shown, and the registry's own role definitions. No client.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    body,
    refusal::{Refusal, shortened},
    target::RoleScope,
};

/// The built-in role `Use`: read a connector and make connections with it.
pub const USE_ROLE: Uuid = Uuid::from_u128(0x6b1c_0b5e_52a4_4d0b_9d0c_6f1f_35a8_7e01);
/// The built-in role `Edit`: everything `Use` may, and change or delete the connector.
pub const EDIT_ROLE: Uuid = Uuid::from_u128(0x6b1c_0b5e_52a4_4d0b_9d0c_6f1f_35a8_7e02);

const PRINCIPAL_TYPES: [&str; 5] = ["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"];

/// A role assignment that was accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct RoleAssignment {
    pub(super) scope: RoleScope,
    pub(super) name: Uuid,
    /// The principal's object id.
    pub(super) principal: Uuid,
    /// The role's own id, without the path before it.
    pub(super) role: Uuid,
    properties: Properties,
}

#[derive(Deserialize)]
struct Body {
    properties: Option<Properties>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Properties {
    role_definition_id: Option<String>,
    principal_id: Option<String>,
    principal_type: Option<String>,
    description: Option<String>,
    condition: Option<String>,
    condition_version: Option<String>,
    delegated_managed_identity_resource_id: Option<String>,
}

/// When an assignment was made, and when it was changed last, as answers show it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Dates {
    created: Option<String>,
    updated: Option<String>,
}

impl Dates {
    /// Of an assignment that is made now.
    pub(super) fn of_new(now: Timestamp) -> Self {
        let now = Some(now.to_string());
        Self {
            created: now.clone(),
            updated: now,
        }
    }

    /// Of one that is sent again, and was shown as `answer` before.
    pub(super) fn of_changed(answer: &str, now: Timestamp) -> Self {
        #[derive(Deserialize)]
        struct Answer {
            properties: Created,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Created {
            created_on: Option<String>,
        }
        // One that was made before dates were kept does not get one: nobody knows it.
        let created = serde_json::from_str::<Answer>(answer)
            .ok()
            .and_then(|answer| answer.properties.created_on);
        Self {
            created,
            updated: Some(now.to_string()),
        }
    }
}

impl RoleAssignment {
    /// Accepts a body for the assignment `name` at `scope`, or says what is wrong with it.
    pub(super) fn accept(scope: RoleScope, name: &str, body: &[u8]) -> Result<Self, Refusal> {
        let name = assignment_name(name)?;
        let Body { properties } = body::read(body)?;
        let properties = properties
            .ok_or_else(|| Refusal::bad_request("InvalidRequestContent", "`properties` is missing."))?;
        let role_definition = properties.role_definition_id.as_deref().unwrap_or_default();
        let role = role_of(role_definition).ok_or_else(|| {
            Refusal::bad_request(
                "InvalidRoleDefinitionId",
                format!(
                    "`roleDefinitionId` is `{}`; it must be the full id of a role definition, ending on its GUID.",
                    shortened(role_definition)
                ),
            )
        })?;
        let principal_id = properties.principal_id.as_deref().unwrap_or_default();
        let principal = guid(principal_id).ok_or_else(|| {
            Refusal::bad_request(
                "InvalidPrincipalId",
                format!(
                    "`principalId` is `{}`; it must be an object id (a GUID).",
                    shortened(principal_id)
                ),
            )
        })?;
        let kind = properties.principal_type.as_deref();
        if let Some(unknown) = kind.filter(|kind| !PRINCIPAL_TYPES.contains(kind)) {
            return Err(Refusal::bad_request(
                "UnsupportedPrincipalType",
                format!(
                    "`principalType` is `{}`; it must be one of {}.",
                    shortened(unknown),
                    PRINCIPAL_TYPES.join(", ")
                ),
            ));
        }
        Ok(Self {
            scope,
            name,
            principal,
            role,
            properties,
        })
    }

    /// The assignment's id.
    pub(super) fn id(&self) -> String {
        format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{}",
            self.scope.prefix(),
            self.name
        )
    }

    /// The whole resource as an answer shows it.
    pub(super) fn answer(&self, dates: &Dates) -> String {
        let Properties {
            role_definition_id,
            principal_id: _,
            principal_type,
            description,
            condition,
            condition_version,
            delegated_managed_identity_resource_id,
        } = &self.properties;
        let mut properties = Map::new();
        let mut put = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                properties.insert(name.to_owned(), value.into());
            }
        };
        put("roleDefinitionId", role_definition_id.as_deref());
        put("principalId", Some(&self.principal.to_string()));
        put("principalType", Some(principal_type.as_deref().unwrap_or("User")));
        put("scope", Some(self.scope.as_str()));
        put("description", description.as_deref());
        put("condition", condition.as_deref());
        put("conditionVersion", condition_version.as_deref());
        put(
            "delegatedManagedIdentityResourceId",
            delegated_managed_identity_resource_id.as_deref(),
        );
        put("createdOn", dates.created.as_deref());
        put("updatedOn", dates.updated.as_deref());
        json!({
            "properties": properties,
            "id": self.id(),
            "type": "Microsoft.Authorization/roleAssignments",
            "name": self.name.to_string(),
        })
        .to_string()
    }
}

/// The name of an assignment, which must be a GUID.
pub(super) fn assignment_name(name: &str) -> Result<Uuid, Refusal> {
    guid(name).ok_or_else(|| {
        Refusal::bad_request(
            "InvalidRoleAssignmentId",
            format!(
                "The role assignment's name is `{}`; it must be a GUID.",
                shortened(name)
            ),
        )
    })
}

/// A role definition of the registry's own.
pub(super) struct RoleDefinition {
    pub(super) id: Uuid,
    pub(super) name: &'static str,
    /// The whole resource as an answer shows it.
    pub(super) shown: Value,
}

/// The registry's own role definitions as they are shown at any scope.
pub(super) fn role_definitions(scope: &RoleScope) -> [RoleDefinition; 2] {
    let read = [
        "Microsoft.Web/customApis/Read",
        "Microsoft.Web/customApis/Join/Action",
        "Microsoft.Web/connections/*",
    ];
    let all = ["Microsoft.Web/customApis/*", "Microsoft.Web/connections/*"];
    [
        (USE_ROLE, "Use", "Reads a connector and makes connections with it.", &read[..]),
        (EDIT_ROLE, "Edit", "Reads, changes and deletes a connector, and makes connections with it.", &all[..]),
    ]
    .map(|(id, name, description, actions)| RoleDefinition {
        id,
        name,
        shown: json!({
            // As ARM shows it: below the subscription, whatever scope in it was asked about.
            "id": format!(
                "{}/providers/Microsoft.Authorization/roleDefinitions/{id}",
                scope.subscription_prefix()
            ),
            "type": "Microsoft.Authorization/roleDefinitions",
            "name": id.to_string(),
            "properties": {
                "roleName": name,
                "type": "BuiltInRole",
                "description": description,
                "assignableScopes": ["/"],
                "permissions": [{"actions": actions, "notActions": [], "dataActions": [], "notDataActions": []}],
            },
        }),
    })
}

/// The GUID at the end of `[/subscriptions/…]/providers/Microsoft.Authorization/roleDefinitions/<guid>`.
fn role_of(id: &str) -> Option<Uuid> {
    let segments: Vec<&str> = id.strip_prefix('/')?.split('/').collect();
    let [.., providers, namespace, kind, name] = segments.as_slice() else {
        return None;
    };
    let fits = providers.eq_ignore_ascii_case("providers")
        && namespace.eq_ignore_ascii_case("Microsoft.Authorization")
        && kind.eq_ignore_ascii_case("roleDefinitions");
    guid(name).filter(|_| fits)
}

/// A GUID in its usual form with dashes; the other forms the parser knows are none to ARM.
fn guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "05C5A614-a7d6-4502-b150-c2fb455033ff";
    const ROLE: &str =
        "/providers/Microsoft.Authorization/roleDefinitions/0b5fe924-9a61-425c-96af-cfe6e287ca2d";
    const PRINCIPAL: &str = "ce2ce14e-85d7-4629-bdbc-454d0519d987";

    fn scope() -> RoleScope {
        RoleScope::of(&["subscriptions".to_owned(), "S".to_owned()])
    }

    fn sent(name: &str, properties: &Value) -> Result<RoleAssignment, Refusal> {
        RoleAssignment::accept(
            scope(),
            name,
            json!({"properties": properties}).to_string().as_bytes(),
        )
    }

    #[test]
    fn an_assignment_shows_its_scope_and_the_default_principal_type() {
        let assignment = sent(NAME, &json!({"roleDefinitionId": ROLE, "principalId": PRINCIPAL})).unwrap();
        let dates = Dates::of_new(Timestamp::UNIX_EPOCH);
        let answer: Value = serde_json::from_str(&assignment.answer(&dates)).unwrap();
        assert_eq!(answer["properties"]["scope"], "/subscriptions/S");
        assert_eq!(answer["properties"]["principalType"], "User");
        assert_eq!(answer["properties"]["roleDefinitionId"], ROLE);
        assert_eq!(answer["name"], NAME.to_ascii_lowercase());
    }

    #[test]
    fn an_assignment_that_is_sent_again_keeps_the_time_it_was_made() {
        let sent = sent(NAME, &json!({"roleDefinitionId": ROLE, "principalId": PRINCIPAL})).unwrap();
        let (made, later) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(60).unwrap());
        let first = sent.answer(&Dates::of_new(made));
        let second = sent.answer(&Dates::of_changed(&first, later));
        let shown: Value = serde_json::from_str(&second).unwrap();
        assert_eq!(shown["properties"]["createdOn"], "1970-01-01T00:00:00Z");
        assert_eq!(shown["properties"]["updatedOn"], "1970-01-01T00:01:00Z");
        let undated = r#"{"properties": {}}"#;
        let shown: Value = serde_json::from_str(&sent.answer(&Dates::of_changed(undated, later))).unwrap();
        assert!(shown["properties"].get("createdOn").is_none(), "{shown}");
    }

    #[test]
    fn what_is_no_guid_or_no_role_is_refused_by_name() {
        let good = json!({"roleDefinitionId": ROLE, "principalId": PRINCIPAL});
        for (name, properties, code) in [
            ("x", good, "InvalidRoleAssignmentId"),
            (
                NAME,
                json!({"roleDefinitionId": "x", "principalId": PRINCIPAL}),
                "InvalidRoleDefinitionId",
            ),
            (NAME, json!({"principalId": PRINCIPAL}), "InvalidRoleDefinitionId"),
            (NAME, json!({"roleDefinitionId": ROLE}), "InvalidPrincipalId"),
            (
                NAME,
                json!({"roleDefinitionId": ROLE, "principalId": PRINCIPAL, "principalType": "Robot"}),
                "UnsupportedPrincipalType",
            ),
        ] {
            let text = format!("{:?}", sent(name, &properties).unwrap_err());
            assert!(text.contains(code), "{text}");
        }
    }
}
