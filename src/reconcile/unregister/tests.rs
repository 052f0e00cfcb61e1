//! What holds a removal, and what lets it go.

use super::*;
use crate::crd::{
    BackendKind,
    status::{Registration, RegistrationState},
};

fn farewell(policy: Option<DeletionPolicy>, adopted: bool, overdue: bool) -> Farewell {
    Farewell {
        policy,
        adopted,
        protected: true,
        overdue,
    }
}

fn leaving(recorded: bool) -> Leaving {
    Leaving {
        registration: Registration {
            backend_kind: BackendKind::ConnectorBackend,
            backend_name: "registry".to_owned(),
            id: recorded.then(|| "/subscriptions/s".to_owned()),
            state: RegistrationState::Registered,
            digest: None,
            adopted: None,
            redirect_url: None,
            error: None,
        },
        kept: false,
        recorded,
        site: Err(Stop::new(Reason::BackendGone, "gone")),
    }
}

#[test]
fn what_cannot_be_reached_is_held_unless_it_is_to_be_left_behind() {
    use DeletionPolicy::{Delete, Orphan};
    let (gone, down) = (Reason::BackendGone, Reason::BackendUnavailable);
    let (held, left, nothing) = (None, Some(Parted::LeftBehind), Some(Parted::Nothing));
    let table = [
        ("gone", gone, farewell(None, false, true), true, held),
        ("down", down, farewell(Some(Delete), true, true), true, held),
        (
            "gone, to be left",
            gone,
            farewell(Some(Orphan), false, false),
            true,
            left,
        ),
        ("gone, taken over", gone, farewell(None, true, false), true, left),
        (
            "down, to be left",
            down,
            farewell(Some(Orphan), false, false),
            true,
            held,
        ),
        (
            "down for long, to be left",
            down,
            farewell(Some(Orphan), false, true),
            true,
            left,
        ),
        (
            "never registered at what is gone",
            gone,
            farewell(None, false, false),
            false,
            nothing,
        ),
        (
            "perhaps registered at what is down",
            down,
            farewell(None, false, false),
            false,
            held,
        ),
    ];
    for (case, reason, farewell, recorded, expected) in table {
        let parted = part_unreached(&leaving(recorded), farewell, &Stop::new(reason, "why"));
        assert_eq!(parted.ok(), expected, "{case}");
    }
}

#[test]
fn whoever_is_to_be_left_behind_is_left_at_once_where_waiting_would_not_help() {
    let stalled = Obstacle::Stop(Stop::new(Reason::RegistryReplaced, "another"));
    let passing = Obstacle::Stop(Stop::new(Reason::BackendUnavailable, "down"));
    let orphan = |overdue| farewell(Some(DeletionPolicy::Orphan), false, overdue);
    assert!(orphan(false).leaves_as_it_is(&stalled));
    assert!(!orphan(false).leaves_as_it_is(&passing));
    assert!(orphan(true).leaves_as_it_is(&passing));
    assert!(!farewell(None, false, true).leaves_as_it_is(&stalled));
}

#[test]
fn what_holds_a_removal_says_what_ends_it() {
    let down = || Stop::new(Reason::BackendUnavailable, "it is down");
    let told = with_way_out(down(), farewell(None, false, false));
    assert!(told.message.contains(WAY_OUT), "{}", told.message);
    let again = with_way_out(told.clone(), farewell(None, false, false));
    assert_eq!(told, again, "said once");
    let orphan = with_way_out(down(), farewell(Some(DeletionPolicy::Orphan), false, false));
    assert!(orphan.message.contains("After 10 minutes"), "{}", orphan.message);
    let throttled = Stop::new(Reason::Throttled, "later");
    assert_eq!(
        with_way_out(throttled.clone(), farewell(None, false, false)),
        throttled
    );
}
