//! Where a connector that is being deleted is looked for.

use serde_json::json;

use super::{
    references::{PLACE, default, places},
    scene::{Scene, backend, key, report, spec},
};
use crate::{
    controller::world::Event,
    reconcile::{Verdict, reason::Reason, status::Stop},
};

const NOBODY: [&str; 0] = [];

#[test]
fn deletion_looks_where_a_registration_is_recorded() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.delete("a");
    assert_eq!(places(&scene.passes()[0]), [format!("recorded registry {PLACE}")]);
}

#[test]
fn deletion_looks_where_a_pass_that_was_cut_short_may_have_registered() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    let _killed = scene.passes();
    scene.change("a", |object| {
        object["metadata"]["finalizers"] = json!(["connectors.dev/registration"]);
    });
    let now = scene.now();
    scene.world.passed(&key("a"), report(Verdict::Conflict), now);
    scene.change("a", |object| {
        object["metadata"]["creationTimestamp"] = "2026-11-02T09:59:50Z".into();
    });
    scene.delete("a");
    assert_eq!(
        places(&scene.passes()[0]),
        [format!("unrecorded registry {PLACE}")]
    );
}

/// A connector that was registered, as what is left of it is deleted: without its status.
fn deleted_without_a_status(scene: &mut Scene, name: &str) {
    scene.change(name, |object| {
        object["metadata"]["finalizers"] = json!(["connectors.dev/registration"]);
        object["status"] = json!({ "observedGeneration": -1 });
    });
    scene.delete(name);
}

#[test]
fn deletion_without_a_status_looks_where_the_spec_says_as_if_it_were_recorded() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    deleted_without_a_status(&mut scene, "a");
    assert_eq!(places(&scene.passes()[0]), [format!("recorded registry {PLACE}")]);
}

#[test]
fn deletion_without_a_status_and_without_the_backend_is_held_until_the_backend_is_there() {
    for references in [&["registry"][..], &[]] {
        let mut scene = Scene::empty();
        scene.backend("registry", default(true));
        scene.create("a", spec(references));
        scene.run();
        scene.backend_gone(&backend("registry"));
        deleted_without_a_status(&mut scene, "a");
        let passes = scene.passes();
        let stop = passes[0].unresolved.as_ref().unwrap();
        assert_eq!(stop.reason, Reason::BackendGone);
        assert!(
            stop.message.contains("spec.deletionPolicy: Orphan"),
            "{}",
            stop.message
        );
        scene.fail(&passes[0], None);
        scene.backend("registry", default(true));
        let passes = scene.passes();
        assert!(passes[0].unresolved.is_none());
        assert_eq!(places(&passes[0]), [format!("recorded registry {PLACE}")]);
    }
}

#[test]
fn a_connector_that_no_pass_had_the_time_to_register_goes_although_its_backend_never_was() {
    let mut scene = Scene::empty();
    scene.create("a", spec(&["registry"]));
    scene.passes();
    scene.change("a", |object| {
        object["metadata"]["creationTimestamp"] = "2026-11-02T09:59:50Z".into();
    });
    let now = scene.now();
    scene.world.passed(&key("a"), report(Verdict::Conflict), now);
    deleted_without_a_status(&mut scene, "a");
    let passes = scene.passes();
    assert!(passes[0].unresolved.is_none() && passes[0].leaving.is_empty());
}

#[test]
fn deletion_finds_what_was_registered_before_the_reference_was_replaced() {
    let mut scene = Scene::with_backend();
    let elsewhere = json!({
        "registry": { "url": "https://registry.test", "tokenSecretRef": { "name": "t", "key": "t" } },
    });
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.backend("elsewhere", elsewhere);
    scene.change("a", |object| object["spec"] = spec(&["elsewhere"]));
    let held = scene.held.clone();
    // The operator starts anew, and the backend that shows it is looked at last.
    let objects = ["elsewhere", "registry"].map(|name| scene.backend_object(&backend(name)).clone());
    deleted_without_a_status(&mut scene, "a");
    let deleted = scene.entry("a");
    let mut scene = Scene::before_the_first_lists();
    scene.held = held;
    for object in objects {
        scene.observe(Event::Backend(Box::new(object)));
    }
    scene.observe(Event::Connector(deleted));
    scene.observe(Event::Synced);
    let (passes, sweeps) = scene.work();
    assert!(passes.is_empty(), "nobody knows yet what they hold");
    for sweep in sweeps {
        scene.look(sweep);
    }
    let found = places(&scene.passes()[0]);
    assert!(
        found.contains(&format!("unrecorded registry {PLACE}")),
        "{found:?}"
    );
}

#[test]
fn an_empty_registry_in_the_place_of_another_is_not_asked_what_it_holds() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    let replaced = Stop::new(Reason::RegistryReplaced, "another answers");
    scene.failing.insert(backend("registry"), replaced);
    scene.later(std::time::Duration::from_hours(1));
    assert_eq!(scene.run(), NOBODY);
    scene.delete("a");
    assert_eq!(places(&scene.passes()[0]), ["recorded registry RegistryReplaced"]);
}

#[test]
fn deletion_asks_no_default_that_came_after_the_registration() {
    let mut scene = Scene::empty();
    scene.backend("old", default(true));
    scene.create("a", spec(&[]));
    scene.run();
    scene.change_backend(&backend("old"), |object| object.default = false);
    scene.backend("new", default(true));
    scene.delete("a");
    let passes = scene.passes();
    assert_eq!(places(&passes[0]), [format!("recorded old {PLACE}")]);
    // Held: the record says so, and the next try looks at the same places.
    scene.change("a", |object| {
        object["status"]["registrations"][0]["state"] = "Removing".into();
    });
    scene.emit("a");
    scene.fail(&passes[0], None);
    scene.later(std::time::Duration::from_secs(2));
    assert_eq!(places(&scene.passes()[0]), [format!("recorded old {PLACE}")]);
}

#[test]
fn deletion_says_that_a_backend_is_gone() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.backend_gone(&backend("registry"));
    scene.delete("a");
    assert_eq!(places(&scene.passes()[0]), ["recorded registry BackendGone"]);
}
