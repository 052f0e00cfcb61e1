//! Fetches URLs that users wrote, within limits of size, time, redirects and reach. Client required.
//!
//! Whether an address may be reached is decided on the very address that is connected to: names by the
//! resolver that the HTTP client connects with, literal addresses here, as the client resolves none.
//! So an answer that changes between check and use changes nothing.

mod resolver;

use std::{error::Error, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use reqwest::dns::Resolve;
use url::{Host, Url};

pub use self::resolver::guard;
use self::resolver::{Filter, Scheme, SystemResolver, refused_address};
use super::{address::AddressPolicy, error::SourceError, hosts, references::SecretHeaders};

/// How often a URL may lead on to another.
const REDIRECTS_LIMIT: usize = 3;

/// The longest validator that is remembered; longer ones are treated as absent.
const VALIDATOR_LIMIT: usize = 200;

/// The longest URL that is fetched.
const URL_LIMIT: usize = 2048;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimits {
    /// To get a connection, for each address tried.
    pub connect: Duration,
    /// From the first byte sent to the last byte read, all redirects included.
    pub total: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(30),
        }
    }
}

/// What the server gave to tell one version from another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Validator {
    /// An entity tag.
    Tag(String),
    /// A time of last change.
    Modified(String),
}

/// What is to be fetched.
pub(super) struct Request<'a> {
    pub(super) url: &'a Url,
    pub(super) headers: Option<&'a SecretHeaders>,
    /// What the version that is known already was told by.
    pub(super) known: Option<&'a Validator>,
    /// The most bytes that are accepted.
    pub(super) limit: usize,
}

/// What came.
pub(super) enum Answer {
    /// The version that is known already.
    Unchanged,
    /// The content.
    Content(Bytes, Option<Validator>),
}

/// An HTTP client that reaches only what the policy permits.
pub(super) struct Web {
    secure: reqwest::Client,
    plain: reqwest::Client,
    policy: Arc<AddressPolicy>,
    limits: TimeLimits,
}

impl Web {
    /// A client that resolves names as the system does.
    pub(super) fn new(policy: AddressPolicy, limits: TimeLimits) -> Result<Self, SourceError> {
        let resolver: Arc<dyn Resolve> = Arc::new(SystemResolver);
        Self::with_resolver(policy, limits, &resolver)
    }

    fn with_resolver(
        policy: AddressPolicy,
        limits: TimeLimits,
        resolver: &Arc<dyn Resolve>,
    ) -> Result<Self, SourceError> {
        let policy = Arc::new(policy);
        let builder = |scheme| {
            let resolver = Filter {
                scheme,
                policy: Arc::clone(&policy),
                resolver: Arc::clone(resolver),
            };
            reqwest::Client::builder()
                .user_agent(concat!("connector-operator/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(resolver)
                // a proxy would resolve and connect in our place, unchecked
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(limits.connect)
                .timeout(limits.total)
                // sources are asked for minutes apart
                .pool_max_idle_per_host(0)
        };
        let trusting_none = |scheme| {
            builder(scheme)
                .tls_certs_only([])
                .build()
                .map_err(SourceError::Client)
        };
        // A system without CA certificates is no reason to fetch nothing at all.
        let secure = builder(Scheme::Secure).build().or_else(|error| {
            tracing::warn!(
                error = &error as &dyn Error,
                "no https source can be read: no certificate is trusted"
            );
            trusting_none(Scheme::Secure)
        })?;
        let plain = trusting_none(Scheme::Plain)?;
        Ok(Self {
            secure,
            plain,
            policy,
            limits,
        })
    }

    /// Fetches within all limits, following redirects. Headers go only to the hosts their Secret names,
    /// and no further than the first redirect to another scheme, host or port.
    pub(super) async fn get(&self, request: &Request<'_>) -> Result<Answer, SourceError> {
        match tokio::time::timeout(self.limits.total, self.follow(request)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(unavailable(request.url, self.too_slow(), None)),
        }
    }

    async fn follow(&self, request: &Request<'_>) -> Result<Answer, SourceError> {
        let mut url = request.url.clone();
        let mut headers = match request.headers {
            Some(SecretHeaders {
                secret,
                allowed_hosts,
                headers,
                ..
            }) => {
                hosts::check(secret, allowed_hosts.as_deref(), &url)?;
                Some(headers)
            }
            None => None,
        };
        for _ in 0..=REDIRECTS_LIMIT {
            let response = self.send(&url, headers, request.known).await?;
            match response.status() {
                StatusCode::OK => return self.read(response, &url, request.limit).await,
                StatusCode::NOT_MODIFIED if request.known.is_some() => return Ok(Answer::Unchanged),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let next = target(&url, response.headers())?;
                    headers = headers.filter(|_| same_origin(&url, &next));
                    url = next;
                }
                other => return Err(unexpected(&url, other)),
            }
        }
        let problem = format!("more than {REDIRECTS_LIMIT} redirects");
        Err(unavailable(request.url, problem, None))
    }

    async fn send(
        &self,
        url: &Url,
        headers: Option<&HeaderMap>,
        known: Option<&Validator>,
    ) -> Result<reqwest::Response, SourceError> {
        let scheme = check(url, &self.policy)?;
        let client = match scheme {
            Scheme::Secure => &self.secure,
            Scheme::Plain => &self.plain,
        };
        let mut request = client.get(url.clone()).header(header::ACCEPT, "*/*");
        request = match known {
            Some(Validator::Tag(tag)) => request.header(header::IF_NONE_MATCH, tag),
            Some(Validator::Modified(time)) => request.header(header::IF_MODIFIED_SINCE, time),
            None => request,
        };
        if let Some(headers) = headers {
            request = request.headers(headers.clone());
        }
        request
            .send()
            .await
            .map_err(|error| self.failed(url, scheme, error))
    }

    async fn read(
        &self,
        mut response: reqwest::Response,
        url: &Url,
        limit: usize,
    ) -> Result<Answer, SourceError> {
        let too_large = || SourceError::TooLarge {
            what: format!("what `{}` holds", shown(url)),
            limit,
        };
        let announced = response.content_length().unwrap_or_default();
        if usize::try_from(announced).map_or(true, |announced| announced > limit) {
            return Err(too_large());
        }
        let validator = validator(response.headers());
        let mut content = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failed(url, Scheme::Secure, error))?
        {
            if content.len() + chunk.len() > limit {
                return Err(too_large());
            }
            content.extend_from_slice(&chunk);
        }
        Ok(Answer::Content(content.freeze(), validator))
    }

    /// What a failed call means. The library's error goes on without the URL it would print whole.
    fn failed(&self, url: &Url, scheme: Scheme, error: reqwest::Error) -> SourceError {
        if refused_address(&error) {
            return not_reachable(url, scheme);
        }
        let problem = if error.is_timeout() {
            self.too_slow()
        } else if error.is_dns() {
            "its host name could not be resolved".to_owned()
        } else if error.is_connect() {
            "no connection, or no trusted TLS session, could be made".to_owned()
        } else {
            "the connection broke, or what came is not HTTP".to_owned()
        };
        unavailable(url, problem, Some(error.without_url()))
    }

    fn too_slow(&self) -> String {
        format!(
            "it took longer than {} s to connect or {} s in all",
            self.limits.connect.as_secs_f32(),
            self.limits.total.as_secs_f32()
        )
    }
}

/// The URL that a user wrote, if it is one that is fetched.
pub(super) fn parse(text: &str) -> Result<Url, SourceError> {
    // Nothing of an unreadable text is printed: there is no telling which part of it is a password.
    let unreadable = || SourceError::UrlRefused {
        url: "…".to_owned(),
        problem: "it is not an absolute URL with a host",
    };
    let url: Url = text.parse().map_err(|_| unreadable())?;
    if url.cannot_be_a_base() {
        return Err(unreadable());
    }
    if text.len() > URL_LIMIT {
        return Err(SourceError::UrlRefused {
            url: shown(&url),
            problem: "it is longer than 2048 characters",
        });
    }
    Ok(url)
}

/// Everything about a URL that can be told without resolving its host.
fn check(url: &Url, policy: &AddressPolicy) -> Result<Scheme, SourceError> {
    let refused = |problem| SourceError::UrlRefused {
        url: shown(url),
        problem,
    };
    let scheme = match url.scheme() {
        "https" => Scheme::Secure,
        "http" if policy.names_none() => return Err(not_reachable(url, Scheme::Plain)),
        "http" => Scheme::Plain,
        _ => return Err(refused("only https is fetched")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(
            "it holds a user name or password; put credentials into headersSecretRef",
        ));
    }
    let literal = match url.host() {
        None => return Err(refused("it has no host")),
        Some(Host::Domain(_)) => None,
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
    };
    match literal {
        Some(address) if !policy.permits_over(scheme, address) => Err(not_reachable(url, scheme)),
        _ => Ok(scheme),
    }
}

fn not_reachable(url: &Url, scheme: Scheme) -> SourceError {
    match scheme {
        Scheme::Secure => SourceError::AddressNotAllowed {
            host: url.host_str().unwrap_or_default().to_owned(),
        },
        Scheme::Plain => SourceError::UrlRefused {
            url: shown(url),
            problem: "plain http is only for addresses that the administrator allowed with \
                      --allow-source-cidr; use https",
        },
    }
}

/// Where a redirect leads.
fn target(url: &Url, headers: &HeaderMap) -> Result<Url, SourceError> {
    let location = headers
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok());
    let mut next = location
        .filter(|location| location.len() <= URL_LIMIT)
        .and_then(|location| url.join(location).ok())
        .ok_or_else(|| unavailable(url, "it redirects to what is no URL".to_owned(), None))?;
    next.set_fragment(None);
    Ok(next)
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// The entity tag, else the time of last change.
fn validator(headers: &HeaderMap) -> Option<Validator> {
    let text = |name| {
        let value: &http::HeaderValue = headers.get(name)?;
        value
            .to_str()
            .ok()
            .filter(|text| !text.is_empty() && text.len() <= VALIDATOR_LIMIT)
            .map(str::to_owned)
    };
    text(header::ETAG)
        .map(Validator::Tag)
        .or_else(|| text(header::LAST_MODIFIED).map(Validator::Modified))
}

/// What a status other than success means.
fn unexpected(url: &Url, status: StatusCode) -> SourceError {
    let (url, code) = (shown(url), status.as_u16());
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => SourceError::UrlNotFound { url, status: code },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            SourceError::UrlUnauthorized { url, status: code }
        }
        _ => SourceError::UrlUnavailable {
            url,
            problem: format!("the server answered {code}"),
            source: None,
        },
    }
}

fn unavailable(url: &Url, problem: String, source: Option<reqwest::Error>) -> SourceError {
    SourceError::UrlUnavailable {
        url: shown(url),
        problem,
        source,
    }
}

/// The URL without query, fragment and user information: those may be credentials.
pub(super) fn shown(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), hosts::shown_host(url), url.path())
}

#[cfg(test)]
mod tests;
