//! One writer that commits the changes that wait together. No client.
//!
//! A commit costs one flush of the disk however many changes it holds, so with many callers at once the
//! flushes are shared; with one caller nothing waits.

use std::{sync::Arc, sync::Mutex};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{Connection, SqliteConnection};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{StoreError, changes::Change, sqlite};

/// Changes in one commit, at most, so that the first of them does not wait long.
const BATCH: usize = 256;
/// Changes that may wait before callers have to.
const QUEUE: usize = 1_024;

/// Whether a change is to last, or only its answer is wanted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::registry) enum Effect {
    #[default]
    Full,
    None,
}

/// The way to the one task that writes.
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Queued>>,
    stop: tokio_util::sync::CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the task; it ends when it is closed or the last sender is gone.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let stop = tokio_util::sync::CancellationToken::new();
        let task = tokio::spawn(run(connection, waiting, stop.clone()));
        Self {
            queue,
            stop,
            task: Mutex::new(Some(task)),
        }
    }

    /// Whether no change can be made any more.
    pub(super) fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Carries out a change. Once queued it is made even where the caller goes away.
    pub(super) async fn change<C: Change>(
        &self,
        change: C,
        effect: Effect,
    ) -> Result<C::Outcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Job {
            change,
            effect,
            outcome: None,
            reply,
        });
        self.queue.send(job).await.map_err(|_closed| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Ends the task after what is queued.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        let task = self.task.lock().ok().and_then(|mut task| task.take());
        if let Some(Err(error)) = futures::future::OptionFuture::from(task).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the registry's writer ended abnormally"
            );
        }
    }
}

/// A change with its answer, whatever its kind.
trait Queued: Send {
    fn apply<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>>;
    fn answer(self: Box<Self>, failure: Option<&Arc<sqlx::Error>>);
}

struct Job<C: Change> {
    change: C,
    effect: Effect,
    outcome: Option<C::Outcome>,
    reply: oneshot::Sender<Result<C::Outcome, StoreError>>,
}

impl<C: Change> Queued for Job<C> {
    fn apply<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        async {
            self.outcome = Some(match self.effect {
                Effect::Full => self.change.apply(connection).await?,
                Effect::None => {
                    sqlx::query(sqlite::BEGIN_TRIAL).execute(&mut *connection).await?;
                    let outcome = self.change.apply(connection).await?;
                    sqlx::raw_sql(sqlite::END_TRIAL).execute(connection).await?;
                    outcome
                }
            });
            Ok(())
        }
        .boxed()
    }

    fn answer(self: Box<Self>, failure: Option<&Arc<sqlx::Error>>) {
        let answer = match (failure, self.outcome) {
            (Some(error), _) => Err(StoreError::Write(Arc::clone(error))),
            (None, outcome) => outcome.ok_or(StoreError::Closed),
        };
        // A caller that went away has no use for the answer.
        drop(self.reply.send(answer));
    }
}

async fn run(
    mut connection: SqliteConnection,
    mut waiting: mpsc::Receiver<Box<dyn Queued>>,
    stop: tokio_util::sync::CancellationToken,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            taken = waiting.recv_many(&mut batch, BATCH) => if taken == 0 { break },
            () = stop.cancelled(), if !waiting.is_closed() => {
                waiting.close();
                continue;
            }
        }
        let failure = commit(&mut connection, &mut batch).await.err().map(Arc::new);
        if let Some(error) = &failure {
            tracing::error!(
                error = error.as_ref() as &dyn std::error::Error,
                changes = batch.len(),
                "could not commit"
            );
        }
        for job in batch.drain(..) {
            job.answer(failure.as_ref());
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not close the registry's database"
        );
    }
}

/// Commits all of the batch or nothing of it. What a change refuses for its own reasons is an outcome and not
/// an error, so an error here is the database's and concerns all of them.
async fn commit(connection: &mut SqliteConnection, batch: &mut [Box<dyn Queued>]) -> Result<(), sqlx::Error> {
    sqlx::query(sqlite::BEGIN).execute(&mut *connection).await?;
    let done = async {
        for job in batch {
            job.apply(connection).await?;
        }
        sqlx::query(sqlite::COMMIT).execute(&mut *connection).await?;
        Ok(())
    }
    .await;
    if done.is_err() {
        // SQLite has rolled back by itself after some errors; then this one says so and changes nothing.
        drop(sqlx::query(sqlite::ROLLBACK).execute(connection).await);
    }
    done
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;

    /// Adds a number; a negative one fails as a database does.
    struct Add(i64);

    impl Change for Add {
        type Outcome = i64;

        async fn apply(&self, connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
            sqlx::query("INSERT INTO numbers VALUES (?1)")
                .bind(self.0)
                .execute(&mut *connection)
                .await?;
            if self.0 < 0 {
                return Err(sqlx::Error::Protocol("no space left".to_owned()));
            }
            sqlx::query_scalar("SELECT count(*) FROM numbers")
                .fetch_one(connection)
                .await
        }
    }

    /// Counts what is there.
    struct Count;

    impl Change for Count {
        type Outcome = i64;

        async fn apply(&self, connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
            sqlx::query_scalar("SELECT count(*) FROM numbers")
                .fetch_one(connection)
                .await
        }
    }

    async fn writer() -> Writer {
        let options = SqliteConnectOptions::new().in_memory(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("CREATE TABLE numbers (number INTEGER)")
            .execute(&mut connection)
            .await
            .unwrap();
        Writer::start(connection)
    }

    #[tokio::test]
    async fn what_fails_takes_its_commit_with_it_and_nothing_later() {
        let writer = writer().await;
        writer.change(Add(1), Effect::Full).await.unwrap();
        // On one thread all three are queued before the writer runs, so they share a commit.
        let together = join_all([2, -1, 3].map(|number| writer.change(Add(number), Effect::Full))).await;
        for answer in together {
            assert!(matches!(answer, Err(StoreError::Write(_))), "{answer:?}");
        }
        assert_eq!(writer.change(Count, Effect::Full).await.unwrap(), 1);
        assert_eq!(writer.change(Add(4), Effect::Full).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_change_without_effect_has_its_outcome_and_leaves_no_trace() {
        let writer = writer().await;
        assert_eq!(writer.change(Add(1), Effect::None).await.unwrap(), 1);
        assert_eq!(writer.change(Count, Effect::Full).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_is_queued_is_done_before_the_writer_ends() {
        let writer = writer().await;
        let (answers, ()) = tokio::join!(
            join_all((0..600).map(|number| writer.change(Add(number), Effect::Full))),
            writer.close()
        );
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert!(matches!(
            writer.change(Count, Effect::Full).await,
            Err(StoreError::Closed)
        ));
        assert!(writer.is_closed());
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_takes_nothing_back() {
        let writer = writer().await;
        let gone = writer.change(Add(1), Effect::Full);
        assert!(futures::poll!(Box::pin(gone)).is_pending());
        assert_eq!(writer.change(Count, Effect::Full).await.unwrap(), 1);
    }
}
