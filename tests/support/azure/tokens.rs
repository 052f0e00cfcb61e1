//! Access tokens: given by Entra and by machines, taken by the resource manager. No client.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use uuid::Uuid;

use super::cloud::Cloud;

/// How long tokens are good for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    /// As it is told to whoever gets one, in whole seconds.
    pub(crate) told: Duration,
    /// After how long a renewal is wished for, in whole seconds; not told if nothing.
    pub(crate) refresh: Option<Duration>,
    /// As it really is.
    pub(crate) real: Duration,
}

impl Default for Lifetime {
    fn default() -> Self {
        let hour = Duration::from_secs(3_599);
        Self {
            told: hour,
            refresh: None,
            real: hour,
        }
    }
}

/// Who presents a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Bearer {
    pub(crate) tenant: String,
    pub(crate) client: String,
    /// The object id of its service principal.
    pub(crate) object: Uuid,
}

/// Why a token is not taken: the resource manager's own codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    Missing,
    Unknown,
    Expired,
    Audience,
}

#[derive(Clone)]
struct Given {
    bearer: Bearer,
    cloud: Cloud,
    end: Instant,
}

/// Those that were given.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<String, Given>>);

impl Tokens {
    /// A new one, which says what a real one says and is signed by nobody.
    pub(super) fn give(&self, bearer: &Bearer, cloud: Cloud, lifetime: Lifetime) -> String {
        let encode = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = encode(json!({ "typ": "JWT", "alg": "RS256", "kid": "test" }));
        let claims = encode(json!({
            "aud": cloud.audience(), "tid": bearer.tenant, "appid": bearer.client, "oid": bearer.object,
            "uti": Uuid::new_v4(),
        }));
        let token = format!("{header}.{claims}.{}", Uuid::new_v4().simple());
        let given = Given {
            bearer: bearer.clone(),
            cloud,
            end: Instant::now() + lifetime.real,
        };
        self.0.lock().unwrap().insert(token.clone(), given);
        token
    }

    /// Who presents a token to a cloud's resource manager.
    pub(super) fn bearer(&self, authorization: Option<&str>, cloud: Cloud) -> Result<Bearer, Fault> {
        let token = authorization
            .and_then(|it| it.strip_prefix("Bearer "))
            .ok_or(Fault::Missing)?;
        let given = self.0.lock().unwrap().get(token).cloned().ok_or(Fault::Unknown)?;
        if given.end < Instant::now() {
            Err(Fault::Expired)
        } else if given.cloud != cloud {
            Err(Fault::Audience)
        } else {
            Ok(given.bearer)
        }
    }

    /// None that was given is taken any more.
    pub(super) fn expire(&self) {
        for given in self.0.lock().unwrap().values_mut() {
            given.end = Instant::now()
                .checked_sub(Duration::from_secs(1))
                .unwrap_or(given.end);
        }
    }
}
