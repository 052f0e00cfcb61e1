//! Grants where changes by others are only reported.

use super::*;
use crate::{
    crd::{
        sharing::PrincipalKind,
        status::{CustomConnectorStatus, Registration, RegistrationState},
    },
    reconcile::conditions::{self, Kind, Truth},
};

/// The status after a pass over generation 1 that left grants in these states.
fn status_of(states: Vec<GrantStatus>) -> CustomConnectorStatus {
    let mut status = CustomConnectorStatus {
        sharing: Some(summarise(states, 0)),
        registrations: vec![Registration {
            backend_kind: BackendKind::ConnectorBackend,
            backend_name: "registry".to_owned(),
            id: Some(scope().to_string()),
            state: RegistrationState::Registered,
            digest: None,
            adopted: None,
            redirect_url: None,
            error: None,
        }],
        ..CustomConnectorStatus::default()
    };
    shared(&mut status, "Shared");
    status
}

fn shared(status: &mut CustomConnectorStatus, reason: &str) {
    conditions::set(
        &mut status.conditions,
        Kind::Shared,
        (Truth::True, reason, ""),
        1,
        now(),
    );
}

fn granted(id: &str) -> GrantStatus {
    GrantStatus {
        kind: PrincipalKind::User,
        id: id.to_owned(),
        role: "Use".to_owned(),
        registration: "ConnectorBackend/registry".to_owned(),
        state: GrantState::Granted,
        reason: None,
    }
}

fn somebody(number: usize) -> String {
    format!("3f2504e0-4f89-41d3-9a0c-0305e82c{number:04}")
}

/// The plan of a connector with that status, at that generation.
fn reported(
    sharing: &Sharing,
    status: &CustomConnectorStatus,
    generation: i64,
    observed: &[ObservedGrant],
) -> GrantPlan {
    let wish = Wish {
        sharing: Some(sharing),
        report: Some(Made::of(status, generation)),
    };
    planned_for(wish, &json!({}), observed)
}

#[test]
fn a_grant_that_was_made_and_is_gone_is_told_and_not_made_again() {
    let wanted = sharing("Additive", &[user(ANNA), user(BERT)]);
    let mut status = status_of(vec![granted(ANNA), granted(BERT)]);
    for _ in 0..3 {
        let plan = reported(&wanted, &status, 1, &[ours(1, BERT)]);
        assert!(plan.is_empty(), "{plan:?}");
        assert_eq!(plan.drift, [format!("the grant of Use to User {ANNA} is gone")]);
        assert_eq!(plan.states[0].reason.as_deref(), Some("DriftDetected"));
        // What the next pass reads is what this one tells.
        status = status_of(plan.states);
        assert_eq!(status.sharing.as_ref().unwrap().summary, "1/2");
    }
}

#[test]
fn a_grant_that_came_back_is_no_drift_any_more() {
    let wanted = sharing("Additive", &[user(ANNA)]);
    let told = reported(&wanted, &status_of(vec![granted(ANNA)]), 1, &[]);
    let back = reported(&wanted, &status_of(told.states), 1, &[ours(1, ANNA)]);
    assert!(back.is_empty() && back.drift.is_empty(), "{back:?}");
    assert_eq!(back.states[0].reason, None);
}

#[test]
fn what_was_not_made_yet_is_made() {
    let wanted = sharing("Additive", &[user(ANNA)]);
    let pending = GrantStatus {
        state: GrantState::Pending,
        reason: Some("PrincipalNotFound".to_owned()),
        ..granted(ANNA)
    };
    let elsewhere = GrantStatus {
        registration: "ConnectorBackend/other".to_owned(),
        ..granted(ANNA)
    };
    let mut cut_short = status_of(vec![granted(ANNA)]);
    shared(&mut cut_short, "TimedOut");
    let table = [
        ("nothing was told", CustomConnectorStatus::default(), 1),
        ("others had it", status_of(vec![granted(BERT)]), 1),
        ("it was waited for", status_of(vec![pending]), 1),
        ("it was made elsewhere", status_of(vec![elsewhere]), 1),
        ("it was made for another spec", status_of(vec![granted(ANNA)]), 2),
        ("the last pass did not come to it", cut_short, 1),
    ];
    for (case, status, generation) in table {
        let plan = reported(&wanted, &status, generation, &[]);
        assert_eq!((plan.add.len(), plan.drift.len()), (1, 0), "{case}");
    }
}

#[test]
fn what_the_list_has_no_room_for_was_made_if_what_it_shows_last_was() {
    let everybody: Vec<String> = (0..40).map(somebody).collect();
    let wanted: Vec<Value> = everybody.iter().map(|id| user(id)).collect();
    let wanted = sharing("Additive", &wanted);
    let made = || everybody.iter().map(|id| granted(id)).collect::<Vec<_>>();

    let plan = reported(&wanted, &status_of(made()), 1, &[]);
    assert_eq!((plan.add.len(), plan.drift.len()), (0, 40));
    let plan = reported(&wanted, &status_of(plan.states), 1, &[]);
    assert_eq!((plan.add.len(), plan.drift.len()), (0, 40), "told once more");

    let mut in_trouble = made();
    for grant in &mut in_trouble[..39] {
        grant.state = GrantState::Pending;
    }
    let plan = reported(&wanted, &status_of(in_trouble), 1, &[]);
    assert_eq!((plan.add.len(), plan.drift.len()), (40, 0));

    let mut unreached = status_of(made());
    unreached.registrations[0].state = RegistrationState::Pending;
    let plan = reported(&wanted, &unreached, 1, &[]);
    assert_eq!((plan.add.len(), plan.drift.len()), (8, 32));
}

#[test]
fn exact_tells_of_what_others_granted_and_takes_away_what_has_left_the_spec() {
    let observed = [ours(1, BERT), of_others(2, BERT), ours(1, ANNA)];
    let wanted = sharing("Exact", &[user(ANNA)]);
    let plan = reported(&wanted, &status_of(vec![granted(ANNA)]), 1, &observed);
    assert_eq!((&plan.remove[..], plan.unmanaged), (&[observed[0].name][..], 1));
    assert!(
        matches!(&plan.drift[..], [told] if told.contains(BERT)),
        "{plan:?}"
    );

    let additive = sharing("Additive", &[user(ANNA)]);
    let plan = reported(&additive, &status_of(vec![granted(ANNA)]), 1, &observed);
    assert_eq!((plan.unmanaged, plan.drift.len()), (1, 0));
}

#[test]
fn a_grant_whose_time_is_over_goes_and_is_no_drift() {
    let over = sharing("Additive", &[until("2026-11-02T10:00:00Z")]);
    let status = status_of(vec![granted(ANNA)]);
    let plan = reported(&over, &status, 1, &[ours(1, ANNA)]);
    assert_eq!(
        (told(&plan), plan.drift.len()),
        ((0, 1, vec![GrantState::Expired]), 0)
    );
    assert!(reported(&over, &status, 1, &[]).drift.is_empty());
}

#[test]
fn where_the_connector_itself_is_gone_nothing_is_granted_and_nothing_more_told() {
    let wanted = sharing("Additive", &[user(ANNA), user(BERT)]);
    let mut plan = reported(&wanted, &status_of(vec![granted(ANNA)]), 1, &[]);
    plan.withhold();
    assert!(plan.is_empty() && plan.drift.is_empty(), "{plan:?}");
    assert!(
        plan.states
            .iter()
            .all(|it| it.reason.as_deref() == Some("DriftDetected"))
    );
}
