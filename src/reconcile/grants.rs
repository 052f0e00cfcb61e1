//! Which grants a connector is to have, which the backend lets it have, and what is to be done. No client.
//!
//! A grant is ours if its name is the name-based UUID of its scope, role and principal; so nothing needs to be
//! remembered, and what left the spec is found by looking.

#[cfg(test)]
mod tests;
mod told;

use jiff::Timestamp;
use uuid::Uuid;

pub use self::told::{Made, summarise};
use super::reason::Reason;
use crate::{
    arm::{id::ResourceId, role_assignment_name, role_key},
    crd::{
        BackendReference,
        sharing::{OnTighten, Principal, Sharing, SharingMode, SharingPolicy},
        status::{GrantState, GrantStatus},
    },
};

/// A role assignment at exactly a connector's scope, as a list shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ObservedGrant {
    /// Its name.
    pub name: Uuid,
    /// The role definition's own name, in lower case.
    pub role: String,
    /// The principal's object id, in lower case.
    pub principal: String,
}

impl ObservedGrant {
    /// Whether the operator made it: its name follows from the rest.
    pub fn is_ours(&self, scope: &ResourceId) -> bool {
        self.name == role_assignment_name(scope, &self.role, &self.principal)
    }
}

/// Roles that every backend of a kind knows, by the name that connectors use.
pub type BuiltInRoles = &'static [(&'static str, Uuid)];

/// How far a backend lets its connectors share.
#[derive(Clone, Copy, Debug)]
pub struct Limit<'a> {
    /// What the backend declares; `None`: nothing may be shared (the cluster kind's default).
    pub policy: Option<&'a SharingPolicy>,
    /// The roles that need no declaration.
    pub built_in: BuiltInRoles,
}

impl<'a> Limit<'a> {
    /// The role definition's own name, in lower case: a role that the backend declares, else a built-in one.
    pub fn definition_of(self, name: &str) -> Option<String> {
        let mut declared = self.policy.into_iter().flat_map(|policy| &policy.roles);
        let declared = declared
            .find(|role| role.name == name)
            .map(|role| role_key(&role.role_definition_id));
        let built_in = || {
            self.built_in
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, role)| role.to_string())
        };
        declared.or_else(built_in)
    }

    /// What connectors call a role definition, by its own name in lower case.
    pub fn name_of(self, definition: &str) -> Option<&'a str> {
        let declared = self.policy.into_iter().flat_map(|policy| &policy.roles);
        let declared = declared.map(|role| role.name.as_str());
        let built_in = self.built_in.iter().map(|(name, _)| *name);
        declared
            .chain(built_in)
            .find(|name| self.definition_of(name).as_deref() == Some(definition))
    }
}

/// What a connector asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// Whom it is to be shared with.
    pub sharing: Option<&'a Sharing>,
    /// Where changes by others are only reported: the grants that were made before.
    pub report: Option<Made<'a>>,
}

/// A principal of the spec, judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judged<'a> {
    principal: &'a Principal,
    verdict: Verdict,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Verdict {
    /// It is to have the role: the definition, and the grant's name.
    Wanted { role: String, name: Uuid },
    /// Its time is over.
    Expired,
    /// The backend's limits forbid it; `keep`: a grant made before may stay.
    Denied { why: String, keep: Option<String> },
}

/// What is to be done about the grants of one registration, and how they stand before it is done.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GrantPlan {
    /// To be made.
    pub add: Vec<Addition>,
    /// To be removed, by name.
    pub remove: Vec<Uuid>,
    /// Those of them whose time is over, or that the backend's limits forbid: nobody has to agree.
    pub ending: Vec<Uuid>,
    /// How each principal of the spec stands; those in `add` are `Pending`.
    pub states: Vec<GrantStatus>,
    /// Grants that nothing declares and that stay.
    pub unmanaged: usize,
    /// What others changed and what is left so.
    pub drift: Vec<String>,
}

impl GrantPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// The connector itself is gone and stays so: nothing can be granted, and that nothing is there needs no telling.
    pub fn withhold(&mut self) {
        for addition in self.add.drain(..) {
            if let Some(state) = self.states.get_mut(addition.state) {
                state.reason = Some(Reason::DriftDetected.as_str().to_owned());
            }
        }
        self.drift.clear();
    }

    /// What has to be agreed to: every addition, and of removals those that change what a principal has, or, where
    /// everything has to be, all but those that end by themselves.
    pub fn to_approve(&self, everything: bool, observed: &[ObservedGrant]) -> (&[Addition], Vec<Uuid>) {
        let gains = |name: &Uuid| {
            let loser = observed.iter().find(|grant| grant.name == *name);
            let mut gainers = self
                .add
                .iter()
                .filter_map(|addition| self.states.get(addition.state));
            gainers.any(|gainer| loser.is_some_and(|loser| loser.principal == gainer.id))
        };
        let held = self.remove.iter().copied();
        let held = held.filter(|name| !self.ending.contains(name) && (everything || gains(name)));
        (&self.add, held.collect())
    }

    /// Keeps what has to be agreed to from being done. Tells whether there is anything.
    pub fn hold(&mut self, everything: bool, observed: &[ObservedGrant]) -> bool {
        let (additions, removals) = self.to_approve(everything, observed);
        let waits = !additions.is_empty() || !removals.is_empty();
        for addition in self.add.drain(..) {
            if let Some(state) = self.states.get_mut(addition.state) {
                state.reason = Some(Reason::PlanPending.as_str().to_owned());
            }
        }
        self.remove.retain(|name| !removals.contains(name));
        waits
    }

    /// The first refusal, as `kind id: why`.
    pub fn denied(&self) -> Option<String> {
        let denied = self
            .states
            .iter()
            .find(|state| state.state == GrantState::Denied)?;
        Some(format!(
            "{} {}: {}",
            denied.kind.as_str(),
            denied.id,
            denied.reason.as_deref().unwrap_or_default()
        ))
    }
}

/// A grant to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Addition {
    /// Its name.
    pub name: Uuid,
    /// The role definition's own name.
    pub role: String,
    /// Why the principal has it, as the spec says: shown at the backend.
    pub comment: Option<String>,
    /// Which of the plan's states it is.
    pub state: usize,
}

/// Decides. `observed` are the grants at exactly `scope`; nothing is done twice, and done again nothing is left.
///
/// Where changes by others are only reported, a grant that was made before and is gone is not made again, and one of
/// others is not removed whatever the mode; what has left the spec, or has expired, goes all the same.
pub fn plan(
    wish: Wish<'_>,
    limit: Limit<'_>,
    (reference, scope): (&BackendReference, &ResourceId),
    observed: &[ObservedGrant],
    now: Timestamp,
) -> GrantPlan {
    let mode = wish.sharing.and_then(|sharing| sharing.mode).unwrap_or_default();
    let principals = wish
        .sharing
        .map(|sharing| sharing.principals.as_slice())
        .unwrap_or_default();
    let mut plan = GrantPlan::default();
    let (mut kept, mut ending): (Vec<Uuid>, Vec<Uuid>) = (Vec::new(), Vec::new());
    for principal in principals {
        let judged = judge(principal, limit, scope, observed, now);
        if !matches!(judged.verdict, Verdict::Wanted { .. }) {
            let role = limit.definition_of(&principal.role);
            ending.extend(role.map(|role| role_assignment_name(scope, &role, &principal.id)));
        }
        let (state, reason) = match judged.verdict {
            Verdict::Wanted { role, name } => {
                if let Some(existing) = find(observed, &role, &principal.id) {
                    kept.push(existing.name);
                    (
                        GrantState::Granted,
                        (existing.name != name).then(|| "PreExisting".to_owned()),
                    )
                } else if wish.report.is_some_and(|made| made.has(principal, reference)) {
                    plan.drift.push(gone(principal));
                    (
                        GrantState::Pending,
                        Some(Reason::DriftDetected.as_str().to_owned()),
                    )
                } else {
                    plan.add.push(Addition {
                        name,
                        role,
                        comment: principal.comment.clone(),
                        state: plan.states.len(),
                    });
                    (GrantState::Pending, None)
                }
            }
            Verdict::Expired => (GrantState::Expired, None),
            Verdict::Denied { why, keep } => {
                kept.extend(
                    keep.and_then(|role| find(observed, &role, &principal.id))
                        .map(|grant| grant.name),
                );
                (GrantState::Denied, Some(why))
            }
        };
        plan.states.push(GrantStatus {
            kind: principal.kind,
            id: principal.id.clone(),
            role: principal.role.clone(),
            registration: told::registration(reference),
            state,
            reason,
        });
    }
    let undeclared = observed.iter().filter(|grant| !kept.contains(&grant.name));
    for grant in undeclared {
        if grant.is_ours(scope) || mode == SharingMode::Exact && wish.report.is_none() {
            plan.remove.push(grant.name);
            if ending.contains(&grant.name) {
                plan.ending.push(grant.name);
            }
            continue;
        }
        plan.unmanaged += 1;
        if mode == SharingMode::Exact {
            plan.drift.push(uninvited(grant));
        }
    }
    // Lists come in any order: told in another, the same would be another status.
    plan.drift.sort_unstable();
    plan
}

fn gone(principal: &Principal) -> String {
    let Principal { kind, id, role, .. } = principal;
    format!("the grant of {role} to {} {id} is gone", kind.as_str())
}

fn uninvited(grant: &ObservedGrant) -> String {
    let ObservedGrant {
        name,
        role,
        principal,
    } = grant;
    format!("grant {name} gives role {role} to {principal}, whom the spec does not name")
}

/// When a grant of the spec ends next; a pass is due then.
pub fn next_expiry(sharing: Option<&Sharing>, now: Timestamp) -> Option<Timestamp> {
    let principals = sharing
        .map(|sharing| sharing.principals.as_slice())
        .unwrap_or_default();
    principals
        .iter()
        .filter_map(|principal| principal.expires_at.as_ref().map(|time| time.0))
        .filter(|at| *at > now)
        .min()
}

fn judge<'a>(
    principal: &'a Principal,
    limit: Limit<'_>,
    scope: &ResourceId,
    observed: &[ObservedGrant],
    now: Timestamp,
) -> Judged<'a> {
    let verdict = match principal.expires_at.as_ref().map(|time| time.0) {
        Some(end) if end <= now => Verdict::Expired,
        _ => match allowed(principal, limit, observed, now) {
            Ok(role) => {
                let name = role_assignment_name(scope, &role, &principal.id);
                Verdict::Wanted { role, name }
            }
            Err(why) => {
                let keeps = limit.policy.and_then(|policy| policy.on_tighten) == Some(OnTighten::Keep);
                let keep = limit.definition_of(&principal.role).filter(|_| keeps);
                Verdict::Denied { why, keep }
            }
        },
    };
    Judged { principal, verdict }
}

/// The role definition's own name, if the limits allow the grant; else why not.
fn allowed(
    principal: &Principal,
    limit: Limit<'_>,
    observed: &[ObservedGrant],
    now: Timestamp,
) -> Result<String, String> {
    let Some(policy) = limit.policy else {
        return Err("the backend declares no sharing, so nothing may be shared".to_owned());
    };
    let role = limit
        .definition_of(&principal.role)
        .ok_or_else(|| format!("the backend declares no role `{}`", principal.role))?;
    if policy
        .allowed_kinds
        .as_ref()
        .is_some_and(|kinds| !kinds.contains(&principal.kind))
    {
        return Err(format!(
            "the backend allows no principal of kind {}",
            principal.kind.as_str()
        ));
    }
    if policy
        .allowed_principals
        .as_ref()
        .is_some_and(|ids| !ids.contains(&principal.id))
    {
        return Err("the backend's allowedPrincipals does not name it".to_owned());
    }
    let end = principal.expires_at.as_ref().map(|time| time.0);
    if end.is_none() && policy.require_expiry.unwrap_or_default() {
        return Err("the backend requires expiresAt".to_owned());
    }
    // What was granted once comes nearer to its end by itself: only a new grant is measured.
    if let Some(longest) = policy
        .max_duration
        .filter(|_| find(observed, &role, &principal.id).is_none())
    {
        let longest = std::time::Duration::from(longest);
        let left = end.map(|end| std::time::Duration::try_from(end.duration_since(now)).unwrap_or_default());
        match left {
            None => return Err("the backend limits how long a grant lasts: set expiresAt".to_owned()),
            Some(left) if left > longest => {
                return Err(format!(
                    "expiresAt lies further ahead than the backend's maxDuration of {}",
                    whole(longest)
                ));
            }
            Some(_) => {}
        }
    }
    Ok(role)
}

fn find<'a>(observed: &'a [ObservedGrant], role: &str, principal: &str) -> Option<&'a ObservedGrant> {
    observed
        .iter()
        .find(|grant| grant.role == role && grant.principal == principal)
}

fn whole(duration: std::time::Duration) -> String {
    format!("{}s", duration.as_secs())
}
