//! Fetches what a connector refers to, within limits. Client required.
//!
//! A reference never leaves the connector's namespace, a Secret goes only to the hosts that it names
//! itself, and a URL leads nowhere that is not on the public internet unless the administrator allows it.

mod address;
mod cache;
mod error;
mod gzip;
pub mod hosts;
pub mod icon;
mod references;
mod revision;
mod web;

#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use url::Url;

use crate::{
    connector::digest::sha256,
    crd::definition::{Icon, Source},
};

pub use self::{
    address::AddressPolicy,
    error::{Kind, Object, SourceError},
    references::SecretValue,
    web::{TimeLimits, guard},
};
use self::{references::References, revision::Fingerprint};

/// Where something lies; objects are those of the connector's namespace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Location<'a> {
    /// In the spec itself.
    Inline {
        /// The content.
        text: &'a str,
    },
    /// Under a key of a ConfigMap, in `data` or `binaryData`.
    ConfigMapKey {
        /// The ConfigMap's name.
        name: &'a str,
        /// The key.
        key: &'a str,
        /// The resourceVersion that a watch has seen: lets many connectors share one read.
        version: Option<&'a str>,
    },
    /// Under a key of a Secret.
    SecretKey {
        /// The Secret's name.
        name: &'a str,
        /// The key.
        key: &'a str,
    },
    /// At a URL.
    Url(UrlLocation<'a>),
}

/// What is behind a URL, which is sent exactly as written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UrlLocation<'a> {
    /// The URL: https, unless the administrator allowed its address.
    pub url: &'a str,
    /// The Secret whose keys are sent as headers, to the hosts that it names in [`crate::crd::ALLOWED_HOSTS`].
    pub headers_secret: Option<&'a str>,
    /// `sha256:<hex>` that the content must have.
    pub digest: Option<&'a str>,
}

impl<'a> Location<'a> {
    /// Where a connector's spec says that its description lies; `version` is the resourceVersion that a
    /// watch has seen of the ConfigMap, should it be one.
    pub fn of(source: &'a Source, version: Option<&'a str>) -> Self {
        match source {
            Source::Inline(text) => Self::Inline { text },
            Source::ConfigMapKeyRef(reference) => Self::ConfigMapKey {
                name: &reference.name,
                key: &reference.key,
                version,
            },
            Source::SecretKeyRef(reference) => Self::SecretKey {
                name: &reference.name,
                key: &reference.key,
            },
            Source::Url(source) => Self::Url(UrlLocation {
                url: &source.url,
                headers_secret: source
                    .headers_secret_ref
                    .as_ref()
                    .map(|secret| secret.name.as_str()),
                digest: source.digest.as_deref(),
            }),
        }
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline { .. } => formatter.write_str("the inline text"),
            Self::ConfigMapKey { name, key, .. } => write!(formatter, "key `{key}` of ConfigMap `{name}`"),
            Self::SecretKey { name, key } => write!(formatter, "key `{key}` of Secret `{name}`"),
            Self::Url(location) => match Url::parse(location.url) {
                Ok(url) => write!(formatter, "`{}`", web::shown(&url)),
                Err(_) => formatter.write_str("the URL"),
            },
        }
    }
}

/// What was fetched.
#[derive(Clone, Eq, PartialEq)]
pub struct Fetched {
    /// The bytes as they are stored.
    pub bytes: Bytes,
    /// Equal texts mean unchanged content; opaque otherwise. `uid/resourceVersion` of an object; entity tag,
    /// time of last change or digest of a URL, with what was asked for.
    pub revision: String,
    /// `sha256:<hex>` of the bytes as they are stored, so before unpacking.
    pub digest: String,
    /// Whether it came out of a Secret: nothing of it may then be quoted.
    pub secret: bool,
    /// Where it came from, in words.
    pub origin: String,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Fetched")
            .field("size", &self.bytes.len())
            .field("revision", &self.revision)
            .field("digest", &self.digest)
            .field("secret", &self.secret)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Fetched {
    /// The content: unpacked where the bytes begin as gzip does, at most `limit` bytes.
    pub fn unpacked(&self, limit: usize) -> Result<Bytes, SourceError> {
        gzip::unpack(&self.bytes, limit).map_err(|error| {
            let what = self.origin.clone();
            match error {
                gzip::UnpackError::TooLarge => SourceError::TooLarge { what, limit },
                gzip::UnpackError::Damaged(source) => SourceError::Gzip { what, source },
            }
        })
    }
}

/// An icon, ready to be sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FetchedIcon {
    /// `data:image/png;base64,…` or `data:image/jpeg;base64,…`.
    pub data_uri: String,
    /// As [`Fetched::revision`].
    pub revision: String,
}

/// The answer to a fetch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// Still the revision that the caller knows.
    Unchanged,
    /// The content.
    Fetched(Fetched),
}

/// Fetches for connectors of all namespaces.
pub struct Sources {
    references: References,
    web: web::Web,
}

impl Sources {
    /// Reads objects with `client`; URLs within `policy` and `limits`.
    pub fn new(client: kube::Client, policy: AddressPolicy, limits: TimeLimits) -> Result<Self, SourceError> {
        Ok(Self {
            references: References::new(client),
            web: web::Web::new(policy, limits)?,
        })
    }

    /// Fetches at most `limit` bytes from `location` for a connector in `namespace`. Where the caller
    /// `knows` a revision and needs no bytes while it stands, that is the answer.
    pub async fn fetch(
        &self,
        namespace: &str,
        location: Location<'_>,
        knows: Option<&str>,
        limit: usize,
    ) -> Result<Answer, SourceError> {
        let (bytes, revision, secret) = match location {
            Location::Inline { text } => {
                let bytes = Bytes::copy_from_slice(text.as_bytes());
                (bytes, sha256(text.as_bytes()), false)
            }
            Location::ConfigMapKey { name, key, version } => {
                let (bytes, revision) = self
                    .references
                    .config_map_value(namespace, name, key, version)
                    .await?;
                (bytes, revision, false)
            }
            Location::SecretKey { name, key } => {
                let (bytes, revision) = self.references.secret_bytes(namespace, name, key).await?;
                (bytes, revision, true)
            }
            Location::Url(url) => match self.fetch_url(namespace, url, knows, limit).await? {
                Some((bytes, revision)) => (bytes, revision, false),
                None => return Ok(Answer::Unchanged),
            },
        };
        if knows == Some(&revision) {
            return Ok(Answer::Unchanged);
        }
        let origin = location.to_string();
        if bytes.len() > limit {
            return Err(SourceError::TooLarge { what: origin, limit });
        }
        let digest = sha256(&bytes);
        Ok(Answer::Fetched(Fetched {
            bytes,
            revision,
            digest,
            secret,
            origin,
        }))
    }

    /// The icon that a connector's spec refers to, or `None` where it is still the revision that the caller
    /// `knows`; `version` as in [`Location::of`].
    pub async fn icon(
        &self,
        namespace: &str,
        icon: &Icon,
        version: Option<&str>,
        knows: Option<&str>,
    ) -> Result<Option<FetchedIcon>, SourceError> {
        let location = match icon {
            Icon::Inline(text) => Location::Inline { text },
            Icon::ConfigMapKeyRef(reference) => Location::ConfigMapKey {
                name: &reference.name,
                key: &reference.key,
                version,
            },
            Icon::Url(url) => Location::Url(UrlLocation {
                url,
                headers_secret: None,
                digest: None,
            }),
        };
        let Answer::Fetched(fetched) = self.fetch(namespace, location, knows, icon::ICON_LIMIT).await? else {
            return Ok(None);
        };
        let uri = match icon {
            Icon::Inline(text) => icon::inline_data_uri(text),
            Icon::ConfigMapKeyRef(_) | Icon::Url(_) => icon::data_uri(&fetched.bytes),
        };
        let data_uri = uri.map_err(|source| SourceError::Icon {
            what: fetched.origin,
            source,
        })?;
        Ok(Some(FetchedIcon {
            data_uri,
            revision: fetched.revision,
        }))
    }

    /// The content of a URL and its revision, or `None` where the caller knows it already.
    async fn fetch_url(
        &self,
        namespace: &str,
        wanted: UrlLocation<'_>,
        knows: Option<&str>,
        limit: usize,
    ) -> Result<Option<(Bytes, String)>, SourceError> {
        let url = web::parse(wanted.url)?;
        let pin = wanted.digest.map(pinned).transpose()?;
        let headers = match wanted.headers_secret {
            Some(name) => Some(self.references.headers(namespace, name).await?),
            None => None,
        };
        let secret_revision = headers.as_ref().map(|headers| headers.revision.as_str());
        let asked = Fingerprint::of(&url, secret_revision, pin.as_deref());
        let known = knows.and_then(|revision| asked.validator(revision));
        let request = web::Request {
            url: &url,
            headers: headers.as_ref(),
            known: known.as_ref(),
            limit,
        };
        let (bytes, validator) = match self.web.get(&request).await? {
            web::Answer::Unchanged => return Ok(None),
            web::Answer::Content(bytes, validator) => (bytes, validator),
        };
        let found = sha256(&bytes);
        match pin {
            Some(wanted) if wanted != found => Err(SourceError::DigestMismatch {
                url: web::shown(&url),
                wanted,
                found,
            }),
            _ => {
                let revision = asked.revision(validator.as_ref(), &found);
                Ok(Some((bytes, revision)))
            }
        }
    }

    /// The text under `key` of a Secret, to be sent at once and kept nowhere.
    pub async fn secret_value(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
    ) -> Result<SecretValue, SourceError> {
        self.references.secret_value(namespace, name, key).await
    }

    /// As [`secret_value`](Self::secret_value), for a token that is sent to where `url` leads: the Secret itself must
    /// name that host.
    pub async fn secret_for_host(
        &self,
        namespace: &str,
        name: &str,
        key: &str,
        url: &Url,
    ) -> Result<SecretValue, SourceError> {
        self.references.secret_for_host(namespace, name, key, url).await
    }

    /// `uid/resourceVersion` of a Secret, without reading what it holds.
    pub async fn secret_revision(&self, namespace: &str, name: &str) -> Result<String, SourceError> {
        self.references.secret_revision(namespace, name).await
    }
}

/// A digest as users write it, in lower case.
fn pinned(text: &str) -> Result<String, SourceError> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    if digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(SourceError::DigestInvalid {
        text: text.chars().take(80).collect(),
    })
}
