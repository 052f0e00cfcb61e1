//! The three resource kinds as users write them: fields, bounds, CEL rules, columns. No client.
//!
//! Doc comments on fields are what `kubectl explain` prints. Defaults are documented here and applied in code, never
//! by the API server: GitOps tools would show a defaulted spec field as drift. The status default is the one
//! exception; it keeps tools that judge readiness from reading a new object as done.
#![expect(unreachable_pub, reason = "the derive expands a private copy of each struct")]
#![expect(clippy::duplicated_attributes, reason = "columns of one type repeat it")]

pub mod approval;
pub mod authentication;
pub mod azure;
pub mod backend;
pub mod connector;
pub mod definition;
pub mod reference;
pub mod schema;
pub mod sharing;
pub mod status;
pub mod validation;

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
    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
        JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
    };
    use kube::ResourceExt as _;

    use super::*;

    /// Calls `visit` with each schema below this one and the path to it.
    fn walk(schema: &JSONSchemaProps, path: &str, visit: &mut impl FnMut(&str, &JSONSchemaProps)) {
        visit(path, schema);
        for (name, property) in schema.properties.iter().flatten() {
            walk(property, &format!("{path}.{name}"), visit);
        }
        if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
            walk(items, &format!("{path}[]"), visit);
        }
        if let Some(JSONSchemaPropsOrBool::Schema(values)) = &schema.additional_properties {
            walk(values, &format!("{path}{{}}"), visit);
        }
    }

    /// Walks the spec and the status of each kind.
    fn walk_all(part: &str, mut visit: impl FnMut(&str, &JSONSchemaProps)) {
        for definition in all() {
            let kind = definition.spec.names.kind;
            let validation = definition.spec.versions.into_iter().next().unwrap().schema;
            let schema = validation.unwrap().open_api_v3_schema.unwrap();
            let part_of = &schema.properties.unwrap()[part];
            walk(part_of, &format!("{kind}.{part}"), &mut visit);
        }
    }

    #[test]
    fn every_field_explains_itself() {
        let mut silent = Vec::new();
        for part in ["spec", "status"] {
            walk_all(part, |path, schema| {
                let is_field = !path.ends_with(']') && !path.ends_with('}');
                if is_field
                    && schema
                        .description
                        .as_deref()
                        .unwrap_or_default()
                        .trim()
                        .is_empty()
                {
                    silent.push(path.to_owned());
                }
            });
        }
        assert_eq!(silent, Vec::<String>::new());
    }

    #[test]
    fn every_text_list_and_map_of_a_spec_has_a_bound() {
        let mut unbounded = Vec::new();
        walk_all("spec", |path, schema| {
            let bounded = match schema.type_.as_deref() {
                Some("string") => schema.max_length.is_some() || schema.enum_.is_some(),
                Some("array") => schema.max_items.is_some(),
                Some("object") => schema.additional_properties.is_none() || schema.max_properties.is_some(),
                _ => true,
            };
            // Label selectors are Kubernetes' own type, which the API server bounds by the size of a request.
            if !bounded && !path.contains(".namespaces.selector.") {
                unbounded.push(path.to_owned());
            }
        });
        assert_eq!(unbounded, Vec::<String>::new());
    }

    #[test]
    fn nothing_in_a_spec_has_a_default() {
        let mut defaulted = Vec::new();
        walk_all("spec", |path, schema| {
            if schema.default.is_some() {
                defaulted.push(path.to_owned());
            }
        });
        assert_eq!(defaulted, Vec::<String>::new());
    }

    #[test]
    fn no_reference_of_a_namespaced_kind_leaves_its_namespace() {
        let mut leading_out = Vec::new();
        walk_all("spec", |path, _| {
            if !path.starts_with("ClusterConnectorBackend") && path.to_lowercase().ends_with("namespace") {
                leading_out.push(path.to_owned());
            }
        });
        assert_eq!(leading_out, Vec::<String>::new());
    }

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
