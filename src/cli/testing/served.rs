//! A registry in this process, as commands reach one. Client required.

use std::{net::TcpListener, sync::Arc};

use clap::Parser as _;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    arm::{Client, Endpoint, Options, StaticToken},
    cli::cluster::backends,
    registry::{self, Registry},
};

/// A registry that is listened to, and how the command reaches it.
pub(in crate::cli) struct Served {
    pub(in crate::cli) client: Client,
    pub(in crate::cli) arguments: backends::Arguments,
    server: JoinHandle<()>,
    _directory: TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(clap::Parser)]
struct Flags {
    #[command(flatten)]
    backends: backends::Arguments,
}

/// Serves a registry until it is dropped.
pub(in crate::cli) async fn served() -> Served {
    let directory = tempfile::tempdir().unwrap();
    let options = registry::Options {
        connector_limit: 10_000,
        role_assignment_limit: 100_000,
        ..registry::Options::new(directory.path().join("data"))
    };
    let registry = Registry::open(options).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let file = directory.path().join("token");
    std::fs::write(&file, registry.token().expose_secret()).unwrap();
    let token = StaticToken::new(&registry.token()).unwrap();
    let endpoint = Endpoint::new(&url, None).unwrap();
    let options = Options {
        max_in_flight: 64,
        ..Options::default()
    };
    let client = Client::new(endpoint, Arc::new(token), Arc::new(()), options).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let flags = Flags::parse_from(["asks", "--registry-url", &url, "--registry-token-file", &file]);
    let server = tokio::spawn(async move {
        registry
            .serve(listener, None, std::future::pending())
            .await
            .unwrap();
    });
    Served {
        client,
        arguments: flags.backends,
        server,
        _directory: directory,
    }
}
