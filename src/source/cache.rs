//! What ConfigMaps hold, kept for the many connectors that ask at once. Client given by the caller.
//!
//! A rolled-out ConfigMap wakes every connector that refers to it; the API server is asked once.
//! What is kept is bounded by bytes, and never served for another version than the one asked for.

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};

/// What one ConfigMap held when it was read.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Content {
    /// The values by key, of `data` and `binaryData`.
    pub(super) values: BTreeMap<String, Bytes>,
    /// `uid/resourceVersion` of the object that was read.
    pub(super) revision: String,
}

impl Content {
    /// About what it takes in memory, in bytes.
    fn weight(&self) -> usize {
        self.values
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum::<usize>()
            + ENTRY_OVERHEAD
    }
}

/// What an entry costs beside its values, in bytes, so that a million empty ConfigMaps are bounded too.
const ENTRY_OVERHEAD: usize = 512;

/// A ConfigMap as a watch knows it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Asked {
    pub(super) namespace: String,
    pub(super) name: String,
    /// The resourceVersion that the watch has seen.
    pub(super) version: String,
}

/// A bounded cache in which one read serves all who ask for the same version meanwhile.
/// `E` is why a read failed: it is told to all who waited, and not kept.
pub(super) struct Cache<E: Clone> {
    state: Arc<Mutex<State<E>>>,
    capacity: usize,
}

type Flight<E> = Shared<BoxFuture<'static, Result<Arc<Content>, E>>>;
type WeakFlight<E> = WeakShared<BoxFuture<'static, Result<Arc<Content>, E>>>;

struct State<E: Clone> {
    // Weak: a read that nobody waits for any more is dropped with its last waiter.
    flights: HashMap<Asked, WeakFlight<E>>,
    kept: HashMap<(String, String), Kept>,
    // Oldest first; what came longest ago goes first.
    arrivals: BTreeMap<u64, (String, String)>,
    next_arrival: u64,
    weight: usize,
}

struct Kept {
    version: String,
    content: Arc<Content>,
    arrival: u64,
}

impl<E: Clone + Send + Sync + 'static> Cache<E> {
    /// A cache of at most `capacity` bytes.
    pub(super) fn new(capacity: usize) -> Self {
        let state = State {
            flights: HashMap::new(),
            kept: HashMap::new(),
            arrivals: BTreeMap::new(),
            next_arrival: 0,
            weight: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            capacity,
        }
    }

    /// The content of that version: kept, or as `read` answers. The read is shared with all who ask
    /// for the same while it lasts, and goes on as long as one of them waits.
    pub(super) async fn get<F>(&self, asked: Asked, read: impl FnOnce() -> F) -> Result<Arc<Content>, E>
    where
        F: Future<Output = Result<Arc<Content>, E>> + Send + 'static,
    {
        let flight = {
            let mut state = lock(&self.state);
            if let Some(content) = state.find(&asked) {
                return Ok(content);
            }
            match state.flights.get(&asked).and_then(WeakShared::upgrade) {
                Some(flight) => flight,
                None => self.start(&mut state, asked, read()),
            }
        };
        flight.await
    }

    fn start<F>(&self, state: &mut State<E>, asked: Asked, read: F) -> Flight<E>
    where
        F: Future<Output = Result<Arc<Content>, E>> + Send + 'static,
    {
        let (shared_state, capacity, key) = (Arc::clone(&self.state), self.capacity, asked.clone());
        let flight = async move {
            let result = read.await;
            let mut state = lock(&shared_state);
            state.flights.remove(&key);
            if let Ok(content) = &result {
                state.keep(key, Arc::clone(content), capacity);
            }
            result
        }
        .boxed()
        .shared();
        state.flights.retain(|_, weak| weak.upgrade().is_some());
        state.flights.extend(flight.downgrade().map(|weak| (asked, weak)));
        flight
    }
}

impl<E: Clone> State<E> {
    fn find(&self, asked: &Asked) -> Option<Arc<Content>> {
        let kept = self.kept.get(&(asked.namespace.clone(), asked.name.clone()))?;
        (kept.version == asked.version).then(|| Arc::clone(&kept.content))
    }

    /// Keeps the content in place of an older version, and lets go of the oldest beyond `capacity`.
    fn keep(&mut self, asked: Asked, content: Arc<Content>, capacity: usize) {
        let key = (asked.namespace, asked.name);
        self.forget(&key);
        if content.weight() > capacity {
            return;
        }
        self.weight += content.weight();
        let arrival = self.next_arrival;
        self.next_arrival += 1;
        self.arrivals.insert(arrival, key.clone());
        self.kept.insert(
            key,
            Kept {
                version: asked.version,
                content,
                arrival,
            },
        );
        while self.weight > capacity {
            let Some((_, oldest)) = self.arrivals.pop_first() else {
                return;
            };
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, key: &(String, String)) {
        if let Some(kept) = self.kept.remove(key) {
            self.weight -= kept.content.weight();
            self.arrivals.remove(&kept.arrival);
        }
    }
}

/// The state also after a panic elsewhere: each change of it is made whole under one lock.
fn lock<E: Clone>(state: &Mutex<State<E>>) -> MutexGuard<'_, State<E>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::{join_all, pending, ready};
    use tokio::sync::oneshot;

    use super::*;

    fn asked(name: &str, version: &str) -> Asked {
        Asked {
            namespace: "shop".into(),
            name: name.into(),
            version: version.into(),
        }
    }

    fn content(size: usize) -> Arc<Content> {
        let values = BTreeMap::from([("a".to_owned(), Bytes::from(vec![b' '; size]))]);
        Arc::new(Content {
            values,
            revision: "uid/1".into(),
        })
    }

    #[tokio::test]
    async fn many_who_ask_at_once_cost_one_read() {
        let cache = Cache::<()>::new(10_000);
        let reads = AtomicUsize::new(0);
        let (answer, answered) = oneshot::channel::<()>();
        let answered = answered.shared();
        let asking = (0..50).map(|_| {
            cache.get(asked("a", "1"), || {
                reads.fetch_add(1, Ordering::Relaxed);
                answered.clone().map(|_| Ok(content(10)))
            })
        });
        let (results, ()) = tokio::join!(join_all(asking), async { answer.send(()).unwrap() });
        assert!(results.iter().all(|result| result == &Ok(content(10))));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        assert_eq!(cache.get(asked("a", "1"), pending).await, Ok(content(10)));
    }

    #[tokio::test]
    async fn another_version_is_read_anew_and_replaces_the_older() {
        let cache = Cache::<()>::new(10_000);
        cache
            .get(asked("a", "1"), || ready(Ok(content(1))))
            .await
            .unwrap();
        assert_eq!(
            cache.get(asked("a", "2"), || ready(Ok(content(2)))).await,
            Ok(content(2))
        );
        assert_eq!(
            cache.get(asked("a", "1"), || ready(Ok(content(3)))).await,
            Ok(content(3))
        );
        assert_eq!(lock(&cache.state).weight, content(3).weight());
    }

    #[tokio::test]
    async fn a_failure_is_told_and_not_kept() {
        let cache = Cache::<&str>::new(10_000);
        assert_eq!(
            cache.get(asked("a", "1"), || ready(Err("down"))).await,
            Err("down")
        );
        assert_eq!(
            cache.get(asked("a", "1"), || ready(Ok(content(1)))).await,
            Ok(content(1))
        );
    }

    #[tokio::test]
    async fn a_read_goes_on_when_the_first_who_asked_leaves() {
        let cache = Cache::<()>::new(10_000);
        let (answer, answered) = oneshot::channel::<()>();
        let mut first = cache
            .get(asked("a", "1"), || answered.map(|_| Ok(content(1))))
            .boxed_local();
        assert!(futures::poll!(&mut first).is_pending());
        let mut second = cache.get(asked("a", "1"), pending).boxed_local();
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        answer.send(()).unwrap();
        assert_eq!(second.await, Ok(content(1)));
    }

    #[tokio::test]
    async fn a_read_nobody_waits_for_is_forgotten() {
        let cache = Cache::<()>::new(10_000);
        let mut abandoned = cache.get(asked("a", "1"), pending).boxed_local();
        assert!(futures::poll!(&mut abandoned).is_pending());
        drop(abandoned);
        assert_eq!(
            cache.get(asked("a", "1"), || ready(Ok(content(1)))).await,
            Ok(content(1))
        );
        assert!(lock(&cache.state).flights.is_empty());
    }

    #[tokio::test]
    async fn what_is_kept_stays_within_its_bytes() {
        let cache = Cache::<()>::new(10_000);
        for index in 0..100 {
            cache
                .get(asked(&index.to_string(), "1"), || ready(Ok(content(2000))))
                .await
                .unwrap();
            assert!(lock(&cache.state).weight <= 10_000);
        }
        cache
            .get(asked("huge", "1"), || ready(Ok(content(20_000))))
            .await
            .unwrap();
        let state = lock(&cache.state);
        assert_eq!((state.kept.len(), state.arrivals.len()), (3, 3));
        assert!(state.kept.contains_key(&("shop".to_owned(), "99".to_owned())));
    }
}
