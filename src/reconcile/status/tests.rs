use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn done() -> Outcome {
    Outcome {
        source: Stage::Done("fetched".to_owned()),
        valid: Stage::Done("valid".to_owned()),
        registered: Stage::Done("registered".to_owned()),
        shared: Stage::Done("shared".to_owned()),
        definition: Some(DefinitionStatus {
            title: Some("first".to_owned()),
            ..DefinitionStatus::default()
        }),
        ..Outcome::default()
    }
}

/// A pass that stopped at the stage of that number, counted from the source.
fn stopped(stage: usize, reason: Reason) -> Outcome {
    let mut outcome = Outcome::default();
    let stages = [
        &mut outcome.source,
        &mut outcome.valid,
        &mut outcome.registered,
        &mut outcome.shared,
    ];
    for (number, it) in stages.into_iter().enumerate() {
        if number < stage {
            *it = Stage::Done("done".to_owned());
        } else if number == stage {
            *it = Stage::Stopped(Stop::new(reason, "why"));
        }
    }
    outcome
}

fn first(outcome: Outcome) -> CustomConnectorStatus {
    next(&CustomConnectorStatus::default(), outcome, 1, at(1)).unwrap()
}

/// `Ready Reconciling Stalled Drifted`, each as its status, or a dash where it is absent.
fn summary(status: &CustomConnectorStatus) -> String {
    [Kind::Ready, Kind::Reconciling, Kind::Stalled, Kind::Drifted]
        .map(|kind| conditions::find(&status.conditions, kind).map_or("-", |it| it.status.as_str()))
        .join(" ")
}

#[test]
fn each_situation_shows_as_the_state_table_says() {
    let drifted = Outcome {
        drift: vec!["displayName".to_owned()],
        ..done()
    };
    let removed = Outcome {
        registered: Stage::Drifted("registered with 0 of 1 backend".to_owned()),
        shared: Stage::Drifted("0/1 grants in place".to_owned()),
        ..drifted.clone()
    };
    let table = [
        ("as wanted", done(), "True - - -"),
        ("drift that is only reported", drifted, "True - - True"),
        ("a registration that others removed", removed, "True - - True"),
        (
            "reference missing",
            stopped(0, Reason::ConfigMapNotFound),
            "False True - -",
        ),
        (
            "backend down",
            stopped(2, Reason::BackendUnavailable),
            "False True - -",
        ),
        ("throttled", stopped(2, Reason::Throttled), "False True - -"),
        (
            "principal too fresh",
            stopped(3, Reason::PrincipalNotFound),
            "False True - -",
        ),
        (
            "description invalid",
            stopped(1, Reason::DefinitionInvalid),
            "False - True -",
        ),
        ("name taken", stopped(2, Reason::NameTaken), "False - True -"),
        (
            "principal not allowed",
            stopped(3, Reason::PrincipalNotAllowed),
            "False - True -",
        ),
        (
            "credential rejected",
            stopped(2, Reason::Unauthorized),
            "False - True -",
        ),
        (
            "namespace not admitted",
            stopped(2, Reason::NotAdmitted),
            "False - True -",
        ),
    ];
    for (case, outcome, expected) in table {
        assert_eq!(summary(&first(outcome)), expected, "{case}");
    }
}

#[test]
fn what_others_took_away_is_not_told_as_registered_and_shared_although_nothing_is_to_be_done() {
    let status = first(Outcome {
        registered: Stage::Drifted("registered with 0 of 1 backend".to_owned()),
        shared: Stage::Drifted("0/1 grants in place".to_owned()),
        drift: vec!["ConnectorBackend registry: the connector itself, which is gone".to_owned()],
        ..done()
    });
    let told = |kind| {
        let condition = conditions::find(&status.conditions, kind).unwrap();
        [&condition.status, &condition.reason, &condition.message].map(String::as_str)
    };
    assert_eq!(
        told(Kind::Registered),
        ["False", "DriftDetected", "registered with 0 of 1 backend"]
    );
    assert_eq!(
        told(Kind::Shared),
        ["False", "DriftDetected", "0/1 grants in place"]
    );
    assert_eq!(
        told(Kind::Ready),
        [
            "True",
            "Ready",
            "registered with 0 of 1 backend; 0/1 grants in place"
        ]
    );
}

#[test]
fn a_generation_counts_as_observed_once_it_was_judged() {
    assert_eq!(first(done()).observed_generation, Some(1));
    assert_eq!(
        first(stopped(1, Reason::DefinitionInvalid)).observed_generation,
        Some(1)
    );
    assert_eq!(
        first(stopped(0, Reason::ConfigMapNotFound)).observed_generation,
        None
    );
}

#[test]
fn waiting_changes_nothing_about_a_generation_that_is_done() {
    let old = first(done());
    assert_eq!(next(&old, stopped(2, Reason::BackendUnavailable), 1, at(2)), None);
    let new = next(&old, stopped(2, Reason::BackendUnavailable), 2, at(2)).unwrap();
    assert_eq!(
        (summary(&new).as_str(), new.observed_generation),
        ("False True - -", Some(1))
    );
}

#[test]
fn older_facts_stay_with_their_generation_when_a_later_description_is_bad() {
    let registration = Registration {
        backend_kind: crate::crd::BackendKind::ConnectorBackend,
        backend_name: "registry".to_owned(),
        id: Some("/id".to_owned()),
        state: RegistrationState::Registered,
        digest: None,
        adopted: None,
        redirect_url: None,
        error: None,
    };
    let old = first(Outcome {
        registrations: Some(vec![registration]),
        ..done()
    });
    let new = next(&old, stopped(1, Reason::DefinitionInvalid), 2, at(9)).unwrap();
    let of = |kind| {
        let condition = conditions::find(&new.conditions, kind).unwrap();
        (
            condition.status.as_str(),
            condition.observed_generation,
            condition.last_transition_time.0,
        )
    };
    assert_eq!(of(Kind::Registered), ("True", Some(1), at(1)));
    assert_eq!(of(Kind::Shared), ("True", Some(1), at(1)));
    assert_eq!(of(Kind::Valid), ("False", Some(2), at(9)));
    assert_eq!(of(Kind::Ready), ("False", Some(2), at(9)));
    assert_eq!(
        (&new.registrations, &new.definition),
        (&old.registrations, &old.definition)
    );
    assert_eq!(new.registered.as_deref(), Some("1/1"));
}

#[test]
fn a_stage_that_was_never_reached_is_unknown() {
    let status = first(stopped(1, Reason::DefinitionInvalid));
    let registered = conditions::find(&status.conditions, Kind::Registered).unwrap();
    assert_eq!(
        (registered.status.as_str(), registered.reason.as_str()),
        ("Unknown", "NotReached")
    );
}

#[test]
fn only_the_message_moves_when_only_the_message_changed() {
    let old = first(stopped(2, Reason::NameTaken));
    let mut outcome = stopped(2, Reason::NameTaken);
    outcome.registered = Stage::Stopped(Stop::new(Reason::NameTaken, "another"));
    let new = next(&old, outcome, 1, at(9)).unwrap();
    let ready = conditions::find(&new.conditions, Kind::Ready).unwrap();
    assert_eq!(
        (ready.message.as_str(), ready.last_transition_time.0),
        ("another", at(1))
    );
}

#[test]
fn success_takes_off_what_a_failure_set_and_keeps_the_time_of_the_flip() {
    let failed = first(stopped(2, Reason::NameTaken));
    let new = next(&failed, done(), 1, at(9)).unwrap();
    assert_eq!(summary(&new), "True - - -");
    let ready = conditions::find(&new.conditions, Kind::Ready).unwrap();
    assert_eq!(ready.last_transition_time.0, at(9));
}

#[test]
fn a_request_is_answered_by_a_pass_that_came_to_an_end() {
    let asked = |outcome: Outcome| Outcome {
        request: Some("now".to_owned()),
        ..outcome
    };
    assert_eq!(first(asked(done())).last_handled_request.as_deref(), Some("now"));
    let stalled = first(asked(stopped(1, Reason::DefinitionInvalid)));
    assert_eq!(stalled.last_handled_request.as_deref(), Some("now"));
    assert_eq!(
        first(asked(stopped(2, Reason::Throttled))).last_handled_request,
        None
    );
}

#[test]
fn a_deletion_that_is_held_says_why_and_is_told_once() {
    let old = first(done());
    let stop = Stop::new(Reason::ConnectionsExist, "two connections use it");
    let new = held(&old, &stop, None, 2, at(9)).unwrap();
    assert_eq!(summary(&new), "False - True -");
    assert_eq!(new.observed_generation, Some(2));
    assert_eq!(held(&new, &stop, None, 2, at(99)), None);
}

#[test]
fn a_timeout_after_the_last_stage_is_not_taken_for_success() {
    let mut outcome = done();
    outcome.stop_at_next(Stop::new(Reason::TimedOut, "late"));
    assert_eq!(outcome.stop().map(|stop| stop.reason), Some(Reason::TimedOut));
    let mut early = Outcome::default();
    early.stop_at_next(Stop::new(Reason::TimedOut, "late"));
    assert!(matches!(early.source, Stage::Stopped(_)));
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let reason = prop::sample::select(Reason::ALL);
    let end = (0..5_usize, reason);
    let drift = prop::collection::vec("[a-c]", 0..2);
    (end, drift, prop::option::of("[a-c]")).prop_map(|((stage, reason), drift, request)| {
        let outcome = if stage == 4 {
            done()
        } else {
            stopped(stage, reason)
        };
        Outcome {
            drift,
            request,
            ..outcome
        }
    })
}

proptest! {
    #[test]
    fn the_same_pass_again_writes_nothing(
        before in any_outcome(), outcome in any_outcome(), generation in 1..3_i64, later in 2..99_i64,
    ) {
        let old = first(before);
        if let Some(new) = next(&old, outcome.clone(), generation, at(2)) {
            prop_assert_eq!(next(&new, outcome, generation, at(later)), None);
        }
    }

    #[test]
    fn kstatus_never_reads_both_done_and_not_done(outcome in any_outcome()) {
        let status = first(outcome);
        let holds = |kind| conditions::holds(&status.conditions, kind);
        prop_assert_eq!(holds(Kind::Ready), !holds(Kind::Reconciling) && !holds(Kind::Stalled));
        prop_assert!(!(holds(Kind::Reconciling) && holds(Kind::Stalled)));
    }
}
