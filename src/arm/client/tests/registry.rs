use std::{collections::BTreeMap, net::TcpListener, num::NonZeroU32};

use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::*;
use crate::{
    arm::{
        CustomApi, PrincipalType, ResourceGroup, RoleAssignmentFilter, RoleAssignmentWanted,
        role_assignment_name,
        testing::{custom_api, custom_api_with_secret},
    },
    registry::{self, Bucket, RateLimit, Registry, Tls, USE_ROLE},
};

/// A registry that listens, on a directory of its own.
struct Served {
    address: String,
    token: SecretString,
    instance: String,
    _directory: TempDir,
    server: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Served {
    async fn new(change: impl FnOnce(&mut registry::Options)) -> Self {
        Self::over(None, change).await
    }

    async fn over(tls: Option<Tls>, change: impl FnOnce(&mut registry::Options)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut options = registry::Options::new(directory.path().join("data"));
        change(&mut options);
        let registry = Registry::open(options).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        Self {
            address: format!("{scheme}://localhost:{port}"),
            token: registry.token(),
            instance: registry.instance_id().to_string(),
            _directory: directory,
            server: tokio::spawn(async move {
                registry
                    .serve(listener, tls.as_ref(), std::future::pending())
                    .await
                    .unwrap();
            }),
        }
    }

    fn client(&self) -> Client {
        self.client_with(&self.token, None)
    }

    fn client_with(&self, token: &SecretString, ca_bundle: Option<&[u8]>) -> Client {
        let endpoint = Endpoint::new(&self.address, ca_bundle).unwrap();
        let tokens = Arc::new(StaticToken::new(token).unwrap());
        Client::new(endpoint, tokens, Arc::new(()), Options::default()).unwrap()
    }
}

fn sent(name: &str) -> CustomApi {
    let document = json!({
        "swagger": "2.0", "info": {"title": name, "version": "1"}, "basePath": "/v1", "host": "api.example.com",
        "paths": {"/": {"get": {"operationId": "List", "responses": {"200": {"description": "OK"}}}}}
    });
    CustomApi {
        display_name: Some(name.to_owned()),
        swagger: RawValue::from_string(document.to_string()).unwrap(),
        ..custom_api()
    }
}

async fn all<T: serde::de::DeserializeOwned>(mut pages: Pages<T>) -> Vec<T> {
    let mut items = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        items.extend(page);
    }
    items
}

#[tokio::test]
async fn a_connector_lives_and_dies_at_the_registry() {
    let served = Served::new(|_| {}).await;
    let client = served.client();
    assert_eq!(client.get_custom_api(&contacts()).await.unwrap(), None);
    let created = client
        .put_custom_api(&contacts(), &sent("Contacts"), Precondition::Absent)
        .await
        .unwrap();
    assert_eq!(created.id, contacts());
    assert_eq!(client.instance(), Some(served.instance.clone()));

    let again = client
        .put_custom_api(&contacts(), &sent("Contacts"), Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::PreconditionFailed);

    let exported = client.export_custom_api(&contacts()).await.unwrap().unwrap();
    let exported: Value = serde_json::from_str(exported.get()).unwrap();
    assert_eq!(exported["info"]["title"], "Contacts");

    let tags = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    let tagged = client.tag_custom_api(&contacts(), &tags).await.unwrap();
    assert_eq!(
        (&tagged.tags, tagged.display_name.as_deref()),
        (&tags, Some("Contacts"))
    );

    let shouted: ResourceId = contacts().as_str().to_ascii_uppercase().parse().unwrap();
    assert_eq!(
        client.delete_custom_api(&shouted).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(
        client.delete_custom_api(&contacts()).await.unwrap(),
        Deletion::Absent
    );
}

#[tokio::test]
async fn a_list_over_several_pages_is_whole() {
    let served = Served::new(|_| {}).await;
    let client = served.client();
    for number in 0..120 {
        let id = scope().custom_api(&format!("c{number:03}"));
        client
            .put_custom_api(&id, &sent("x"), Precondition::None)
            .await
            .unwrap();
    }
    let listed = all(client.list_custom_apis(&scope())).await;
    assert_eq!(listed.len(), 120);
    let alone = client.get_custom_api(&scope().custom_api("c000")).await.unwrap();
    assert_eq!(listed.iter().find(|item| item.name() == "c000"), alone.as_ref());
    let groups = all(client.list_resource_groups(scope().subscription())).await;
    assert_eq!(
        groups.iter().map(ResourceGroup::name).collect::<Vec<_>>(),
        ["team"]
    );
    assert!(all(client.list_connections(&scope())).await.is_empty());
}

#[tokio::test]
async fn a_sign_in_keeps_its_secret_and_shows_its_redirect_url() {
    let served = Served::new(|_| {}).await;
    let wanted = CustomApi {
        connection_parameters: custom_api_with_secret("").connection_parameters,
        client_secrets: custom_api_with_secret("canary-secret").client_secrets,
        ..sent("Contacts")
    };
    let created = served
        .client()
        .put_custom_api(&contacts(), &wanted, Precondition::Absent)
        .await
        .unwrap();
    assert!(
        created.redirect_url().is_some_and(|url| url.starts_with("http")),
        "{created:?}"
    );
    assert!(!format!("{created:?}").contains("canary"));
}

#[tokio::test]
async fn a_grant_is_made_once_and_never_changed() {
    let served = Served::new(|_| {}).await;
    let client = served.client();
    client
        .put_custom_api(&contacts(), &sent("Contacts"), Precondition::Absent)
        .await
        .unwrap();
    let role = format!("/subscriptions/0000/providers/Microsoft.Authorization/roleDefinitions/{USE_ROLE}");
    let principal = Uuid::from_u128(7).to_string();
    let wanted = |principal: Uuid| RoleAssignmentWanted {
        role_definition_id: role.clone(),
        principal_id: principal.to_string(),
        principal_type: PrincipalType::User,
        description: None,
    };
    let name = role_assignment_name(&contacts(), &role, &principal);
    let id = contacts().role_assignment(name);
    let made = client
        .put_role_assignment(&id, &wanted(Uuid::from_u128(7)))
        .await
        .unwrap();
    assert!(made.name == name && made.is_at(&contacts()) && made.grants(&role, &principal));
    client
        .put_role_assignment(&id, &wanted(Uuid::from_u128(7)))
        .await
        .unwrap();

    let changed = client
        .put_role_assignment(&id, &wanted(Uuid::from_u128(8)))
        .await
        .unwrap_err();
    assert_eq!(changed.kind(), ErrorKind::UpdateNotPermitted);
    let other = contacts().role_assignment(Uuid::from_u128(99));
    let doubled = client
        .put_role_assignment(&other, &wanted(Uuid::from_u128(7)))
        .await
        .unwrap_err();
    assert_eq!(
        doubled.kind(),
        ErrorKind::RoleAssignmentExists { existing: Some(name) }
    );

    for filter in [
        RoleAssignmentFilter::Everything,
        RoleAssignmentFilter::AtScope,
        RoleAssignmentFilter::Principal(Uuid::from_u128(7)),
    ] {
        let listed = all(client.list_role_assignments(&contacts(), filter)).await;
        assert_eq!(listed, std::slice::from_ref(&made), "{filter:?}");
    }
    let below = all(client.list_role_assignments(&scope().id(), RoleAssignmentFilter::Everything)).await;
    assert_eq!(below, std::slice::from_ref(&made));
    assert_eq!(
        client.delete_role_assignment(&id).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(
        client.delete_role_assignment(&id).await.unwrap(),
        Deletion::Absent
    );
    assert_eq!(client.get_role_assignment(&id).await.unwrap(), None);
}

#[tokio::test]
async fn the_registrys_refusals_are_understood() {
    let served = Served::new(|options| options.connector_limit = 1).await;
    let client = served.client();
    let astray = CustomApi {
        service_url: "https://api.example.com/other".to_owned(),
        ..sent("Contacts")
    };
    let error = client
        .put_custom_api(&contacts(), &astray, Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Rejected, Some("14024")));
    assert!(error.request_id().is_some());

    client
        .put_custom_api(&contacts(), &sent("Contacts"), Precondition::Absent)
        .await
        .unwrap();
    let error = client
        .put_custom_api(&scope().custom_api("second"), &sent("x"), Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded, "{error}");

    let error = served
        .client_with(&"another-token".into(), None)
        .get_custom_api(&contacts())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(!everything(&error).contains(served.token.expose_secret()));
}

#[tokio::test]
async fn the_registrys_throttling_is_obeyed() {
    let bucket = Bucket {
        burst: 1,
        per_second: 1,
    };
    let limit = RateLimit {
        reads: bucket,
        writes: bucket,
        deletes: bucket,
    };
    let served = Served::new(|options| options.rate_limit = Some(limit)).await;
    let client = served.client();
    client.get_custom_api(&contacts()).await.unwrap();
    assert_eq!(client.quotas().get("subscription-reads"), Some(&0));
    let error = client.get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.retry_after().is_some() && client.throttled_for().is_some());
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_bundle_given() {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let tls = Tls {
        certificate: files.path().join("tls.crt"),
        key: files.path().join("tls.key"),
    };
    std::fs::write(&tls.certificate, issued.cert.pem()).unwrap();
    std::fs::write(&tls.key, issued.signing_key.serialize_pem()).unwrap();
    let served = Served::over(Some(tls), |_| {}).await;

    let trusting = served.client_with(&served.token, Some(issued.cert.pem().as_bytes()));
    assert_eq!(trusting.get_custom_api(&contacts()).await.unwrap(), None);
    let error = served.client().get_custom_api(&contacts()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        everything(&error).contains("certificate"),
        "{}",
        everything(&error)
    );
}

#[tokio::test]
async fn many_requests_at_once_keep_within_the_slots() {
    let served = Served::new(|_| {}).await;
    let endpoint = Endpoint::new(&served.address, None).unwrap();
    let tokens = Arc::new(StaticToken::new(&served.token).unwrap());
    let options = Options {
        max_in_flight: 4,
        requests_per_second: NonZeroU32::new(10_000),
        ..Options::default()
    };
    let client = Client::new(endpoint, tokens, Arc::new(()), options).unwrap();
    let made = futures::future::join_all((0..50).map(|number| {
        let client = client.clone();
        async move {
            let id = scope().custom_api(&format!("c{number}"));
            client.put_custom_api(&id, &sent("x"), Precondition::Absent).await
        }
    }))
    .await;
    assert!(made.iter().all(Result::is_ok));
    assert_eq!(all(client.list_custom_apis(&scope())).await.len(), 50);
}
