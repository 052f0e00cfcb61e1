//! Operations on role assignments. Client required.

use super::{Client, Deletion, Pages, request::Request};
use crate::arm::{
    error::ArmError,
    id::{AUTHORIZATION_API_VERSION, ResourceId},
    operation::Operation,
    role_assignment::{RoleAssignment, RoleAssignmentFilter, RoleAssignmentWanted},
};

impl Client {
    /// The role assignments that `filter` shows at `scope`: a connector, a group or a subscription.
    pub fn list_role_assignments(
        &self,
        scope: &ResourceId,
        filter: RoleAssignmentFilter,
    ) -> Pages<RoleAssignment> {
        let list = scope.below("providers/Microsoft.Authorization/roleAssignments");
        let query = match filter.query() {
            Some(filter) => format!("{}&$filter={filter}", query()),
            None => query(),
        };
        Pages::new(self, Operation::ListRoleAssignments, list, query).leaving_out_odd_ones()
    }

    /// The assignment, or `None` where the backend says that there is none.
    pub async fn get_role_assignment(&self, id: &ResourceId) -> Result<Option<RoleAssignment>, ArmError> {
        self.get(Operation::GetRoleAssignment, id, &query()).await
    }

    /// The assignment `id` (see [`ResourceId::role_assignment`]) is there. Making the same one again is no
    /// error; making another of its name is, and so is making the same one under another name:
    /// [`UpdateNotPermitted`](crate::arm::ErrorKind::UpdateNotPermitted),
    /// [`RoleAssignmentExists`](crate::arm::ErrorKind::RoleAssignmentExists).
    pub async fn put_role_assignment(
        &self,
        id: &ResourceId,
        wanted: &RoleAssignmentWanted,
    ) -> Result<RoleAssignment, ArmError> {
        let operation = Operation::PutRoleAssignment;
        let mut request = Request::new(operation, id, self.url(operation, id, &query())?);
        request.carry(wanted.body())?;
        self.change(&request, Operation::GetRoleAssignment).await
    }

    /// The assignment is gone. Where its scope is gone the backend may say `Forbidden` instead: look for
    /// the scope then.
    pub async fn delete_role_assignment(&self, id: &ResourceId) -> Result<Deletion, ArmError> {
        let operation = Operation::DeleteRoleAssignment;
        let url = self.url(operation, id, &query())?;
        self.delete(&Request::new(operation, id, url)).await
    }
}

fn query() -> String {
    format!("api-version={AUTHORIZATION_API_VERSION}")
}
