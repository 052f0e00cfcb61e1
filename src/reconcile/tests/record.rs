//! What the record of changes tells: each change once, by whom, why, and how it ended.

use serde_json::json;

use super::{
    calls::Fate,
    cloud::Cloud,
    manifests::{ANNA, BERT, PETSTORE, spec, users},
    scene::Scene,
};
use crate::{
    crd::approval::RequireApproval,
    record::{Line, Verifier},
};

/// Fails unless each call of a pass that changed something is told once. A call that was cut short may be told and
/// never have left.
pub(super) fn hold_against_calls(told: &[Line], writes: &[String]) {
    let mut told: Vec<(String, &str)> = told.iter().map(change_of).collect();
    for call in writes.iter().filter(|call| !call.contains(" customconnectors/")) {
        let place = told.iter().position(|(told, _)| told == call);
        let place = place.unwrap_or_else(|| panic!("{call} is not told; left are {told:?}"));
        told.swap_remove(place);
    }
    assert!(
        told.iter().all(|(_, outcome)| *outcome == "Unknown"),
        "told and not done: {told:?}"
    );
}

/// The call that a line tells of, and its outcome.
fn change_of(line: &Line) -> (String, &str) {
    let (verb, kind) = match line.change.what.as_str() {
        "ConnectorCreated" | "ConnectorChanged" | "ConnectorAdopted" => ("PUT", "customApis"),
        "TagsChanged" | "TagsTakenOff" => ("PATCH", "customApis"),
        "ConnectorDeleted" => ("DELETE", "customApis"),
        "GrantMade" => ("PUT", "roleAssignments"),
        "GrantRemoved" => ("DELETE", "roleAssignments"),
        other => panic!("{other} is no change"),
    };
    let id = line.change.id.as_deref().unwrap();
    let group = id.split('/').skip_while(|part| *part != "resourceGroups").nth(1);
    let call = format!("{verb} {}/{kind}", group.unwrap());
    (call, line.change.outcome.as_deref().unwrap())
}

/// `<what> <reason> <outcome> by <actor>`.
fn said(lines: &[Line]) -> Vec<String> {
    let said = lines.iter().map(|Line { change, .. }| {
        let word = |word: &Option<String>| word.clone().unwrap();
        format!(
            "{} {} {} by {}",
            change.what,
            word(&change.reason),
            word(&change.outcome),
            word(&change.actor)
        )
    });
    said.collect()
}

/// This field manager wrote the spec last.
fn written_by(scene: &Scene<'_>, manager: &str) {
    scene.api.edit(PETSTORE, |object| {
        object["metadata"]["managedFields"] = json!([{
            "manager": manager, "operation": "Apply", "time": "2026-11-02T09:00:00Z", "fieldsV1": { "f:spec": {} },
        }]);
    });
}

#[tokio::test]
async fn a_life_is_told_from_creation_to_deletion() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    written_by(&scene, "flux");
    scene.pass().await;
    assert_eq!(
        said(&scene.told),
        [
            "ConnectorCreated Declared Done by flux",
            "GrantMade Declared Done by flux"
        ]
    );
    let mut lines = std::mem::take(&mut scene.told);
    let object = scene.api.get(PETSTORE).unwrap();
    let (created, granted) = (&lines[0].change, &lines[1].change);
    assert_eq!(created.uid.as_deref(), object["metadata"]["uid"].as_str());
    assert_eq!(created.generation, object["metadata"]["generation"].as_i64());
    assert_eq!(created.id.as_deref(), Some(scene.id("east").as_str()));
    assert_eq!(
        created.backend,
        Some(format!("ConnectorBackend {}/east", scene.namespace))
    );
    assert_eq!(granted.principal.as_deref(), Some(ANNA));
    let first = created.after.clone();
    assert!(created.before.is_none() && first.is_some());

    scene.wants(spec(
        &["east"],
        json!({ "displayName": "Others", "sharing": users(&[BERT]) }),
    ));
    written_by(&scene, "kubectl-edit");
    scene.pass().await;
    assert_eq!(
        said(&scene.told),
        [
            "ConnectorChanged Declared Done by kubectl-edit",
            "GrantMade Declared Done by kubectl-edit",
            "GrantRemoved NotDeclared Done by kubectl-edit",
        ]
    );
    assert_eq!(scene.told[0].change.before, first);
    let second = scene.told[0].change.after.clone();
    assert_eq!(scene.told[2].change.principal.as_deref(), Some(ANNA));
    lines.append(&mut scene.told);

    let id = scene.id("east");
    cloud.tag(&id, json!({})).await;
    scene.look_and_pass().await;
    assert_eq!(
        said(&scene.told),
        ["ConnectorChanged DriftCorrected Done by kubectl-edit"]
    );
    assert_eq!(
        (&scene.told[0].change.before, &scene.told[0].change.after),
        (&None, &second)
    );
    lines.append(&mut scene.told);

    scene.delete();
    scene.look_and_pass().await;
    assert_eq!(
        said(&scene.told),
        [
            "GrantRemoved Deleted Done by unknown",
            "ConnectorDeleted Deleted Done by unknown"
        ]
    );
    assert_eq!(
        (&scene.told[1].change.before, &scene.told[1].change.after),
        (&second, &None)
    );
    lines.append(&mut scene.told);

    let mut verifier = Verifier::default();
    for (number, line) in lines.iter().enumerate() {
        let mut told = serde_json::to_value(line).unwrap();
        told["target"] = json!("change");
        let found = verifier.take(&told.to_string());
        // The first line, which says that the record starts, was told before the first pass.
        assert_eq!(found.is_some(), number == 0, "{found:?}");
        let text = told.to_string();
        assert!(
            !text.contains("Others") && !text.contains("pets.example"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_call_whose_answer_is_lost_is_told_as_unknown_and_what_was_done_is_not_told_again() {
    let cloud = Cloud::open().await;
    for (fate, error) in [
        (Fate::Death, "CutShort"),
        (Fate::LostAnswer, "Unavailable"),
        (Fate::Silence, "CutShort"),
    ] {
        let mut scene = Scene::new(&cloud, &["east"]).await;
        scene.wants(spec(&["east"], json!({})));
        // After the description was read and the finalizer set.
        scene.pass_struck(2, fate).await;
        assert_eq!(
            said(&scene.told),
            ["ConnectorCreated Declared Unknown by unknown"],
            "{fate:?}"
        );
        assert_eq!(scene.told[0].change.error.as_deref(), Some(error), "{fate:?}");
        scene.look_and_pass().await;
        assert_eq!(said(&scene.told), Vec::<String>::new(), "{fate:?}");
    }
}

#[tokio::test]
async fn what_a_backend_refuses_is_told_as_refused() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.look().await;
    cloud.put_connector(&scene.id("east"), "Theirs", json!({})).await;
    scene.wants(spec(&["east"], json!({})));
    scene.pass().await;
    assert_eq!(
        said(&scene.told),
        ["ConnectorCreated Declared Refused by unknown"]
    );
    assert_eq!(scene.told[0].change.error.as_deref(), Some("PreconditionFailed"));
}

#[tokio::test]
async fn an_approved_plan_is_named_in_what_it_does() {
    let cloud = Cloud::open().await;
    let mut scene = Scene::new(&cloud, &["east"]).await;
    scene.allow("east", |policy| policy.require_approval = RequireApproval::Always);
    scene.wants(spec(&["east"], json!({ "sharing": users(&[ANNA]) })));
    scene.pass().await;
    assert!(scene.told.is_empty(), "nothing is done before it is approved");
    scene.approve();
    let plan = scene.status()["plan"]["digest"].clone();
    scene.look_and_pass().await;
    assert_eq!(scene.told.len(), 2);
    assert!(
        scene
            .told
            .iter()
            .all(|line| line.change.plan.as_deref() == plan.as_str())
    );
}
