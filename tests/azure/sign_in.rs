//! Signing in through the proxy, each kind, rightly and wrongly. Client required.

use std::time::Duration;

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    azure::{Azure, Cloud, Exchange, IDENTITY_SECRET, Lifetime, Options, Proof},
    proofs::{CLIENT, Certificate, Cluster, TENANT, application, secret},
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LIST: &str =
    "/subscriptions/s1/resourceGroups/team/providers/Microsoft.Web/customApis?api-version=2016-06-01";

fn azure(proofs: Vec<Proof>) -> Azure {
    let azure = Azure::start(Options::default());
    azure.entra.register(application(proofs));
    azure
}

fn endpoint(cloud: Cloud) -> String {
    format!("https://{}/{TENANT}/oauth2/v2.0/token", cloud.login())
}

async fn posted(azure: &Azure, url: &str, form: &[(&str, &str)]) -> reqwest::Response {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = azure
        .client()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded");
    request.body(form).send().await.unwrap()
}

/// The status and the body that a form is answered with.
pub(crate) async fn asked(azure: &Azure, cloud: Cloud, form: &[(&str, &str)]) -> (u16, Value) {
    let answer = posted(azure, &endpoint(cloud), form).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn form<'a>(scope: &'a str, proof: &'a [(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [
        &[
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("scope", scope),
        ],
        proof,
    ]
    .concat()
}

/// The token of a public cloud, or the number of the refusal.
async fn token(azure: &Azure, proof: &[(&str, &str)]) -> Result<String, u64> {
    let (status, body) = asked(
        azure,
        Cloud::Public,
        &form("https://management.azure.com/.default", proof),
    )
    .await;
    if status == 200 {
        return Ok(body["access_token"].as_str().unwrap().to_owned());
    }
    let code = body["error_codes"][0].as_u64().unwrap();
    let told = body["error_description"].as_str().unwrap();
    assert!(
        told.starts_with(&format!("AADSTS{code}: ")) && told.contains("Trace ID"),
        "{told}"
    );
    Err(code)
}

async fn by_assertion(azure: &Azure, assertion: &str) -> Result<String, u64> {
    token(
        azure,
        &[
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion),
        ],
    )
    .await
}

/// How the manager answers whoever shows that token.
async fn shown(azure: &Azure, cloud: Cloud, token: &str) -> (u16, Value) {
    let request = azure
        .client()
        .get(format!("https://{}{LIST}", cloud.manager()))
        .bearer_auth(token);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_client_secret_signs_in_and_wrong_ones_do_not() {
    let expired = Proof::Secret {
        value: "old".to_owned(),
        expired: true,
    };
    let azure = azure(vec![secret("right"), expired]);

    let given = token(&azure, &[("client_secret", "right")]).await.unwrap();

    assert_eq!(
        shown(&azure, Cloud::Public, &given).await,
        (200, json!({ "value": [] }))
    );
    assert_eq!(token(&azure, &[("client_secret", "wrong")]).await, Err(7_000_215));
    assert_eq!(token(&azure, &[("client_secret", "old")]).await, Err(7_000_222));
    assert_eq!(token(&azure, &[]).await, Err(7_000_218));
    let counted: Vec<_> = azure.entra.take_exchanges();
    assert_eq!(counted.len(), 4);
    let first = Exchange {
        tenant: TENANT.to_owned(),
        client: CLIENT.to_owned(),
        proof: Some("secret"),
        refused: None,
    };
    assert_eq!(counted[0], first);
    assert_eq!(counted[1].refused, Some(7_000_215));
    assert_eq!(azure.strangers(), [""; 0]);
}

#[tokio::test]
async fn who_and_for_what_must_be_known() {
    let azure = azure(vec![secret("right")]);
    let proof = [("client_secret", "right")];
    let scope = "https://management.azure.com/.default";
    let code = |(status, body): (u16, Value)| (status, body["error_codes"][0].as_u64().unwrap());
    let public = Cloud::Public;

    let elsewhere = endpoint(public).replace(TENANT, "other");
    let other_tenant = posted(&azure, &elsewhere, &form(scope, &proof))
        .await
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!(other_tenant["error_codes"][0], 90_002);
    let mut other_client = form(scope, &proof);
    other_client[1].1 = "somebody";
    assert_eq!(code(asked(&azure, public, &other_client).await), (400, 700_016));
    let mut other_grant = form(scope, &proof);
    other_grant[0].1 = "password";
    assert_eq!(code(asked(&azure, public, &other_grant).await), (400, 70_003));
    let vault = form("https://vault.azure.net/.default", &proof);
    assert_eq!(code(asked(&azure, public, &vault).await), (400, 500_011));
    let bare = form("https://management.azure.com/", &proof);
    assert_eq!(code(asked(&azure, public, &bare).await), (400, 1_002_012));
}

#[tokio::test]
async fn a_certificate_signs_in_once_with_each_assertion_and_only_with_its_own_key() {
    let (right, wrong) = (Certificate::make(), Certificate::make());
    let azure = azure(vec![right.proof()]);
    let audience = endpoint(Cloud::Public);
    let assertion = right.assertion(&audience, &json!({}));

    by_assertion(&azure, &assertion).await.unwrap();

    assert_eq!(by_assertion(&azure, &assertion).await, Err(50_027), "used before");
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    by_assertion(&azure, &right.assertion(&issuer, &json!({})))
        .await
        .unwrap();
    for (changed, code) in [
        (json!({ "aud": "https://login.example/token" }), 700_023),
        (json!({ "sub": "somebody" }), 700_021),
        (json!({ "iss": "somebody" }), 700_021),
        (json!({ "exp": 1_000_000_000 }), 700_024),
        (json!({ "nbf": 4_000_000_000_u64 }), 700_024),
    ] {
        let assertion = right.assertion(&audience, &changed);
        assert_eq!(by_assertion(&azure, &assertion).await, Err(code), "{changed}");
    }
    assert_eq!(
        by_assertion(&azure, &wrong.assertion(&audience, &json!({}))).await,
        Err(700_027),
        "not registered"
    );
    let pretended = json!({ "alg": "RS256", "typ": "JWT", "x5t#S256": right.thumbprint() });
    let claims =
        json!({ "aud": audience, "iss": CLIENT, "sub": CLIENT, "jti": "j", "exp": 4_000_000_000_u64 });
    assert_eq!(
        by_assertion(&azure, &wrong.signed(&pretended, &claims)).await,
        Err(700_027),
        "another key"
    );
    assert_eq!(by_assertion(&azure, "no token").await, Err(50_027));
}

#[tokio::test]
async fn a_service_accounts_token_signs_in_where_it_is_federated() {
    let cluster = Cluster::make();
    let azure = azure(vec![cluster.proof()]);

    let token = cluster.token(&json!({}));
    for _ in 0..2 {
        let given = by_assertion(&azure, &token).await.unwrap();
        assert_eq!(shown(&azure, Cloud::Public, &given).await.0, 200);
    }

    for (changed, code) in [
        (json!({ "iss": "https://other.example" }), 700_211),
        (
            json!({ "sub": "system:serviceaccount:other:connector-operator" }),
            700_213,
        ),
        (json!({ "aud": ["https://kubernetes.default.svc"] }), 700_212),
        (json!({ "exp": 1_000_000_000 }), 700_024),
    ] {
        assert_eq!(
            by_assertion(&azure, &cluster.token(&changed)).await,
            Err(code),
            "{changed}"
        );
    }
    assert_eq!(
        by_assertion(&azure, &Cluster::make().token(&json!({}))).await,
        Err(50_013),
        "another key"
    );
    azure.entra.register(application(vec![secret("right")]));
    assert_eq!(by_assertion(&azure, &token).await, Err(70_025));
}

#[tokio::test]
async fn a_machine_has_its_identities() {
    let azure = azure(Vec::new());
    let object = azure.machine.assign("m-1");
    let machine = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01\
                   &resource=https://management.azure.com/";
    let get = |url: &str, name: &'static str, value: &'static str| {
        let request = azure.client().get(url).header(name, value);
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        }
    };

    let (status, body) = get(machine, "metadata", "true").await;

    assert_eq!((status, &body["expires_in"]), (200, &json!("3599")));
    let given = body["access_token"].as_str().unwrap();
    assert_eq!(shown(&azure, Cloud::Public, given).await.0, 200);
    let asked = azure.manager.take_asked();
    assert_eq!(asked[0].bearer.as_ref().unwrap().object, object);
    assert_eq!(
        get(machine, "x", "y").await.0,
        400,
        "nothing shows that this is meant"
    );
    assert_eq!(
        get(&format!("{machine}&client_id=other"), "metadata", "true")
            .await
            .0,
        400
    );
    azure.machine.assign("m-2");
    assert_eq!(
        get(machine, "metadata", "true").await.0,
        400,
        "one of several has to be named"
    );
    assert_eq!(
        get(&format!("{machine}&client_id=m-2"), "metadata", "true")
            .await
            .0,
        200
    );
    let service = format!(
        "{}?api-version=2019-08-01&client_id=m-1&resource=https://management.azure.com",
        azure.identity_endpoint()
    );
    let direct = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = direct
        .get(&service)
        .header("x-identity-header", IDENTITY_SECRET)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(direct.get(&service).send().await.unwrap().status().as_u16(), 400);
    assert_eq!(azure.machine.take_exchanges(), 7);
}

#[tokio::test]
async fn a_token_is_good_for_its_cloud_and_its_time_only() {
    let azure = azure(vec![secret("right")]);
    let proof = [("client_secret", "right")];
    for cloud in Cloud::ALL {
        let scope = format!("{}.default", cloud.audience());
        let (_, body) = asked(&azure, cloud, &form(&scope, &proof)).await;
        let given = body["access_token"].as_str().unwrap();
        for other in Cloud::ALL {
            let (status, body) = shown(&azure, other, given).await;
            if other == cloud {
                assert_eq!(status, 200);
            } else {
                assert_eq!(
                    (status, &body["error"]["code"]),
                    (401, &json!("InvalidAuthenticationTokenAudience"))
                );
            }
        }
    }
    let second = Duration::from_secs(1);
    azure.entra.set_lifetime(Lifetime {
        told: second * 60,
        refresh: Some(second * 30),
        real: Duration::ZERO,
    });
    let (_, body) = asked(
        &azure,
        Cloud::Public,
        &form("https://management.azure.com/.default", &proof),
    )
    .await;
    assert_eq!(
        (&body["expires_in"], &body["refresh_in"]),
        (&json!(60), &json!(30))
    );
    let short = body["access_token"].as_str().unwrap();
    assert_eq!(
        shown(&azure, Cloud::Public, short).await.1["error"]["code"],
        "ExpiredAuthenticationToken"
    );
    assert_eq!(
        shown(&azure, Cloud::Public, "x").await.1["error"]["code"],
        "InvalidAuthenticationToken"
    );
    azure.entra.set_lifetime(Lifetime::default());
    let given = token(&azure, &proof).await.unwrap();
    azure.entra.expire_tokens();
    assert_eq!(shown(&azure, Cloud::Public, &given).await.0, 401);
}

#[tokio::test]
async fn a_busy_entra_says_for_how_long() {
    let azure = azure(vec![secret("right")]);
    azure.entra.is_busy_for(1, Some(7));
    let form = form(
        "https://management.azure.com/.default",
        &[("client_secret", "right")],
    );
    let answer = posted(&azure, &endpoint(Cloud::Public), &form).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    assert!(token(&azure, &[("client_secret", "right")]).await.is_ok());
}

#[tokio::test]
async fn the_proxy_leads_nowhere_else() {
    let azure = azure(Vec::new());
    for url in [
        "https://example.com/",
        "http://example.com/",
        "https://management.azure.com:8443/",
    ] {
        let answer = azure.client().get(url).send().await;
        let refused = answer.map_or(true, |answer| answer.status().as_u16() == 403);
        assert!(refused, "{url}");
    }
    assert_eq!(
        azure.strangers(),
        [
            "example.com:443",
            "http://example.com/",
            "management.azure.com:8443"
        ]
    );
}
