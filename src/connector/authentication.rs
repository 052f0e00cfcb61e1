//! From how calls authenticate to what a connection asks its user for. No client.
//!
//! A connector has one kind of credential. `spec.authentication` says which; where it is absent, the first
//! security scheme of the description does. The names of the parameters and their shapes are those of
//! published connectors (`api_key`; `username` and `password`; `token`): designers and backends know them.

pub(super) mod oauth;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{AssemblyError, Remark};
use crate::{
    arm::{ConnectionParameter, ConnectionParameters},
    crd::{
        Authentication, KeyReference,
        authentication::{ApiKey, KeyLocation as WantedLocation, OAuth2},
    },
    definition::{KeyLocation, OAuthFlow, SecurityKind, SecurityScheme},
};

/// What authentication comes to.
#[derive(Debug)]
pub(super) struct Credential {
    /// What a connection asks for.
    pub(super) parameters: ConnectionParameters,
    /// Where client secrets lie, by parameter.
    pub(super) secrets: BTreeMap<String, KeyReference>,
    /// What becomes of the description's security.
    pub(super) security: Security,
    /// What its author should know.
    pub(super) remarks: Vec<Remark>,
}

/// What becomes of the description's security.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Security {
    /// It is registered as it is.
    Kept,
    /// This scheme takes its place, or none.
    Replaced(Option<SecurityScheme>),
}

/// Settles on one credential: the wish where there is one, else the first of the description's `schemes`.
pub(super) fn settle(
    schemes: &[SecurityScheme],
    wish: Option<&Authentication>,
) -> Result<Credential, AssemblyError> {
    let Some(wish) = wish else {
        return derived(schemes.first());
    };
    let described = schemes.iter().find(|scheme| agrees(&scheme.kind, wish));
    let (parameters, secrets) = match wish {
        Authentication::None(_) => Default::default(),
        Authentication::ApiKey(key) => (api_key(key.display_name.as_deref()), BTreeMap::new()),
        Authentication::Basic(_) => (basic(), BTreeMap::new()),
        Authentication::Oauth2(settings) => oauth::generic(settings, described.or_else(|| schemes.first()))?,
        Authentication::EntraId(settings) => oauth::entra_id(settings),
    };
    let (security, remarks) = match (described, schemes) {
        (Some(_), [_]) => (Security::Kept, Vec::new()),
        (Some(scheme), _) => (Security::Replaced(Some(scheme.clone())), Vec::new()),
        (None, []) if matches!(wish, Authentication::None(_)) => (Security::Kept, Vec::new()),
        (None, []) => (
            Security::Replaced(scheme_of(wish)),
            vec![Remark::authentication_added()],
        ),
        (None, [first, ..]) => (
            Security::Replaced(scheme_of(wish)),
            vec![Remark::authentication_replaced(
                in_words(&first.kind),
                wish_in_words(wish),
            )],
        ),
    };
    Ok(Credential {
        parameters,
        secrets,
        security,
        remarks,
    })
}

/// The credential of a description whose connector wishes for nothing.
fn derived(scheme: Option<&SecurityScheme>) -> Result<Credential, AssemblyError> {
    let (parameters, remarks) = match scheme.map(|scheme| &scheme.kind) {
        None => Default::default(),
        Some(SecurityKind::ApiKey { .. }) => (api_key(None), Vec::new()),
        Some(SecurityKind::Basic) => (basic(), Vec::new()),
        Some(SecurityKind::OAuth2 {
            flow: OAuthFlow::AccessCode,
            authorization_url,
            token_url,
            scopes,
        }) => {
            let scopes = scopes.iter().map(|(scope, _)| scope.clone()).collect();
            let parameters = oauth::derived(authorization_url.as_deref(), token_url.as_deref(), scopes);
            (parameters, vec![Remark::client_id_missing()])
        }
        Some(SecurityKind::OAuth2 { flow, .. }) => {
            return Err(AssemblyError::FlowNotSupported { flow: flow.as_str() });
        }
    };
    Ok(Credential {
        parameters,
        secrets: BTreeMap::new(),
        security: Security::Kept,
        remarks,
    })
}

/// Whether the description says of the API what the connector wishes.
fn agrees(described: &SecurityKind, wish: &Authentication) -> bool {
    match (wish, described) {
        (Authentication::Basic(_), SecurityKind::Basic) => true,
        (Authentication::ApiKey(key), SecurityKind::ApiKey { name, location }) => {
            *location == location_of(key)
                && match location {
                    KeyLocation::Header => name.eq_ignore_ascii_case(&key.name),
                    KeyLocation::Query => *name == key.name,
                }
        }
        (
            Authentication::Oauth2(settings),
            SecurityKind::OAuth2 {
                flow: OAuthFlow::AccessCode,
                authorization_url,
                token_url,
                ..
            },
        ) => {
            let same = |wanted: &Option<String>, described: &Option<String>| {
                wanted.is_none() || described.is_none() || wanted == described
            };
            same(&settings.authorization_url, authorization_url) && same(&settings.token_url, token_url)
        }
        (Authentication::EntraId(_), SecurityKind::OAuth2 { flow, .. }) => *flow == OAuthFlow::AccessCode,
        (
            Authentication::None(_)
            | Authentication::Basic(_)
            | Authentication::ApiKey(_)
            | Authentication::Oauth2(_)
            | Authentication::EntraId(_),
            SecurityKind::Basic | SecurityKind::ApiKey { .. } | SecurityKind::OAuth2 { .. },
        ) => false,
    }
}

/// The scheme that says in OpenAPI 2.0 what is wished; none where it cannot be said there, which published
/// connectors do as well for providers that the backend knows by name.
fn scheme_of(wish: &Authentication) -> Option<SecurityScheme> {
    let (name, kind) = match wish {
        Authentication::None(_) => return None,
        Authentication::Basic(_) => ("basic_auth", SecurityKind::Basic),
        Authentication::ApiKey(key) => (
            "api_key",
            SecurityKind::ApiKey {
                name: key.name.clone(),
                location: location_of(key),
            },
        ),
        Authentication::Oauth2(OAuth2 {
            authorization_url,
            token_url,
            scopes,
            ..
        }) => {
            let (authorization_url, token_url) = (authorization_url.as_ref()?, token_url.as_ref()?);
            (
                "oauth2_auth",
                access_code(authorization_url.clone(), token_url.clone(), scopes.as_deref()),
            )
        }
        Authentication::EntraId(settings) => {
            let (authorize, token) = oauth::entra_id_addresses(settings);
            (
                "oauth2_auth",
                access_code(authorize, token, settings.scopes.as_deref()),
            )
        }
    };
    Some(SecurityScheme {
        name: name.to_owned(),
        kind,
    })
}

fn access_code(authorization_url: String, token_url: String, scopes: Option<&[String]>) -> SecurityKind {
    SecurityKind::OAuth2 {
        flow: OAuthFlow::AccessCode,
        authorization_url: Some(authorization_url),
        token_url: Some(token_url),
        scopes: scopes
            .unwrap_or_default()
            .iter()
            .map(|scope| (scope.clone(), scope.clone()))
            .collect(),
    }
}

fn location_of(key: &ApiKey) -> KeyLocation {
    match key.r#in {
        WantedLocation::Header => KeyLocation::Header,
        WantedLocation::Query => KeyLocation::Query,
    }
}

fn api_key(display_name: Option<&str>) -> ConnectionParameters {
    let display_name = display_name.unwrap_or("API key");
    let form = field(display_name, "The key that calls to this API carry.", 2, false);
    BTreeMap::from([("api_key".to_owned(), secure(form))])
}

fn basic() -> ConnectionParameters {
    let username = field(
        "User name",
        "The user name that calls to this API carry.",
        2,
        true,
    );
    let password = field("Password", "The password that calls to this API carry.", 3, false);
    BTreeMap::from([
        ("username".to_owned(), secure(username)),
        ("password".to_owned(), secure(password)),
    ])
}

fn secure(form: Value) -> ConnectionParameter {
    ConnectionParameter {
        kind: "securestring".to_owned(),
        ui_definition: Some(form),
        ..ConnectionParameter::default()
    }
}

/// A field of the form in which a connection is made. `required` is text, as in published connectors.
fn field(display_name: &str, description: &str, tab_index: u8, clear_text: bool) -> Value {
    json!({
        "displayName": display_name,
        "description": description,
        "tooltip": description,
        "constraints": { "tabIndex": tab_index, "clearText": clear_text, "required": "true" },
    })
}

fn in_words(kind: &SecurityKind) -> &'static str {
    match kind {
        SecurityKind::Basic => "user name and password",
        SecurityKind::ApiKey {
            location: KeyLocation::Header,
            ..
        } => "a key in a header",
        SecurityKind::ApiKey {
            location: KeyLocation::Query,
            ..
        } => "a key in the query",
        SecurityKind::OAuth2 { flow, .. } => match flow {
            OAuthFlow::AccessCode => "OAuth 2.0",
            OAuthFlow::Implicit => "OAuth 2.0 with the implicit flow",
            OAuthFlow::Password => "OAuth 2.0 with the password flow",
            OAuthFlow::Application => "OAuth 2.0 with the application flow",
        },
    }
}

fn wish_in_words(wish: &Authentication) -> &'static str {
    match wish {
        Authentication::None(_) => "none",
        Authentication::ApiKey(_) => "apiKey",
        Authentication::Basic(_) => "basic",
        Authentication::Oauth2(_) => "oauth2",
        Authentication::EntraId(_) => "entraId",
    }
}

#[cfg(test)]
mod tests;
