//! What runs next: a work queue with two urgencies and a bounded lane for each backend. No client.
//!
//! It knows no time of its own and does no work of its own: the caller says when something happened, asks for the
//! next key, and says when that key's run has ended. A run answers everything that was asked for before it began;
//! what is asked for while it runs leads to another run, never to two at once.

mod lanes;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    hash::Hash,
    sync::Arc,
    time::Instant,
};

use self::lanes::Lanes;
use crate::metrics::Depth;

/// How soon a key is wanted; the more urgent is the smaller.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Urgency {
    /// Somebody waits for it: a new object, an edit, a reference that appeared.
    Change,
    /// Nobody waits for it: a periodic look, a retry.
    Recheck,
}

/// Keys that wait for their turn, for a time, or for their run to end.
///
/// A key takes one place in each of its lanes while it runs, and starts only when all of them have one free and none
/// is closed. Keys of other lanes never wait for it. Among the keys that can start, changes go before re-checks and
/// older ones before younger; but every eighth place of a lane goes to a re-check if one waits for that lane. A limit
/// over all lanes is the caller's: it stops asking.
#[derive(Debug)]
pub struct Queue<K, L> {
    sequence: u64,
    items: HashMap<K, Item<L>>,
    /// Due, and their lanes are not looked up yet.
    unplaced: BTreeMap<u64, K>,
    delayed: BTreeMap<(Instant, u64), K>,
    lanes: Lanes<K, L>,
}

/// A key is here while it runs or is to run, and not longer.
#[derive(Debug)]
struct Item<L> {
    /// The lanes in which it holds a place.
    running: Option<Arc<[L]>>,
    next: Option<Next<L>>,
}

/// The run that is to come, after the present one if there is one.
#[derive(Debug)]
enum Next<L> {
    Due {
        urgency: Urgency,
        sequence: u64,
        since: Instant,
        /// The lanes in which it waits; absent until they are looked up, and while the key runs.
        place: Option<Arc<[L]>>,
    },
    Delayed {
        at: Instant,
        urgency: Urgency,
        sequence: u64,
    },
}

impl<K: Clone + Eq + Hash, L: Clone + Eq + Hash + Ord> Queue<K, L> {
    /// An empty queue; a lane has `capacity` places unless [`Queue::set_capacity`] says otherwise.
    pub fn new(capacity: usize) -> Self {
        Self {
            sequence: 0,
            items: HashMap::new(),
            unplaced: BTreeMap::new(),
            delayed: BTreeMap::new(),
            lanes: Lanes::new(capacity),
        }
    }

    /// `key` is due. If it waits already it keeps its turn, or comes to the changes if it was among the re-checks;
    /// its lanes are looked up again. If it runs, it runs once more afterwards. A time set for it is dropped.
    pub fn push(&mut self, key: K, urgency: Urgency, now: Instant) {
        let (urgency, sequence, since) = match self.take_next(&key) {
            Some(Next::Due {
                urgency: before,
                sequence,
                since,
                ..
            }) if before <= urgency => (before, sequence, since),
            Some(Next::Due { .. } | Next::Delayed { .. }) | None => (urgency, self.next_sequence(), now),
        };
        let item = self.items.entry(key.clone()).or_insert(Item::IDLE);
        item.next = Some(Next::Due {
            urgency,
            sequence,
            since,
            place: None,
        });
        if item.running.is_none() {
            self.unplaced.insert(sequence, key);
        }
    }

    /// `key` becomes due at `at`, unless it is due already or will be earlier.
    pub fn schedule(&mut self, key: K, at: Instant, urgency: Urgency) {
        match self.items.get(&key).and_then(|item| item.next.as_ref()) {
            Some(Next::Due { .. }) => return,
            Some(Next::Delayed { at: before, .. }) if *before <= at => return,
            Some(Next::Delayed { .. }) | None => {}
        }
        self.take_next(&key);
        let sequence = self.next_sequence();
        self.delayed.insert((at, sequence), key.clone());
        self.items.entry(key).or_insert(Item::IDLE).next = Some(Next::Delayed {
            at,
            urgency,
            sequence,
        });
    }

    /// `key` is not to run any more; a run that has begun keeps its places until [`Queue::done`].
    pub fn remove(&mut self, key: &K) {
        self.take_next(key);
        self.drop_if_idle(key);
    }

    /// Starts the next key, if one is due and has room in each of its lanes, and tells how urgent it was. Lanes are
    /// looked up once a push; a key whose lanes have changed since must be pushed again. Its cost does not depend on
    /// how many keys wait.
    pub fn next(&mut self, now: Instant, mut lanes_of: impl FnMut(&K) -> Vec<L>) -> Option<(K, Urgency)> {
        while let Some(entry) = self.delayed.first_entry().filter(|entry| entry.key().0 <= now) {
            let key = entry.get().clone();
            if let Some(Next::Delayed { urgency, .. }) = self.take_next(&key) {
                self.push(key, urgency, now);
            }
        }
        self.lanes.reopen(now);
        while let Some((sequence, key)) = self.unplaced.pop_first() {
            let lanes = lanes_of(&key);
            self.place(sequence, key, lanes);
        }
        let (key, urgency, place) = self.lanes.start()?;
        if let Some(item) = self.items.get_mut(&key) {
            item.running = Some(place);
            item.next = None;
        }
        Some((key, urgency))
    }

    /// The run of `key` has ended: its places are free, and it waits again if that was asked for meanwhile.
    pub fn done(&mut self, key: &K) {
        let Some(item) = self.items.get_mut(key) else {
            return;
        };
        let Some(place) = item.running.take() else {
            return;
        };
        if let Some(Next::Due { sequence, .. }) = &item.next {
            self.unplaced.insert(*sequence, key.clone());
        }
        self.lanes.free(&place);
        self.drop_if_idle(key);
    }

    /// Whether a run of `key` has begun and not ended.
    pub fn is_running(&self, key: &K) -> bool {
        self.items.get(key).is_some_and(|item| item.running.is_some())
    }

    /// Whether the key is to run, now or at a set time.
    pub fn is_waiting(&self, key: &K) -> bool {
        self.items.get(key).is_some_and(|item| item.next.is_some())
    }

    /// When a time set for a key or a closed lane arrives next: [`Queue::next`] is worth a call then, even if
    /// nothing else happens before.
    pub fn next_due(&self) -> Option<Instant> {
        let delayed = self.delayed.keys().next().map(|(at, _)| *at);
        delayed.into_iter().chain(self.lanes.next_opening()).min()
    }

    /// `lane` has `capacity` places from now on; runs beyond that go on to their end.
    pub fn set_capacity(&mut self, lane: L, capacity: usize) {
        self.lanes.set_capacity(lane, capacity);
    }

    /// Nothing starts in `lane` before `until`, or before the later time that was set already.
    pub fn close_until(&mut self, lane: L, until: Instant) {
        self.lanes.close_until(lane, until);
    }

    /// What was said about `lane` is forgotten: it is open and has the usual number of places.
    pub fn forget_lane(&mut self, lane: &L) {
        self.lanes.forget(lane);
    }

    /// How much waits and runs. Looks at every key: meant for metrics, not for decisions.
    pub fn depth(&self, now: Instant) -> Depth {
        let mut depth = Depth::default();
        for item in self.items.values() {
            match (&item.running, &item.next) {
                (Some(_), _) => depth.running += 1,
                (None, Some(Next::Delayed { .. })) => depth.delayed += 1,
                (None, Some(Next::Due { urgency, since, .. })) => {
                    let (count, oldest) = match urgency {
                        Urgency::Change => (&mut depth.changes, &mut depth.oldest_change),
                        Urgency::Recheck => (&mut depth.rechecks, &mut depth.oldest_recheck),
                    };
                    *count += 1;
                    *oldest = (*oldest).max(Some(now.saturating_duration_since(*since)));
                }
                (None, None) => {}
            }
        }
        depth
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Takes the coming run of `key` off wherever it waits.
    fn take_next(&mut self, key: &K) -> Option<Next<L>> {
        let next = self.items.get_mut(key)?.next.take()?;
        match &next {
            Next::Delayed { at, sequence, .. } => {
                self.delayed.remove(&(*at, *sequence));
            }
            Next::Due {
                sequence,
                place: None,
                ..
            } => {
                self.unplaced.remove(sequence);
            }
            Next::Due {
                urgency,
                sequence,
                place: Some(place),
                ..
            } => {
                self.lanes.remove(place, *urgency, *sequence);
            }
        }
        Some(next)
    }

    /// Puts a due key into the lanes it goes through.
    fn place(&mut self, waiting: u64, key: K, mut lanes: Vec<L>) {
        lanes.sort();
        lanes.dedup();
        if let Some(Next::Due {
            urgency,
            sequence,
            place,
            ..
        }) = self.items.get_mut(&key).and_then(|item| item.next.as_mut())
            && *sequence == waiting
        {
            *place = Some(self.lanes.insert(lanes, *urgency, *sequence, key));
        }
    }

    fn drop_if_idle(&mut self, key: &K) {
        if let Entry::Occupied(entry) = self.items.entry(key.clone())
            && entry.get().running.is_none()
            && entry.get().next.is_none()
        {
            entry.remove();
        }
    }
}

impl<L> Item<L> {
    const IDLE: Self = Self {
        running: None,
        next: None,
    };
}
