//! The hosts as they listen: one for TLS, one without, and the proxy that leads to both. Client required.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    response::{IntoResponse as _, Response},
};
use axum_server::tls_rustls::RustlsConfig;
use http::{Method, Request, StatusCode, header};
use tokio::task::JoinHandle;
use url::form_urlencoded;

use super::{
    Addresses, Options,
    certificates::Certificates,
    cloud::Role,
    entra::Entra,
    machine::Machine,
    manager::Manager,
    proxy::{self, Routes, Strangers},
};

const FORM_LIMIT: usize = 64 << 10;

/// All that listens.
pub(super) struct Running {
    hosts: Hosts,
    addresses: Addresses,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Clone)]
struct Hosts {
    entra: Arc<Entra>,
    machine: Arc<Machine>,
    manager: Arc<Manager>,
}

impl Running {
    /// Listens on free ports of this machine.
    pub(super) async fn start(
        options: Options,
        data: PathBuf,
        certificates: Certificates,
        strangers: Strangers,
    ) -> Self {
        let entra = Arc::new(Entra::default());
        let tokens = Arc::clone(&entra.tokens);
        let hosts = Hosts {
            machine: Arc::new(Machine::new(Arc::clone(&tokens))),
            manager: Arc::new(Manager::open(data, options.limits_rate, tokens).await),
            entra,
        };
        let router = Router::new().fallback(answer).with_state(hosts.clone());
        let Certificates { certificate, key, .. } = certificates;
        let tls = RustlsConfig::from_der(vec![certificate], key).await.unwrap();
        let (for_tls, for_plain, for_proxy) = (listener(), listener(), listener());
        let addresses = Addresses {
            proxy: for_proxy.local_addr().unwrap(),
            tls: for_tls.local_addr().unwrap(),
            plain: for_plain.local_addr().unwrap(),
        };
        let routes = Routes {
            tls: addresses.tls,
            plain: addresses.plain,
            strangers,
        };
        let secure = axum_server::from_tcp_rustls(for_tls, tls)
            .unwrap()
            .serve(router.clone().into_make_service());
        let plain = axum_server::from_tcp(for_plain)
            .unwrap()
            .serve(router.into_make_service());
        let proxy = tokio::net::TcpListener::from_std(for_proxy).unwrap();
        let tasks = vec![
            tokio::spawn(async move { secure.await.unwrap() }),
            tokio::spawn(async move { plain.await.unwrap() }),
            tokio::spawn(proxy::serve(proxy, routes)),
        ];
        Self {
            hosts,
            addresses,
            tasks,
        }
    }

    pub(super) fn entra(&self) -> Arc<Entra> {
        Arc::clone(&self.hosts.entra)
    }

    pub(super) fn machine(&self) -> Arc<Machine> {
        Arc::clone(&self.hosts.machine)
    }

    pub(super) fn manager(&self) -> Arc<Manager> {
        Arc::clone(&self.hosts.manager)
    }

    pub(super) fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Ends all of it.
    pub(super) async fn end(self) {
        for task in self.tasks {
            task.abort();
            let _aborted = task.await;
        }
    }
}

fn listener() -> TcpListener {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

async fn answer(State(hosts): State<Hosts>, request: Request<Body>) -> Response {
    let named = request
        .headers()
        .get(header::HOST)
        .and_then(|it| it.to_str().ok());
    let host = request.uri().host().or(named).unwrap_or_default().to_owned();
    let path = request.uri().path().to_owned();
    match Role::of(&host) {
        Some(Role::Manager(cloud)) => hosts.manager.answer(cloud, request).await,
        Some(Role::Login(cloud)) if request.method() == Method::POST => {
            let body = to_bytes(request.into_body(), FORM_LIMIT)
                .await
                .unwrap_or_default();
            hosts.entra.answer(cloud, &path, &pairs(&body))
        }
        // The service's own endpoint is at an address of this machine.
        Some(Role::Machine) | None if request.method() == Method::GET => {
            let query = pairs(request.uri().query().unwrap_or_default().as_bytes());
            hosts.machine.answer(&path, &query, request.headers())
        }
        Some(_) | None => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn pairs(encoded: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
