//! Connectors on Azure, by the stand-in: a story for each way to sign in, and for each trap. Client required.

mod signing_in;
mod traps;

use connector_operator::crd::{ALLOWED_HOSTS, ConnectorBackend, CustomConnector};
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    azure::{Application, Cloud, Proof},
    site::{BACKEND, Site, condition},
    stage,
};

pub(crate) const TENANT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
pub(crate) const SUBSCRIPTION: &str = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
/// The role of the stories: Logic App Contributor.
pub(crate) const ROLE: &str = "87a39d53-fc1b-424a-814c-f7e04687dc9e";

/// A namespace whose connectors go to a resource group of the same name.
pub(crate) struct Place {
    pub(crate) site: Site,
    /// The client id of its own application.
    pub(crate) client: String,
}

impl Place {
    /// A namespace without a backend.
    pub(crate) async fn new(purpose: &str) -> Self {
        let control_plane = stage::with_operator().await.control_plane();
        Self {
            site: Site::without_registry(control_plane, purpose).await,
            client: Uuid::new_v4().to_string(),
        }
    }

    /// A namespace with a backend that signs in by a client secret.
    pub(crate) async fn with_secret(purpose: &str) -> Self {
        let place = Self::new(purpose).await;
        place.register(Proof::Secret {
            value: "right".to_owned(),
            expired: false,
        });
        place.keep("right").await;
        place.backend(place.by("clientSecret")).await;
        place
    }

    /// From now on its application may sign in by that, and by nothing else.
    pub(crate) fn register(&self, proof: Proof) {
        stage::azure().entra.register(Application {
            tenant: TENANT.to_owned(),
            client: self.client.clone(),
            proofs: vec![proof],
        });
    }

    /// A Secret with what its application signs in by.
    pub(crate) async fn keep(&self, text: &str) {
        let secret = json!({
            "metadata": { "name": "azure", "annotations": { ALLOWED_HOSTS: Cloud::Public.login() } },
            "stringData": { "credential": text },
        });
        self.site.create::<Secret>(secret).await;
    }

    /// Signing in by what the Secret holds.
    pub(crate) fn by(&self, kind: &str) -> Value {
        json!({ kind: {
            "tenantId": TENANT, "clientId": self.client, "secretRef": { "name": "azure", "key": "credential" },
        } })
    }

    /// The backend, which signs in so.
    pub(crate) async fn backend(&self, credential: Value) {
        let spec = json!({
            "azure": {
                "subscriptionId": SUBSCRIPTION,
                "resourceGroup": self.site.namespace,
                "location": "westeurope",
                "credential": credential,
            },
            "sharing": { "roles": [{ "name": "Use", "roleDefinitionId": ROLE }] },
        });
        let backend = json!({ "metadata": { "name": BACKEND }, "spec": spec });
        self.site.create::<ConnectorBackend>(backend).await;
    }

    /// The id of its group.
    pub(crate) fn group(&self) -> String {
        format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/{}",
            self.site.namespace
        )
    }

    /// Everything that the connector says of itself, in one text.
    pub(crate) fn told(connector: &CustomConnector) -> String {
        let ready = condition(connector, "Ready");
        format!("{ready:?} {:?}", connector.status)
    }
}
