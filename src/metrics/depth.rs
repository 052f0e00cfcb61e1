//! How full the work queue is: told by the queue, shown by the metrics. No client.

use std::time::Duration;

/// How much waits and runs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Depth {
    /// Keys that are due by a change.
    pub changes: usize,
    /// How long the first of them has been due.
    pub oldest_change: Option<Duration>,
    /// Keys that are due by a re-check.
    pub rechecks: usize,
    /// How long the first of them has been due.
    pub oldest_recheck: Option<Duration>,
    /// Keys that are not due yet.
    pub delayed: usize,
    /// Keys that run, also those that are to run again.
    pub running: usize,
}
