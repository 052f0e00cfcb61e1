//! Whether the process lives, and whether it is ready for work. No client.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long the controller's loop may go without a sign of life. It beats about every ten seconds, also when there
/// is nothing to do; a minute without is a loop that hangs.
pub const HEARTBEAT_LIMIT: Duration = Duration::from_mins(1);

/// What must hold before the process is ready.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Gate {
    /// The installed definitions are those of this version.
    Definitions,
    /// The leader has seen every object once.
    Caches,
    /// The process has not been told to stop.
    Running,
}

impl Gate {
    /// What it is called in `/readyz`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Definitions => "definitions",
            Self::Caches => "caches",
            Self::Running => "running",
        }
    }
}

/// Gates, and the heartbeat of the controller's loop. A process that waits for its lease has no heart and is alive as
/// long as it answers.
#[derive(Debug)]
pub struct Health {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Closed gates, and why.
    closed: BTreeMap<Gate, String>,
    heartbeat: Option<Instant>,
}

impl Health {
    /// Not ready: the definitions are yet to be compared. The other gates are open.
    pub fn new() -> Self {
        let closed = (Gate::Definitions, "not compared yet".to_owned());
        Self {
            state: Mutex::new(State {
                closed: BTreeMap::from([closed]),
                heartbeat: None,
            }),
        }
    }

    /// What `gate` stands for holds.
    pub fn open(&self, gate: Gate) {
        self.state().closed.remove(&gate);
    }

    /// What `gate` stands for does not hold; `why` is for people.
    pub fn close(&self, gate: Gate, why: impl Into<String>) {
        self.state().closed.insert(gate, why.into());
    }

    /// The controller's loop is moving. From the first call on it must be called at least every ten seconds.
    pub fn beat(&self, now: Instant) {
        self.state().heartbeat = Some(now);
    }

    /// The controller's loop has ended, as it should; no further beats are expected.
    pub fn rest(&self) {
        self.state().heartbeat = None;
    }

    /// Ready, or the gates that are closed with the reasons, a line each.
    pub fn readiness(&self) -> Result<(), String> {
        let state = self.state();
        if state.closed.is_empty() {
            return Ok(());
        }
        let lines = state
            .closed
            .iter()
            .map(|(gate, why)| format!("{}: {why}\n", gate.as_str()));
        Err(lines.collect())
    }

    /// Alive, or for how long the loop has not moved.
    pub fn liveness(&self, now: Instant) -> Result<(), Duration> {
        let silent = self
            .state()
            .heartbeat
            .map(|beat| now.saturating_duration_since(beat));
        silent
            .filter(|silent| *silent > HEARTBEAT_LIMIT)
            .map_or(Ok(()), Err)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ready_once_every_gate_is_open_and_says_which_is_not() {
        let health = Health::new();
        health.close(Gate::Caches, "the first list of connectors is not complete");
        assert_eq!(
            health.readiness().unwrap_err(),
            "definitions: not compared yet\ncaches: the first list of connectors is not complete\n"
        );
        health.open(Gate::Definitions);
        health.open(Gate::Caches);
        assert_eq!(health.readiness(), Ok(()));
        health.close(Gate::Running, "told to stop");
        assert_eq!(health.readiness().unwrap_err(), "running: told to stop\n");
    }

    #[test]
    fn a_loop_that_stops_moving_is_dead_after_a_minute_and_one_that_ended_is_not() {
        let (health, start) = (Health::new(), Instant::now());
        let later = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(health.liveness(later(3600)), Ok(()), "a standby has no loop");
        health.beat(start);
        assert_eq!(health.liveness(later(60)), Ok(()));
        assert_eq!(health.liveness(later(61)), Err(Duration::from_secs(61)));
        health.beat(later(61));
        assert_eq!(health.liveness(later(62)), Ok(()));
        health.rest();
        assert_eq!(health.liveness(later(3600)), Ok(()));
    }
}
