mod reported;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{arm::id::Scope, crd::BackendKind};

const BUILT_IN: BuiltInRoles = &[("Use", Uuid::from_u128(1)), ("Edit", Uuid::from_u128(2))];
const ANNA: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const BERT: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3302";

fn now() -> Timestamp {
    "2026-11-02T10:00:00Z".parse().unwrap()
}

fn scope() -> ResourceId {
    Scope::new("s", "g").custom_api("a")
}

fn sharing(mode: &str, principals: &[Value]) -> Sharing {
    serde_json::from_value(json!({ "mode": mode, "principals": principals })).unwrap()
}

fn user(id: &str) -> Value {
    json!({ "kind": "User", "id": id, "role": "Use" })
}

fn until(end: &str) -> Value {
    json!({ "kind": "User", "id": ANNA, "role": "Use", "expiresAt": end })
}

fn reference() -> BackendReference {
    BackendReference {
        kind: BackendKind::ConnectorBackend,
        name: "registry".to_owned(),
    }
}

fn planned(sharing: &Sharing, policy: &Value, observed: &[ObservedGrant]) -> GrantPlan {
    let wish = Wish {
        sharing: Some(sharing),
        report: None,
    };
    planned_for(wish, policy, observed)
}

fn planned_for(wish: Wish<'_>, policy: &Value, observed: &[ObservedGrant]) -> GrantPlan {
    let policy: SharingPolicy = serde_json::from_value(policy.clone()).unwrap();
    let limit = Limit {
        policy: Some(&policy),
        built_in: BUILT_IN,
    };
    plan(wish, limit, (&reference(), &scope()), observed, now())
}

fn ours(role: u128, principal: &str) -> ObservedGrant {
    let role = Uuid::from_u128(role).to_string();
    ObservedGrant {
        name: role_assignment_name(&scope(), &role, principal),
        role,
        principal: principal.to_owned(),
    }
}

fn of_others(role: u128, principal: &str) -> ObservedGrant {
    ObservedGrant {
        name: Uuid::from_u128(77),
        ..ours(role, principal)
    }
}

/// How many are added and removed, and the states.
fn told(plan: &GrantPlan) -> (usize, usize, Vec<GrantState>) {
    let states = plan.states.iter().map(|state| state.state);
    (plan.add.len(), plan.remove.len(), states.collect())
}

#[test]
fn each_limit_of_the_backend_refuses_what_is_beyond_it() {
    let edit = json!({ "kind": "User", "id": ANNA, "role": "Admin" });
    let soon = until("2026-11-02T11:00:00Z");
    let late = until("2027-11-02T11:00:00Z");
    let table = [
        ("no limit", json!({}), user(ANNA), true),
        ("a role that nobody declares", json!({}), edit.clone(), false),
        (
            "a role that is declared",
            json!({ "roles": [{ "name": "Admin", "roleDefinitionId": Uuid::from_u128(9) }] }),
            edit,
            true,
        ),
        (
            "a kind that is allowed",
            json!({ "allowedKinds": ["User"] }),
            user(ANNA),
            true,
        ),
        (
            "a kind that is not",
            json!({ "allowedKinds": ["Group"] }),
            user(ANNA),
            false,
        ),
        (
            "a principal that is allowed",
            json!({ "allowedPrincipals": [ANNA] }),
            user(ANNA),
            true,
        ),
        (
            "another one",
            json!({ "allowedPrincipals": [BERT] }),
            user(ANNA),
            false,
        ),
        (
            "nobody is allowed",
            json!({ "allowedPrincipals": [] }),
            user(ANNA),
            false,
        ),
        (
            "expiry is required",
            json!({ "requireExpiry": true }),
            user(ANNA),
            false,
        ),
        ("and given", json!({ "requireExpiry": true }), soon.clone(), true),
        ("short enough", json!({ "maxDuration": "2h" }), soon, true),
        ("too long", json!({ "maxDuration": "2h" }), late, false),
        (
            "for ever, where time is limited",
            json!({ "maxDuration": "2h" }),
            user(ANNA),
            false,
        ),
    ];
    for (case, policy, principal, allowed) in table {
        let plan = planned(&sharing("Additive", &[principal]), &policy, &[]);
        let expected = if allowed {
            (1, 0, vec![GrantState::Pending])
        } else {
            (0, 0, vec![GrantState::Denied])
        };
        assert_eq!(told(&plan), expected, "{case}: {:?}", plan.denied());
    }
}

#[test]
fn a_backend_that_declares_no_sharing_shares_nothing() {
    let limit = Limit {
        policy: None,
        built_in: BUILT_IN,
    };
    let reference = BackendReference {
        kind: BackendKind::ClusterConnectorBackend,
        name: "wide".to_owned(),
    };
    let sharing = sharing("Additive", &[user(ANNA)]);
    let wish = Wish {
        sharing: Some(&sharing),
        report: None,
    };
    let plan = plan(wish, limit, (&reference, &scope()), &[], now());
    assert_eq!(told(&plan), (0, 0, vec![GrantState::Denied]));
}

#[test]
fn additive_takes_away_only_what_is_ours() {
    let observed = [ours(1, BERT), of_others(2, BERT)];
    let plan = planned(&sharing("Additive", &[]), &json!({}), &observed);
    assert_eq!((plan.remove, plan.unmanaged), (vec![observed[0].name], 1));
}

#[test]
fn exact_takes_away_what_others_granted_as_well() {
    let observed = [ours(1, BERT), of_others(2, BERT)];
    let plan = planned(&sharing("Exact", &[]), &json!({}), &observed);
    assert_eq!((plan.remove.len(), plan.unmanaged), (2, 0));
}

#[test]
fn the_same_grant_under_another_name_counts_as_granted() {
    for mode in ["Additive", "Exact"] {
        let plan = planned(&sharing(mode, &[user(ANNA)]), &json!({}), &[of_others(1, ANNA)]);
        assert!(plan.is_empty());
        assert_eq!(plan.states[0].state, GrantState::Granted);
        assert_eq!(plan.states[0].reason.as_deref(), Some("PreExisting"));
    }
}

#[test]
fn a_grant_whose_time_is_over_is_taken_away() {
    let over = sharing("Additive", &[until("2026-11-02T10:00:00Z")]);
    let plan = planned(&over, &json!({}), &[ours(1, ANNA)]);
    assert_eq!(told(&plan), (0, 1, vec![GrantState::Expired]));
    assert_eq!(plan.denied(), None);
}

#[test]
fn a_limit_that_is_tightened_revokes_unless_the_backend_keeps() {
    let wanted = sharing("Additive", &[user(ANNA)]);
    for (on_tighten, removed) in [("Revoke", 1), ("Keep", 0)] {
        let policy = json!({ "allowedPrincipals": [], "onTighten": on_tighten });
        let plan = planned(&wanted, &policy, &[ours(1, ANNA)]);
        assert_eq!(
            told(&plan),
            (0, removed, vec![GrantState::Denied]),
            "{on_tighten}"
        );
    }
}

#[test]
fn the_next_expiry_is_the_first_that_lies_ahead() {
    let all = sharing(
        "Additive",
        &[
            until("2026-11-02T09:00:00Z"),
            until("2026-11-02T12:00:00Z"),
            until("2026-11-02T11:00:00Z"),
        ],
    );
    let expected: Timestamp = "2026-11-02T11:00:00Z".parse().unwrap();
    assert_eq!(next_expiry(Some(&all), now()), Some(expected));
    assert_eq!(next_expiry(None, now()), None);
}

fn any_principal() -> impl Strategy<Value = Value> {
    let role = prop::sample::select(vec!["Use", "Edit", "Other"]);
    let end = prop::sample::select(vec![
        None,
        Some("2026-11-02T09:00:00Z"),
        Some("2026-11-02T12:00:00Z"),
    ]);
    (prop::bool::ANY, role, end).prop_map(|(anna, role, end)| {
        let mut it = json!({ "kind": "User", "id": if anna { ANNA } else { BERT }, "role": role });
        if let Some(end) = end {
            it["expiresAt"] = end.into();
        }
        it
    })
}

fn any_policy() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({}),
        json!({ "allowedPrincipals": [ANNA] }),
        json!({ "allowedPrincipals": [], "onTighten": "Keep" }),
        json!({ "requireExpiry": true }),
        json!({ "maxDuration": "1h" }),
    ])
}

fn any_observed() -> impl Strategy<Value = Vec<ObservedGrant>> {
    let all = vec![ours(1, ANNA), ours(2, BERT), of_others(1, BERT)];
    prop::sample::subsequence(all, 0..=3)
}

proptest! {
    #[test]
    fn a_plan_that_was_carried_out_leaves_nothing_to_do(
        principals in prop::collection::vec(any_principal(), 0..4), policy in any_policy(),
        exact in prop::bool::ANY, observed in any_observed(),
    ) {
        let sharing = sharing(if exact { "Exact" } else { "Additive" }, &principals);
        let plan = planned(&sharing, &policy, &observed);
        let mut after: Vec<ObservedGrant> =
            observed.into_iter().filter(|grant| !plan.remove.contains(&grant.name)).collect();
        for addition in &plan.add {
            let principal = plan.states[addition.state].id.clone();
            if !after.iter().any(|grant| grant.name == addition.name) {
                after.push(ObservedGrant { name: addition.name, role: addition.role.clone(), principal });
            }
        }
        let again = planned(&sharing, &policy, &after);
        prop_assert!(again.is_empty(), "{:?}", again);
        prop_assert_eq!(again.unmanaged, plan.unmanaged);
        prop_assert!(!exact || again.unmanaged == 0);
    }
}
