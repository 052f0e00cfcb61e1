//! What the registry keeps, and how it is read and changed. No client.
//!
//! Reads go to a pool of connections and see what is committed. Changes go to one writer, which commits those
//! that wait together; a change is answered after its commit is on disk.

mod changes;
mod sqlite;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::TryStreamExt;
use sqlx::{
    ConnectOptions as _, Connection as _, Row, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use uuid::Uuid;

use self::writer::Writer;
pub(super) use self::{
    changes::{
        Change, DeleteAssignment, DeleteResource, Precondition, PutAssignment, PutConnection, PutCustomApi,
        Rejection, Retagged,
    },
    writer::Effect,
};
use super::target::{Address, Kind, RoleScope};

/// Connections that read at the same time, at most.
const READERS: u32 = 4;
/// Bytes after which a page ends, however few its items: icons may be inlined in what a list shows.
const PAGE_BYTES: usize = 4 << 20;

/// The database of one registry.
pub(super) struct Store {
    readers: SqlitePool,
    writer: Writer,
    instance: Uuid,
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// The file could not be opened, or is no database.
    #[error("could not open the registry's database `{path}`")]
    Open {
        /// The database file.
        path: PathBuf,
        /// The database's own error.
        source: sqlx::Error,
    },
    /// The file was written by a later version of this program.
    #[error(
        "the registry's database `{path}` has schema version {found}, this program knows up to {known}: use the version that wrote it, or a new data directory"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
}

/// Why the database could not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("could not read the registry's database")]
    Read(#[source] Arc<sqlx::Error>),
    #[error("could not write to the registry's database; nothing was changed")]
    Write(#[source] Arc<sqlx::Error>),
    #[error("the registry is shutting down; the change was not made")]
    Closed,
}

/// A tracked resource as answers show it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Resource {
    /// In the case it was made with.
    pub(super) id: String,
    pub(super) location: String,
    /// A JSON object.
    pub(super) tags: Option<String>,
    pub(super) envelope_kind: Option<String>,
    /// A JSON object.
    pub(super) properties: String,
}

/// Items, and the place after which the next page begins if there is one.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<(String, String)>,
}

impl Store {
    /// Opens the database at `path`, and makes it if it is not there.
    pub(super) async fn open(path: &Path) -> Result<Self, OpenStoreError> {
        let failed = |source| OpenStoreError::Open {
            path: path.to_owned(),
            source,
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With a write-ahead log, only FULL puts a commit on disk before it is answered.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging();
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
        let version: i64 = sqlx::query_scalar(sqlite::READ_VERSION)
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        if version > sqlite::SCHEMA_VERSION {
            let (path, known) = (path.to_owned(), sqlite::SCHEMA_VERSION);
            return Err(OpenStoreError::Newer {
                path,
                found: version,
                known,
            });
        }
        if version == 0 {
            create(&mut connection).await.map_err(failed)?;
        }
        let instance: String = sqlx::query_scalar(sqlite::READ_INSTANCE)
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        let instance = instance
            .parse()
            .map_err(|error| failed(sqlx::Error::Decode(Box::<uuid::Error>::new(error))))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await
            .map_err(failed)?;
        Ok(Self {
            readers,
            writer: Writer::start(connection),
            instance,
        })
    }

    /// Made with the database, so another id is another (or an emptied) registry.
    pub(super) fn instance(&self) -> Uuid {
        self.instance
    }

    /// Carries out a change and returns what came of it once that is on disk; with [`Effect::None`] returns
    /// the same and changes nothing.
    pub(super) async fn change<C: Change>(
        &self,
        change: C,
        effect: Effect,
    ) -> Result<C::Outcome, StoreError> {
        self.writer.change(change, effect).await
    }

    /// Ends the writer after what it was given, and closes the readers.
    pub(super) async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }

    /// Nothing, or why the database does not answer.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        if self.writer.is_closed() {
            return Err(StoreError::Closed);
        }
        let _: Option<i64> = sqlx::query_scalar("SELECT 1")
            .fetch_optional(&self.readers)
            .await
            .map_err(read)?;
        Ok(())
    }

    /// A resource, if it is there.
    pub(super) async fn resource(&self, address: &Address) -> Result<Option<Resource>, StoreError> {
        let row = keyed(sqlite::RESOURCE, address)
            .fetch_optional(&self.readers)
            .await
            .map_err(read)?;
        row.as_ref().map(Resource::of).transpose().map_err(read)
    }

    /// A connector's document, byte for byte as it was sent.
    pub(super) async fn document(&self, address: &Address) -> Result<Option<String>, StoreError> {
        let row = keyed(sqlite::DOCUMENT, address)
            .fetch_optional(&self.readers)
            .await
            .map_err(read)?;
        row.map(|row| row.try_get(0))
            .transpose()
            .map(Option::flatten)
            .map_err(read)
    }

    /// A page of resources by group and name.
    pub(super) async fn resources(
        &self,
        kind: Kind,
        subscription: &str,
        group: Option<&str>,
        after: Option<(String, String)>,
        limit: u32,
    ) -> Result<Page<Resource>, StoreError> {
        let (after_group, after_name) = after.unwrap_or_default();
        let (statement, place) = match group {
            Some(group) => (sqlite::RESOURCES_OF_GROUP, group.to_ascii_lowercase()),
            None => (sqlite::RESOURCES_OF_SUBSCRIPTION, after_group),
        };
        let rows = sqlx::query(statement)
            .bind(kind.as_str())
            .bind(subscription.to_ascii_lowercase())
            .bind(place)
            .bind(after_name)
            .bind(i64::from(limit) + 1)
            .fetch(&self.readers);
        page(rows, limit, |row| {
            let resource = Resource::of(row)?;
            let size = resource.properties.len();
            Ok((resource, (row.try_get(5)?, row.try_get(6)?), size))
        })
        .await
    }

    /// The groups of a subscription that hold anything, as an id of a resource in each spells them.
    pub(super) async fn groups(&self, subscription: &str) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(sqlite::GROUPS)
            .bind(subscription.to_ascii_lowercase())
            .fetch_all(&self.readers)
            .await
            .map_err(read)?;
        let groups = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        groups.collect::<Result<_, sqlx::Error>>().map_err(read)
    }

    /// The role assignment `name` at exactly `scope`.
    pub(super) async fn assignment(
        &self,
        name: Uuid,
        scope: &RoleScope,
    ) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar(sqlite::ASSIGNMENT)
            .bind(name.to_string())
            .bind(scope.key())
            .fetch_optional(&self.readers)
            .await
            .map_err(read)
    }

    /// A page of role assignments at and above a scope, and below it if wanted.
    pub(super) async fn assignments(
        &self,
        scope: &RoleScope,
        filter: &super::query::RoleFilter,
        after: Option<(String, String)>,
        limit: u32,
    ) -> Result<Page<String>, StoreError> {
        let mut at = scope.above();
        at.push(scope.key());
        let (from, to) = if filter.below {
            bounds_below(&scope.key())
        } else {
            Default::default()
        };
        let (after_scope, after_name) = after.unwrap_or_default();
        let rows = sqlx::query(sqlite::ASSIGNMENTS)
            .bind(serde_json::json!(at).to_string())
            // Later pages do not walk past what earlier ones have shown.
            .bind(from.max(after_scope.clone()))
            .bind(to)
            .bind(filter.principal.clone())
            .bind(after_scope)
            .bind(after_name)
            .bind(i64::from(limit) + 1)
            .fetch(&self.readers);
        page(rows, limit, |row| {
            let answer: String = row.try_get(0)?;
            let size = answer.len();
            Ok((answer, (row.try_get(1)?, row.try_get(2)?), size))
        })
        .await
    }
}

impl Resource {
    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            location: row.try_get(1)?,
            tags: row.try_get(2)?,
            envelope_kind: row.try_get(3)?,
            properties: row.try_get(4)?,
        })
    }
}

async fn create(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(sqlite::SCHEMA).execute(&mut *transaction).await?;
    sqlx::query(sqlite::WRITE_INSTANCE)
        .bind(Uuid::new_v4().to_string())
        .execute(&mut *transaction)
        .await?;
    sqlx::query(sqlite::WRITE_VERSION)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// A statement whose first four parameters are a resource's key.
fn keyed(
    statement: &'static str,
    address: &Address,
) -> sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
    sqlx::query(statement)
        .bind(address.kind.as_str())
        .bind(address.subscription.to_ascii_lowercase())
        .bind(address.group.to_ascii_lowercase())
        .bind(address.name.to_ascii_lowercase())
}

/// The keys between which every scope below `key` lies: `0` is the character after `/`.
fn bounds_below(key: &str) -> (String, String) {
    (format!("{key}/"), format!("{key}0"))
}

/// Reads up to `limit` rows, or as many as [`PAGE_BYTES`] hold; one row more tells that there is a next page.
async fn page<T>(
    rows: impl futures::Stream<Item = Result<SqliteRow, sqlx::Error>>,
    limit: u32,
    item: impl Fn(&SqliteRow) -> Result<(T, (String, String), usize), sqlx::Error>,
) -> Result<Page<T>, StoreError> {
    let mut rows = std::pin::pin!(rows);
    let mut page = Page {
        items: Vec::new(),
        next: None,
    };
    let (mut last, mut bytes) = (None, 0);
    while let Some(row) = rows.try_next().await.map_err(read)? {
        if page.items.len() == limit as usize || bytes >= PAGE_BYTES {
            page.next = last;
            break;
        }
        let (value, place, size) = item(&row).map_err(read)?;
        bytes += size;
        last = Some(place);
        page.items.push(value);
    }
    Ok(page)
}

fn read(error: sqlx::Error) -> StoreError {
    StoreError::Read(Arc::new(error))
}

#[cfg(test)]
mod tests;
