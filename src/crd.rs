//! The three resource kinds as users write them: fields, bounds, CEL rules, columns. No client.
//!
//! Doc comments on fields are what `kubectl explain` prints. Defaults are documented here and applied in code, never
//! by the API server: GitOps tools would show a defaulted spec field as drift. The status default is the one
//! exception; it keeps tools that judge readiness from reading a new object as done.
#![expect(unreachable_pub, reason = "the derive expands a private copy of each struct")]
#![expect(clippy::duplicated_attributes, reason = "columns of one type repeat it")]

pub mod authentication;
pub mod backend;
pub mod connector;
pub mod definition;
pub mod reference;
pub mod schema;
pub mod sharing;
pub mod status;

pub use authentication::Authentication;
pub use backend::{ClusterConnectorBackend, ConnectorBackend};
pub use connector::{CustomConnector, CustomConnectorSpec};
pub use reference::{BackendKind, BackendReference, KeyReference, NameReference};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

/// The API group of all kinds.
pub const GROUP: &str = "connectors.dev";
/// Keeps a connector until what it registered is removed.
pub const CONNECTOR_FINALIZER: &str = "connectors.dev/registration";
/// Keeps a backend until no connector is registered with it.
pub const BACKEND_FINALIZER: &str = "connectors.dev/in-use";
/// Asks for one pass now; any value that was not there before counts.
pub const REQUESTED_AT: &str = "connectors.dev/requested-at";
/// On a Secret: the hosts its values may be sent to.
pub const ALLOWED_HOSTS: &str = "connectors.dev/allowed-hosts";

/// The three definitions, in the order in which they are printed.
pub fn all() -> [CustomResourceDefinition; 3] {
    [
        CustomConnector::crd(),
        ConnectorBackend::crd(),
        ClusterConnectorBackend::crd(),
    ]
}

/// A definition as YAML.
pub fn render(definition: &CustomResourceDefinition) -> Result<String, serde_saphyr::ser::Error> {
    serde_saphyr::to_string(definition)
}

#[cfg(test)]
mod tests {
    use kube::ResourceExt as _;

    use super::*;

    #[test]
    fn stored_definitions_match_the_types() {
        for definition in all() {
            let path = format!(
                "{}/crds/{}.yaml",
                env!("CARGO_MANIFEST_DIR"),
                definition.name_any()
            );
            let stored = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(
                stored,
                render(&definition).unwrap(),
                "{path} is not what the types say: run `make crds`"
            );
        }
    }
}
