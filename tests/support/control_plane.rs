//! A control plane on free ports: etcd, kube-apiserver, kube-controller-manager. Client required.
//!
//! There are no nodes: what needs a kubelet (pods, and so deployments) does not run. Namespaces end, what an owner
//! leaves behind is collected, and service accounts appear.

use std::{
    ffi::OsString,
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{
    Api, Client, Config,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig},
};

use super::{
    Failure,
    audit::{self, Audit},
    binaries::Binaries,
    credentials::{Credentials, User, write_kubeconfig, write_private},
    poll::poll,
    supervised::{Program, Supervised},
};

/// On two idle cores it takes about six seconds, on two busy ones it was seen to take thirty.
const START_LIMIT: Duration = Duration::from_mins(2);
/// A port is free when it is looked for and may not be a moment later.
const ATTEMPTS: u32 = 4;
/// Longer than any test, benchmark or demonstration is left running.
const TOKEN_LIFE_SECONDS: i64 = 365 * 24 * 60 * 60;

/// How a control plane is started.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where data, keys, kubeconfigs and logs go. One that was used before brings its objects back.
    pub(crate) folder: PathBuf,
}

/// A running control plane. Dropping it, or ending this process in any way, stops it.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    // In the order in which they are to be stopped: nobody is left waiting for one that is gone.
    controller_manager: Supervised,
    api_server: Supervised,
    etcd: Supervised,
    binaries: Binaries,
    credentials: Credentials,
    folder: PathBuf,
    url: String,
}

impl ControlPlane {
    /// Starts it, and returns once it answers and its controllers work.
    pub(crate) async fn start(options: Options) -> Result<Self, Failure> {
        let Options { folder } = options;
        let binaries = Binaries::get()?;
        let credentials = Credentials::in_folder(folder.join("credentials"))?;
        let mut attempt = 1;
        loop {
            match Self::try_start(&folder, &binaries, &credentials).await {
                Err(failure) if attempt < ATTEMPTS && lost_a_port(&failure) => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    async fn try_start(
        folder: &Path,
        binaries: &Binaries,
        credentials: &Credentials,
    ) -> Result<Self, Failure> {
        let program = |path: PathBuf, arguments: Vec<OsString>| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let log = folder.join("logs").join(&name).with_extension("log");
            // Their data is safe from KILL, and a test run has no time for an orderly end.
            Program {
                name,
                path,
                arguments,
                environment: Vec::new(),
                log,
                grace: Duration::ZERO,
            }
        };
        let etcd_url = format!("http://127.0.0.1:{}", free_port()?);
        let port = free_port()?;
        let url = format!("https://127.0.0.1:{port}");
        let [admin, controllers] = ["kubeconfig", "controllers.kubeconfig"].map(|name| folder.join(name));
        for (path, user) in [
            (&admin, User::Administrator),
            (&controllers, User::ControllerManager),
        ] {
            write_kubeconfig(
                path,
                &url,
                &credentials.authority(),
                &credentials.token_of(user),
                user.name(),
            )?;
        }
        write_private(&folder.join("audit-policy.yaml"), audit::POLICY)?;

        let etcd = Supervised::start(program(binaries.etcd(), etcd_arguments(folder, &etcd_url)))?;
        let arguments = api_server_arguments(folder, credentials, &etcd_url, port);
        let api_server = Supervised::start(program(binaries.api_server(), arguments))?;
        let mut base = [etcd, api_server];
        await_answer(&admin, &mut base).await?;
        let arguments = controller_manager_arguments(&controllers);
        let mut controller_manager = Supervised::start(program(binaries.controller_manager(), arguments))?;
        await_controllers(&admin, &mut controller_manager).await?;

        let [etcd, api_server] = base;
        Ok(Self {
            controller_manager,
            api_server,
            etcd,
            binaries: binaries.clone(),
            credentials: credentials.clone(),
            folder: folder.to_owned(),
            url,
        })
    }

    /// The administrator's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// Where the API server listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A new client of the administrator. It lives no longer than the runtime it was made on, so each test needs its
    /// own.
    pub(crate) async fn client(&self) -> Result<Client, Failure> {
        client_of(&self.kubeconfig()).await
    }

    /// A new client of somebody who has the rights that were given to the name, and no others.
    pub(crate) async fn client_as(&self, user: &str) -> Result<Client, Failure> {
        client_as(&self.kubeconfig(), user).await
    }

    /// `kubectl` as the administrator.
    pub(crate) fn kubectl(&self) -> Command {
        let mut command = Command::new(self.binaries.kubectl());
        // Its cache is kept by address, and ours are new each time: in the home folder they would only pile up.
        command
            .arg("--cache-dir")
            .arg(self.folder.join("kubectl-cache"))
            .env("KUBECONFIG", self.kubeconfig());
        command
    }

    /// The file `kubectl` is, for those who want to pass it on.
    pub(crate) fn kubectl_path(&self) -> PathBuf {
        self.binaries.kubectl()
    }

    /// A kubeconfig that signs in as the service account, with exactly the rights it has been given. The account must
    /// exist.
    pub(crate) async fn service_account_kubeconfig(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<PathBuf, Failure> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client().await?, namespace);
        let request = TokenRequest {
            spec: TokenRequestSpec {
                expiration_seconds: Some(TOKEN_LIFE_SECONDS),
                ..TokenRequestSpec::default()
            },
            ..TokenRequest::default()
        };
        let answer = accounts
            .create_token_request(name, &PostParams::default(), &request)
            .await
            .map_err(Failure::call(format!(
                "get a token for the service account {namespace}/{name}"
            )))?;
        let file = self.credentials.service_account_token(namespace, name);
        // The field is optional only for those who ask; the server always fills it.
        write_private(
            &file,
            &answer.status.map(|status| status.token).unwrap_or_default(),
        )?;
        let kubeconfig = self.folder.join(format!("{namespace}.{name}.kubeconfig"));
        write_kubeconfig(&kubeconfig, &self.url, &self.credentials.authority(), &file, name)?;
        Ok(kubeconfig)
    }

    /// What is written to the API server.
    pub(crate) fn audit(&self) -> Audit {
        Audit::of(audit_log(&self.folder))
    }

    /// [`Failure::Ended`] with the end of its log, if one of its processes is not running.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        self.etcd.check()?;
        self.api_server.check()?;
        self.controller_manager.check()
    }

    /// The API server's process.
    pub(crate) fn api_server(&self) -> &Supervised {
        &self.api_server
    }

    /// The store's process.
    pub(crate) fn etcd(&self) -> &Supervised {
        &self.etcd
    }

    /// The controller manager's process.
    pub(crate) fn controller_manager(&self) -> &Supervised {
        &self.controller_manager
    }
}

/// A new client that signs in as the kubeconfig says, for the runtime it is made on.
pub(crate) async fn client_of(kubeconfig: &Path) -> Result<Client, Failure> {
    let config = config_of(kubeconfig).await?;
    Client::try_from(config).map_err(Failure::call(format!(
        "make a client from {}",
        kubeconfig.display()
    )))
}

/// A new client that signs in as the kubeconfig says, and speaks for another user.
pub(crate) async fn client_as(kubeconfig: &Path, user: &str) -> Result<Client, Failure> {
    let mut config = config_of(kubeconfig).await?;
    config.auth_info.impersonate = Some(user.to_owned());
    Client::try_from(config).map_err(Failure::call(format!("make a client for {user}")))
}

async fn config_of(kubeconfig: &Path) -> Result<Config, Failure> {
    let attempt = format!("read {}", kubeconfig.display());
    let file = Kubeconfig::read_from(kubeconfig).map_err(Failure::call(attempt.clone()))?;
    Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .map_err(Failure::call(attempt))
}

fn etcd_arguments(folder: &Path, url: &str) -> Vec<OsString> {
    vec![
        option("--data-dir", folder.join("etcd")),
        option("--listen-client-urls", url),
        option("--advertise-client-urls", url),
        // It has no peers, and listens for them all the same.
        option("--listen-peer-urls", "http://127.0.0.1:0"),
        option("--log-level", "warn"),
        // What is in it is not worth a disk's time: it has to outlive processes, not the machine.
        "--unsafe-no-fsync".into(),
    ]
}

fn api_server_arguments(
    folder: &Path,
    credentials: &Credentials,
    etcd_url: &str,
    port: u16,
) -> Vec<OsString> {
    vec![
        option("--etcd-servers", etcd_url),
        option("--bind-address", "127.0.0.1"),
        // Else it looks for an address of the machine, and a machine without a network has none.
        option("--advertise-address", "127.0.0.1"),
        option("--endpoint-reconciler-type", "none"),
        option("--secure-port", port.to_string()),
        option("--tls-cert-file", credentials.server_certificate()),
        option("--tls-private-key-file", credentials.server_key()),
        option("--token-auth-file", credentials.tokens()),
        option("--authorization-mode", "RBAC"),
        option("--service-cluster-ip-range", "10.0.0.0/24"),
        option("--service-account-issuer", "https://kubernetes.default.svc"),
        option("--service-account-signing-key-file", credentials.signing_key()),
        option("--service-account-key-file", credentials.verifying_key()),
        option("--audit-policy-file", folder.join("audit-policy.yaml")),
        option("--audit-log-path", audit_log(folder)),
        // Rotation would move what a mark points at.
        option("--audit-log-maxsize", "0"),
    ]
}

fn controller_manager_arguments(kubeconfig: &Path) -> Vec<OsString> {
    vec![
        option("--kubeconfig", kubeconfig),
        option(
            "--controllers",
            "garbage-collector-controller,namespace-controller,serviceaccount-controller,\
             clusterrole-aggregation-controller,validatingadmissionpolicy-status-controller",
        ),
        option("--leader-elect", "false"),
        option("--secure-port", "0"),
        // Its usual 20 requests a second make a namespace with a benchmark's objects end after ten minutes.
        option("--kube-api-qps", "500"),
        option("--kube-api-burst", "1000"),
    ]
}

fn option(name: &str, value: impl Into<OsString>) -> OsString {
    let mut text = OsString::from(format!("{name}="));
    text.push(value.into());
    text
}

fn audit_log(folder: &Path) -> PathBuf {
    folder.join("logs").join("audit.log")
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Failure::io("find a free port"))
}

fn lost_a_port(failure: &Failure) -> bool {
    matches!(failure, Failure::Ended { tail, .. } if tail.contains("address already in use"))
}

async fn await_answer(admin: &Path, processes: &mut [Supervised]) -> Result<(), Failure> {
    let mut config = config_of(admin).await?;
    config.default_retry = false;
    let client = Client::try_from(config).map_err(Failure::call("make a client for the API server"))?;
    let waited = poll("the API server's /readyz", START_LIMIT, async || {
        for process in processes.iter_mut() {
            process.check()?;
        }
        let request = http::Request::get("/readyz")
            .body(Vec::new())
            .map_err(io::Error::other);
        let request = request.map_err(Failure::io("ask for /readyz"))?;
        Ok(client.request_text(request).await.map(drop))
    })
    .await;
    waited.map_err(|failure| failure.with_tails(&processes.iter().collect::<Vec<_>>()))
}

/// Service accounts appear once the controllers run, and objects with one can be made from then on.
async fn await_controllers(admin: &Path, controller_manager: &mut Supervised) -> Result<(), Failure> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client_of(admin).await?, "default");
    let waited = poll(
        "the service account of the namespace default",
        START_LIMIT,
        async || {
            controller_manager.check()?;
            Ok(accounts.get("default").await.map(drop))
        },
    )
    .await;
    waited.map_err(|failure| failure.with_tails(&[&*controller_manager]))
}
