//! All rules of the queue at once: random operations against a model that looks at everything each time.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const LANES: [u8; 3] = [0, 1, 2];

#[derive(Clone, Debug)]
enum Operation {
    Push(u8, Urgency),
    Schedule(u8, u64, Urgency),
    Remove(u8),
    Next,
    Done(u8),
    Capacity(u8, usize),
    Close(u8, u64),
    Move(u8, Vec<u8>, Urgency),
    Wait(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = 0..8_u8;
    let urgency = prop_oneof![Just(Urgency::Change), Just(Urgency::Recheck)];
    prop_oneof![
        6 => (key.clone(), urgency.clone()).prop_map(|(key, urgency)| Operation::Push(key, urgency)),
        2 => (key.clone(), 0..20_u64, urgency.clone())
            .prop_map(|(key, after, urgency)| Operation::Schedule(key, after, urgency)),
        1 => key.clone().prop_map(Operation::Remove),
        8 => Just(Operation::Next),
        6 => key.clone().prop_map(Operation::Done),
        1 => (0..3_u8, 0..4_usize).prop_map(|(lane, capacity)| Operation::Capacity(lane, capacity)),
        1 => (0..3_u8, 0..10_u64).prop_map(|(lane, after)| Operation::Close(lane, after)),
        1 => (key, proptest::collection::vec(0..3_u8, 0..3), urgency)
            .prop_map(|(key, lanes, urgency)| Operation::Move(key, lanes, urgency)),
        2 => (0..8_u64).prop_map(Operation::Wait),
    ]
}

/// The rules again, as plainly as can be: everything is looked at each time.
#[derive(Default)]
struct Model {
    sequence: u64,
    now: u64,
    /// key → urgency, turn
    due: BTreeMap<u8, (Urgency, u64)>,
    /// key → time, turn, urgency
    delayed: BTreeMap<u8, (u64, u64, Urgency)>,
    running: BTreeMap<u8, BTreeSet<u8>>,
    lanes_of: BTreeMap<u8, Vec<u8>>,
    capacity: [usize; 3],
    closed_until: [u64; 3],
    changes_in_a_row: [usize; 3],
}

impl Model {
    fn lanes(&self, key: u8) -> BTreeSet<u8> {
        self.lanes_of.get(&key).map_or_else(
            || BTreeSet::from([key % 3]),
            |lanes| lanes.iter().copied().collect(),
        )
    }

    fn push(&mut self, key: u8, urgency: Urgency) {
        self.delayed.remove(&key);
        if self.due.get(&key).is_none_or(|(before, _)| urgency < *before) {
            self.sequence += 1;
            self.due.insert(key, (urgency, self.sequence));
        }
    }

    fn schedule(&mut self, key: u8, at: u64, urgency: Urgency) {
        if !self.due.contains_key(&key) && self.delayed.get(&key).is_none_or(|(before, ..)| at < *before) {
            self.sequence += 1;
            self.delayed.insert(key, (at, self.sequence, urgency));
        }
    }

    fn next(&mut self) -> Option<(u8, Urgency)> {
        while let Some((_, _, key, urgency)) = self
            .delayed
            .iter()
            .filter(|(_, (at, ..))| *at <= self.now)
            .map(|(key, (at, turn, urgency))| (*at, *turn, *key, *urgency))
            .min_by_key(|(at, turn, ..)| (*at, *turn))
        {
            self.push(key, urgency);
        }
        let is_open = |lane: &u8| {
            let lane_number = usize::from(*lane);
            let taken = self.running.values().filter(|lanes| lanes.contains(lane)).count();
            taken < self.capacity[lane_number] && self.closed_until[lane_number] <= self.now
        };
        let (_, _, key, urgency) = self
            .due
            .iter()
            .filter(|(key, _)| !self.running.contains_key(key) && self.lanes(**key).iter().all(is_open))
            .map(|(key, (urgency, turn))| {
                let owed = |lane: &u8| self.changes_in_a_row[usize::from(*lane)] >= 7;
                let rank = match urgency {
                    Urgency::Recheck if self.lanes(*key).iter().any(owed) => 0,
                    Urgency::Change => 1,
                    Urgency::Recheck => 2,
                };
                (rank, *turn, *key, *urgency)
            })
            .min_by_key(|(rank, turn, ..)| (*rank, *turn))?;
        self.due.remove(&key);
        let lanes = self.lanes(key);
        for lane in &lanes {
            let changes = &mut self.changes_in_a_row[usize::from(*lane)];
            *changes = if urgency == Urgency::Change {
                *changes + 1
            } else {
                0
            };
        }
        self.running.insert(key, lanes);
        Some((key, urgency))
    }
}

proptest! {
    #[test]
    fn the_queue_does_what_the_plain_rules_say(operations in proptest::collection::vec(operation(), 0..200)) {
        let start = Instant::now();
        let mut model = Model { capacity: [2, 1, 3], ..Model::default() };
        let mut queue = Queue::<u8, u8>::new(1);
        for lane in LANES {
            queue.set_capacity(lane, model.capacity[usize::from(lane)]);
        }
        for operation in operations {
            let now = after(start, model.now);
            match operation {
                Operation::Push(key, urgency) => {
                    queue.push(key, urgency, now);
                    model.push(key, urgency);
                }
                Operation::Schedule(key, seconds, urgency) => {
                    queue.schedule(key, after(now, seconds), urgency);
                    model.schedule(key, model.now + seconds, urgency);
                }
                Operation::Remove(key) => {
                    queue.remove(&key);
                    model.due.remove(&key);
                    model.delayed.remove(&key);
                }
                Operation::Next => {
                    let started = queue.next(now, |key| model.lanes(*key).into_iter().collect());
                    prop_assert_eq!(started, model.next());
                }
                Operation::Done(key) => {
                    queue.done(&key);
                    model.running.remove(&key);
                }
                Operation::Capacity(lane, capacity) => {
                    queue.set_capacity(lane, capacity);
                    model.capacity[usize::from(lane)] = capacity;
                }
                Operation::Close(lane, seconds) => {
                    queue.close_until(lane, after(now, seconds));
                    let until = &mut model.closed_until[usize::from(lane)];
                    *until = (*until).max(model.now + seconds);
                }
                Operation::Move(key, lanes, urgency) => {
                    model.lanes_of.insert(key, lanes);
                    queue.push(key, urgency, now);
                    model.push(key, urgency);
                }
                Operation::Wait(seconds) => model.now += seconds,
            }
            let depth = queue.depth(after(start, model.now));
            prop_assert_eq!(depth.running, model.running.len());
            prop_assert_eq!(depth.delayed, model.delayed.keys().filter(|key| !model.running.contains_key(key)).count());
            prop_assert_eq!(
                depth.changes + depth.rechecks,
                model.due.keys().filter(|key| !model.running.contains_key(key)).count()
            );
        }
    }
}
