//! One pass over one connector: accept → fetch → parse → validate → observe → plan → register → share → status.
//! Client required.
//!
//! What to do is decided by pure functions ([`decide`], [`grants`], [`ownership`], [`status`]); what is here fetches,
//! sends and writes, in that order. Any await can be the last: whatever was done is found again by the next pass,
//! because names are known beforehand and ownership is written on what is registered.

mod approval;
mod cause;
pub mod conditions;
pub mod decide;
pub mod entry;
pub mod foretell;
pub mod grants;
mod hand;
mod judge;
mod leave;
mod look;
pub mod ownership;
pub mod parsed;
pub mod plan;
pub mod reason;
mod records;
mod register;
mod review;
mod share;
mod sites;
pub mod status;
mod survey;
pub mod target;
#[cfg(test)]
mod tests;
mod told;
mod unregister;
mod wanted;
mod write;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{sync::Semaphore, time::timeout};

use self::{
    approval::Draft,
    entry::{Entry, Key},
    hand::Hand,
    judge::Judged,
    ownership::Identity,
    parsed::Parsed,
    reason::{Class, Reason},
    status::{Outcome, Stop},
    target::{BackendKey, Effect, Site, Target},
    wanted::Wanted,
};
pub use self::{
    cause::chain,
    judge::settings,
    write::{Subject, WriteError},
};
use crate::{
    arm::Client,
    crd::{BackendReference, CONNECTOR_FINALIZER, status::Registration},
    record::Journal,
    source::Sources,
};

/// Everything that a pass starts from; it looks at nothing older or newer.
#[derive(Clone, Debug)]
pub struct Pass<C = Client> {
    /// The connector.
    pub connector: Parsed,
    /// Where it is to be registered.
    pub targets: Vec<Target<C>>,
    /// Where it is registered and is not to be any more.
    pub leaving: Vec<Leaving<C>>,
    /// Why targets cannot be told.
    pub unresolved: Option<Stop>,
    /// Versions of the ConfigMaps of definition and icon, as far as known.
    pub config_maps: [Option<String>; 2],
    /// Compare the document at the backend too.
    pub deep: bool,
    /// Nothing is known to have changed: it is only time to look.
    pub periodic: bool,
    /// When it started.
    pub started: Timestamp,
}

/// A registration that is to go.
#[derive(Clone, Debug)]
pub struct Leaving<C = Client> {
    /// As status records it.
    pub registration: Registration,
    /// Whether another reference leads to the same place: then only the record goes.
    pub kept: bool,
    /// Whether status recorded it; otherwise it is where a pass that was cut short may have left one.
    pub recorded: bool,
    /// Where it lies, or why it cannot be reached.
    pub site: Result<Site<C>, Stop>,
}

/// What passes share.
pub struct Context {
    /// The cluster.
    pub client: kube::Client,
    /// This cluster's id, and those it had before.
    pub cluster: (String, Vec<String>),
    /// Where descriptions, icons and secrets come from.
    pub sources: Arc<Sources>,
    /// Descriptions judged at once: each takes a processor.
    pub judging: Semaphore,
}

/// How a pass ended, for the schedule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// As wanted.
    Settled,
    /// Something is to come; `after`: not before.
    Waiting {
        /// What it waits for.
        reason: Reason,
        /// How long the backend asked to wait.
        after: Option<Duration>,
    },
    /// Only an edit helps.
    Stalled(Reason),
    /// Somebody else wrote first.
    Conflict,
    /// The connector is gone.
    Gone,
}

/// Something that people should be told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Notice {
    /// Whether somebody should act.
    pub warning: bool,
    /// The word for it.
    pub reason: &'static str,
    /// What happened.
    pub note: String,
}

/// What a pass did and found.
#[derive(Debug)]
pub struct Report {
    /// How it ended.
    pub verdict: Verdict,
    /// The connector after the pass's own writes.
    pub entry: Option<Arc<Entry>>,
    /// What it did to backends, or read of them.
    pub effects: Vec<(BackendKey, String, Effect)>,
    /// Backends that asked to be left alone.
    pub throttled: Vec<(BackendKey, Duration)>,
    /// Backends that failed.
    pub suspects: Vec<BackendKey>,
    /// What people should be told.
    pub notices: Vec<Notice>,
}

/// What a pass has done so far.
#[derive(Debug, Default)]
struct Progress {
    outcome: Outcome,
    entry: Option<Arc<Entry>>,
    effects: Vec<(BackendKey, String, Effect)>,
    throttled: Vec<(BackendKey, Duration)>,
    /// How long a backend asked to wait with this connector, at most.
    asked: Option<Duration>,
    suspects: Vec<BackendKey>,
    notices: Vec<Notice>,
    /// Registrations that others took away and that are to stay so.
    absent: Vec<BackendReference>,
    /// Registrations of ours of which a change waits for approval.
    held: Vec<BackendReference>,
    /// What a failed call waits for, whatever else is told.
    waits: Option<Reason>,
}

/// Why a pass did not come to its end.
#[derive(Debug)]
enum Halt {
    /// A stage stopped; the outcome says which.
    Stopped,
    /// The object could not be written.
    Write(WriteError),
    /// The description is the one that was judged before, and nothing else changed.
    Unchanged,
    /// Everything that was to go is gone, and the object with it.
    Gone,
}

impl From<WriteError> for Halt {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

/// Brings one connector to what it asks for, or says in its status why not. What it changes outside the cluster is told
/// in `journal`.
pub async fn run(pass: Pass, context: &Context, journal: &Journal, now: impl Fn() -> Timestamp) -> Report {
    let mut progress = Progress::default();
    let steps = async {
        if pass.connector.entry.is_deleting() {
            remove(&pass, context, journal, &mut progress).await
        } else {
            apply(&pass, context, journal, &mut progress).await
        }
    };
    let halt = match timeout(pass.connector.timeout(), steps).await {
        Ok(halt) => halt.err(),
        Err(_elapsed) => {
            progress.outcome.stop_at_next(Stop::new(
                Reason::TimedOut,
                format!(
                    "the pass took longer than spec.timeout, {} s",
                    pass.connector.timeout().as_secs()
                ),
            ));
            Some(Halt::Stopped)
        }
    };
    let verdict = match halt {
        Some(Halt::Gone) => Verdict::Gone,
        Some(Halt::Unchanged) => Verdict::Settled,
        Some(Halt::Write(error)) => unwritten(&pass, &error),
        None | Some(Halt::Stopped) => tell(&pass, context, &mut progress, now()).await,
    };
    let Progress {
        outcome: _,
        entry,
        effects,
        throttled,
        asked: _,
        suspects,
        notices,
        absent: _,
        held: _,
        waits: _,
    } = progress;
    Report {
        verdict,
        entry,
        effects,
        throttled,
        suspects,
        notices,
    }
}

/// The pass itself: each stage needs what the one before established.
async fn apply(
    pass: &Pass,
    context: &Context,
    journal: &Journal,
    progress: &mut Progress,
) -> Result<(), Halt> {
    let spec = judge::accept(pass, context, progress).await?;
    let fetched = judge::fetch(pass, &spec, context, progress).await?;
    let Judged {
        registration,
        secrets,
        digest,
        secret,
    } = judge::validate(pass, &spec, fetched, context, progress).await?;
    let wanted = Wanted::new(pass, context, &registration, (&secrets, &digest), secret);
    let key = pass.connector.entry.key();
    let mut draft = Draft::of(pass, &wanted, &context.identity(&key), context).await;
    hold(pass, &draft, context, progress).await?;
    let hand = Hand::of(pass, draft.carried_out(), journal);
    sites::register(pass, &wanted, &mut draft, (context, &hand), progress).await;
    sites::share(pass, &mut draft, &hand, progress).await;
    leave::leave(pass, &mut draft, (context, &hand), progress).await;
    progress.planned(pass, &draft);
    Ok(())
}

/// Removes what is registered and lets the object go. The spec is not judged: a bad one must not keep it.
async fn remove(
    pass: &Pass,
    context: &Context,
    journal: &Journal,
    progress: &mut Progress,
) -> Result<(), Halt> {
    if !pass.connector.entry.has_finalizer() {
        return Err(Halt::Gone);
    }
    let hand = Hand::of(pass, None, journal);
    leave::leave(pass, &mut Draft::free(), (context, &hand), progress).await;
    if progress.outcome.stop().is_some() {
        return Ok(());
    }
    let rest = pass
        .connector
        .entry
        .finalizers()
        .iter()
        .filter(|name| *name != CONNECTOR_FINALIZER)
        .cloned()
        .collect();
    match write::finalizers(&context.client, &pass.connector.entry, rest).await {
        Ok(entry) => progress.entry = Some(entry),
        Err(WriteError::Gone) => {}
        Err(error) => return Err(error.into()),
    }
    Err(Halt::Gone)
}

/// The finalizer is set before anything is registered, so that nothing registered is ever forgotten.
async fn hold(pass: &Pass, draft: &Draft, context: &Context, progress: &mut Progress) -> Result<(), Halt> {
    let mut targets = pass.targets.iter().enumerate();
    let registers = targets.any(|(number, target)| target.site.is_ok() && !draft.awaits_first(number));
    if registers && !pass.connector.entry.has_finalizer() {
        let mut finalizers = pass.connector.entry.finalizers().to_vec();
        finalizers.push(CONNECTOR_FINALIZER.to_owned());
        progress.entry = Some(write::finalizers(&context.client, &pass.connector.entry, finalizers).await?);
    }
    Ok(())
}

/// Writes the status if it differs, and says when to look again.
async fn tell(pass: &Pass, context: &Context, progress: &mut Progress, now: Timestamp) -> Verdict {
    let entry = progress
        .entry
        .clone()
        .unwrap_or_else(|| Arc::clone(&pass.connector.entry));
    let mut outcome = std::mem::take(&mut progress.outcome);
    outcome.request = entry.requested_at().map(str::to_owned);
    let stop = outcome.stop().cloned();
    let generation = entry.generation();
    let next = match (&stop, entry.is_deleting()) {
        (Some(stop), true) => status::held(
            &pass.connector.status,
            stop,
            outcome.registrations,
            generation,
            now,
        ),
        _ => status::next(&pass.connector.status, outcome, generation, now),
    };
    if let Some(next) = next {
        if let Some(stop) = &stop {
            progress.notices.extend(stop.warning(&pass.connector.status));
        }
        match write::status(&context.client, &entry, &next).await {
            Ok(entry) => progress.entry = Some(entry),
            Err(error) => return unwritten(pass, &error),
        }
    }
    match stop {
        None => Verdict::Settled,
        Some(stop) if stop.reason.class() == Class::Stalled => Verdict::Stalled(stop.reason),
        Some(stop) => {
            // A plan waits for people; a failed call is tried again meanwhile.
            let pending = stop.reason == Reason::PlanPending;
            let reason = progress.waits.filter(|_| pending).unwrap_or(stop.reason);
            let told = pending || matches!(reason, Reason::Throttled | Reason::BackendUnavailable);
            Verdict::Waiting {
                reason,
                after: progress.asked.filter(|_| told),
            }
        }
    }
}

fn unwritten(pass: &Pass, error: &WriteError) -> Verdict {
    match error {
        WriteError::Conflict => Verdict::Conflict,
        WriteError::Gone => Verdict::Gone,
        WriteError::Failed { .. } | WriteError::TimedOut { .. } => {
            tracing::warn!(connector = %pass.connector.entry.key(), error = chain(error), "object not written");
            Verdict::Waiting {
                reason: Reason::ApiServerUnavailable,
                after: None,
            }
        }
    }
}

impl Context {
    fn identity<'a>(&'a self, key: &'a Key) -> Identity<'a> {
        Identity {
            cluster: &self.cluster.0,
            former_clusters: &self.cluster.1,
            namespace: &key.namespace,
            name: &key.name,
        }
    }
}
