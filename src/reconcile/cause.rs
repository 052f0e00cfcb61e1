//! Errors of the steps, each placed once: reason, class, what is told. No client.

use std::error::Error;

use super::{reason::Reason, status::Stop};
use crate::{
    arm::{ArmError, ErrorKind, TokenError},
    connector::{AssemblyError, tags::TagError},
    source::{Kind, SourceError},
};

impl From<&SourceError> for Stop {
    fn from(error: &SourceError) -> Self {
        let reason = match error {
            SourceError::NotFound { object } => match object.kind {
                Kind::ConfigMap => Reason::ConfigMapNotFound,
                Kind::Secret => Reason::SecretNotFound,
            },
            SourceError::KeyNotFound { .. } => Reason::KeyNotFound,
            SourceError::NotPermitted { .. } => Reason::ReferenceNotPermitted,
            SourceError::ApiServer { .. } | SourceError::ApiServerTimedOut { .. } => {
                Reason::ApiServerUnavailable
            }
            SourceError::UrlNotFound { .. } | SourceError::UrlUnavailable { .. } | SourceError::Client(_) => {
                Reason::UrlUnavailable
            }
            SourceError::UrlRefused { .. }
            | SourceError::UrlUnauthorized { .. }
            | SourceError::HeaderRefused { .. } => Reason::UrlRefused,
            SourceError::AddressNotAllowed { .. } => Reason::AddressNotAllowed,
            SourceError::HostNotAllowed { .. } => Reason::HostNotAllowed,
            SourceError::NotText { .. } | SourceError::TooLarge { .. } | SourceError::Gzip { .. } => {
                Reason::SourceInvalid
            }
            SourceError::DigestInvalid { .. } | SourceError::DigestMismatch { .. } => Reason::DigestMismatch,
            SourceError::Icon { .. } => Reason::IconInvalid,
        };
        // An icon's fault is in its source; of all others that part varies from try to try.
        let message = if reason == Reason::IconInvalid {
            chain(error)
        } else {
            error.to_string()
        };
        Self::new(reason, message)
    }
}

impl From<&AssemblyError> for Stop {
    fn from(error: &AssemblyError) -> Self {
        let reason = match error {
            AssemblyError::FlowNotSupported { .. }
            | AssemblyError::OAuthUrlMissing { .. }
            | AssemblyError::GatewayAuthentication { .. } => Reason::AuthenticationInvalid,
            AssemblyError::ParameterInvalid { .. } => Reason::InvalidSpec,
            AssemblyError::ServiceUrlInvalid { .. } | AssemblyError::ServiceUrlMissing => {
                Reason::ServiceUrlInvalid
            }
            AssemblyError::TooLarge { .. } => Reason::DefinitionInvalid,
            AssemblyError::NotJson(_) => Reason::InternalError,
        };
        Self::new(reason, chain(error))
    }
}

impl From<&TagError> for Stop {
    fn from(error: &TagError) -> Self {
        Self::new(Reason::Rejected, error.to_string())
    }
}

impl From<&TokenError> for Stop {
    fn from(error: &TokenError) -> Self {
        let reason = match error {
            TokenError::Empty | TokenError::Unprintable | TokenError::TooLong | TokenError::Refused(_) => {
                Reason::Unauthorized
            }
            TokenError::Missing(_) => Reason::IdentityNotFound,
            TokenError::NotPermitted(_) => Reason::ReferenceNotPermitted,
            TokenError::Unavailable { .. } => Reason::SignInUnavailable,
        };
        Self::new(reason, error.to_string())
    }
}

impl From<&ArmError> for Stop {
    fn from(error: &ArmError) -> Self {
        if let Some(error) = error.no_token() {
            return Self::from(error);
        }
        let reason = match error.kind() {
            ErrorKind::Throttled => Reason::Throttled,
            ErrorKind::Unavailable | ErrorKind::Garbage => Reason::BackendUnavailable,
            ErrorKind::TimedOut => Reason::TimedOut,
            ErrorKind::Unauthorized => Reason::Unauthorized,
            ErrorKind::Forbidden => Reason::Forbidden,
            ErrorKind::PreconditionFailed | ErrorKind::Conflict | ErrorKind::RoleAssignmentExists { .. } => {
                Reason::BackendConflict
            }
            ErrorKind::QuotaExceeded => Reason::QuotaExceeded,
            ErrorKind::PrincipalNotFound => Reason::PrincipalNotFound,
            ErrorKind::NotFound
            | ErrorKind::Rejected
            | ErrorKind::UpdateNotPermitted
            | ErrorKind::TooLarge => Reason::Rejected,
            ErrorKind::Unsendable => Reason::InternalError,
        };
        // Status is compared with what it was: a text that differs each time would be a write each time.
        Self::new(reason, error.steady())
    }
}

/// An error and its causes in one line; a part that the part before ends with already is left out.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.ends_with(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::reconcile::reason::Class;

    #[test]
    fn a_credential_that_is_refused_waits_for_an_edit_and_whatever_else_is_missing_for_time() {
        let said = || "sign in at login.example".to_owned();
        let busy = TokenError::Unavailable {
            message: said(),
            retry_after: Some(Duration::from_secs(9)),
        };
        for (error, reason, class) in [
            (TokenError::Refused(said()), Reason::Unauthorized, Class::Stalled),
            (
                TokenError::Missing(said()),
                Reason::IdentityNotFound,
                Class::Waiting,
            ),
            (
                TokenError::NotPermitted(said()),
                Reason::ReferenceNotPermitted,
                Class::Waiting,
            ),
            (busy, Reason::SignInUnavailable, Class::Waiting),
        ] {
            let stop = Stop::from(&error);
            assert_eq!((stop.reason, stop.reason.class()), (reason, class));
            assert_eq!(stop.message, said(), "nothing in it differs from try to try");
        }
    }
}
