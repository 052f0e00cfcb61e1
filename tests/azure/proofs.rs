//! What somebody signs in with, made for tests. No client.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::azure::{Application, Keys, Proof};

pub(crate) const TENANT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
pub(crate) const CLIENT: &str = "0c2a1d5e-7a7c-4a8d-9a55-2b8e5b3a1f10";
/// A service account, as a cluster's tokens name it.
pub(crate) const SUBJECT: &str = "system:serviceaccount:team:connector-operator";
pub(crate) const ISSUER: &str = "https://cluster.example";
pub(crate) const FEDERATION: &str = "api://AzureADTokenExchange";

/// The application of these tests, with these proofs.
pub(crate) fn application(proofs: Vec<Proof>) -> Application {
    Application {
        tenant: TENANT.to_owned(),
        client: CLIENT.to_owned(),
        proofs,
    }
}

pub(crate) fn secret(value: &str) -> Proof {
    Proof::Secret {
        value: value.to_owned(),
        expired: false,
    }
}

/// A certificate that an application was registered with.
pub(crate) struct Certificate {
    key: KeyPair,
    der: Vec<u8>,
}

impl Certificate {
    pub(crate) fn make() -> Self {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let der = CertificateParams::default()
            .self_signed(&key)
            .unwrap()
            .der()
            .to_vec();
        Self { key, der }
    }

    pub(crate) fn proof(&self) -> Proof {
        Proof::Certificate {
            certificate: self.der.clone(),
            key: self.key.public_key_raw().to_vec(),
        }
    }

    pub(crate) fn thumbprint(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.der))
    }

    /// What is sent instead of a secret, signed by RS256, with some claims changed.
    pub(crate) fn assertion(&self, audience: &str, changed: &Value) -> String {
        let header = json!({ "alg": "RS256", "typ": "JWT", "x5t#S256": self.thumbprint() });
        let now = Timestamp::now().as_second();
        let claims = json!({
            "aud": audience, "iss": CLIENT, "sub": CLIENT, "jti": Uuid::new_v4(), "nbf": now - 5, "exp": now + 300,
        });
        self.signed(&header, &with(claims, changed))
    }

    pub(crate) fn signed(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.key.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A cluster that issues tokens for its service accounts.
pub(crate) struct Cluster(KeyPair);

impl Cluster {
    pub(crate) fn make() -> Self {
        Self(KeyPair::generate().unwrap())
    }

    /// What an application trusts of it.
    pub(crate) fn proof(&self) -> Proof {
        let point = self.0.public_key_raw();
        let part = |at: usize| BASE64_URL_SAFE_NO_PAD.encode(&point[at..at + 32]);
        let set = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": part(1), "y": part(33) }] });
        Proof::Federated {
            issuer: ISSUER.to_owned(),
            subject: SUBJECT.to_owned(),
            audience: FEDERATION.to_owned(),
            keys: Keys::of_set(&set),
        }
    }

    /// A service account's token, with some claims changed.
    pub(crate) fn token(&self, changed: &Value) -> String {
        let now = Timestamp::now().as_second();
        let claims = json!({
            "aud": [FEDERATION], "iss": ISSUER, "sub": SUBJECT, "iat": now, "nbf": now, "exp": now + 3_600,
        });
        let signed = unsigned(&json!({ "alg": "ES256", "kid": "k" }), &with(claims, changed));
        let signature = fixed(&self.0.sign(signed.as_bytes()).unwrap());
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn with(mut claims: Value, changed: &Value) -> Value {
    let changed = changed.as_object().cloned().unwrap_or_default();
    claims.as_object_mut().unwrap().extend(changed);
    claims
}

/// A signature in DER as tokens have it: both numbers, 32 bytes each.
fn fixed(der: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        let length = usize::from(der[at + 1]);
        (&der[at + 2..at + 2 + length], at + 2 + length)
    };
    let (r, next) = number(2);
    let (s, _) = number(next);
    let whole = |number: &[u8]| {
        let digits = number
            .iter()
            .copied()
            .skip_while(|it| *it == 0)
            .collect::<Vec<_>>();
        [vec![0; 32 - digits.len()], digits].concat()
    };
    [whole(r), whole(s)].concat()
}
