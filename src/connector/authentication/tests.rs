use super::*;
use crate::definition::Severity;

fn described(name: &str, kind: SecurityKind) -> SecurityScheme {
    SecurityScheme {
        name: name.to_owned(),
        kind,
    }
}

fn key_in(location: KeyLocation, name: &str) -> SecurityScheme {
    described(
        "API Key",
        SecurityKind::ApiKey {
            name: name.to_owned(),
            location,
        },
    )
}

fn oauth(flow: OAuthFlow) -> SecurityScheme {
    let url = |path: &str| Some(format!("https://login.test/{path}"));
    described(
        "OAuth",
        SecurityKind::OAuth2 {
            flow,
            authorization_url: url("authorize"),
            token_url: url("token"),
            scopes: vec![
                ("read".into(), "Read things".into()),
                ("write".into(), "Write things".into()),
            ],
        },
    )
}

fn wish(value: Value) -> Authentication {
    serde_json::from_value(value).unwrap()
}

fn sent(credential: &Credential) -> Value {
    serde_json::to_value(&credential.parameters).unwrap()
}

fn codes(credential: &Credential) -> Vec<&'static str> {
    credential.remarks.iter().map(|remark| remark.code).collect()
}

#[test]
fn without_a_wish_the_first_scheme_counts() {
    let basic = described("b", SecurityKind::Basic);
    let key = key_in(KeyLocation::Query, "k");
    for (schemes, names) in [
        (vec![], vec![]),
        (vec![key.clone(), basic.clone()], vec!["api_key"]),
        (vec![basic, key], vec!["password", "username"]),
    ] {
        let credential = settle(&schemes, None).unwrap();
        assert_eq!(credential.parameters.keys().collect::<Vec<_>>(), names);
        assert!(
            credential
                .parameters
                .values()
                .all(|parameter| parameter.kind == "securestring")
        );
        assert_eq!(
            (credential.security, credential.remarks),
            (Security::Kept, vec![])
        );
    }
}

#[test]
fn every_field_of_a_form_is_required_by_a_text_and_says_what_it_is() {
    for wish in [
        wish(json!({ "apiKey": { "name": "X-Key", "in": "header" } })),
        wish(json!({ "basic": {} })),
    ] {
        for parameter in settle(&[], Some(&wish)).unwrap().parameters.values() {
            let form = parameter.ui_definition.as_ref().unwrap();
            assert_eq!(form["constraints"]["required"], "true");
            assert!(!form["displayName"].as_str().unwrap().is_empty());
            assert!(!form["description"].as_str().unwrap().is_empty());
        }
    }
}

#[test]
fn a_described_sign_in_becomes_a_token_that_still_lacks_its_client() {
    let credential = settle(&[oauth(OAuthFlow::AccessCode)], None).unwrap();
    assert_eq!(
        sent(&credential)["token"]["oAuthSettings"],
        json!({
            "identityProvider": "oauth2",
            "scopes": ["read", "write"],
            "redirectMode": "Global",
            "customParameters": {
                "authorizationUrl": { "value": "https://login.test/authorize" },
                "refreshUrl": { "value": "https://login.test/token" },
                "tokenUrl": { "value": "https://login.test/token" },
            },
        })
    );
    assert_eq!(codes(&credential), ["ClientIdMissing"]);
}

#[test]
fn a_flow_that_connectors_do_not_have_needs_a_wish() {
    for flow in [OAuthFlow::Implicit, OAuthFlow::Password, OAuthFlow::Application] {
        let error = settle(&[oauth(flow)], None).unwrap_err();
        assert!(matches!(error, AssemblyError::FlowNotSupported { .. }), "{error}");
        assert!(error.to_string().contains(flow.as_str()), "{error}");
        let credential = settle(&[oauth(flow)], Some(&wish(json!({ "basic": {} })))).unwrap();
        assert_eq!(codes(&credential), ["AuthenticationReplaced"]);
    }
}

#[test]
fn a_wish_that_the_description_shares_changes_nothing() {
    for (scheme, wished) in [
        (
            key_in(KeyLocation::Header, "x-api-key"),
            json!({ "apiKey": { "name": "X-API-Key", "in": "header" } }),
        ),
        (
            key_in(KeyLocation::Query, "key"),
            json!({ "apiKey": { "name": "key", "in": "query" } }),
        ),
        (described("b", SecurityKind::Basic), json!({ "basic": {} })),
        (
            oauth(OAuthFlow::AccessCode),
            json!({ "oauth2": { "clientId": "id" } }),
        ),
        (
            oauth(OAuthFlow::AccessCode),
            json!({ "entraId": { "clientId": "id", "resourceUri": "api://x" } }),
        ),
    ] {
        let credential = settle(&[scheme], Some(&wish(wished))).unwrap();
        assert_eq!(
            (credential.security, credential.remarks),
            (Security::Kept, vec![])
        );
    }
    let credential = settle(&[], Some(&wish(json!({ "none": {} })))).unwrap();
    assert_eq!(
        (credential.security, credential.remarks),
        (Security::Kept, vec![])
    );
}

#[test]
fn a_wish_for_a_later_scheme_makes_it_the_only_one_without_a_remark() {
    let schemes = [oauth(OAuthFlow::Implicit), key_in(KeyLocation::Header, "X-Key")];
    let credential = settle(
        &schemes,
        Some(&wish(json!({ "apiKey": { "name": "X-Key", "in": "header" } }))),
    )
    .unwrap();
    assert_eq!(credential.security, Security::Replaced(Some(schemes[1].clone())));
    assert_eq!(codes(&credential), Vec::<&str>::new());
}

#[test]
fn a_wish_that_disagrees_wins_and_is_remarked_without_quoting_the_description() {
    let canary = key_in(KeyLocation::Query, "canary");
    for (wished, replaced) in [
        (json!({ "none": {} }), None),
        (
            json!({ "basic": {} }),
            Some(described("basic_auth", SecurityKind::Basic)),
        ),
        (
            json!({ "apiKey": { "name": "X-Key", "in": "header" } }),
            Some(described(
                "api_key",
                SecurityKind::ApiKey {
                    name: "X-Key".into(),
                    location: KeyLocation::Header,
                },
            )),
        ),
        (
            json!({ "oauth2": { "clientId": "id", "identityProvider": "facebook" } }),
            None,
        ),
    ] {
        let credential = settle(std::slice::from_ref(&canary), Some(&wish(wished))).unwrap();
        assert_eq!(credential.security, Security::Replaced(replaced));
        assert_eq!(codes(&credential), ["AuthenticationReplaced"]);
        assert_eq!(credential.remarks[0].severity, Severity::Warning);
        assert!(!credential.remarks[0].message.contains("canary"));
    }
    let credential = settle(&[], Some(&wish(json!({ "basic": {} })))).unwrap();
    assert_eq!(codes(&credential), ["AuthenticationAdded"]);
}

#[test]
fn the_generic_provider_takes_its_addresses_from_spec_or_description_and_needs_both() {
    let full = json!({ "oauth2": {
        "clientId": "id", "clientSecretRef": { "name": "app", "key": "secret" }, "scopes": ["a b"],
        "authorizationUrl": "https://own.test/a", "tokenUrl": "https://own.test/t",
        "redirectMode": "GlobalPerConnector", "customParameters": { "refreshUrl": "https://own.test/r" } } });
    let credential = settle(&[oauth(OAuthFlow::AccessCode)], Some(&wish(full))).unwrap();
    assert_eq!(
        sent(&credential)["token"]["oAuthSettings"],
        json!({
            "identityProvider": "oauth2", "clientId": "id", "scopes": ["a b"], "redirectMode": "GlobalPerConnector",
            "customParameters": {
                "authorizationUrl": { "value": "https://own.test/a" },
                "refreshUrl": { "value": "https://own.test/r" },
                "tokenUrl": { "value": "https://own.test/t" },
            },
        })
    );
    let secret = KeyReference {
        name: "app".into(),
        key: "secret".into(),
    };
    assert_eq!(credential.secrets, BTreeMap::from([("token".to_owned(), secret)]));
    // other addresses than the description's are a disagreement
    assert_eq!(codes(&credential), ["AuthenticationReplaced"]);

    let bare = wish(json!({ "oauth2": { "clientId": "id", "tokenUrl": "https://own.test/t" } }));
    let error = settle(&[], Some(&bare)).unwrap_err();
    assert!(matches!(error, AssemblyError::OAuthUrlMissing { .. }), "{error}");
    assert!(error.to_string().contains("authorizationUrl"), "{error}");
}

#[test]
fn entra_id_is_sent_as_published_connectors_have_it() {
    let wished = wish(json!({ "entraId": {
        "clientId": "id", "resourceUri": "https://management.core.windows.net/",
        "loginUri": "https://login.windows.net", "enableOnBehalfOfLogin": false } }));
    let credential = settle(&[], Some(&wished)).unwrap();
    assert_eq!(
        sent(&credential)["token"]["oAuthSettings"],
        json!({
            "identityProvider": "aad", "clientId": "id", "redirectMode": "Global",
            "customParameters": {
                "enableOnbehalfOfLogin": { "value": "false" },
                "loginUri": { "value": "https://login.windows.net" },
                "resourceUri": { "value": "https://management.core.windows.net/" },
                "tenantId": { "value": "common" },
            },
        })
    );
    assert_eq!(
        sent(&credential)["token:TenantId"],
        json!({
            "type": "string",
            "metadata": { "sourceType": "AzureActiveDirectoryTenant" },
            "uiDefinition": { "constraints": { "hidden": "true", "required": "false" } },
        })
    );
    let Security::Replaced(Some(scheme)) = &credential.security else {
        panic!("{credential:?}")
    };
    let SecurityKind::OAuth2 {
        authorization_url, ..
    } = &scheme.kind
    else {
        panic!("{scheme:?}")
    };
    assert_eq!(
        authorization_url.as_deref(),
        Some("https://login.windows.net/common/oauth2/authorize")
    );
}

#[test]
fn what_is_sent_for_a_key_stays_what_it_is() {
    // A change here registers every such connector anew.
    let credential = settle(&[key_in(KeyLocation::Header, "X-Key")], None).unwrap();
    assert_eq!(
        sent(&credential),
        json!({ "api_key": { "type": "securestring", "uiDefinition": {
            "displayName": "API key",
            "description": "The key that calls to this API carry.",
            "tooltip": "The key that calls to this API carry.",
            "constraints": { "tabIndex": 2, "clearText": false, "required": "true" },
        } } })
    );
}
