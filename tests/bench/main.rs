//! The benchmark: the built operator, the registry and a real control plane, each a process of its own, measured while
//! connectors are created, at rest, re-checked and after a restart.
//!
//! `make bench N=1000 LATENCY_MS=20` measures the release build; `docs/benchmarks.md` says what the figures mean.
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for a terminal: the table on one, progress on the other"
)]

mod bed;
mod fleet;
#[expect(
    unused_imports,
    reason = "those of its own tests, which a program has no use for"
)]
#[path = "../support/harness.rs"]
mod harness;
mod phases;
mod readiness;
mod table;
mod tally;

use std::{fs, path::Path, process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use serde::Serialize;

use self::{fleet::Shape, harness::Failure, phases::Run};

/// Measures the operator on a real control plane.
#[derive(Debug, Parser)]
struct Arguments {
    /// Connectors in each run
    #[arg(long, default_value_t = 1000)]
    connectors: usize,
    /// What the registry takes for an answer at least, in milliseconds
    #[arg(long, default_value_t = 20)]
    latency_ms: u64,
    /// Which runs, separated by commas; all of them if absent
    #[arg(long, value_enum, value_delimiter = ',')]
    runs: Vec<Kind>,
}

/// What is measured, each on a control plane of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The operator writes the finalizer; then rest, re-checks, new connectors meanwhile, and a restart
    Plain,
    /// The admission policy that ships sets the finalizer
    Admission,
    /// Each connector is shared with three principals
    Principals,
    /// Each connector holds a description of 32 KB itself
    Inline,
}

impl Kind {
    fn shape(self) -> Shape {
        Shape {
            principals: if self == Self::Principals { 3 } else { 0 },
            inline: (self == Self::Inline).then_some(32 * 1024),
        }
    }

    /// As in a column's head.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Plain => "finalizer by operator",
            Self::Admission => "finalizer at admission",
            Self::Principals => "three principals",
            Self::Inline => "32 KB inline",
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Whoever installed one first has installed the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(async {
            tokio::select! {
                outcome = measure(arguments) => outcome,
                // What was started ends when what holds it is dropped.
                _ = tokio::signal::ctrl_c() => {
                    eprintln!("stopped; its processes end");
                    return Ok(ExitCode::from(130));
                }
            }
            .map(|()| ExitCode::SUCCESS)
        }),
        Err(error) => Err(Failure::io("start")(error)),
    };
    outcome.unwrap_or_else(|failure| {
        eprintln!("the benchmark failed: {failure:?}");
        ExitCode::FAILURE
    })
}

async fn measure(arguments: Arguments) -> Result<(), Failure> {
    let Arguments {
        connectors,
        latency_ms,
        mut runs,
    } = arguments;
    if runs.is_empty() {
        runs = Kind::value_variants().to_vec();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    let results = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../bench");
    let mut measured = Vec::new();
    for kind in runs {
        let latency = Duration::from_millis(latency_ms);
        let figures = phases::run(
            &folder,
            Run {
                kind,
                connectors,
                latency,
            },
        )
        .await?;
        let name = format!("{}-{connectors}.json", figures.name());
        save(&results.join(name), &figures)?;
        measured.push(figures);
    }
    println!("{}", table::render(&measured));
    Ok(())
}

fn save(path: &Path, figures: &impl Serialize) -> Result<(), Failure> {
    let attempt = format!("write {}", path.display());
    let text =
        serde_json::to_vec_pretty(figures).map_err(|error| Failure::io(attempt.clone())(error.into()))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Failure::io(attempt.clone()))?;
    }
    fs::write(path, text).map_err(Failure::io(attempt))
}
