//! JSON Web Tokens by which somebody proves who they are. No client.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rustls::{SignatureScheme, crypto::aws_lc_rs};
use serde_json::Value;

/// Public keys as an issuer publishes them.
#[derive(Clone, Debug)]
pub(crate) struct Keys(Vec<Vec<u8>>);

/// A token, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Assertion {
    pub(super) header: Value,
    pub(super) claims: Value,
    signed: String,
    signature: Vec<u8>,
}

impl Keys {
    /// The P-256 keys of a JSON Web Key Set, which is what the API server of these tests signs with.
    pub(crate) fn of_set(set: &Value) -> Self {
        let keys = set["keys"].as_array().unwrap().iter().map(|key| {
            assert_eq!(key["crv"], "P-256", "only P-256 is read: {key}");
            let part = |name: &str| {
                BASE64_URL_SAFE_NO_PAD
                    .decode(key[name].as_str().unwrap())
                    .unwrap()
            };
            // An uncompressed point.
            [vec![4], part("x"), part("y")].concat()
        });
        Self(keys.collect())
    }
}

impl Assertion {
    /// Takes a token apart; nothing where it is none.
    pub(super) fn read(token: &str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        Some(Self {
            header: serde_json::from_slice(&decode(header)?).ok()?,
            claims: serde_json::from_slice(&decode(claims)?).ok()?,
            signed: signed.to_owned(),
            signature: decode(signature)?,
        })
    }

    /// A claim that is text.
    pub(super) fn text(&self, claim: &str) -> &str {
        self.claims[claim].as_str().unwrap_or_default()
    }

    /// Whether it is meant for `audience`, alone or among others.
    pub(super) fn is_for(&self, audience: &str) -> bool {
        match &self.claims["aud"] {
            Value::Array(audiences) => audiences.iter().any(|it| it == audience),
            one => one == audience,
        }
    }

    /// Whether `now`, in seconds, is between its beginning, if it has one, and its end.
    pub(super) fn is_valid_at(&self, now: i64) -> bool {
        let second = |claim: &str| self.claims[claim].as_i64();
        second("nbf").is_none_or(|begin| begin <= now) && second("exp").is_some_and(|end| now < end)
    }

    /// Whether the RSA key (`RSAPublicKey` in DER) has signed it.
    pub(super) fn is_signed_by_rsa(&self, key: &[u8]) -> bool {
        let scheme = match self.header["alg"].as_str() {
            Some("RS256") => SignatureScheme::RSA_PKCS1_SHA256,
            Some("PS256") => SignatureScheme::RSA_PSS_SHA256,
            _ => return false,
        };
        verified(scheme, key, self.signed.as_bytes(), &self.signature)
    }

    /// Whether one of an issuer's keys has signed it.
    pub(super) fn is_signed_by_one_of(&self, keys: &Keys) -> bool {
        let Some((r, s)) = self.signature.split_at_checked(32).filter(|(_, s)| s.len() == 32) else {
            return false;
        };
        let sequence = [integer(r), integer(s)].concat();
        let signature = [vec![0x30, u8::try_from(sequence.len()).unwrap()], sequence].concat();
        let scheme = SignatureScheme::ECDSA_NISTP256_SHA256;
        let signed = self.signed.as_bytes();
        self.header["alg"] == "ES256" && keys.0.iter().any(|key| verified(scheme, key, signed, &signature))
    }
}

/// A positive number in DER.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes
        .iter()
        .take_while(|byte| **byte == 0)
        .count()
        .min(bytes.len() - 1);
    let mut digits = bytes[start..].to_vec();
    if digits[0] & 0x80 != 0 {
        digits.insert(0, 0);
    }
    [vec![2, u8::try_from(digits.len()).unwrap()], digits].concat()
}

fn verified(scheme: SignatureScheme, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let known = aws_lc_rs::default_provider().signature_verification_algorithms;
    let mut fitting = known
        .mapping
        .iter()
        .filter(|(known, _)| *known == scheme)
        .flat_map(|(_, all)| *all);
    fitting.any(|algorithm| algorithm.verify_signature(key, message, signature).is_ok())
}
