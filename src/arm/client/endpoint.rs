//! Where a backend is, and what its certificate is checked against. No client.

use std::{fmt, sync::Arc};

use reqwest::{Certificate, dns::Resolve, redirect::Policy};
use url::{Host, Url};

use super::Options;

/// The address of a backend.
#[derive(Clone)]
pub struct Endpoint {
    base: Url,
    roots: Vec<Certificate>,
    resolver: Option<Arc<dyn Resolve>>,
}

/// Why an address cannot be that of a backend.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Not an absolute URL.
    #[error("the address is not a URL")]
    NoUrl(#[from] url::ParseError),
    /// The token would go out in the clear.
    #[error("the address must start with https://; http:// is accepted for this host's own loopback only")]
    Plain,
    /// A user, password, query or fragment, none of which would be used.
    #[error("the address must be scheme, host, port and path alone, without user, query or fragment")]
    Decorated,
    /// Not certificates.
    #[error("the CA bundle is not a list of PEM certificates")]
    BadBundle(#[source] reqwest::Error),
    /// No certificate in it.
    #[error("the CA bundle holds no certificate")]
    EmptyBundle,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Endpoint")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// The backend at `url`; `ca_bundle` is PEM, trusted beside the system's certificates.
    pub fn new(url: &str, ca_bundle: Option<&[u8]>) -> Result<Self, EndpointError> {
        let base = address(url)?;
        let roots = match ca_bundle {
            Some(bundle) => Certificate::from_pem_bundle(bundle).map_err(EndpointError::BadBundle)?,
            None => Vec::new(),
        };
        if ca_bundle.is_some() && roots.is_empty() {
            return Err(EndpointError::EmptyBundle);
        }
        Ok(Self {
            base,
            roots,
            resolver: None,
        })
    }

    /// The same backend, its host's name resolved by `resolver`: one that refuses addresses it does not trust.
    #[must_use]
    pub fn resolved_by(self, resolver: Arc<dyn Resolve>) -> Self {
        Self {
            resolver: Some(resolver),
            ..self
        }
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn into_base(self) -> Url {
        self.base
    }

    pub(super) fn http(&self, options: &Options) -> reqwest::Result<reqwest::Client> {
        let builder = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(options.max_in_flight)
            .user_agent(&options.user_agent)
            .redirect(Policy::none())
            .retry(reqwest::retry::never());
        let builder = match &self.resolver {
            // A proxy would resolve the name itself.
            Some(resolver) => builder.no_proxy().dns_resolver(Arc::clone(resolver)),
            None => builder,
        };
        if self.base.scheme() == "http" {
            // No proxy: the token would leave the host in the clear. No roots: none are needed, and
            // reading the system's costs time and memory.
            builder.no_proxy().tls_certs_only([]).build()
        } else {
            builder
                .https_only(true)
                .tls_certs_merge(self.roots.iter().cloned())
                .build()
        }
    }
}

/// The address in `url`, if a token may go there.
pub(crate) fn address(url: &str) -> Result<Url, EndpointError> {
    let base = Url::parse(url)?;
    if base.scheme() != "https" && !(base.scheme() == "http" && is_loopback(&base)) {
        return Err(EndpointError::Plain);
    }
    let plain = base.username().is_empty()
        && base.password().is_none()
        && base.query().is_none()
        && base.fragment().is_none();
    if plain {
        Ok(base)
    } else {
        Err(EndpointError::Decorated)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_loopback_only() {
        for url in [
            "http://127.0.0.1:8080",
            "http://[::1]:1/",
            "http://localhost",
            "https://a.example/arm/",
        ] {
            assert!(Endpoint::new(url, None).is_ok(), "{url}");
        }
        for url in [
            "http://a.example",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "ftp://127.0.0.1",
            "unix:/run/x",
        ] {
            assert!(
                matches!(Endpoint::new(url, None), Err(EndpointError::Plain)),
                "{url}"
            );
        }
    }

    #[test]
    fn an_address_has_no_password_and_no_query() {
        for url in [
            "https://u:canary@a.example",
            "https://a.example?sig=canary",
            "https://a.example#x",
        ] {
            let error = Endpoint::new(url, None).unwrap_err();
            assert!(matches!(error, EndpointError::Decorated), "{url}");
            assert!(!format!("{error:?} {error}").contains("canary"));
        }
    }

    #[test]
    fn a_bundle_holds_certificates() {
        assert!(matches!(
            Endpoint::new("https://a.example", Some(b"")),
            Err(EndpointError::EmptyBundle)
        ));
        let garbled = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            Endpoint::new("https://a.example", Some(garbled)),
            Err(EndpointError::BadBundle(_))
        ));
    }
}
