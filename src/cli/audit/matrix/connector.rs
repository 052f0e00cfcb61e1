//! The lines of one connector at one backend: by what the backend holds, or else by what its status says. No client.

use jiff::Timestamp;

use super::{Declared, called, in_order, limit, role_name};
use crate::{
    arm::id::ResourceId,
    cli::{
        audit::{
            holding::{Grant, Held, Holding},
            row::{Access, State, Told},
        },
        status::readiness,
    },
    crd::{
        BackendReference,
        sharing::Principal,
        status::{GrantState, GrantStatus, RegistrationState},
    },
    reconcile::{
        grants::{self, Limit, ObservedGrant, Wish},
        parsed::Parsed,
        status::Stop,
        target::BackendKey,
    },
};

/// Grants that a status lists at most.
const LISTED: usize = 32;

/// A line about a connector, with nothing said of access yet.
fn blank(connector: &Parsed, backend: String, source: Told) -> Access {
    let key = connector.entry.key();
    let validation = connector.status.validation.as_ref();
    Access {
        namespace: key.namespace.to_string(),
        connector: key.name.to_string(),
        backend,
        api: connector.registered_name().to_owned(),
        kind: String::new(),
        principal: String::new(),
        role: String::new(),
        wanted: true,
        actual: None,
        state: State::Unknown,
        since: None,
        until: None,
        declared: key.to_string(),
        comment: String::new(),
        errors: validation.map(|it| it.errors),
        warnings: validation.map(|it| it.warnings),
        waived: validation.map(|it| it.waived.unwrap_or_default()),
        source,
        reason: String::new(),
    }
}

fn of_principal(blank: &Access, place: usize, principal: &Principal) -> Access {
    let Principal {
        kind,
        id,
        role,
        expires_at,
        comment,
    } = principal;
    Access {
        kind: kind.as_str().to_owned(),
        principal: id.clone(),
        role: role.clone(),
        until: expires_at.as_ref().map(|time| time.0),
        declared: format!("{} spec.sharing.principals[{place}]", blank.declared),
        comment: comment.clone().unwrap_or_default(),
        ..blank.clone()
    }
}

fn principals(connector: &Parsed) -> &[Principal] {
    connector
        .sharing()
        .map(|sharing| sharing.principals.as_slice())
        .unwrap_or_default()
}

/// The lines of a connector whose backends cannot be told.
pub(super) fn unresolved(connector: &Parsed, stop: &Stop) -> Vec<Access> {
    let blank = Access {
        actual: Some(false),
        state: State::NotRegistered,
        reason: format!("{}: {}", stop.reason.as_str(), stop.message),
        ..blank(connector, String::new(), Told::Status)
    };
    whole(&blank, principals(connector))
}

/// The same said of each principal, or of the connector where there is none.
fn whole(blank: &Access, principals: &[Principal]) -> Vec<Access> {
    if principals.is_empty() {
        return vec![blank.clone()];
    }
    let principals = principals.iter().enumerate();
    principals
        .map(|(place, principal)| of_principal(blank, place, principal))
        .collect()
}

/// Whether the backend holds the connector for this resource, and not for another.
fn is_ours(declared: &Declared<'_>, held: &Held) -> bool {
    let Some(found) = &held.connector else {
        return false;
    };
    let Parsed { entry, status, .. } = declared.connector;
    match &found.owner {
        Some(owner) if owner.uid == entry.uid() => true,
        // A re-created object finds its connector again, and then says so; another cluster's says that it is not its.
        Some(owner) if super::names(owner, &entry.key()) => status
            .registrations
            .iter()
            .any(|it| it.state == RegistrationState::Registered && is_id(it.id.as_deref(), &declared.id)),
        Some(_) | None => false,
    }
}

fn is_id(text: Option<&str>, id: &ResourceId) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(id.as_str()))
}

/// The lines by what the backend holds.
pub(super) fn by_backend(declared: &Declared<'_>, holding: &Holding, now: Timestamp) -> Vec<Access> {
    let Declared {
        connector,
        reference,
        object,
        id,
    } = declared;
    let nothing = Held::default();
    let held = holding
        .held
        .get(&id.name().to_ascii_lowercase())
        .unwrap_or(&nothing);
    let registered = is_ours(declared, held);
    let limit = limit(object.policy.sharing.as_ref(), holding.built_in);
    let mut blank = blank(connector, called(&object.key), Told::Backend);
    if !registered {
        blank.reason = absence(connector, held);
    }
    if let Err(unreadable) = &connector.spec {
        blank.reason = unreadable.to_string();
    }
    let observed: Vec<ObservedGrant> = held.grants.iter().map(|it| it.observed.clone()).collect();
    let wish = Wish {
        sharing: connector.sharing(),
        report: None,
    };
    let plan = grants::plan(wish, limit, (reference, id), &observed, now);
    let mut used = Vec::new();
    let mut rows = Vec::new();
    for (place, (principal, judged)) in principals(connector).iter().zip(&plan.states).enumerate() {
        let role = limit.definition_of(&principal.role);
        let found = held.grants.iter().find(|grant| {
            role.as_deref() == Some(&grant.observed.role) && grant.observed.principal == principal.id
        });
        used.extend(found.map(|grant| grant.observed.name));
        let state = compared(judged, found.is_some(), registered);
        let reason = if state == State::Denied {
            judged.reason.clone().unwrap_or_default()
        } else if state == State::Overdue {
            "its time is over, and it is still there".to_owned()
        } else {
            blank.reason.clone()
        };
        rows.push(Access {
            actual: Some(found.is_some()),
            since: found.and_then(|grant| grant.created),
            state,
            reason,
            ..of_principal(&blank, place, principal)
        });
    }
    let mut others: Vec<&Grant> = held
        .grants
        .iter()
        .filter(|grant| !used.contains(&grant.observed.name))
        .collect();
    in_order(&mut others);
    let readable = connector.spec.is_ok();
    rows.extend(
        others
            .into_iter()
            .map(|grant| unmanaged(&blank, grant, limit, id, readable)),
    );
    if rows.is_empty() {
        let state = match (registered, readable) {
            (_, false) => State::Unknown,
            (true, true) => State::AsDeclared,
            (false, true) => State::NotRegistered,
        };
        rows.push(Access {
            actual: Some(registered),
            state,
            ..blank
        });
    }
    rows
}

/// Why a connector that is declared is not there, as far as anybody says.
fn absence(connector: &Parsed, held: &Held) -> String {
    if let Some(found) = &held.connector {
        return match &found.owner {
            Some(owner) => format!(
                "what is registered under this name has the tags of {}/{} of cluster {}",
                owner.namespace, owner.name, owner.cluster
            ),
            None => "what is registered under this name is not this resource's".to_owned(),
        };
    }
    let (_, reason, message) = readiness(connector);
    format!("{reason}: {message}")
}

fn compared(judged: &GrantStatus, found: bool, registered: bool) -> State {
    match (judged.state, found) {
        (GrantState::Expired, true) => State::Overdue,
        (GrantState::Expired, false) => State::Expired,
        (GrantState::Denied, _) => State::Denied,
        (GrantState::Granted | GrantState::Pending | GrantState::Failed, _) if !registered => {
            State::NotRegistered
        }
        (GrantState::Granted, _) if judged.reason.is_some() => State::PreExisting,
        (GrantState::Granted, _) => State::AsDeclared,
        (GrantState::Pending | GrantState::Failed, _) => State::Missing,
    }
}

/// A grant that the spec does not name; of a spec that cannot be read nobody knows.
fn unmanaged(blank: &Access, grant: &Grant, limit: Limit<'_>, id: &ResourceId, readable: bool) -> Access {
    let ours = grant.observed.is_ours(id);
    let reason = match (readable, ours) {
        (false, _) => blank.reason.clone(),
        (true, true) => {
            "the operator made it for a declaration that is gone; its next pass removes it".to_owned()
        }
        (true, false) => String::new(),
    };
    Access {
        kind: grant.kind.clone().unwrap_or_default(),
        principal: grant.observed.principal.clone(),
        role: role_name(&grant.observed.role, limit),
        wanted: false,
        actual: Some(true),
        state: if readable {
            State::Unmanaged
        } else {
            State::Unknown
        },
        since: grant.created,
        declared: String::new(),
        comment: grant.description.clone().unwrap_or_default(),
        reason,
        ..blank.clone()
    }
}

/// The lines by what the last pass wrote into status, where the backend cannot be asked.
pub(super) fn by_status(
    connector: &Parsed,
    reference: &BackendReference,
    stop: &Stop,
    now: Timestamp,
) -> Vec<Access> {
    let name = format!("{}/{}", reference.kind.as_str(), reference.name);
    let why = format!("{}: {}", stop.reason.as_str(), stop.message);
    let key = BackendKey::of(reference, &connector.entry.key().namespace);
    let mut blank = blank(connector, called(&key), Told::Status);
    blank.reason = why;
    let status = &connector.status;
    let registration = status
        .registrations
        .iter()
        .find(|it| it.backend_kind == reference.kind && it.backend_name == reference.name);
    let registered = match registration.map(|it| it.state) {
        Some(RegistrationState::Registered | RegistrationState::Removing) => Some(true),
        Some(RegistrationState::Missing) | None => Some(false),
        Some(RegistrationState::Pending | RegistrationState::Failed) => None,
    };
    if principals(connector).is_empty() {
        blank.actual = registered;
        blank.state = match registered {
            Some(true) => State::AsDeclared,
            Some(false) => State::NotRegistered,
            None => State::Unknown,
        };
        return vec![blank];
    }
    let told = status
        .sharing
        .as_ref()
        .map(|sharing| sharing.principals.as_slice());
    let told = told.unwrap_or_default();
    let principals = principals(connector).iter().enumerate();
    principals
        .map(|(place, principal)| {
            let line = of_principal(&blank, place, principal);
            let found = told.iter().find(|it| {
                it.registration == name
                    && it.kind == principal.kind
                    && it.id == principal.id
                    && it.role == principal.role
            });
            let over = line.until.is_some_and(|until| until <= now);
            match found {
                Some(found) => remembered(line, found, over),
                None if told.len() >= LISTED => Access {
                    reason: format!("{}; status lists {LISTED} grants at most", line.reason),
                    ..line
                },
                None => line,
            }
        })
        .collect()
}

fn remembered(line: Access, told: &GrantStatus, over: bool) -> Access {
    let (actual, state) = match told.state {
        GrantState::Granted if over => (Some(true), State::Overdue),
        GrantState::Granted if told.reason.is_some() => (Some(true), State::PreExisting),
        GrantState::Granted => (Some(true), State::AsDeclared),
        GrantState::Pending | GrantState::Failed => (Some(false), State::Missing),
        GrantState::Denied => (Some(false), State::Denied),
        GrantState::Expired => (Some(false), State::Expired),
    };
    let reason = match &told.reason {
        Some(reason) => format!("{}; {reason}", line.reason),
        None => line.reason.clone(),
    };
    Access {
        actual,
        state,
        reason,
        ..line
    }
}

/// Grants that a status counts as declared by nobody.
pub(super) fn counted(connector: &Parsed) -> Option<Access> {
    let sharing = connector.status.sharing.as_ref()?;
    (sharing.unmanaged > 0).then(|| Access {
        wanted: false,
        actual: Some(true),
        state: State::Unmanaged,
        declared: String::new(),
        reason: format!(
            "status counts grants that nothing declares: {}",
            sharing.unmanaged
        ),
        ..blank(connector, String::new(), Told::Status)
    })
}
