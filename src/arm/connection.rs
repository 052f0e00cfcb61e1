//! `Microsoft.Web/connections`: an authenticated instance of a connector, as far as the operator looks at
//! it. No client.

use serde::Deserialize;

use super::{connection_parameter::null_as_default, id::ResourceId};

/// A connection as the backend shows it. Deleting the connector it uses deletes it as well.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(from = "Shown")]
pub struct Connection {
    /// Its id, in the backend's spelling.
    pub id: ResourceId,
    /// The id of the connector it uses, as answered: not everything that occurs there is an id.
    pub api_id: Option<String>,
    /// The name people see.
    pub display_name: Option<String>,
    /// The first of its states: `Connected`, `Unauthenticated`, `Error`, …
    pub status: Option<String>,
}

impl Connection {
    /// The name, in the backend's spelling.
    pub fn name(&self) -> &str {
        self.id.name()
    }

    /// Whether it uses `connector`; ids are compared without case.
    pub fn uses(&self, connector: &ResourceId) -> bool {
        self.api_id
            .as_deref()
            .is_some_and(|id| id.trim_end_matches('/').eq_ignore_ascii_case(connector.as_str()))
    }
}

#[derive(Deserialize)]
struct Shown {
    id: ResourceId,
    #[serde(default, deserialize_with = "null_as_default")]
    properties: Properties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    display_name: Option<String>,
    api: Option<Api>,
    #[serde(deserialize_with = "null_as_default")]
    statuses: Vec<State>,
}

#[derive(Deserialize)]
struct Api {
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    status: Option<String>,
}

impl From<Shown> for Connection {
    fn from(shown: Shown) -> Self {
        let Properties {
            display_name,
            api,
            statuses,
        } = shown.properties;
        Self {
            id: shown.id,
            api_id: api.and_then(|api| api.id),
            display_name,
            status: statuses.into_iter().find_map(|state| state.status),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::id::Scope, *};

    #[test]
    fn a_connection_uses_its_connector_however_the_id_is_spelled() {
        let connection: Connection = serde_json::from_value(json!({
            "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/connections/c",
            "properties": {
                "api": {"id": "/SUBSCRIPTIONS/s/resourcegroups/G/providers/microsoft.web/customapis/Contacts/"},
                "statuses": [{"status": "Connected"}]
            }
        }))
        .unwrap();
        let scope = Scope::new("s", "g");
        assert!(connection.uses(&scope.custom_api("contacts")));
        assert!(!connection.uses(&scope.custom_api("contacts2")));
        assert_eq!(connection.status.as_deref(), Some("Connected"));
    }

    #[test]
    fn a_connection_without_a_connector_uses_none() {
        let connection: Connection = serde_json::from_value(json!({
            "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/connections/c",
            "properties": {"statuses": null, "api": null}
        }))
        .unwrap();
        assert!(!connection.uses(&Scope::new("s", "g").custom_api("contacts")));
    }
}
