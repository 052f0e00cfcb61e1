//! Faults that tests and benchmarks ask for, and the count of what was requested. No client.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::{
    body,
    refusal::{Refusal, THROTTLED},
};

/// One fault, and which requests meet it. The first rule that fits a request is the one it meets.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Only requests of this method; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path holds this, compared without case; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_contains: Option<String>,
    /// How likely a request that fits meets it, 0 to 1; certain if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How many requests meet it before it is spent; never spent if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// What happens.
    pub action: Action,
}

/// What happens to a request. With `afterEffect` it is carried out first and only its answer is lost.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Action {
    /// It is answered later.
    Latency {
        /// How much later.
        milliseconds: u64,
    },
    /// It is answered with an error.
    Error {
        /// The HTTP status.
        status: u16,
        /// The body, as it is sent; an ARM error of the status if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        /// Seconds for `Retry-After`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        /// Whether it is carried out first.
        #[serde(default)]
        after_effect: bool,
    },
    /// It is never answered.
    Hang {
        /// Whether it is carried out first.
        #[serde(default)]
        after_effect: bool,
    },
    /// It is answered 200 with something that is no JSON.
    Garbage {
        /// Whether it is carried out first.
        #[serde(default)]
        after_effect: bool,
    },
    /// It is answered as if it had been carried out, and is not.
    NoEffect,
}

/// The rules in force and the requests counted.
#[derive(Default)]
pub struct Faults {
    rules: Mutex<Vec<Fault>>,
    counters: Mutex<BTreeMap<String, u64>>,
}

impl Faults {
    /// Puts these rules in place of all others.
    pub fn set(&self, rules: Vec<Fault>) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// The rules that are left, with what is left of their counts.
    pub fn rules(&self) -> Vec<Fault> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests since the last reset, by `<kind of resource>.<verb>`, such as `customApis.list`.
    pub fn counters(&self) -> BTreeMap<String, u64> {
        self.counters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sets every counter back.
    pub fn reset_counters(&self) {
        self.counters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Counts one request.
    pub(super) fn count(&self, what: &str) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counters.get_mut(what) {
            *count += 1;
        } else {
            counters.insert(what.to_owned(), 1);
        }
    }

    /// The fault a request meets. `chance` is a number in 0..1 for each rule that is not certain.
    pub(super) fn meet(
        &self,
        method: &Method,
        path: &str,
        mut chance: impl FnMut() -> f64,
    ) -> Option<Action> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let path = path.to_ascii_lowercase();
        let found = rules.iter_mut().find(|rule| {
            rule.count != Some(0)
                && rule
                    .method
                    .as_ref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
                && rule
                    .path_contains
                    .as_ref()
                    .is_none_or(|part| path.contains(&part.to_ascii_lowercase()))
                && rule.probability.is_none_or(|probability| chance() < probability)
        })?;
        found.count = found.count.map(|count| count.saturating_sub(1));
        Some(found.action.clone())
    }
}

/// The rules of a `PUT /faults`.
pub(super) fn read_rules(body: &[u8]) -> Result<Vec<Fault>, Refusal> {
    let rules: Vec<Fault> = body::read(body)?;
    for rule in &rules {
        if let Action::Error { status, .. } = rule.action
            && StatusCode::from_u16(status).is_err()
        {
            return Err(Refusal::bad_request(
                "InvalidFault",
                format!("{status} is no HTTP status."),
            ));
        }
    }
    Ok(rules)
}

/// A number in 0..1, from a random id: nothing here needs more than that.
pub(super) fn chance() -> f64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    // The upper 32 bits are all random in a version 4 id.
    u32::try_from(high >> 32).map_or(0.0, |bits| f64::from(bits) / (f64::from(u32::MAX) + 1.0))
}

impl Action {
    /// Whether the request is carried out before its answer is spoilt.
    pub(super) fn is_after_effect(&self) -> bool {
        match self {
            Self::Error { after_effect, .. }
            | Self::Hang { after_effect }
            | Self::Garbage { after_effect } => *after_effect,
            Self::Latency { .. } | Self::NoEffect => false,
        }
    }

    /// The answer put in place of the true one; `None` where the true one is given after all.
    pub(super) async fn spoil(self) -> Option<Response> {
        match self {
            Self::Latency { milliseconds } => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                None
            }
            Self::Hang { .. } => std::future::pending().await,
            Self::Garbage { .. } => {
                let json = HeaderValue::from_static("application/json");
                Some(([(header::CONTENT_TYPE, json)], "<html>{\"value\": [").into_response())
            }
            Self::Error {
                status,
                body,
                retry_after,
                ..
            } => Some(error(status, body, retry_after)),
            Self::NoEffect => None,
        }
    }
}

fn error(status: u16, body: Option<String>, retry_after: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        Some(body) => (status, body).into_response(),
        // As the registry's own throttling says it: clients read from the code how far it reaches.
        None if status == StatusCode::TOO_MANY_REQUESTS => {
            Refusal::new(status, THROTTLED, "This fault was asked for.").into_response()
        }
        None => Refusal::new(status, "InjectedFault", "This fault was asked for.").into_response(),
    };
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never() -> f64 {
        1.0
    }

    #[test]
    fn a_fault_meets_what_fits_until_it_is_spent() {
        let rules = r#"[{"method": "put", "pathContains": "/customapis/a", "count": 2,
            "action": {"type": "error", "status": 503, "retryAfter": 7}}]"#;
        let faults = Faults::default();
        faults.set(read_rules(rules.as_bytes()).unwrap());
        let path = "/subscriptions/s/x/customApis/a";
        assert_eq!(faults.meet(&Method::GET, path, never), None);
        assert_eq!(faults.meet(&Method::PUT, "/customApis/b", never), None);
        assert!(faults.meet(&Method::PUT, path, never).is_some());
        assert!(faults.meet(&Method::PUT, path, never).is_some());
        assert_eq!(faults.meet(&Method::PUT, path, never), None);
        assert_eq!(faults.rules()[0].count, Some(0));
    }

    #[test]
    fn probability_decides_by_chance() {
        let faults = Faults::default();
        faults.set(read_rules(br#"[{"probability": 0.5, "action": {"type": "hang"}}]"#).unwrap());
        assert_eq!(faults.meet(&Method::GET, "/", || 0.5), None);
        assert_eq!(
            faults.meet(&Method::GET, "/", || 0.49),
            Some(Action::Hang { after_effect: false })
        );
        assert!(
            (0..1_000)
                .map(|_| chance())
                .all(|chance| (0.0..1.0).contains(&chance))
        );
    }

    #[test]
    fn a_misspelt_fault_is_refused() {
        for rules in [
            r#"[{"action": {"type": "explode"}}]"#,
            r#"[{"pathContain": "x", "action": {"type": "hang"}}]"#,
            r#"[{"action": {"type": "error", "status": 1}}]"#,
            r"{}",
        ] {
            assert!(read_rules(rules.as_bytes()).is_err(), "{rules}");
        }
    }
}
