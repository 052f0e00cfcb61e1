//! What happens by time alone.

use std::time::Duration;

use serde_json::{Value, json};

use super::scene::{Scene, backend, spec};
use crate::{
    controller::world::Event,
    reconcile::{Verdict, reason::Reason},
};

const NOBODY: [&str; 0] = [];

fn over_a_url() -> Value {
    let mut spec = spec(&["registry"]);
    spec["definition"] = json!({ "url": { "url": "https://api.test/openapi.json" } });
    spec["interval"] = "10m".into();
    spec
}

/// Minutes until `name` is passed over again, at most `limit`.
fn minutes_until_a_pass(scene: &mut Scene, limit: u32) -> Option<u32> {
    (1..=limit).find(|_| {
        scene.later(Duration::from_mins(1));
        !scene.run().is_empty()
    })
}

#[test]
fn what_comes_over_a_url_is_looked_at_each_interval() {
    let mut scene = Scene::with_backend();
    scene.create("a", over_a_url());
    scene.run();
    assert!(minutes_until_a_pass(&mut scene, 16).is_some());
    for _ in 0..3 {
        assert_eq!(minutes_until_a_pass(&mut scene, 11), Some(10));
    }
}

#[test]
fn what_comes_over_a_url_is_looked_at_after_a_restart_too() {
    let mut before = Scene::with_backend();
    before.create("a", over_a_url());
    before.run();
    let mut scene = Scene::before_the_first_lists();
    scene.held = before.held.clone();
    scene.observe(Event::Backend(Box::new(
        before.backend_object(&backend("registry")).clone(),
    )));
    scene.observe(Event::Connector(before.entry("a")));
    scene.observe(Event::Synced);
    assert_eq!(scene.run(), NOBODY);
    scene.later(Duration::from_mins(16));
    assert_eq!(scene.passes().len(), 1);
}

#[test]
fn a_grant_is_looked_at_when_its_time_ends_also_after_a_restart() {
    let mut shared = spec(&["registry"]);
    shared["sharing"] = json!({ "principals": [{
        "kind": "Group", "id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "role": "Use",
        "expiresAt": "2026-11-02T10:05:00Z",
    }] });
    let mut before = Scene::with_backend();
    before.create("a", shared);
    before.run();
    let mut scene = Scene::before_the_first_lists();
    scene.held = before.held.clone();
    scene.observe(Event::Backend(Box::new(
        before.backend_object(&backend("registry")).clone(),
    )));
    scene.observe(Event::Connector(before.entry("a")));
    scene.observe(Event::Synced);
    for scene in [&mut before, &mut scene] {
        for pass in scene.passes() {
            let now = scene.now();
            let key = pass.connector.entry.key();
            scene
                .world
                .passed(&key, super::scene::report(Verdict::Settled), now);
        }
        let due = scene.world.next_due().unwrap();
        assert!(due <= scene.now().instant + Duration::from_mins(5));
        scene.later(Duration::from_mins(5));
        assert_eq!(scene.passes().len(), 1);
    }
}

#[test]
fn a_stalled_connector_is_looked_at_once_an_interval() {
    let mut scene = Scene::with_backend();
    let mut stalled = spec(&["registry"]);
    stalled["interval"] = "10m".into();
    scene.create("a", stalled);
    let mut passes = 0;
    for _ in 0..60 {
        for pass in scene.passes() {
            passes += 1;
            let now = scene.now();
            let report = super::scene::report(Verdict::Stalled(Reason::NameTaken));
            scene.world.passed(&pass.connector.entry.key(), report, now);
        }
        scene.later(Duration::from_mins(1));
    }
    assert!((5..=7).contains(&passes), "{passes} passes in an hour");
}

#[test]
fn what_has_to_wait_is_tried_again_later_each_time() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    let mut tries = Vec::new();
    for second in 0..900_u32 {
        for pass in scene.passes() {
            tries.push(second);
            scene.fail(&pass, None);
        }
        scene.later(Duration::from_secs(1));
    }
    assert!((9..=14).contains(&tries.len()), "{tries:?}");
    scene.edit("a", |spec| spec["displayName"] = "Another".into());
    assert_eq!(scene.passes().len(), 1, "an edit is looked at at once");
}
