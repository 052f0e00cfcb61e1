//! Azure, as far as connectors need it, in this process: Entra, a machine's identity, and the resource manager on the
//! registry's own code. Client required.
//!
//! It stands in for the real hosts by their real names: whoever is told its [`Azure::environment`] reaches them through
//! a proxy that leads nowhere else, and trusts its certificates. So the operator needs no hook for tests. It runs in a
//! thread of its own, so that tests with runtimes of their own can share one.
#![allow(
    clippy::allow_attributes,
    clippy::disallowed_methods,
    clippy::unwrap_in_result,
    clippy::wildcard_enum_match_arm,
    dead_code,
    unused_imports,
    reason = "each binary that includes it uses its own part; it is an edge where time enters, and fails as a test fails"
)]

mod assertion;
mod certificates;
mod cloud;
mod entra;
mod host;
mod machine;
mod manager;
mod operations;
mod proxy;
mod tokens;
mod traps;

use std::{
    ffi::OsString,
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
};

use tempfile::TempDir;
use tokio::sync::oneshot;

pub(crate) use self::{
    assertion::Keys,
    cloud::Cloud,
    entra::{Application, Entra, Exchange, Proof},
    machine::{IDENTITY_SECRET, Machine},
    manager::Manager,
    operations::Course,
    tokens::Lifetime,
    traps::Trap,
};

/// How it is started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Whether requests are limited as the resource manager limits them: tokens in buckets.
    pub(crate) limits_rate: bool,
    /// Where it keeps what it keeps; a folder of its own, removed in the end, if nothing.
    pub(crate) folder: Option<PathBuf>,
}

/// Everything that answers.
pub(crate) struct Azure {
    /// Who may sign in, and who did.
    pub(crate) entra: Arc<Entra>,
    /// The identity of the machine that the operator runs on.
    pub(crate) machine: Arc<Machine>,
    /// What is kept there, what was asked, and what goes wrong.
    pub(crate) manager: Arc<Manager>,
    addresses: Addresses,
    authority: String,
    folder: PathBuf,
    _temporary: Option<TempDir>,
    strangers: proxy::Strangers,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Where it listens.
#[derive(Clone, Copy, Debug)]
struct Addresses {
    proxy: SocketAddr,
    tls: SocketAddr,
    plain: SocketAddr,
}

impl Azure {
    /// Starts it. It ends when it is dropped.
    pub(crate) fn start(options: Options) -> Self {
        let temporary = options.folder.is_none().then(|| tempfile::tempdir().unwrap());
        let folder = temporary.as_ref().map(|it| it.path().to_owned());
        let folder = options.folder.clone().or(folder).unwrap();
        let certificates = certificates::Certificates::make();
        let authority = certificates.authority.clone();
        fs::write(folder.join("ca.crt"), &authority).unwrap();
        let data = folder.join("data");
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let strangers = proxy::Strangers::default();
        let told = Arc::clone(&strangers);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let running = host::Running::start(options, data, certificates, told).await;
                let parts = (
                    running.entra(),
                    running.machine(),
                    running.manager(),
                    running.addresses(),
                );
                started.send(parts).unwrap();
                let _dropped_or_told = stopped.await;
                running.end().await;
            });
        });
        let (entra, machine, manager, addresses) = starting.recv().unwrap();
        Self {
            entra,
            machine,
            manager,
            addresses,
            authority,
            folder,
            _temporary: temporary,
            strangers,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// What a process is told to meet this Azure instead of the other. The identity's endpoint is there as Container
    /// Apps give it, because nobody asks a machine's own address through a proxy.
    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        let proxy = self.proxy();
        [
            ("HTTPS_PROXY", proxy.clone()),
            ("HTTP_PROXY", proxy),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
            ("SSL_CERT_FILE", self.authority_file().display().to_string()),
            ("IDENTITY_ENDPOINT", self.identity_endpoint()),
            ("IDENTITY_HEADER", IDENTITY_SECRET.to_owned()),
            (
                "AZURE_FEDERATED_TOKEN_FILE",
                self.federated_token_file().display().to_string(),
            ),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into()
    }

    /// The proxy's address.
    pub(crate) fn proxy(&self) -> String {
        format!("http://{}", self.addresses.proxy)
    }

    /// Where a service that runs us would give us its identity's tokens.
    pub(crate) fn identity_endpoint(&self) -> String {
        format!("http://{}/msi/token", self.addresses.plain)
    }

    /// Where a process finds the token of its own service account, once somebody has put it there.
    pub(crate) fn federated_token_file(&self) -> PathBuf {
        self.folder.join("federated-token")
    }

    /// Where every one of its hosts listens for TLS.
    pub(crate) fn address(&self) -> SocketAddr {
        self.addresses.tls
    }

    /// The certificate that vouches for its hosts, in PEM.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The same in a file.
    pub(crate) fn authority_file(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// The hosts that the proxy was asked for and that are neither Azure's nor this machine.
    pub(crate) fn strangers(&self) -> Vec<String> {
        self.strangers.lock().unwrap().clone()
    }

    /// A client that meets this Azure.
    pub(crate) fn client(&self) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(self.authority.as_bytes()).unwrap();
        let builder = reqwest::Client::builder().tls_certs_only([root]);
        let proxy = reqwest::Proxy::all(self.proxy()).unwrap();
        builder
            .proxy(proxy)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
    }
}

impl Drop for Azure {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was printed there.
            drop(thread.join());
        }
    }
}
