//! What is watched, when a pass runs, and what each backend holds. Client required.
//!
//! One loop drives the [`world`]: it takes in what happened, and starts what the world wants done as tasks of their
//! own, so that passes use all processors and none holds up another.

pub mod backend_object;
mod backend_status;
mod claims;
pub mod events;
pub mod installed;
mod inventory;
pub mod leader;
pub mod queue;
pub mod references;
pub mod settings;
mod sweep;
mod watches;
pub mod world;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use jiff::Timestamp;
use kube::runtime::events::EventType;
use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
    time,
};
use tokio_util::sync::CancellationToken;

pub use self::sweep::{Looker, Seen, SweepReport, take_stock};
use self::{
    backend_object::BackendObject,
    events::Events,
    settings::Settings,
    world::{Cluster, Now, Work, World},
};
use crate::{
    arm::{Budgets, Call, Observer, Operation},
    metrics::Metrics,
    reconcile::{
        self, Context, Pass, Report, Verdict,
        entry::{Entry, Key},
        reason::Reason,
        target::BackendKey,
    },
    record::{self, Journal},
    server::{Gate, Health},
    source::{AddressPolicy, SourceError, Sources, TimeLimits},
};

/// How often the loop gives a sign of life when nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Events taken in before work is given out: a burst is taken in one go.
const BURST: usize = 512;
/// How long passes under way may take to end when the operator stops.
const LAST_PASSES: Duration = Duration::from_secs(20);

/// Why the controller cannot run on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP client for sources cannot be made.
    #[error("cannot prepare to fetch descriptions")]
    Sources(#[from] SourceError),
    /// A task panicked; going on would leave its connector as running for ever.
    #[error("a task of the controller panicked")]
    Panicked(#[source] JoinError),
}

/// Something that was done.
enum Done {
    Pass {
        about: Arc<Entry>,
        report: Report,
        took: Duration,
    },
    Sweep {
        key: BackendKey,
        report: Box<SweepReport>,
        took: Duration,
    },
    Count(Box<BackendObject>),
}

/// What tasks share.
struct Hands {
    context: Context,
    journal: Journal,
    looker: Looker,
}

/// Told of every call to a backend.
struct Counted(Arc<Metrics>);

impl Observer for Counted {
    fn called(&self, call: Call) {
        let Call {
            operation,
            outcome,
            duration,
        } = call;
        self.0.backend_answered(operation.as_str(), outcome, duration);
    }

    fn skipped(&self, operation: Operation, items: usize) {
        self.0.items_skipped(operation.as_str(), items);
    }
}

/// Runs until told to stop, then lets passes under way end.
pub async fn run(
    client: kube::Client,
    settings: Settings,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    events: Events,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let Settings {
        cluster_id,
        former_cluster_ids,
        allowed_sources,
        embedded,
        identity,
    } = settings;
    let addresses = AddressPolicy::new(allowed_sources);
    let sources = Arc::new(Sources::new(
        client.clone(),
        addresses.clone(),
        TimeLimits::default(),
    )?);
    let hands = Arc::new(Hands {
        context: Context {
            client: client.clone(),
            cluster: (cluster_id.clone(), former_cluster_ids.clone()),
            sources: Arc::clone(&sources),
            judging: Semaphore::new(std::thread::available_parallelism().map_or(1, Into::into)),
        },
        journal: Journal::start(wall, record::log),
        looker: Looker {
            client: client.clone(),
            sources,
            addresses,
            embedded,
            identity,
            entra: Arc::default(),
            budgets: Budgets::default(),
            observer: Arc::new(Counted(Arc::clone(&metrics))),
        },
    });
    let mut world = World::new(Cluster {
        id: cluster_id,
        former_ids: former_cluster_ids,
    });
    let mut watched = watches::events(&client).ready_chunks(BURST);
    let mut tasks = JoinSet::new();
    health.close(Gate::Caches, "the first lists have not arrived");
    let mut measured = None::<Instant>;
    while !shutdown.is_cancelled() {
        health.beat(Instant::now());
        // Looks at every key, so not at every turn.
        if measured.is_none_or(|measured| measured.elapsed() >= HEARTBEAT) {
            metrics.set_queue(&world.depth(Instant::now()));
            let (ready, not_ready) = world.ready();
            metrics.set_connectors(ready, not_ready, 0);
            measured = Some(Instant::now());
        }
        let heartbeat = Instant::now() + HEARTBEAT;
        let due = world.next_due().map_or(heartbeat, |due| due.min(heartbeat));
        tokio::select! {
            Some(burst) = watched.next() => {
                for event in burst {
                    if matches!(event, world::Event::Synced) {
                        health.open(Gate::Caches);
                    }
                    world.observe(event, now());
                }
            }
            Some(done) = tasks.join_next() => take(&mut world, done, &metrics, &events)?,
            () = time::sleep_until(due.into()) => {}
            () = shutdown.cancelled() => break,
        }
        while let Some(done) = tasks.try_join_next() {
            take(&mut world, done, &metrics, &events)?;
        }
        for work in world.work(now()) {
            tasks.spawn(carry_out(work, Arc::clone(&hands)));
        }
    }
    health.rest();
    let ending = async { while tasks.join_next().await.is_some() {} };
    if time::timeout(LAST_PASSES, ending).await.is_err() {
        tracing::warn!(
            passes = tasks.len(),
            "passes were still under way at the end; the next start finds what they did"
        );
    }
    Ok(())
}

/// The edge where time enters.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the controller reads the wall clock"
)]
fn wall() -> Timestamp {
    Timestamp::now()
}

fn now() -> Now {
    Now {
        instant: Instant::now(),
        wall: wall(),
    }
}

async fn carry_out(work: Work, hands: Arc<Hands>) -> Done {
    let began = Instant::now();
    match work {
        Work::Pass(pass) => {
            let about = Arc::clone(&pass.connector.entry);
            let report = pass_over(*pass, &hands).await;
            Done::Pass {
                about,
                report,
                took: began.elapsed(),
            }
        }
        Work::Sweep(sweep) => {
            let key = sweep.object.key.clone();
            let report = Box::new(hands.looker.look(*sweep, wall).await);
            Done::Sweep {
                key,
                report,
                took: began.elapsed(),
            }
        }
        Work::Count(count) => Done::Count(Box::new(hands.looker.count(*count).await)),
    }
}

#[tracing::instrument(name = "pass", skip_all, fields(connector = %pass.connector.entry.key()))]
async fn pass_over(pass: Pass, hands: &Hands) -> Report {
    reconcile::run(pass, &hands.context, &hands.journal, wall).await
}

/// Takes in what a task did.
fn take(
    world: &mut World,
    done: Result<Done, JoinError>,
    metrics: &Metrics,
    events: &Events,
) -> Result<(), Error> {
    match done.map_err(Error::Panicked)? {
        Done::Pass { about, report, took } => {
            let key: Key = about.key();
            let (outcome, reason) = told(report.verdict);
            metrics.pass_ended(outcome, reason, took);
            tracing::debug!(connector = %key, outcome, reason, duration_ms = took.as_millis(), "pass ended");
            for notice in &report.notices {
                let kind = if notice.warning {
                    EventType::Warning
                } else {
                    EventType::Normal
                };
                events.publish(&*about, kind, notice.reason, notice.note.clone());
            }
            world.passed(&key, report, now());
        }
        Done::Sweep { key, report, took } => {
            let outcome = report
                .seen
                .as_ref()
                .map_or_else(|stop| stop.reason.as_str(), |_| "Ready");
            metrics.sweep_ended(outcome, took);
            if let Ok(seen) = &report.seen {
                for (limit, remaining) in seen.backend.client.quotas() {
                    metrics.budget_told(seen.backend.scope.subscription(), &limit, remaining);
                }
            }
            tracing::debug!(backend = %key, outcome, duration_ms = took.as_millis(), "backend looked at");
            world.swept(&key, *report, now());
        }
        Done::Count(object) => world.counted(*object),
    }
    Ok(())
}

/// How a pass ended, as metrics and logs tell it.
fn told(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Settled => ("settled", "Ready"),
        Verdict::Waiting { reason, after: _ } => ("waiting", Reason::as_str(reason)),
        Verdict::Stalled(reason) => ("stalled", reason.as_str()),
        Verdict::Conflict => ("conflict", "Conflict"),
        Verdict::Gone => ("gone", "Gone"),
    }
}
