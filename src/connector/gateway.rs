//! Connections that go through an on-premises data gateway. No client.

use serde_json::json;

use super::AssemblyError;
use crate::arm::{AllowedValue, ConnectionParameter, ConnectionParameters};

/// The type of a parameter that stands for the gateway itself.
const SETTING: &str = "gatewaySetting";

/// A parameter that a gateway fills needs the connector to say that it goes through gateways.
pub(super) fn capabilities(parameters: &ConnectionParameters) -> Vec<String> {
    let through_gateway = parameters.values().any(|parameter| parameter.kind == SETTING);
    through_gateway
        .then(|| "gateway".to_owned())
        .into_iter()
        .collect()
}

/// Adds what a connection through a gateway asks for: the gateway, and how it authenticates. What the spec says of
/// either stays. The shapes are those of Microsoft's published sample `gateway`.
///
/// # Errors
///
/// Gateways do neither OAuth nor keys (Microsoft's "Custom connectors FAQ" and "Use OAuth 2.0").
pub(super) fn complete(parameters: &mut ConnectionParameters) -> Result<(), AssemblyError> {
    if parameters.values().any(|one| one.o_auth_settings.is_some()) {
        return Err(AssemblyError::GatewayAuthentication { kind: "sign-in" });
    }
    if parameters.contains_key("api_key") {
        return Err(AssemblyError::GatewayAuthentication { kind: "key" });
    }
    let (kind, shown) = if parameters.contains_key("password") {
        ("basic", "Basic")
    } else {
        ("anonymous", "Anonymous")
    };
    if !parameters.values().any(|parameter| parameter.kind == SETTING) {
        parameters.insert("gateway".to_owned(), gateway());
    }
    let how = parameters.entry("authType".to_owned());
    how.or_insert_with(|| authentication_type(kind, shown));
    Ok(())
}

fn gateway() -> ConnectionParameter {
    ConnectionParameter {
        kind: SETTING.to_owned(),
        gateway_settings: Some(json!({ "dataSourceType": "CustomConnector", "connectionDetails": [] })),
        ui_definition: Some(json!({
            "constraints": { "tabIndex": 4, "required": "true", "capability": ["gateway"] },
        })),
        ..ConnectionParameter::default()
    }
}

fn authentication_type(kind: &str, shown: &str) -> ConnectionParameter {
    let text = "How the gateway authenticates with the API.";
    ConnectionParameter {
        kind: "string".to_owned(),
        allowed_values: vec![AllowedValue {
            value: kind.into(),
            ..AllowedValue::default()
        }],
        ui_definition: Some(json!({
            "displayName": "Authentication type",
            "description": text,
            "tooltip": text,
            "constraints": {
                "tabIndex": 1,
                "required": "true",
                "allowedValues": [{ "text": shown, "value": kind }],
                "capability": ["gateway"],
            },
        })),
        ..ConnectionParameter::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{
        assemble,
        tests::{assembled, document, spec},
    };

    fn wishes(authentication: &Value) -> Value {
        json!({ "capabilities": ["gateway"], "authentication": authentication })
    }

    #[test]
    fn a_connector_behind_a_gateway_asks_for_the_gateway_and_how_it_authenticates() {
        for (authentication, kind) in [("none", "anonymous"), ("basic", "basic")] {
            let registration = assembled(json!({}), wishes(&json!({ authentication: {} })));
            assert_eq!(registration.capabilities, ["gateway"]);
            let parameters = serde_json::to_value(&registration.connection_parameters).unwrap();
            assert_eq!(parameters["gateway"]["type"], "gatewaySetting");
            assert_eq!(
                parameters["gateway"]["gatewaySettings"]["dataSourceType"],
                "CustomConnector"
            );
            assert_eq!(
                parameters["authType"]["allowedValues"],
                json!([{ "value": kind }])
            );
        }
    }

    #[test]
    fn what_the_spec_says_of_the_gateway_stays() {
        let mut wishes = wishes(&json!({ "none": {} }));
        wishes["connectionParameters"] = json!({
            "site": { "type": "gatewaySetting", "gatewaySettings": { "dataSourceType": "Own" } },
            "authType": { "type": "string" },
        });
        let registration = assembled(json!({}), wishes);
        let names: Vec<&String> = registration.connection_parameters.keys().collect();
        assert_eq!(names, ["authType", "site"]);
        assert!(
            registration.connection_parameters["authType"]
                .allowed_values
                .is_empty()
        );
    }

    #[test]
    fn a_gateway_does_neither_keys_nor_sign_ins() {
        let entra = json!({ "entraId": { "clientId": "id", "tenantId": "common", "resourceUri": "api://x",
                                         "clientSecretRef": { "name": "a", "key": "k" } } });
        for (authentication, word) in [
            (json!({ "apiKey": { "name": "X-Key", "in": "header" } }), "by key"),
            (entra, "by sign-in"),
        ] {
            let error = assemble(
                document(&json!({})),
                &spec(&wishes(&authentication)),
                "pets",
                None,
            )
            .unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn kinds_of_connections_are_sent_once_and_in_one_order_and_only_where_they_are_set() {
        let kinds = |wished: &Value| assembled(json!({}), wished.clone()).connection_kinds;
        assert_eq!(
            kinds(&json!({ "connectionKinds": ["V2", "V1", "V2"] })),
            ["V1", "V2"]
        );
        assert!(kinds(&json!({})).is_empty());
    }
}
