use super::*;
use crate::reconcile::reason::Reason;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn judged(result: Result<(), Stop>) -> Judged {
    Judged {
        result,
        instance: Some("first".to_owned()),
        tally: Tally {
            connectors: 2,
            failed: 1,
            throttled_until: None,
        },
        held: false,
    }
}

fn counted(connectors: i64, failed: i64) -> Judged {
    Judged {
        tally: Tally {
            connectors,
            failed,
            throttled_until: None,
        },
        ..judged(Ok(()))
    }
}

fn told(reason: Reason) -> BackendStatus {
    let stop = Stop::new(reason, "why");
    next(&BackendStatus::default(), judged(Err(stop)), 1, at(1)).unwrap()
}

fn summary(status: &BackendStatus) -> String {
    [Kind::Ready, Kind::Reconciling, Kind::Stalled]
        .map(|kind| conditions::find(&status.conditions, kind).map_or("-", |it| it.status.as_str()))
        .join(" ")
}

#[test]
fn a_backend_is_ready_waits_or_is_stalled() {
    let ready = next(&BackendStatus::default(), judged(Ok(())), 1, at(1)).unwrap();
    assert_eq!(
        (summary(&ready).as_str(), ready.observed_generation),
        ("True - -", Some(1))
    );
    let down = told(Reason::BackendUnavailable);
    assert_eq!(
        (summary(&down).as_str(), down.observed_generation),
        ("False True -", None)
    );
    let refused = told(Reason::Unauthorized);
    assert_eq!(
        (summary(&refused).as_str(), refused.observed_generation),
        ("False - True", Some(1))
    );
}

#[test]
fn the_same_look_again_writes_nothing() {
    for result in [Ok(()), Err(Stop::new(Reason::BackendUnavailable, "why"))] {
        let status = next(&BackendStatus::default(), judged(result.clone()), 1, at(1)).unwrap();
        assert_eq!(next(&status, judged(result), 1, at(99)), None);
    }
}

#[test]
fn the_first_registry_that_answers_is_remembered() {
    let first = next(&BackendStatus::default(), judged(Ok(())), 1, at(1)).unwrap();
    let later = Judged {
        instance: Some("second".to_owned()),
        ..judged(Ok(()))
    };
    assert_eq!(first.registry_instance.as_deref(), Some("first"));
    assert_eq!(
        next(&first, later, 1, at(2)),
        None,
        "another one is judged against it elsewhere"
    );
}

#[test]
fn a_backend_that_recovers_loses_what_the_failure_set() {
    let down = told(Reason::BackendUnavailable);
    let ready = next(&down, judged(Ok(())), 1, at(9)).unwrap();
    assert_eq!(summary(&ready), "True - -");
    let condition = conditions::find(&ready.conditions, Kind::Ready).unwrap();
    assert_eq!(condition.last_transition_time.0, at(9));
}

#[test]
fn a_first_look_does_not_count_those_that_waited_for_it_as_failed() {
    let first = next(&BackendStatus::default(), counted(4, 4), 1, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!((first.connectors, first.failed), (None, None));
    assert!(conditions::holds(&first.conditions, Kind::Ready));
}

#[test]
fn a_later_look_brings_the_counts_up_to_date_in_the_same_write() {
    let known = BackendStatus {
        connectors: Some(4),
        failed: Some(4),
        ..BackendStatus::default()
    };
    let later = next(&known, counted(4, 1), 1, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!((later.connectors, later.failed), (Some(4), Some(1)));
    assert_eq!(
        next(&later, counted(4, 1), 1, Timestamp::UNIX_EPOCH),
        None,
        "nothing changed"
    );
}

#[test]
fn a_backend_that_waits_for_its_connectors_says_how_to_let_it_go() {
    let replaced = Stop::new(Reason::RegistryReplaced, "another answers");
    for result in [Ok(()), Err(replaced)] {
        let held = Judged {
            held: true,
            ..judged(result.clone())
        };
        let status = next(&BackendStatus::default(), held.clone(), 2, at(1)).unwrap();
        let ready = conditions::find(&status.conditions, Kind::Ready).unwrap();
        for way_out in ["spec.backendRefs", "spec.deletionPolicy: Orphan"] {
            assert!(ready.message.contains(way_out), "{}", ready.message);
        }
        assert_eq!(next(&status, held, 2, at(9)), None, "told once");
    }
}
