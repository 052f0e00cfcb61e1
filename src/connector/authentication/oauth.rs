//! Sign-ins: the parameter `token` and the settings of its identity provider. No client.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    arm::{ConnectionParameter, ConnectionParameters, CustomParameter, OAuthSettings},
    connector::AssemblyError,
    crd::{
        KeyReference,
        authentication::{EntraId, OAuth2, RedirectMode},
    },
    definition::{SecurityKind, SecurityScheme},
};

/// The provider that takes its addresses from `customParameters`.
const GENERIC_PROVIDER: &str = "oauth2";

/// The sign-in of a description alone, which knows of no client.
pub(super) fn derived(
    authorization_url: Option<&str>,
    token_url: Option<&str>,
    scopes: Vec<String>,
) -> ConnectionParameters {
    token(OAuthSettings {
        identity_provider: Some(GENERIC_PROVIDER.to_owned()),
        scopes,
        redirect_mode: Some(redirect_mode(None)),
        custom_parameters: addresses(authorization_url, token_url, token_url),
        ..OAuthSettings::default()
    })
}

/// The generic authorization-code sign-in, or that of a provider which the backend knows by name. Scopes, and for
/// the generic provider addresses, that are not given are those of the `described` scheme.
pub(super) fn generic(
    wish: &OAuth2,
    described: Option<&SecurityScheme>,
) -> Result<(ConnectionParameters, BTreeMap<String, KeyReference>), AssemblyError> {
    let (mut authorization_url, mut token_url) =
        (wish.authorization_url.as_deref(), wish.token_url.as_deref());
    let provider = wish.identity_provider.as_deref().unwrap_or(GENERIC_PROVIDER);
    let generic = provider.eq_ignore_ascii_case(GENERIC_PROVIDER);
    let mut scopes = wish.scopes.clone();
    if let Some(SecurityKind::OAuth2 {
        authorization_url: authorize,
        token_url: tokens,
        scopes: listed,
        ..
    }) = described.map(|scheme| &scheme.kind)
    {
        scopes = scopes.or_else(|| Some(listed.iter().map(|(scope, _)| scope.clone()).collect()));
        if generic {
            authorization_url = authorization_url.or(authorize.as_deref());
            token_url = token_url.or(tokens.as_deref());
        }
    }
    let given = wish.custom_parameters.iter().flatten();
    let given = given
        .map(|(name, value)| (name.clone(), custom(value)))
        .collect::<BTreeMap<_, _>>();
    for (name, url) in [("authorizationUrl", authorization_url), ("tokenUrl", token_url)] {
        if generic && url.is_none() && !given.contains_key(name) {
            return Err(AssemblyError::OAuthUrlMissing { name });
        }
    }
    let mut custom_parameters = addresses(
        authorization_url,
        token_url,
        wish.refresh_url.as_deref().or(token_url),
    );
    custom_parameters.extend(given);
    let settings = OAuthSettings {
        identity_provider: Some(provider.to_owned()),
        client_id: Some(wish.client_id.clone()),
        scopes: scopes.unwrap_or_default(),
        redirect_mode: Some(redirect_mode(wish.redirect_mode)),
        custom_parameters,
        ..OAuthSettings::default()
    };
    Ok((token(settings), secret(wish.client_secret_ref.as_ref())))
}

/// Where users sign in to Entra ID unless the connector says otherwise (public cloud).
const LOGIN_URI: &str = "https://login.microsoftonline.com";
/// Any directory.
const TENANT: &str = "common";

/// A sign-in with Microsoft Entra ID.
pub(super) fn entra_id(wish: &EntraId) -> (ConnectionParameters, BTreeMap<String, KeyReference>) {
    let mut custom_parameters = BTreeMap::from([
        (
            "loginUri".to_owned(),
            custom(wish.login_uri.as_deref().unwrap_or(LOGIN_URI)),
        ),
        (
            "tenantId".to_owned(),
            custom(wish.tenant_id.as_deref().unwrap_or(TENANT)),
        ),
        ("resourceUri".to_owned(), custom(&wish.resource_uri)),
    ]);
    // text, as in published connectors, and with their capitals
    custom_parameters.extend(wish.enable_on_behalf_of_login.map(|enabled| {
        (
            "enableOnbehalfOfLogin".to_owned(),
            custom(if enabled { "true" } else { "false" }),
        )
    }));
    let settings = OAuthSettings {
        identity_provider: Some("aad".to_owned()),
        client_id: Some(wish.client_id.clone()),
        scopes: wish.scopes.clone().unwrap_or_default(),
        redirect_mode: Some(redirect_mode(None)),
        custom_parameters,
        ..OAuthSettings::default()
    };
    let mut parameters = token(settings);
    // 58 of the 59 published Entra connectors carry it, in exactly this shape.
    let directory = ConnectionParameter {
        kind: "string".to_owned(),
        metadata: Some(json!({ "sourceType": "AzureActiveDirectoryTenant" })),
        ui_definition: Some(json!({ "constraints": { "required": "false", "hidden": "true" } })),
        ..ConnectionParameter::default()
    };
    parameters.insert("token:TenantId".to_owned(), directory);
    (parameters, secret(wish.client_secret_ref.as_ref()))
}

/// Where Entra ID lets users agree, and where it issues tokens for a resource.
pub(super) fn entra_id_addresses(wish: &EntraId) -> (String, String) {
    let login_uri = wish
        .login_uri
        .as_deref()
        .unwrap_or(LOGIN_URI)
        .trim_end_matches('/');
    let authority = format!(
        "{login_uri}/{}/oauth2",
        wish.tenant_id.as_deref().unwrap_or(TENANT)
    );
    (format!("{authority}/authorize"), format!("{authority}/token"))
}

/// The name of the parameter that a sign-in fills.
const TOKEN: &str = "token";

fn token(settings: OAuthSettings) -> ConnectionParameters {
    let parameter = ConnectionParameter {
        kind: "oauthSetting".to_owned(),
        o_auth_settings: Some(settings),
        ui_definition: Some(json!({
            "displayName": "Sign in",
            "description": "Sign in to this API.",
            "tooltip": "Sign in to this API.",
            "constraints": { "required": "true" },
        })),
        ..ConnectionParameter::default()
    };
    BTreeMap::from([(TOKEN.to_owned(), parameter)])
}

fn secret(reference: Option<&KeyReference>) -> BTreeMap<String, KeyReference> {
    reference
        .map(|reference| (TOKEN.to_owned(), reference.clone()))
        .into_iter()
        .collect()
}

fn addresses(
    authorization: Option<&str>,
    token: Option<&str>,
    refresh: Option<&str>,
) -> BTreeMap<String, CustomParameter> {
    [
        ("authorizationUrl", authorization),
        ("tokenUrl", token),
        ("refreshUrl", refresh),
    ]
    .into_iter()
    .filter_map(|(name, url)| url.map(|url| (name.to_owned(), custom(url))))
    .collect()
}

/// One setting of an identity provider.
pub(in crate::connector) fn custom(value: &str) -> CustomParameter {
    CustomParameter {
        value: Some(value.into()),
        ..CustomParameter::default()
    }
}

/// The mode as the backend spells it; one address for all connectors unless wished otherwise.
pub(in crate::connector) fn redirect_mode(wish: Option<RedirectMode>) -> String {
    match wish {
        None | Some(RedirectMode::Global) => "Global",
        Some(RedirectMode::GlobalPerConnector) => "GlobalPerConnector",
    }
    .to_owned()
}
