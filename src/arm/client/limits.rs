//! What keeps a backend from being hammered: slots, a rate, a budget, pauses it asked for; and what it said
//! of itself. No client.

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::Quota;
use http::HeaderMap;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

use super::budget::{Budget, Pace};
use crate::arm::{id::ResourceId, operation::Kind};

/// The answer header by which a registry tells which one it is.
pub const INSTANCE_HEADER: &str = "connectors-registry-instance";

const REMAINING_PREFIX: &str = "x-ms-ratelimit-remaining-";
/// More quotas than a backend has; further names are not kept.
const QUOTAS_KEPT: usize = 32;
/// So many resources of which each asks for a pause are no accident: the backend itself is busy.
const MANY: usize = 4;

/// The client's own waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// Before a quick retry; doubled before the second.
    pub(super) quick_retry: Duration,
    /// Between two looks at a long-running operation that names no interval (Azure's contract: 60 s).
    pub(super) poll: Duration,
    /// The shortest time between two looks.
    pub(super) shortest_poll: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            quick_retry: Duration::from_millis(200),
            poll: Duration::from_mins(1),
            shortest_poll: Duration::from_secs(1),
        }
    }
}

/// What a backend wants to be left alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Breadth {
    /// All requests of a kind.
    Kind,
    /// One resource: some providers answer so where it is locked.
    Resource,
}

/// A pause that holds, and for what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Pause {
    pub(super) left: Duration,
    pub(super) breadth: Breadth,
}

#[derive(Default)]
struct Pauses {
    of_kinds: BTreeMap<Kind, Instant>,
    of_resources: BTreeMap<(Kind, String), Instant>,
}

pub(super) struct Limits {
    slots: Semaphore,
    pace: Option<Pace>,
    budget: Option<Arc<Budget>>,
    pauses: Mutex<Pauses>,
    quotas: Mutex<BTreeMap<String, i64>>,
    instance: Mutex<Option<String>>,
}

impl Limits {
    pub(super) fn new(slots: usize, rate: Option<NonZeroU32>, budget: Option<Arc<Budget>>) -> Self {
        Self {
            slots: Semaphore::new(slots.clamp(1, Semaphore::MAX_PERMITS)),
            pace: rate.map(|rate| Pace::new(Quota::per_second(rate))),
            budget,
            pauses: Mutex::default(),
            quotas: Mutex::default(),
            instance: Mutex::default(),
        }
    }

    /// Waits for a slot, then for the rate and the budget of such requests. The slot is free again when the answer is
    /// dropped.
    pub(super) async fn slot(&self, kind: Kind) -> Option<SemaphorePermit<'_>> {
        // An error would mean a closed semaphore, and nothing closes it.
        let slot = self.slots.acquire().await.ok();
        if let Some(pace) = &self.pace {
            pace.next().await;
        }
        if let Some(budget) = &self.budget {
            budget.next(kind).await;
        }
        slot
    }

    /// Notes that requests like this one are unwelcome for `wait`, and tells for what that holds now: where several
    /// resources of a kind ask for it at one time, all of that kind are left alone.
    pub(super) fn pause(
        &self,
        kind: Kind,
        resource: &ResourceId,
        wait: Duration,
        breadth: Breadth,
    ) -> Breadth {
        let until = Instant::now() + wait;
        let mut pauses = held(&self.pauses);
        pauses.of_resources.retain(|_, until| remaining(*until).is_some());
        if breadth == Breadth::Resource {
            let kept = pauses.of_resources.entry((kind, resource.key())).or_insert(until);
            *kept = until.max(*kept);
        }
        let paused = pauses.of_resources.keys().filter(|(other, _)| *other == kind);
        if breadth == Breadth::Resource && paused.count() < MANY {
            return Breadth::Resource;
        }
        let kept = pauses.of_kinds.entry(kind).or_insert(until);
        *kept = until.max(*kept);
        Breadth::Kind
    }

    /// How long requests like this one are still unwelcome.
    pub(super) fn paused(&self, kind: Kind, resource: &ResourceId) -> Option<Pause> {
        let pauses = held(&self.pauses);
        let pause = |until: Option<&Instant>, breadth: Breadth| {
            let left = remaining(*until?)?;
            Some(Pause { left, breadth })
        };
        let of_kind = pause(pauses.of_kinds.get(&kind), Breadth::Kind);
        of_kind.or_else(|| {
            // Most of the time there is none, and nothing to be built for the look.
            let of_resources = Some(&pauses.of_resources).filter(|all| !all.is_empty());
            pause(of_resources?.get(&(kind, resource.key())), Breadth::Resource)
        })
    }

    pub(super) fn longest_pause(&self) -> Option<Duration> {
        let pauses = held(&self.pauses);
        pauses.of_kinds.values().copied().filter_map(remaining).max()
    }

    /// Notes what the headers of an answer tell about the backend.
    pub(super) fn note(&self, headers: &HeaderMap) {
        if let Some(id) = headers.get(INSTANCE_HEADER).and_then(|id| id.to_str().ok()) {
            let mut instance = held(&self.instance);
            if instance.as_deref() != Some(id) {
                *instance = Some(id.to_owned());
            }
        }
        for (name, value) in headers {
            let Some(quota) = name.as_str().strip_prefix(REMAINING_PREFIX) else {
                continue;
            };
            let Some(left) = value.to_str().ok().and_then(|left| left.trim().parse().ok()) else {
                continue;
            };
            if let Some(budget) = &self.budget {
                budget.told(quota, left);
            }
            let mut quotas = held(&self.quotas);
            if let Some(kept) = quotas.get_mut(quota) {
                *kept = left;
            } else if quotas.len() < QUOTAS_KEPT {
                quotas.insert(quota.to_owned(), left);
            }
        }
    }

    pub(super) fn quotas(&self) -> BTreeMap<String, i64> {
        held(&self.quotas).clone()
    }

    pub(super) fn instance(&self) -> Option<String> {
        held(&self.instance).clone()
    }
}

fn remaining(until: Instant) -> Option<Duration> {
    until
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is kept is replaced whole, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::id::Scope;

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_and_holds_only_requests_of_its_kind() {
        let limits = Limits::new(1, None, None);
        let (one, other) = (resource("one"), resource("other"));
        limits.pause(Kind::Write, &one, Duration::from_secs(10), Breadth::Kind);
        limits.pause(Kind::Write, &one, Duration::from_secs(2), Breadth::Kind);
        let expected = Pause {
            left: Duration::from_secs(10),
            breadth: Breadth::Kind,
        };
        assert_eq!(limits.paused(Kind::Write, &other), Some(expected));
        assert_eq!(limits.paused(Kind::Read, &one), None);
        assert_eq!(limits.longest_pause(), Some(Duration::from_secs(10)));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(limits.paused(Kind::Write, &one), None);
        assert_eq!(limits.longest_pause(), None);
    }

    fn resource(name: &str) -> ResourceId {
        Scope::new("s", "g").custom_api(name)
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_for_one_resource_leaves_the_others_alone_until_there_are_many() {
        let limits = Limits::new(1, None, None);
        let wait = Duration::from_secs(10);
        let ask = |name: &str| limits.pause(Kind::Write, &resource(name), wait, Breadth::Resource);
        assert_eq!(ask("a"), Breadth::Resource);
        let told = limits.paused(Kind::Write, &resource("A")).unwrap();
        assert_eq!(told.breadth, Breadth::Resource);
        assert_eq!(limits.paused(Kind::Read, &resource("a")), None);
        assert_eq!(limits.paused(Kind::Write, &resource("b")), None);
        assert_eq!(limits.longest_pause(), None, "nothing is asked of all");
        // The same one again is still one.
        assert_eq!(ask("a"), Breadth::Resource);
        assert_eq!(
            [ask("b"), ask("c"), ask("d")].map(|it| it == Breadth::Kind),
            [false, false, true]
        );
        assert!(limits.paused(Kind::Write, &resource("e")).is_some());

        tokio::time::advance(wait).await;
        assert_eq!(limits.paused(Kind::Write, &resource("a")), None);
        assert_eq!(ask("f"), Breadth::Resource, "those that are over do not count");
    }

    #[test]
    fn quotas_are_kept_by_prefix_and_not_without_bound() {
        let limits = Limits::new(1, None, None);
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-ms-ratelimit-remaining-subscription-reads",
            "11999".parse().unwrap(),
        );
        headers.insert("x-ms-ratelimit-remaining-resource", "a;1,b;2".parse().unwrap());
        headers.insert(INSTANCE_HEADER, "one".parse().unwrap());
        for number in 0..100 {
            let name = format!("{REMAINING_PREFIX}x{number}");
            headers.insert(http::HeaderName::try_from(name).unwrap(), "1".parse().unwrap());
        }
        limits.note(&headers);
        assert_eq!(limits.quotas().get("subscription-reads"), Some(&11_999));
        assert_eq!(limits.quotas().len(), QUOTAS_KEPT);
        assert_eq!(limits.instance().as_deref(), Some("one"));
    }
}
