//! Reads the ConfigMaps and Secrets of a connector's own namespace. Client required.
//!
//! Secrets are read one by one, by name: whoever may list Secrets may read them all.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, ResourceExt as _};
use secrecy::SecretString;
use url::Url;

use super::{
    cache::{Asked, Cache, Content},
    error::{Kind, Object, SourceError},
    hosts,
};
use crate::crd::ALLOWED_HOSTS;

/// How long one answer of the API server may take.
const API_SERVER_LIMIT: Duration = Duration::from_secs(10);

/// What is kept of ConfigMaps, in bytes.
const CACHE_BYTES: usize = 8 << 20;

/// More headers than this are a mistake.
const HEADERS_LIMIT: usize = 32;

/// A value out of a Secret, and what tells that the Secret is still the same.
#[derive(Clone, Debug)]
pub struct SecretValue {
    /// The value, without the line break that editors and `echo` leave at its end.
    pub value: SecretString,
    /// `uid/resourceVersion` of the Secret.
    pub revision: String,
}

/// Headers out of a Secret; printed without their values.
pub(super) struct SecretHeaders {
    /// The Secret they come from.
    pub(super) secret: Object,
    /// The hosts it may go to, as its annotation says.
    pub(super) allowed_hosts: Option<String>,
    /// The headers, each marked sensitive.
    pub(super) headers: HeaderMap,
    /// `uid/resourceVersion` of the Secret.
    pub(super) revision: String,
}

/// Why a read failed, told to all who waited for it.
#[derive(Clone)]
enum ReadFailure {
    NotFound,
    NotPermitted(String),
    TimedOut,
    Failed(Option<Arc<kube::Error>>),
}

/// Reads referenced objects.
pub(super) struct References {
    client: kube::Client,
    config_maps: Cache<ReadFailure>,
}

impl References {
    pub(super) fn new(client: kube::Client) -> Self {
        Self {
            client,
            config_maps: Cache::new(CACHE_BYTES),
        }
    }

    /// The value under `key` and the ConfigMap's `uid/resourceVersion`. Where the version that a watch
    /// has seen is given, one read serves all who ask for it.
    pub(super) async fn config_map_value(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<(Bytes, String), SourceError> {
        let object = object(Kind::ConfigMap, namespace, name);
        let api = Api::<ConfigMap>::namespaced(self.client.clone(), namespace);
        let read = || read_config_map(api, name.to_owned());
        let content = match version {
            None => read().await,
            Some(version) => {
                let (namespace, name) = (namespace.to_owned(), name.to_owned());
                let asked = Asked {
                    namespace,
                    name,
                    version: version.to_owned(),
                };
                self.config_maps.get(asked, read).await
            }
        }
        .map_err(|failure| failure.about(&object))?;
        match content.values.get(key) {
            Some(value) => Ok((value.clone(), content.revision.clone())),
            None => Err(SourceError::KeyNotFound {
                object,
                key: key.to_owned(),
                available: content.values.keys().cloned().collect(),
            }),
        }
    }

    /// The bytes under `key` and the Secret's `uid/resourceVersion`.
    pub(super) async fn secret_bytes(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
    ) -> Result<(Bytes, String), SourceError> {
        let secret = self.secret(namespace, name).await?;
        let revision = revision(&secret);
        bytes_of(secret, &object(Kind::Secret, namespace, name), key).map(|bytes| (bytes, revision))
    }

    /// The text under `key`.
    pub(super) async fn secret_value(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
    ) -> Result<SecretValue, SourceError> {
        text_of(
            self.secret(namespace, name).await?,
            &object(Kind::Secret, namespace, name),
            key,
        )
    }

    /// The text under `key`, if the Secret may be sent to where `url` leads.
    pub(super) async fn secret_for_host(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
        url: &Url,
    ) -> Result<SecretValue, SourceError> {
        let (secret, object) = (
            self.secret(namespace, name).await?,
            object(Kind::Secret, namespace, name),
        );
        hosts::check(
            &object,
            secret.annotations().get(ALLOWED_HOSTS).map(String::as_str),
            url,
        )?;
        text_of(secret, &object, key)
    }

    /// The Secret's `uid/resourceVersion`, without reading a value.
    pub(super) async fn secret_revision(&self, namespace: &str, name: &str) -> Result<String, SourceError> {
        let api = Api::<Secret>::namespaced(self.client.clone(), namespace);
        limited(api.get_metadata_opt(name))
            .await
            .map(|metadata| revision(&metadata))
            .map_err(|failure| failure.about(&object(Kind::Secret, namespace, name)))
    }

    /// Every key of the Secret as a header.
    pub(super) async fn headers(&self, namespace: &str, name: &str) -> Result<SecretHeaders, SourceError> {
        let mut secret = self.secret(namespace, name).await?;
        let values = secret.data.take().unwrap_or_default();
        let values = values
            .into_iter()
            .map(|(key, value)| (key, Bytes::from(value.0)))
            .collect();
        let object = object(Kind::Secret, namespace, name);
        Ok(SecretHeaders {
            headers: headers(&values, &object)?,
            allowed_hosts: secret.annotations().get(ALLOWED_HOSTS).cloned(),
            revision: revision(&secret),
            secret: object,
        })
    }

    async fn secret(&self, namespace: &str, name: &str) -> Result<Secret, SourceError> {
        let api = Api::<Secret>::namespaced(self.client.clone(), namespace);
        limited(api.get_opt(name)).await.map_err(|failure| {
            failure
                .without_quotes()
                .about(&object(Kind::Secret, namespace, name))
        })
    }
}

async fn read_config_map(api: Api<ConfigMap>, name: String) -> Result<Arc<Content>, ReadFailure> {
    let config_map = limited(api.get_opt(&name)).await?;
    let revision = revision(&config_map);
    let text = config_map
        .data
        .into_iter()
        .flatten()
        .map(|(key, value)| (key, Bytes::from(value)));
    let binary = config_map
        .binary_data
        .into_iter()
        .flatten()
        .map(|(key, value)| (key, value.0.into()));
    Ok(Arc::new(Content {
        values: text.chain(binary).collect(),
        revision,
    }))
}

async fn limited<T>(read: impl Future<Output = kube::Result<Option<T>>>) -> Result<T, ReadFailure> {
    match tokio::time::timeout(API_SERVER_LIMIT, read).await {
        Err(_elapsed) => Err(ReadFailure::TimedOut),
        Ok(Ok(found)) => found.ok_or(ReadFailure::NotFound),
        Ok(Err(kube::Error::Api(status))) if status.code == 403 => {
            Err(ReadFailure::NotPermitted(status.message.clone()))
        }
        Ok(Err(error)) => Err(ReadFailure::Failed(Some(Arc::new(error)))),
    }
}

impl ReadFailure {
    /// For Secrets: a decoder's words may quote what it could not decode.
    fn without_quotes(self) -> Self {
        match &self {
            Self::Failed(Some(error)) if matches!(**error, kube::Error::SerdeError(_)) => Self::Failed(None),
            Self::NotFound | Self::NotPermitted(_) | Self::TimedOut | Self::Failed(_) => self,
        }
    }

    fn about(self, object: &Object) -> SourceError {
        let object = object.clone();
        match self {
            Self::NotFound => SourceError::NotFound { object },
            Self::NotPermitted(reason) => SourceError::NotPermitted { object, reason },
            Self::TimedOut => SourceError::ApiServerTimedOut {
                object,
                seconds: API_SERVER_LIMIT.as_secs(),
            },
            Self::Failed(source) => SourceError::ApiServer { object, source },
        }
    }
}

fn object(kind: Kind, namespace: &str, name: &str) -> Object {
    Object {
        kind,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

fn bytes_of(secret: Secret, object: &Object, key: &str) -> Result<Bytes, SourceError> {
    let value = secret.data.and_then(|mut data| data.remove(key));
    value
        .map(|value| value.0.into())
        .ok_or_else(|| SourceError::KeyNotFound {
            object: object.clone(),
            key: key.to_owned(),
            available: Vec::new(),
        })
}

fn text_of(secret: Secret, object: &Object, key: &str) -> Result<SecretValue, SourceError> {
    let revision = revision(&secret);
    let bytes = bytes_of(secret, object, key)?;
    let text = str::from_utf8(&bytes).map_err(|_| SourceError::NotText {
        object: object.clone(),
        key: key.to_owned(),
    })?;
    Ok(SecretValue {
        value: text.trim_end_matches(['\r', '\n']).into(),
        revision,
    })
}

/// The uid as well: a re-created object may come to an equal resourceVersion on another API server.
fn revision(object: &impl kube::ResourceExt) -> String {
    format!(
        "{}/{}",
        object.uid().unwrap_or_default(),
        object.resource_version().unwrap_or_default()
    )
}

/// The values as headers, or why one cannot be one. No message holds a value.
fn headers(values: &BTreeMap<String, Bytes>, secret: &Object) -> Result<HeaderMap, SourceError> {
    let refused = |key: &str, problem| SourceError::HeaderRefused {
        secret: secret.clone(),
        header: key.to_owned(),
        problem,
    };
    let mut headers = HeaderMap::new();
    for (key, value) in values {
        let name: HeaderName = key
            .parse()
            .map_err(|_| refused(key, "the key is no header name"))?;
        if is_ours(&name) {
            return Err(refused(
                key,
                "this header belongs to the connection and is not for users to set",
            ));
        }
        let end = value
            .iter()
            .rposition(|byte| !b"\r\n".contains(byte))
            .map_or(0, |last| last + 1);
        let mut value = HeaderValue::from_maybe_shared(value.slice(..end))
            .map_err(|_| refused(key, "its value holds characters that a header may not hold"))?;
        value.set_sensitive(true);
        if headers.len() == HEADERS_LIMIT {
            return Err(refused(key, "at most 32 headers are sent"));
        }
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Headers that say how the message is carried (RFC 9110, 7.6.1 and 8.6; RFC 9112), and those that make
/// the answer conditional or partial.
fn is_ours(name: &HeaderName) -> bool {
    const NAMES: [&str; 18] = [
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "keep-alive",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.contains(&name.as_str()) || name.as_str().starts_with("proxy-")
}
