//! Custom connectors as they are sent, kept and shown. No client.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use uuid::Uuid;

use super::{
    body::{self, Envelope, Tags},
    refusal::{Refusal, shortened},
    secrets::take_secrets,
    target::Address,
};

/// Bytes of a connector's document, below which it must stay.
const DOCUMENT_LIMIT: usize = 1 << 20;
/// What a connector without an icon shows, as Azure does.
const DEFAULT_ICON: &str = "/Content/retail/assets/default-connection-icon.svg";
/// What an id may hold and a URL's path may not.
const IN_PATH: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'%');
/// Namespace of the name-based ids under which connectors have their runtime and redirect URLs.
const URL_NAMESPACE: Uuid = Uuid::from_u128(0x2d0f_6a4e_8c1b_5d3a_9e57_41c6_b0a8_73f2);

/// The error code for a PATCH that would change more than tags.
pub(super) const PATCH_CODE: &str = "InvalidPatchCustomApiRequest";

/// A connector that was accepted. Holds secrets, so it has no `Debug`.
pub(super) struct CustomApi {
    pub(super) location: String,
    pub(super) tags: Option<Tags>,
    /// The document, byte for byte as sent.
    pub(super) document: String,
    /// What is kept and never shown: the backend's URL and, by JSON pointer, the secrets.
    pub(super) hidden: String,
    properties: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    display_name: Option<String>,
    description: Option<String>,
    icon_uri: Option<String>,
    brand_color: Option<String>,
    capabilities: Option<Vec<String>>,
    connection_parameters: Option<Map<String, Value>>,
    api_type: Option<String>,
    wsdl_definition: Option<Map<String, Value>>,
    supported_connection_kinds: Option<Vec<String>>,
    swagger: Option<Box<RawValue>>,
    backend_service: Option<BackendService>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BackendService {
    service_url: Option<String>,
}

/// The few members of a document that the backend's own checks need.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    swagger: Option<Value>,
    host: Option<String>,
    base_path: Option<String>,
}

impl CustomApi {
    /// Accepts a body, or says as Azure would what is wrong with it.
    pub(super) fn accept(body: &[u8]) -> Result<Self, Refusal> {
        let Envelope {
            location,
            tags,
            kind: _,
            properties,
        } = body::read::<Envelope<Properties>>(body)?;
        let location = body::location(location.as_deref())?;
        if let Some(tags) = &tags {
            body::check_tags(tags)?;
        }
        let properties = properties.ok_or_else(|| no_definition("`properties` is missing"))?;
        let document = document(properties.swagger.as_deref())?;
        let service_url = properties
            .backend_service
            .as_ref()
            .and_then(|service| service.service_url.as_deref());
        check_service_url(&document, service_url)?;
        let mut parameters = properties.connection_parameters;
        let secrets = parameters.as_mut().map(take_secrets).unwrap_or_default();
        let hidden = json!({"serviceUrl": service_url, "secrets": secrets}).to_string();
        let shown = [
            ("displayName", properties.display_name.map(Value::from)),
            ("description", properties.description.map(Value::from)),
            (
                "iconUri",
                Some(
                    properties
                        .icon_uri
                        .unwrap_or_else(|| DEFAULT_ICON.to_owned())
                        .into(),
                ),
            ),
            ("brandColor", properties.brand_color.map(Value::from)),
            (
                "capabilities",
                Some(properties.capabilities.unwrap_or_default().into()),
            ),
            ("connectionParameters", parameters.map(Value::Object)),
            (
                "apiType",
                Some(properties.api_type.unwrap_or_else(|| "Rest".to_owned()).into()),
            ),
            (
                "wsdlDefinition",
                Some(Value::Object(properties.wsdl_definition.unwrap_or_default())),
            ),
            (
                "supportedConnectionKinds",
                properties.supported_connection_kinds.map(Value::from),
            ),
        ];
        let shown = shown
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let document = properties
            .swagger
            .map(|raw| Box::<str>::from(raw).into_string())
            .unwrap_or_default();
        Ok(Self {
            location,
            tags,
            document,
            hidden,
            properties: shown.collect(),
        })
    }

    /// What an answer shows of the properties, but for the URLs that depend on where the caller reached us.
    /// Every OAuth parameter carries `redirect_url`, whatever was sent: the service assigns it.
    pub(super) fn properties(&self, redirect_url: &str) -> String {
        let mut shown = self.properties.clone();
        let parameters = shown
            .get_mut("connectionParameters")
            .and_then(Value::as_object_mut);
        for parameter in parameters.into_iter().flat_map(Map::values_mut) {
            if let Some(settings) = parameter.get_mut("oAuthSettings").and_then(Value::as_object_mut) {
                settings.insert("redirectUrl".to_owned(), redirect_url.into());
            }
        }
        Value::Object(shown).to_string()
    }
}

/// The redirect URL of a connector first registered by way of `origin`. It is kept from then on, as it is
/// entered at the identity provider.
pub(super) fn redirect_url(address: &Address, origin: &str) -> String {
    format!("{origin}/redirect/{}", url_id(&address.id()))
}

/// The members of `properties` that depend on how the caller reached us, without the braces.
pub(super) fn urls(id: &str, origin: &str) -> String {
    let path = utf8_percent_encode(id, &IN_PATH);
    let export = format!("{origin}{path}?api-version=2016-06-01&export=true");
    format!(
        r#""runtimeUrls":{},"apiDefinitions":{}"#,
        json!([format!("{origin}/apim/{}", url_id(id))]),
        json!({"originalSwaggerUrl": export, "modifiedSwaggerUrl": export}),
    )
}

fn url_id(id: &str) -> String {
    Uuid::new_v5(&URL_NAMESPACE, id.to_ascii_lowercase().as_bytes())
        .simple()
        .to_string()
}

fn document(raw: Option<&RawValue>) -> Result<Document, Refusal> {
    let raw = raw
        .ok_or_else(|| no_definition("`properties.swagger` is missing"))?
        .get();
    if raw.len() >= DOCUMENT_LIMIT {
        return Err(Refusal::bad_request(
            "InvalidSwagger",
            format!(
                "The definition has {} bytes; it must be under {DOCUMENT_LIMIT}.",
                raw.len()
            ),
        ));
    }
    let document: Document = serde_json::from_str(raw).map_err(|_| {
        no_definition("`properties.swagger` is no object, or its host or basePath is no text")
    })?;
    if document.swagger == Some(Value::from("2.0")) {
        Ok(document)
    } else {
        Err(no_definition(
            "`properties.swagger` does not say `swagger: \"2.0\"`",
        ))
    }
}

/// The backend must be known, and its URL end on the document's base path.
fn check_service_url(document: &Document, service_url: Option<&str>) -> Result<(), Refusal> {
    let has_host = document.host.as_deref().is_some_and(|host| !host.is_empty());
    let Some(service_url) = service_url.filter(|url| !url.is_empty()) else {
        return if has_host {
            Ok(())
        } else {
            Err(no_definition(
                "neither `backendService.serviceUrl` nor the definition's `host` is given",
            ))
        };
    };
    let Ok(url) = url::Url::parse(service_url) else {
        return Err(no_definition("`backendService.serviceUrl` is no absolute URL"));
    };
    let base = document
        .base_path
        .as_deref()
        .unwrap_or_default()
        .trim_matches('/');
    let path = url.path().trim_end_matches('/');
    if base.is_empty() || path.ends_with(&format!("/{base}")) {
        return Ok(());
    }
    Err(Refusal::web(
        "14024",
        "The base path {0} of the definition is not what the backend's URL ends on: {1}",
        vec![shortened(&format!("/{base}")), shortened(path)],
    ))
}

fn no_definition(why: &str) -> Refusal {
    Refusal::web(
        "14012",
        "The API definition cannot be used: {0}.",
        vec![why.to_owned()],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(properties: &Value) -> Result<CustomApi, Refusal> {
        CustomApi::accept(
            json!({"location": "Local", "properties": properties})
                .to_string()
                .as_bytes(),
        )
    }

    fn refused(properties: &Value) -> String {
        format!("{:?}", sent(properties).err().expect("refused"))
    }

    fn document(base_path: &str) -> Value {
        json!({"swagger": "2.0", "info": {"title": "t", "version": "1"}, "basePath": base_path, "paths": {}})
    }

    #[test]
    fn the_backends_url_must_end_on_the_base_path() {
        for (base, url, fits) in [
            ("/v1", "https://a.example/v1", true),
            ("/v1/", "https://a.example/x/v1", true),
            ("/v1", "https://a.example/v1/", true),
            ("/", "https://a.example", true),
            ("/v1", "https://a.example/", false),
            ("/v1", "https://a.example/xv1", false),
            ("/v1", "https://a.example/v1/more", false),
        ] {
            let answer = sent(&json!({"swagger": document(base), "backendService": {"serviceUrl": url}}));
            assert_eq!(answer.is_ok(), fits, "{base} {url}");
        }
        let text = refused(
            &json!({"swagger": document("/v1"), "backendService": {"serviceUrl": "https://a.example"}}),
        );
        assert!(text.contains("14024"), "{text}");
    }

    #[test]
    fn a_definition_that_cannot_be_used_has_the_services_own_code() {
        let backend = json!({"serviceUrl": "https://a.example"});
        for properties in [
            json!({"backendService": backend}),
            json!({"swagger": null, "backendService": backend}),
            json!({"swagger": "text", "backendService": backend}),
            json!({"swagger": {"openapi": "3.0.0"}, "backendService": backend}),
            json!({"swagger": {"swagger": 2.0}, "backendService": backend}),
            json!({"swagger": document("/")}),
            json!({"swagger": document("/"), "backendService": {"serviceUrl": "no url"}}),
        ] {
            assert!(refused(&properties).contains("14012"), "{properties}");
        }
        assert!(
            refused(&json!({"swagger": {"swagger": "2.0", "x": "y".repeat(1 << 20)}}))
                .contains("InvalidSwagger")
        );
    }

    #[test]
    fn secrets_are_taken_out_of_what_is_shown() {
        let api = sent(&json!({
            "swagger": document("/"),
            "backendService": {"serviceUrl": "https://a.example"},
            "connectionParameters": {
                "token": {"type": "oauthSetting", "oAuthSettings": {
                    "clientId": "id", "clientSecret": "canary-1",
                    "customParameters": {"ClientSecret": {"value": "canary-2"}, "tenantId": {"value": "t"}},
                }},
                "api_key": {"type": "securestring", "defaultValue": "canary-3"},
                "region": {"type": "string", "defaultValue": "eu"},
            },
        }))
        .unwrap();
        let shown = api.properties("https://r.example/redirect/x");
        assert!(!shown.contains("canary"), "{shown}");
        for kept in [
            "canary-1",
            "canary-2",
            "canary-3",
            "/token/oAuthSettings/clientSecret",
        ] {
            assert!(api.hidden.contains(kept), "{kept}");
        }
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let parameters = &shown["connectionParameters"];
        assert_eq!(parameters["region"]["defaultValue"], "eu");
        assert_eq!(parameters["token"]["oAuthSettings"]["clientId"], "id");
        assert_eq!(
            parameters["token"]["oAuthSettings"]["redirectUrl"],
            "https://r.example/redirect/x"
        );
    }

    #[test]
    fn the_document_is_kept_byte_for_byte() {
        let text = r#"{"swagger":  "2.0","host":"h" , "paths":{},"x":1.0e2}"#;
        let body = format!(r#"{{"location":"l","properties":{{"swagger":{text}}}}}"#);
        assert_eq!(CustomApi::accept(body.as_bytes()).ok().unwrap().document, text);
    }

    #[test]
    fn deep_nesting_is_passed_over_at_no_cost() {
        let deep = "[".repeat(400_000) + &"]".repeat(400_000);
        let body = format!(
            r#"{{"location":"l","properties":{{"swagger":{{"swagger":"2.0","host":"h","x":{deep}}}}}}}"#
        );
        assert!(CustomApi::accept(body.as_bytes()).is_ok());
        let body = format!(r#"{{"location":"l","properties":{{"connectionParameters":{{"a":{deep}}}}}}}"#);
        assert!(CustomApi::accept(body.as_bytes()).is_err());
    }
}
