//! Where each test works: a namespace, a backend in it, and the operator and the registry that all share. Client
//! required.

use std::{fmt::Debug, time::Duration};

use connector_operator::{
    crd::{ClusterConnectorBackend, ConnectorBackend, CustomConnector, status::CustomConnectorStatus},
    reconcile::{
        conditions::{Kind, find},
        reason::Reason,
    },
};
use http::{Method, StatusCode};
use k8s_openapi::{
    NamespaceResourceScope,
    api::core::v1::{ConfigMap, Secret},
};
use kube::{
    Api, Client, Resource,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use secrecy::ExposeSecret as _;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{
    kstatus::{Judgement, assert_coherent, judge},
    manifest::{custom_api, merged},
};
use crate::{
    harness::{
        Failure,
        control_plane::ControlPlane,
        folder::RunFolder,
        operator::{self, Operator},
        poll::eventually,
        registry::{self, Registry},
    },
    shared::{self, kubectl},
};

/// Longer than an interval, the pauses after failures, and what two busy cores add to it.
pub(super) const LIMIT: Duration = Duration::from_secs(90);
/// The account that ships, as the API server calls it.
pub(super) const OPERATOR: &str = "system:serviceaccount:connector-operator:connector-operator";
/// The Secret with the registry's token, in every room.
const TOKEN: &str = "registry-token";

/// The operator and the registry. A static is never dropped; its processes end with this one.
struct Running {
    registry: Registry,
    operator: Operator,
    _folder: RunFolder,
}

static RUNNING: OnceCell<Running> = OnceCell::const_new();

async fn start() -> Result<Running, Failure> {
    let control_plane = shared::with_definitions().await;
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/base");
    kubectl(control_plane, &["apply", "--server-side", "--kustomize", base]);
    let folder = shared::run_folder()?;
    let registry = Registry::start(registry::Options {
        folder: folder.path().to_owned(),
        faults: true,
        latency: Duration::ZERO,
    })
    .await?;
    let kubeconfig = control_plane
        .service_account_kubeconfig("connector-operator", "connector-operator")
        .await?;
    let arguments = [
        "--lease-namespace=connector-operator",
        "--allow-source-cidr=127.0.0.0/8",
    ];
    let mut operator = Operator::start(operator::Options {
        kubeconfig,
        folder: folder.path().to_owned(),
        arguments: arguments.map(Into::into).to_vec(),
        environment: Vec::new(),
    })
    .await?;
    operator.ready(LIMIT).await?;
    Ok(Running {
        registry,
        operator,
        _folder: folder,
    })
}

/// A test's own namespace, with the token and, unless it is bare, a default backend called `registry`.
pub(super) struct Room {
    pub(super) control_plane: &'static ControlPlane,
    pub(super) client: Client,
    pub(super) namespace: String,
    running: &'static Running,
}

impl Room {
    pub(super) async fn open(purpose: &str) -> Self {
        let room = Self::bare(purpose).await;
        room.backend("registry", json!({ "default": true })).await;
        room
    }

    pub(super) async fn bare(purpose: &str) -> Self {
        let running = match RUNNING.get_or_try_init(start).await {
            Ok(running) => running,
            Err(failure) => panic!("the operator did not start: {failure:?}"),
        };
        let control_plane = shared::with_definitions().await;
        let client = control_plane.client().await.unwrap();
        let namespace = shared::namespace(&client, purpose).await;
        let room = Self {
            control_plane,
            client,
            namespace,
            running,
        };
        let token = json!({
            "metadata": { "name": TOKEN, "annotations": { "connectors.dev/allowed-hosts": "127.0.0.1" } },
            "stringData": { "token": running.registry.token().expose_secret() },
        });
        room.create::<Secret>(token).await;
        room
    }

    /// The log of the operator, to be named where a test fails.
    fn log(&self) -> String {
        self.running.operator.process().log().display().to_string()
    }

    /// A name that no other room has, for what has no namespace.
    pub(super) fn unique(&self, name: &str) -> String {
        format!("{name}.{}", self.namespace)
    }

    pub(super) fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Creates an object that is given as one writes it, without kind and apiVersion.
    pub(super) async fn create<K>(&self, object: Value) -> K
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned
            + Serialize,
    {
        self.api()
            .create(&PostParams::default(), &read(object))
            .await
            .unwrap()
    }

    pub(super) async fn config_map(&self, name: &str, key: &str, text: &str) -> ConfigMap {
        self.create(json!({ "metadata": { "name": name }, "data": { key: text } }))
            .await
    }

    /// A backend on the shared registry; its resource group is the namespace unless `spec` says otherwise.
    pub(super) async fn backend(&self, name: &str, spec: Value) -> ConnectorBackend {
        let spec = merged(
            json!({ "registry": self.access(&json!({ "name": TOKEN, "key": "token" })) }),
            spec,
        );
        self.create(json!({ "metadata": { "name": name }, "spec": spec }))
            .await
    }

    /// A cluster backend on the shared registry, whose resource group is `cluster.<name>`.
    pub(super) async fn cluster_backend(&self, name: &str, spec: Value) -> ClusterConnectorBackend {
        let token = json!({ "namespace": self.namespace, "name": TOKEN, "key": "token" });
        let spec = merged(json!({ "registry": self.access(&token) }), spec);
        let object = read(json!({ "metadata": { "name": name }, "spec": spec }));
        Api::all(self.client.clone())
            .create(&PostParams::default(), &object)
            .await
            .unwrap()
    }

    /// How a backend of either kind points to the shared registry.
    fn access(&self, token: &Value) -> Value {
        json!({ "url": self.running.registry.url(), "tokenSecretRef": token })
    }

    /// Another test's namespace: what is created there uses this room's registry too.
    pub(super) async fn neighbour(&self) -> Self {
        Self::bare("neighbour").await
    }

    pub(super) async fn connector(&self, name: &str, spec: Value) -> CustomConnector {
        let spec = merged(json!({ "interval": "10s" }), spec);
        self.create(json!({ "metadata": { "name": name }, "spec": spec }))
            .await
    }

    /// A merge patch of anything namespaced.
    pub(super) async fn patch<K>(&self, name: &str, patch: Value) -> K
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + Debug + DeserializeOwned,
    {
        let patch = Patch::Merge(&patch);
        self.api()
            .patch(name, &PatchParams::default(), &patch)
            .await
            .unwrap()
    }

    /// A change of a connector's spec.
    pub(super) async fn edit(&self, name: &str, spec: Value) -> CustomConnector {
        self.patch(name, json!({ "spec": spec })).await
    }

    pub(super) async fn request(&self, name: &str, value: &str) -> CustomConnector {
        let annotations = json!({ "connectors.dev/requested-at": value });
        self.patch(name, json!({ "metadata": { "annotations": annotations } }))
            .await
    }

    /// Deletes a connector, and returns once it is gone.
    pub(super) async fn delete(&self, name: &str) {
        let api = self.api::<CustomConnector>();
        api.delete(name, &DeleteParams::default()).await.unwrap();
        eventually(
            &format!("{name} is gone ({})", self.log()),
            LIMIT,
            async || match api.get_opt(name).await.unwrap() {
                None => Ok(()),
                Some(connector) => Err(shown(&connector)),
            },
        )
        .await;
    }

    /// A connector as it is now, coherent whatever it goes through.
    pub(super) async fn get(&self, name: &str) -> CustomConnector {
        let connector = self.api().get(name).await.unwrap();
        assert_coherent(&connector);
        connector
    }

    /// Waits for a connector to be as described.
    pub(super) async fn until(
        &self,
        name: &str,
        what: &str,
        accept: impl Fn(&CustomConnector) -> bool,
    ) -> CustomConnector {
        let what = format!("{}/{name}: {what} ({})", self.namespace, self.log());
        eventually(&what, LIMIT, async || {
            let connector = self.get(name).await;
            if accept(&connector) {
                Ok(connector)
            } else {
                Err(shown(&connector))
            }
        })
        .await
    }

    /// Waits until this generation is what the spec asks for.
    pub(super) async fn ready(&self, name: &str) -> CustomConnector {
        self.until(name, "Ready", |connector| judge(connector) == Judgement::Current)
            .await
    }

    /// Waits until this generation stops, or waits, for the reason.
    pub(super) async fn stopped(&self, name: &str, reason: Reason) -> CustomConnector {
        self.until(name, reason.as_str(), |connector| stopped_for(connector, reason))
            .await
    }

    /// The id of a connector in the room's own resource group.
    pub(super) fn id(&self, name: &str) -> String {
        custom_api(&self.namespace, name)
    }

    /// A call of the registry, by anyone but the operator. A body that is null is none.
    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let version = if path.contains("roleAssignments") {
            "2022-04-01"
        } else {
            "2016-06-01"
        };
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{separator}api-version={version}");
        let mut request = self.running.registry.request(method, &path).unwrap();
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or_default())
    }

    /// What the registry holds under an id, if anything.
    pub(super) async fn held(&self, id: &str) -> Option<Value> {
        match self.call(Method::GET, id, &Value::Null).await {
            (StatusCode::OK, held) => Some(held),
            (StatusCode::NOT_FOUND, _) => None,
            other => panic!("GET {id}: {other:?}"),
        }
    }

    /// A change at the registry that must succeed.
    pub(super) async fn change(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// The document that the registry holds.
    pub(super) async fn document(&self, id: &str) -> Value {
        self.change(Method::GET, &format!("{id}?export=true"), &Value::Null)
            .await
    }

    /// The grants at exactly a connector, as `(name, principal, role)`, sorted by principal.
    pub(super) async fn grants(&self, id: &str) -> Vec<(String, String, String)> {
        let path = format!("{id}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()");
        let listed = self.change(Method::GET, &path, &Value::Null).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut grants: Vec<_> = listed["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|grant| {
                let role = text(&grant["properties"]["roleDefinitionId"]);
                let role = role.rsplit('/').next().unwrap().to_owned();
                (
                    text(&grant["name"]),
                    text(&grant["properties"]["principalId"]),
                    role,
                )
            })
            .collect();
        grants.sort_by(|one, other| one.1.cmp(&other.1));
        grants
    }

    /// The principals of [`Room::grants`], sorted.
    pub(super) async fn grantees(&self, id: &str) -> Vec<String> {
        self.grants(id)
            .await
            .into_iter()
            .map(|(_, principal, _)| principal)
            .collect()
    }

    /// Waits for the registry to be as described.
    pub(super) async fn eventually<T>(&self, what: &str, probe: impl AsyncFnMut() -> Result<T, String>) -> T {
        eventually(&format!("{what} ({})", self.log()), LIMIT, probe).await
    }
}

/// Whether the reason is told of the generation that there is.
pub(super) fn stopped_for(connector: &CustomConnector, reason: Reason) -> bool {
    let ready = find(&status(connector).conditions, Kind::Ready);
    ready.is_some_and(|ready| {
        ready.status == "False"
            && ready.reason == reason.as_str()
            && ready.observed_generation == connector.metadata.generation
    })
}

pub(super) fn status(connector: &CustomConnector) -> &CustomConnectorStatus {
    connector.status.as_ref().unwrap()
}

/// Message of the condition Ready.
pub(super) fn message(connector: &CustomConnector) -> &str {
    &find(&status(connector).conditions, Kind::Ready).unwrap().message
}

fn shown(connector: &CustomConnector) -> String {
    let generation = connector.metadata.generation;
    format!(
        "generation {generation:?}, {}",
        serde_json::to_string(&connector.status).unwrap()
    )
}

fn read<K: DeserializeOwned>(object: Value) -> K {
    serde_json::from_value(object).unwrap()
}
