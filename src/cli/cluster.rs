//! The cluster that a command is about, as the user's kubeconfig reaches it. Client required.

pub(super) mod backends;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt, path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use kube::{
    Api, Client, Config, Resource,
    api::{ListParams, Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Failure;
use crate::{
    crd::CustomConnector,
    reconcile::{entry::Entry, parsed::Parsed},
};

/// Objects a page of a list: the API server answers the next page without reading the first ones again.
const PAGE: u32 = 500;
/// How long the API server may be silent while it answers.
const SILENCE: Duration = Duration::from_mins(1);
/// How the writes of people are marked in managedFields, unlike those of the operator.
pub(super) const FIELD_MANAGER: &str = "kubectl-connectors";

/// Which cluster, as whom, and which of its namespaces.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Cluster")]
pub(super) struct Arguments {
    /// File that says how to reach the cluster [default: the environment's KUBECONFIG, ~/.kube/config, or the pod's
    /// service account]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig to use
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Namespace of the connectors [default: that of the context]
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
}

/// Where connectors are looked for.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(super) struct Everywhere {
    /// Look in all namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
}

impl Everywhere {
    /// Whether all namespaces are meant.
    pub(super) const fn is_all(&self) -> bool {
        self.all_namespaces
    }
}

/// A cluster that can be asked.
#[derive(Clone)]
pub(super) struct Cluster {
    pub(super) client: Client,
    /// The namespace that the user means.
    pub(super) namespace: String,
}

/// Namespaces to look in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Within<'a> {
    All,
    Namespace(&'a str),
}

impl Within<'_> {
    /// The objects of a kind there.
    fn api<K>(self, client: &Client) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
    {
        match self {
            Self::All => Api::all(client.clone()),
            Self::Namespace(namespace) => Api::namespaced(client.clone(), namespace),
        }
    }
}

impl fmt::Display for Within<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str("any namespace"),
            Self::Namespace(namespace) => write!(formatter, "namespace {namespace}"),
        }
    }
}

impl Cluster {
    /// The cluster that the arguments name. Nothing is sent yet.
    pub(super) async fn connect(arguments: &Arguments) -> Result<Self, Failure> {
        let Arguments {
            kubeconfig,
            context,
            namespace,
        } = arguments;
        // Whoever installed one first has installed the same: there is one in this program.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let options = KubeConfigOptions {
            context: context.clone(),
            ..KubeConfigOptions::default()
        };
        let config = match (kubeconfig, context) {
            (Some(file), _) => {
                let read = Kubeconfig::read_from(file);
                let read = read.map_err(Failure::of("cannot read the file given as --kubeconfig"))?;
                Config::from_custom_kubeconfig(read, &options).await
            }
            (None, Some(_)) => Config::from_kubeconfig(&options).await,
            (None, None) => return Self::of(Config::infer().await, namespace.clone()),
        };
        Self::of(config, namespace.clone())
    }

    fn of<E: std::error::Error + Send + Sync + 'static>(
        config: Result<Config, E>,
        namespace: Option<String>,
    ) -> Result<Self, Failure> {
        let mut config = config.map_err(Failure::of(
            "cannot find a cluster: set KUBECONFIG, or give --kubeconfig and --context",
        ))?;
        config.read_timeout = Some(SILENCE);
        let namespace = namespace.unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(Failure::of("cannot make a client of the cluster"))?;
        Ok(Self { client, namespace })
    }

    /// Where to look: the user's namespace, or all.
    pub(super) fn within(&self, everywhere: &Everywhere) -> Within<'_> {
        if everywhere.is_all() {
            Within::All
        } else {
            Within::Namespace(&self.namespace)
        }
    }

    /// All connectors there, by namespace and name.
    pub(super) async fn connectors(&self, within: Within<'_>) -> Result<Vec<Parsed>, Failure> {
        let listed = list(&within.api::<Entry>(&self.client)).await;
        let entries = listed.map_err(unanswered(format!(
            "cannot list the CustomConnectors of {within}"
        )))?;
        let mut connectors: Vec<Parsed> = entries
            .into_iter()
            .map(|entry| Parsed::of(&Arc::new(entry)))
            .collect();
        connectors.sort_by_cached_key(|connector| connector.entry.key());
        Ok(connectors)
    }

    /// The connectors of those names, in that order; of all where none is named.
    pub(super) async fn named(&self, names: &[String]) -> Result<Vec<Parsed>, Failure> {
        let mut connectors = Vec::new();
        for name in names {
            connectors.push(self.connector(name).await?);
        }
        Ok(connectors)
    }

    /// The connector of that name.
    pub(super) async fn connector(&self, name: &str) -> Result<Parsed, Failure> {
        let api = Api::<Entry>::namespaced(self.client.clone(), &self.namespace);
        let read = api.get(name).await;
        let entry = read.map_err(unanswered(format!("cannot read {}", self.called(name))))?;
        Ok(Parsed::of(&Arc::new(entry)))
    }

    /// The connector as it is stored, inline texts included.
    pub(super) async fn whole_connector(&self, name: &str) -> Result<CustomConnector, Failure> {
        let api = Api::<CustomConnector>::namespaced(self.client.clone(), &self.namespace);
        let read = api.get(name).await;
        read.map_err(unanswered(format!("cannot read {}", self.called(name))))
    }

    /// The connector is as the merge patch says. Returns it as it is then.
    pub(super) async fn patch(&self, name: &str, patch: &Value) -> Result<Parsed, Failure> {
        let api = Api::<Entry>::namespaced(self.client.clone(), &self.namespace);
        let parameters = PatchParams::apply(FIELD_MANAGER);
        let written = api.patch(name, &parameters, &Patch::Merge(patch)).await;
        let entry = written.map_err(unanswered(format!("cannot change {}", self.called(name))))?;
        Ok(Parsed::of(&Arc::new(entry)))
    }

    /// As [`patch`](Self::patch), for who decides by what went wrong. Returns the version it has then.
    pub(super) async fn try_patch(&self, name: &str, patch: &Value) -> kube::Result<String> {
        let api = Api::<Entry>::namespaced(self.client.clone(), &self.namespace);
        let parameters = PatchParams::apply(FIELD_MANAGER);
        let entry = api.patch(name, &parameters, &Patch::Merge(patch)).await?;
        Ok(entry.resource_version().to_owned())
    }

    /// How a connector is called in messages.
    pub(super) fn called(&self, name: &str) -> String {
        format!("CustomConnector {}/{name}", self.namespace)
    }
}

/// Wraps why the API server did not do it; of a refusal its own sentence says all.
pub(super) fn unanswered(attempted: impl Into<Cow<'static, str>>) -> impl FnOnce(kube::Error) -> Failure {
    let attempted = attempted.into();
    move |error| {
        if let kube::Error::Api(status) = &error {
            Failure::of(attempted)(status.message.clone())
        } else {
            Failure::of(attempted)(error)
        }
    }
}

/// All objects of a list, page by page. Where the API server has forgotten the state that the pages are of, it is read
/// again from the start, once.
pub(super) async fn list<K>(api: &Api<K>) -> kube::Result<Vec<K>>
where
    K: Clone + DeserializeOwned + fmt::Debug,
{
    let first = ListParams::default().limit(PAGE);
    let (mut listed, mut next, mut again) = (Vec::new(), first.clone(), false);
    loop {
        match api.list(&next).await {
            Ok(page) => {
                listed.extend(page.items);
                match page.metadata.continue_.filter(|token| !token.is_empty()) {
                    None => return Ok(listed),
                    Some(token) => next = first.clone().continue_token(&token),
                }
            }
            Err(kube::Error::Api(status)) if status.code == 410 && !again => {
                (listed, next, again) = (Vec::new(), first.clone(), true);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Runs what a command does over the network to its end.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::of("cannot start"))?.block_on(work)
}

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "the edge where time enters")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
