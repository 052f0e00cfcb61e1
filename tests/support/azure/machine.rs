//! The identity of the machine or the service that we run on. No client.
//!
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>,
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity>

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    cloud::Cloud,
    tokens::{Bearer, Lifetime, Tokens},
};

/// What the service's endpoint wants to be shown.
pub(crate) const IDENTITY_SECRET: &str = "identity-canary";
/// The tenant of every machine.
pub(crate) const TENANT: &str = "72f988bf-0000-0000-0000-00000000c0de";

/// The identities of one machine: the system's, and those that were assigned.
pub(crate) struct Machine {
    tokens: Arc<Tokens>,
    /// By client id; empty: the system-assigned one.
    identities: Mutex<BTreeMap<String, Uuid>>,
    exchanges: Mutex<usize>,
}

impl Machine {
    /// A machine without identities.
    pub(super) fn new(tokens: Arc<Tokens>) -> Self {
        Self {
            tokens,
            identities: Mutex::default(),
            exchanges: Mutex::default(),
        }
    }

    /// Gives it the identity of that client id, or its own where that is empty. Returns the object id.
    pub(crate) fn assign(&self, client: &str) -> Uuid {
        *self
            .identities
            .lock()
            .unwrap()
            .entry(client.to_owned())
            .or_insert_with(Uuid::new_v4)
    }

    /// How often it was asked for a token since the last time.
    pub(crate) fn take_exchanges(&self) -> usize {
        std::mem::take(&mut self.exchanges.lock().unwrap())
    }

    /// Answers a GET at the machine's address or at the service's endpoint.
    pub(super) fn answer(
        &self,
        path: &str,
        query: &BTreeMap<String, String>,
        headers: &HeaderMap,
    ) -> Response {
        *self.exchanges.lock().unwrap() += 1;
        let shown = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
        let (version, is_meant) = match path {
            "/metadata/identity/oauth2/token" => ("2018-02-01", shown("metadata") == Some("true")),
            "/msi/token" => ("2019-08-01", shown("x-identity-header") == Some(IDENTITY_SECRET)),
            _ => return StatusCode::NOT_FOUND.into_response(),
        };
        if !is_meant {
            return refused(
                "invalid_request",
                "The header that shows that this is meant is missing",
            );
        }
        if query.get("api-version").is_none_or(|it| it != version) {
            return refused("invalid_request", "The api-version is not known");
        }
        let resource = query.get("resource").map(String::as_str).unwrap_or_default();
        let Some(cloud) = Cloud::of_audience(resource) else {
            return refused(
                "invalid_resource",
                "AADSTS500011: The tenant has no such resource",
            );
        };
        let identities = self.identities.lock().unwrap().clone();
        let named = query.get("client_id").map(String::as_str);
        let found = match (named, identities.len()) {
            (Some(client), _) => identities.get_key_value(client),
            // The system-assigned one, or the only one.
            (None, 1) => identities.first_key_value(),
            (None, _) => identities.get_key_value(""),
        };
        let Some((client, object)) = found else {
            return refused("invalid_request", "Identity not found");
        };
        let bearer = Bearer {
            tenant: TENANT.to_owned(),
            client: client.clone(),
            object: *object,
        };
        // Machines give numbers as text.
        let lifetime = Lifetime::default();
        let end = Timestamp::now().as_second() + i64::try_from(lifetime.told.as_secs()).unwrap();
        let body = json!({
            "access_token": self.tokens.give(&bearer, cloud, Lifetime { real: Duration::from_hours(24), ..lifetime }),
            "client_id": client,
            "expires_in": lifetime.told.as_secs().to_string(),
            "expires_on": end.to_string(),
            "resource": resource,
            "token_type": "Bearer",
        });
        axum::Json(body).into_response()
    }
}

fn refused(error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}
