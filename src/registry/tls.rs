//! The certificate that the registry shows, read again when its files change. No client.

use std::{convert::Infallible, path::PathBuf, sync::Arc, time::Duration};

use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::time::{MissedTickBehavior, interval};

use super::{serve::ServeError, stamp::Stamp};

/// How often it is looked whether the files have changed. Certificates are renewed days before they end.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The files that TLS needs, in PEM. They are read again when they change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tls {
    /// The certificate, followed by those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Tls {
    fn config(&self) -> Result<Arc<ServerConfig>, ServeError> {
        let pem = |path: &PathBuf, expected| {
            let path = path.clone();
            move |source| ServeError::Pem {
                path,
                expected,
                source,
            }
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(pem(&self.certificate, "a certificate"))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(pem(&self.key, "a private key"))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(ServeError::Certificate)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// What both files are by now; nothing for one that is not there.
    fn stamps(&self) -> [Option<Stamp>; 2] {
        [&self.certificate, &self.key].map(|path| Stamp::of(path).ok())
    }
}

/// What is shown to callers, and the files it is from.
pub(super) struct Shown {
    tls: Tls,
    stamps: [Option<Stamp>; 2],
    config: RustlsConfig,
}

impl Shown {
    /// The certificate and the key as the files have them.
    pub(super) fn open(tls: &Tls) -> Result<Self, ServeError> {
        Ok(Self {
            stamps: tls.stamps(),
            config: RustlsConfig::from_config(tls.config()?),
            tls: tls.clone(),
        })
    }

    /// What connections are accepted with, from now on and after each change.
    pub(super) fn config(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// Looks at the files for as long as it is polled.
    pub(super) async fn renew(mut self) -> Infallible {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look();
        }
    }

    /// Shows new connections what the files hold, if they have changed. What is of no use (half of a pair, as a rule)
    /// changes nothing, and the log says so.
    fn look(&mut self) {
        let stamps = self.tls.stamps();
        if stamps == self.stamps {
            return;
        }
        self.stamps = stamps;
        match self.tls.config() {
            Ok(config) => {
                self.config.reload_from_config(config);
                tracing::info!(path = %self.tls.certificate.display(), "the certificate was renewed");
            }
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the certificate stays as it was"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

    use super::*;

    struct Files {
        _folder: tempfile::TempDir,
        tls: Tls,
    }

    impl Files {
        fn new(issued: &CertifiedKey<KeyPair>) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let [certificate, key] = ["tls.crt", "tls.key"].map(|name| folder.path().join(name));
            let files = Self {
                _folder: folder,
                tls: Tls { certificate, key },
            };
            files.certificate(issued);
            files.key(issued);
            files
        }

        fn certificate(&self, issued: &CertifiedKey<KeyPair>) {
            crate::registry::replace_file(&self.tls.certificate, issued.cert.pem().as_bytes()).unwrap();
        }

        fn key(&self, issued: &CertifiedKey<KeyPair>) {
            let key = issued.signing_key.serialize_pem();
            crate::registry::replace_file(&self.tls.key, key.as_bytes()).unwrap();
        }
    }

    fn issued() -> CertifiedKey<KeyPair> {
        generate_simple_self_signed(["localhost".to_owned()]).unwrap()
    }

    /// Whether a caller who trusts that certificate, and no other, gets through.
    async fn trusts(issued: &CertifiedKey<KeyPair>, url: &str) -> bool {
        let root = reqwest::Certificate::from_pem(issued.cert.pem().as_bytes()).unwrap();
        let caller = reqwest::Client::builder().tls_certs_only([root]).no_proxy();
        let caller = caller.timeout(Duration::from_secs(30)).build().unwrap();
        caller.get(url).send().await.is_ok()
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_shown_without_a_restart() {
        let (old, new) = (issued(), issued());
        let files = Files::new(&old);
        let mut shown = Shown::open(&files.tls).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        let server = axum_server::from_tcp_rustls(listener, shown.config()).unwrap();
        let routes = axum::Router::new().fallback(|| async { "here" });
        let server = tokio::spawn(server.serve(routes.into_make_service()));
        assert!(trusts(&old, &url).await);

        files.certificate(&new);
        shown.look();
        assert!(trusts(&old, &url).await, "half of a pair is not shown");
        files.key(&new);
        shown.look();
        assert!(trusts(&new, &url).await);
        assert!(!trusts(&old, &url).await);
        fs::remove_file(&files.tls.key).unwrap();
        shown.look();
        assert!(trusts(&new, &url).await, "what is gone changes nothing");
        server.abort();
    }
}
