//! Signs in to Microsoft Entra ID for the tokens that Azure's resource manager takes. Knows nothing of Kubernetes.
//! Client required.
//!
//! A [`SignIn`] is who signs in, by what, and for what. It is a [`TokenSource`](crate::arm::TokenSource): tokens are kept
//! and renewed ahead of their end, by one exchange at a time, and a failure is told to all who wait for that exchange.

mod application;
mod cache;
mod certificate;
mod http;
mod managed_identity;
mod proof;
mod refusal;
mod sign_in;
#[cfg(test)]
mod tests;

pub use application::{Application, Authority};
pub use certificate::{Certificate, CertificateError};
pub use http::Http;
pub use managed_identity::ManagedIdentity;
pub use proof::{FederatedToken, Proof, TokenFile};
pub use sign_in::SignIn;
