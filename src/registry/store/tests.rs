//! How the database is opened.

use super::*;

/// How the writer's connection treats the disk.
struct Settings;

impl Change for Settings {
    type Outcome = (String, i64, i64);

    async fn apply(&self, connection: &mut SqliteConnection) -> Result<Self::Outcome, sqlx::Error> {
        let journal = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&mut *connection)
            .await?;
        let synchronous = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(&mut *connection)
            .await?;
        let foreign_keys = sqlx::query_scalar("PRAGMA foreign_keys")
            .fetch_one(connection)
            .await?;
        Ok((journal, synchronous, foreign_keys))
    }
}

#[tokio::test]
async fn a_commit_is_on_disk_before_it_is_answered() {
    const FULL: i64 = 2;
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("database")).await.unwrap();
    let settings = store.change(Settings, Effect::Full).await.unwrap();
    assert_eq!(settings, ("wal".to_owned(), FULL, 1));
}

#[tokio::test]
async fn a_database_of_a_later_version_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("database");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("PRAGMA user_version = 99")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let error = Store::open(&path).await.err().unwrap();
    assert!(
        matches!(error, OpenStoreError::Newer { found: 99, .. }),
        "{error}"
    );
}
