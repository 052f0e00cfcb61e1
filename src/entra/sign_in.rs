//! Exchanges a proof of identity for an access token. Client required.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use futures::future::{BoxFuture, FutureExt as _};
use http::StatusCode;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de::Error as _};
use url::form_urlencoded::Serializer;

use super::{
    Application, Http, ManagedIdentity, Proof,
    cache::{Cache, Given},
    http::{Answer, Silence},
    refusal::Refusal,
};
use crate::arm::{Confidential, TokenError, TokenSource, checked};

/// What a proof that is a token itself is called (RFC 7523, 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Somebody who signs in for tokens of one audience, and keeps them.
pub struct SignIn {
    http: Arc<Http>,
    who: Who,
    /// Without a slash at its end.
    audience: String,
    cache: Cache,
}

enum Who {
    Application(Application, Proof),
    Machine(ManagedIdentity),
}

/// An access token as it is answered. Entra writes numbers as numbers, a machine's own endpoint as text.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(deserialize_with = "seconds")]
    expires_in: Duration,
    #[serde(default, deserialize_with = "some_seconds")]
    refresh_in: Option<Duration>,
}

impl SignIn {
    /// `application` signs in by `proof` for tokens that `audience` takes: a resource manager's address.
    pub fn by_proof(http: Arc<Http>, application: Application, proof: Proof, audience: &str) -> Self {
        Self::new(http, Who::Application(application, proof), audience)
    }

    /// This machine's `identity` signs in for tokens that `audience` takes.
    pub fn by_machine(http: Arc<Http>, identity: ManagedIdentity, audience: &str) -> Self {
        Self::new(http, Who::Machine(identity), audience)
    }

    fn new(http: Arc<Http>, who: Who, audience: &str) -> Self {
        Self {
            http,
            who,
            audience: audience.trim_end_matches('/').to_owned(),
            cache: Cache::default(),
        }
    }

    async fn exchange(&self) -> Result<Given, TokenError> {
        let (answer, secret) = match &self.who {
            Who::Application(application, proof) => self.post(application, proof).await?,
            Who::Machine(identity) => {
                // Such an endpoint wants the audience as it is registered, with the slash.
                let url = identity.url(&format!("{}/", self.audience));
                let answer = self.http.get(url, identity.header()).await;
                (answer, identity.secret().cloned().unwrap_or_default())
            }
        };
        let answer = answer.map_err(|silence| self.unheard(&silence))?;
        if answer.status.is_success() {
            self.granted(&answer)
        } else {
            Err(self.refused_with(&answer, &secret))
        }
    }

    /// Asks for a token, and tells what secret went out with the question.
    async fn post(
        &self,
        application: &Application,
        proof: &Proof,
    ) -> Result<(Result<Answer, Silence>, SecretString), TokenError> {
        let url = application.authority.token_endpoint(&application.tenant);
        let secret = match proof {
            Proof::Secret(secret) => Cow::Borrowed(secret),
            Proof::Certificate(certificate) => {
                let assertion = certificate.assertion(&application.client, &url, now());
                Cow::Owned(assertion.map_err(|error| TokenError::Refused(format!("{self}: {error}")))?)
            }
            Proof::Federated(federated) => Cow::Owned(federated.token().await?),
        };
        let form = self.form(application, proof, &secret);
        Ok((self.http.post(url, form).await, secret.into_owned()))
    }

    /// A client-credentials request (RFC 6749, 4.4).
    fn form(&self, application: &Application, proof: &Proof, secret: &SecretString) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &application.client)
            .append_pair("scope", &format!("{}/.default", self.audience));
        match proof {
            Proof::Secret(_) => form.append_pair("client_secret", secret.expose_secret()),
            Proof::Certificate(_) | Proof::Federated(_) => form
                .append_pair("client_assertion_type", ASSERTION_TYPE)
                .append_pair("client_assertion", secret.expose_secret()),
        };
        form.finish()
    }

    fn granted(&self, answer: &Answer) -> Result<Given, TokenError> {
        // Without serde's words: they may quote the token.
        let granted: Option<Granted> = serde_json::from_slice(&answer.body).ok();
        let given = granted.and_then(|granted| {
            Some(Given {
                token: checked(&granted.access_token.into()).ok()?,
                expires_in: granted.expires_in,
                refresh_in: granted.refresh_in,
            })
        });
        given.ok_or_else(|| TokenError::Unavailable {
            message: format!(
                "{self}: the answer holds no token; check that the address is one that gives tokens"
            ),
            retry_after: None,
        })
    }

    fn unheard(&self, silence: &Silence) -> TokenError {
        tracing::warn!(
            error = silence as &dyn std::error::Error,
            "no answer to the request for a token"
        );
        let hint = match (&self.who, silence) {
            (Who::Machine(_), Silence::Unreached(_) | Silence::TimedOut) => {
                "; it answers on Azure's own machines only, and where network policies let the operator's pod ask it"
            }
            _ => "",
        };
        TokenError::Unavailable {
            message: format!("{self}: {silence}{hint}"),
            retry_after: None,
        }
    }

    /// What an answer without a token means.
    fn refused_with(&self, answer: &Answer, secret: &SecretString) -> TokenError {
        let refusal = Refusal::read(&answer.body);
        let encoded: String =
            url::form_urlencoded::byte_serialize(secret.expose_secret().as_bytes()).collect();
        let forms = [SecretString::from(encoded)];
        let words = refusal.words(Confidential {
            token: secret,
            secrets: &forms,
        });
        let (trace, correlation) = refusal.trace();
        tracing::warn!(
            status = answer.status.as_u16(),
            code = refusal.code(),
            trace_id = trace,
            correlation_id = correlation,
            "no token was given"
        );
        let said = words.map_or_else(
            || format!("it answered HTTP {}", answer.status.as_u16()),
            |words| words.trim_end_matches('.').to_owned(),
        );
        let help = refusal
            .help()
            .map_or_else(String::new, |help| format!(". {help}"));
        let message = format!("{self}: {said}{help}");
        if self.is_passing(answer.status) || refusal.is_passing() {
            let retry_after = answer.retry_after;
            TokenError::Unavailable { message, retry_after }
        } else {
            TokenError::Refused(message)
        }
    }

    /// Whether an answer of this status is followed by another one after a while.
    fn is_passing(&self, status: StatusCode) -> bool {
        let busy = matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        );
        // A machine's own endpoint answers so while it is renewed.
        let renewing =
            matches!(self.who, Who::Machine(_)) && matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE);
        busy || renewing || status.is_server_error()
    }
}

impl TokenSource for SignIn {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, TokenError>> {
        self.cache.token(|| self.exchange()).boxed()
    }

    fn refused(&self, token: &SecretString) {
        self.cache.refused(token);
    }
}

/// What is attempted.
impl fmt::Display for SignIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::Application(application, proof) => write!(
                formatter,
                "sign in at {} as application {} of tenant {} with {proof}",
                application.authority.host(),
                application.client,
                application.tenant
            ),
            Who::Machine(identity) => write!(formatter, "sign in at {} as {identity}", identity.host()),
        }
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignIn({self})")
    }
}

/// A number of seconds, or the text of one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = match Seconds::deserialize(deserializer)? {
        Seconds::Number(number) => Some(number),
        Seconds::Text(text) => text.parse().ok(),
    };
    let seconds = seconds.ok_or_else(|| D::Error::custom("not a number of seconds"))?;
    // No token lives longer than a day; what says so is not to be kept for years.
    Ok(Duration::from_secs(seconds).min(Duration::from_hours(24)))
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    seconds(deserializer).map(Some)
}

#[expect(clippy::disallowed_methods, reason = "an assertion says when it was made")]
fn now() -> Timestamp {
    Timestamp::now()
}
