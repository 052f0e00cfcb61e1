//! What status records of each registration. No client.

use super::{
    Leaving, Pass,
    reason::Class,
    register::Registered,
    status::Stop,
    target::{Site, Target},
};
use crate::{
    arm::ArmError,
    crd::status::{Registration, RegistrationError, RegistrationState},
};

/// What status has on record of a target.
pub(super) fn recorded<'a, C>(pass: &'a Pass<C>, target: &Target<C>) -> Option<&'a Registration> {
    pass.connector.status.registrations.iter().find(|registration| {
        registration.backend_kind == target.reference.kind
            && registration.backend_name == target.reference.name
    })
}

/// The record of a registration that is as wanted, or that others removed and that stays so.
pub(super) fn registered(
    target: &Target,
    site: &Site,
    recorded: Option<&Registration>,
    digest: &str,
    done: &Registered,
) -> Registration {
    let redirect_url = done
        .redirect_url
        .clone()
        .or_else(|| recorded.and_then(|it| it.redirect_url.clone()));
    Registration {
        backend_kind: target.reference.kind,
        backend_name: target.reference.name.clone(),
        id: Some(site.id.to_string()),
        state: if done.listed.is_some() {
            RegistrationState::Registered
        } else {
            RegistrationState::Missing
        },
        digest: Some(digest.to_owned()),
        adopted: done.adopted.then_some(true),
        redirect_url,
        error: None,
    }
}

/// A registration that is not as wanted keeps what is known of it: it may still serve.
pub(super) fn failed(
    target: &Target,
    recorded: Option<&Registration>,
    stop: &Stop,
    error: Option<&ArmError>,
) -> Registration {
    let state = match stop.reason.class() {
        Class::Waiting => RegistrationState::Pending,
        Class::Stalled => RegistrationState::Failed,
    };
    Registration {
        backend_kind: target.reference.kind,
        backend_name: target.reference.name.clone(),
        id: recorded.and_then(|it| it.id.clone()),
        state,
        digest: recorded.and_then(|it| it.digest.clone()),
        adopted: recorded.and_then(|it| it.adopted),
        redirect_url: recorded.and_then(|it| it.redirect_url.clone()),
        error: Some(explained(stop, error, recorded)),
    }
}

/// The record of a registration that is to go and cannot yet.
pub(super) fn removing(leaving: &Leaving, stop: &Stop, error: Option<&ArmError>) -> Registration {
    Registration {
        state: RegistrationState::Removing,
        error: Some(explained(stop, error, Some(&leaving.registration))),
        ..leaving.registration.clone()
    }
}

/// Why a registration is not as wanted. The same failure again keeps the request id of the first: a new one each time
/// would be a write each time.
fn explained(stop: &Stop, error: Option<&ArmError>, recorded: Option<&Registration>) -> RegistrationError {
    let code = error
        .and_then(ArmError::code)
        .unwrap_or_else(|| stop.reason.as_str());
    let known = recorded
        .and_then(|it| it.error.as_ref())
        .filter(|it| it.code == code && it.message == stop.message);
    known.cloned().unwrap_or_else(|| RegistrationError {
        code: code.to_owned(),
        message: stop.message.clone(),
        request_id: error.and_then(|error| error.request_id().map(str::to_owned)),
    })
}
