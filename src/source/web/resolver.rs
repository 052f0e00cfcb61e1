//! The resolver that the HTTP client connects with: lets through only what may be reached. Client required.

use std::{error::Error, net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Scheme;
use crate::source::address::AddressPolicy;

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
