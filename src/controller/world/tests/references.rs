//! Which backends a connector's references come to: defaults, admission, what is left behind.

use serde_json::{Value, json};

use super::scene::{Scene, backend, key, spec};
use crate::reconcile::{Pass, reason::Reason, target::BackendKey};

const NOBODY: [&str; 0] = [];

pub(super) fn default(default: bool) -> Value {
    json!({ "registry": {}, "default": default })
}

fn reason_of(pass: &Pass) -> Option<Reason> {
    let target = || pass.targets.first().and_then(|target| target.site.as_ref().err());
    pass.unresolved.as_ref().or_else(target).map(|stop| stop.reason)
}

pub(super) fn places(pass: &Pass) -> Vec<String> {
    let leaving = pass.leaving.iter();
    leaving
        .map(|leaving| {
            let site = match &leaving.site {
                Ok(site) => site.id.to_string(),
                Err(stop) => stop.reason.as_str().to_owned(),
            };
            let record = if leaving.recorded {
                "recorded"
            } else {
                "unrecorded"
            };
            format!("{record} {} {site}", leaving.registration.backend_name)
        })
        .collect()
}

pub(super) const PLACE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop/providers/\
                     Microsoft.Web/customApis/a";

#[test]
fn the_namespaces_default_goes_before_the_clusters() {
    let mut scene = Scene::empty();
    scene.cluster_backend(
        "wide",
        json!({ "registry": {}, "default": true, "namespaces": { "all": true } }),
    );
    scene.create("a", spec(&[]));
    let passes = scene.passes();
    assert_eq!(passes[0].targets[0].reference.name, "wide");
    scene.backend("near", default(true));
    scene.create("b", spec(&[]));
    let passes = scene.passes();
    assert_eq!(passes[0].targets[0].reference.name, "near");
}

#[test]
fn a_connector_waits_until_there_is_a_default() {
    let mut scene = Scene::empty();
    scene.backend("plain", default(false));
    scene.create("a", spec(&[]));
    let passes = scene.passes();
    assert_eq!(reason_of(&passes[0]), Some(Reason::NoDefaultBackend));
    scene.fail(&passes[0], None);
    scene.change_backend(&backend("plain"), |object| object.default = true);
    assert_eq!(scene.run(), ["a"]);
}

#[test]
fn a_later_change_of_the_default_moves_nothing() {
    let mut scene = Scene::empty();
    scene.backend("old", default(true));
    scene.create("a", spec(&[]));
    scene.run();
    scene.change_backend(&backend("old"), |object| object.default = false);
    scene.backend("new", default(true));
    assert_eq!(scene.run(), NOBODY);
    scene.edit("a", |spec| spec["displayName"] = "Another".into());
    let passes = scene.passes();
    assert_eq!(passes[0].targets[0].reference.name, "old");
    assert!(passes[0].leaving.is_empty());
}

#[test]
fn two_defaults_stop_a_connector_until_one_of_them_is_gone() {
    let mut scene = Scene::empty();
    scene.backend("one", default(true));
    scene.backend("two", default(true));
    scene.create("a", spec(&[]));
    let passes = scene.passes();
    assert_eq!(reason_of(&passes[0]), Some(Reason::AmbiguousDefault));
    scene.fail(&passes[0], None);
    scene.backend_gone(&backend("two"));
    let passes = scene.passes();
    assert_eq!(passes.len(), 1);
    assert_eq!(passes[0].targets[0].reference.name, "one");
}

#[test]
fn a_backend_that_appears_wakes_those_that_refer_to_it() {
    let mut scene = Scene::empty();
    scene.create("a", spec(&["registry"]));
    let passes = scene.passes();
    assert_eq!(reason_of(&passes[0]), Some(Reason::BackendNotFound));
    scene.fail(&passes[0], None);
    scene.backend("registry", default(false));
    assert_eq!(scene.run(), ["a"]);
}

fn of_the_cluster() -> Value {
    json!({
        "definition": { "configMapKeyRef": { "name": "api", "key": "openapi.json" } },
        "backendRefs": [{ "kind": "ClusterConnectorBackend", "name": "wide" }],
    })
}

#[test]
fn a_cluster_backend_admits_by_the_labels_that_the_namespace_has_now() {
    let mut scene = Scene::empty();
    let selector = json!({ "selector": { "matchLabels": { "team": "shop" } } });
    scene.cluster_backend("wide", json!({ "registry": {}, "namespaces": selector }));
    scene.create("a", of_the_cluster());
    let passes = scene.passes();
    assert_eq!(reason_of(&passes[0]), Some(Reason::NotAdmitted));
    scene.fail(&passes[0], None);
    scene.label_namespace(&[("team", "shop")]);
    assert_eq!(scene.run(), ["a"]);
    scene.label_namespace(&[("team", "shop"), ("more", "")]);
    assert_eq!(scene.run(), NOBODY);
    scene.label_namespace(&[]);
    let passes = scene.passes();
    assert_eq!(passes.len(), 1, "a connector that is done is told as well");
    assert_eq!(reason_of(&passes[0]), Some(Reason::NotAdmitted));
}

#[test]
fn a_namespace_that_is_not_admitted_any_more_can_still_remove() {
    let mut scene = Scene::empty();
    scene.cluster_backend(
        "wide",
        json!({ "registry": {}, "namespaces": { "names": ["shop"] } }),
    );
    scene.create("a", of_the_cluster());
    scene.run();
    let wide = BackendKey::cluster("wide");
    scene.change_backend(&wide, |object| {
        object.admits = crate::controller::backend_object::Admission::None;
    });
    for pass in scene.passes() {
        scene.fail(&pass, None);
    }
    scene.delete("a");
    let passes = scene.passes();
    assert!(passes[0].leaving[0].site.is_ok());
}

#[test]
fn a_reference_that_is_removed_leaves_its_registration_to_be_removed() {
    let mut scene = Scene::with_backend();
    scene.backend("other", default(false));
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.edit("a", |it| *it = spec(&["other"]));
    let passes = scene.passes();
    // Both lie in the namespace's group of the one registry: the place stays, only the record goes.
    assert!(passes[0].leaving[0].kept);
    assert_eq!(passes[0].targets[0].reference.name, "other");
}

#[test]
fn a_removed_reference_under_which_nothing_was_ever_registered_holds_nothing_up() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry", "missing"]));
    scene.run();
    scene.change("a", |object| {
        let registrations = object["status"]["registrations"].as_array_mut().unwrap();
        registrations
            .push(json!({ "backendKind": "ConnectorBackend", "backendName": "missing", "state": "Pending" }));
        object["status"]["conditions"][0]["status"] = "False".into();
    });
    scene.emit("a");
    scene.edit("a", |it| *it = spec(&["registry"]));
    let passes = scene.passes();
    assert!(
        passes[0].leaving.iter().all(|leaving| !leaving.recorded),
        "{:?}",
        places(&passes[0])
    );
}

#[test]
fn two_references_to_one_place_are_one_registration() {
    let mut scene = Scene::with_backend();
    scene.backend("alias", default(false));
    scene.create("a", spec(&["registry", "alias"]));
    let passes = scene.passes();
    let outcomes: Vec<_> = passes[0]
        .targets
        .iter()
        .map(|it| it.site.as_ref().err())
        .collect();
    assert!(outcomes[0].is_none());
    assert_eq!(outcomes[1].unwrap().reason, Reason::DuplicateBackend);
}

#[test]
fn a_second_reference_to_one_place_goes_without_what_is_registered_there() {
    let mut scene = Scene::with_backend();
    scene.backend("alias", default(false));
    scene.create("a", spec(&["registry", "alias"]));
    scene.run();
    scene.change("a", |object| {
        let registrations = object["status"]["registrations"].as_array_mut().unwrap();
        registrations.retain(|it| it["backendName"] != "alias");
        registrations
            .push(json!({ "backendKind": "ConnectorBackend", "backendName": "alias", "state": "Failed" }));
        object["status"]["conditions"][0]["status"] = "False".into();
    });
    scene.emit("a");
    scene.edit("a", |it| *it = spec(&["registry"]));
    let passes = scene.passes();
    assert!(
        passes[0].leaving.iter().all(|leaving| leaving.kept),
        "{:?}",
        passes[0].leaving
    );
}

#[test]
fn a_backend_that_is_being_deleted_takes_nothing_new() {
    let mut scene = Scene::with_backend();
    scene.create("a", spec(&["registry"]));
    scene.run();
    scene.change_backend(&backend("registry"), |object| object.deleting = true);
    scene.create("b", spec(&["registry"]));
    let passes = scene.passes();
    assert_eq!(passes.len(), 1, "the one that is registered stays as it is");
    assert_eq!(reason_of(&passes[0]), Some(Reason::BackendDeleting));
}

#[test]
fn what_was_registered_before_its_reference_was_replaced_is_found_and_removed() {
    let mut scene = Scene::with_backend();
    let elsewhere = json!({
        "registry": { "url": "https://registry.test", "tokenSecretRef": { "name": "t", "key": "t" } },
    });
    scene.backend("elsewhere", elsewhere);
    scene.create("a", spec(&["registry"]));
    let passes = scene.passes();
    let mut report = scene.success(&passes[0]);
    // It was registered, but its record was refused: the user had pointed it elsewhere meanwhile.
    report.entry = None;
    report.verdict = crate::reconcile::Verdict::Conflict;
    scene.change("a", |object| {
        object["status"] = json!({ "observedGeneration": -1 });
    });
    scene.edit("a", |it| *it = spec(&["elsewhere"]));
    let now = scene.now();
    scene.world.passed(&key("a"), report, now);
    let passes = scene.passes();
    assert_eq!(places(&passes[0]), [format!("unrecorded registry {PLACE}")]);
}
