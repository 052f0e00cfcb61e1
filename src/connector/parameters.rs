//! `spec.connectionParameters`: the further values that a connection asks for. No client.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    AssemblyError,
    authentication::oauth::{custom, redirect_mode},
};
use crate::{
    arm::{AllowedValue, ConnectionParameter, OAuthSettings},
    crd::{
        KeyReference,
        authentication::{ConnectionParameter as Wanted, OAuthSettings as WantedSettings, ParameterType},
    },
};

/// The parameter as it is sent, and where its client secret lies.
pub(super) fn parameter(
    name: &str,
    wanted: &Wanted,
) -> Result<(ConnectionParameter, Option<KeyReference>), AssemblyError> {
    let secure = matches!(
        wanted.r#type,
        ParameterType::SecureString | ParameterType::SecureObject
    );
    if secure && wanted.default_value.is_some() {
        let problem = "a secure type takes no defaultValue: it would be stored in plain text";
        return Err(AssemblyError::ParameterInvalid {
            name: name.to_owned(),
            problem,
        });
    }
    let allowed_values = wanted.allowed_values.iter().flatten().map(allowed_value);
    let problem = "each of allowedValues is an object with value and, optionally, uiDefinition";
    let allowed_values =
        allowed_values
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| AssemblyError::ParameterInvalid {
                name: name.to_owned(),
                problem,
            })?;
    let secret = wanted
        .o_auth_settings
        .as_ref()
        .and_then(|settings| settings.client_secret_ref.clone());
    let parameter = ConnectionParameter {
        kind: type_name(wanted.r#type).to_owned(),
        o_auth_settings: wanted.o_auth_settings.as_ref().map(settings),
        default_value: wanted.default_value.clone(),
        allowed_values,
        ui_definition: wanted.ui_definition.clone(),
        gateway_settings: wanted.gateway_settings.clone(),
        metadata: None,
    };
    Ok((parameter, secret))
}

fn allowed_value(value: &Value) -> Option<AllowedValue> {
    Some(AllowedValue {
        value: value.get("value")?.clone(),
        ui_definition: value.get("uiDefinition").cloned(),
    })
}

fn settings(wanted: &WantedSettings) -> OAuthSettings {
    let custom_parameters = wanted.custom_parameters.iter().flatten();
    OAuthSettings {
        identity_provider: Some(wanted.identity_provider.clone()),
        client_id: Some(wanted.client_id.clone()),
        scopes: wanted.scopes.clone().unwrap_or_default(),
        redirect_mode: Some(redirect_mode(wanted.redirect_mode)),
        custom_parameters: custom_parameters
            .map(|(name, value)| (name.clone(), custom(value)))
            .collect::<BTreeMap<_, _>>(),
        ..OAuthSettings::default()
    }
}

/// The type as the backend spells it.
fn type_name(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::String => "string",
        ParameterType::SecureString => "securestring",
        ParameterType::SecureObject => "secureobject",
        ParameterType::Int => "int",
        ParameterType::Bool => "bool",
        ParameterType::Object => "object",
        ParameterType::Array => "array",
        ParameterType::OauthSetting => "oauthSetting",
        ParameterType::Connection => "connection",
        ParameterType::GatewaySetting => "gatewaySetting",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(wanted: Value) -> Wanted {
        serde_json::from_value(wanted).unwrap()
    }

    fn sent(wanted: Value) -> Result<Value, AssemblyError> {
        parameter("p", &read(wanted)).map(|(parameter, _)| json!(parameter))
    }

    #[test]
    fn a_parameter_is_sent_as_it_was_written() {
        let written = json!({
            "type": "string",
            "defaultValue": "eu",
            "allowedValues": [{ "value": "eu" }, { "value": "us", "uiDefinition": { "displayName": "US" } }],
            "uiDefinition": { "displayName": "Region", "constraints": { "required": "true", "tabIndex": 1 } },
        });
        assert_eq!(sent(written.clone()).unwrap(), written);
    }

    #[test]
    fn every_type_is_sent_under_the_name_it_is_written_with() {
        for name in [
            "string",
            "securestring",
            "secureobject",
            "int",
            "bool",
            "object",
            "array",
            "oauthSetting",
            "connection",
            "gatewaySetting",
        ] {
            assert_eq!(sent(json!({ "type": name })).unwrap(), json!({ "type": name }));
        }
    }

    #[test]
    fn a_client_secret_is_a_reference_and_nothing_that_is_sent() {
        let wanted: Wanted = serde_json::from_value(json!({
            "type": "oauthSetting",
            "oAuthSettings": { "identityProvider": "facebook", "clientId": "id",
                               "clientSecretRef": { "name": "app", "key": "secret" },
                               "customParameters": { "a": "b" } },
        }))
        .unwrap();
        let (parameter, secret) = parameter("token", &wanted).unwrap();
        assert_eq!(
            secret,
            Some(KeyReference {
                name: "app".into(),
                key: "secret".into()
            })
        );
        assert_eq!(
            serde_json::to_value(parameter).unwrap(),
            json!({ "type": "oauthSetting", "oAuthSettings": {
                "identityProvider": "facebook", "clientId": "id", "redirectMode": "Global",
                "customParameters": { "a": { "value": "b" } } } })
        );
    }

    #[test]
    fn a_secure_default_and_a_bare_allowed_value_are_refused() {
        for wanted in [
            json!({ "type": "securestring", "defaultValue": "canary" }),
            json!({ "type": "string", "allowedValues": ["canary"] }),
        ] {
            let error = sent(wanted).unwrap_err();
            assert!(matches!(error, AssemblyError::ParameterInvalid { .. }), "{error}");
            assert!(
                error.to_string().starts_with("spec.connectionParameters.p")
                    && !error.to_string().contains("canary")
            );
        }
    }
}
