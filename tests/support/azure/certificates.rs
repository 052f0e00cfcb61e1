//! An authority that vouches for Azure's hosts. No client.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use super::cloud::Cloud;

/// What the hosts show, and what their callers trust.
pub(super) struct Certificates {
    /// The authority's certificate, in PEM.
    pub(super) authority: String,
    /// The hosts' certificate, in DER.
    pub(super) certificate: Vec<u8>,
    /// Its key, in DER (PKCS#8).
    pub(super) key: Vec<u8>,
}

impl Certificates {
    /// New ones.
    pub(super) fn make() -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        authority
            .distinguished_name
            .push(DnType::CommonName, "Azure of a test run");
        let shown = authority.self_signed(&authority_key).unwrap();
        let names = Cloud::ALL
            .iter()
            .flat_map(|cloud| [cloud.manager(), cloud.login()]);
        let names: Vec<String> = names.map(str::to_owned).collect();
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let certificate = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        Self {
            authority: shown.pem(),
            certificate: certificate.der().to_vec(),
            key: key.serialize_der(),
        }
    }
}
