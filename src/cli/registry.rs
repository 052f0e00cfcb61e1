//! `registry`: the registry alone, until told to stop. No client.

use std::{
    io::{self, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::{
    registry::{CONNECTOR_LIMIT, Options, ROLE_ASSIGNMENT_LIMIT, RateLimit, Registry, Tls, replace_file},
    telemetry,
};

/// Run the registry: a server that speaks the contract of Azure custom connectors over an embedded database
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Directory that keeps the database and the callers' token (in the file `token`, made at the first start)
    #[arg(long, env = "CONNECTOR_OPERATOR_DATA_DIR", value_name = "DIR")]
    data_dir: PathBuf,
    /// File of further tokens, a line each: a name, its scopes (read, write, share) joined by commas, and the token.
    /// It is read again when it changes
    #[arg(long, env = "CONNECTOR_OPERATOR_REGISTRY_TOKENS", value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one. Beyond loopback TLS is required
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_REGISTRY_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:0"
    )]
    listen: SocketAddr,
    /// Certificate for TLS, followed by those that vouch for it, in PEM
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_REGISTRY_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key"
    )]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_REGISTRY_TLS_KEY",
        value_name = "FILE",
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,
    /// File to write the URL to once the registry listens
    #[arg(long, value_name = "FILE")]
    url_file: Option<PathBuf>,
    /// Location that resource groups show
    #[arg(long, env = "CONNECTOR_OPERATOR_REGISTRY_LOCATION", default_value = "local")]
    location: String,
    /// Connectors in a subscription, at most (Azure: 1000)
    #[arg(long, value_name = "N", default_value_t = CONNECTOR_LIMIT)]
    max_connectors: u32,
    /// Role assignments in a subscription, at most (Azure: 4000)
    #[arg(long, value_name = "N", default_value_t = ROLE_ASSIGNMENT_LIMIT)]
    max_role_assignments: u32,
    /// Limit requests as Azure Resource Manager does: 250 reads, 200 writes, 200 deletes at once, and 25, 10,
    /// 10 more each second
    #[arg(long)]
    rate_limit: bool,
    /// Answer every request this much later, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 0)]
    latency_ms: u64,
    /// Serve /faults and /counters, by which tests ask for faults and count requests
    #[arg(long)]
    faults: bool,
    #[command(flatten)]
    log: telemetry::Arguments,
}

/// Runs until SIGTERM or SIGINT; requests under way are answered first.
pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    arguments
        .log
        .clone()
        .init()
        .map_err(Failure::of("cannot set up the log"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime
        .map_err(Failure::of("cannot start"))?
        .block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> Result<(), Failure> {
    let Arguments {
        data_dir,
        tokens,
        listen,
        tls_cert,
        tls_key,
        url_file,
        location,
        max_connectors,
        max_role_assignments,
        rate_limit,
        latency_ms,
        faults,
        log: _,
    } = arguments;
    let tls = tls_cert
        .zip(tls_key)
        .map(|(certificate, key)| Tls { certificate, key });
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::of("cannot listen for signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::of("cannot listen for signals"))?;
    let listener = TcpListener::bind(listen).map_err(Failure::of("cannot listen on the address given"))?;
    let registry = Registry::open(Options {
        data_dir: data_dir.clone(),
        tokens,
        location,
        connector_limit: max_connectors,
        role_assignment_limit: max_role_assignments,
        rate_limit: rate_limit.then(RateLimit::default),
        latency: Duration::from_millis(latency_ms),
        faults,
    })
    .await
    .map_err(Failure::of("cannot open the registry"))?;
    let listening = registry
        .listen(listener, tls.as_ref())
        .map_err(Failure::of("cannot serve the registry"))?;
    let shutdown = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };
    announce(&registry, &listening.url(), &data_dir, url_file.as_deref())?;
    let served = listening.serve(shutdown).await;
    registry.close().await;
    served.map_err(Failure::of("cannot serve the registry"))
}

/// The socket takes connections from its binding on, so whoever reads the URL may use it at once.
fn announce(registry: &Registry, url: &str, data_dir: &Path, url_file: Option<&Path>) -> Result<(), Failure> {
    tracing::info!(
        url,
        registry.instance = %registry.instance_id(),
        token_file = %data_dir.join("token").display(),
        "the registry listens"
    );
    if let Some(path) = url_file {
        replace_file(path, format!("{url}\n").as_bytes())
            .map_err(Failure::of("cannot write the URL into the file asked for"))?;
    }
    // Standard output may be closed; the log and the file say the same.
    drop(writeln!(io::stdout(), "{url}"));
    Ok(())
}
