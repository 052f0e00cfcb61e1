use proptest::prelude::*;

use super::*;
use crate::crd::{BackendKind, CustomConnectorSpec};

const DIGEST: &str = "sha256:00";

fn reference(name: &str) -> BackendReference {
    BackendReference {
        kind: BackendKind::ConnectorBackend,
        name: name.to_owned(),
    }
}

fn sharing(principals: &Value) -> Sharing {
    serde_json::from_value(json!({ "principals": principals })).unwrap()
}

fn grant(principal: &str) -> Step {
    Step {
        backend: "ConnectorBackend east".to_owned(),
        id: "/subscriptions/s/resourceGroups/east/providers/Microsoft.Web/customApis/pets".to_owned(),
        deed: Deed::Grant {
            kind: PrincipalKind::User,
            principal: principal.to_owned(),
            role: "Use".to_owned(),
            definition: "1".to_owned(),
        },
    }
}

fn plan(steps: &[Step]) -> Plan {
    of("uid", DIGEST, &[], steps)
}

fn of(uid: &str, document: &str, seen: &[Value], steps: &[Step]) -> Plan {
    let east = reference("east");
    let aim = Aim {
        uid,
        name: "pets",
        references: vec![&east],
        document: Some(document),
        sharing: None,
    };
    Plan::new(&aim, seen, steps.to_vec())
}

#[test]
fn each_thing_that_was_seen_or_is_wanted_makes_another_plan() {
    let (east, west) = (reference("east"), reference("west"));
    let (anna, bert) = (
        sharing(&json!([{ "kind": "User", "id": "anna", "role": "Use" }])),
        sharing(
            &json!([{ "kind": "User", "id": "anna", "role": "Use", "expiresAt": "2026-11-02T10:00:00Z" }]),
        ),
    );
    let aim = Aim {
        uid: "uid",
        name: "pets",
        references: vec![&east],
        document: Some(DIGEST),
        sharing: Some(&anna),
    };
    let aims = [
        aim.clone(),
        Aim {
            uid: "other",
            ..aim.clone()
        },
        Aim {
            name: "cats",
            ..aim.clone()
        },
        Aim {
            references: vec![&east, &west],
            ..aim.clone()
        },
        Aim {
            document: Some("sha256:01"),
            ..aim.clone()
        },
        Aim {
            document: None,
            ..aim.clone()
        },
        Aim {
            sharing: Some(&bert),
            ..aim.clone()
        },
        Aim {
            sharing: None,
            ..aim.clone()
        },
    ];
    let mut digests: Vec<String> = aims
        .iter()
        .map(|aim| Plan::new(aim, &[], vec![grant("anna")]).digest())
        .collect();
    digests.push(Plan::new(&aim, &[json!("seen")], vec![grant("anna")]).digest());
    digests.push(Plan::new(&aim, &[], vec![grant("bert")]).digest());
    digests.push(Plan::new(&aim, &[], vec![grant("anna"), grant("bert")]).digest());
    let all = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), all);
}

#[test]
fn the_digest_is_one_that_the_spec_takes_and_the_stricter_of_both_sides_holds() {
    let digest = plan(&[grant("anna")]).digest();
    let spec = json!({ "definition": { "inline": "{}" }, "approvedPlan": digest });
    let spec: CustomConnectorSpec = serde_json::from_value(spec).unwrap();
    assert_eq!(spec.approved_plan.map(|it| it.len()), Some(71));
    let table = [
        (Approval::Automatic, RequireApproval::Never, Need::Nothing),
        (Approval::Automatic, RequireApproval::Grants, Need::Grants),
        (Approval::Automatic, RequireApproval::Always, Need::Everything),
        (Approval::Manual, RequireApproval::Never, Need::Everything),
        (Approval::Manual, RequireApproval::Grants, Need::Everything),
    ];
    for (own, backend, need) in table {
        assert_eq!(Need::of(own, backend), need, "{own:?} {backend:?}");
    }
}

#[test]
fn only_the_plan_that_was_told_and_approved_may_be_carried_out() {
    let full = plan(&[grant("anna"), grant("bert")]);
    let (told, digest) = (full.told(), full.digest());
    let other = plan(&[grant("carl")]).told();
    let approved = Standing::Approved(digest.clone());
    let table = [
        ("nobody approved", None, Some(&told), Standing::Pending),
        (
            "another was approved",
            Some(other.digest.as_str()),
            Some(&told),
            Standing::Pending,
        ),
        ("approved", Some(digest.as_str()), Some(&told), approved),
        (
            "approved before it was told",
            Some(digest.as_str()),
            None,
            Standing::Untold,
        ),
        (
            "another was told",
            Some(digest.as_str()),
            Some(&other),
            Standing::Untold,
        ),
    ];
    for (case, approval, recorded, standing) in table {
        assert_eq!(full.standing(approval, recorded, false), standing, "{case}");
    }
    assert_eq!(
        plan(&[]).standing(Some(&digest), Some(&told), false),
        Standing::Nothing
    );
}

#[test]
fn what_is_left_of_an_approved_plan_goes_on_and_nothing_else_does() {
    let full = plan(&[grant("anna"), grant("bert")]);
    let (told, digest) = (full.told(), full.digest());
    let seen = [json!("what the first half made")];
    let left = |uid, document, steps: &[Step]| of(uid, document, &seen, steps);
    let standing = |plan: &Plan, recorded, begun| plan.standing(Some(&digest), Some(recorded), begun);
    let rest = left("uid", DIGEST, &[grant("bert")]);
    assert_eq!(standing(&rest, &told, true), Standing::Approved(digest.clone()));
    assert_eq!(
        standing(&left("uid", DIGEST, &[]), &told, true),
        Standing::Approved(digest.clone())
    );
    assert_eq!(
        standing(&rest, &told, false),
        Standing::Pending,
        "it was never begun"
    );
    let more = left("uid", DIGEST, &[grant("bert"), grant("carl")]);
    assert_eq!(
        standing(&more, &told, true),
        Standing::Pending,
        "more is to be done"
    );
    let another = left("uid", "sha256:01", &[grant("bert")]);
    assert_eq!(
        standing(&another, &told, true),
        Standing::Pending,
        "something else is wanted"
    );
    let mut forged = told.clone();
    forged.steps.extend(plan(&[grant("carl")]).told().steps);
    assert_eq!(
        standing(&more, &forged, true),
        Standing::Pending,
        "the status was edited"
    );
}

#[test]
fn people_read_at_most_twenty_lines_and_the_last_counts_the_rest() {
    let steps: Vec<Step> = (0..30).map(|number| grant(&number.to_string())).collect();
    let lines = plan(&steps).lines();
    assert_eq!((lines.len(), lines[19].as_str()), (20, "and 11 more"));
    assert_eq!(plan(&steps[..20]).lines().len(), 20);
    assert_eq!(lines[0], "ConnectorBackend east: grant Use to User 0");
    let difference = Difference {
        paths: (0..5).map(|number| format!("p{number}")).collect(),
        breaking: vec!["The operation is gone. [OperationRemoved]".to_owned()],
        harmless: 2,
        ..Difference::default()
    };
    let change = Step {
        deed: Deed::Change(difference),
        ..grant("anna")
    };
    assert_eq!(
        plan(&[change]).lines(),
        [
            "ConnectorBackend east: change pets: 1 of the document would break workflows: The operation is gone. \
             [OperationRemoved]; 2 of the document would not; differs in p0, p1, p2 and 2 more"
        ]
    );
}

proptest! {
    #[test]
    fn steps_in_another_order_are_the_same_plan_and_any_other_set_is_not(
        one in prop::collection::btree_set("[a-d]", 0..4),
        other in prop::collection::btree_set("[a-d]", 0..4),
    ) {
        let forth: Vec<Step> = one.iter().map(|name| grant(name)).collect();
        let back: Vec<Step> = one.iter().rev().map(|name| grant(name)).collect();
        prop_assert_eq!(plan(&forth).digest(), plan(&back).digest());
        let others: Vec<Step> = other.iter().map(|name| grant(name)).collect();
        prop_assert_eq!(plan(&forth).digest() == plan(&others).digest(), one == other);
        // What is left of a plan is any part of it, and nothing more.
        let (told, digest) = (plan(&forth).told(), plan(&forth).digest());
        let begun = plan(&others).standing(Some(&digest), Some(&told), true);
        prop_assert_eq!(begun == Standing::Approved(digest), other.is_subset(&one));
    }
}
