//! What can be asked of a backend, named for people and for metrics. No client.

use std::fmt;

use http::Method;

/// One operation of the contract.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Operation {
    /// A page of the connectors of a group.
    ListCustomApis,
    /// One connector.
    GetCustomApi,
    /// The document of a connector.
    ExportCustomApi,
    /// A connector created or replaced.
    PutCustomApi,
    /// The tags of a connector replaced.
    TagCustomApi,
    /// A connector removed, and its connections with it.
    DeleteCustomApi,
    /// A page of the connections of a group.
    ListConnections,
    /// One connection.
    GetConnection,
    /// A connection removed.
    DeleteConnection,
    /// A page of the role assignments of a scope.
    ListRoleAssignments,
    /// One role assignment.
    GetRoleAssignment,
    /// A role assignment made.
    PutRoleAssignment,
    /// A role assignment removed.
    DeleteRoleAssignment,
    /// A page of the resource groups of a subscription.
    ListResourceGroups,
    /// How far a long-running operation has come.
    PollOperation,
}

/// The kinds of request that a backend counts apart.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    Read,
    Write,
    Delete,
}

impl Operation {
    pub(super) fn kind(self) -> Kind {
        match self.method() {
            Method::DELETE => Kind::Delete,
            Method::GET => Kind::Read,
            _ => Kind::Write,
        }
    }

    /// The label in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ListCustomApis => "custom_apis_list",
            Self::GetCustomApi => "custom_apis_get",
            Self::ExportCustomApi => "custom_apis_export",
            Self::PutCustomApi => "custom_apis_put",
            Self::TagCustomApi => "custom_apis_tag",
            Self::DeleteCustomApi => "custom_apis_delete",
            Self::ListConnections => "connections_list",
            Self::GetConnection => "connections_get",
            Self::DeleteConnection => "connections_delete",
            Self::ListRoleAssignments => "role_assignments_list",
            Self::GetRoleAssignment => "role_assignments_get",
            Self::PutRoleAssignment => "role_assignments_put",
            Self::DeleteRoleAssignment => "role_assignments_delete",
            Self::ListResourceGroups => "resource_groups_list",
            Self::PollOperation => "operations_poll",
        }
    }

    pub(super) fn method(self) -> Method {
        match self {
            Self::ListCustomApis
            | Self::GetCustomApi
            | Self::ExportCustomApi
            | Self::ListConnections
            | Self::GetConnection
            | Self::ListRoleAssignments
            | Self::GetRoleAssignment
            | Self::ListResourceGroups
            | Self::PollOperation => Method::GET,
            Self::PutCustomApi | Self::PutRoleAssignment => Method::PUT,
            Self::TagCustomApi => Method::PATCH,
            Self::DeleteCustomApi | Self::DeleteConnection | Self::DeleteRoleAssignment => Method::DELETE,
        }
    }
}

impl fmt::Display for Operation {
    /// What was attempted, to be followed by a resource's id.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ListCustomApis => "list connectors at",
            Self::GetCustomApi => "read connector",
            Self::ExportCustomApi => "read the document of connector",
            Self::PutCustomApi => "register connector",
            Self::TagCustomApi => "tag connector",
            Self::DeleteCustomApi => "delete connector",
            Self::ListConnections => "list connections at",
            Self::GetConnection => "read connection",
            Self::DeleteConnection => "delete connection",
            Self::ListRoleAssignments => "list role assignments at",
            Self::GetRoleAssignment => "read role assignment",
            Self::PutRoleAssignment => "make role assignment",
            Self::DeleteRoleAssignment => "delete role assignment",
            Self::ListResourceGroups => "list resource groups at",
            Self::PollOperation => "follow the operation on",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    const ALL: [Operation; 15] = [
        Operation::ListCustomApis,
        Operation::GetCustomApi,
        Operation::ExportCustomApi,
        Operation::PutCustomApi,
        Operation::TagCustomApi,
        Operation::DeleteCustomApi,
        Operation::ListConnections,
        Operation::GetConnection,
        Operation::DeleteConnection,
        Operation::ListRoleAssignments,
        Operation::GetRoleAssignment,
        Operation::PutRoleAssignment,
        Operation::DeleteRoleAssignment,
        Operation::ListResourceGroups,
        Operation::PollOperation,
    ];

    /// The role of `deploy/azure` that must allow it, and the action that ARM asks for; nothing for what the operator
    /// never does, or may do with any right.
    fn needed(operation: Operation) -> Option<(&'static str, &'static str)> {
        match operation {
            Operation::ListCustomApis | Operation::GetCustomApi | Operation::ExportCustomApi => {
                Some(("register", "Microsoft.Web/customApis/read"))
            }
            Operation::PutCustomApi | Operation::TagCustomApi => {
                Some(("register", "Microsoft.Web/customApis/write"))
            }
            Operation::DeleteCustomApi => Some(("register", "Microsoft.Web/customApis/delete")),
            Operation::ListConnections | Operation::GetConnection => {
                Some(("protect", "Microsoft.Web/connections/read"))
            }
            // The backend deletes them with the connector.
            Operation::DeleteConnection => None,
            Operation::ListRoleAssignments | Operation::GetRoleAssignment => {
                Some(("share", "Microsoft.Authorization/roleAssignments/read"))
            }
            Operation::PutRoleAssignment => Some(("share", "Microsoft.Authorization/roleAssignments/write")),
            Operation::DeleteRoleAssignment => {
                Some(("share", "Microsoft.Authorization/roleAssignments/delete"))
            }
            Operation::ListResourceGroups => {
                Some(("protect", "Microsoft.Resources/subscriptions/resourceGroups/read"))
            }
            // Whoever was given the address of an operation may follow it.
            Operation::PollOperation => None,
        }
    }

    fn shipped(file: &str) -> Value {
        let path = format!("{}/deploy/azure/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let role: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(role["IsCustom"], true, "{path}");
        for none in ["NotActions", "DataActions", "NotDataActions"] {
            assert_eq!(role[none], serde_json::json!([]), "{path}");
        }
        role
    }

    #[test]
    fn the_roles_that_ship_for_azure_allow_what_is_sent_and_nothing_else() {
        let wanted: BTreeSet<(String, String)> = ALL
            .into_iter()
            .filter_map(needed)
            .map(|(file, action)| (file.to_owned(), action.to_owned()))
            .collect();
        let mut found = BTreeSet::new();
        for file in ["register", "protect", "share"] {
            for action in shipped(file)["Actions"].as_array().unwrap() {
                found.insert((file.to_owned(), action.as_str().unwrap().to_owned()));
            }
        }
        assert_eq!(found, wanted);
    }

    #[test]
    fn who_may_use_a_connector_on_azure_may_not_change_it() {
        let actions = shipped("use")["Actions"].clone();
        assert_eq!(
            actions,
            serde_json::json!([
                "Microsoft.Web/customApis/read",
                "Microsoft.Web/customApis/join/action"
            ])
        );
        let connections = shipped("make-connections")["Actions"].to_string();
        assert!(
            !connections.contains("customApis") && !connections.contains('*'),
            "{connections}"
        );
    }
}
