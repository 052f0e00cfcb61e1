//! What each verb does to each target. No client.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::{Call, now};
use crate::registry::{
    body,
    connection::{self, Connection},
    custom_api::{self, CustomApi},
    query::Verb,
    refusal::Refusal,
    request,
    role_assignment::{RoleAssignment, assignment_name},
    show,
    store::{
        DeleteAssignment, DeleteResource, PutAssignment, PutConnection, PutCustomApi, Rejection, Retagged,
        StoreError,
    },
    target::{Address, Kind, RoleScope},
};

impl Call<'_> {
    pub(super) async fn list_resources(
        self,
        kind: Kind,
        subscription: &str,
        group: Option<&str>,
    ) -> Result<Response, Refusal> {
        let (after, limit) = (self.query.after()?, self.query.page_size()?);
        let page = self
            .shared
            .store
            .resources(kind, subscription, group, after, limit)
            .await;
        let page = page.map_err(|error| failed(&error))?;
        let next = page.next.map(|place| self.next_link(&place));
        let items = page
            .items
            .iter()
            .map(|item| show::resource(kind, item, &self.origin));
        Ok(json(StatusCode::OK, show::list(items, next.as_deref())))
    }

    pub(super) async fn get_resource(self, address: &Address, verb: Verb) -> Result<Response, Refusal> {
        let resource = self
            .shared
            .store
            .resource(address)
            .await
            .map_err(|error| failed(&error))?;
        let resource = resource.ok_or_else(|| Refusal::not_found(&address.id()))?;
        Ok(found(verb, show::resource(address.kind, &resource, &self.origin)))
    }

    pub(super) async fn export(self, address: &Address) -> Result<Response, Refusal> {
        let document = self
            .shared
            .store
            .document(address)
            .await
            .map_err(|error| failed(&error))?;
        let document = document.ok_or_else(|| Refusal::not_found(&address.id()))?;
        Ok(json(StatusCode::OK, document))
    }

    pub(super) async fn put_resource(self, address: Address) -> Result<Response, Refusal> {
        body::check_name(&address.name)?;
        let precondition = request::precondition(self.request.headers())?;
        let (shared, effect, now, id, kind) = (
            self.shared,
            self.effect,
            (self.shared.clock)(),
            address.id(),
            address.kind,
        );
        let redirect_url = custom_api::redirect_url(&address, &self.origin);
        let origin = self.origin.clone();
        let sent = self.body().await?;
        let (resource, is_new) = match kind {
            Kind::CustomApis => {
                let custom_api = CustomApi::accept(&sent)?;
                let limit = shared.connector_limit;
                let put = PutCustomApi {
                    address,
                    custom_api,
                    precondition,
                    redirect_url,
                    limit,
                    now,
                };
                let put = shared
                    .store
                    .change(put, effect)
                    .await
                    .map_err(|error| failed(&error))?;
                // The contract publishes 200 for connectors, also where one is made.
                (
                    put.map_err(|rejection| rejected(&id, "RegionalCustomApisQuotaExceeded", rejection))?,
                    false,
                )
            }
            Kind::Connections => {
                let put = PutConnection {
                    address,
                    connection: Connection::accept(&sent)?,
                    precondition,
                    now,
                };
                let put = shared
                    .store
                    .change(put, effect)
                    .await
                    .map_err(|error| failed(&error))?;
                put.map_err(|rejection| rejected(&id, "ApiConnectionsQuotaExceeded", rejection))?
            }
        };
        let status = if is_new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        Ok(json(status, show::resource(kind, &resource, &origin)))
    }

    pub(super) async fn patch_resource(self, address: Address) -> Result<Response, Refusal> {
        let (shared, effect, id, kind) = (self.shared, self.effect, address.id(), address.kind);
        let origin = self.origin.clone();
        let code = match kind {
            Kind::CustomApis => custom_api::PATCH_CODE,
            Kind::Connections => connection::PATCH_CODE,
        };
        let retag = body::retag(&self.body().await?, code)?;
        let retagged = shared.store.change(Retagged { address, retag }, effect).await;
        let resource = match retagged.map_err(|error| failed(&error))? {
            Ok(resource) => resource,
            Err(Rejection::Absent) => return Err(Refusal::not_found(&id)),
            Err(rejection) => return Err(rejected(&id, "QuotaExceeded", rejection)),
        };
        Ok(json(StatusCode::OK, show::resource(kind, &resource, &origin)))
    }

    pub(super) async fn delete_resource(self, address: Address) -> Result<Response, Refusal> {
        let removed = self
            .shared
            .store
            .change(DeleteResource { address }, self.effect)
            .await;
        let removed = removed.map_err(|error| failed(&error))?;
        Ok(if removed {
            StatusCode::OK
        } else {
            StatusCode::NO_CONTENT
        }
        .into_response())
    }

    pub(super) async fn list_assignments(self, scope: &RoleScope) -> Result<Response, Refusal> {
        let (filter, after, limit) = (
            self.query.role_filter()?,
            self.query.after()?,
            self.query.page_size()?,
        );
        let page = self.shared.store.assignments(scope, &filter, after, limit).await;
        let page = page.map_err(|error| failed(&error))?;
        let next = page.next.map(|place| self.next_link(&place));
        Ok(json(StatusCode::OK, show::list(page.items, next.as_deref())))
    }

    pub(super) async fn get_assignment(
        self,
        scope: &RoleScope,
        name: &str,
        verb: Verb,
    ) -> Result<Response, Refusal> {
        let name = assignment_name(name)?;
        let answer = self
            .shared
            .store
            .assignment(name, scope)
            .await
            .map_err(|error| failed(&error))?;
        let answer = answer.ok_or_else(|| {
            Refusal::new(
                StatusCode::NOT_FOUND,
                "RoleAssignmentNotFound",
                format!("There is no role assignment `{name}` at `{}`.", scope.as_str()),
            )
        })?;
        Ok(found(verb, answer))
    }

    pub(super) async fn put_assignment(self, scope: RoleScope, name: &str) -> Result<Response, Refusal> {
        let (shared, effect) = (self.shared, self.effect);
        let assignment = RoleAssignment::accept(scope, name, &self.body().await?)?;
        let id = assignment.id();
        let put = PutAssignment {
            assignment,
            now: now(),
            limit: shared.role_assignment_limit,
        };
        let made = shared
            .store
            .change(put, effect)
            .await
            .map_err(|error| failed(&error))?;
        let (is_new, answer) =
            made.map_err(|rejection| rejected(&id, "RoleAssignmentLimitExceeded", rejection))?;
        Ok(json(
            if is_new {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            },
            answer,
        ))
    }

    pub(super) async fn delete_assignment(self, scope: RoleScope, name: &str) -> Result<Response, Refusal> {
        let delete = DeleteAssignment {
            name: assignment_name(name)?,
            scope,
        };
        let removed = self
            .shared
            .store
            .change(delete, self.effect)
            .await
            .map_err(|error| failed(&error))?;
        Ok(match removed {
            Some(answer) => json(StatusCode::OK, answer),
            None => StatusCode::NO_CONTENT.into_response(),
        })
    }

    pub(super) async fn list_groups(self, subscription: &str) -> Result<Response, Refusal> {
        let groups = self
            .shared
            .store
            .groups(subscription)
            .await
            .map_err(|error| failed(&error))?;
        let groups = groups.into_iter().map(|(key, id)| {
            let spelt = Address::of_id(&id).map_or(key, |address| address.group);
            let id = format!("/subscriptions/{subscription}/resourceGroups/{spelt}");
            show::group(&id, &self.shared.location)
        });
        Ok(json(StatusCode::OK, show::list(groups, None)))
    }

    async fn body(self) -> Result<bytes::Bytes, Refusal> {
        let (parts, sent) = self.request.into_parts();
        request::body(&parts.headers, sent).await
    }

    fn next_link(&self, place: &(String, String)) -> String {
        format!(
            "{}{}?{}",
            self.origin,
            self.request.uri().path(),
            self.query.continued(place)
        )
    }
}

pub(super) fn json(status: StatusCode, body: String) -> Response {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], body).into_response()
}

/// What is there: its body for GET, and 204 for HEAD as ARM's existence checks expect.
pub(super) fn found(verb: Verb, body: String) -> Response {
    if verb == Verb::Head {
        StatusCode::NO_CONTENT.into_response()
    } else {
        json(StatusCode::OK, body)
    }
}

pub(super) fn failed(error: &StoreError) -> Refusal {
    match error {
        StoreError::Closed => Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The registry is shutting down; the request was not carried out.",
        ),
        StoreError::Read(_) | StoreError::Write(_) => {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "the registry's database failed"
            );
            Refusal::internal()
        }
    }
}

fn rejected(id: &str, quota: &'static str, rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::Exists => {
            Refusal::precondition_failed("The resource exists, and `If-None-Match: *` was sent.")
        }
        Rejection::Absent => {
            Refusal::precondition_failed("The resource does not exist, and `If-Match: *` was sent.")
        }
        Rejection::OtherLocation(location) => body::wrong_location(id, &location),
        Rejection::TooMany(limit) => Refusal::bad_request(
            quota,
            format!("The subscription holds {limit} of these, as many as it may."),
        ),
        Rejection::MissingResource(missing) => Refusal::not_found(&missing),
        Rejection::Immutable => Refusal::bad_request(
            "RoleAssignmentUpdateNotPermitted",
            "A role assignment of this name exists with another scope, principal or role, which cannot be changed: delete it first.",
        ),
        Rejection::Duplicate(name) => Refusal::new(
            StatusCode::CONFLICT,
            "RoleAssignmentExists",
            format!(
                "The principal has this role at this scope already. The ID of the existing role assignment is {name}."
            ),
        ),
    }
}
