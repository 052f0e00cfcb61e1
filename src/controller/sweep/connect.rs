//! From a backend's object to a backend that can be asked: address, credential, client. Client required.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::Url;

use super::{
    super::{backend_object::BackendObject, settings::Embedded, world::LANE_CAPACITY},
    Looker,
    azure::Azure,
};
use crate::{
    arm::{self, Client, StaticToken, TokenSource},
    crd::BackendKind,
    reconcile::{
        chain,
        reason::Reason,
        status::Stop,
        target::{Backend, Credential, Endpoint, SecretKey},
    },
    source::{SecretValue, guard},
};

/// How long one request to a backend may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection to a backend may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Calls a second to a registry that says nothing else.
const REQUESTS_PER_SECOND: u32 = 2000;

impl Looker {
    /// A backend that can be asked; the client of the last look serves on where nothing about it changed.
    pub async fn connect(&self, object: &BackendObject, last: Option<&Backend>) -> Result<Backend, Stop> {
        let (client, credential) = match &object.endpoint {
            Endpoint::Embedded => self.embedded_client(object, last)?,
            Endpoint::Remote { .. } => self.remote_client(object, last).await?,
            Endpoint::Azure {
                resource_manager,
                authority,
                audience,
                credential,
            } => {
                let azure = Azure {
                    resource_manager,
                    authority,
                    audience,
                    credential,
                };
                self.azure_client(object, azure, last).await?
            }
        };
        Ok(Backend {
            key: object.key.clone(),
            client,
            credential,
            scope: object.scope.clone(),
            location: object.location.clone(),
            policy: object.policy.clone(),
            built_in_roles: object.endpoint.built_in_roles(),
            instance: None,
        })
    }

    fn embedded_client(
        &self,
        object: &BackendObject,
        last: Option<&Backend>,
    ) -> Result<(Client, Credential), Stop> {
        let Some(Embedded { url, token }) = &self.embedded else {
            let message =
                "it points to the operator's own registry, and the operator runs without --embedded-registry";
            return Err(Stop::new(Reason::NoEmbeddedRegistry, message));
        };
        if let Some(known) = reusable(object, last, "") {
            return Ok(known);
        }
        let token =
            StaticToken::new(token).map_err(|error| Stop::new(Reason::InternalError, error.to_string()))?;
        let endpoint = arm::Endpoint::new(url.as_str(), None).map_err(|error| invalid(&error))?;
        self.client(object, endpoint, Arc::new(token), (String::new(), options()))
    }

    async fn remote_client(
        &self,
        object: &BackendObject,
        last: Option<&Backend>,
    ) -> Result<(Client, Credential), Stop> {
        let Endpoint::Remote {
            url,
            token,
            ca_bundle,
        } = &object.endpoint
        else {
            return Err(Stop::new(
                Reason::InternalError,
                "an embedded registry has no address",
            ));
        };
        let parsed = Url::parse(url)
            .map_err(|error| Stop::new(Reason::EndpointInvalid, format!("spec.registry.url: {error}")))?;
        let own = object.key.kind == BackendKind::ConnectorBackend;
        self.refuse_chosen_scope(object, &parsed)?;
        let secret = match self.secret(object, token, &parsed, last).await? {
            Found::Known(known) => return Ok(*known),
            Found::Secret(secret) => secret,
        };
        let (_, name, key) = token;
        let token = StaticToken::new(&secret.value).map_err(|error| {
            Stop::new(
                Reason::Unauthorized,
                format!("key `{key}` of Secret `{name}` cannot be sent as a token: {error}"),
            )
        })?;
        let bundle = ca_bundle.as_deref().map(|text| STANDARD.decode(text)).transpose();
        let bundle = bundle.map_err(|error| {
            Stop::new(
                Reason::EndpointInvalid,
                format!("spec.registry.caBundle is not base64: {error}"),
            )
        })?;
        let mut endpoint = arm::Endpoint::new(url, bundle.as_deref()).map_err(|error| invalid(&error))?;
        if own {
            let resolver = guard(&self.addresses, &parsed).map_err(|error| Stop::from(&error))?;
            endpoint = endpoint.resolved_by(resolver);
        }
        self.client(object, endpoint, Arc::new(token), (secret.revision, options()))
    }

    /// The Secret that a backend signs in by, to whoever is at `host`; or the client that was made from it.
    pub(super) async fn secret(
        &self,
        object: &BackendObject,
        (namespace, name, key): &SecretKey,
        host: &Url,
        last: Option<&Backend>,
    ) -> Result<Found, Stop> {
        let read = match object.key.kind {
            BackendKind::ConnectorBackend => self.sources.secret_for_host(namespace, name, key, host).await,
            BackendKind::ClusterConnectorBackend => self.sources.secret_value(namespace, name, key).await,
        };
        match (read, last) {
            (Ok(secret), last) => Ok(reusable(object, last, &secret.revision)
                .map_or(Found::Secret(secret), |known| Found::Known(Box::new(known)))),
            // A namespace that goes takes its Secrets first: what was read once serves until the end.
            (Err(_), Some(last)) if object.deleting => Ok(Found::Known(Box::new((
                last.client.clone(),
                last.credential.clone(),
            )))),
            (Err(error), None) if object.deleting => Err(Stop::new(
                Reason::CredentialGone,
                format!("it is being deleted, and {error}"),
            )),
            (Err(error), _) => Err(Stop::from(&error)),
        }
    }

    /// On the operator's own registry, also when it is reached by its address, a namespace cannot choose where it
    /// registers: it would reach into other namespaces' groups.
    fn refuse_chosen_scope(&self, object: &BackendObject, url: &Url) -> Result<(), Stop> {
        let own = self
            .embedded
            .as_ref()
            .is_some_and(|embedded| embedded.url.origin() == url.origin());
        let chosen = object.scope.resource_group() != object.key.namespace;
        if own && object.key.kind == BackendKind::ConnectorBackend && chosen {
            let message =
                "spec.registry.url is the operator's own registry, where the resource group cannot be chosen";
            return Err(Stop::new(Reason::EndpointInvalid, message));
        }
        Ok(())
    }

    pub(super) fn client(
        &self,
        object: &BackendObject,
        endpoint: arm::Endpoint,
        tokens: Arc<dyn TokenSource>,
        (revision, options): (String, arm::Options),
    ) -> Result<(Client, Credential), Stop> {
        let limits = &object.policy.limits;
        let per_second = limits
            .requests_per_second
            .and_then(|limit| u32::try_from(limit).ok());
        let options = arm::Options {
            max_in_flight: in_flight(object),
            requests_per_second: NonZeroU32::new(per_second.unwrap_or(REQUESTS_PER_SECOND)),
            ..options
        };
        let client = Client::new(endpoint, tokens, Arc::clone(&self.observer), options);
        let client = client.map_err(|error| Stop::new(Reason::EndpointInvalid, chain(&error)))?;
        Ok((
            client,
            Credential {
                revision,
                endpoint: object.endpoint.clone(),
                generation: object.generation,
            },
        ))
    }
}

/// What a backend signs in by, or what was made from it before and still holds.
pub(super) enum Found {
    Known(Box<(Client, Credential)>),
    Secret(SecretValue),
}

/// The time limits of a registry.
fn options() -> arm::Options {
    arm::Options {
        connect_timeout: CONNECT_TIMEOUT,
        request_timeout: REQUEST_TIMEOUT,
        ..arm::Options::default()
    }
}

/// Calls under way at once, the lists of a look beside those of passes.
fn in_flight(object: &BackendObject) -> usize {
    let chosen = object
        .policy
        .limits
        .max_in_flight
        .and_then(|limit| usize::try_from(limit).ok());
    chosen.unwrap_or(LANE_CAPACITY) + 2
}

pub(super) fn reusable(
    object: &BackendObject,
    last: Option<&Backend>,
    revision: &str,
) -> Option<(Client, Credential)> {
    let last = last.filter(|last| {
        let Credential {
            revision: known,
            endpoint,
            generation,
        } = &last.credential;
        known == revision && *endpoint == object.endpoint && *generation == object.generation
    })?;
    Some((last.client.clone(), last.credential.clone()))
}

pub(super) fn invalid(error: &arm::EndpointError) -> Stop {
    Stop::new(Reason::EndpointInvalid, chain(error))
}
