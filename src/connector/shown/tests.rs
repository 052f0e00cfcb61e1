use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::connector::{difference::tests::any_value, tests::assembled};

type Change = fn(&mut CustomApiObserved);

/// What a backend would show of the registration: as sent, with what backends add, in another order of members.
fn observed(registration: &Registration) -> CustomApiObserved {
    let mut parameters = registration.connection_parameters.clone();
    for settings in parameters
        .values_mut()
        .filter_map(|parameter| parameter.o_auth_settings.as_mut())
    {
        settings.redirect_url = Some("https://consent.test/redirect".into());
        settings.properties = Some(json!({ "IsFirstParty": "False" }));
    }
    let icon = registration
        .icon_uri
        .clone()
        .unwrap_or_else(|| "/Content/default-icon.svg".into());
    serde_json::from_value(json!({
        "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/customApis/pets",
        "properties": {
            "displayName": registration.display_name, "description": registration.description,
            "brandColor": registration.brand_color.as_ref().map(|colour| colour.to_lowercase()), "iconUri": icon,
            "capabilities": registration.capabilities, "connectionParameters": parameters,
        },
    }))
    .unwrap()
}

#[test]
fn what_a_list_shows_hashes_as_what_was_sent_and_each_change_shows_by_path() {
    let wishes = json!({ "brandColor": "#AABBCC",
        "authentication": { "oauth2": { "clientId": "id", "identityProvider": "facebook" } } });
    let wanted = assembled(json!({}), wishes);
    let shown = Shown::from(&wanted);
    assert_eq!(shown.hash(), Shown::from(&observed(&wanted)).hash());
    assert_eq!(shown.hash().len(), 16);
    let changes: [(&str, Change); 5] = [
        ("displayName", |seen| seen.display_name = Some("canary".into())),
        ("brandColor", |seen| seen.brand_color = None),
        ("iconUri", |seen| {
            seen.icon_uri = Some("data:image/png;base64,canary".into());
        }),
        ("connectionParameters.token.oAuthSettings.clientId", |seen| {
            let settings = seen
                .connection_parameters
                .get_mut("token")
                .unwrap()
                .o_auth_settings
                .as_mut();
            settings.unwrap().client_id = Some("canary".into());
        }),
        ("connectionParameters.extra", |seen| {
            seen.connection_parameters
                .insert("extra".into(), ConnectionParameter::default());
        }),
    ];
    for (path, change) in changes {
        let mut seen = observed(&wanted);
        change(&mut seen);
        let seen = Shown::from(&seen);
        assert_eq!(shown.differences(&seen), [path]);
        assert_ne!(shown.hash(), seen.hash());
    }
}

proptest! {
    #[test]
    fn hashes_differ_exactly_where_there_is_a_path(one in any_value(), other in any_value()) {
        let with = |value: Value| {
            let settings = OAuthSettings { additional_parameters: Some(value.clone()), ..OAuthSettings::default() };
            let parameter = ConnectionParameter {
                ui_definition: Some(value), o_auth_settings: Some(settings), ..ConnectionParameter::default()
            };
            let parameters = BTreeMap::from([("p".to_owned(), parameter)]);
            let mut seen = observed(&assembled(json!({}), json!({})));
            seen.connection_parameters = parameters;
            Shown::from(&seen)
        };
        let (one, other) = (with(one), with(other));
        prop_assert_eq!(one.differences(&other).is_empty(), one.hash() == other.hash());
    }
}
