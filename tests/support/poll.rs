//! Waiting for what other processes do: the one place where a test waits at all. No client.

use std::{fmt::Display, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::Failure;

/// Short enough that waiting costs nothing beside what is waited for, long enough to leave two cores to it.
const PERIOD: Duration = Duration::from_millis(50);
/// Asks until the answer is `Ok(Ok(_))`; `Ok(Err(seen))` is "not yet, this is what I see", `Err` ends the wait.
///
/// # Errors
/// [`Failure::Late`] with what was seen last, and whatever the probe fails with.
pub(crate) async fn poll<T, S: Display>(
    what: &str,
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Result<Result<T, S>, Failure>,
) -> Result<T, Failure> {
    let deadline = Instant::now() + limit;
    let mut seen = None;
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let asked = timeout_at(deadline, async {
            ticks.tick().await;
            probe().await
        });
        match asked.await {
            Ok(Ok(Ok(value))) => return Ok(value),
            Ok(Ok(Err(state))) => seen = Some(state),
            Ok(Err(failure)) => return Err(failure),
            Err(_elapsed) => {
                let seen = seen.map_or_else(
                    || "nothing, the first question got no answer".to_owned(),
                    |state| state.to_string(),
                );
                return Err(Failure::Late {
                    what: what.to_owned(),
                    limit,
                    seen,
                });
            }
        }
    }
}

/// Asks until the answer is `Ok`, and returns it; `Err(seen)` is "not yet, this is what I see".
///
/// # Panics
/// After `limit`, with what was waited for and what was seen last.
#[expect(clippy::panic, reason = "it is an assertion")]
pub(crate) async fn eventually<T, S: Display>(
    what: &str,
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Result<T, S>,
) -> T {
    match poll(what, limit, async || Ok(probe().await)).await {
        Ok(value) => value,
        Err(failure) => panic!("{failure:?}"),
    }
}
