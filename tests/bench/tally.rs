//! What everybody did and used between two moments. Client required.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use http::Method;
use serde::{Deserialize, Serialize};

use crate::{
    bed::{Bed, OPERATOR_USER},
    harness::{Failure, audit::Mark, supervised::Supervised, usage::Usage},
};

/// One moment.
#[derive(Debug)]
pub(crate) struct Moment {
    at: Instant,
    operator: Usage,
    api_server: Usage,
    etcd: Usage,
    registry: Usage,
    own: Usage,
    log: Mark,
    backend_calls: BTreeMap<String, u64>,
}

/// What was done and used since a moment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tally {
    /// How long it took.
    pub(crate) seconds: f64,
    /// The operator's writes to the API server that took effect, by kind; its lease excepted.
    pub(crate) writes: BTreeMap<String, u64>,
    /// Those of them that the API server refused.
    pub(crate) refused_writes: u64,
    /// Calls of the backend, by kind.
    pub(crate) backend_calls: BTreeMap<String, u64>,
    /// Seconds of CPU, by process.
    pub(crate) cpu_seconds: Cpu,
    /// Bytes that the operator holds at the end.
    pub(crate) operator_resident: u64,
    /// Bytes that it held at most since it was started.
    pub(crate) operator_peak: u64,
    /// Bytes that the API server holds at the end.
    pub(crate) api_server_resident: u64,
}

/// Seconds of CPU.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cpu {
    pub(crate) operator: f64,
    pub(crate) api_server: f64,
    pub(crate) etcd: f64,
    pub(crate) registry: f64,
    /// The benchmark's own: what creates and watches.
    pub(crate) load: f64,
}

impl Tally {
    /// All writes together.
    pub(crate) fn all_writes(&self) -> u64 {
        self.writes.values().sum()
    }

    /// All calls of the backend together.
    pub(crate) fn all_backend_calls(&self) -> u64 {
        self.backend_calls.values().sum()
    }
}

#[derive(Deserialize)]
struct Counters {
    requests: BTreeMap<String, u64>,
}

impl Moment {
    /// The present one.
    pub(crate) async fn now(bed: &Bed) -> Result<Self, Failure> {
        let backend_calls = backend_calls(bed).await?;
        Ok(Self {
            at: Instant::now(),
            operator: usage(bed.operator.process())?,
            api_server: usage(bed.control_plane.api_server())?,
            etcd: usage(bed.control_plane.etcd())?,
            registry: usage(bed.registry.process())?,
            own: usage_of(std::process::id(), "the benchmark")?,
            log: bed.control_plane.audit().mark()?,
            backend_calls,
        })
    }

    /// What happened since, up to now. If the operator was started anew meanwhile, its figures begin there.
    pub(crate) async fn since(&self, bed: &Bed) -> Result<Tally, Failure> {
        let Self {
            at,
            operator,
            api_server,
            etcd,
            registry,
            own,
            log: _,
            backend_calls,
        } = Self::now(bed).await?;
        let (writes, refused_writes) = writes(bed, self.log)?;
        let cpu = |later: Usage, earlier: Usage| later.cpu.saturating_sub(earlier.cpu).as_secs_f64();
        let before = |kind: &str| self.backend_calls.get(kind).copied().unwrap_or_default();
        Ok(Tally {
            seconds: at.duration_since(self.at).as_secs_f64(),
            writes,
            refused_writes,
            backend_calls: backend_calls
                .into_iter()
                .map(|(kind, count)| (count.saturating_sub(before(&kind)), kind))
                .filter_map(|(count, kind)| (count > 0).then_some((kind, count)))
                .collect(),
            cpu_seconds: Cpu {
                operator: cpu(operator, self.operator),
                api_server: cpu(api_server, self.api_server),
                etcd: cpu(etcd, self.etcd),
                registry: cpu(registry, self.registry),
                load: cpu(own, self.own),
            },
            operator_resident: operator.resident,
            operator_peak: operator.peak,
            api_server_resident: api_server.resident,
        })
    }

    /// The same moment, for an operator that was started just now.
    pub(crate) fn with_new_operator(mut self) -> Self {
        self.operator = Usage {
            resident: 0,
            peak: 0,
            cpu: Duration::ZERO,
        };
        self
    }
}

fn writes(bed: &Bed, since: Mark) -> Result<(BTreeMap<String, u64>, u64), Failure> {
    let (mut counted, mut refused) = (BTreeMap::new(), 0);
    for write in bed.control_plane.audit().writes_since(since)? {
        if write.user != OPERATOR_USER {
            continue;
        }
        if write.status >= 400 {
            refused += 1;
            continue;
        }
        let part = if write.subresource.is_empty() { "" } else { "/" };
        let kind = format!("{} {}{part}{}", write.verb, write.resource, write.subresource);
        *counted.entry(kind).or_default() += 1;
    }
    Ok((counted, refused))
}

async fn backend_calls(bed: &Bed) -> Result<BTreeMap<String, u64>, Failure> {
    let attempt = "read the registry's counters";
    let answer = bed.registry.request(Method::GET, "/counters")?.send().await;
    let counters: Counters = answer
        .map_err(Failure::call(attempt))?
        .json()
        .await
        .map_err(Failure::call(attempt))?;
    Ok(counters.requests)
}

fn usage(process: &Supervised) -> Result<Usage, Failure> {
    usage_of(process.process_id(), &process.log().to_string_lossy())
}

fn usage_of(process_id: u32, name: &str) -> Result<Usage, Failure> {
    let gone = || std::io::Error::other("it is gone");
    Usage::of(process_id).ok_or_else(|| Failure::io(format!("measure process {process_id} ({name})"))(gone()))
}
