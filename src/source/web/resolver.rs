//! The resolver that the HTTP client connects with: lets through only what may be reached. Client required.

use std::{
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use url::Url;

use super::check;
use crate::source::{address::AddressPolicy, error::SourceError};

/// Whether the transport is encrypted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scheme {
    Secure,
    Plain,
}

impl AddressPolicy {
    pub(super) fn permits_over(&self, scheme: Scheme, address: IpAddr) -> bool {
        match scheme {
            Scheme::Secure => self.permits(address),
            Scheme::Plain => self.names(address),
        }
    }
}

/// The resolver refused every address.
#[derive(Debug, thiserror::Error)]
#[error("none of its addresses may be reached")]
struct RefusedAddress;

/// Whether a failed call failed because the resolver refused every address.
pub(super) fn refused_address(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<RefusedAddress>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// Checks everything about a URL that can be told without resolving its host, and gives the resolver that a client
/// which connects to it must use: it lets through only what `policy` permits. For clients of other modules whose URL
/// comes from a namespace user; they must follow no redirects and use no proxy.
pub fn guard(policy: &AddressPolicy, url: &Url) -> Result<Arc<dyn Resolve>, SourceError> {
    let scheme = check(url, policy)?;
    Ok(Arc::new(Filter {
        scheme,
        policy: Arc::new(policy.clone()),
        resolver: Arc::new(SystemResolver),
    }))
}

/// Lets through only the addresses that may be reached.
pub(super) struct Filter {
    pub(super) scheme: Scheme,
    pub(super) policy: Arc<AddressPolicy>,
    pub(super) resolver: Arc<dyn Resolve>,
}

impl Resolve for Filter {
    fn resolve(&self, name: Name) -> Resolving {
        let (scheme, policy, resolving) =
            (self.scheme, Arc::clone(&self.policy), self.resolver.resolve(name));
        Box::pin(async move {
            let found: Vec<SocketAddr> = resolving.await?.collect();
            let any = !found.is_empty();
            let permitted: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| policy.permits_over(scheme, address.ip()))
                .collect();
            if any && permitted.is_empty() {
                return Err(RefusedAddress.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// The system's resolver.
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::placed;

    #[tokio::test]
    async fn clients_of_other_modules_get_a_resolver_that_lets_nothing_inside_through() {
        let guarded = |url: &str| guard(&AddressPolicy::default(), &url.parse().unwrap());
        for (url, reason) in [
            ("http://registry.test/", "UrlRefused"),
            ("https://10.0.0.1/", "AddressNotAllowed"),
            ("https://u:p@registry.test/", "UrlRefused"),
        ] {
            assert_eq!(placed(&guarded(url).err().unwrap()), reason, "{url}");
        }
        let resolver = guarded("https://localhost/").unwrap();
        let refused = resolver
            .resolve("localhost".parse().unwrap())
            .await
            .err()
            .unwrap();
        assert_eq!(refused.to_string(), "none of its addresses may be reached");
    }
}
