//! The two-file form of a connector: its document, its properties, and its icon. No client.
//!
//! The form is that of Microsoft's published connectors and of its schemas for them (paconn-apiProperties,
//! apiDefinition.swagger).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{arm::ConnectionParameter, connector::Registration};

/// The colour that stands where a connector has none; the portal's own.
const DEFAULT_COLOUR: &str = "#007ee5";
/// Types of connection parameters that the form has.
const TYPES: [&str; 6] = [
    "string",
    "securestring",
    "int",
    "bool",
    "oauthSetting",
    "gatewaySetting",
];

/// The files, and what of the connector they cannot hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Files {
    definition: Vec<u8>,
    properties: Vec<u8>,
    /// Name and bytes.
    icon: Option<(&'static str, Vec<u8>)>,
    pub(super) remarks: Vec<String>,
}

impl Files {
    /// The files of what is registered.
    pub(super) fn of(registration: &Registration) -> Result<Self, serde_json::Error> {
        let mut remarks = Vec::new();
        let mut document: Value = serde_json::from_str(registration.swagger.get())?;
        // The form has no other place for them.
        if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
            info.insert("title".to_owned(), registration.display_name.as_str().into());
            if let Some(description) = &registration.description {
                info.insert("description".to_owned(), description.as_str().into());
            }
        }
        let icon = registration.icon_uri.as_deref().and_then(icon);
        let colour = registration.brand_color.as_deref().unwrap_or_else(|| {
            remarks.push(format!(
                "spec.brandColor is not set: iconBrandColor is {DEFAULT_COLOUR}, which Microsoft's review does not accept"
            ));
            DEFAULT_COLOUR
        });
        for (name, parameter) in &registration.connection_parameters {
            remarks.extend(unfit(name, parameter));
        }
        let properties = json!({ "properties": {
            "iconBrandColor": colour,
            "capabilities": registration.capabilities,
            "connectionParameters": registration.connection_parameters,
        } });
        Ok(Self {
            definition: pretty(&document)?,
            properties: pretty(&properties)?,
            icon,
            remarks,
        })
    }

    /// Each file's name and bytes.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let Self {
            definition,
            properties,
            icon,
            remarks: _,
        } = self;
        let two = [
            ("apiDefinition.swagger.json", definition.as_slice()),
            ("apiProperties.json", properties.as_slice()),
        ];
        two.into_iter()
            .chain(icon.iter().map(|(name, bytes)| (*name, bytes.as_slice())))
    }
}

/// What of a parameter the form does not have.
fn unfit(name: &str, parameter: &ConnectionParameter) -> Option<String> {
    if !TYPES.contains(&parameter.kind.as_str()) {
        return Some(format!(
            "connection parameter {name} has the type {}, which Microsoft's form of properties does not have",
            parameter.kind
        ));
    }
    if parameter.gateway_settings.is_some() {
        return Some(format!(
            "connection parameter {name} has gatewaySettings, which Microsoft's form of properties does not have"
        ));
    }
    let settings = parameter.o_auth_settings.as_ref()?;
    if settings.redirect_mode.as_deref() == Some("GlobalPerConnector") {
        return Some(format!(
            "connection parameter {name} has redirectMode GlobalPerConnector, which published connectors use and \
             Microsoft's schema does not have"
        ));
    }
    let own = settings.custom_parameters.contains_key("enableOnbehalfOfLogin");
    own.then(|| {
        format!(
            "connection parameter {name} has enableOnbehalfOfLogin, which published connectors use and Microsoft's \
             schema does not have"
        )
    })
}

/// The bytes of a data URI, and what the file is called.
fn icon(uri: &str) -> Option<(&'static str, Vec<u8>)> {
    let (media_type, text) = uri.strip_prefix("data:")?.split_once(";base64,")?;
    let name = if media_type == "image/png" {
        "icon.png"
    } else {
        "icon.jpg"
    };
    STANDARD.decode(text).ok().map(|bytes| (name, bytes))
}

fn pretty(value: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
