//! The status of a backend after a look at it, or nothing where nothing changed. No client.

use jiff::Timestamp;

use super::sweep::Tally;
use crate::{
    crd::status::BackendStatus,
    reconcile::{
        conditions::{self, Kind, Truth},
        reason::Class,
        status::Stop,
    },
};

/// What a look established.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// Whether the backend can be used, or why not.
    pub result: Result<(), Stop>,
    /// Which registry answered.
    pub instance: Option<String>,
    /// What is counted.
    pub tally: Tally,
}

/// The status after a look, or `None` where it is what it was.
pub(super) fn next(
    old: &BackendStatus,
    judged: Judged,
    generation: i64,
    now: Timestamp,
) -> Option<BackendStatus> {
    let Judged {
        result,
        instance,
        tally,
    } = judged;
    let mut new = old.clone();
    // At the first look nobody could be ready yet: counts come a moment later, on their own.
    if old.connectors.is_some() {
        tally.tell(&mut new);
    }
    let list = &mut new.conditions;
    let stop = result.as_ref().err();
    for (kind, class) in [
        (Kind::Reconciling, Class::Waiting),
        (Kind::Stalled, Class::Stalled),
    ] {
        match stop.filter(|stop| stop.reason.class() == class) {
            Some(stop) => {
                conditions::set(
                    list,
                    kind,
                    (Truth::True, stop.reason.as_str(), &stop.message),
                    generation,
                    now,
                );
            }
            None => conditions::remove(list, kind),
        }
    }
    match &result {
        Ok(()) => {
            conditions::set(
                list,
                Kind::Ready,
                (Truth::True, "Ready", "the backend answers"),
                generation,
                now,
            );
            new.observed_generation = Some(generation);
            // The first that answers is the one; another in its place is judged against it.
            new.registry_instance = new.registry_instance.or(instance);
        }
        Err(stop) => {
            conditions::set(
                list,
                Kind::Ready,
                (Truth::False, stop.reason.as_str(), &stop.message),
                generation,
                now,
            );
            if stop.reason.class() == Class::Stalled {
                new.observed_generation = Some(generation);
            }
        }
    }
    (*old != new).then_some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(connectors: i64, failed: i64) -> Judged {
        Judged {
            result: Ok(()),
            instance: None,
            tally: Tally {
                connectors,
                failed,
                throttled_until: None,
            },
        }
    }

    #[test]
    fn a_first_look_does_not_count_those_that_waited_for_it_as_failed() {
        let first = next(&BackendStatus::default(), judged(4, 4), 1, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((first.connectors, first.failed), (None, None));
        assert!(conditions::holds(&first.conditions, Kind::Ready));
    }

    #[test]
    fn a_later_look_brings_the_counts_up_to_date_in_the_same_write() {
        let counted = BackendStatus {
            connectors: Some(4),
            failed: Some(4),
            ..BackendStatus::default()
        };
        let later = next(&counted, judged(4, 1), 1, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((later.connectors, later.failed), (Some(4), Some(1)));
        assert_eq!(
            next(&later, judged(4, 1), 1, Timestamp::UNIX_EPOCH),
            None,
            "nothing changed"
        );
    }
}
