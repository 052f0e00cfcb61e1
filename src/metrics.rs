//! What the operator tells Prometheus about itself, as typed families. No client.
//!
//! No label carries the name of an object: series must not grow with the fleet. What a backend or a namespace user
//! chooses (subscription, name of a limit) is bounded in length and number. `docs/metrics.md` lists every metric; a
//! test compares.

mod api_write;
mod depth;
mod process;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    fmt,
    sync::{Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

pub use self::{api_write::api_write, depth::Depth};

/// The media type of [`Metrics::encode`]'s text.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How many remaining budgets are shown; a backend that invents names cannot make more series.
const MAXIMUM_BUDGETS: usize = 256;

/// The labels of what is due, by why it is.
const CHANGE: &str = "change";
const RECHECK: &str = "recheck";

/// Seconds: from a pass that finds nothing to do up to one that runs into its limit.
const DURATION_BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0,
];

/// Every metric of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    passes: Family<PassLabels, Counter>,
    pass_duration: Histogram,
    backend_requests: Family<RequestLabels, Counter>,
    backend_request_duration: Family<OperationLabels, Histogram>,
    skipped_items: Family<OperationLabels, Counter>,
    budgets: Family<BudgetLabels, Gauge>,
    known_budgets: Mutex<HashSet<BudgetLabels>>,
    queue_depth: Family<QueueLabels, Gauge>,
    queue_oldest: Family<UrgencyLabels, Gauge<f64, AtomicU64>>,
    connectors: Family<ReadyLabels, Gauge>,
    api_writes: Family<WriteLabels, Counter>,
    sweeps: Family<OutcomeLabels, Counter>,
    sweep_duration: Histogram,
    leader: Gauge,
    definitions_differing: Gauge,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct PassLabels {
    outcome: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RequestLabels {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OperationLabels {
    operation: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct BudgetLabels {
    subscription: String,
    limit: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct QueueLabels {
    state: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct UrgencyLabels {
    urgency: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ReadyLabels {
    ready: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct WriteLabels {
    resource: &'static str,
    verb: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OutcomeLabels {
    outcome: &'static str,
}

impl Metrics {
    /// All metrics, registered, at zero or absent.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            passes: Family::default(),
            pass_duration: durations(),
            backend_requests: Family::default(),
            backend_request_duration: Family::new_with_constructor(durations),
            skipped_items: Family::default(),
            budgets: Family::default(),
            known_budgets: Mutex::default(),
            queue_depth: Family::default(),
            queue_oldest: Family::default(),
            connectors: Family::default(),
            api_writes: Family::default(),
            sweeps: Family::default(),
            sweep_duration: durations(),
            leader: Gauge::default(),
            definitions_differing: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    /// Names and help texts, in the order in which they are shown.
    fn register(&mut self) {
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        self.registry.register_collector(Box::new(process::Process));
        let own = self.registry.sub_registry_with_prefix("connector_operator");
        let seconds = Unit::Seconds;
        own.register("pass", "Passes that have ended", self.passes.clone());
        own.register_with_unit(
            "pass_duration",
            "How long a pass took",
            seconds.clone(),
            self.pass_duration.clone(),
        );
        own.register(
            "backend_requests",
            "Requests to backends",
            self.backend_requests.clone(),
        );
        own.register_with_unit(
            "backend_request_duration",
            "How long a backend took to answer",
            seconds.clone(),
            self.backend_request_duration.clone(),
        );
        own.register(
            "backend_skipped_items",
            "Items of backends' lists that were not understood and left out",
            self.skipped_items.clone(),
        );
        own.register(
            "backend_remaining_requests",
            "What a backend said last about a limit of its own",
            self.budgets.clone(),
        );
        own.register(
            "queue_depth",
            "Connectors in the work queue",
            self.queue_depth.clone(),
        );
        own.register_with_unit(
            "queue_oldest",
            "How long the first of those that are due has waited",
            seconds.clone(),
            self.queue_oldest.clone(),
        );
        own.register(
            "connectors",
            "Connectors by their Ready condition",
            self.connectors.clone(),
        );
        own.register("api_writes", "Writes to the API server", self.api_writes.clone());
        own.register(
            "sweeps",
            "Listings of everything in a backend's scope",
            self.sweeps.clone(),
        );
        own.register_with_unit(
            "sweep_duration",
            "How long a listing took",
            seconds,
            self.sweep_duration.clone(),
        );
        own.register(
            "leader",
            "1 while this process holds the lease",
            self.leader.clone(),
        );
        own.register(
            "definitions_differing",
            "Installed definitions that are not those of this version",
            self.definitions_differing.clone(),
        );
        own.register("build", "The version that runs", version);
    }

    /// A pass has ended: with what outcome, for what reason of the closed set, after how long.
    pub fn pass_ended(&self, outcome: &'static str, reason: &'static str, took: Duration) {
        self.passes.get_or_create(&PassLabels { outcome, reason }).inc();
        self.pass_duration.observe(took.as_secs_f64());
    }

    /// A backend has answered a request, or failed to within its time limit.
    pub fn backend_answered(&self, operation: &'static str, outcome: &'static str, took: Duration) {
        let requests = self
            .backend_requests
            .get_or_create(&RequestLabels { operation, outcome });
        requests.inc();
        let durations = self
            .backend_request_duration
            .get_or_create(&OperationLabels { operation });
        durations.observe(took.as_secs_f64());
    }

    /// Items of a backend's list were not understood and left out.
    pub fn items_skipped(&self, operation: &'static str, items: usize) {
        let skipped = self.skipped_items.get_or_create(&OperationLabels { operation });
        skipped.inc_by(u64::try_from(items).unwrap_or(u64::MAX));
    }

    /// A backend has told how many requests a limit leaves; `limit` is the end of the header's name, as in
    /// `subscription-reads`. Beyond 256 pairs of subscription and limit new ones are not shown.
    pub fn budget_told(&self, subscription: &str, limit: &str, remaining: i64) {
        let labels = BudgetLabels {
            subscription: label(subscription),
            limit: label(limit),
        };
        let mut known = self.known_budgets.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAXIMUM_BUDGETS || known.contains(&labels) {
            self.budgets.get_or_create(&labels).set(remaining);
            known.insert(labels);
        }
    }

    /// What waits and runs now.
    pub fn set_queue(&self, depth: &Depth) {
        let Depth {
            changes,
            oldest_change,
            rechecks,
            oldest_recheck,
            delayed,
            running,
        } = *depth;
        for (state, count) in [
            (CHANGE, changes),
            (RECHECK, rechecks),
            ("delayed", delayed),
            ("running", running),
        ] {
            self.queue_depth
                .get_or_create(&QueueLabels { state })
                .set(whole(count));
        }
        for (urgency, oldest) in [(CHANGE, oldest_change), (RECHECK, oldest_recheck)] {
            let labels = UrgencyLabels { urgency };
            let oldest = oldest.unwrap_or_default().as_secs_f64();
            self.queue_oldest.get_or_create(&labels).set(oldest);
        }
    }

    /// How many connectors are ready, are not, and cannot be said to be either yet.
    pub fn set_connectors(&self, ready: usize, not_ready: usize, unknown: usize) {
        for (status, count) in [("True", ready), ("False", not_ready), ("Unknown", unknown)] {
            self.connectors
                .get_or_create(&ReadyLabels { ready: status })
                .set(whole(count));
        }
    }

    /// The API server was asked to change something.
    pub fn wrote(&self, resource: &'static str, verb: &'static str) {
        self.api_writes
            .get_or_create(&WriteLabels { resource, verb })
            .inc();
    }

    /// A scope of a backend was listed, or could not be.
    pub fn sweep_ended(&self, outcome: &'static str, took: Duration) {
        self.sweeps.get_or_create(&OutcomeLabels { outcome }).inc();
        self.sweep_duration.observe(took.as_secs_f64());
    }

    /// Whether this process holds the lease.
    pub fn set_leading(&self, leading: bool) {
        self.leader.set(i64::from(leading));
    }

    /// How many of the installed definitions are not those of this version.
    pub fn set_definitions_differing(&self, count: usize) {
        self.definitions_differing.set(whole(count));
    }

    /// Everything, in the OpenMetrics text format ([`CONTENT_TYPE`]).
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut buffer = String::with_capacity(16 * 1024);
        text::encode(&mut buffer, &self.registry)?;
        Ok(buffer)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn durations() -> Histogram {
    Histogram::new(DURATION_BUCKETS)
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A label's value from outside: at most 64 letters, digits and hyphens, so that it cannot break the text.
fn label(value: &str) -> String {
    let plain = value
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-');
    plain.take(64).collect::<String>().to_ascii_lowercase()
}
