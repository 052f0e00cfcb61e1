//! By what an application proves who it is. No client.

use std::{fmt, path::PathBuf, sync::Arc};

use futures::future::{BoxFuture, FutureExt as _};
use secrecy::SecretString;

use super::Certificate;
use crate::arm::{TokenError, checked};

/// By what an application proves who it is.
#[derive(Clone)]
pub enum Proof {
    /// A client secret: its value, not its id.
    Secret(SecretString),
    /// A certificate.
    Certificate(Certificate),
    /// A token of somebody whom Entra was told to trust.
    Federated(Arc<dyn FederatedToken>),
}

/// Gives the token of somebody whom Entra was told to trust. Asked anew for each exchange, as such tokens are
/// replaced while we run. Displayed as whose token it is.
pub trait FederatedToken: fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// The token that is valid now.
    fn token(&self) -> BoxFuture<'_, Result<SecretString, TokenError>>;
}

impl fmt::Debug for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => formatter.write_str("Secret"),
            Self::Certificate(certificate) => certificate.fmt(formatter),
            Self::Federated(token) => token.fmt(formatter),
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => formatter.write_str("a client secret"),
            Self::Certificate(_) => formatter.write_str("a certificate"),
            Self::Federated(token) => fmt::Display::fmt(token, formatter),
        }
    }
}

/// A token in a file that somebody else keeps up to date, as the kubelet does.
#[derive(Clone, Debug)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// The token in the file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl fmt::Display for TokenFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the token in file {}", self.0.display())
    }
}

impl FederatedToken for TokenFile {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, TokenError>> {
        async move {
            let read = tokio::fs::read_to_string(&self.0).await;
            let text = read.map_err(|error| {
                let path = self.0.display();
                TokenError::Missing(format!("read the token in file {path}: {error}"))
            })?;
            checked(&text.into())
        }
        .boxed()
    }
}
