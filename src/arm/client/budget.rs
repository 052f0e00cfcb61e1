//! How many requests may be started: a rate, and what Resource Manager allows a subscription. No client.

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{
        Arc, Mutex as StdMutex, PoisonError, Weak,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant as StdInstant,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::{sync::Mutex, time::Instant};

use crate::arm::operation::Kind;

/// Reads that Resource Manager allows at once, and a second: Azure's "Understand how Azure Resource Manager throttles
/// requests", section "Regional throttling and token bucket algorithm", for one principal in one subscription.
const READS: Allowance = Allowance {
    at_once: 250,
    a_second: 25,
};
/// The same for writes and, apart from them, for deletes.
const CHANGES: Allowance = Allowance {
    at_once: 200,
    a_second: 10,
};

struct Allowance {
    at_once: u32,
    a_second: u32,
}

impl Allowance {
    /// What is left to people and programs that sign in with the same identity.
    const fn reserve(&self) -> u32 {
        self.at_once / 10
    }

    fn quota(&self) -> Quota {
        let one = NonZeroU32::MIN;
        let number = |number: u32| NonZeroU32::new(number).unwrap_or(one);
        Quota::per_second(number(self.a_second)).allow_burst(number(self.at_once - self.reserve()))
    }
}

/// What Resource Manager allows one principal in one subscription, a tenth of it left to others. A request waits here
/// rather than being refused there. Shared by all clients that are counted together.
#[derive(Debug)]
pub struct Budget {
    reads: Pace,
    writes: Pace,
    deletes: Pace,
}

impl Default for Budget {
    fn default() -> Self {
        let pace = |allowance: &Allowance| Pace::new(allowance.quota());
        Self {
            reads: pace(&READS),
            writes: pace(&CHANGES),
            deletes: pace(&CHANGES),
        }
    }
}

impl Budget {
    /// Waits until another request of that kind may start.
    pub(super) async fn next(&self, kind: Kind) {
        match kind {
            Kind::Read => self.reads.next().await,
            Kind::Write => self.writes.next().await,
            Kind::Delete => self.deletes.next().await,
        }
    }

    /// Notes what is left of a quota by the backend's own word: others may have used of it.
    pub(super) fn told(&self, quota: &str, left: i64) {
        let (pace, allowance) = match quota {
            "subscription-reads" => (&self.reads, READS),
            "subscription-writes" => (&self.writes, CHANGES),
            "subscription-deletes" => (&self.deletes, CHANGES),
            _ => return,
        };
        // More than fits into a number of that size is certainly enough.
        let left = u32::try_from(left.max(0)).unwrap_or(u32::MAX);
        pace.lower_to(left.saturating_sub(allowance.reserve()));
    }
}

/// The budgets in use, by who spends from them.
#[derive(Debug, Default)]
pub struct Budgets(StdMutex<BTreeMap<Spender, Weak<Budget>>>);

/// Who is counted apart from all others: a principal, in a subscription of a resource manager.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Spender {
    /// The resource manager's address.
    pub resource_manager: String,
    /// The subscription.
    pub subscription: String,
    /// The principal, by whatever tells it from others.
    pub principal: String,
}

impl Budgets {
    /// The budget of that spender, which lives as long as somebody holds it.
    pub fn of(&self, spender: Spender) -> Arc<Budget> {
        // What is kept is replaced whole, so a panic elsewhere leaves nothing half done.
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        budgets.retain(|_, budget| budget.strong_count() > 0);
        let known = budgets.get(&spender).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let budget = Arc::<Budget>::default();
            budgets.insert(spender, Arc::downgrade(&budget));
            budget
        })
    }
}

/// The runtime's clock, so that a test's paused time counts here as well.
#[derive(Clone, Debug)]
struct RuntimeClock;

impl Clock for RuntimeClock {
    type Instant = StdInstant;

    fn now(&self) -> StdInstant {
        Instant::now().into_std()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, RuntimeClock, StateInformationMiddleware>;

/// Lets a number of requests start in a second.
#[derive(Debug)]
pub(super) struct Pace {
    limiter: Limiter,
    /// How many more could have started at once after the last one did.
    left: AtomicU32,
    /// Held by the one who waits, so that the rest come in order and none is passed over.
    turn: Mutex<()>,
}

impl Pace {
    pub(super) fn new(quota: Quota) -> Self {
        Self {
            limiter: RateLimiter::direct_with_clock(quota, RuntimeClock)
                .with_middleware::<StateInformationMiddleware>(),
            left: AtomicU32::new(quota.burst_size().get()),
            turn: Mutex::default(),
        }
    }

    pub(super) async fn next(&self) {
        let _turn = self.turn.lock().await;
        loop {
            match self.limiter.check() {
                Ok(state) => return self.left.store(state.remaining_burst_capacity(), Relaxed),
                Err(not_until) => {
                    tokio::time::sleep(not_until.wait_time_from(RuntimeClock.now())).await;
                }
            }
        }
    }

    /// Lets no more than `left` start at once from now on. What was saved up since the last one started stays.
    fn lower_to(&self, left: u32) {
        let surplus = self.left.load(Relaxed).saturating_sub(left);
        let taken = NonZeroU32::new(surplus).is_some_and(|surplus| {
            let result = self.limiter.check_n(surplus);
            result.is_ok_and(|granted| granted.is_ok())
        });
        if taken {
            self.left.store(left, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn seconds(budget: &Budget, kind: Kind, requests: usize) -> u64 {
        let start = Instant::now();
        for _ in 0..requests {
            budget.next(kind).await;
        }
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn requests_start_at_the_rate_after_a_burst() {
        let pace = Pace::new(Quota::per_second(NonZeroU32::new(10).unwrap()));
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
    async fn each_kind_of_request_has_a_budget_of_its_own_and_leaves_a_tenth_to_others() {
        let budget = Budget::default();
        assert_eq!(seconds(&budget, Kind::Read, 225).await, 0);
        assert_eq!(seconds(&budget, Kind::Write, 180).await, 0);
        assert_eq!(seconds(&budget, Kind::Delete, 180).await, 0);
        assert_eq!(seconds(&budget, Kind::Read, 101).await, 4);
        // Meanwhile four seconds' worth of writes came back.
        assert_eq!(seconds(&budget, Kind::Write, 40 + 21).await, 2);
    }

    #[test]
    fn who_is_counted_together_spends_from_one_budget_and_others_from_another() {
        let budgets = Budgets::default();
        let spender = |principal: &str| Spender {
            resource_manager: "https://management.azure.com".to_owned(),
            subscription: "s".to_owned(),
            principal: principal.to_owned(),
        };
        let (one, same, other) = (
            budgets.of(spender("a")),
            budgets.of(spender("a")),
            budgets.of(spender("b")),
        );
        assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
        drop((one, same));
        drop(budgets.of(spender("c")));
        assert_eq!(
            budgets.0.lock().unwrap().len(),
            2,
            "those in use, and the last one"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_others_used_is_not_used_again() {
        let budget = Budget::default();
        budget.next(Kind::Read).await;
        budget.told("subscription-reads", 75);
        assert_eq!(seconds(&budget, Kind::Read, 50).await, 0);
        assert_eq!(seconds(&budget, Kind::Read, 26).await, 1);
        // A backend that counts by the hour, or another quota, takes nothing away.
        let budget = Budget::default();
        budget.told("subscription-reads", 11_999);
        budget.told("tenant-reads", 0);
        budget.told("subscription-reads", i64::MAX);
        assert_eq!(seconds(&budget, Kind::Read, 225).await, 0);
    }
}
