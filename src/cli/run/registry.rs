//! The registry inside the operator's own process. No client.

use std::{
    future::Future,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
};

use url::Url;

use crate::{
    cli::Failure,
    controller::settings::Embedded,
    registry::{Options, Registry, replace_file},
};

/// Whether and where the registry runs.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Serve the registry in this process: the default backend where there is no Azure
    #[arg(long, env = "CONNECTOR_OPERATOR_EMBEDDED_REGISTRY", requires = "data_dir")]
    embedded_registry: bool,
    /// Directory that keeps the embedded registry's database and its callers' token (in the file `token`)
    #[arg(long, env = "CONNECTOR_OPERATOR_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Address of the embedded registry, on loopback; port 0 takes a free one
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_REGISTRY_ADDR",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:0"
    )]
    registry_addr: SocketAddr,
    /// File to write the URL of the embedded registry to
    #[arg(long, env = "CONNECTOR_OPERATOR_REGISTRY_URL_FILE", value_name = "FILE")]
    registry_url_file: Option<PathBuf>,
}

/// The embedded registry, open and listening.
pub(super) struct Embedding {
    registry: Registry,
    listener: TcpListener,
    url: Url,
}

impl Embedding {
    /// Opens the registry and its socket, if it is wanted; it takes connections from now on.
    pub(super) async fn open(arguments: Arguments) -> Result<Option<Self>, Failure> {
        const ATTEMPT: &str = "cannot listen on the address given as --registry-addr";
        let Arguments {
            embedded_registry,
            data_dir,
            registry_addr,
            registry_url_file,
        } = arguments;
        let Some(data_dir) = data_dir.filter(|_| embedded_registry) else {
            return Ok(None);
        };
        let listener = TcpListener::bind(registry_addr).map_err(Failure::of(ATTEMPT))?;
        let address = listener.local_addr().map_err(Failure::of(ATTEMPT))?;
        let url = Url::parse(&format!("http://{address}")).map_err(Failure::of(ATTEMPT))?;
        let registry = Registry::open(Options::new(data_dir)).await;
        let registry = registry.map_err(Failure::of("cannot open the embedded registry"))?;
        tracing::info!(%url, registry.instance = %registry.instance_id(), "the embedded registry listens");
        if let Some(path) = registry_url_file {
            replace_file(&path, format!("http://{address}\n").as_bytes()).map_err(Failure::of(
                "cannot write the URL into the file given as --registry-url-file",
            ))?;
        }
        Ok(Some(Self {
            registry,
            listener,
            url,
        }))
    }

    /// How the controller reaches it.
    pub(super) fn access(&self) -> Embedded {
        Embedded {
            url: self.url.clone(),
            token: self.registry.token(),
        }
    }

    /// Answers until `finished`, then closes the database.
    pub(super) async fn serve(self, finished: impl Future<Output = ()> + Send) -> Result<(), Failure> {
        let served = self.registry.serve(self.listener, None, finished).await;
        self.registry.close().await;
        served.map_err(Failure::of("cannot serve the embedded registry"))
    }
}
