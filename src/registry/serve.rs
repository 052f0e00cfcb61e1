//! Listens: plain on loopback, with TLS anywhere. No client.

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum_server::{
    Handle,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::Registry;

/// How long requests under way may take once told to stop.
const GRACE: Duration = Duration::from_secs(5);
/// How long a caller may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// The files that TLS needs, in PEM.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tls {
    /// The certificate, followed by those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a registry could not listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Tokens would cross a network in the clear.
    #[error(
        "will not listen on {0} without TLS: its callers' token would be readable on the network; give a certificate and a key, or listen on 127.0.0.1"
    )]
    PlainBeyondLoopback(SocketAddr),
    /// A PEM file could not be used.
    #[error("could not use `{path}` for TLS: it must hold {expected} in PEM")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What the reader says.
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not go together, or are of no use.
    #[error("could not use the certificate with its key")]
    Certificate(#[source] rustls::Error),
    /// The system refused.
    #[error("could not serve the registry")]
    Io(#[source] io::Error),
}

impl Registry {
    /// Answers until `shutdown`; requests under way then have five seconds. Without `tls`, `listener` must be
    /// on loopback.
    pub async fn serve(
        &self,
        listener: TcpListener,
        tls: Option<&Tls>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let address = listener.local_addr().map_err(ServeError::Io)?;
        let handle = Handle::new();
        let config = match tls {
            Some(tls) => Some(tls.config()?),
            None if address.ip().is_loopback() => None,
            None => return Err(ServeError::PlainBeyondLoopback(address)),
        };
        let serving = async {
            let mut server = axum_server::from_tcp(listener)?
                .acceptor(NoDelayAcceptor::new())
                .handle(handle.clone());
            server.http_builder().http1().header_read_timeout(HEAD_TIME);
            match config {
                Some(config) => {
                    let acceptor = RustlsAcceptor::new(config).acceptor(NoDelayAcceptor::new());
                    server
                        .acceptor(acceptor)
                        .serve(self.routes("https").into_make_service())
                        .await
                }
                None => server.serve(self.routes("http").into_make_service()).await,
            }
        };
        let stopping = async {
            shutdown.await;
            handle.graceful_shutdown(Some(GRACE));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            served = serving => served.map_err(ServeError::Io),
            () = stopping => Ok(()),
        }
    }
}

impl Tls {
    fn config(&self) -> Result<RustlsConfig, ServeError> {
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
        Ok(RustlsConfig::from_config(Arc::new(config)))
    }
}
