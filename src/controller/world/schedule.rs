//! When a connector is looked at again after a pass. No client.

use std::time::Duration;

use super::{Now, World};
use crate::{
    controller::queue::Urgency,
    reconcile::{
        Verdict,
        entry::{Entry, Key},
        grants,
        parsed::Parsed,
        reason::Reason,
    },
};

/// The first pause after a pass that had to wait.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The pause after somebody else wrote first.
const CONFLICT_PAUSE: Duration = Duration::from_millis(500);

impl World {
    pub(super) fn schedule(&mut self, key: &Key, verdict: Verdict, now: Now) {
        let Some(known) = self.connectors.get_mut(key) else {
            return;
        };
        let connector = Parsed::of(&known.entry);
        let entry = &connector.entry;
        let interval = connector.interval();
        let (failures, pause) = match verdict {
            Verdict::Gone => (0, None),
            Verdict::Conflict => (known.failures, Some(CONFLICT_PAUSE)),
            Verdict::Stalled(_) => (0, Some(next_phase(entry, interval, now))),
            Verdict::Settled => (
                0,
                connector
                    .looks_outside()
                    .then(|| next_phase(entry, interval, now)),
            ),
            // Somebody edits the spec, or what is there is looked at once more when its time comes.
            Verdict::Waiting {
                reason: Reason::PlanPending,
                after: None,
            } => (0, Some(next_phase(entry, interval, now))),
            Verdict::Waiting { reason, after } => {
                let pause =
                    after.unwrap_or_else(|| backoff(entry.uid(), known.failures, reason.longest_pause()));
                (known.failures.saturating_add(1), Some(pause))
            }
        };
        known.failures = failures;
        if let Some(pause) = pause.into_iter().chain(until_expiry(&connector, now)).min() {
            self.queue
                .schedule(key.clone(), now.instant + pause, Urgency::Recheck);
        }
    }

    /// Sets the time for the next look at a connector with which all is well, as after a restart.
    pub(super) fn look_later(&mut self, key: &Key, connector: &Parsed, now: Now) {
        if connector.is_suspended() || connector.entry.is_deleting() {
            return;
        }
        let outside = connector.looks_outside();
        let outside = outside.then(|| phase(&connector.entry, connector.interval(), now));
        if let Some(pause) = outside.into_iter().chain(until_expiry(connector, now)).min() {
            self.queue
                .schedule(key.clone(), now.instant + pause, Urgency::Recheck);
        }
    }
}

/// Until the next grant ends.
fn until_expiry(connector: &Parsed, now: Now) -> Option<Duration> {
    let end = grants::next_expiry(connector.sharing(), now.wall)?;
    Duration::try_from(end.duration_since(now.wall)).ok()
}

/// Twice as long each time, up to `longest`, and for each object a little different, so that what failed together does
/// not come back together.
fn backoff(uid: &str, failures: u32, longest: Duration) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(longest);
    let part = u32::try_from(hash(uid).wrapping_add(u64::from(failures)) % 256).unwrap_or_default();
    pause.mul_f64(1.0 - f64::from(part) / 1024.0)
}

/// Until the connector's own moment in the interval: the same after a restart, and spread over the interval.
fn phase(entry: &Entry, interval: Duration, now: Now) -> Duration {
    let interval = interval.as_millis().max(1);
    let now = u128::try_from(now.wall.as_millisecond()).unwrap_or_default();
    let moment = u128::from(hash(entry.uid())) % interval;
    let until = (moment + interval - now % interval) % interval;
    Duration::from_millis(u64::try_from(until).unwrap_or(u64::MAX))
}

/// The same after a look: a moment that is nearly here is taken for the one of that look.
fn next_phase(entry: &Entry, interval: Duration, now: Now) -> Duration {
    let until = phase(entry, interval, now);
    if until < interval / 2 {
        until + interval
    } else {
        until
    }
}

/// FNV-1a: spreads uids evenly, and is the same on every machine and in every version.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_differ_between_objects() {
        let longest = Duration::from_mins(5);
        let pauses: Vec<Duration> = (0..12).map(|failures| backoff("a", failures, longest)).collect();
        assert!(
            pauses[0] >= Duration::from_millis(750) && pauses[0] <= Duration::from_secs(1),
            "{pauses:?}"
        );
        assert!(
            pauses[11] >= Duration::from_secs(225) && pauses[11] <= longest,
            "{pauses:?}"
        );
        assert_ne!(backoff("a", 8, longest), backoff("b", 8, longest));
        assert!(backoff("a", u32::MAX, longest) <= longest);
    }
}
