//! Who can start: keys that are due, by the lanes they need, and the places that are free. No client.
//!
//! Keys that need the same lanes wait in one set, so that thousands behind a full or closed lane cost nothing: only
//! the sets that can start are in `open`, each with the one key that goes first. The one invariant is that `open` is
//! exact: every change to a lane or to a set brings its sets' entries up to date.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::Hash,
    slice,
    sync::Arc,
    time::Instant,
};

use super::Urgency;

/// After this many changes in a row a lane owes a re-check the next place.
const CHANGES_IN_A_ROW: usize = 7;

/// Lanes with their places, and the keys that wait for them.
#[derive(Debug)]
pub(super) struct Lanes<K, L> {
    usual_capacity: usize,
    lanes: HashMap<L, Lane<L>>,
    sets: HashMap<Arc<[L]>, Set<K>>,
    open: BTreeSet<(Rank, u64, Arc<[L]>)>,
    closed: BTreeSet<(Instant, L)>,
}

#[derive(Debug)]
struct Lane<L> {
    /// Absent: the usual capacity.
    capacity: Option<usize>,
    taken: usize,
    closed_until: Option<Instant>,
    /// Changes started since the last re-check.
    changes_in_a_row: usize,
    /// Sets of keys that need this lane and others.
    sets: BTreeSet<Arc<[L]>>,
}

/// Keys that need exactly the same lanes, oldest first.
#[derive(Debug)]
struct Set<K> {
    changes: BTreeMap<u64, K>,
    rechecks: BTreeMap<u64, K>,
    /// This set's entry in `open`.
    entry: Option<(Rank, u64)>,
}

/// Which of the sets that can start goes first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    /// A re-check whose turn it is after many changes.
    OwedRecheck,
    Change,
    Recheck,
}

/// What of a lane decides over its sets.
#[derive(Eq, PartialEq)]
struct Standing {
    blocked: bool,
    owes_recheck: bool,
}

impl<K, L: Clone + Eq + Hash + Ord> Lanes<K, L> {
    pub(super) fn new(usual_capacity: usize) -> Self {
        Self {
            usual_capacity,
            lanes: HashMap::new(),
            sets: HashMap::new(),
            open: BTreeSet::new(),
            closed: BTreeSet::new(),
        }
    }

    /// A key waits for `lanes`, which are sorted and free of repetition.
    pub(super) fn insert(&mut self, lanes: Vec<L>, urgency: Urgency, sequence: u64, key: K) -> Arc<[L]> {
        let place = match self.sets.get_key_value(lanes.as_slice()) {
            Some((place, _)) => Arc::clone(place),
            None => Arc::from(lanes),
        };
        for lane in place.iter() {
            let lane = self.lanes.entry(lane.clone()).or_insert_with(Lane::unused);
            lane.sets.insert(Arc::clone(&place));
        }
        let set = self.sets.entry(Arc::clone(&place)).or_insert_with(Set::empty);
        set.of(urgency).insert(sequence, key);
        self.refresh(&place);
        place
    }

    /// A key does not wait any more.
    pub(super) fn remove(&mut self, place: &Arc<[L]>, urgency: Urgency, sequence: u64) {
        if let Some(set) = self.sets.get_mut(place) {
            set.of(urgency).remove(&sequence);
        }
        self.refresh(place);
    }

    /// The key that goes first takes its places.
    pub(super) fn start(&mut self) -> Option<(K, Urgency, Arc<[L]>)> {
        let (rank, sequence, place) = self.open.first().cloned()?;
        let urgency = match rank {
            Rank::Change => Urgency::Change,
            Rank::OwedRecheck | Rank::Recheck => Urgency::Recheck,
        };
        let key = self.sets.get_mut(&place)?.of(urgency).remove(&sequence)?;
        self.change(&place, |lane| {
            lane.taken += 1;
            lane.changes_in_a_row = match urgency {
                Urgency::Change => lane.changes_in_a_row.saturating_add(1),
                Urgency::Recheck => 0,
            };
        });
        self.refresh(&place);
        Some((key, urgency, place))
    }

    /// A run gives its places back.
    pub(super) fn free(&mut self, place: &Arc<[L]>) {
        self.change(place, |lane| lane.taken = lane.taken.saturating_sub(1));
    }

    pub(super) fn set_capacity(&mut self, lane: L, capacity: usize) {
        self.lanes.entry(lane.clone()).or_insert_with(Lane::unused);
        self.change(&[lane], |lane| lane.capacity = Some(capacity));
    }

    pub(super) fn close_until(&mut self, lane: L, until: Instant) {
        let before = self.lanes.get(&lane).and_then(|lane| lane.closed_until);
        if before.is_some_and(|before| before >= until) {
            return;
        }
        if let Some(before) = before {
            self.closed.remove(&(before, lane.clone()));
        }
        self.closed.insert((until, lane.clone()));
        self.lanes.entry(lane.clone()).or_insert_with(Lane::unused);
        self.change(&[lane], |lane| lane.closed_until = Some(until));
    }

    /// Opens the lanes whose time has come.
    pub(super) fn reopen(&mut self, now: Instant) {
        while let Some((until, _)) = self.closed.first()
            && *until <= now
            && let Some((_, lane)) = self.closed.pop_first()
        {
            self.change(&[lane], |lane| lane.closed_until = None);
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty() && self.sets.is_empty() && self.open.is_empty() && self.closed.is_empty()
    }

    /// When the next closed lane opens.
    pub(super) fn next_opening(&self) -> Option<Instant> {
        self.closed.first().map(|(until, _)| *until)
    }

    pub(super) fn forget(&mut self, lane: &L) {
        if let Some(until) = self.lanes.get(lane).and_then(|lane| lane.closed_until) {
            self.closed.remove(&(until, lane.clone()));
        }
        self.change(slice::from_ref(lane), |lane| {
            lane.capacity = None;
            lane.closed_until = None;
        });
    }

    /// Changes lanes and whatever follows from that for the sets that need them. All lanes change before anything
    /// follows: between two of them, the second could look unused and be dropped.
    fn change(&mut self, names: &[L], change: impl Fn(&mut Lane<L>)) {
        let mut stale = BTreeSet::new();
        for name in names {
            if let Some(lane) = self.lanes.get_mut(name) {
                let before = lane.standing(self.usual_capacity);
                change(lane);
                if lane.standing(self.usual_capacity) != before {
                    stale.extend(lane.sets.iter().cloned());
                }
            }
        }
        for place in &stale {
            self.refresh(place);
        }
        for name in names {
            self.drop_if_unused(name);
        }
    }

    /// Brings a set's entry in `open` up to date; a set in which nothing waits is dropped.
    fn refresh(&mut self, place: &Arc<[L]>) {
        let mut standing = Standing {
            blocked: false,
            owes_recheck: false,
        };
        for lane in place.iter().filter_map(|lane| self.lanes.get(lane)) {
            let lane = lane.standing(self.usual_capacity);
            standing.blocked |= lane.blocked;
            standing.owes_recheck |= lane.owes_recheck;
        }
        let Some(set) = self.sets.get_mut(place) else {
            return;
        };
        let entry = if standing.blocked {
            None
        } else {
            set.first(standing.owes_recheck)
        };
        if entry != set.entry {
            if let Some((rank, sequence)) = set.entry {
                self.open.remove(&(rank, sequence, Arc::clone(place)));
            }
            if let Some((rank, sequence)) = entry {
                self.open.insert((rank, sequence, Arc::clone(place)));
            }
            set.entry = entry;
        }
        if set.changes.is_empty() && set.rechecks.is_empty() {
            self.sets.remove(place);
            for name in place.iter() {
                if let Some(lane) = self.lanes.get_mut(name) {
                    lane.sets.remove(place);
                }
                self.drop_if_unused(name);
            }
        }
    }

    /// A lane of which nothing is to be remembered takes no memory.
    fn drop_if_unused(&mut self, name: &L) {
        if self.lanes.get(name).is_some_and(Lane::is_unused) {
            self.lanes.remove(name);
        }
    }
}

impl<L: Ord> Lane<L> {
    const fn unused() -> Self {
        Self {
            capacity: None,
            taken: 0,
            closed_until: None,
            changes_in_a_row: 0,
            sets: BTreeSet::new(),
        }
    }

    fn is_unused(&self) -> bool {
        self.capacity.is_none() && self.taken == 0 && self.closed_until.is_none() && self.sets.is_empty()
    }

    fn standing(&self, usual_capacity: usize) -> Standing {
        Standing {
            blocked: self.closed_until.is_some() || self.taken >= self.capacity.unwrap_or(usual_capacity),
            owes_recheck: self.changes_in_a_row >= CHANGES_IN_A_ROW,
        }
    }
}

impl<K> Set<K> {
    const fn empty() -> Self {
        Self {
            changes: BTreeMap::new(),
            rechecks: BTreeMap::new(),
            entry: None,
        }
    }

    const fn of(&mut self, urgency: Urgency) -> &mut BTreeMap<u64, K> {
        match urgency {
            Urgency::Change => &mut self.changes,
            Urgency::Recheck => &mut self.rechecks,
        }
    }

    /// The key that goes first, by its sequence, and the rank it gives the set.
    fn first(&self, owes_recheck: bool) -> Option<(Rank, u64)> {
        let change = self
            .changes
            .keys()
            .next()
            .map(|sequence| (Rank::Change, *sequence));
        let recheck = self.rechecks.keys().next();
        if owes_recheck && let Some(sequence) = recheck {
            return Some((Rank::OwedRecheck, *sequence));
        }
        change.or_else(|| recheck.map(|sequence| (Rank::Recheck, *sequence)))
    }
}
