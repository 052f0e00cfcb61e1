//! What a backend's list shows of a connector, and a short hash of it. No client.
//!
//! Neither the document nor the service's address is in a list. What is there is hashed when it is sent, the hash is
//! kept in a tag, and a list that hashes to something else shows that somebody changed the connector: without the
//! document, and without a call for it.

use serde_json::{Map, Value};

use super::{
    Registration,
    difference::{canonical, differences},
    digest::sha256,
};
use crate::arm::{ConnectionParameter, ConnectionParameters, CustomApiObserved, OAuthSettings};

/// Digits of the hash: chance alone lets one change in 2^64 pass.
const DIGITS: usize = 16;

/// The listed part of a connector, in one form for what is wanted and what is observed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown(Value);

impl Shown {
    /// The hash that is kept in the tag `connectors.dev.shown`.
    pub fn hash(&self) -> String {
        sha256(self.0.to_string().as_bytes())
            .chars()
            .skip("sha256:".len())
            .take(DIGITS)
            .collect()
    }

    /// The paths at which the observed differs; none exactly where the hashes are equal.
    pub fn differences(&self, observed: &Self) -> Vec<String> {
        differences(&self.0, &observed.0)
    }

    fn new(parts: Parts<'_>) -> Self {
        let mut members = Map::new();
        let Parts {
            display_name,
            description,
            brand_color,
            icon_uri,
            capabilities,
            connection_kinds,
            connection_parameters,
        } = parts;
        let colour = brand_color.map(str::to_ascii_lowercase);
        // Where no icon was sent, a backend shows one of its own; ours are always data.
        let icon = icon_uri.filter(|uri| uri.starts_with("data:"));
        for (name, text) in [
            ("displayName", display_name),
            ("description", description),
            ("brandColor", colour.as_deref()),
            ("iconUri", icon),
        ] {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                members.insert(name.to_owned(), text.into());
            }
        }
        if !capabilities.is_empty() {
            members.insert("capabilities".to_owned(), capabilities.into());
        }
        if !connection_kinds.is_empty() {
            members.insert("supportedConnectionKinds".to_owned(), connection_kinds.into());
        }
        let parameters = connection_parameters.iter();
        let parameters = parameters.map(|(name, parameter)| (name.clone(), shown_parameter(parameter)));
        members.insert("connectionParameters".to_owned(), parameters.collect());
        Self(canonical(Value::Object(members)))
    }
}

#[derive(Clone, Copy)]
struct Parts<'a> {
    display_name: Option<&'a str>,
    description: Option<&'a str>,
    brand_color: Option<&'a str>,
    icon_uri: Option<&'a str>,
    capabilities: &'a [String],
    connection_kinds: &'a [String],
    connection_parameters: &'a ConnectionParameters,
}

impl From<&Registration> for Shown {
    fn from(wanted: &Registration) -> Self {
        Self::new(Parts {
            display_name: Some(&wanted.display_name),
            description: wanted.description.as_deref(),
            brand_color: wanted.brand_color.as_deref(),
            icon_uri: wanted.icon_uri.as_deref(),
            capabilities: &wanted.capabilities,
            connection_kinds: &wanted.connection_kinds,
            connection_parameters: &wanted.connection_parameters,
        })
    }
}

impl From<&CustomApiObserved> for Shown {
    fn from(observed: &CustomApiObserved) -> Self {
        Self::new(Parts {
            display_name: observed.display_name.as_deref(),
            description: observed.description.as_deref(),
            brand_color: observed.brand_color.as_deref(),
            icon_uri: observed.icon_uri.as_deref(),
            capabilities: &observed.capabilities,
            connection_kinds: &observed.connection_kinds,
            connection_parameters: &observed.connection_parameters,
        })
    }
}

/// A parameter without what the backend adds to it, and without nulls, which mean absence.
fn shown_parameter(parameter: &ConnectionParameter) -> Value {
    let o_auth_settings = parameter.o_auth_settings.as_ref().map(|settings| OAuthSettings {
        redirect_url: None,
        properties: None,
        ..settings.clone()
    });
    let parameter = ConnectionParameter {
        o_auth_settings,
        ..parameter.clone()
    };
    without_nulls(serde_json::to_value(parameter).unwrap_or_default())
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(test)]
mod tests;
