//! A namespace with a registry of its own: connectors are made here, and what became of them is asked there. Client
//! required.

mod registered;

use std::{fmt::Debug, time::Duration};

use connector_operator::crd::{ALLOWED_HOSTS, ConnectorBackend, CustomConnector};
use k8s_openapi::{
    api::core::v1::{ConfigMap, Secret},
    apimachinery::pkg::apis::meta::v1::Condition,
};
use kube::{
    Api, Client, Resource,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    core::NamespaceResourceScope,
};
use secrecy::ExposeSecret as _;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    harness::{
        control_plane::ControlPlane,
        folder::RunFolder,
        poll::eventually,
        registry::{Options, Registry},
    },
    shared,
};

/// What anything may take on two busy cores.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);
/// The backend that every site has.
pub(crate) const BACKEND: &str = "main";

/// Some principals.
pub(crate) const ANN: &str = "ce2ce14e-85d7-4629-bdbc-454d0519d981";
pub(crate) const BOB: &str = "ce2ce14e-85d7-4629-bdbc-454d0519d982";
pub(crate) const EVE: &str = "ce2ce14e-85d7-4629-bdbc-454d0519d983";

/// A namespace, and the registry that its backend leads to.
pub(crate) struct Site {
    /// The administrator.
    pub(crate) client: Client,
    /// Its name; the registry's resource group is called the same.
    pub(crate) namespace: String,
    /// What its backend leads to, with faults on request; absent while it is started anew, or if there is none.
    registry: Option<Registry>,
    _folder: RunFolder,
}

/// A small description with that title.
pub(crate) fn description(title: &str) -> String {
    json!({
        "swagger": "2.0",
        "info": { "title": title, "version": "1" },
        "host": "api.example.com",
        "basePath": "/v1",
        "schemes": ["https"],
        "securityDefinitions": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
        "security": [{ "key": [] }],
        "paths": { "/items": { "get": {
            "operationId": "ListItems",
            "summary": "List items",
            "responses": { "200": { "description": "Items" } }
        } } }
    })
    .to_string()
}

/// `spec.sharing` with those who may use it.
pub(crate) fn shared_with(principals: &[&str]) -> Value {
    let principals = principals
        .iter()
        .map(|id| json!({ "kind": "User", "id": id, "role": "Use" }));
    json!({ "principals": principals.collect::<Vec<_>>() })
}

impl Site {
    /// A new namespace with a ConnectorBackend, the Secret that it needs, and an empty registry.
    pub(crate) async fn new(control_plane: &ControlPlane, purpose: &str) -> Self {
        Self::with(control_plane, purpose, Duration::ZERO, json!({})).await
    }

    /// The same with a slow registry, and more in the spec of the backend.
    pub(crate) async fn with(
        control_plane: &ControlPlane,
        purpose: &str,
        latency: Duration,
        backend: Value,
    ) -> Self {
        let client = control_plane.client().await.unwrap();
        let folder = shared::run_folder().unwrap();
        let options = Options {
            folder: folder.path().to_owned(),
            faults: true,
            latency,
        };
        let site = Self {
            namespace: shared::namespace(&client, purpose).await,
            registry: Some(Registry::start(options).await.unwrap()),
            client,
            _folder: folder,
        };
        site.create_secret().await;
        site.create_backend(backend).await;
        site
    }

    /// A new namespace with nothing in it, for a backend that leads elsewhere.
    pub(crate) async fn without_registry(control_plane: &ControlPlane, purpose: &str) -> Self {
        let client = control_plane.client().await.unwrap();
        Self {
            namespace: shared::namespace(&client, purpose).await,
            registry: None,
            client,
            _folder: shared::run_folder().unwrap(),
        }
    }

    /// What the backend leads to.
    pub(crate) fn registry(&self) -> &Registry {
        self.registry.as_ref().unwrap()
    }

    /// Kills the registry without a word and starts it again.
    pub(crate) async fn kill_registry(&mut self) {
        let registry = self.registry.take().unwrap();
        self.registry = Some(registry.kill_and_start_again().await.unwrap());
    }

    /// Kills the registry and starts an empty one in its place.
    pub(crate) async fn lose_registry(&mut self) {
        let registry = self.registry.take().unwrap();
        self.registry = Some(registry.kill_and_lose().await.unwrap());
    }

    /// Waits until the backend's own Ready has that reason.
    pub(crate) async fn backend(&self, reason: &str) -> ConnectorBackend {
        let api = self.api::<ConnectorBackend>();
        eventually(&format!("the backend is {reason}"), LIMIT, async || {
            let found = api.get(BACKEND).await.map_err(|error| error.to_string())?;
            match backend_ready(&found) {
                Some(ready) if ready.reason == reason => Ok(found),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }

    /// The Secret that holds the registry's token.
    pub(crate) async fn create_secret(&self) {
        let token = self.registry().token().expose_secret();
        let secret = json!({
            "metadata": { "name": "registry", "annotations": { ALLOWED_HOSTS: "127.0.0.1" } },
            "stringData": { "token": token },
        });
        self.create::<Secret>(secret).await;
    }

    /// The backend, with more in its spec.
    pub(crate) async fn create_backend(&self, further: Value) {
        let mut spec = json!({ "registry": {
            "url": self.registry().url(),
            "tokenSecretRef": { "name": "registry", "key": "token" },
        } });
        merge(&mut spec, further);
        self.create::<ConnectorBackend>(json!({ "metadata": { "name": BACKEND }, "spec": spec }))
            .await;
    }

    /// A connector with a small description of its own, and more in its spec.
    pub(crate) async fn create_connector(&self, name: &str, further: Value) -> CustomConnector {
        let mut spec = json!({
            "backendRefs": [{ "kind": "ConnectorBackend", "name": BACKEND }],
            "definition": { "inline": description(name) },
        });
        merge(&mut spec, further);
        self.create(json!({ "metadata": { "name": name }, "spec": spec }))
            .await
    }

    /// A ConfigMap with one description.
    pub(crate) async fn create_config_map(&self, name: &str) {
        let data = json!({ "openapi.json": description(name) });
        self.create::<ConfigMap>(json!({ "metadata": { "name": name }, "data": data }))
            .await;
    }

    /// A connector that is ready.
    pub(crate) async fn connector(&self, name: &str, further: Value) -> CustomConnector {
        self.create_connector(name, further).await;
        self.ready(name).await
    }

    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Makes an object in the namespace.
    pub(crate) async fn create<K>(&self, object: Value) -> K
    where
        K: Resource<Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned + Serialize,
        K::DynamicType: Default,
    {
        let object: K = serde_json::from_value(object).unwrap();
        self.api().create(&PostParams::default(), &object).await.unwrap()
    }

    /// Changes an object by a merge patch.
    pub(crate) async fn patch<K>(&self, name: &str, change: Value) -> K
    where
        K: Resource<Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
        K::DynamicType: Default,
    {
        self.api()
            .patch(name, &PatchParams::default(), &Patch::Merge(change))
            .await
            .unwrap()
    }

    /// Asks for an object's deletion.
    pub(crate) async fn delete<K>(&self, name: &str)
    where
        K: Resource<Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
        K::DynamicType: Default,
    {
        self.api::<K>()
            .delete(name, &DeleteParams::default())
            .await
            .unwrap();
    }

    /// Waits until the connector's present generation is done.
    pub(crate) async fn ready(&self, name: &str) -> CustomConnector {
        self.state(name, "True", "Ready").await
    }

    /// Waits until the connector is not ready for that reason.
    pub(crate) async fn stopped(&self, name: &str, reason: &str) -> CustomConnector {
        self.state(name, "False", reason).await
    }

    async fn state(&self, name: &str, status: &str, reason: &str) -> CustomConnector {
        let api = self.api::<CustomConnector>();
        eventually(&format!("{name} is {status}, {reason}"), LIMIT, async || {
            let found = api.get_opt(name).await.map_err(|error| error.to_string())?;
            let found = found.ok_or_else(|| "it is not there".to_owned())?;
            let (is, why, of) = condition(&found, "Ready");
            if (is.as_str(), why.as_str(), of) == (status, reason, found.metadata.generation) {
                Ok(found)
            } else {
                Err(format!("{:?}", found.status))
            }
        })
        .await
    }

    /// Those that are being deleted, or whose present generation is not done.
    pub(crate) async fn unfinished(&self) -> Vec<CustomConnector> {
        let mut connectors = self.connectors().await;
        connectors.retain(|it| {
            let (status, _, of) = condition(it, "Ready");
            it.metadata.deletion_timestamp.is_some() || status != "True" || of != it.metadata.generation
        });
        connectors
    }

    /// Waits until nothing is unfinished, and returns every connector.
    pub(crate) async fn converged(&self, limit: Duration) -> Vec<CustomConnector> {
        eventually("every connector is ready", limit, async || {
            let unfinished = self.unfinished().await;
            match unfinished.first() {
                None => Ok(()),
                Some(first) => Err(format!("{} are not, as {first:?}", unfinished.len())),
            }
        })
        .await;
        self.connectors().await
    }

    /// Waits until something is said of the connector's present generation.
    pub(crate) async fn judged(&self, name: &str) -> CustomConnector {
        let api = self.api::<CustomConnector>();
        eventually(&format!("{name} is judged"), LIMIT, async || {
            let found = api.get(name).await.map_err(|error| error.to_string())?;
            if condition(&found, "Ready").2 == found.metadata.generation {
                Ok(found)
            } else {
                Err(format!("{:?}", found.status))
            }
        })
        .await
    }

    /// Waits until an object is gone.
    pub(crate) async fn gone<K>(&self, name: &str)
    where
        K: Resource<Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned + Serialize,
        K::DynamicType: Default,
    {
        let api = self.api::<K>();
        eventually(&format!("{name} is gone"), LIMIT, async || {
            match api.get_opt(name).await {
                Ok(None) => Ok(()),
                Ok(Some(found)) => Err(serde_json::to_string(&found).unwrap()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    /// Every connector of the namespace.
    pub(crate) async fn connectors(&self) -> Vec<CustomConnector> {
        self.api::<CustomConnector>()
            .list(&ListParams::default())
            .await
            .unwrap()
            .items
    }
}

/// Whether a condition holds, why, and of which generation.
pub(crate) fn condition(connector: &CustomConnector, kind: &str) -> (String, String, Option<i64>) {
    let conditions = connector.status.iter().flat_map(|status| &status.conditions);
    let mut found = conditions.filter(|condition| condition.type_ == kind);
    found.next().map_or_else(
        || ("absent".to_owned(), String::new(), None),
        |it| (it.status.clone(), it.reason.clone(), it.observed_generation),
    )
}

/// A backend's condition Ready.
pub(crate) fn backend_ready(backend: &ConnectorBackend) -> Option<&Condition> {
    let conditions = backend.status.iter().flat_map(|status| &status.conditions);
    conditions
        .into_iter()
        .find(|condition| condition.type_ == "Ready")
}

/// What a condition says.
pub(crate) fn message(connector: &CustomConnector, kind: &str) -> String {
    let conditions = connector.status.iter().flat_map(|status| &status.conditions);
    let mut found = conditions.filter(|condition| condition.type_ == kind);
    found.next().map(|it| it.message.clone()).unwrap_or_default()
}

fn merge(into: &mut Value, further: Value) {
    let (Value::Object(into), Value::Object(further)) = (into, further) else {
        return;
    };
    for (name, value) in further {
        if value.is_null() {
            into.remove(&name);
        } else {
            into.insert(name, value);
        }
    }
}
