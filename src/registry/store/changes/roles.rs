//! Changes of role assignments. No client.

use jiff::Timestamp;
use sqlx::{Row, SqliteConnection};

use super::{Change, Rejection, usage};
use crate::registry::{
    role_assignment::{Dates, RoleAssignment},
    store::{keyed, sqlite},
    target::{Address, RoleScope},
};

/// Makes a role assignment, or changes what of it may change.
pub(in crate::registry) struct PutAssignment {
    pub(in crate::registry) assignment: RoleAssignment,
    /// When it is made, or changed.
    pub(in crate::registry) now: Timestamp,
    /// Role assignments in a subscription, at most.
    pub(in crate::registry) limit: i64,
}

impl Change for PutAssignment {
    /// Whether it is new, and how it is shown.
    type Outcome = Result<(bool, String), Rejection>;

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<Self::Outcome, sqlx::Error> {
        let RoleAssignment {
            scope,
            name,
            principal,
            role,
            ..
        } = &self.assignment;
        let (name, tuple) = (
            name.to_string(),
            [scope.key(), principal.to_string(), role.to_string()],
        );
        let named = sqlx::query(sqlite::ASSIGNMENT_NAMED)
            .bind(name.clone())
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(row) = &named {
            let standing: [String; 3] = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?];
            if standing != tuple {
                return Ok(Err(Rejection::Immutable));
            }
        } else if let Some(rejection) = self.rejects_new(connection, &tuple).await? {
            return Ok(Err(rejection));
        }
        let dates = match &named {
            Some(row) => Dates::of_changed(row.try_get(3)?, self.now),
            None => Dates::of_new(self.now),
        };
        let answer = self.assignment.answer(&dates);
        let [scope_key, principal, role] = tuple;
        sqlx::query(sqlite::PUT_ASSIGNMENT)
            .bind(name)
            .bind(scope_key)
            .bind(scope.subscription())
            .bind(principal)
            .bind(role)
            .bind(answer.as_str())
            .execute(connection)
            .await?;
        Ok(Ok((named.is_none(), answer)))
    }
}

impl PutAssignment {
    async fn rejects_new(
        &self,
        connection: &mut SqliteConnection,
        [scope, principal, role]: &[String; 3],
    ) -> Result<Option<Rejection>, sqlx::Error> {
        // An assignment at a resource that was just deleted would be granted anew with the next of its name.
        if let Some(address) = Address::of_id(scope)
            && keyed(sqlite::RESOURCE, &address)
                .fetch_optional(&mut *connection)
                .await?
                .is_none()
        {
            return Ok(Some(Rejection::MissingResource(
                self.assignment.scope.as_str().to_owned(),
            )));
        }
        let duplicate: Option<String> = sqlx::query_scalar(sqlite::ASSIGNMENT_OF_TUPLE)
            .bind(scope.clone())
            .bind(principal.clone())
            .bind(role.clone())
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(name) = duplicate {
            return Ok(Some(Rejection::Duplicate(name)));
        }
        let standing = usage(
            connection,
            "roleAssignments",
            &self.assignment.scope.subscription(),
        )
        .await?;
        Ok((standing >= self.limit).then_some(Rejection::TooMany(self.limit)))
    }
}

/// Removes a role assignment.
pub(in crate::registry) struct DeleteAssignment {
    pub(in crate::registry) name: uuid::Uuid,
    pub(in crate::registry) scope: RoleScope,
}

impl Change for DeleteAssignment {
    /// What was removed, if anything.
    type Outcome = Option<String>;

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<Self::Outcome, sqlx::Error> {
        sqlx::query_scalar(sqlite::DELETE_ASSIGNMENT)
            .bind(self.name.to_string())
            .bind(self.scope.key())
            .fetch_optional(connection)
            .await
    }
}
