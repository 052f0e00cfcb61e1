//! Operations that go on after they were accepted. No client.
//!
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations>

use std::{collections::HashMap, sync::Mutex};

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use serde_json::json;
use uuid::Uuid;

const ASYNC_OPERATION: HeaderName = HeaderName::from_static("azure-asyncoperation");

/// How a change goes that takes its time.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    /// Which changes go so.
    pub(crate) method: Method,
    /// What the paths of those hold, in lower case.
    pub(crate) path_contains: &'static str,
    /// How many are left that do.
    pub(crate) count: usize,
    /// Whether `Location` leads to it, instead of `Azure-AsyncOperation`.
    pub(crate) by_location: bool,
    /// How often it is answered that it goes on.
    pub(crate) polls: usize,
    /// Seconds to wait between, if told.
    pub(crate) retry_after: Option<u64>,
    /// The error it ends with, instead of taking effect.
    pub(crate) fails_with: Option<&'static str>,
}

/// A change that was accepted and is not carried out yet.
pub(super) struct Accepted {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
}

struct Pending {
    course: Course,
    accepted: Option<Accepted>,
    /// The last answer by `Location`, for those who ask again.
    over: bool,
}

/// What is to be answered when somebody asks how far it is.
pub(super) enum Step {
    /// This.
    Answer(Response),
    /// The change is carried out now; then this is answered, or, by `Location`, the change's own answer.
    CarryOut(Box<Accepted>, Option<Response>),
}

/// The operations of a manager.
#[derive(Default)]
pub(super) struct Operations {
    courses: Mutex<Vec<Course>>,
    pending: Mutex<HashMap<String, Pending>>,
}

impl Operations {
    /// Changes go like these from now on, and like no others.
    pub(super) fn set(&self, courses: Vec<Course>) {
        *self.courses.lock().unwrap() = courses;
    }

    /// Changes go like these as well.
    pub(super) fn add(&self, courses: Vec<Course>) {
        self.courses.lock().unwrap().extend(courses);
    }

    /// The course a change takes, if it takes one.
    pub(super) fn course(&self, method: &Method, path: &str) -> Option<Course> {
        let mut courses = self.courses.lock().unwrap();
        let path = path.to_ascii_lowercase();
        let course = courses
            .iter_mut()
            .find(|it| it.count > 0 && it.method == *method && path.contains(it.path_contains))?;
        course.count -= 1;
        Some(course.clone())
    }

    /// Accepts a change. `origin` and `subscription` are where it will be asked about.
    pub(super) fn accept(
        &self,
        course: Course,
        accepted: Accepted,
        origin: &str,
        subscription: &str,
    ) -> Response {
        let id = Uuid::new_v4().simple().to_string();
        let link = format!(
            "{origin}/subscriptions/{subscription}/providers/Microsoft.Web/locations/westeurope/operations/{id}\
             ?api-version=2016-06-01&t=638&c=canary-of-a-signature"
        );
        let mut response = StatusCode::ACCEPTED.into_response();
        let name = if course.by_location {
            header::LOCATION
        } else {
            ASYNC_OPERATION
        };
        response
            .headers_mut()
            .insert(name, HeaderValue::try_from(link).unwrap());
        put_retry_after(&mut response, &course);
        let pending = Pending {
            course,
            accepted: Some(accepted),
            over: false,
        };
        self.pending.lock().unwrap().insert(id, pending);
        response
    }

    /// How far the operation is that `path` names; nothing for a path of no operation.
    pub(super) fn step(&self, path: &str) -> Option<Step> {
        let (_, id) = path.rsplit_once("/operations/")?;
        let mut all = self.pending.lock().unwrap();
        let Some(pending) = all.get_mut(id) else {
            return Some(Step::Answer(StatusCode::NOT_FOUND.into_response()));
        };
        let by_location = pending.course.by_location;
        if pending.course.polls > 0 {
            pending.course.polls -= 1;
            let mut response = if by_location {
                StatusCode::ACCEPTED.into_response()
            } else {
                status(id, "InProgress", None)
            };
            put_retry_after(&mut response, &pending.course);
            return Some(Step::Answer(response));
        }
        if let Some(code) = pending.course.fails_with {
            let error = json!({ "code": code, "message": "The operation has failed." });
            return Some(Step::Answer(if by_location {
                (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": error }))).into_response()
            } else {
                status(id, "Failed", Some(error))
            }));
        }
        let answer = (!by_location).then(|| status(id, "Succeeded", None));
        match (pending.accepted.take(), pending.over) {
            (Some(accepted), _) => {
                pending.over = true;
                Some(Step::CarryOut(Box::new(accepted), answer))
            }
            (None, _) => Some(Step::Answer(
                answer.unwrap_or_else(|| StatusCode::NO_CONTENT.into_response()),
            )),
        }
    }
}

fn status(id: &str, status: &str, error: Option<serde_json::Value>) -> Response {
    let mut body = json!({ "id": id, "name": id, "status": status });
    if let Some(error) = error {
        body["error"] = error;
    }
    axum::Json(body).into_response()
}

fn put_retry_after(response: &mut Response, course: &Course) {
    if let Some(seconds) = course.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}
