//! The harness: a real control plane, the registry and the operator as processes, for tests and tools. Client required.
//!
//! Whatever it starts ends with the process that started it, however that one ends (see [`supervised`]). A file that
//! uses it declares `#[path = "../support/harness.rs"] mod harness;`.
#![allow(
    clippy::allow_attributes,
    dead_code,
    reason = "each binary that includes the harness uses its own part of it"
)]

use std::{env, fmt, io, path::PathBuf, process::ExitStatus, time::Duration};

use supervised::Supervised;

/// Our own binary: what `OPERATOR_UNDER_TEST` names, else the one that was built with the tests.
pub(crate) fn binary() -> PathBuf {
    let named = env::var_os("OPERATOR_UNDER_TEST").map(PathBuf::from);
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_connector-operator").into())
}

pub(crate) mod audit;
pub(crate) mod binaries;
pub(crate) mod control_plane;
pub(crate) mod credentials;
pub(crate) mod folder;
mod listening;
pub(crate) mod operator;
pub(crate) mod poll;
pub(crate) mod registry;
pub(crate) mod supervised;
pub(crate) mod usage;

/// Why the harness could not do what it was asked. Its `Debug` is the whole chain, so that `unwrap` reads well.
#[derive(thiserror::Error)]
pub(crate) enum Failure {
    /// A file or a process.
    #[error("cannot {attempt}")]
    Io {
        /// What was tried, on what.
        attempt: String,
        /// What the system said.
        source: io::Error,
    },
    /// A call of the API server, or of another process that was started here.
    #[error("cannot {attempt}")]
    Call {
        /// What was tried, on what.
        attempt: String,
        /// What the client said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The binaries are neither there nor could they be built; standard error has told why.
    #[error("no control plane binaries: {command:?} ended with {status}, and said why on standard error")]
    Binaries {
        /// The script that finds or builds them.
        command: PathBuf,
        /// How it ended.
        status: ExitStatus,
    },
    /// A process that should be running is not.
    #[error("{name} ended by itself, with {status}; the end of {log:?}:\n{tail}")]
    Ended {
        /// The process.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// Where its output is.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// Something took too long.
    #[error("{what}: not within {limit:?}; last seen: {seen}")]
    Late {
        /// What was waited for.
        what: String,
        /// For how long.
        limit: Duration,
        /// What was there instead.
        seen: String,
    },
}

impl Failure {
    /// For `map_err` on anything that touches a file or a process.
    pub(crate) fn io(attempt: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let attempt = attempt.into();
        move |source| Self::Io { attempt, source }
    }

    /// For `map_err` on anything that talks to a server.
    pub(crate) fn call<E>(attempt: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let attempt = attempt.into();
        move |source| Self::Call {
            attempt,
            source: Box::new(source),
        }
    }

    /// With the last words of those who were waited for, if it is about time that ran out.
    fn with_tails(mut self, processes: &[&Supervised]) -> Self {
        if let Self::Late { seen, .. } = &mut self {
            for process in processes {
                seen.extend([
                    "\nthe end of ",
                    &process.log().to_string_lossy(),
                    ":\n",
                    &process.tail(),
                ]);
            }
        }
        self
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
