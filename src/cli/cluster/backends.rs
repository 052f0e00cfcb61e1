//! Backends of a cluster, and how a command asks one: with the Secrets that the user may read. Client required.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use ipnet::IpNet;
use kube::{Api, api::ObjectMeta, core::DeserializeGuard};
use secrecy::SecretString;
use tokio::sync::Semaphore;
use url::Url;

use super::{Cluster, Within, list, unanswered};
use crate::{
    arm::Budgets,
    cli::{Failure, azure},
    controller::{
        Looker, Seen, backend_object::BackendObject, references::references, settings::Embedded, take_stock,
        world,
    },
    crd::{BackendKind, BackendReference, ClusterConnectorBackend, ConnectorBackend},
    reconcile::{
        Context, chain,
        parsed::Parsed,
        reason::Reason,
        status::Stop,
        target::{Backend, BackendKey, Endpoint, registry_replaced},
    },
    source::{AddressPolicy, Sources, TimeLimits},
};

/// How backends are reached.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Backends")]
pub(in crate::cli) struct Arguments {
    /// URL of the operator's own registry, for backends with `spec.registry: {}`: as `kubectl port-forward` opens it
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_REGISTRY_URL",
        value_name = "URL",
        requires = "registry_token_file"
    )]
    registry_url: Option<Url>,
    /// File that holds the token of the operator's own registry
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_REGISTRY_TOKEN_FILE",
        value_name = "FILE",
        requires = "registry_url"
    )]
    registry_token_file: Option<PathBuf>,
    /// Private, loopback or link-local network that backends and descriptions of namespaces may be in, as the
    /// operator's own flag; may be given several times, or as a list separated by commas
    #[arg(
        long,
        env = "CONNECTOR_OPERATOR_ALLOW_SOURCE_CIDR",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    allow_source_cidr: Vec<IpNet>,
    #[command(flatten)]
    azure: azure::Arguments,
}

/// The backends that connectors may refer to.
#[derive(Debug, Default)]
pub(in crate::cli) struct Backends {
    objects: BTreeMap<BackendKey, BackendObject>,
    /// Those that cannot be read, and why.
    unreadable: BTreeMap<BackendKey, String>,
    /// Why those of the cluster are not known.
    unlisted: Option<String>,
}

impl Backends {
    /// Reads the backends of these namespaces and those of the cluster. A user who may not read the cluster's still
    /// learns all else.
    pub(in crate::cli) async fn read(cluster: &Cluster, within: Within<'_>) -> Result<Self, Failure> {
        let own = within.api::<DeserializeGuard<ConnectorBackend>>(&cluster.client);
        let shared = Api::<DeserializeGuard<ClusterConnectorBackend>>::all(cluster.client.clone());
        let (own, shared) = tokio::join!(list(&own), list(&shared));
        let own = own.map_err(unanswered(format!(
            "cannot list the ConnectorBackends of {within}"
        )))?;
        let mut backends = Self::default();
        for guard in own {
            let key = |metadata: &ObjectMeta| BackendKey {
                kind: BackendKind::ConnectorBackend,
                namespace: metadata.namespace.clone().unwrap_or_default(),
                name: metadata.name.clone().unwrap_or_default(),
            };
            backends.take(guard, BackendObject::of_namespace, key);
        }
        match shared {
            Ok(shared) => {
                for guard in shared {
                    let key = |metadata: &ObjectMeta| {
                        BackendKey::cluster(metadata.name.as_deref().unwrap_or_default())
                    };
                    backends.take(guard, BackendObject::of_cluster, key);
                }
            }
            Err(kube::Error::Api(status)) => backends.unlisted = Some(status.message.clone()),
            Err(error) => backends.unlisted = Some(chain(&error)),
        }
        Ok(backends)
    }

    fn take<K>(
        &mut self,
        guard: DeserializeGuard<K>,
        read: fn(&K) -> BackendObject,
        key: impl FnOnce(&ObjectMeta) -> BackendKey,
    ) {
        match guard.0 {
            Ok(object) => self.add(read(&object)),
            Err(invalid) => {
                self.unreadable.insert(key(&invalid.metadata), invalid.error);
            }
        }
    }

    /// Takes in a backend.
    pub(in crate::cli) fn add(&mut self, object: BackendObject) {
        self.objects.insert(object.key.clone(), object);
    }

    /// All that can be read.
    pub(in crate::cli) fn all(&self) -> impl Iterator<Item = &BackendObject> {
        self.objects.values()
    }

    /// The backend, or why there is none.
    pub(in crate::cli) fn get(&self, key: &BackendKey) -> Result<&BackendObject, Stop> {
        if let Some(object) = self.objects.get(key) {
            return Ok(object);
        }
        let not_found = |message: String| Err(Stop::new(Reason::BackendNotFound, message));
        match (&self.unlisted, self.unreadable.get(key)) {
            (_, Some(why)) => not_found(format!("{key} cannot be read: {why}")),
            (Some(why), None) if key.namespace.is_empty() => not_found(format!(
                "{key}: the backends of the cluster cannot be listed: {why}"
            )),
            (Some(_) | None, None) => not_found(format!("{key} does not exist")),
        }
    }

    /// Why nothing is known of a backend that may well exist.
    pub(in crate::cli) fn hidden(&self, key: &BackendKey) -> Option<Stop> {
        let unlisted = self.unlisted.is_some() && key.namespace.is_empty();
        let hidden = unlisted || self.unreadable.contains_key(key);
        self.get(key).err().filter(|_| hidden)
    }

    /// The backends that a connector is to be registered with, as the operator resolves them.
    pub(in crate::cli) fn of(&self, connector: &Parsed) -> Result<Vec<BackendReference>, Stop> {
        references(connector, self.all())
    }
}

/// A way to ask backends.
pub(in crate::cli) struct Reach {
    looker: Looker,
}

impl Reach {
    /// Reads the token of the operator's own registry, where one is given.
    pub(in crate::cli) fn new(cluster: &Cluster, arguments: &Arguments) -> Result<Self, Failure> {
        let Arguments {
            registry_url,
            registry_token_file,
            allow_source_cidr,
            azure,
        } = arguments;
        let embedded = match (registry_url, registry_token_file) {
            (Some(url), Some(file)) => {
                let token = fs::read_to_string(file)
                    .map_err(Failure::of("cannot read the file given as --registry-token-file"))?;
                let token = SecretString::from(token.trim_end());
                Some(Embedded {
                    url: url.clone(),
                    token,
                })
            }
            _ => None,
        };
        let addresses = AddressPolicy::new(allow_source_cidr.clone());
        let sources = Sources::new(cluster.client.clone(), addresses.clone(), TimeLimits::default())
            .map_err(Failure::of("cannot prepare to reach backends"))?;
        Ok(Self {
            looker: Looker {
                client: cluster.client.clone(),
                sources: Arc::new(sources),
                addresses,
                embedded,
                identity: azure.clone().identity()?,
                entra: Arc::default(),
                budgets: Budgets::default(),
                observer: Arc::new(()),
            },
        })
    }

    /// Where descriptions, icons and secrets come from.
    pub(in crate::cli) fn sources(&self) -> &Sources {
        &self.looker.sources
    }

    /// What passes share in a cluster that registers under these ids.
    pub(in crate::cli) fn context(&self, identity: &world::Cluster) -> Context {
        Context {
            client: self.looker.client.clone(),
            cluster: (identity.id.clone(), identity.former_ids.clone()),
            sources: Arc::clone(&self.looker.sources),
            judging: Semaphore::new(1),
        }
    }

    /// What the backend holds, as the operator sees it.
    pub(in crate::cli) async fn look(&self, object: &BackendObject) -> Result<Seen, Stop> {
        take_stock(object, self.backend(object).await?).await
    }

    /// The backend, ready to be asked. Nothing is sent to it yet.
    pub(in crate::cli) async fn backend(&self, object: &BackendObject) -> Result<Backend, Stop> {
        if object.endpoint == Endpoint::Embedded && self.looker.embedded.is_none() {
            let message = "it is the operator's own registry: give --registry-url and --registry-token-file";
            return Err(Stop::new(Reason::NoEmbeddedRegistry, message));
        }
        self.looker.connect(object, None).await
    }
}

/// Whether the registry that answered is the one that the operator works with: another one would show nothing of what
/// it registered.
pub(in crate::cli) fn same_registry(object: &BackendObject, backend: &Backend) -> Result<(), Stop> {
    match (&object.status.registry_instance, backend.client.instance()) {
        (Some(known), Some(found)) if *known != found => Err(registry_replaced(known, &found)),
        _ => Ok(()),
    }
}
