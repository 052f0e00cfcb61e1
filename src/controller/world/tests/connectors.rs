//! When a connector is passed over, and when it is not.

use serde_json::json;

use super::scene::{Scene, a_grant, backend, key, ours, report, spec};
use crate::{
    controller::world::Event,
    reconcile::{Verdict, target::Effect},
};

const NOBODY: [&str; 0] = [];

#[test]
fn a_new_connector_is_passed_over_once() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    assert_eq!(scene.run(), ["a"]);
    assert_eq!(scene.run(), NOBODY);
}

#[test]
fn the_echo_of_our_own_writes_wakes_nobody() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    let passes = scene.passes();
    let report = scene.success(&passes[0]);
    // The watch may be faster than the pass's own end.
    scene.emit("a");
    let now = scene.now();
    scene.world.passed(&key("a"), report, now);
    scene.emit("a");
    assert_eq!(scene.run(), NOBODY);
}

#[test]
fn nothing_starts_before_every_first_list_has_arrived() {
    let mut scene = Scene::before_the_first_lists();
    scene.backend("registry", json!({ "registry": {} }));
    scene.create("a", spec(&["registry"]));
    assert_eq!(scene.run(), NOBODY);
    assert_eq!(scene.world.next_due(), None, "there would be nothing to do then");
    scene.observe(Event::Synced);
    assert_eq!(scene.run(), ["a"]);
}

#[test]
fn a_config_map_wakes_those_that_refer_to_it_and_nobody_else() {
    let mut scene = Scene::with_backend();
    scene.config_map("other", "1");
    scene.create("a", spec(&["registry"]));
    let mut other = spec(&["registry"]);
    other["definition"]["configMapKeyRef"]["name"] = "other".into();
    scene.create("b", other);
    scene.run();
    scene.config_map("unrelated", "2");
    assert_eq!(scene.run(), NOBODY);
    scene.config_map("api", "2");
    assert_eq!(scene.run(), ["a"]);
    scene.config_map("api", "2");
    assert_eq!(scene.run(), NOBODY);
}

#[test]
fn an_icon_in_a_config_map_that_changes_wakes_its_connector() {
    let mut scene = Scene::with_backend();
    scene.config_map("logo", "1");
    let mut with_icon = spec(&["registry"]);
    with_icon["icon"] = json!({ "configMapKeyRef": { "name": "logo", "key": "logo.png" } });
    scene.create("a", with_icon);
    scene.run();
    scene.config_map("logo", "2");
    assert_eq!(scene.run(), ["a"]);
    assert_eq!(scene.run(), NOBODY);
}

#[test]
fn a_config_map_that_goes_wakes_its_connector() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.observe(Event::ConfigMapGone(key("api")));
    assert_eq!(scene.passes().len(), 1);
}

#[test]
fn an_edit_a_request_and_a_deletion_each_lead_to_a_pass() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.edit("a", |spec| spec["displayName"] = "Another".into());
    assert_eq!(scene.run(), ["a"]);
    scene.request("a", "now");
    let passes = scene.passes();
    assert!(passes[0].deep, "what is asked for is looked at to the bottom");
    scene.succeed(&passes[0]);
    scene.request("a", "now");
    assert_eq!(scene.run(), NOBODY);
    scene.delete("a");
    assert_eq!(scene.run(), ["a"]);
}

#[test]
fn an_edit_during_a_pass_leads_to_another_pass_afterwards() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    let first = scene.passes();
    scene.edit("a", |spec| spec["displayName"] = "Another".into());
    assert!(scene.passes().is_empty(), "never two passes at once");
    let now = scene.now();
    scene.world.passed(&key("a"), report(Verdict::Conflict), now);
    let second = scene.passes();
    assert_eq!(
        (
            first[0].connector.entry.generation(),
            second[0].connector.entry.generation()
        ),
        (1, 2)
    );
}

#[test]
fn unchanged_connectors_are_not_passed_over_after_a_restart() {
    let mut before = Scene::with_backend();
    before.create("a", spec(&["registry"]));
    before.run();
    let mut scene = Scene::before_the_first_lists();
    let object = before.backend_object(&backend("registry")).clone();
    scene.held = before.held.clone();
    scene.observe(Event::Backend(Box::new(object)));
    scene.observe(Event::Connector(before.entry("a")));
    scene.observe(Event::Synced);
    assert_eq!(scene.run(), NOBODY);
    assert_eq!(scene.looks, 1);
}

#[test]
fn what_a_look_finds_changed_leads_to_a_pass() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    let sent = ours(&scene.entry("a"));
    let mut hidden = sent.clone();
    hidden.owner = None;
    let mut repainted = sent.clone();
    repainted.as_sent = false;
    let mut another = sent.clone();
    another.marks.as_mut().unwrap().digest = "another".to_owned();
    for (case, effect) in [
        ("it was taken away", Effect::Gone),
        ("its tags were taken off", Effect::Shows(hidden)),
        ("its looks were changed", Effect::Shows(repainted)),
        ("another document was sent", Effect::Shows(another)),
        ("somebody granted something", Effect::Grants(vec![a_grant()])),
    ] {
        scene
            .held
            .get_mut(&backend("registry"))
            .unwrap()
            .apply("A", effect);
        scene.later(std::time::Duration::from_hours(1));
        let passes = scene.passes();
        assert_eq!(passes.len(), 1, "{case}");
        scene.succeed(&passes[0]);
        scene
            .held
            .get_mut(&backend("registry"))
            .unwrap()
            .apply("a", Effect::Grants(Vec::new()));
        scene.later(std::time::Duration::from_hours(1));
        scene.run();
    }
}

#[test]
fn drift_that_stays_is_looked_into_with_each_list_until_it_is_no_more() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.change("a", |object| {
        let drifted = json!({
            "type": "Drifted", "status": "True", "reason": "DriftDetected", "message": "",
            "lastTransitionTime": "2026-11-02T10:00:00Z",
        });
        object["status"]["conditions"]
            .as_array_mut()
            .unwrap()
            .push(drifted);
    });
    scene.emit("a");
    assert_eq!(scene.run(), NOBODY, "a status of ours is no reason for a pass");

    scene.later(std::time::Duration::from_hours(1));
    let passes = scene.passes();
    assert_eq!(passes.len(), 1, "it may have been put right by hand");
    assert!(passes[0].deep, "what no list shows may be part of it");
    // It is told no more.
    scene.succeed(&passes[0]);
    scene.later(std::time::Duration::from_hours(1));
    assert_eq!(scene.run(), NOBODY);
}

#[test]
fn a_suspended_connector_is_left_alone_until_it_is_resumed_or_deleted() {
    let mut scene = Scene::with_backend();
    let mut suspended = spec(&["registry"]);
    suspended["suspend"] = true.into();
    scene.create("a", suspended.clone());
    scene.create("b", suspended);
    scene.config_map("api", "2");
    scene.request("a", "now");
    assert_eq!(scene.run(), NOBODY);
    scene.edit("a", |spec| spec["suspend"] = false.into());
    assert_eq!(scene.run(), ["a"]);
    scene.edit("a", |spec| spec["suspend"] = true.into());
    scene.delete("a");
    assert_eq!(scene.run(), ["a"]);
}

#[test]
fn a_spec_that_cannot_be_read_is_passed_over_and_stops_no_other() {
    let mut scene = Scene::with_backend();
    scene.create("bad", json!({ "definition": { "carrierPigeon": {} } }));
    scene.create("good", spec(&["registry"]));
    let passes = scene.passes();
    let names: Vec<&str> = passes.iter().map(|pass| pass.connector.entry.name()).collect();
    assert_eq!(names, ["bad", "good"]);
}

#[test]
fn a_connector_that_is_gone_does_not_come_back_with_the_report_of_its_last_pass() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.create("b", {
        let mut rival = spec(&["registry"]);
        rival["externalName"] = "a".into();
        rival
    });
    scene.run();
    scene.delete("a");
    let passes = scene.passes();
    let report = scene.success(&passes[0]);
    scene.gone("a");
    let now = scene.now();
    scene.world.passed(&key("a"), report, now);
    let passes = scene.passes();
    assert_eq!(passes.len(), 1, "whoever waited for the name has it now");
    assert!(
        passes[0].targets[0].site.is_ok(),
        "{:?}",
        passes[0].targets[0].site
    );
}

#[test]
fn a_connector_made_anew_during_the_pass_over_its_former_self_stays_as_it_is() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    let former = scene.passes();
    let report = scene.success(&former[0]);
    scene.gone("a");
    scene.create("a", spec(&["registry"]));
    let uid = scene.entry("a").uid().to_owned();
    let now = scene.now();
    scene.world.passed(&key("a"), report, now);
    let passes = scene.passes();
    assert_eq!(passes.len(), 1);
    assert_eq!(passes[0].connector.entry.uid(), uid);
}
