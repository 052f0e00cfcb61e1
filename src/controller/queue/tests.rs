//! The rules of the queue, one by one.

mod model;

use std::time::Duration;

use super::*;

type TestQueue = Queue<&'static str, &'static str>;

fn after(start: Instant, seconds: u64) -> Instant {
    start + Duration::from_secs(seconds)
}

/// Keys are named `lane/name`.
fn lane(key: &&'static str) -> Vec<&'static str> {
    vec![key.split_once('/').unwrap().0]
}

fn start(queue: &mut TestQueue, now: Instant) -> Option<&'static str> {
    queue.next(now, lane).map(|(key, _)| key)
}

fn start_all(queue: &mut TestQueue, now: Instant) -> Vec<&'static str> {
    std::iter::from_fn(|| start(queue, now)).collect()
}

#[test]
fn changes_go_before_rechecks_and_each_in_the_order_of_arrival() {
    let now = Instant::now();
    let mut queue = TestQueue::new(10);
    queue.push("a/1", Urgency::Recheck, now);
    queue.push("a/2", Urgency::Change, now);
    queue.push("b/3", Urgency::Recheck, now);
    queue.push("b/4", Urgency::Change, now);
    assert_eq!(start_all(&mut queue, now), ["a/2", "b/4", "a/1", "b/3"]);
}

#[test]
fn a_key_pushed_twice_runs_once_and_keeps_its_turn() {
    let now = Instant::now();
    let mut queue = TestQueue::new(10);
    queue.push("a/1", Urgency::Change, now);
    queue.push("a/2", Urgency::Change, now);
    queue.push("a/1", Urgency::Change, now);
    queue.push("a/1", Urgency::Recheck, now);
    assert_eq!(start_all(&mut queue, now), ["a/1", "a/2"]);
}

#[test]
fn a_change_overtakes_the_queued_recheck_of_the_same_key() {
    let now = Instant::now();
    let mut queue = TestQueue::new(10);
    queue.push("a/1", Urgency::Recheck, now);
    queue.push("a/2", Urgency::Recheck, now);
    queue.push("a/2", Urgency::Change, now);
    assert_eq!(queue.next(now, lane), Some(("a/2", Urgency::Change)));
    assert_eq!(queue.next(now, lane), Some(("a/1", Urgency::Recheck)));
    assert_eq!(queue.next(now, lane), None);
}

#[test]
fn a_key_that_is_pushed_while_it_runs_runs_once_more_afterwards() {
    let now = Instant::now();
    let mut queue = TestQueue::new(10);
    queue.push("a/1", Urgency::Change, now);
    assert_eq!(start(&mut queue, now), Some("a/1"));
    queue.push("a/1", Urgency::Change, now);
    queue.push("a/1", Urgency::Change, now);
    assert_eq!(start(&mut queue, now), None);
    queue.done(&"a/1");
    assert_eq!(start(&mut queue, now), Some("a/1"));
    queue.done(&"a/1");
    assert_eq!(start(&mut queue, now), None);
}

#[test]
fn a_full_lane_starts_nothing_until_a_run_ends() {
    let now = Instant::now();
    let mut queue = TestQueue::new(2);
    for key in ["a/1", "a/2", "a/3"] {
        queue.push(key, Urgency::Change, now);
    }
    assert_eq!(start_all(&mut queue, now), ["a/1", "a/2"]);
    queue.done(&"a/2");
    assert_eq!(start_all(&mut queue, now), ["a/3"]);
}

#[test]
fn a_full_or_closed_lane_does_not_hold_up_another() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.close_until("c", after(now, 60));
    for key in ["a/1", "a/2", "c/1", "b/1"] {
        queue.push(key, Urgency::Change, now);
    }
    assert_eq!(start_all(&mut queue, now), ["a/1", "b/1"]);
}

#[test]
fn a_key_of_two_lanes_needs_a_place_in_both() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    let lanes = |key: &&'static str| match *key {
        "both" => vec!["b", "a", "b"],
        _ => vec!["b"],
    };
    queue.push("b/1", Urgency::Change, now);
    assert_eq!(queue.next(now, lanes), Some(("b/1", Urgency::Change)));
    queue.push("both", Urgency::Change, now);
    assert_eq!(queue.next(now, lanes), None);
    queue.done(&"b/1");
    assert_eq!(queue.next(now, lanes), Some(("both", Urgency::Change)));
    queue.push("b/1", Urgency::Change, now);
    assert_eq!(queue.next(now, lanes), None);
    queue.done(&"both");
    assert_eq!(queue.next(now, lanes), Some(("b/1", Urgency::Change)));
}

#[test]
fn a_closed_lane_opens_at_its_time_and_the_later_of_two_times_counts() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.push("a/1", Urgency::Change, now);
    queue.close_until("a", after(now, 9));
    queue.close_until("a", after(now, 5));
    assert_eq!(queue.next_due(), Some(after(now, 9)));
    assert_eq!(start(&mut queue, after(now, 8)), None);
    assert_eq!(start(&mut queue, after(now, 9)), Some("a/1"));
    assert_eq!(queue.next_due(), None);
}

#[test]
fn every_eighth_place_of_a_lane_goes_to_a_recheck_that_waits() {
    let now = Instant::now();
    let mut queue = Queue::<u32, &str>::new(1);
    for key in 0..20 {
        queue.push(key, Urgency::Change, now);
    }
    queue.push(100, Urgency::Recheck, now);
    queue.push(101, Urgency::Recheck, now);
    let mut order = Vec::new();
    while let Some((key, _)) = queue.next(now, |_| vec!["a"]) {
        order.push(key);
        queue.done(&key);
    }
    assert_eq!(order.iter().position(|key| *key == 100), Some(7));
    assert_eq!(order.iter().position(|key| *key == 101), Some(15));
    assert_eq!(order.len(), 22);
}

#[test]
fn a_scheduled_key_becomes_due_at_the_earliest_of_its_times() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.schedule("a/1", after(now, 30), Urgency::Recheck);
    queue.schedule("a/1", after(now, 10), Urgency::Change);
    queue.schedule("a/1", after(now, 20), Urgency::Recheck);
    assert_eq!(queue.next_due(), Some(after(now, 10)));
    assert_eq!(queue.next(after(now, 9), lane), None);
    assert_eq!(queue.next(after(now, 10), lane), Some(("a/1", Urgency::Change)));
    assert_eq!(queue.next_due(), None);
}

#[test]
fn a_push_takes_the_place_of_a_schedule() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.schedule("a/1", after(now, 30), Urgency::Recheck);
    queue.push("a/1", Urgency::Change, now);
    queue.schedule("a/1", after(now, 5), Urgency::Recheck);
    assert_eq!(start(&mut queue, now), Some("a/1"));
    queue.done(&"a/1");
    assert_eq!(
        (queue.next_due(), start(&mut queue, after(now, 60))),
        (None, None)
    );
}

#[test]
fn a_schedule_made_during_a_run_outlives_it() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.push("a/1", Urgency::Change, now);
    assert_eq!(start(&mut queue, now), Some("a/1"));
    queue.schedule("a/1", after(now, 30), Urgency::Recheck);
    assert_eq!(start(&mut queue, after(now, 31)), None, "it runs still");
    queue.done(&"a/1");
    assert_eq!(start(&mut queue, after(now, 32)), Some("a/1"));
}

#[test]
fn a_removed_key_does_not_run_and_one_that_runs_keeps_its_place_to_the_end() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.push("a/1", Urgency::Change, now);
    assert_eq!(start(&mut queue, now), Some("a/1"));
    queue.push("a/1", Urgency::Change, now);
    queue.push("a/2", Urgency::Change, now);
    queue.schedule("a/3", now, Urgency::Recheck);
    for key in ["a/1", "a/3"] {
        queue.remove(&key);
    }
    assert!(queue.is_running(&"a/1"));
    assert_eq!(start(&mut queue, now), None);
    queue.done(&"a/1");
    assert_eq!(start_all(&mut queue, now), ["a/2"]);
}

#[test]
fn a_key_pushed_again_goes_through_its_new_lanes() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.set_capacity("old", 0);
    queue.push("key", Urgency::Change, now);
    assert_eq!(queue.next(now, |_| vec!["old"]), None);
    assert_eq!(
        queue.next(now, |_| vec!["new"]),
        None,
        "lanes are looked up once a push"
    );
    queue.push("key", Urgency::Recheck, now);
    assert_eq!(queue.next(now, |_| vec!["new"]), Some(("key", Urgency::Change)));
}

#[test]
fn a_changed_capacity_holds_at_once() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    for key in ["a/1", "a/2", "a/3", "a/4"] {
        queue.push(key, Urgency::Change, now);
    }
    queue.set_capacity("a", 3);
    assert_eq!(start_all(&mut queue, now).len(), 3);
    queue.set_capacity("a", 1);
    queue.done(&"a/1");
    queue.done(&"a/2");
    assert_eq!(start(&mut queue, now), None);
    queue.forget_lane(&"a");
    queue.done(&"a/3");
    assert_eq!(start(&mut queue, now), Some("a/4"));
}

#[test]
fn depth_counts_each_key_once_and_knows_the_oldest() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.push("a/1", Urgency::Recheck, now);
    queue.push("a/2", Urgency::Change, after(now, 1));
    assert_eq!(start(&mut queue, after(now, 1)), Some("a/2"));
    queue.push("a/2", Urgency::Change, after(now, 2));
    queue.push("a/3", Urgency::Change, after(now, 3));
    queue.schedule("a/4", after(now, 99), Urgency::Recheck);
    let depth = queue.depth(after(now, 10));
    assert_eq!(
        (depth.changes, depth.oldest_change),
        (1, Some(Duration::from_secs(7)))
    );
    assert_eq!(
        (depth.rechecks, depth.oldest_recheck),
        (1, Some(Duration::from_secs(10)))
    );
    assert_eq!((depth.delayed, depth.running), (1, 1));
}

#[test]
fn a_lane_that_is_not_used_any_more_leaves_nothing_behind() {
    let now = Instant::now();
    let mut queue = TestQueue::new(1);
    queue.set_capacity("a", 3);
    queue.close_until("b", after(now, 60));
    for key in ["a/1", "b/1", "c/1"] {
        queue.push(key, Urgency::Change, now);
    }
    assert_eq!(start_all(&mut queue, now), ["a/1", "c/1"]);
    for key in ["a/1", "b/1", "c/1"] {
        queue.remove(&key);
        queue.done(&key);
    }
    queue.forget_lane(&"a");
    queue.forget_lane(&"b");
    assert_eq!(queue.next_due(), None);
    assert!(queue.items.is_empty() && queue.lanes.is_empty(), "{queue:?}");
}

#[test]
fn ten_thousand_keys_behind_a_closed_lane_do_not_slow_another() {
    let now = Instant::now();
    let mut queue = Queue::<u32, &str>::new(1);
    queue.close_until("closed", after(now, 60));
    for key in 1..=10_000 {
        queue.push(key, Urgency::Change, now);
    }
    assert_eq!(queue.next(now, |_| vec!["closed"]), None);
    let mut looked_up = 0;
    for _ in 0..10_000 {
        queue.push(0, Urgency::Change, now);
        let started = queue.next(now, |_| {
            looked_up += 1;
            vec!["open"]
        });
        assert_eq!(started, Some((0, Urgency::Change)));
        queue.done(&0);
    }
    assert_eq!(looked_up, 10_000, "only what was pushed is looked at");
}
