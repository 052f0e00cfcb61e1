//! Signing in to Azure with what a real cluster gives: tokens of its service accounts. Client required.

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{Api, Client, api::PostParams};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    azure::{Application, Cloud, Keys, Proof},
    shared, stage,
};

const TENANT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
/// Whom tokens for Entra are for.
pub(crate) const AUDIENCE: &str = "api://AzureADTokenExchange";

/// What the cluster publishes of itself at that path.
async fn published(client: &Client, path: &str) -> Value {
    let request = http::Request::get(path).body(Vec::new()).unwrap();
    client.request(request).await.unwrap()
}

pub(crate) async fn token(client: &Client, (namespace, name): (&str, &str), audience: &str) -> String {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
    let request = TokenRequest {
        spec: TokenRequestSpec {
            audiences: vec![audience.to_owned()],
            ..TokenRequestSpec::default()
        },
        ..TokenRequest::default()
    };
    let parameters = PostParams::default();
    let made = accounts.create_token_request(name, &parameters, &request).await;
    made.unwrap().status.unwrap().token
}

/// What an application is registered with that trusts a service account of the cluster.
pub(crate) async fn trust(client: &Client, (namespace, name): (&str, &str)) -> Proof {
    let issuer = published(client, "/.well-known/openid-configuration").await;
    Proof::Federated {
        issuer: issuer["issuer"].as_str().unwrap().to_owned(),
        subject: format!("system:serviceaccount:{namespace}:{name}"),
        audience: AUDIENCE.to_owned(),
        keys: Keys::of_set(&published(client, "/openid/v1/jwks").await),
    }
}

/// The status and the number of the refusal that the token is answered with.
async fn signed_in(client: &str, assertion: &str) -> (u16, Value) {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", client)
        .append_pair("scope", "https://management.azure.com/.default")
        .append_pair(
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        )
        .append_pair("client_assertion", assertion)
        .finish();
    let login = format!("https://{}/{TENANT}/oauth2/v2.0/token", Cloud::Public.login());
    let request = stage::azure().client().post(login).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        answer.json::<Value>().await.unwrap()["error_codes"].take(),
    )
}

#[tokio::test]
async fn a_token_of_a_service_account_signs_in_as_whom_it_is_federated_with_and_as_nobody_else() {
    let control_plane = shared::control_plane().await;
    let client = control_plane.client().await.unwrap();
    let (ours, others) = (
        shared::namespace(&client, "federated").await,
        shared::namespace(&client, "stranger").await,
    );
    for namespace in [&ours, &others] {
        let account = serde_json::from_value(json!({ "metadata": { "name": "team" } })).unwrap();
        let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
        accounts.create(&PostParams::default(), &account).await.unwrap();
    }
    stage::azure().entra.register(Application {
        tenant: TENANT.to_owned(),
        client: ours.clone(),
        proofs: vec![trust(&client, (&ours, "team")).await],
    });

    let right = token(&client, (&ours, "team"), AUDIENCE).await;

    assert_eq!(signed_in(&ours, &right).await, (200, Value::Null));
    let stranger = token(&client, (&others, "team"), AUDIENCE).await;
    assert_eq!(signed_in(&ours, &stranger).await, (401, json!([700_213])));
    let for_the_cluster = token(&client, (&ours, "team"), "https://kubernetes.default.svc").await;
    assert_eq!(signed_in(&ours, &for_the_cluster).await, (401, json!([700_212])));
    let mut forged = right;
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    assert_eq!(signed_in(&ours, &forged).await, (401, json!([50_013])));
}

#[tokio::test]
async fn an_operator_whose_environment_has_a_proxy_still_meets_its_cluster_directly() {
    stage::with_operator().await;
    assert_eq!(
        stage::azure().strangers(),
        [""; 0],
        "nothing else was asked of the proxy"
    );
}
