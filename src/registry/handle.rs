//! From a request to its answer: the order of checks. No client.

mod verbs;

use std::ops::ControlFlow;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use jiff::Timestamp;
use tokio::time::Instant;

use self::verbs::{failed, found, json};
use super::{
    Shared,
    faults::{self, Action, Faults},
    query::{Query, Verb},
    rate::Operations,
    refusal::Refusal,
    request,
    role_assignment::role_definitions,
    show,
    store::Effect,
    target::{Roles, Target},
    tokens::Scope,
};

const INSTANCE: HeaderName = HeaderName::from_static("connectors-registry-instance");

/// A request that has passed every check that does not depend on what is stored.
struct Call<'a> {
    shared: &'a Shared,
    request: Request<Body>,
    query: Query,
    origin: String,
    effect: Effect,
}

/// Answers any request; `scheme` is what the caller reached us by.
pub(super) async fn answer(shared: &Shared, request: Request<Body>, scheme: &str) -> Response {
    let started = Instant::now();
    let (ids, method, path) = (
        request::Ids::of(request.headers()),
        request.method().clone(),
        request.uri().path().to_owned(),
    );
    let mut response = routed(shared, request, scheme)
        .await
        .unwrap_or_else(IntoResponse::into_response);
    let request_id = ids.request();
    ids.put_on(response.headers_mut());
    response.headers_mut().insert(INSTANCE, shared.instance.clone());
    tracing::debug!(
        http.method = %method,
        http.path = path,
        http.status = response.status().as_u16(),
        request.id = %request_id,
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

async fn routed(shared: &Shared, request: Request<Body>, scheme: &str) -> Result<Response, Refusal> {
    if request.uri().path() == "/healthz" {
        shared.store.check().await.map_err(|error| failed(&error))?;
        return Ok("ok".into_response());
    }
    let caller = request::authenticate(request.headers(), &shared.tokens, Instant::now())?;
    if let Some(faults) = &shared.faults
        && matches!(request.uri().path(), "/faults" | "/counters")
    {
        request::authorize(&caller, &Scope::ALL)?;
        return admin(faults, request).await;
    }
    let query = Query::parse(request.uri().query());
    let named = Target::parse(request.uri().path())
        .and_then(|target| Ok((Verb::of(request.method(), &target, &query)?, target)));
    count(shared, named.as_ref().ok());
    if let Ok((verb, target)) = &named {
        request::authorize(&caller, &[Scope::of(*verb, target)])?;
    }
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let fault = shared
        .faults
        .as_ref()
        .and_then(|faults| faults.meet(request.method(), request.uri().path(), faults::chance));
    let fault = match before_effect(fault).await {
        ControlFlow::Break(response) => return Ok(response),
        ControlFlow::Continue(fault) => fault,
    };
    let (verb, target) = named?;
    let call = Call {
        shared,
        query,
        origin: request::origin(&request, scheme),
        effect: if fault == Some(Action::NoEffect) {
            Effect::None
        } else {
            Effect::Full
        },
        request,
    };
    let response = budgeted(call, verb, target).await?;
    match fault {
        Some(action) => Ok(action.spoil().await.unwrap_or(response)),
        None => Ok(response),
    }
}

fn count(shared: &Shared, named: Option<&(Verb, Target)>) {
    if let Some(faults) = &shared.faults {
        faults.count(&named.map_or_else(
            || "other".to_owned(),
            |(verb, target)| format!("{}.{}", target.label(), verb.as_str()),
        ));
    }
}

/// Carries out a fault that comes instead of the effect, and passes on one that comes with it or after it.
async fn before_effect(fault: Option<Action>) -> ControlFlow<Response, Option<Action>> {
    match fault {
        Some(action) if !action.is_after_effect() && action != Action::NoEffect => action
            .spoil()
            .await
            .map_or(ControlFlow::Continue(None), ControlFlow::Break),
        later => ControlFlow::Continue(later),
    }
}

/// `/faults` and `/counters`, which exist only where faults were asked for at the start.
async fn admin(faults: &Faults, request: Request<Body>) -> Result<Response, Refusal> {
    let (parts, sent) = request.into_parts();
    match (parts.uri.path(), &parts.method) {
        ("/faults", &Method::GET) => {}
        ("/faults", &Method::PUT) => {
            faults.set(faults::read_rules(&request::body(&parts.headers, sent).await?)?);
        }
        ("/faults", &Method::DELETE) => faults.set(Vec::new()),
        ("/faults", _) => return Err(Refusal::method_not_allowed("GET, PUT, DELETE")),
        (_, &Method::GET) => {
            return Ok(axum::Json(serde_json::json!({"requests": faults.counters()})).into_response());
        }
        (_, &Method::DELETE) => {
            faults.reset_counters();
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        _ => return Err(Refusal::method_not_allowed("GET, DELETE")),
    }
    Ok(axum::Json(faults.rules()).into_response())
}

/// Takes the request from its subscription's budget, and says in the answer what is left of it.
async fn budgeted(call: Call<'_>, verb: Verb, target: Target) -> Result<Response, Refusal> {
    let (subscription, operations) = (target.subscription(), Operations::of(verb));
    let left = call
        .shared
        .budgets
        .take(&subscription, operations, Instant::now())
        .map_err(|wait| Refusal::throttled(&subscription, operations.as_str(), wait))?;
    call.query.check_api_version(&target)?;
    let mut response = dispatch(call, verb, target)
        .await
        .unwrap_or_else(IntoResponse::into_response);
    let name = format!("x-ms-ratelimit-remaining-subscription-{}", operations.as_str());
    if let Ok(name) = HeaderName::try_from(name) {
        response.headers_mut().insert(name, HeaderValue::from(left));
    }
    Ok(response)
}

async fn dispatch(call: Call<'_>, verb: Verb, target: Target) -> Result<Response, Refusal> {
    match target {
        Target::Resources {
            kind,
            subscription,
            group,
        } => call.list_resources(kind, &subscription, group.as_deref()).await,
        Target::Resource(address) => match verb {
            Verb::Export => call.export(&address).await,
            Verb::Put => call.put_resource(address).await,
            Verb::Patch => call.patch_resource(address).await,
            Verb::Delete => call.delete_resource(address).await,
            Verb::List | Verb::Get | Verb::Head => call.get_resource(&address, verb).await,
        },
        Target::RoleList {
            roles: Roles::Assignments,
            scope,
        } => call.list_assignments(&scope).await,
        Target::Role {
            roles: Roles::Assignments,
            scope,
            name,
        } => match verb {
            Verb::Put => call.put_assignment(scope, &name).await,
            Verb::Delete => call.delete_assignment(scope, &name).await,
            Verb::List | Verb::Get | Verb::Export | Verb::Head | Verb::Patch => {
                call.get_assignment(&scope, &name, verb).await
            }
        },
        Target::RoleList {
            roles: Roles::Definitions,
            scope,
        } => {
            let name = call.query.role_name()?;
            let definitions = role_definitions(&scope)
                .into_iter()
                .filter(|role| name.is_none_or(|name| name.eq_ignore_ascii_case(role.name)))
                .map(|role| role.shown.to_string());
            Ok(json(StatusCode::OK, show::list(definitions, None)))
        }
        Target::Role {
            roles: Roles::Definitions,
            scope,
            name,
        } => role_definitions(&scope)
            .into_iter()
            .find(|role| role.id.to_string().eq_ignore_ascii_case(&name))
            .map(|role| found(verb, role.shown.to_string()))
            .ok_or_else(|| Refusal::not_found(&name)),
        Target::Groups { subscription } => call.list_groups(&subscription).await,
        Target::Group { subscription, group } => {
            let id = format!("/subscriptions/{subscription}/resourceGroups/{group}");
            Ok(found(verb, show::group(&id, &call.shared.location)))
        }
    }
}

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "the edge where time enters")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
