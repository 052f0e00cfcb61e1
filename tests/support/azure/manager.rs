//! The resource manager: tokens that Entra gave, then the registry's own code, then what only Azure does. No client.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use connector_operator::registry::{self, RateLimit, Registry};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header, request::Parts};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::{
    cloud::Cloud,
    operations::{Accepted, Course, Operations, Step},
    tokens::{Bearer, Fault, Tokens},
    traps::Trap,
};

/// Connectors that a subscription may hold.
const CONNECTOR_LIMIT: u32 = 1_000;
/// Role assignments that a subscription may hold.
const ROLE_ASSIGNMENT_LIMIT: u32 = 4_000;
const BODY_LIMIT: usize = 8 << 20;
const INSTANCE: &str = "connectors-registry-instance";

/// One request that came in, and how it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) cloud: Cloud,
    pub(crate) method: Method,
    /// Path and query, as they were sent.
    pub(crate) target: String,
    /// Who asked, where the token was good.
    pub(crate) bearer: Option<Bearer>,
    pub(crate) status: StatusCode,
}

/// The resource manager of all clouds.
pub(crate) struct Manager {
    registry: Registry,
    router: Router,
    tokens: Arc<Tokens>,
    operations: Operations,
    /// Held by whoever changes the traps of one scope.
    turn: Mutex<()>,
    asked: Mutex<Vec<Asked>>,
    vanished: Mutex<BTreeSet<String>>,
    page_size: AtomicU32,
    honours_preconditions: AtomicBool,
}

impl Manager {
    /// Must be called within a Tokio runtime.
    pub(super) async fn open(data: PathBuf, limits_rate: bool, tokens: Arc<Tokens>) -> Self {
        let mut options = registry::Options::new(data);
        "westeurope".clone_into(&mut options.location);
        options.connector_limit = CONNECTOR_LIMIT;
        options.role_assignment_limit = ROLE_ASSIGNMENT_LIMIT;
        options.rate_limit = limits_rate.then(RateLimit::default);
        options.faults = true;
        let registry = Registry::open(options).await.unwrap();
        Self {
            router: registry.router(),
            registry,
            tokens,
            operations: Operations::default(),
            turn: Mutex::default(),
            asked: Mutex::default(),
            vanished: Mutex::default(),
            page_size: AtomicU32::new(0),
            honours_preconditions: AtomicBool::new(false),
        }
    }

    /// These go wrong from now on, and no others.
    pub(crate) fn set_traps(&self, traps: &[Trap]) {
        let faults = traps.iter().map(|trap| trap.fault("")).collect();
        self.registry.faults().unwrap().set(faults);
    }

    /// These go wrong from now on in the scope of that id, and no others there. Grants are those on a connector
    /// `contacts`.
    pub(crate) fn set_traps_in(&self, scope: &str, traps: &[Trap]) {
        let scope = scope.to_ascii_lowercase();
        let _turn = self.turn.lock().unwrap();
        let faults = self.registry.faults().unwrap();
        let mut rules = faults.rules();
        rules.retain(|rule| {
            rule.path_contains
                .as_ref()
                .is_none_or(|path| !path.starts_with(&scope))
        });
        rules.extend(traps.iter().map(|trap| trap.fault(&scope)));
        faults.set(rules);
    }

    /// These changes take their time from now on, and no others.
    pub(crate) fn set_courses(&self, courses: Vec<Course>) {
        self.operations.set(courses);
    }

    /// These changes take their time as well.
    pub(crate) fn add_courses(&self, courses: Vec<Course>) {
        self.operations.add(courses);
    }

    /// Every request so far whose target holds that, compared without case.
    pub(crate) fn asked_about(&self, part: &str) -> Vec<Asked> {
        let part = part.to_ascii_lowercase();
        let asked = self.asked.lock().unwrap();
        let about = asked
            .iter()
            .filter(|it| it.target.to_ascii_lowercase().contains(&part));
        about.cloned().collect()
    }

    /// Lists come in pages of so many where nobody asks for another number; 0: as the registry has it.
    pub(crate) fn set_page_size(&self, items: u32) {
        self.page_size.store(items, Ordering::Relaxed);
    }

    /// Whether `If-Match` and `If-None-Match` are looked at. A provider need not, and at first does not.
    pub(crate) fn honour_preconditions(&self, honours: bool) {
        self.honours_preconditions.store(honours, Ordering::Relaxed);
    }

    /// The scope of that id, and all in it, is gone; or it is there again.
    pub(crate) fn set_vanished(&self, scope: &str, is_gone: bool) {
        let mut vanished = self.vanished.lock().unwrap();
        let key = scope.to_ascii_lowercase();
        if is_gone {
            vanished.insert(key);
        } else {
            vanished.remove(&key);
        }
    }

    /// Every request since the last time.
    pub(crate) fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// What came past Azure's own checks, by kind and verb, since the last time.
    pub(crate) fn take_counters(&self) -> BTreeMap<String, u64> {
        let faults = self.registry.faults().unwrap();
        let counters = faults.counters();
        faults.reset_counters();
        counters
    }

    /// Answers a request to a cloud's manager.
    pub(super) async fn answer(&self, cloud: Cloud, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let target = parts
            .uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string);
        let method = parts.method.clone();
        let authorization = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|it| it.to_str().ok());
        let bearer = self.tokens.bearer(authorization, cloud);
        let response = match &bearer {
            Ok(_) => self.answer_known(cloud, parts, body).await,
            Err(fault) => refused(*fault, cloud),
        };
        let (bearer, status) = (bearer.ok(), response.status());
        self.asked.lock().unwrap().push(Asked {
            cloud,
            method,
            target,
            bearer,
            status,
        });
        response
    }

    async fn answer_known(&self, cloud: Cloud, parts: Parts, body: Body) -> Response {
        let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let path = parts.uri.path().to_owned();
        if !["/subscriptions/", "/providers/"]
            .iter()
            .any(|it| path.to_ascii_lowercase().starts_with(it))
        {
            return StatusCode::NOT_FOUND.into_response();
        }
        if let Some(response) = self.gone(&path) {
            return response;
        }
        match self.operations.step(&path) {
            Some(Step::Answer(response)) => return response,
            Some(Step::CarryOut(accepted, instead)) => {
                let Accepted { parts, body } = *accepted;
                let response = self.forward(cloud, parts, body).await;
                return instead.unwrap_or(response);
            }
            None => {}
        }
        if let Some(course) = self.operations.course(&parts.method, &path) {
            let subscription = path.split('/').nth(2).unwrap_or_default().to_owned();
            let origin = format!("https://{}", cloud.manager());
            return self
                .operations
                .accept(course, Accepted { parts, body }, &origin, &subscription);
        }
        self.forward(cloud, parts, body).await
    }

    /// What is said of anything in a scope that is gone.
    fn gone(&self, path: &str) -> Option<Response> {
        let key = format!("{}/", path.to_ascii_lowercase());
        let vanished = self.vanished.lock().unwrap();
        let scope = vanished
            .iter()
            .find(|scope| key.starts_with(&format!("{scope}/")))?;
        let code = if scope.contains("/resourcegroups/") {
            "ResourceGroupNotFound"
        } else {
            "SubscriptionNotFound"
        };
        let body = json!({ "error": { "code": code, "message": format!("'{scope}' could not be found.") } });
        Some((StatusCode::NOT_FOUND, axum::Json(body)).into_response())
    }

    /// Asks the registry, as somebody whom it knows.
    async fn forward(&self, cloud: Cloud, mut parts: Parts, body: Bytes) -> Response {
        let token = format!("Bearer {}", self.registry.token().expose_secret());
        parts
            .headers
            .insert(header::AUTHORIZATION, token.try_into().unwrap());
        if !self.honours_preconditions.load(Ordering::Relaxed) {
            parts.headers.remove(header::IF_NONE_MATCH);
            parts.headers.remove(header::IF_MATCH);
        }
        let target = self.paged(&parts);
        parts.uri = Uri::try_from(format!("https://{}{target}", cloud.manager())).unwrap();
        let path = parts.uri.path().to_ascii_lowercase();
        let is_export = target.contains("export=true");
        let answer = self
            .router
            .clone()
            .oneshot(Request::from_parts(parts, Body::from(body)))
            .await
            .unwrap();
        let mut answer = marked(answer);
        if path.contains("/microsoft.web/customapis") && answer.status().is_success() && !is_export {
            answer = with_signed_links(answer).await;
        }
        answer
    }

    /// The target, with the size of a page if it is a list and asks for none.
    fn paged(&self, parts: &Parts) -> String {
        let target = parts.uri.path_and_query().unwrap().to_string();
        let size = self.page_size.load(Ordering::Relaxed);
        let last = parts.uri.path().rsplit('/').next().unwrap_or_default();
        let is_list = ["customApis", "connections", "roleAssignments"]
            .iter()
            .any(|it| it.eq_ignore_ascii_case(last));
        let asks = target.contains("$top") || target.contains("%24top");
        if size > 0 && is_list && !asks {
            format!("{target}&$top={size}")
        } else {
            target
        }
    }
}

/// A good answer's links to the document lead to a storage for a while, with a signature.
async fn with_signed_links(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let Ok(mut shown) = serde_json::from_slice::<Value>(&body) else {
        return Response::from_parts(parts, Body::from(body));
    };
    let items = match shown.get_mut("value").and_then(Value::as_array_mut) {
        Some(items) => items.iter_mut().collect(),
        None => vec![&mut shown],
    };
    for item in items {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, item["id"].to_string().as_bytes())
            .simple()
            .to_string();
        let link = |kind: &str| {
            format!(
                "https://storage.blob.core.windows.net/apis/{id}.{kind}?sv=2018-03-28&sr=b&sig=canary-of-a-link&se=2030"
            )
        };
        item["properties"]["apiDefinitions"] =
            json!({ "originalSwaggerUrl": link("json_original"), "modifiedSwaggerUrl": link("json") });
        item["properties"]["runtimeUrls"] =
            json!([format!("https://logic-apis-westeurope.azure-apim.net/apim/{id}")]);
    }
    let body = shown.to_string();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(parts, Body::from(body))
}

/// With the headers that Azure has more, and without that which it has not.
fn marked(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.remove(INSTANCE);
    headers.insert(
        HeaderName::from_static("x-ms-routing-request-id"),
        format!("WESTEUROPE:20260101T000000Z:{}", Uuid::new_v4())
            .try_into()
            .unwrap(),
    );
    for kind in ["reads", "writes", "deletes"] {
        let own = headers
            .get(format!("x-ms-ratelimit-remaining-subscription-{kind}"))
            .cloned();
        if let Some(left) = own.and_then(|it| it.to_str().ok()?.parse::<u32>().ok()) {
            let name = format!("x-ms-ratelimit-remaining-subscription-global-{kind}");
            headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from(left * 15));
        }
    }
    answer
}

/// What is said of a token that is not taken.
fn refused(fault: Fault, cloud: Cloud) -> Response {
    let (code, message) = match fault {
        Fault::Missing => ("AuthenticationFailed", "The 'Authorization' header is missing."),
        Fault::Unknown => ("InvalidAuthenticationToken", "The access token is invalid."),
        Fault::Expired => ("ExpiredAuthenticationToken", "The access token has expired."),
        Fault::Audience => (
            "InvalidAuthenticationTokenAudience",
            "The access token is for another audience.",
        ),
    };
    let challenge = format!(
        "Bearer authorization_uri=\"https://{}/common\", error=\"invalid_token\", error_description=\"{message}\"",
        cloud.login()
    );
    let body = json!({ "error": { "code": code, "message": message } });
    let headers = [(
        header::WWW_AUTHENTICATE,
        HeaderValue::try_from(challenge).unwrap(),
    )];
    (StatusCode::UNAUTHORIZED, headers, axum::Json(body)).into_response()
}
