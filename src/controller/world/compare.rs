//! Which documents are compared in turn: lists do not show them, so each is read once a day. No client.

use jiff::{SignedDuration, Timestamp};

use super::{Now, World, dependents::Referent, schedule::hash};
use crate::reconcile::{entry::Key, target::BackendKey};

/// The time in which every document is compared once.
const ROUND: SignedDuration = SignedDuration::from_hours(24);

impl World {
    /// The connectors of a backend whose moment in the round came since the last look, as many as its limit allows;
    /// they are marked. The first look after a start begins the count and compares nothing.
    pub(super) fn due_comparisons(&mut self, key: &BackendKey, now: Now) -> Vec<Key> {
        let Some(state) = self.backends.get_mut(key) else {
            return Vec::new();
        };
        let Some(since) = state.compared_until.replace(now.wall) else {
            return Vec::new();
        };
        let most = match state.object().policy.limits.deep_checks_per_hour {
            Some(an_hour) => share(an_hour, now.wall.duration_since(since)),
            None => usize::MAX,
        };
        let users = self.dependents.of(&Referent::Backend(key.clone())).into_iter();
        let due = users.filter(|user| {
            let connector = self.connectors.get(user);
            connector.is_some_and(|it| it.done && comes_up(it.entry.uid(), since, now.wall))
        });
        let due: Vec<Key> = due.take(most).collect();
        self.compare.extend(due.iter().cloned());
        due
    }
}

/// How many of so many an hour fall into a span, rounded up, so that a small limit does not come to nothing.
fn share(an_hour: i64, span: SignedDuration) -> usize {
    let seconds = u64::try_from(span.as_secs()).unwrap_or_default();
    let product = u64::try_from(an_hour).unwrap_or_default().saturating_mul(seconds);
    usize::try_from(product.div_ceil(3600)).unwrap_or(usize::MAX)
}

/// Whether an object's own moment in the round lies after `since` and not after `now`.
fn comes_up(uid: &str, since: Timestamp, now: Timestamp) -> bool {
    let round = ROUND.as_secs();
    let moment = i64::try_from(hash(uid) % u64::try_from(round).unwrap_or(1)).unwrap_or_default();
    // Rounds that have ended by a time, counted from the object's own moment.
    let ended = |at: Timestamp| (at.as_second() - moment).div_euclid(round);
    ended(since) < ended(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_object_comes_up_once_a_day() {
        for uid in ["a", "b", "7c0ae7d2-7a1c-4f43-8f0a-6b1d3c1f5f0e"] {
            let hours = (0..48).map(|hour| comes_up(uid, at(hour * 3600), at((hour + 1) * 3600)));
            assert_eq!(hours.filter(|up| *up).count(), 2, "{uid}");
        }
    }

    #[test]
    fn a_limit_counts_by_the_hour_and_zero_means_none() {
        assert_eq!(share(60, SignedDuration::from_mins(30)), 30);
        assert_eq!(share(1, SignedDuration::from_secs(10)), 1);
        assert_eq!(share(0, SignedDuration::from_hours(5)), 0);
    }
}
