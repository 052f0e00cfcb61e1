//! A certificate and its key, and the assertions signed with it. No client.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rustls::{
    Error as TlsError, InconsistentKeys, SignatureScheme,
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::{CertifiedKey, SigningKey},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::Url;
use uuid::Uuid;

/// How long an assertion is good for, in seconds; Microsoft advises five to ten minutes.
const LIFE: i64 = 300;

/// A certificate that is registered with an application, and its private key.
#[derive(Clone)]
pub struct Certificate {
    /// SHA-256 of the certificate, as a header names it.
    thumbprint: String,
    key: Arc<dyn SigningKey>,
}

/// Why a text is no certificate that can sign. Quotes nothing of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CertificateError {
    /// No certificate in it.
    #[error("it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----); PKCS#12 files are not read")]
    NoCertificate,
    /// No key in it.
    #[error(
        "it holds no private key in PEM form without a password (-----BEGIN PRIVATE KEY----- or RSA PRIVATE KEY)"
    )]
    NoKey,
    /// Entra takes RSA signatures only.
    #[error("its private key is no RSA key of 2048 to 8192 bits")]
    NotRsa,
    /// The two do not belong together.
    #[error("its private key is not that of its first certificate")]
    KeyMismatch,
    /// The key would not sign.
    #[error("its private key does not sign")]
    Unsigned,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Certificate")
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads the first certificate and the first private key of a PEM text.
    pub fn from_pem(pem: &SecretString) -> Result<Self, CertificateError> {
        let pem = pem.expose_secret().as_bytes();
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| CertificateError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| CertificateError::NoKey)?;
        let key = any_supported_type(&key).map_err(|_| CertificateError::NotRsa)?;
        if key.choose_scheme(&[SCHEME]).is_none() {
            return Err(CertificateError::NotRsa);
        }
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate));
        let pair = CertifiedKey::new(vec![certificate], Arc::clone(&key));
        match pair.keys_match() {
            Err(TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(CertificateError::KeyMismatch)
            }
            // What TLS would not use may still be registered with Entra, which is who judges.
            Ok(()) | Err(_) => Ok(Self { thumbprint, key }),
        }
    }

    /// A JSON Web Token by which `client` proves to `audience` who it is, from `now` on and for five minutes.
    ///
    /// Its form is Microsoft's: <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>
    pub(super) fn assertion(
        &self,
        client: &str,
        audience: &Url,
        now: Timestamp,
    ) -> Result<SecretString, CertificateError> {
        let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = encode(json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint }));
        let claims = encode(json!({
            "aud": audience.as_str(),
            "iss": client,
            "sub": client,
            "jti": Uuid::new_v4().to_string(),
            "nbf": now.as_second(),
            "exp": now.as_second() + LIFE,
        }));
        let signed = format!("{header}.{claims}");
        let signer = self
            .key
            .choose_scheme(&[SCHEME])
            .ok_or(CertificateError::NotRsa)?;
        let signature = signer
            .sign(signed.as_bytes())
            .map_err(|_| CertificateError::Unsigned)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

/// `PS256` of RFC 7518.
const SCHEME: SignatureScheme = SignatureScheme::RSA_PSS_SHA256;

#[cfg(test)]
pub(super) mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData as _};
    use rustls::{SignatureScheme, crypto::aws_lc_rs::default_provider};
    use serde_json::Value;

    use super::*;

    /// A self-signed certificate, and its key.
    pub(in crate::entra) fn pair(algorithm: &'static rcgen::SignatureAlgorithm) -> (String, KeyPair) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = CertificateParams::new(Vec::new())
            .unwrap()
            .self_signed(&key)
            .unwrap();
        (certificate.pem(), key)
    }

    fn read(pem: &str) -> Result<Certificate, CertificateError> {
        Certificate::from_pem(&pem.into())
    }

    fn decoded(part: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    /// Whether `signature` is one of `message` by the holder of the key, as PS256 has it.
    fn is_signed(key: &KeyPair, message: &[u8], signature: &[u8]) -> bool {
        let algorithms = default_provider().signature_verification_algorithms;
        let (_, candidates) = algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == SignatureScheme::RSA_PSS_SHA256)
            .unwrap();
        candidates
            .iter()
            .any(|it| it.verify_signature(key.der_bytes(), message, signature).is_ok())
    }

    #[test]
    fn an_assertion_names_the_certificate_and_is_signed_with_its_key() {
        let (certificate, key) = pair(&PKCS_RSA_SHA256);
        for pem in [
            format!("{certificate}{}", key.serialize_pem()),
            format!("{}{certificate}", key.serialize_pem()),
        ] {
            let audience = "https://login.example/t/oauth2/v2.0/token".parse().unwrap();
            let now = Timestamp::from_second(1_700_000_000).unwrap();
            let assertion = read(&pem).unwrap().assertion("app", &audience, now).unwrap();
            let parts: Vec<&str> = assertion.expose_secret().split('.').collect();
            let (signed, signature) = assertion.expose_secret().rsplit_once('.').unwrap();
            assert!(is_signed(
                &key,
                signed.as_bytes(),
                &URL_SAFE_NO_PAD.decode(signature).unwrap()
            ));
            let der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
            let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&der));
            assert_eq!(
                decoded(parts[0]),
                json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint })
            );
            let claims = decoded(parts[1]);
            assert_eq!(claims["aud"], audience.as_str());
            assert_eq!((&claims["iss"], &claims["sub"]), (&json!("app"), &json!("app")));
            assert_eq!(claims["nbf"], 1_700_000_000);
            assert_eq!(claims["exp"], 1_700_000_300);
        }
    }

    #[test]
    fn no_two_assertions_are_the_same() {
        let (certificate, key) = pair(&PKCS_RSA_SHA256);
        let certificate = read(&format!("{certificate}{}", key.serialize_pem())).unwrap();
        let audience = "https://login.example/".parse().unwrap();
        let claims = || {
            let assertion = certificate
                .assertion("app", &audience, Timestamp::UNIX_EPOCH)
                .unwrap();
            assertion.expose_secret().split('.').nth(1).unwrap().to_owned()
        };
        assert_ne!(claims(), claims());
    }

    #[test]
    fn what_cannot_sign_is_refused_with_what_is_wrong_with_it() {
        let (certificate, key) = pair(&PKCS_RSA_SHA256);
        let (_, other) = pair(&PKCS_RSA_SHA256);
        let (elliptic, elliptic_key) = pair(&PKCS_ECDSA_P256_SHA256);
        let key = key.serialize_pem();
        for (pem, expected) in [
            (key.clone(), CertificateError::NoCertificate),
            (certificate.clone(), CertificateError::NoKey),
            ("canary".to_owned(), CertificateError::NoCertificate),
            (
                format!("{certificate}{}", other.serialize_pem()),
                CertificateError::KeyMismatch,
            ),
            (
                format!("{elliptic}{}", elliptic_key.serialize_pem()),
                CertificateError::NotRsa,
            ),
        ] {
            assert_eq!(read(&pem).unwrap_err(), expected);
        }
        let shown = format!("{:?}", read(&format!("{certificate}{key}")).unwrap());
        assert!(
            !shown.contains("PRIVATE") && shown.contains("thumbprint"),
            "{shown}"
        );
    }
}
