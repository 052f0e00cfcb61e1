//! The phases of a run, one after the other. Client required.

use std::{
    collections::VecDeque,
    path::Path,
    time::{Duration, Instant},
};

use http::Request;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Kind,
    bed::Bed,
    fleet::{self, Call, Shape},
    harness::{Failure, binary, poll::poll},
    readiness::Readiness,
    tally::{Moment, Tally},
};

/// What re-checks are watched at; the shortest a connector can ask for.
const INTERVAL: &str = "10s";
/// Three of those intervals.
const WATCHED: Duration = Duration::from_secs(30);
/// New connectors that are applied one by one.
const PROBES: usize = 100;
const PROBE_LIMIT: Duration = Duration::from_secs(30);
/// For how long, and below which share of a core, the operator counts as quiet. Re-checks go on all the time.
const QUIET_FOR: Duration = Duration::from_secs(1);
const QUIET_BELOW: f64 = 0.1;
const BACKEND: &str = "/apis/connectors.dev/v1alpha1/clusterconnectorbackends/bench";

/// What a run is to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) kind: Kind,
    pub(crate) connectors: usize,
    pub(crate) latency: Duration,
}

/// What a run found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    pub(crate) run: Kind,
    pub(crate) connectors: usize,
    pub(crate) latency_ms: u128,
    /// Versions, and what the machine had beside us.
    pub(crate) surroundings: Surroundings,
    /// Bytes that the operator held before there were connectors.
    pub(crate) idle_resident: u64,
    /// All of them created at once.
    pub(crate) creation: Change,
    /// Thirty seconds afterwards, at the default interval.
    pub(crate) rest: Tally,
    /// What only the first run goes on with.
    pub(crate) further: Option<Further>,
}

/// What is measured once all connectors are there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Further {
    /// All of them edited at once: the interval becomes ten seconds.
    pub(crate) edit: Change,
    /// Three intervals.
    pub(crate) rechecks: Tally,
    /// New connectors one by one, while the others are re-checked.
    pub(crate) newcomers: Percentiles,
    /// What that took beside the re-checks.
    pub(crate) newcomers_tally: Tally,
    /// From the start of another operator until it was quiet.
    pub(crate) restart_seconds: f64,
    /// From before the end of the former operator to five seconds after that.
    pub(crate) restart: Tally,
}

/// A change of all connectors, from the first request until all of them were ready with it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    pub(crate) seconds: f64,
    pub(crate) per_second: f64,
    /// From the request for one to its being ready.
    pub(crate) ready: Percentiles,
    pub(crate) tally: Tally,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// What the figures depend on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Surroundings {
    operator: &'static str,
    kubernetes: String,
    /// The program that was measured.
    binary: String,
    cores: usize,
    /// The kernel's load averages as the run began.
    load_average: String,
}

impl Figures {
    /// As in a file's name.
    pub(crate) fn name(&self) -> &'static str {
        match self.run {
            Kind::Plain => "plain",
            Kind::Admission => "admission",
            Kind::Principals => "principals",
            Kind::Inline => "inline",
        }
    }
}

/// Carries out a run on a bed of its own.
pub(crate) async fn run(folder: &Path, run: Run) -> Result<Figures, Failure> {
    let Run {
        kind,
        connectors,
        latency,
    } = run;
    let shape = kind.shape();
    eprintln!(
        "{} ({connectors} connectors, {} ms):",
        kind.title(),
        latency.as_millis()
    );
    let load_average = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    tell("starts the control plane, the registry and the operator");
    let mut bed = Bed::start(folder, kind == Kind::Admission, latency).await?;
    let surroundings = Surroundings {
        operator: env!("CARGO_PKG_VERSION"),
        kubernetes: kubernetes_version(&bed).await?,
        binary: binary().display().to_string(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        load_average: load_average.trim().to_owned(),
    };
    bed.ready().await?;
    prepare(&bed, shape, kind, connectors).await?;
    let idle_resident = bed.operator.process().usage().map_or(0, |usage| usage.resident);
    tell("creates what the connectors refer to");
    let maps = shape.config_maps(connectors + PROBES);
    let client = bed.control_plane.client().await?;
    for map in &maps {
        map.send(&client).await?;
    }
    quiet(&bed).await?;

    tell("creates the connectors");
    let readiness = Readiness::watch(&bed.control_plane).await?;
    let creation = change(&bed, &readiness, (1, connectors), move |number| {
        shape.connector(number)
    })
    .await?;
    counted(&bed, connectors).await?;
    tell("watches them at rest");
    let rest = watch(&bed).await?;
    let further = match kind {
        Kind::Plain => Some(Box::pin(further(&mut bed, &readiness, shape, connectors)).await?),
        Kind::Admission | Kind::Principals | Kind::Inline => None,
    };
    Ok(Figures {
        run: kind,
        connectors,
        latency_ms: latency.as_millis(),
        surroundings,
        idle_resident,
        creation,
        rest,
        further,
    })
}

async fn further(
    bed: &mut Bed,
    readiness: &Readiness,
    shape: Shape,
    connectors: usize,
) -> Result<Further, Failure> {
    tell("changes the interval of all of them to ten seconds");
    let edited = |number| Call::patch(fleet::path(number), json!({ "spec": { "interval": INTERVAL } }));
    let edit = change(bed, readiness, (2, connectors), edited).await?;
    counted(bed, connectors).await?;
    tell("watches three intervals");
    let rechecks = watch(bed).await?;
    tell("applies new ones meanwhile, one by one");
    let before = Moment::now(bed).await?;
    let newcomers = newcomers(bed, readiness, shape, connectors).await?;
    let newcomers_tally = before.since(bed).await?;
    tell("starts the operator anew");
    counted(bed, connectors + PROBES).await?;
    let before = Moment::now(bed).await?.with_new_operator();
    let started = bed.restart_operator().await?;
    bed.ready().await?;
    let at = quiet(bed).await?;
    let restart_seconds = at.duration_since(started).as_secs_f64();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let restart = before.since(bed).await?;
    Ok(Further {
        edit,
        rechecks,
        newcomers,
        newcomers_tally,
        restart_seconds,
        restart,
    })
}

fn tell(what: &str) {
    eprintln!("  {what}");
}

/// The namespace, the backend until it is ready, the policy until it works.
async fn prepare(bed: &Bed, shape: Shape, kind: Kind, connectors: usize) -> Result<(), Failure> {
    let client = bed.control_plane.client().await?;
    for call in fleet::surroundings(&bed.registry) {
        call.send(&client).await?;
    }
    let limit = Duration::from_mins(1);
    poll("the backend to be ready", limit, async || {
        let backend: Value = get(&client, BACKEND).await?;
        let conditions = backend.pointer("/status/conditions").and_then(Value::as_array);
        let ready = conditions.into_iter().flatten().any(|condition| {
            condition.get("type") == Some(&json!("Ready")) && condition.get("status") == Some(&json!("True"))
        });
        Ok(if ready { Ok(()) } else { Err(backend.to_string()) })
    })
    .await?;
    if kind == Kind::Admission {
        let tried = shape.connector(connectors).on_trial();
        poll("the admission policy to work", limit, async || {
            let answer = tried.answer(&client).await?;
            Ok(if answer.contains("connectors.dev/registration") {
                Ok(())
            } else {
                Err(answer)
            })
        })
        .await?;
    }
    Ok(())
}

/// Sends a call for each connector, and waits until all of them are ready in that generation.
async fn change(
    bed: &Bed,
    readiness: &Readiness,
    (generation, connectors): (i64, usize),
    call: impl Fn(usize) -> Call + Send + Sync + 'static,
) -> Result<Change, Failure> {
    let limit =
        Duration::from_mins(2) + Duration::from_millis(100) * u32::try_from(connectors).unwrap_or(u32::MAX);
    let before = Moment::now(bed).await?;
    let first = Instant::now();
    let sent = fleet::send_all(&bed.control_plane, connectors, call).await?;
    readiness.all(generation, connectors, limit).await?;
    // Whatever else is written about them belongs to them.
    quiet(bed).await?;
    let tally = before.since(bed).await?;
    let ready: Vec<(Instant, Instant)> = sent
        .into_iter()
        .enumerate()
        .filter_map(|(number, sent)| Some((sent, readiness.of(generation, &fleet::name(number))?)))
        .collect();
    let last = ready.iter().map(|(_, ready)| *ready).max().unwrap_or(first);
    let seconds = last.duration_since(first).as_secs_f64();
    Ok(Change {
        seconds,
        per_second: f64::from(u32::try_from(connectors).unwrap_or(u32::MAX)) / seconds,
        ready: percentiles(
            ready
                .into_iter()
                .map(|(sent, ready)| ready.saturating_duration_since(sent)),
        ),
        tally,
    })
}

async fn watch(bed: &Bed) -> Result<Tally, Failure> {
    let before = Moment::now(bed).await?;
    tokio::time::sleep(WATCHED).await;
    before.since(bed).await
}

async fn newcomers(
    bed: &Bed,
    readiness: &Readiness,
    shape: Shape,
    connectors: usize,
) -> Result<Percentiles, Failure> {
    let client = bed.control_plane.client().await?;
    let mut took = Vec::with_capacity(PROBES);
    for number in connectors..connectors + PROBES {
        let sent = Instant::now();
        shape.connector(number).send(&client).await?;
        let name = fleet::name(number);
        let ready = poll("a new connector to be ready", PROBE_LIMIT, async || {
            Ok(readiness.of(1, &name).ok_or("it is not"))
        });
        took.push(ready.await?.duration_since(sent));
    }
    Ok(percentiles(took.into_iter()))
}

/// Waits until the operator has hardly used a processor for a while; returns since when.
async fn quiet(bed: &Bed) -> Result<Instant, Failure> {
    let mut samples: VecDeque<(Instant, Duration)> = VecDeque::new();
    poll("the operator to be quiet", Duration::from_mins(5), async || {
        let usage = bed.operator.process().usage();
        let used =
            usage.ok_or_else(|| Failure::io("measure the operator")(std::io::Error::other("it is gone")))?;
        let now = Instant::now();
        samples.push_back((now, used.cpu));
        let Some((since, before)) = samples
            .front()
            .copied()
            .filter(|(since, _)| now - *since >= QUIET_FOR)
        else {
            return Ok(Err("nothing yet".to_owned()));
        };
        samples.pop_front();
        let share = used.cpu.saturating_sub(before).as_secs_f64() / (now - since).as_secs_f64();
        Ok(if share < QUIET_BELOW {
            Ok(since)
        } else {
            Err(format!("{:.0} % of a core", share * 100.0))
        })
    })
    .await
}

/// Waits until the backend's status counts that many, which it is told twice a minute at most.
async fn counted(bed: &Bed, connectors: usize) -> Result<(), Failure> {
    let client = bed.control_plane.client().await?;
    poll(
        "the backend's status to count all connectors",
        Duration::from_mins(2),
        async || {
            let backend: Value = get(&client, BACKEND).await?;
            let count = backend.pointer("/status/connectors").cloned().unwrap_or_default();
            Ok(if count == json!(connectors) {
                Ok(())
            } else {
                Err(count)
            })
        },
    )
    .await
}

fn percentiles(took: impl Iterator<Item = Duration>) -> Percentiles {
    let mut took: Vec<f64> = took.map(|took| took.as_secs_f64() * 1000.0).collect();
    took.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| took.get((took.len() * percent / 100).min(took.len().saturating_sub(1)));
    Percentiles {
        p50: at(50).copied().unwrap_or_default(),
        p90: at(90).copied().unwrap_or_default(),
        p99: at(99).copied().unwrap_or_default(),
        max: took.last().copied().unwrap_or_default(),
    }
}

async fn kubernetes_version(bed: &Bed) -> Result<String, Failure> {
    let version: Value = get(&bed.control_plane.client().await?, "/version").await?;
    Ok(version
        .get("gitVersion")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned())
}

async fn get(client: &kube::Client, path: &str) -> Result<Value, Failure> {
    let request = Request::get(path)
        .body(Vec::new())
        .map_err(Failure::call(format!("get {path}")))?;
    client
        .request(request)
        .await
        .map_err(Failure::call(format!("get {path}")))
}
