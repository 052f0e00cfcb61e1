//! Connections as they are sent, kept and shown. No client.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    body::{self, Envelope, Tags},
    refusal::Refusal,
    secrets::is_secure,
    target::{Address, Kind},
};

/// The error code for a PATCH that would change more than tags.
pub(super) const PATCH_CODE: &str = "PatchApiConnectionPropertiesNotSupported";

/// A connection that was accepted. Holds secrets, so it has no `Debug`.
pub(super) struct Connection {
    pub(super) location: String,
    pub(super) tags: Option<Tags>,
    /// `V1` or `V2`, where the caller said so.
    pub(super) kind: Option<String>,
    /// The id of the API it is made for.
    pub(super) api: String,
    display_name: Option<String>,
    values: Map<String, Value>,
    hidden: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    display_name: Option<String>,
    api: Option<Api>,
    parameter_values: Option<Map<String, Value>>,
    custom_parameter_values: Option<Map<String, Value>>,
    non_secret_parameter_values: Option<Map<String, Value>>,
    parameter_value_set: Option<Value>,
    alternative_parameter_values: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Api {
    id: Option<String>,
}

impl Connection {
    /// Accepts a body, or says what is wrong with it.
    pub(super) fn accept(body: &[u8]) -> Result<Self, Refusal> {
        let Envelope {
            location,
            tags,
            kind,
            properties,
        } = body::read::<Envelope<Properties>>(body)?;
        let location = body::location(location.as_deref())?;
        if let Some(tags) = &tags {
            body::check_tags(tags)?;
        }
        let no_api = || {
            Refusal::bad_request(
                "InvalidApiConnection",
                "`properties.api.id` must be the id of a custom connector or of a managed API.",
            )
        };
        let properties = properties.ok_or_else(no_api)?;
        let api = properties
            .api
            .and_then(|api| api.id)
            .filter(|id| is_api(id))
            .ok_or_else(no_api)?;
        let hidden = [
            (
                "customParameterValues",
                properties.custom_parameter_values.map(Value::Object),
            ),
            ("parameterValueSet", properties.parameter_value_set),
            (
                "alternativeParameterValues",
                properties.alternative_parameter_values.map(Value::Object),
            ),
        ];
        let hidden = hidden
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        let mut values = properties.non_secret_parameter_values.unwrap_or_default();
        values.extend(properties.parameter_values.unwrap_or_default());
        Ok(Self {
            location,
            tags,
            kind,
            api,
            display_name: properties.display_name,
            values,
            hidden,
        })
    }

    /// The custom connector it is made for, if it is one.
    pub(super) fn custom_api(&self) -> Option<Address> {
        Address::of_id(&self.api).filter(|address| address.kind == Kind::CustomApis)
    }

    /// What is shown and what is hidden. `custom_api` is what its connector shows; without it (a managed API)
    /// the types of the parameters are unknown, so every value counts as a secret.
    pub(super) fn split(
        &self,
        custom_api: Option<&Value>,
        created: Timestamp,
        now: Timestamp,
    ) -> (String, String) {
        let declared = |name: &str| {
            custom_api?
                .get("connectionParameters")?
                .get(name)?
                .get("type")?
                .as_str()
        };
        let is_open =
            |name: &str| declared(name).is_some_and(|kind| !is_secure(kind) && kind != "oauthSetting");
        let (open, secret): (Map<_, _>, Map<_, _>) = self
            .values
            .clone()
            .into_iter()
            .partition(|(name, _)| is_open(name));
        let mut shown = json!({
            "statuses": [status(custom_api)],
            "customParameterValues": {},
            "nonSecretParameterValues": open,
            "createdTime": created.to_string(),
            "changedTime": now.to_string(),
            "api": self.api_shown(custom_api),
            "testLinks": [],
        });
        if let (Some(name), Some(members)) = (&self.display_name, shown.as_object_mut()) {
            members.insert("displayName".to_owned(), name.as_str().into());
        }
        let mut hidden = self.hidden.clone();
        hidden.insert("parameterValues".to_owned(), Value::Object(secret));
        (shown.to_string(), Value::Object(hidden).to_string())
    }

    fn api_shown(&self, custom_api: Option<&Value>) -> Value {
        let name = self.api.rsplit('/').next().unwrap_or_default();
        let mut api = Map::from_iter([("name".to_owned(), Value::from(name))]);
        for member in ["displayName", "description", "iconUri", "brandColor"] {
            let value = custom_api.and_then(|api| api.get(member)).filter(|value| {
                // An icon sent inline may have a megabyte; the connector shows it.
                !value.as_str().is_some_and(|text| text.starts_with("data:"))
            });
            if let Some(value) = value {
                api.insert(member.to_owned(), value.clone());
            }
        }
        api.insert("id".to_owned(), self.api.as_str().into());
        let kind = if custom_api.is_some() {
            "Microsoft.Web/customApis"
        } else {
            "Microsoft.Web/locations/managedApis"
        };
        api.insert("type".to_owned(), kind.into());
        Value::Object(api)
    }
}

/// A connection whose connector signs in by OAuth waits for a user's consent.
fn status(custom_api: Option<&Value>) -> Value {
    let parameters = custom_api
        .and_then(|api| api.get("connectionParameters"))
        .and_then(Value::as_object);
    let consent = parameters
        .into_iter()
        .flatten()
        .find(|(_, parameter)| parameter.get("type").and_then(Value::as_str) == Some("oauthSetting"));
    match consent {
        Some((name, _)) => json!({
            "status": "Unauthenticated",
            "target": name,
            "error": {"code": "Unauthenticated", "message": "The connection waits for a user to sign in."},
        }),
        None => json!({"status": "Connected"}),
    }
}

fn is_api(id: &str) -> bool {
    let managed = {
        let segments: Vec<&str> = id.split('/').skip(1).collect();
        match segments.as_slice() {
            ["subscriptions", _, providers, web, locations, _, apis, name] => {
                providers.eq_ignore_ascii_case("providers")
                    && web.eq_ignore_ascii_case("Microsoft.Web")
                    && locations.eq_ignore_ascii_case("locations")
                    && apis.eq_ignore_ascii_case("managedApis")
                    && !name.is_empty()
            }
            _ => false,
        }
    };
    managed || Address::of_id(id).is_some_and(|address| address.kind == Kind::CustomApis)
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/customApis/a";

    fn connection(values: &Value) -> Connection {
        let body = json!({"location": "l", "properties": {"api": {"id": API}, "parameterValues": values}});
        Connection::accept(body.to_string().as_bytes()).ok().unwrap()
    }

    #[test]
    fn only_values_of_open_types_are_shown() {
        let api = json!({"connectionParameters": {
            "api_key": {"type": "securestring"}, "region": {"type": "string"}, "unknown": {},
        }});
        let sent = connection(
            &json!({"api_key": "canary", "region": "eu", "unknown": "canary", "absent": "canary"}),
        );
        let (shown, hidden) = sent.split(Some(&api), Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        assert!(!shown.contains("canary"), "{shown}");
        assert!(
            shown.contains(r#""nonSecretParameterValues":{"region":"eu"}"#),
            "{shown}"
        );
        assert!(hidden.contains("canary") && !hidden.contains("\"eu\""));
        let (shown, _) = sent.split(None, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        assert!(
            !shown.contains("\"eu\""),
            "types of a managed API are unknown: {shown}"
        );
    }

    #[test]
    fn a_connection_that_needs_consent_says_so() {
        let api = json!({"connectionParameters": {"token": {"type": "oauthSetting"}}});
        assert_eq!(status(Some(&api))["error"]["code"], "Unauthenticated");
        assert_eq!(status(Some(&json!({}))), json!({"status": "Connected"}));
    }

    #[test]
    fn a_connection_is_for_a_custom_connector_or_a_managed_api() {
        assert!(is_api(API));
        assert!(is_api(
            "/subscriptions/s/providers/Microsoft.Web/locations/l/managedApis/m"
        ));
        for id in [
            "",
            "/",
            "/subscriptions/s",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/connections/c",
        ] {
            assert!(!is_api(id), "{id}");
        }
    }
}
