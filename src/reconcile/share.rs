//! Makes and removes the grants of one registration. Client required.

use futures::{StreamExt as _, stream};
use uuid::Uuid;

use super::{
    grants::{Addition, GrantPlan, ObservedGrant},
    hand::Hand,
    reason::{Class, Reason},
    status::Stop,
    target::Site,
};
use crate::{
    arm::{ArmError, ErrorKind, PrincipalType, RoleAssignmentWanted},
    crd::{
        sharing::PrincipalKind,
        status::{GrantState, GrantStatus},
    },
    record::Why,
};

/// Grants under way at once for one connector.
const AT_ONCE: usize = 4;

/// How sharing ended.
#[derive(Debug)]
pub(super) struct SharedWith {
    /// How each principal stands.
    pub(super) states: Vec<GrantStatus>,
    /// The grants at the connector now.
    pub(super) grants: Vec<ObservedGrant>,
    /// Grants that nothing declares and that stay.
    pub(super) unmanaged: usize,
    /// What others changed and what was left so.
    pub(super) drift: Vec<String>,
    /// Grants that were removed.
    pub(super) removed: usize,
    /// What went wrong first, of several what needs an edit.
    pub(super) stop: Option<Stop>,
    /// The calls that failed.
    pub(super) failures: Vec<ArmError>,
}

/// Carries out a plan: first what is to be added, so that a changed role leaves no gap, then what is to go.
pub(super) async fn share(site: &Site, plan: GrantPlan, hand: &Hand<'_>) -> SharedWith {
    let denied = plan
        .denied()
        .map(|who| Stop::new(Reason::PrincipalNotAllowed, who));
    let GrantPlan {
        add,
        remove,
        ending,
        states,
        unmanaged,
        drift,
    } = plan;
    let mut shared = SharedWith {
        grants: site.observed.grants.clone(),
        states,
        unmanaged,
        drift,
        removed: 0,
        stop: denied,
        failures: Vec::new(),
    };
    let additions: Vec<(Addition, GrantStatus)> = add
        .into_iter()
        .filter_map(|addition| {
            shared
                .states
                .get(addition.state)
                .cloned()
                .map(|state| (addition, state))
        })
        .collect();
    let mut done = stream::iter(additions)
        .map(|(addition, state)| async move {
            let result = grant(site, &addition, &state, hand).await;
            (addition, result)
        })
        // In the order of the spec: of several failures always the same comes first.
        .buffered(AT_ONCE);
    while let Some((addition, result)) = done.next().await {
        shared.take(&addition, result);
    }
    drop(done);
    let going = site.observed.grants.iter();
    for observed in going.filter(|grant| remove.contains(&grant.name)) {
        let why = if ending.contains(&observed.name) {
            Why::Ended
        } else {
            Why::NotDeclared
        };
        match hand.revoke(site, observed, why).await {
            Ok(_) => {
                shared.removed += 1;
                shared.grants.retain(|grant| grant.name != observed.name);
            }
            Err(error) => shared.fail(error),
        }
    }
    shared
}

async fn grant(
    site: &Site,
    addition: &Addition,
    state: &GrantStatus,
    hand: &Hand<'_>,
) -> Result<(), ArmError> {
    let wanted = RoleAssignmentWanted {
        role_definition_id: site.backend.role_definition(&addition.role),
        principal_id: state.id.clone(),
        principal_type: match state.kind {
            PrincipalKind::User => PrincipalType::User,
            PrincipalKind::Group => PrincipalType::Group,
            PrincipalKind::ServicePrincipal => PrincipalType::ServicePrincipal,
        },
        description: addition.comment.clone(),
    };
    hand.grant(site, (addition.name, &addition.role), &wanted).await
}

/// The assignment that grants the same already, where that is why a new one was refused.
fn existing(error: &ArmError) -> Option<Uuid> {
    if let ErrorKind::RoleAssignmentExists { existing } = error.kind() {
        return Some(existing.unwrap_or(Uuid::nil()));
    }
    None
}

/// What a call that failed stops sharing for. Where there is nothing to share, others took it away since it was seen;
/// where there is no such role, only an edit of the backend helps.
fn stopped_by(error: &ArmError) -> Stop {
    let stop = Stop::from(error);
    if error.kind() == ErrorKind::NotFound && error.code() != Some("RoleDefinitionDoesNotExist") {
        Stop::new(Reason::BackendConflict, stop.message)
    } else {
        stop
    }
}

impl SharedWith {
    fn take(&mut self, addition: &Addition, result: Result<(), ArmError>) {
        let Some(state) = self.states.get_mut(addition.state) else {
            return;
        };
        let granted = match &result {
            Ok(()) => Some((addition.name, None)),
            Err(error) => existing(error).map(|name| (name, Some("PreExisting".to_owned()))),
        };
        match (granted, result) {
            (Some((name, reason)), _) => {
                state.state = GrantState::Granted;
                state.reason = reason;
                let grant = ObservedGrant {
                    name,
                    role: addition.role.clone(),
                    principal: state.id.clone(),
                };
                self.grants.push(grant);
            }
            (None, Err(error)) => {
                let reason = stopped_by(&error).reason;
                state.state = if matches!(reason, Reason::Forbidden | Reason::Rejected) {
                    GrantState::Denied
                } else if reason.class() == Class::Waiting {
                    GrantState::Pending
                } else {
                    GrantState::Failed
                };
                state.reason = Some(reason.as_str().to_owned());
                self.fail(error);
            }
            (None, Ok(())) => {}
        }
    }

    fn fail(&mut self, error: ArmError) {
        let stop = stopped_by(&error);
        let graver = stop.reason.class() == Class::Stalled
            && self
                .stop
                .as_ref()
                .is_some_and(|known| known.reason.class() == Class::Waiting);
        if self.stop.is_none() || graver {
            self.stop = Some(stop);
        }
        self.failures.push(error);
    }
}
