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
