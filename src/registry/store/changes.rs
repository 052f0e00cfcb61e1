//! What can be changed, each within one transaction. No client.

mod roles;

use std::future::Future;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{Row, SqliteConnection};

pub(in crate::registry) use self::roles::{DeleteAssignment, PutAssignment};
use super::{Resource, bounds_below, keyed, sqlite};
use crate::registry::{
    body::{Retag, Tags},
    connection::Connection,
    custom_api::CustomApi,
    target::{Address, Kind},
};

/// Something to be done in one transaction. An error is the database's; what the change refuses is part of
/// its outcome.
pub(in crate::registry) trait Change: Send + Sync + 'static {
    /// What comes of it.
    type Outcome: Send + 'static;

    /// Does it, within the transaction open on `connection`.
    fn apply(
        &self,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<Self::Outcome, sqlx::Error>> + Send;
}

/// Whether the resource must be there already, from `If-Match: *` and `If-None-Match: *`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::registry) enum Precondition {
    None,
    MustExist,
    MustNotExist,
}

/// Why a change was not made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::registry) enum Rejection {
    /// It must not exist, and does.
    Exists,
    /// It must exist, and does not.
    Absent,
    /// It was made in this location, which cannot be changed.
    OtherLocation(String),
    /// The subscription holds as many as it may.
    TooMany(i64),
    /// The connector that the connection or assignment refers to does not exist.
    MissingResource(String),
    /// An assignment of this name has another scope, principal or role.
    Immutable,
    /// The tuple of scope, principal and role has an assignment of this name already.
    Duplicate(String),
}

/// Makes a connector or puts another in its place.
pub(in crate::registry) struct PutCustomApi {
    pub(in crate::registry) address: Address,
    pub(in crate::registry) custom_api: CustomApi,
    pub(in crate::registry) precondition: Precondition,
    /// The redirect URL if it is new.
    pub(in crate::registry) redirect_url: String,
    /// Connectors in a subscription, at most.
    pub(in crate::registry) limit: i64,
    pub(in crate::registry) now: Timestamp,
}

impl Change for PutCustomApi {
    type Outcome = Result<Resource, Rejection>;

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<Self::Outcome, sqlx::Error> {
        let CustomApi {
            location,
            tags,
            document,
            hidden,
            ..
        } = &self.custom_api;
        let standing = match Standing::read(connection, &self.address, self.precondition, location).await? {
            Ok(standing) => standing,
            Err(rejection) => return Ok(Err(rejection)),
        };
        if standing.is_none()
            && usage(connection, Kind::CustomApis.as_str(), &self.address.subscription).await? >= self.limit
        {
            return Ok(Err(Rejection::TooMany(self.limit)));
        }
        let redirect_url = standing
            .as_ref()
            .and_then(|standing| standing.redirect_url.clone())
            .unwrap_or_else(|| self.redirect_url.clone());
        let resource = Resource {
            id: standing.map_or_else(|| self.address.id(), |standing| standing.id),
            location: location.clone(),
            tags: tags.as_ref().map(tags_json),
            envelope_kind: None,
            properties: self.custom_api.properties(&redirect_url),
        };
        let key = put(connection, &self.address, &resource, None).await?;
        sqlx::query(sqlite::PUT_HIDDEN)
            .bind(key)
            .bind(document.clone())
            .bind(hidden.clone())
            .bind(redirect_url)
            .bind(self.now.to_string())
            .execute(connection)
            .await?;
        Ok(Ok(resource))
    }
}

/// Makes a connection or puts another in its place.
pub(in crate::registry) struct PutConnection {
    pub(in crate::registry) address: Address,
    pub(in crate::registry) connection: Connection,
    pub(in crate::registry) precondition: Precondition,
    pub(in crate::registry) now: Timestamp,
}

impl Change for PutConnection {
    /// The connection, and whether it is new.
    type Outcome = Result<(Resource, bool), Rejection>;

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<Self::Outcome, sqlx::Error> {
        let sent = &self.connection;
        let standing =
            match Standing::read(connection, &self.address, self.precondition, &sent.location).await? {
                Ok(standing) => standing,
                Err(rejection) => return Ok(Err(rejection)),
            };
        let mut custom_api = None;
        if let Some(address) = sent.custom_api() {
            let Some(row) = keyed(sqlite::RESOURCE, &address)
                .fetch_optional(&mut *connection)
                .await?
            else {
                return Ok(Err(Rejection::MissingResource(address.id())));
            };
            custom_api = serde_json::from_str::<Value>(&Resource::of(&row)?.properties).ok();
        }
        let created = standing.as_ref().map_or(self.now, |standing| standing.created);
        let is_new = standing.is_none();
        let (properties, hidden) = sent.split(custom_api.as_ref(), created, self.now);
        let resource = Resource {
            id: standing.map_or_else(|| self.address.id(), |standing| standing.id),
            location: sent.location.clone(),
            tags: sent.tags.as_ref().map(tags_json),
            envelope_kind: sent.kind.clone(),
            properties,
        };
        let key = put(
            connection,
            &self.address,
            &resource,
            Some(sent.api.to_ascii_lowercase()),
        )
        .await?;
        sqlx::query(sqlite::PUT_HIDDEN)
            .bind(key)
            .bind(None::<String>)
            .bind(hidden)
            .bind(None::<String>)
            .bind(created.to_string())
            .execute(connection)
            .await?;
        Ok(Ok((resource, is_new)))
    }
}

/// Exchanges the tags of a resource.
pub(in crate::registry) struct Retagged {
    pub(in crate::registry) address: Address,
    pub(in crate::registry) retag: Retag,
}

impl Change for Retagged {
    type Outcome = Result<Resource, Rejection>;

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<Self::Outcome, sqlx::Error> {
        let Some(row) = keyed(sqlite::RESOURCE, &self.address)
            .fetch_optional(&mut *connection)
            .await?
        else {
            return Ok(Err(Rejection::Absent));
        };
        let mut resource = Resource::of(&row)?;
        if self
            .retag
            .location
            .as_ref()
            .is_some_and(|location| *location != resource.location)
        {
            return Ok(Err(Rejection::OtherLocation(resource.location)));
        }
        if let Some(tags) = &self.retag.tags {
            resource.tags = Some(tags_json(tags));
            keyed(sqlite::RETAG, &self.address)
                .bind(resource.tags.clone())
                .execute(connection)
                .await?;
        }
        Ok(Ok(resource))
    }
}

/// Removes a resource with everything that hangs on it: a connector's connections, and the role assignments
/// at each of them.
pub(in crate::registry) struct DeleteResource {
    pub(in crate::registry) address: Address,
}

impl Change for DeleteResource {
    /// Whether there was anything to remove.
    type Outcome = bool;

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
        let removed = keyed(sqlite::DELETE_RESOURCE, &self.address)
            .execute(&mut *connection)
            .await?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        let mut scopes = vec![self.address.id().to_ascii_lowercase()];
        if self.address.kind == Kind::CustomApis {
            let connections = sqlx::query(sqlite::DELETE_CONNECTIONS_OF)
                .bind(self.address.id().to_ascii_lowercase())
                .bind(self.address.subscription.to_ascii_lowercase())
                .fetch_all(&mut *connection)
                .await?;
            for row in &connections {
                scopes.push(row.try_get::<String, _>(0)?.to_ascii_lowercase());
            }
        }
        for scope in scopes {
            let (from, to) = bounds_below(&scope);
            sqlx::query(sqlite::DELETE_ASSIGNMENTS_WITHIN)
                .bind(scope)
                .bind(from)
                .bind(to)
                .execute(&mut *connection)
                .await?;
        }
        Ok(true)
    }
}

/// What a PUT meets.
struct Standing {
    id: String,
    redirect_url: Option<String>,
    created: Timestamp,
}

impl Standing {
    async fn read(
        connection: &mut SqliteConnection,
        address: &Address,
        precondition: Precondition,
        location: &str,
    ) -> Result<Result<Option<Self>, Rejection>, sqlx::Error> {
        let row = keyed(sqlite::STANDING, address)
            .fetch_optional(connection)
            .await?;
        match (precondition, &row) {
            (Precondition::MustNotExist, Some(_)) => return Ok(Err(Rejection::Exists)),
            (Precondition::MustExist, None) => return Ok(Err(Rejection::Absent)),
            (Precondition::MustNotExist | Precondition::None, None)
            | (Precondition::MustExist | Precondition::None, Some(_)) => {}
        }
        let Some(row) = row else {
            return Ok(Ok(None));
        };
        let stands_in: String = row.try_get(1)?;
        if stands_in != location {
            return Ok(Err(Rejection::OtherLocation(stands_in)));
        }
        let created: String = row.try_get(3)?;
        let created = created.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Ok(Some(Self {
            id: row.try_get(0)?,
            redirect_url: row.try_get(2)?,
            created,
        })))
    }
}

async fn put(
    connection: &mut SqliteConnection,
    address: &Address,
    resource: &Resource,
    api: Option<String>,
) -> Result<i64, sqlx::Error> {
    let Resource {
        id,
        location,
        tags,
        envelope_kind,
        properties,
    } = resource.clone();
    let row = keyed(sqlite::PUT_RESOURCE, address)
        .bind(id)
        .bind(location)
        .bind(tags)
        .bind(envelope_kind)
        .bind(properties)
        .bind(api)
        .fetch_one(connection)
        .await?;
    row.try_get(0)
}

async fn usage(
    connection: &mut SqliteConnection,
    kind: &str,
    subscription: &str,
) -> Result<i64, sqlx::Error> {
    let items: Option<i64> = sqlx::query_scalar(sqlite::USAGE)
        .bind(kind.to_owned())
        .bind(subscription.to_ascii_lowercase())
        .fetch_optional(connection)
        .await?;
    Ok(items.unwrap_or_default())
}

fn tags_json(tags: &Tags) -> String {
    serde_json::json!(tags).to_string()
}
