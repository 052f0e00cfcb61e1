//! What a connection to a connector asks for: its authentication, field by field. No client.
//!
//! The shapes are those of `Microsoft.Web/customApis` 2016-06-01 and of what portal templates and
//! published connectors carry beyond that file. A client secret has no place here: these values are
//! compared, hashed and shown. It travels beside them, in [`super::CustomApi::client_secrets`].

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The parameters of a connector by name (`api_key`, `username`, `token`, `token:clientId`, …).
pub type ConnectionParameters = BTreeMap<String, ConnectionParameter>;

/// One value that a connection asks its maker for, or, for `oauthSetting`, a sign-in.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectionParameter {
    /// `string`, `securestring`, `secureobject`, `int`, `bool`, `object`, `array`, `oauthSetting`,
    /// `connection` or `gatewaySetting`; text, because backends answer with further ones.
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    pub kind: String,
    /// The sign-in, where the type is `oauthSetting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub o_auth_settings: Option<OAuthSettings>,
    /// The value used where the maker of a connection gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<Value>,
    /// The values to choose from; empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    pub allowed_values: Vec<AllowedValue>,
    /// How the parameter is shown: `displayName`, `description`, `tooltip`, `constraints`. Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_definition: Option<Value>,
    /// The on-premises gateway's data source: `dataSourceType`, `connectionDetails`. Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_settings: Option<Value>,
    /// Where the value comes from (`sourceType`). Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// One of the values a parameter may take.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AllowedValue {
    /// The value itself.
    pub value: Value,
    /// How it is shown. Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_definition: Option<Value>,
}

/// An authorization-code sign-in, without its client secret.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OAuthSettings {
    /// `oauth2`, `oauth2generic`, `aad` or the name of a known provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_provider: Option<String>,
    /// The application's id at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_as_default")]
    pub scopes: Vec<String>,
    /// `Global`, `GlobalPerConnector` or `Direct`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_mode: Option<String>,
    /// Where the provider sends people back to. Set by the backend, known only after creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_url: Option<String>,
    /// `authorizationUrl`, `tokenUrl`, `refreshUrl`, `resourceUri`, `tenantId`, `loginUri`, …
    #[serde(
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "null_as_default"
    )]
    pub custom_parameters: BTreeMap<String, CustomParameter>,
    /// Free-form; `IsFirstParty` in published connectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
    /// Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_parameters: Option<Value>,
}

/// One setting of an identity provider.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomParameter {
    /// The value; text in every published connector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Value>,
    /// How it is shown. Free-form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_definition: Option<Value>,
}

/// Reads `null` as if the field were missing: backends answer with either.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_set_is_not_sent() {
        let parameter = ConnectionParameter {
            kind: "securestring".to_owned(),
            ..ConnectionParameter::default()
        };
        assert_eq!(
            serde_json::to_value(parameter).unwrap(),
            json!({"type": "securestring"})
        );
    }

    #[test]
    fn nulls_and_unknown_fields_are_read_as_nothing() {
        let read: ConnectionParameter = serde_json::from_value(json!({
            "type": "oauthSetting", "allowedValues": null, "uiDefinition": null, "parameterSource": "NotSpecified",
            "oAuthSettings": {"identityProvider": "oauth2", "scopes": null, "customParameters": null, "clientSecret": "no"}
        }))
        .unwrap();
        assert_eq!(read.o_auth_settings.unwrap().identity_provider.unwrap(), "oauth2");
        assert!(read.allowed_values.is_empty());
    }

    #[test]
    fn the_parameters_of_published_connectors_survive_a_round_trip() {
        let samples = std::path::Path::new("../shared/azure/PowerPlatformConnectors/samples");
        let Ok(folders) = std::fs::read_dir(samples) else {
            println!("skipped: no {}", samples.display());
            return;
        };
        let mut seen = 0;
        for folder in folders {
            let Ok(text) = std::fs::read(folder.unwrap().path().join("apiProperties.json")) else {
                continue;
            };
            let properties: Value = serde_json::from_slice(&text).unwrap();
            let Some(sent) = properties.pointer("/properties/connectionParameters") else {
                continue;
            };
            let read: ConnectionParameters = serde_json::from_value(sent.clone()).unwrap();
            let back = serde_json::to_value(&read).unwrap();
            // Empty lists are left out, nothing else may be lost.
            assert_eq!(without_empty_lists(back), without_empty_lists(sent.clone()));
            seen += 1;
        }
        assert!(seen > 0);
    }

    fn without_empty_lists(value: Value) -> Value {
        match value {
            Value::Object(fields) => fields
                .into_iter()
                .filter(|(_, value)| *value != json!([]) && *value != json!({}))
                .map(|(name, value)| (name, without_empty_lists(value)))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => value,
        }
    }
}
