//! Connectors to register: one for each way to sign in. No client.

use std::collections::BTreeMap;

use connector_operator::arm::{AllowedValue, ConnectionParameter, CustomApi, CustomParameter, OAuthSettings};
use serde_json::{json, value::RawValue};

/// A connector with an API key.
pub(crate) fn plain() -> CustomApi {
    let document = json!({
        "swagger": "2.0", "info": { "title": "Contacts", "version": "1" }, "host": "api.example.com",
        "basePath": "/v1", "paths": {},
    });
    CustomApi {
        location: "local".to_owned(),
        tags: BTreeMap::from([("connectors.dev.name".to_owned(), "contacts".to_owned())]),
        display_name: Some("Contacts".to_owned()),
        description: Some("People and how to reach them".to_owned()),
        brand_color: Some("#006C5B".to_owned()),
        icon_uri: Some("data:image/png;base64,iVBORw0KGgo=".to_owned()),
        capabilities: Some(Vec::new()),
        connection_kinds: vec!["V1".to_owned(), "V2".to_owned()],
        connection_parameters: BTreeMap::from([(
            "api_key".to_owned(),
            ConnectionParameter {
                kind: "securestring".to_owned(),
                ui_definition: Some(json!({ "displayName": "Key", "constraints": { "required": "true" } })),
                ..ConnectionParameter::default()
            },
        )]),
        swagger: RawValue::from_string(document.to_string()).unwrap(),
        service_url: "https://api.example.com/v1".to_owned(),
        client_secrets: BTreeMap::new(),
    }
}

/// A connector for each way to sign in.
pub(crate) fn connectors() -> Vec<CustomApi> {
    let parameter = |kind: &str| ConnectionParameter {
        kind: kind.to_owned(),
        ..ConnectionParameter::default()
    };
    let bare = CustomApi {
        display_name: None,
        description: None,
        brand_color: None,
        icon_uri: None,
        capabilities: None,
        connection_parameters: BTreeMap::new(),
        ..plain()
    };
    let basic = CustomApi {
        connection_parameters: BTreeMap::from([
            ("username".to_owned(), parameter("string")),
            ("password".to_owned(), parameter("securestring")),
        ]),
        ..plain()
    };
    vec![plain(), bare, basic, with_gateway(), with_sign_in()]
}

fn with_gateway() -> CustomApi {
    let choice = |value: &str| AllowedValue {
        value: value.into(),
        ui_definition: Some(json!({ "displayName": value })),
    };
    let how = ConnectionParameter {
        kind: "string".to_owned(),
        default_value: Some("basic".into()),
        allowed_values: vec![choice("basic"), choice("anonymous")],
        ..ConnectionParameter::default()
    };
    let gateway = ConnectionParameter {
        kind: "gatewaySetting".to_owned(),
        gateway_settings: Some(json!({ "dataSourceType": "CustomConnector", "connectionDetails": [] })),
        ..ConnectionParameter::default()
    };
    CustomApi {
        capabilities: Some(vec!["gateway".to_owned()]),
        connection_parameters: BTreeMap::from([
            ("authType".to_owned(), how),
            ("gateway".to_owned(), gateway),
        ]),
        ..plain()
    }
}

fn with_sign_in() -> CustomApi {
    let custom = |value: &str| CustomParameter {
        value: Some(value.into()),
        ..CustomParameter::default()
    };
    let settings = OAuthSettings {
        identity_provider: Some("oauth2".to_owned()),
        client_id: Some("app".to_owned()),
        scopes: vec!["read".to_owned()],
        redirect_mode: Some("GlobalPerConnector".to_owned()),
        custom_parameters: BTreeMap::from([
            ("tokenUrl".to_owned(), custom("https://login.example.com/token")),
            (
                "authorizationUrl".to_owned(),
                custom("https://login.example.com/authorize"),
            ),
        ]),
        ..OAuthSettings::default()
    };
    let token = ConnectionParameter {
        kind: "oauthSetting".to_owned(),
        o_auth_settings: Some(settings),
        ..ConnectionParameter::default()
    };
    let tenant = ConnectionParameter {
        kind: "string".to_owned(),
        metadata: Some(json!({ "sourceType": "AzureActiveDirectoryTenant" })),
        default_value: Some("common".into()),
        ..ConnectionParameter::default()
    };
    CustomApi {
        connection_parameters: BTreeMap::from([
            ("token".to_owned(), token),
            ("token:TenantId".to_owned(), tenant),
        ]),
        client_secrets: BTreeMap::from([("token".to_owned(), "canary".into())]),
        ..plain()
    }
}
