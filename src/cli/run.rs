//! `run`: the operator, until told to stop. Client required.

pub(super) mod identity;
mod proxy;
mod registry;
mod stop;
#[cfg(test)]
mod tests;

use std::{
    future::pending,
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Config, ResourceExt as _,
    client::{Body, ClientBuilder},
};
use tokio::{runtime, time::timeout};
use tokio_util::sync::CancellationToken;
use tower::util::MapRequestLayer;

use self::{registry::Embedding, stop::Stop};
use super::Failure;
use crate::{
    controller::{
        self,
        events::Events,
        installed, leader,
        settings::{Embedded, OwnIdentity, Settings},
    },
    metrics::{Metrics, api_write},
    registry::replace_file,
    server::{self, Health},
    telemetry,
};

/// How long the API server may be silent on a connection before it counts as gone. A watch is silent for up to the
/// five minutes after which the API server ends it; shorter limits are with the calls.
const SILENCE: Duration = Duration::from_mins(6);
/// How long a call at the start may take.
const CALL_LIMIT: Duration = Duration::from_secs(20);
/// How long tasks may take to end once everything else has.
const LAST_TASKS: Duration = Duration::from_secs(1);

/// Run the operator: register the connectors of a cluster, share them, and keep it so.
///
/// The cluster is the one that KUBECONFIG or ~/.kube/config names, else the one this process runs in.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    registry: registry::Arguments,
    /// Address for /healthz, /readyz and /metrics; port 0 takes a free one
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_METRICS_ADDR",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080"
    )]
    metrics_addr: SocketAddr,
    /// File to write the URL of /metrics to once it answers
    #[arg(long, env = "CONNECTOR_OPERATOR_METRICS_URL_FILE", value_name = "FILE")]
    metrics_url_file: Option<PathBuf>,
    /// Namespace of the lease that lets one process work while others wait [default: the environment's POD_NAMESPACE,
    /// else the kubeconfig's]
    #[arg(long, env = "CONNECTOR_OPERATOR_LEASE_NAMESPACE", value_name = "NAMESPACE")]
    lease_namespace: Option<String>,
    /// Name under which this process holds the lease: unlike that of any other that runs, and the same after a restart,
    /// so that it need not wait for its own lease to run out [default: the environment's POD_NAME, else the host's name
    /// with a random end]
    #[arg(long, env = "CONNECTOR_OPERATOR_IDENTITY", value_name = "NAME", value_parser = identity::identity)]
    identity: Option<String>,
    /// Name of this cluster in the tags of what it registers [default: the uid of the namespace kube-system]
    #[arg(long, env = "CONNECTOR_OPERATOR_CLUSTER_ID", value_name = "ID", value_parser = identity::cluster_id)]
    cluster_id: Option<String>,
    /// Names under which this cluster registered before it was rebuilt, separated by commas
    #[arg(long, env = "CONNECTOR_OPERATOR_FORMER_CLUSTER_IDS", value_name = "ID", value_delimiter = ',', value_parser = identity::cluster_id)]
    former_cluster_ids: Vec<String>,
    /// Private, loopback or link-local network that descriptions and backends of namespaces may be in, as in
    /// 10.20.0.0/16; may be given several times, or as a list separated by commas
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_ALLOW_SOURCE_CIDR",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    allow_source_cidr: Vec<IpNet>,
    #[command(flatten)]
    azure: super::azure::Arguments,
    #[command(flatten)]
    log: telemetry::Arguments,
}

/// What the commands below need of the arguments once the log is set up.
struct Options {
    lease_namespace: Option<String>,
    identity: String,
    cluster_id: Option<String>,
    former_cluster_ids: Vec<String>,
    allowed_sources: Vec<IpNet>,
    own_identity: OwnIdentity,
}

/// Runs until SIGTERM or SIGINT; passes under way end first. A second signal ends at once.
pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments {
        registry,
        metrics_addr,
        metrics_url_file,
        lease_namespace,
        identity,
        cluster_id,
        former_cluster_ids,
        allow_source_cidr,
        azure,
        log,
    } = arguments;
    log.init().map_err(Failure::of("cannot set up the log"))?;
    let options = Options {
        lease_namespace: lease_namespace.or_else(identity::pod_namespace),
        identity: identity.unwrap_or_else(identity::default),
        cluster_id,
        former_cluster_ids,
        allowed_sources: allow_source_cidr,
        own_identity: azure.identity()?,
    };
    // Whoever installed one first has installed the same: there is one in this program.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let runtime = runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::of("cannot start"))?;
    let outcome = runtime.block_on(async {
        let listener = listen(metrics_addr, metrics_url_file.as_deref())?;
        Box::pin(operate(options, registry, listener)).await
    });
    runtime.shutdown_timeout(LAST_TASKS);
    outcome
}

/// Listens for the process's own server; the socket takes connections from now on.
fn listen(address: SocketAddr, url_file: Option<&Path>) -> Result<TcpListener, Failure> {
    const ATTEMPT: &str = "cannot listen on the address given as --metrics-addr";
    let listener = TcpListener::bind(address).map_err(Failure::of(ATTEMPT))?;
    let url = format!(
        "http://{}/metrics",
        listener.local_addr().map_err(Failure::of(ATTEMPT))?
    );
    tracing::info!(url, "answers for its health and metrics");
    if let Some(path) = url_file {
        replace_file(path, format!("{url}\n").as_bytes()).map_err(Failure::of(
            "cannot write the URL into the file given as --metrics-url-file",
        ))?;
    }
    Ok(listener)
}

/// Everything that runs beside the work: signals, the process's own server, the embedded registry.
async fn operate(
    options: Options,
    registry: registry::Arguments,
    listener: TcpListener,
) -> Result<(), Failure> {
    let (health, metrics) = (Arc::new(Health::new()), Arc::new(Metrics::new()));
    let mut stop = Stop::listen(Arc::clone(&health)).map_err(Failure::of("cannot listen for signals"))?;
    let serving = server::serve(listener, Arc::clone(&health), Arc::clone(&metrics), pending());
    let registry = Embedding::open(registry).await?;
    let access = registry.as_ref().map(Embedding::access);
    let (shutdown, finished) = (stop.shutdown(), CancellationToken::new());
    let working = async {
        work(options, access, health, metrics, shutdown).await?;
        finished.cancel();
        Ok(())
    };
    // The work needs the registry to its end, so the registry ends after it.
    let registering = async {
        match registry {
            Some(registry) => registry.serve(finished.cancelled()).await,
            None => Ok(()),
        }
    };
    tokio::select! {
        ended = async { tokio::try_join!(working, registering) } => ended.map(|((), ())| ()),
        served = serving => served
            .and_then(|()| Err(io::Error::other("its server ended")))
            .map_err(Failure::of("cannot answer for health and metrics")),
        cut = stop.at_once() => Err(Failure::of("did not end in good order")(cut)),
    }
}

/// The work itself: waits for the definitions and the lease, then controls.
async fn work(
    options: Options,
    embedded: Option<Embedded>,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let Options {
        lease_namespace,
        identity,
        cluster_id,
        former_cluster_ids,
        allowed_sources,
        own_identity,
    } = options;
    let (client, default_namespace) = connect(Arc::clone(&metrics)).await?;
    tokio::select! {
        () = installed::wait(&client, &health, &metrics) => {}
        () = shutdown.cancelled() => return Ok(()),
    }
    let cluster_id = match cluster_id {
        Some(id) => id,
        None => uid_of_cluster(&client).await?,
    };
    let namespace = lease_namespace.unwrap_or(default_namespace);
    tracing::info!(
        cluster.id = cluster_id,
        identity,
        lease.namespace = namespace,
        "waits for the lease"
    );
    let settings = Settings {
        cluster_id,
        former_cluster_ids,
        allowed_sources,
        embedded,
        identity: own_identity,
    };
    let events = Events::new(client.clone(), &identity);
    let controlling = async {
        tracing::info!("leads");
        metrics.set_leading(true);
        let (metrics, events_of_controller) = (Arc::clone(&metrics), events.clone());
        let ended = controller::run(
            client.clone(),
            settings,
            metrics,
            health,
            events_of_controller,
            shutdown.clone(),
        )
        .await;
        events.finish().await;
        ended
    };
    let led = leader::lead(
        client.clone(),
        &namespace,
        &identity,
        &shutdown,
        Box::pin(controlling),
    )
    .await;
    match led.map_err(Failure::of("cannot go on as leader"))? {
        Some(ended) => ended.map_err(Failure::of("cannot go on controlling")),
        None => Ok(()),
    }
}

/// A client of the cluster that counts its writes, and the namespace it is set to.
async fn connect(metrics: Arc<Metrics>) -> Result<(Client, String), Failure> {
    const ATTEMPT: &str = "cannot find a cluster: set KUBECONFIG, or run in a pod with a service account";
    let mut config = Config::infer().await.map_err(Failure::of(ATTEMPT))?;
    config.read_timeout = Some(SILENCE);
    config.reset_reader_on_write = true;
    config.proxy_url = proxy::by_which(config.proxy_url.take(), &config.cluster_url);
    let namespace = config.default_namespace.clone();
    let client =
        ClientBuilder::try_from(config).map_err(Failure::of("cannot make a client of the cluster"))?;
    let counting = MapRequestLayer::new(move |request: http::Request<Body>| {
        if let Some((resource, verb)) = api_write(request.method(), request.uri().path()) {
            metrics.wrote(resource, verb);
        }
        request
    });
    Ok((client.with_layer(&counting).build(), namespace))
}

/// The uid of kube-system, which a cluster keeps for life.
pub(super) async fn uid_of_cluster(client: &Client) -> Result<String, Failure> {
    const ATTEMPT: &str = "cannot tell which cluster this is by the namespace kube-system; allow reading it, or give --cluster-id";
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let namespace = timeout(CALL_LIMIT, namespaces.get_metadata("kube-system")).await;
    let namespace = namespace
        .map_err(Failure::of(ATTEMPT))?
        .map_err(Failure::of(ATTEMPT))?;
    let uid = namespace.uid().ok_or_else(|| io::Error::other("it has no uid"));
    uid.map_err(Failure::of(ATTEMPT))
}
