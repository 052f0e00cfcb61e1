//! When a backend is looked at, and what follows from what is seen.

use std::time::Duration;

use serde_json::json;

use super::scene::{Scene, backend, key, report, spec};
use crate::reconcile::{Verdict, reason::Reason, status::Stop};

const NOBODY: [&str; 0] = [];
const HOUR: Duration = Duration::from_hours(1);

fn down() -> Stop {
    Stop::new(Reason::BackendUnavailable, "it is down")
}

#[test]
fn a_backend_is_held_before_anything_is_registered_with_it() {
    let mut scene = Scene::with_backend();
    assert!(scene.passes().is_empty());
    assert!(!scene.backend_object(&backend("registry")).is_held());
    scene.create("a", spec(&["registry"]));
    let (passes, sweeps) = scene.work();
    assert!(passes.is_empty(), "the finalizer comes first");
    assert_eq!(sweeps.len(), 1);
    for sweep in sweeps {
        scene.look(sweep);
    }
    assert!(scene.backend_object(&backend("registry")).is_held());
    assert_eq!(scene.run(), ["a"]);
}

#[test]
fn a_first_use_during_a_look_is_not_lost() {
    let mut scene = Scene::with_backend();
    let (_, sweeps) = scene.work();
    scene.create("a", spec(&["registry"]));
    for sweep in sweeps {
        scene.look(sweep);
    }
    let (passes, sweeps) = scene.work();
    assert!(
        passes.is_empty(),
        "nothing is registered with a backend that is not held"
    );
    assert_eq!(sweeps.len(), 1, "it is looked at again at once");
    for sweep in sweeps {
        scene.look(sweep);
    }
    assert_eq!(scene.run(), ["a"]);
}

#[test]
fn a_backend_edited_during_a_look_is_looked_at_again() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    let (_, sweeps) = scene.work();
    scene.change_backend(&backend("registry"), |object| {
        object.location = "elsewhere".to_owned();
    });
    for sweep in sweeps {
        scene.look(sweep);
    }
    let passes = scene.passes();
    assert_eq!(
        passes[0].targets[0].site.as_ref().unwrap().backend.location,
        "elsewhere"
    );
}

#[test]
fn what_a_look_at_a_backend_saw_is_not_taken_for_another_of_its_name() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    let (_, sweeps) = scene.work();
    scene.backend("registry", json!({ "registry": {} }));
    for sweep in sweeps {
        scene.look(sweep);
    }
    let (passes, sweeps) = scene.work();
    assert!(passes.is_empty());
    assert_eq!(
        sweeps.len(),
        1,
        "the new one is looked at once, not twice at a time"
    );
    let uid = scene.backend_object(&backend("registry")).uid.clone();
    assert_eq!(sweeps[0].object.uid, uid);
}

#[test]
fn a_backend_that_nobody_uses_any_more_is_let_go() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.delete("a");
    let passes = scene.passes();
    scene.succeed(&passes[0]);
    scene.gone("a");
    scene.run();
    assert!(!scene.backend_object(&backend("registry")).is_held());
}

#[test]
fn a_backend_that_fails_is_told_and_wakes_those_that_wait_when_it_is_back() {
    let mut scene = Scene::with_backend();
    scene.failing.insert(backend("registry"), down());
    scene.create("a", spec(&["registry"]));
    let passes = scene.passes();
    let stop = passes[0].targets[0].site.as_ref().unwrap_err();
    assert_eq!(stop.reason, Reason::BackendUnavailable);
    let now = scene.now();
    scene
        .world
        .passed(&key("a"), report(Verdict::Stalled(Reason::Unauthorized)), now);
    scene.failing.clear();
    scene.later(Duration::from_mins(1));
    assert_eq!(scene.run(), ["a"]);
}

#[test]
fn a_credential_that_is_put_right_is_taken_up_within_seconds() {
    let mut scene = Scene::with_backend();
    let gone = Stop::new(Reason::Unauthorized, "the token is refused");
    scene.failing.insert(backend("registry"), gone);
    scene.create("a", spec(&["registry"]));
    scene.passes();
    let now = scene.now();
    scene
        .world
        .passed(&key("a"), report(Verdict::Stalled(Reason::Unauthorized)), now);
    scene.failing.clear();
    scene.later(Duration::from_secs(3));
    assert_eq!(scene.run(), ["a"]);
}

#[test]
fn a_backend_that_fails_wakes_nobody_who_is_done() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.failing.insert(backend("registry"), down());
    scene.later(HOUR);
    assert_eq!(scene.run(), NOBODY);
    scene.failing.clear();
    scene.later(HOUR);
    assert_eq!(scene.run(), NOBODY);
}

#[test]
fn a_look_that_finds_the_backend_well_pulls_no_retry_forward() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    let mut tries = 0;
    // It answers lists, and fails what is sent.
    for _ in 0..600 {
        for pass in scene.passes() {
            tries += 1;
            scene.fail(&pass, Some(&backend("registry")));
        }
        scene.later(Duration::from_millis(100));
    }
    assert!((4..=8).contains(&tries), "{tries} tries in a minute");
    assert!(scene.looks <= 15, "{} looks in a minute", scene.looks);
}

#[test]
fn a_backend_that_asks_for_quiet_gets_it() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    assert_eq!(scene.passes().len(), 1);
    let pause = Duration::from_secs(40);
    let mut throttled = report(Verdict::Waiting {
        reason: Reason::Throttled,
        after: Some(pause),
    });
    throttled.throttled.push((backend("registry"), pause));
    let now = scene.now();
    scene.world.passed(&key("a"), throttled, now);
    scene.create("b", spec(&["registry"]));
    scene.later(Duration::from_secs(39));
    assert!(scene.passes().is_empty());
    scene.later(Duration::from_secs(2));
    assert_eq!(scene.passes().len(), 2);
}

#[test]
fn a_count_that_is_due_while_the_backend_is_looked_at_does_not_keep_the_loop_awake() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.later(HOUR);
    let (_, sweeps) = scene.work();
    assert_eq!(sweeps.len(), 1);
    scene.create("b", spec(&["registry"]));
    scene.later(Duration::from_mins(2));
    scene.work();
    let now = scene.now().instant;
    assert!(scene.world.next_due().is_none_or(|due| due > now));
}

#[test]
fn counts_are_written_once_and_only_when_they_changed() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.later(Duration::from_secs(31));
    scene.run();
    let written = scene.counts;
    assert!(written <= 1);
    let status = &scene.backend_object(&backend("registry")).status;
    assert_eq!((status.connectors, status.failed), (Some(1), Some(0)));
    for _ in 0..10 {
        scene.emit("a");
        scene.later(Duration::from_secs(31));
        scene.run();
    }
    assert_eq!(scene.counts, written);
}

#[test]
fn a_full_backend_takes_no_more_than_its_limit_even_at_once() {
    let mut scene = Scene::empty();
    scene.backend(
        "registry",
        json!({ "registry": {}, "limits": { "maxConnectors": 2 } }),
    );
    for name in ["a", "b", "c"] {
        scene.create(name, spec(&["registry"]));
    }
    let passes = scene.passes();
    let stops: Vec<_> = passes
        .iter()
        .filter_map(|pass| pass.targets[0].site.as_ref().err())
        .collect();
    assert_eq!(passes.len(), 3);
    assert_eq!(stops.len(), 1);
    assert_eq!(stops[0].reason, Reason::LimitReached);
}

#[test]
fn a_scope_is_listed_at_the_shortest_interval_among_its_connectors() {
    let mut scene = Scene::with_backend();
    let mut eager = spec(&["registry"]);
    eager["interval"] = "10s".into();
    scene.create("a", eager);
    scene.create("b", spec(&["registry"]));
    scene.run();
    let before = scene.looks;
    for _ in 0..10 {
        scene.later(Duration::from_secs(10));
        assert_eq!(scene.run(), NOBODY);
    }
    assert_eq!(scene.looks - before, 10);
}
