//! Operations on resource groups and connections. Client required.

use super::{Client, Deletion, Pages, request::Request, web_query};
use crate::arm::{
    connection::Connection,
    error::ArmError,
    id::{RESOURCES_API_VERSION, ResourceId, Scope},
    operation::Operation,
    resource_group::ResourceGroup,
};

impl Client {
    /// The resource groups of a subscription.
    pub fn list_resource_groups(&self, subscription: &str) -> Pages<ResourceGroup> {
        let list = ResourceId::subscription(subscription).below("resourcegroups");
        let query = format!("api-version={RESOURCES_API_VERSION}");
        Pages::new(self, Operation::ListResourceGroups, list, query)
    }

    /// The connections of a group.
    pub fn list_connections(&self, scope: &Scope) -> Pages<Connection> {
        let list = scope.id().below("providers/Microsoft.Web/connections");
        Pages::new(self, Operation::ListConnections, list, web_query())
    }

    /// The connection, or `None` where the backend says that there is none.
    pub async fn get_connection(&self, id: &ResourceId) -> Result<Option<Connection>, ArmError> {
        self.get(Operation::GetConnection, id, &web_query()).await
    }

    /// The connection is gone.
    pub async fn delete_connection(&self, id: &ResourceId) -> Result<Deletion, ArmError> {
        let operation = Operation::DeleteConnection;
        let url = self.url(operation, id, &web_query())?;
        self.delete(&Request::new(operation, id, url)).await
    }
}
