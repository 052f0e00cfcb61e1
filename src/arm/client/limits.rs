//! What keeps a backend from being hammered: slots, a rate, pauses it asked for; and what it said of
//! itself. No client.

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant as StdInstant},
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use http::{HeaderMap, Method};
use tokio::{
    sync::{Mutex as AsyncMutex, Semaphore, SemaphorePermit},
    time::Instant,
};

use crate::arm::id::ResourceId;

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

/// The kinds of request that a backend counts apart.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    Read,
    Write,
    Delete,
}

impl Kind {
    fn of(method: &Method) -> Self {
        match *method {
            Method::DELETE => Self::Delete,
            Method::PUT | Method::PATCH | Method::POST => Self::Write,
            _ => Self::Read,
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
    pauses: Mutex<Pauses>,
    budget: Mutex<BTreeMap<String, i64>>,
    instance: Mutex<Option<String>>,
}

impl Limits {
    pub(super) fn new(slots: usize, rate: Option<NonZeroU32>) -> Self {
        Self {
            slots: Semaphore::new(slots.clamp(1, Semaphore::MAX_PERMITS)),
            pace: rate.map(Pace::new),
            pauses: Mutex::default(),
            budget: Mutex::default(),
            instance: Mutex::default(),
        }
    }

    /// Waits for a slot, then for the rate. The slot is free again when the answer is dropped.
    pub(super) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        // An error would mean a closed semaphore, and nothing closes it.
        let slot = self.slots.acquire().await.ok();
        if let Some(pace) = &self.pace {
            pace.next().await;
        }
        slot
    }

    /// Notes that requests like this one are unwelcome for `wait`, and tells for what that holds now: where several
    /// resources of a kind ask for it at one time, all of that kind are left alone.
    pub(super) fn pause(
        &self,
        method: &Method,
        resource: &ResourceId,
        wait: Duration,
        breadth: Breadth,
    ) -> Breadth {
        let (kind, until) = (Kind::of(method), Instant::now() + wait);
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
    pub(super) fn paused(&self, method: &Method, resource: &ResourceId) -> Option<Pause> {
        let kind = Kind::of(method);
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
            let mut budget = held(&self.budget);
            if let Some(kept) = budget.get_mut(quota) {
                *kept = left;
            } else if budget.len() < QUOTAS_KEPT {
                budget.insert(quota.to_owned(), left);
            }
        }
    }

    pub(super) fn budget(&self) -> BTreeMap<String, i64> {
        held(&self.budget).clone()
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

/// The runtime's clock, so that a test's paused time counts here as well.
#[derive(Clone)]
struct RuntimeClock;

impl Clock for RuntimeClock {
    type Instant = StdInstant;

    fn now(&self) -> StdInstant {
        Instant::now().into_std()
    }
}

/// Lets a number of requests start in a second.
struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<StdInstant>>,
    /// Held by the one who waits, so that the rest come in order and none is passed over.
    turn: AsyncMutex<()>,
}

impl Pace {
    fn new(per_second: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::direct_with_clock(Quota::per_second(per_second), RuntimeClock),
            turn: AsyncMutex::new(()),
        }
    }

    async fn next(&self) {
        let _turn = self.turn.lock().await;
        while let Err(not_until) = self.limiter.check() {
            tokio::time::sleep(not_until.wait_time_from(RuntimeClock.now())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::id::Scope;

    #[tokio::test(start_paused = true)]
    async fn requests_start_at_the_rate_after_a_burst() {
        let pace = Pace::new(NonZeroU32::new(10).unwrap());
        let start = Instant::now();
        for _ in 0..30 {
            pace.next().await;
        }
        let took = start.elapsed();
        assert!(
            (Duration::from_millis(1950)..Duration::from_millis(2200)).contains(&took),
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_and_holds_only_requests_of_its_kind() {
        let limits = Limits::new(1, None);
        let (one, other) = (resource("one"), resource("other"));
        limits.pause(&Method::PUT, &one, Duration::from_secs(10), Breadth::Kind);
        limits.pause(&Method::PATCH, &one, Duration::from_secs(2), Breadth::Kind);
        let expected = Pause {
            left: Duration::from_secs(10),
            breadth: Breadth::Kind,
        };
        assert_eq!(limits.paused(&Method::PUT, &other), Some(expected));
        assert_eq!(limits.paused(&Method::GET, &one), None);
        assert_eq!(limits.longest_pause(), Some(Duration::from_secs(10)));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(limits.paused(&Method::PUT, &one), None);
        assert_eq!(limits.longest_pause(), None);
    }

    fn resource(name: &str) -> ResourceId {
        Scope::new("s", "g").custom_api(name)
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_for_one_resource_leaves_the_others_alone_until_there_are_many() {
        let limits = Limits::new(1, None);
        let wait = Duration::from_secs(10);
        let ask = |name: &str| limits.pause(&Method::PUT, &resource(name), wait, Breadth::Resource);
        assert_eq!(ask("a"), Breadth::Resource);
        let told = limits.paused(&Method::PUT, &resource("A")).unwrap();
        assert_eq!(told.breadth, Breadth::Resource);
        assert_eq!(limits.paused(&Method::GET, &resource("a")), None);
        assert_eq!(limits.paused(&Method::PUT, &resource("b")), None);
        assert_eq!(limits.longest_pause(), None, "nothing is asked of all");
        // The same one again is still one.
        assert_eq!(ask("a"), Breadth::Resource);
        assert_eq!(
            [ask("b"), ask("c"), ask("d")].map(|it| it == Breadth::Kind),
            [false, false, true]
        );
        assert!(limits.paused(&Method::PUT, &resource("e")).is_some());

        tokio::time::advance(wait).await;
        assert_eq!(limits.paused(&Method::PUT, &resource("a")), None);
        assert_eq!(ask("f"), Breadth::Resource, "those that are over do not count");
    }

    #[test]
    fn quotas_are_kept_by_prefix_and_not_without_bound() {
        let limits = Limits::new(1, None);
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
        assert_eq!(limits.budget().get("subscription-reads"), Some(&11_999));
        assert_eq!(limits.budget().len(), QUOTAS_KEPT);
        assert_eq!(limits.instance().as_deref(), Some("one"));
    }
}
