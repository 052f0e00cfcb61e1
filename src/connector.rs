//! From a document and wishes to the registration that is sent. No client.
//!
//! [`assemble`] decides everything that does not depend on the backend: what a connection asks for, how the connector
//! presents itself, where the API answers, and the document that says the same. The backend's location and tags, and
//! the values of secrets, are added when it is sent.

mod authentication;
mod difference;
pub mod digest;
mod gateway;
mod parameters;
mod remark;
mod service;
mod shown;
pub mod tags;

use std::{collections::BTreeMap, fmt};

use secrecy::SecretString;
use serde_json::{json, value::RawValue};

use self::{
    authentication::{Credential, Security},
    difference::canonical,
    digest::sha256,
};
pub use self::{difference::differences, remark::Remark, service::set_service_url, shown::Shown};
use crate::{
    arm::{ConnectionParameters, CustomApi},
    crd::{
        CustomConnectorSpec, KeyReference,
        connector::{Capability, ConnectionKind},
    },
    definition::ConnectorDocument,
};

/// The largest document that the backend takes, in bytes of minified JSON: under 1 MB (Logic Apps documentation).
const DOCUMENT_LIMIT: usize = 1_000_000;
/// The longest display name that is taken from a description, in characters; as in the spec.
const DISPLAY_NAME_LIMIT: usize = 256;
/// The longest text that is taken from a description, in characters; as in the spec.
const DESCRIPTION_LIMIT: usize = 4096;

/// A connector as it is to be registered, the same for every backend.
#[derive(Clone)]
pub struct Registration {
    /// The name that people see.
    pub display_name: String,
    /// What it is for.
    pub description: Option<String>,
    /// `#RRGGBB`.
    pub brand_color: Option<String>,
    /// A data URI.
    pub icon_uri: Option<String>,
    /// `gateway` where a parameter asks for an on-premises gateway, else nothing.
    pub capabilities: Vec<String>,
    /// `V1`, `V2`: whose connections may use it; empty: as the backend decides.
    pub connection_kinds: Vec<String>,
    /// What a connection asks for.
    pub connection_parameters: ConnectionParameters,
    /// Where client secrets lie, by the parameter they belong to. Read at the last moment.
    pub secrets: BTreeMap<String, KeyReference>,
    /// Where the API answers; ends with the document's base path.
    pub service_url: String,
    /// The OpenAPI 2.0 document, minified.
    pub swagger: Box<RawValue>,
}

impl fmt::Debug for Registration {
    /// Without the document, which may come from a Secret, and without the icon's bytes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registration")
            .field("display_name", &self.display_name)
            .field("service_url", &self.service_url)
            .field("connection_parameters", &self.connection_parameters.keys())
            .field("swagger_bytes", &self.swagger.get().len())
            .finish_non_exhaustive()
    }
}

/// Why description and spec do not make a connector. Only an edit helps. Quotes nothing of the description.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The description's first scheme is an OAuth flow that connectors do not have.
    #[error(
        "the description's first security scheme is OAuth 2.0 with the {flow} flow, and connectors only do the \
         authorization code: set spec.authentication"
    )]
    FlowNotSupported {
        /// The flow's name in OpenAPI 2.0.
        flow: &'static str,
    },
    /// Neither spec nor description say where users sign in, or where tokens come from.
    #[error(
        "spec.authentication.oauth2 has no {name}, and the description's first security scheme has none either"
    )]
    OAuthUrlMissing {
        /// Which of the two, as the spec names it.
        name: &'static str,
    },
    /// The gateway knows no such way to authenticate.
    #[error(
        "connections through an on-premises gateway authenticate with user name and password or not at all, and not by \
         {kind}: set spec.authentication to basic or none, or take gateway off spec.capabilities"
    )]
    GatewayAuthentication {
        /// The way that was asked for.
        kind: &'static str,
    },
    /// A connection parameter that cannot be sent.
    #[error("spec.connectionParameters.{name}: {problem}")]
    ParameterInvalid {
        /// The parameter.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `spec.serviceUrl` cannot be where an API answers.
    #[error("spec.serviceUrl is not accepted: {problem}")]
    ServiceUrlInvalid {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Nobody says where the API answers.
    #[error("the description names no host: add it there, or set spec.serviceUrl")]
    ServiceUrlMissing,
    /// The document is too large once it says what the spec wants.
    #[error(
        "the document to be registered has {size} bytes, {} more than the backend takes: leave out operations, examples \
         or definitions",
        size.saturating_sub(DOCUMENT_LIMIT - 1)
    )]
    TooLarge {
        /// Its size as minified JSON, in bytes.
        size: usize,
    },
    /// The document does not serialise; a fault of ours.
    #[error("the document to be registered is not valid JSON")]
    NotJson(#[source] serde_json::Error),
}

/// The registration of `document` as the spec wishes, and what its author should know about it. `name` is what the
/// connector is registered under; `icon` is a data URI.
pub fn assemble(
    mut document: ConnectorDocument,
    spec: &CustomConnectorSpec,
    name: &str,
    icon: Option<String>,
) -> Result<(Registration, Vec<Remark>), AssemblyError> {
    let Credential {
        parameters: mut connection_parameters,
        mut secrets,
        security,
        remarks,
    } = authentication::settle(&document.security_schemes(), spec.authentication.as_ref())?;
    if let Security::Replaced(scheme) = security {
        document.replace_security(scheme.as_ref());
    }
    for (name, wanted) in spec.connection_parameters.iter().flatten() {
        let (parameter, secret) = parameters::parameter(name, wanted)?;
        connection_parameters.insert(name.clone(), parameter);
        // A parameter that takes the place of another takes its secret's place too.
        match secret {
            Some(reference) => secrets.insert(name.clone(), reference),
            None => secrets.remove(name),
        };
    }
    if spec
        .capabilities
        .as_ref()
        .is_some_and(|all| all.contains(&Capability::Gateway))
    {
        gateway::complete(&mut connection_parameters)?;
    }
    let service_url = service::settle(&mut document, spec.service_url.as_deref())?;
    let info = document.info();
    let title = Some(info.title.trim())
        .filter(|title| !title.is_empty())
        .unwrap_or(name);
    let registration = Registration {
        display_name: spec
            .display_name
            .clone()
            .unwrap_or_else(|| cut(title, DISPLAY_NAME_LIMIT)),
        description: spec
            .description
            .clone()
            .or_else(|| info.description.map(|text| cut(text.trim(), DESCRIPTION_LIMIT)))
            .filter(|text| !text.is_empty()),
        brand_color: spec.brand_color.clone(),
        icon_uri: icon,
        capabilities: gateway::capabilities(&connection_parameters),
        connection_kinds: connection_kinds(spec),
        connection_parameters,
        secrets,
        service_url,
        swagger: minified(&document)?,
    };
    Ok((registration, remarks))
}

impl Registration {
    /// `sha256:<hex>` of everything that is sent but tags and location, with the revision of each Secret in the
    /// place of its value. `revisions` are by parameter, as [`secrets`](Self::secrets).
    pub fn digest(&self, revisions: &BTreeMap<String, String>) -> String {
        let Self {
            display_name,
            description,
            brand_color,
            icon_uri,
            capabilities,
            connection_kinds,
            connection_parameters,
            secrets,
            service_url,
            swagger,
        } = self;
        let secrets: BTreeMap<_, _> = secrets
            .iter()
            .map(|(name, KeyReference { name: secret, key })| (name, (secret, key, revisions.get(name))))
            .collect();
        let mut head = json!({
            "displayName": display_name,
            "description": description,
            "brandColor": brand_color,
            "iconUri": icon_uri,
            "capabilities": capabilities,
            "connectionParameters": connection_parameters,
            "secrets": secrets,
            "serviceUrl": service_url,
        });
        // Only where it is set: what was registered before there was such a field is to stay as it is.
        if let Some(members) = head.as_object_mut().filter(|_| !connection_kinds.is_empty()) {
            members.insert("connectionKinds".to_owned(), json!(connection_kinds));
        }
        let head = canonical(head);
        // The head is one line of JSON, so no two pairs of head and document make the same text.
        sha256(format!("{head}\n{}", swagger.get()).as_bytes())
    }

    /// Whether users sign in with an identity provider, which has to allow the connector's redirect address.
    pub fn signs_in(&self) -> bool {
        let mut parameters = self.connection_parameters.values();
        parameters.any(|parameter| parameter.o_auth_settings.is_some())
    }

    /// What is sent to one backend.
    pub fn request(
        &self,
        location: &str,
        tags: BTreeMap<String, String>,
        client_secrets: BTreeMap<String, SecretString>,
    ) -> CustomApi {
        CustomApi {
            location: location.to_owned(),
            tags,
            display_name: Some(self.display_name.clone()),
            description: self.description.clone(),
            brand_color: self.brand_color.clone(),
            icon_uri: self.icon_uri.clone(),
            capabilities: Some(self.capabilities.clone()).filter(|capabilities| !capabilities.is_empty()),
            connection_kinds: self.connection_kinds.clone(),
            connection_parameters: self.connection_parameters.clone(),
            swagger: self.swagger.clone(),
            service_url: self.service_url.clone(),
            client_secrets,
        }
    }
}

/// Each kind once, in one order: the order of the spec means nothing.
fn connection_kinds(spec: &CustomConnectorSpec) -> Vec<String> {
    let asked = spec.connection_kinds.as_deref().unwrap_or_default();
    let kinds = [ConnectionKind::V1, ConnectionKind::V2].into_iter();
    kinds
        .filter(|kind| asked.contains(kind))
        .map(|kind| kind.as_str().to_owned())
        .collect()
}

fn minified(document: &ConnectorDocument) -> Result<Box<RawValue>, AssemblyError> {
    let text = document.to_json();
    if text.len() >= DOCUMENT_LIMIT {
        return Err(AssemblyError::TooLarge { size: text.len() });
    }
    RawValue::from_string(text).map_err(AssemblyError::NotJson)
}

/// The text, cut to `limit` characters where it is longer.
fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests;
