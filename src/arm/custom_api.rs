//! `Microsoft.Web/customApis`: what is sent and what is read back. No client.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use super::{
    connection_parameter::{ConnectionParameters, null_as_default},
    id::ResourceId,
};

/// A connector as it is sent: a PUT replaces everything, so this is the whole of it.
#[derive(Clone)]
pub struct CustomApi {
    /// The region's canonical name (`westeurope`). Cannot be changed once created.
    pub location: String,
    /// All tags, those of others carried over included: what is missing here is removed.
    pub tags: BTreeMap<String, String>,
    /// The name people see.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// `#RRGGBB`.
    pub brand_color: Option<String>,
    /// An https address or a `data:image/…;base64,` text.
    pub icon_uri: Option<String>,
    /// `gateway` is the one with an effect; `None` is not sent.
    pub capabilities: Option<Vec<String>>,
    /// `V1`, `V2`: whose connections may use it; empty: not sent, the backend decides. Not in the official file, yet
    /// designers offer a connector by it.
    pub connection_kinds: Vec<String>,
    /// What a connection asks for.
    pub connection_parameters: ConnectionParameters,
    /// The OpenAPI 2.0 document, serialised: sent as it is, never parsed again.
    pub swagger: Box<RawValue>,
    /// Scheme, host and base path; must end with the document's `basePath` (backend error 14024).
    pub service_url: String,
    /// Client secrets by the name of the parameter whose `oAuthSettings` they complete. Write-only at the
    /// backend and left out of a replacement they may be lost, so they are always sent.
    pub client_secrets: BTreeMap<String, SecretString>,
}

impl fmt::Debug for CustomApi {
    /// Without the document, which may come from a Secret, and without the icon's bytes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CustomApi")
            .field("location", &self.location)
            .field("tags", &self.tags)
            .field("display_name", &self.display_name)
            .field("service_url", &self.service_url)
            .field("connection_parameters", &self.connection_parameters.keys())
            .field("swagger_bytes", &self.swagger.get().len())
            .finish_non_exhaustive()
    }
}

/// Why a connector cannot be put into a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnsendableCustomApi {
    /// A secret has no sign-in to go with.
    #[error("parameter `{0}` has a client secret but no OAuth settings")]
    StraySecret(String),
    /// The parameters do not serialise.
    #[error("the connector does not serialise")]
    Serialise(#[from] serde_json::Error),
}

impl CustomApi {
    /// The request's body: the one place where client secrets leave their wrapping.
    pub(super) fn body(&self) -> Result<Bytes, UnsendableCustomApi> {
        let mut parameters = serde_json::to_value(&self.connection_parameters)?;
        for (name, secret) in &self.client_secrets {
            let settings = parameters
                .get_mut(name)
                .and_then(|parameter| parameter.get_mut("oAuthSettings"))
                .and_then(Value::as_object_mut)
                .ok_or_else(|| UnsendableCustomApi::StraySecret(name.clone()))?;
            settings.insert("clientSecret".to_owned(), secret.expose_secret().into());
        }
        let sent = Sent {
            location: &self.location,
            tags: &self.tags,
            properties: SentProperties {
                display_name: self.display_name.as_deref(),
                description: self.description.as_deref(),
                brand_color: self.brand_color.as_deref(),
                icon_uri: self.icon_uri.as_deref(),
                capabilities: self.capabilities.as_deref(),
                supported_connection_kinds: &self.connection_kinds,
                connection_parameters: &parameters,
                backend_service: BackendService {
                    service_url: &self.service_url,
                },
                swagger: &self.swagger,
            },
        };
        Ok(Bytes::from(serde_json::to_vec(&sent)?))
    }
}

#[derive(Serialize)]
struct Sent<'a> {
    location: &'a str,
    tags: &'a BTreeMap<String, String>,
    properties: SentProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SentProperties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand_color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<&'a [String]>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    supported_connection_kinds: &'a [String],
    connection_parameters: &'a Value,
    backend_service: BackendService<'a>,
    swagger: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackendService<'a> {
    service_url: &'a str,
}

/// The body of a change of tags: it replaces the whole set.
pub(super) fn tags_body(tags: &BTreeMap<String, String>) -> Result<Bytes, serde_json::Error> {
    serde_json::to_vec(&BTreeMap::from([("tags", tags)])).map(Bytes::from)
}

/// A connector as the backend shows it, alone and in lists. The document, the service's address and
/// secrets are not shown. Links that carry signatures (`apiDefinitions`) are not kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(from = "Shown")]
pub struct CustomApiObserved {
    /// Its id, in the backend's spelling.
    pub id: ResourceId,
    /// The region, in the backend's spelling: compare without case and spaces.
    pub location: Option<String>,
    /// All tags, ours and others'.
    pub tags: BTreeMap<String, String>,
    /// The name people see.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// `#RRGGBB`.
    pub brand_color: Option<String>,
    /// What was sent, or a default of the backend's.
    pub icon_uri: Option<String>,
    /// What was sent.
    pub capabilities: Vec<String>,
    /// What was sent, or a default of the backend's.
    pub connection_kinds: Vec<String>,
    /// What was sent, with the redirect URLs that the backend added and without client secrets.
    pub connection_parameters: ConnectionParameters,
    /// `Succeeded`, a step on the way, or nothing where the backend works synchronously.
    pub provisioning_state: Option<String>,
}

impl CustomApiObserved {
    /// The name, in the backend's spelling.
    pub fn name(&self) -> &str {
        self.id.name()
    }

    /// Where an identity provider sends people back to: the first sign-in's redirect URL.
    pub fn redirect_url(&self) -> Option<&str> {
        self.connection_parameters
            .values()
            .filter_map(|parameter| parameter.o_auth_settings.as_ref())
            .find_map(|settings| settings.redirect_url.as_deref())
    }
}

#[derive(Deserialize)]
struct Shown {
    id: ResourceId,
    #[serde(default)]
    location: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    tags: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "null_as_default")]
    properties: ShownProperties,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ShownProperties {
    display_name: Option<String>,
    description: Option<String>,
    brand_color: Option<String>,
    icon_uri: Option<String>,
    #[serde(deserialize_with = "null_as_default")]
    capabilities: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    supported_connection_kinds: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    connection_parameters: ConnectionParameters,
    provisioning_state: Option<String>,
}

impl From<Shown> for CustomApiObserved {
    fn from(shown: Shown) -> Self {
        let Shown {
            id,
            location,
            tags,
            properties,
        } = shown;
        let ShownProperties {
            display_name,
            description,
            brand_color,
            icon_uri,
            capabilities,
            supported_connection_kinds,
            connection_parameters,
            provisioning_state,
        } = properties;
        Self {
            id,
            location,
            tags,
            display_name,
            description,
            brand_color,
            icon_uri,
            capabilities,
            connection_kinds: supported_connection_kinds,
            connection_parameters,
            provisioning_state,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::connection_parameter::ConnectionParameter, *};
    use crate::arm::testing;

    #[test]
    fn the_document_is_sent_as_it_was_given() {
        let document = r#"{ "swagger":"2.0",  "z":1.0, "a":1e2 }"#;
        let sent = CustomApi {
            swagger: RawValue::from_string(document.to_owned()).unwrap(),
            ..testing::custom_api()
        };
        let body = String::from_utf8(sent.body().unwrap().to_vec()).unwrap();
        assert!(body.contains(document), "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            body["properties"]["backendService"]["serviceUrl"],
            json!("https://api.example.com/v1")
        );
        assert_eq!(body["location"], json!("local"));
        assert!(body["properties"].get("iconUri").is_none());
    }

    #[test]
    fn a_client_secret_is_in_the_body_and_nowhere_else() {
        let sent = testing::custom_api_with_secret("s3cret-canary");
        let body: Value = serde_json::from_slice(&sent.body().unwrap()).unwrap();
        let settings = &body["properties"]["connectionParameters"]["token"]["oAuthSettings"];
        assert_eq!(settings["clientSecret"], json!("s3cret-canary"));
        assert_eq!(settings["identityProvider"], json!("oauth2"));
        assert!(!format!("{sent:?}").contains("canary"));
        assert!(
            !serde_json::to_string(&sent.connection_parameters)
                .unwrap()
                .contains("canary")
        );
    }

    #[test]
    fn a_secret_without_a_sign_in_is_refused_by_name() {
        let mut sent = testing::custom_api_with_secret("s3cret-canary");
        sent.connection_parameters
            .insert("token".to_owned(), ConnectionParameter::default());
        let error = sent.body().unwrap_err();
        assert!(error.to_string().contains("`token`"));
        assert!(!format!("{error:?}").contains("canary"));
    }

    #[test]
    fn the_debug_form_does_not_show_the_document() {
        let sent = CustomApi {
            swagger: RawValue::from_string(r#"{"canary":1}"#.to_owned()).unwrap(),
            ..testing::custom_api()
        };
        assert!(!format!("{sent:?}").contains("canary"));
    }

    #[test]
    fn an_answer_with_little_in_it_is_read() {
        let id = "/subscriptions/s/resourcegroups/g/providers/Microsoft.Web/customApis/A";
        for answer in [
            json!({"id": id}),
            json!({"id": id, "tags": null, "properties": null}),
            json!({"id": id, "properties": {"connectionParameters": null, "capabilities": null, "new": {}}}),
        ] {
            let read: CustomApiObserved = serde_json::from_value(answer).unwrap();
            assert_eq!(read.name(), "A");
            assert!(read.tags.is_empty());
        }
    }

    #[test]
    fn an_answer_without_an_id_is_not_understood() {
        for answer in [json!({}), json!({"id": "canary"}), json!({"id": null})] {
            let error = serde_json::from_value::<CustomApiObserved>(answer).unwrap_err();
            assert!(!error.to_string().contains("canary"));
        }
    }
}
