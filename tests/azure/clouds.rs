//! Our client of the resource manager, signed in to the stand-in. Client required.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use connector_operator::arm::{
    Client, CustomApi, Endpoint, Options, PrincipalType, RoleAssignmentWanted, StaticToken,
    id::{ResourceId, Scope},
    role_assignment_name,
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::{json, value::RawValue};
use uuid::Uuid;

use crate::{
    azure::{self, Azure, Cloud},
    proofs::{CLIENT, TENANT, application, secret},
    sign_in::asked,
};

pub(crate) const SUBSCRIPTION: &str = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";

/// Every name leads to the stand-in.
struct Here(SocketAddr);

impl Resolve for Here {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(std::iter::once(self.0));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// A stand-in, and our client of its public cloud.
pub(crate) struct Fixture {
    pub(crate) azure: Azure,
    pub(crate) client: Client,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(azure::Options::default()).await
    }

    pub(crate) async fn with(options: azure::Options) -> Self {
        let azure = Azure::start(options);
        azure.entra.register(application(vec![secret("right")]));
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("scope", "https://management.azure.com/.default"),
            ("client_secret", "right"),
        ];
        let (_, body) = asked(&azure, Cloud::Public, &form).await;
        let token = body["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("{TENANT}: {body}"));
        let tokens = Arc::new(StaticToken::new(&token.into()).unwrap());
        let url = format!("https://{}", Cloud::Public.manager());
        let endpoint = Endpoint::new(&url, Some(azure.authority().as_bytes())).unwrap();
        let endpoint = endpoint.resolved_by(Arc::new(Here(azure.address())));
        let client = Client::new(endpoint, tokens, Arc::new(()), Options::default()).unwrap();
        Self { azure, client }
    }
}

/// The group of these tests.
pub(crate) fn scope() -> Scope {
    Scope::new(SUBSCRIPTION, "team")
}

/// The connector of these tests.
pub(crate) fn contacts() -> ResourceId {
    scope().custom_api("contacts")
}

/// What is registered.
pub(crate) fn connector() -> CustomApi {
    let document = json!({
        "swagger": "2.0", "info": { "title": "Contacts", "version": "1" }, "host": "api.example.com",
        "basePath": "/v1", "paths": {},
    });
    CustomApi {
        location: "westeurope".to_owned(),
        tags: BTreeMap::from([("team".to_owned(), "a".to_owned())]),
        display_name: Some("Contacts".to_owned()),
        description: None,
        brand_color: None,
        icon_uri: None,
        capabilities: None,
        connection_kinds: Vec::new(),
        connection_parameters: BTreeMap::new(),
        swagger: RawValue::from_string(document.to_string()).unwrap(),
        service_url: "https://api.example.com/v1".to_owned(),
        client_secrets: BTreeMap::new(),
    }
}

/// A grant on the connector: its id under our name, and what is sent.
pub(crate) fn grant(principal: u128) -> (ResourceId, RoleAssignmentWanted) {
    let role = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{}",
        "87a39d53-fc1b-424a-814c-f7e04687dc9e"
    );
    let principal = Uuid::from_u128(principal).to_string();
    let id = contacts().role_assignment(role_assignment_name(&contacts(), &role, &principal));
    let wanted = RoleAssignmentWanted {
        role_definition_id: role,
        principal_id: principal,
        principal_type: PrincipalType::User,
        description: None,
    };
    (id, wanted)
}
