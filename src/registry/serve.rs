//! Listens: plain on loopback, with TLS anywhere. No client.

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    time::Duration,
};

use axum_server::{Handle, Server, accept::NoDelayAcceptor, tls_rustls::RustlsAcceptor};

use super::{
    Registry,
    tls::{Shown, Tls},
};

/// How long requests under way may take once told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// How long a caller may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);

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

/// A registry on a socket that takes connections already; they are answered once it serves.
pub struct Listening {
    registry: Registry,
    server: Server<SocketAddr, NoDelayAcceptor>,
    shown: Option<Shown>,
    address: SocketAddr,
}

impl Registry {
    /// Listens and answers until `shutdown`: [`Registry::listen`], then [`Listening::serve`].
    pub async fn serve(
        &self,
        listener: TcpListener,
        tls: Option<&Tls>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        self.listen(listener, tls)?.serve(shutdown).await
    }

    /// Takes a socket, which without `tls` must be on loopback. Must be called within a Tokio runtime.
    pub fn listen(&self, listener: TcpListener, tls: Option<&Tls>) -> Result<Listening, ServeError> {
        let address = listener.local_addr().map_err(ServeError::Io)?;
        let shown = match tls {
            Some(tls) => Some(Shown::open(tls)?),
            None if address.ip().is_loopback() => None,
            None => return Err(ServeError::PlainBeyondLoopback(address)),
        };
        let mut server = axum_server::from_tcp(listener)
            .map_err(ServeError::Io)?
            .acceptor(NoDelayAcceptor::new());
        server.http_builder().http1().header_read_timeout(HEAD_TIME);
        Ok(Listening {
            registry: self.clone(),
            server,
            shown,
            address,
        })
    }
}

impl Listening {
    /// Where it listens, without a slash at the end.
    pub fn url(&self) -> String {
        format!(
            "{}://{}",
            if self.shown.is_some() { "https" } else { "http" },
            self.address
        )
    }

    /// Answers until `shutdown`; requests under way then have three seconds. The registry stays open.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let Self {
            registry,
            server,
            shown,
            address: _,
        } = self;
        let handle = Handle::new();
        let server = server.handle(handle.clone());
        let config = shown.as_ref().map(Shown::config);
        let serving = async {
            match config {
                Some(config) => {
                    let acceptor = RustlsAcceptor::new(config).acceptor(NoDelayAcceptor::new());
                    server
                        .acceptor(acceptor)
                        .serve(registry.routes("https").into_make_service())
                        .await
                }
                None => server.serve(registry.routes("http").into_make_service()).await,
            }
        };
        let stopping = async {
            shutdown.await;
            handle.graceful_shutdown(Some(GRACE));
            std::future::pending::<()>().await;
        };
        let renewing = async {
            match shown {
                Some(shown) => match shown.renew().await {},
                None => std::future::pending::<()>().await,
            }
        };
        tokio::select! {
            served = serving => served.map_err(ServeError::Io),
            () = stopping => Ok(()),
            () = renewing => Ok(()),
        }
    }
}
