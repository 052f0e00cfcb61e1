//! Entra's token endpoint: `/{tenant}/oauth2/v2.0/token`. No client.
//!
//! What is refused and by which number is as Microsoft lists it
//! (<https://learn.microsoft.com/entra/identity-platform/reference-error-codes>); the words are our own.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{Arc, Mutex},
};

use axum::response::{IntoResponse as _, Response};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    assertion::{Assertion, Keys},
    cloud::Cloud,
    tokens::{Bearer, Lifetime, Tokens},
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Somebody who may sign in.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) proofs: Vec<Proof>,
}

/// By what an application may prove who it is.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// A client secret.
    Secret { value: String, expired: bool },
    /// A certificate in DER, and its RSA key (`RSAPublicKey` in DER).
    Certificate { certificate: Vec<u8>, key: Vec<u8> },
    /// A token of somebody else, signed by one of these keys.
    Federated {
        issuer: String,
        subject: String,
        audience: String,
        keys: Keys,
    },
}

/// One request for a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Exchange {
    pub(crate) tenant: String,
    pub(crate) client: String,
    /// `secret`, `certificate`, `federated`, or nothing where it was refused before that was looked at.
    pub(crate) proof: Option<&'static str>,
    /// The number of the refusal.
    pub(crate) refused: Option<u32>,
}

/// What is answered instead of a token.
#[derive(Clone, Debug)]
struct Refusal {
    status: StatusCode,
    error: &'static str,
    code: u32,
    text: String,
    retry_after: Option<u64>,
}

/// Entra, of all clouds.
#[derive(Default)]
pub(crate) struct Entra {
    pub(super) tokens: Arc<Tokens>,
    applications: Mutex<Vec<(Application, Uuid)>>,
    exchanges: Mutex<Vec<Exchange>>,
    used: Mutex<HashSet<String>>,
    lifetime: Mutex<Lifetime>,
    failures: Mutex<VecDeque<Refusal>>,
}

impl Entra {
    /// From now on `application`, and no other of its name, may sign in. Returns its service principal's object id,
    /// which stays the same.
    pub(crate) fn register(&self, application: Application) -> Uuid {
        let mut applications = self.applications.lock().unwrap();
        let same = |(known, _): &(Application, Uuid)| {
            (&known.tenant, &known.client) == (&application.tenant, &application.client)
        };
        if let Some((known, object)) = applications.iter_mut().find(|it| same(it)) {
            *known = application;
            return *object;
        }
        let object = Uuid::new_v4();
        applications.push((application, object));
        object
    }

    /// Every request for a token since the last time.
    pub(crate) fn take_exchanges(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.exchanges.lock().unwrap())
    }

    /// How long the tokens given from now on are good for.
    pub(crate) fn set_lifetime(&self, lifetime: Lifetime) {
        *self.lifetime.lock().unwrap() = lifetime;
    }

    /// No token that was given is taken any more.
    pub(crate) fn expire_tokens(&self) {
        self.tokens.expire();
    }

    /// Every request of a client for a token so far.
    pub(crate) fn exchanges_of(&self, client: &str) -> Vec<Exchange> {
        let exchanges = self.exchanges.lock().unwrap();
        exchanges
            .iter()
            .filter(|it| it.client == client)
            .cloned()
            .collect()
    }

    /// The next requests are answered that Entra is busy, each with that wish for a pause, in seconds.
    pub(crate) fn is_busy_for(&self, requests: usize, retry_after: Option<u64>) {
        let busy = Refusal {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: "temporarily_unavailable",
            code: 90_055,
            text: "There were too many requests".to_owned(),
            retry_after,
        };
        self.failures.lock().unwrap().extend(vec![busy; requests]);
    }

    /// Answers a POST to a path of a cloud's Entra.
    pub(super) fn answer(&self, cloud: Cloud, path: &str, form: &BTreeMap<String, String>) -> Response {
        let Some(tenant) = path
            .strip_prefix('/')
            .and_then(|path| path.strip_suffix("/oauth2/v2.0/token"))
        else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let mut exchange = Exchange {
            tenant: tenant.to_owned(),
            client: form.get("client_id").cloned().unwrap_or_default(),
            proof: None,
            refused: None,
        };
        let failure = self.failures.lock().unwrap().pop_front();
        let judged = match failure {
            Some(failure) => Err(failure),
            None => self.judged(cloud, &mut exchange, form),
        };
        exchange.refused = judged.as_ref().err().map(|refusal| refusal.code);
        self.exchanges.lock().unwrap().push(exchange);
        judged.map_or_else(Refusal::response, |bearer| self.granted(&bearer, cloud))
    }

    fn granted(&self, bearer: &Bearer, cloud: Cloud) -> Response {
        let lifetime = *self.lifetime.lock().unwrap();
        let mut body = json!({
            "token_type": "Bearer",
            "expires_in": lifetime.told.as_secs(),
            "ext_expires_in": lifetime.told.as_secs(),
            "access_token": self.tokens.give(bearer, cloud, lifetime),
        });
        if let Some(refresh) = lifetime.refresh {
            body["refresh_in"] = refresh.as_secs().into();
        }
        axum::Json(body).into_response()
    }

    fn judged(
        &self,
        cloud: Cloud,
        exchange: &mut Exchange,
        form: &BTreeMap<String, String>,
    ) -> Result<Bearer, Refusal> {
        let said = |name: &str| form.get(name).map(String::as_str);
        match said("grant_type") {
            Some("client_credentials") => {}
            None => return bad("invalid_request", 900_144, "The request has no grant_type"),
            Some(_) => return bad("unsupported_grant_type", 70_003, "The grant_type is not known"),
        }
        let tenants = self.applications.lock().unwrap().clone();
        if !tenants.iter().any(|(it, _)| it.tenant == exchange.tenant) {
            return bad(
                "invalid_request",
                90_002,
                &format!("There is no tenant '{}'", exchange.tenant),
            );
        }
        let found = tenants
            .iter()
            .find(|(it, _)| (&it.tenant, &it.client) == (&exchange.tenant, &exchange.client));
        let Some((application, object)) = found else {
            let text = format!("There is no application '{}' in the tenant", exchange.client);
            return bad("unauthorized_client", 700_016, &text);
        };
        let scope = said("scope").unwrap_or_default();
        let Some(resource) = scope.strip_suffix("/.default") else {
            return bad("invalid_scope", 1_002_012, "The scope does not end on /.default");
        };
        if Cloud::of_audience(resource) != Some(cloud) {
            return bad(
                "invalid_resource",
                500_011,
                &format!("The tenant has no resource '{resource}'"),
            );
        }
        let audiences = audiences(cloud, &exchange.tenant);
        match (said("client_secret"), said("client_assertion")) {
            (Some(secret), _) => {
                exchange.proof = Some("secret");
                application.knows_secret(secret)?;
            }
            (None, Some(assertion)) => {
                if said("client_assertion_type") != Some(ASSERTION_TYPE) {
                    return bad(
                        "invalid_request",
                        50_027,
                        "The client_assertion_type is not known",
                    );
                }
                exchange.proof = Some(application.trusts(assertion, &audiences)?);
                self.is_new(assertion)?;
            }
            (None, None) => {
                return unproven(7_000_218, "There is neither client_assertion nor client_secret");
            }
        }
        Ok(Bearer {
            tenant: application.tenant.clone(),
            client: application.client.clone(),
            object: *object,
        })
    }

    /// An assertion of a certificate is made for one exchange. Tokens of others are not: they have no such rule.
    fn is_new(&self, assertion: &str) -> Result<(), Refusal> {
        let read = Assertion::read(assertion);
        let by_certificate = read.filter(|it| it.header.get("x5t#S256").is_some());
        match by_certificate {
            Some(it) if !self.used.lock().unwrap().insert(it.text("jti").to_owned()) => {
                unproven(50_027, "The client assertion's jti has been used before")
            }
            _ => Ok(()),
        }
    }
}

impl Application {
    fn knows_secret(&self, secret: &str) -> Result<(), Refusal> {
        let known = self.proofs.iter().find_map(|proof| match proof {
            Proof::Secret { value, expired } if value == secret => Some(*expired),
            _ => None,
        });
        match known {
            Some(false) => Ok(()),
            Some(true) => unproven(7_000_222, "The client secret has expired"),
            None => unproven(7_000_215, "The client secret is not that of the application"),
        }
    }

    /// By which kind of proof the assertion is good.
    fn trusts(&self, assertion: &str, audiences: &[String]) -> Result<&'static str, Refusal> {
        let Some(assertion) = Assertion::read(assertion) else {
            return unproven(50_027, "The client assertion is no JSON Web Token");
        };
        let is_in_time = assertion.is_valid_at(Timestamp::now().as_second());
        if assertion.header.get("x5t#S256").is_some() {
            self.knows_certificate(&assertion, audiences)?;
            let kind = is_in_time.then_some("certificate");
            return kind.map_or_else(|| unproven(700_024, "The client assertion is not valid now"), Ok);
        }
        self.trusts_others(&assertion)?;
        let kind = is_in_time.then_some("federated");
        kind.map_or_else(|| unproven(700_024, "The client assertion is not valid now"), Ok)
    }

    fn knows_certificate(&self, assertion: &Assertion, audiences: &[String]) -> Result<(), Refusal> {
        let named = assertion.header["x5t#S256"].as_str().unwrap_or_default();
        let key = self.proofs.iter().find_map(|proof| match proof {
            Proof::Certificate { certificate, key } => {
                let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(certificate));
                (thumbprint == named).then_some(key)
            }
            _ => None,
        });
        match key {
            None => unproven(700_027, "The application has no certificate of that thumbprint"),
            Some(key) if !assertion.is_signed_by_rsa(key) => unproven(
                700_027,
                "The client assertion is not signed by the certificate's key",
            ),
            Some(_) if assertion.text("iss") != self.client || assertion.text("sub") != self.client => {
                unproven(700_021, "The client assertion is not of the application itself")
            }
            Some(_) if !audiences.iter().any(|audience| assertion.is_for(audience)) => {
                unproven(700_023, "The client assertion is for another audience")
            }
            Some(_) => Ok(()),
        }
    }

    fn trusts_others(&self, assertion: &Assertion) -> Result<(), Refusal> {
        let federated = self.proofs.iter().filter_map(|proof| match proof {
            Proof::Federated {
                issuer,
                subject,
                audience,
                keys,
            } => Some((issuer, subject, audience, keys)),
            _ => None,
        });
        let all: Vec<_> = federated.collect();
        if all.is_empty() {
            return unproven(70_025, "The application has no federated credential");
        }
        let of_issuer: Vec<_> = all.iter().filter(|it| assertion.text("iss") == it.0).collect();
        if of_issuer.is_empty() {
            return unproven(700_211, "No federated credential is for the assertion's issuer");
        }
        let of_subject: Vec<_> = of_issuer
            .iter()
            .filter(|it| assertion.text("sub") == it.1)
            .collect();
        if of_subject.is_empty() {
            return unproven(700_213, "No federated credential is for the assertion's subject");
        }
        let Some((_, _, _, keys)) = of_subject.iter().find(|it| assertion.is_for(it.2)) else {
            return unproven(700_212, "No federated credential is for the assertion's audience");
        };
        if assertion.is_signed_by_one_of(keys) {
            Ok(())
        } else {
            unproven(50_013, "The assertion is not signed by its issuer")
        }
    }
}

/// The audiences that an assertion of a certificate may be for.
fn audiences(cloud: Cloud, tenant: &str) -> Vec<String> {
    let tenant = format!("https://{}/{tenant}", cloud.login());
    ["/oauth2/v2.0/token", "/v2.0", "/oauth2/token"]
        .map(|end| format!("{tenant}{end}"))
        .into()
}

fn bad<T>(error: &'static str, code: u32, text: &str) -> Result<T, Refusal> {
    Err(Refusal {
        status: StatusCode::BAD_REQUEST,
        error,
        code,
        text: text.to_owned(),
        retry_after: None,
    })
}

fn unproven<T>(code: u32, text: &str) -> Result<T, Refusal> {
    let (status, error) = (StatusCode::UNAUTHORIZED, "invalid_client");
    Err(Refusal {
        status,
        error,
        code,
        text: text.to_owned(),
        retry_after: None,
    })
}

impl Refusal {
    fn response(self) -> Response {
        let Self {
            status,
            error,
            code,
            text,
            retry_after,
        } = self;
        let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
        let now = Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description =
            format!("AADSTS{code}: {text}. Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}");
        let body = json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        let mut response = (status, axum::Json(body)).into_response();
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
