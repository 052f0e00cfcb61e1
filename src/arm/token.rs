//! Where the bearer token of a request comes from. No client.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt, ready};
use secrecy::{ExposeSecret, SecretString};

/// Larger tokens do not fit into the headers that servers accept.
const LENGTH_LIMIT: usize = 16 * 1024;

/// Gives the token to be sent. Asked before each request, so it keeps what it can keep.
pub trait TokenSource: fmt::Debug + Send + Sync + 'static {
    /// The token that is valid now.
    fn token(&self) -> BoxFuture<'_, Result<SecretString, TokenError>>;

    /// The backend refused `token`: whoever keeps it gets a new one before it is asked again.
    fn refused(&self, token: &SecretString);
}

/// Why there is no token.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TokenError {
    /// Nothing but blanks.
    #[error("the token is empty")]
    Empty,
    /// It cannot be put into a header.
    #[error("the token holds a character other than printable ASCII")]
    Unprintable,
    /// No server takes it.
    #[error("the token is longer than {LENGTH_LIMIT} bytes")]
    TooLong,
    /// Whoever gives tokens does not accept the credential. Only another one helps, or a change where it is registered.
    #[error("{0}")]
    Refused(String),
    /// What the token is made from is not there.
    #[error("{0}")]
    Missing(String),
    /// What the token is made from may not be used.
    #[error("{0}")]
    NotPermitted(String),
    /// Whoever gives tokens cannot be reached, or fails, or is busy.
    #[error("{message}")]
    Unavailable {
        /// What was attempted, and why it failed: the same for the same failure.
        message: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
}

/// A token that was made elsewhere, and that can be replaced while requests are on their way.
pub struct StaticToken(RwLock<SecretString>);

impl StaticToken {
    /// A source of `token`, without the blanks around it that files and Secrets tend to have.
    pub fn new(token: &SecretString) -> Result<Self, TokenError> {
        checked(token).map(|token| Self(RwLock::new(token)))
    }

    /// From now on `token` is given; on an error the old one stays.
    pub fn replace(&self, token: &SecretString) -> Result<(), TokenError> {
        let token = checked(token)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(())
    }
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StaticToken")
    }
}

impl TokenSource for StaticToken {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, TokenError>> {
        let token = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        ready(Ok(token)).boxed()
    }

    /// Only whoever made the token can make another, so it is sent until it is replaced.
    fn refused(&self, _token: &SecretString) {}
}

/// The token without blanks around it, if it can be sent.
pub(crate) fn checked(token: &SecretString) -> Result<SecretString, TokenError> {
    let token = token.expose_secret().trim();
    if token.is_empty() {
        Err(TokenError::Empty)
    } else if token.len() > LENGTH_LIMIT {
        Err(TokenError::TooLong)
    } else if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(SecretString::from(token))
    } else {
        Err(TokenError::Unprintable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn given(source: &StaticToken) -> String {
        source.token().await.unwrap().expose_secret().to_owned()
    }

    #[tokio::test]
    async fn a_replaced_token_is_given_from_then_on() {
        let source = StaticToken::new(&"old\n".into()).unwrap();
        assert_eq!(given(&source).await, "old");
        source.replace(&" new ".into()).unwrap();
        assert_eq!(given(&source).await, "new");
    }

    #[tokio::test]
    async fn a_token_that_cannot_be_sent_is_refused_and_the_old_one_stays() {
        let source = StaticToken::new(&"old".into()).unwrap();
        assert_eq!(source.replace(&" \n".into()), Err(TokenError::Empty));
        assert_eq!(source.replace(&"a\nb".into()), Err(TokenError::Unprintable));
        assert_eq!(
            source.replace(&"x".repeat(LENGTH_LIMIT + 1).into()),
            Err(TokenError::TooLong)
        );
        assert_eq!(given(&source).await, "old");
    }

    #[test]
    fn the_debug_form_does_not_show_the_token() {
        let source = StaticToken::new(&"canary".into()).unwrap();
        assert!(!format!("{source:?}").contains("canary"));
    }
}
