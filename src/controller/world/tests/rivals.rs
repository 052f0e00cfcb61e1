//! Several connectors that want one name at one backend.

use serde_json::Value;

use super::scene::{Scene, backend, ours, spec};
use crate::reconcile::{Pass, reason::Reason, target::Effect};

fn called(name: &str) -> Value {
    let mut spec = spec(&["registry"]);
    spec["externalName"] = name.into();
    spec
}

fn reason_of(pass: &Pass) -> Option<Reason> {
    pass.targets[0].site.as_ref().err().map(|stop| stop.reason)
}

fn by_name<'a>(passes: &'a [Pass], name: &str) -> &'a Pass {
    passes
        .iter()
        .find(|pass| pass.connector.entry.name() == name)
        .unwrap()
}

#[test]
fn of_two_new_ones_the_older_has_the_name() {
    let mut scene = Scene::with_backend();
    scene.create("older", called("Invoices"));
    scene.create("younger", called("invoices"));
    let passes = scene.passes();
    assert_eq!(reason_of(by_name(&passes, "older")), None);
    assert_eq!(reason_of(by_name(&passes, "younger")), Some(Reason::NameTaken));
}

#[test]
fn the_one_that_is_registered_keeps_the_name_against_an_older_one() {
    let mut scene = Scene::with_backend();
    scene.create("older", called("orders"));
    scene.create("younger", called("invoices"));
    scene.run();
    // Names cannot change, so the older one is made anew with an earlier time of creation.
    scene.gone("older");
    scene.create("older", called("invoices"));
    scene.change("older", |object| {
        object["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z".into();
    });
    scene.emit("older");
    let passes = scene.passes();
    assert_eq!(passes.len(), 1);
    assert_eq!(reason_of(&passes[0]), Some(Reason::NameTaken));
}

#[test]
fn the_one_that_waited_is_passed_over_when_the_name_is_free() {
    let mut scene = Scene::with_backend();
    scene.create("first", called("invoices"));
    scene.create("second", called("invoices"));
    let passes = scene.passes();
    scene.succeed(by_name(&passes, "first"));
    scene.fail(by_name(&passes, "second"), None);
    scene.delete("first");
    let passes = scene.passes();
    scene.succeed(&passes[0]);
    scene.gone("first");
    assert_eq!(scene.run(), ["second"]);
}

#[test]
fn whose_tags_are_on_it_has_the_name_although_every_status_was_lost() {
    let mut scene = Scene::with_backend();
    scene.create("older", called("invoices"));
    scene.create("younger", called("invoices"));
    let sent = ours(&scene.entry("younger"));
    scene
        .held
        .get_mut(&backend("registry"))
        .unwrap()
        .apply("invoices", Effect::Shows(sent));
    let passes = scene.passes();
    assert_eq!(
        reason_of(by_name(&passes, "younger")),
        None,
        "it finds its connector again"
    );
}
