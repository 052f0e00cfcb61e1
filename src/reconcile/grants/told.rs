//! What status tells of grants, and what can be read back from it. No client.

use super::super::{
    conditions::{self, Kind},
    reason::Reason,
};
use crate::crd::{
    BackendReference,
    sharing::Principal,
    status::{
        CustomConnectorStatus, GrantState, GrantStatus, Registration, RegistrationState, SharingStatus,
    },
};

/// Grants that status lists.
const LISTED: usize = 32;

/// How status names the backend of a grant's registration.
pub(super) fn registration(reference: &BackendReference) -> String {
    format!("{}/{}", reference.kind.as_str(), reference.name)
}

/// All grants of all registrations, counted; of the list, those in trouble first.
pub fn summarise(mut states: Vec<GrantStatus>, unmanaged: usize) -> SharingStatus {
    let count = |wanted: &dyn Fn(GrantState) -> bool| -> i64 {
        states
            .iter()
            .filter(|it| wanted(it.state))
            .count()
            .try_into()
            .unwrap_or(i64::MAX)
    };
    let desired = count(&|state| state != GrantState::Expired);
    let granted = count(&|state| state == GrantState::Granted);
    let failed = count(&|state| matches!(state, GrantState::Denied | GrantState::Failed));
    // What was made before comes last, so that what is cut off can be told from what was never made.
    states.sort_by_key(|it| (it.state, was_taken(it)));
    states.truncate(LISTED);
    SharingStatus {
        desired,
        granted,
        failed,
        unmanaged: unmanaged.try_into().unwrap_or(i64::MAX),
        summary: format!("{granted}/{desired}"),
        principals: states,
    }
}

/// A grant was made, and others took it away.
fn was_taken(grant: &GrantStatus) -> bool {
    grant.state == GrantState::Pending && grant.reason.as_deref() == Some(Reason::DriftDetected.as_str())
}

/// The grants that were made for the present generation, as its status tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Made<'a> {
    listed: &'a [GrantStatus],
    registrations: &'a [Registration],
}

impl<'a> Made<'a> {
    /// Reads them back. A status of another generation, or one that a pass wrote which ran out of time and did not
    /// come to speak of grants, tells of none.
    pub fn of(status: &'a CustomConnectorStatus, generation: i64) -> Self {
        let shared = conditions::find(&status.conditions, Kind::Shared);
        let spoke = shared.is_some_and(|shared| {
            shared.observed_generation == Some(generation) && shared.reason != Reason::TimedOut.as_str()
        });
        status
            .sharing
            .as_ref()
            .filter(|_| spoke)
            .map_or_else(Self::default, |sharing| Self {
                listed: &sharing.principals,
                registrations: &status.registrations,
            })
    }

    /// Whether the principal had its grant at that backend, whoever took it away since.
    pub(super) fn has(&self, principal: &Principal, reference: &BackendReference) -> bool {
        let registration = registration(reference);
        let listed = self.listed.iter().find(|it| {
            it.registration == registration
                && it.kind == principal.kind
                && it.id == principal.id
                && it.role == principal.role
        });
        match listed {
            Some(grant) => grant.state == GrantState::Granted || was_taken(grant),
            None => self.cut_off_what_was_made() && self.reached(reference),
        }
    }

    /// Whether the list is full, and all that it has no room for was made: its last entry was, or has expired.
    fn cut_off_what_was_made(&self) -> bool {
        self.listed.len() >= LISTED
            && self
                .listed
                .last()
                .is_some_and(|last| was_taken(last) || last.state >= GrantState::Expired)
    }

    /// Whether grants at that backend were among those told of.
    fn reached(&self, reference: &BackendReference) -> bool {
        let mut registrations = self.registrations.iter();
        registrations.any(|it| {
            it.backend_kind == reference.kind
                && it.backend_name == reference.name
                && matches!(
                    it.state,
                    RegistrationState::Registered | RegistrationState::Missing
                )
        })
    }
}
