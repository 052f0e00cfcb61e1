mod backend;

use serde_json::Value;

use super::*;
use crate::{
    arm::ConnectionParameter,
    definition::{Settings, check},
};

pub(super) fn document(extra: &Value) -> ConnectorDocument {
    let mut described = json!({
        "swagger": "2.0",
        "info": { "title": "Pets", "version": "1", "description": "Knows every pet that lives in the shop." },
        "host": "api.example.com", "basePath": "/v1", "schemes": ["http", "https"],
        "securityDefinitions": { "API Key": { "type": "apiKey", "name": "X-Key", "in": "header" } },
        "security": [{ "API Key": [] }],
        "paths": { "/pets": { "get": {
            "operationId": "ListPets", "summary": "List pets",
            "responses": { "200": { "description": "All of them." } } } } },
    });
    for (name, value) in extra.as_object().unwrap() {
        described[name] = value.clone();
    }
    let settings = Settings {
        service_url: Some("https://api.example.com".to_owned()),
        ..Settings::default()
    };
    let checked = check(described.to_string().as_bytes(), &settings);
    checked
        .connector
        .unwrap_or_else(|| panic!("{:?}", checked.findings))
}

pub(super) fn spec(wishes: &Value) -> CustomConnectorSpec {
    let mut spec = json!({ "definition": { "inline": "x" } });
    for (name, value) in wishes.as_object().unwrap() {
        spec[name] = value.clone();
    }
    serde_json::from_value(spec).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "the callers write both in place")]
pub(super) fn assembled(extra: Value, wishes: Value) -> Registration {
    assemble(document(&extra), &spec(&wishes), "pets", None)
        .unwrap()
        .0
}

fn swagger(registration: &Registration) -> Value {
    serde_json::from_str(registration.swagger.get()).unwrap()
}

fn digest(registration: &Registration) -> String {
    registration.digest(&BTreeMap::new())
}

#[test]
fn what_the_spec_leaves_open_comes_from_the_description() {
    let registration = assembled(json!({}), json!({}));
    assert_eq!(registration.display_name, "Pets");
    assert_eq!(
        registration.description.as_deref(),
        Some("Knows every pet that lives in the shop.")
    );
    assert_eq!(
        (&registration.brand_color, &registration.icon_uri),
        (&None, &None)
    );
    assert_eq!(registration.service_url, "https://api.example.com/v1");
    assert_eq!(
        registration.connection_parameters.keys().collect::<Vec<_>>(),
        ["api_key"]
    );

    let wishes = json!({ "displayName": "Own", "description": "Mine", "brandColor": "#AABBCC" });
    let registration = assembled(json!({}), wishes);
    assert_eq!(registration.display_name, "Own");
    assert_eq!(registration.description.as_deref(), Some("Mine"));
    assert_eq!(registration.brand_color.as_deref(), Some("#AABBCC"));
}

#[test]
fn texts_of_the_description_are_cut_and_a_blank_title_gives_way_to_the_name() {
    let info =
        json!({ "info": { "title": "ü".repeat(300), "version": "1", "description": "d".repeat(5000) } });
    let registration = assembled(info, json!({}));
    assert_eq!(registration.display_name.chars().count(), DISPLAY_NAME_LIMIT);
    assert_eq!(
        registration.description.unwrap().chars().count(),
        DESCRIPTION_LIMIT
    );
    let registration = assembled(json!({ "info": { "title": " ", "version": "1" } }), json!({}));
    assert_eq!(
        (registration.display_name.as_str(), registration.description),
        ("pets", None)
    );
}

#[test]
fn the_address_always_ends_with_the_base_path_of_the_document() {
    for (extra, wish, address) in [
        (json!({}), None, "https://api.example.com/v1"),
        (json!({ "basePath": "/" }), None, "https://api.example.com/"),
        (json!({ "schemes": ["http"] }), None, "http://api.example.com/v1"),
        (
            json!({}),
            Some("https://eu.example.com"),
            "https://eu.example.com/",
        ),
        (
            json!({}),
            Some("https://eu.example.com:8443/v2/"),
            "https://eu.example.com:8443/v2",
        ),
        (json!({}), Some("http://intern/pets/v2"), "http://intern/pets/v2"),
    ] {
        let wishes = wish.map_or(json!({}), |wish| json!({ "serviceUrl": wish }));
        let registration = assembled(extra, wishes);
        assert_eq!(registration.service_url, address);
        let swagger = swagger(&registration);
        let base_path = swagger["basePath"].as_str().unwrap();
        assert!(
            registration.service_url.ends_with(base_path),
            "{address} {base_path}"
        );
        assert!(address.contains(swagger["host"].as_str().unwrap()));
        assert!(
            swagger["schemes"]
                .as_array()
                .unwrap()
                .contains(&address.split(':').next().unwrap().into())
        );
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    for wish in [
        "https://",
        "ftp://a.test/",
        "https://u:p@a.test/",
        "https://a.test/?q=1",
        "a.test",
    ] {
        let error = assemble(
            document(&json!({})),
            &spec(&json!({ "serviceUrl": wish })),
            "pets",
            None,
        )
        .unwrap_err();
        assert!(
            matches!(error, AssemblyError::ServiceUrlInvalid { .. }),
            "{wish}: {error}"
        );
    }
}

#[test]
fn a_wish_for_authentication_is_what_the_document_says_too() {
    let wishes = json!({ "authentication": { "basic": {} } });
    let (registration, remarks) = assemble(document(&json!({})), &spec(&wishes), "pets", None).unwrap();
    let swagger = swagger(&registration);
    assert_eq!(
        swagger["securityDefinitions"],
        json!({ "basic_auth": { "type": "basic" } })
    );
    assert_eq!(swagger["security"], json!([{ "basic_auth": [] }]));
    assert_eq!(
        registration.connection_parameters.keys().collect::<Vec<_>>(),
        ["password", "username"]
    );
    assert_eq!(remarks[0].code, "AuthenticationReplaced");
}

#[test]
fn connection_parameters_are_laid_over_what_authentication_yields() {
    let wishes = json!({
        "authentication": { "oauth2": { "clientId": "id", "identityProvider": "facebook",
                                        "clientSecretRef": { "name": "a", "key": "k" } } },
        "connectionParameters": { "region": { "type": "string" }, "gateway": { "type": "gatewaySetting" } },
    });
    let registration = assembled(json!({}), wishes.clone());
    assert_eq!(
        registration.connection_parameters.keys().collect::<Vec<_>>(),
        ["gateway", "region", "token"]
    );
    assert_eq!(registration.capabilities, ["gateway"]);
    assert!(registration.secrets.contains_key("token"));
    // a parameter in the place of another takes its secret away
    let mut wishes = wishes;
    wishes["connectionParameters"]["token"] = json!({ "type": "string" });
    assert!(assembled(json!({}), wishes).secrets.is_empty());
}

#[test]
fn a_document_that_grows_too_large_is_refused_with_by_how_much() {
    let room = DOCUMENT_LIMIT
        - swagger(&assembled(json!({ "x-fill": "" }), json!({})))
            .to_string()
            .len();
    let fill = |bytes: usize| json!({ "x-fill": "x".repeat(bytes) });
    let wishes = json!({ "serviceUrl": "https://a-rather-longer-name.example.com/v1" });
    let sound = document(&fill(room - 1));
    let error = assemble(sound, &spec(&wishes), "pets", None).unwrap_err();
    assert!(matches!(error, AssemblyError::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains(" bytes, "), "{error}");
}

#[test]
fn the_digest_moves_with_everything_that_is_sent_and_with_secrets_but_not_with_tags() {
    let wishes = json!({ "authentication": { "entraId": {
        "clientId": "id", "resourceUri": "r", "clientSecretRef": { "name": "a", "key": "k" } } } });
    let base = assembled(json!({}), wishes.clone());
    let same = assembled(json!({}), wishes);
    assert_eq!(digest(&base), digest(&same));
    let revision = |text: &str| BTreeMap::from([("token".to_owned(), text.to_owned())]);
    let others = [
        base.digest(&revision("uid/1")),
        base.digest(&revision("uid/2")),
        digest(&Registration {
            display_name: "Other".into(),
            ..base.clone()
        }),
        digest(&Registration {
            description: None,
            ..base.clone()
        }),
        digest(&Registration {
            brand_color: Some("#000000".into()),
            ..base.clone()
        }),
        digest(&Registration {
            icon_uri: Some("data:".into()),
            ..base.clone()
        }),
        digest(&Registration {
            capabilities: vec!["gateway".into()],
            ..base.clone()
        }),
        digest(&Registration {
            connection_kinds: vec!["V2".into()],
            ..base.clone()
        }),
        digest(&Registration {
            connection_parameters: BTreeMap::new(),
            ..base.clone()
        }),
        digest(&Registration {
            secrets: BTreeMap::new(),
            ..base.clone()
        }),
        digest(&Registration {
            service_url: "https://other/v1".into(),
            ..base.clone()
        }),
        digest(&assembled(json!({ "x-more": 1 }), json!({}))),
    ];
    for (index, other) in others.iter().enumerate() {
        assert_ne!(*other, digest(&base), "{index}");
        assert!(other.starts_with("sha256:") && others.iter().filter(|one| *one == other).count() == 1);
    }
}

#[test]
fn the_digest_of_the_same_connector_stays_what_it_is() {
    // A change here registers every connector anew.
    let registration = Registration {
        display_name: "Pets".into(),
        description: None,
        brand_color: None,
        icon_uri: None,
        capabilities: Vec::new(),
        connection_kinds: Vec::new(),
        connection_parameters: BTreeMap::from([("p".to_owned(), ConnectionParameter::default())]),
        secrets: BTreeMap::from([(
            "p".to_owned(),
            KeyReference {
                name: "a".into(),
                key: "k".into(),
            },
        )]),
        service_url: "https://api.example.com/".into(),
        swagger: RawValue::from_string("{}".into()).unwrap(),
    };
    let revisions = BTreeMap::from([("p".to_owned(), "uid/1".to_owned())]);
    assert_eq!(
        registration.digest(&revisions),
        "sha256:8486af019737e7961a590468cc4f3d8b94b6741c3b3d0bfe7d1bdcf0c7e07fb5"
    );
    assert_eq!(Shown::from(&registration).hash(), "6970374ebb95a7d0");
}

/// The folders of published sample connectors; none, with a word about it, where they are not at hand.
fn samples() -> Vec<std::path::PathBuf> {
    let samples = std::path::Path::new("../shared/azure/PowerPlatformConnectors/samples");
    let Ok(folders) = std::fs::read_dir(samples) else {
        println!("skipped: no {}", samples.display());
        return Vec::new();
    };
    folders.map(|folder| folder.unwrap().path()).collect()
}

#[test]
fn published_connectors_ask_for_what_is_derived_from_their_descriptions() {
    // Their descriptions do not tell: a custom provider, parameters of a gateway, or a choice of sets.
    let beyond = [
        "aad-with-webhook-trigger",
        "aadcertificate",
        "gateway",
        "multi-auth",
    ];
    let mut alike = 0;
    for folder in samples() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(folder.join("apiDefinition.swagger.json")).unwrap();
        let checked = check(
            &bytes,
            &Settings {
                service_url: Some("https://api.example.com".to_owned()),
                ..Settings::default()
            },
        );
        let Some(document) = checked.connector else {
            continue;
        };
        let registration = assemble(document, &spec(&json!({})), &name, None).unwrap().0;
        let published: Value =
            serde_json::from_slice(&std::fs::read(folder.join("apiProperties.json")).unwrap()).unwrap();
        let published = published["properties"]["connectionParameters"]
            .as_object()
            .unwrap();
        let kinds = |parameter: &Value| parameter["type"].as_str().unwrap().to_owned();
        let published: BTreeMap<_, _> = published
            .iter()
            .map(|(name, value)| (name.clone(), kinds(value)))
            .collect();
        let derived = registration.connection_parameters.into_iter();
        let derived: BTreeMap<_, _> = derived.map(|(name, parameter)| (name, parameter.kind)).collect();
        assert_eq!(
            derived == published,
            !beyond.contains(&name.as_str()),
            "{name}: {derived:?} {published:?}"
        );
        alike += usize::from(derived == published);
    }
    assert!(alike == 0 || alike >= 10, "{alike}");
}

#[test]
fn the_request_holds_secrets_only_in_their_wrapping_and_debug_shows_no_document() {
    let registration = assembled(json!({ "x-canary": "canary" }), json!({}));
    let secrets = BTreeMap::from([("token".to_owned(), SecretString::from("canary"))]);
    let request = registration.request("local", BTreeMap::new(), secrets);
    assert_eq!(request.swagger.get(), registration.swagger.get());
    assert!(!format!("{registration:?} {request:?}").contains("canary"));
}
