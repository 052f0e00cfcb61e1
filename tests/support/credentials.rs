//! Keys, certificates and kubeconfigs of one control plane. No client.
//!
//! They are made once for a folder and then kept, so that a control plane started again on its data still accepts the
//! tokens it issued.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use serde_json::json;
use uuid::Uuid;

use super::Failure;

/// Files that the API server and its clients are started with.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    folder: PathBuf,
}

/// Who may do everything. There are two, so that the audit log tells what a person did from what the cluster did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum User {
    /// The person at the keyboard, or the test.
    Administrator,
    /// What keeps the cluster going.
    ControllerManager,
}

impl User {
    /// As the API server knows it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Administrator => "admin",
            Self::ControllerManager => "system:kube-controller-manager",
        }
    }
}

impl Credentials {
    /// Those in the folder, which are made if it has none.
    pub(crate) fn in_folder(folder: PathBuf) -> Result<Self, Failure> {
        fs::create_dir_all(&folder).map_err(Failure::io(format!("make {}", folder.display())))?;
        let credentials = Self { folder };
        // Written last, so where it is the others are as well.
        if !credentials.tokens().exists() {
            credentials.make()?;
        }
        Ok(credentials)
    }

    /// The certificate that clients trust.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// What the API server shows.
    pub(crate) fn server_certificate(&self) -> PathBuf {
        self.folder.join("server.crt")
    }

    /// The key to it.
    pub(crate) fn server_key(&self) -> PathBuf {
        self.folder.join("server.key")
    }

    /// Signs service accounts' tokens.
    pub(crate) fn signing_key(&self) -> PathBuf {
        self.folder.join("service-accounts.key")
    }

    /// Verifies them.
    pub(crate) fn verifying_key(&self) -> PathBuf {
        self.folder.join("service-accounts.pub")
    }

    /// The tokens of those who are no service accounts, as the API server reads them.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens.csv")
    }

    /// The token of one of them, as a kubeconfig refers to it.
    pub(crate) fn token_of(&self, user: User) -> PathBuf {
        self.folder.join(format!("{}.token", user.name()))
    }

    /// Where the token of a service account goes.
    pub(crate) fn service_account_token(&self, namespace: &str, name: &str) -> PathBuf {
        self.folder.join(format!("{namespace}.{name}.token"))
    }

    fn make(&self) -> Result<(), Failure> {
        let certificates = Certificates::make()
            .map_err(|error| std::io::Error::other(error.to_string()))
            .map_err(Failure::io("make the API server's certificate"))?;
        write_private(&self.authority(), &certificates.authority)?;
        write_private(&self.server_certificate(), &certificates.server)?;
        write_private(&self.server_key(), &certificates.server_key)?;
        write_private(&self.signing_key(), &certificates.signing_key)?;
        write_private(&self.verifying_key(), &certificates.verifying_key)?;
        let mut tokens = String::new();
        for user in [User::Administrator, User::ControllerManager] {
            let (name, token) = (user.name(), Uuid::new_v4().to_string());
            write_private(&self.token_of(user), &token)?;
            tokens.extend([&token, ",", name, ",", name, ",system:masters\n"]);
        }
        write_private(&self.tokens(), &tokens)
    }
}

/// PEM texts.
struct Certificates {
    authority: String,
    server: String,
    server_key: String,
    signing_key: String,
    verifying_key: String,
}

impl Certificates {
    fn make() -> Result<Self, rcgen::Error> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        authority
            .distinguished_name
            .push(DnType::CommonName, "control plane of a test run");
        let authority_certificate = authority.self_signed(&authority_key)?;
        let server_key = KeyPair::generate()?;
        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
        let server =
            CertificateParams::new(names)?.signed_by(&server_key, &Issuer::new(authority, authority_key))?;
        let signing_key = KeyPair::generate()?;
        Ok(Self {
            authority: authority_certificate.pem(),
            server: server.pem(),
            server_key: server_key.serialize_pem(),
            signing_key: signing_key.serialize_pem(),
            verifying_key: signing_key.public_key_pem(),
        })
    }
}

/// Writes a kubeconfig that names its token by file, because clients read a token file again and an inline token not.
pub(crate) fn write_kubeconfig(
    path: &Path,
    server: &str,
    authority: &Path,
    token: &Path,
    user: &str,
) -> Result<(), Failure> {
    let certificate = fs::read(authority).map_err(Failure::io(format!("read {}", authority.display())))?;
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "cluster", "cluster": {
            "server": server,
            "certificate-authority-data": BASE64_STANDARD.encode(certificate),
        }}],
        "users": [{ "name": user, "user": { "tokenFile": token }}],
        "contexts": [{ "name": user, "context": { "cluster": "cluster", "user": user }}],
        "current-context": user,
    });
    write_private(path, &format!("{kubeconfig:#}\n"))
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(Failure::io(format!("write {}", path.display())))
}
