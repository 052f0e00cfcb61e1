//! Who signs in, and where. No client.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::arm::{EndpointError, address};

/// Where an Entra is: <https://login.microsoftonline.com> and its like.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authority(Url);

impl Authority {
    /// The Entra at `url`. Secrets go there, so it is https, or this host's own loopback.
    pub fn new(url: &str) -> Result<Self, EndpointError> {
        address(url).map(Self)
    }

    /// Its address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Its host, and port where it is not the usual one.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Where a tenant's tokens are given.
    pub(super) fn token_endpoint(&self, tenant: &str) -> Url {
        let mut url = self.0.clone();
        // Escaped, so that a tenant cannot be a path; and at most one slash, or some answer 404.
        let tenant = utf8_percent_encode(tenant, KEPT);
        let path = format!("{}/{tenant}/oauth2/v2.0/token", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

/// What domains and GUIDs are made of.
const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.');

/// An application or managed identity that is registered with Entra.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Application {
    /// The Entra it is registered with.
    pub authority: Authority,
    /// Its tenant: a GUID or a domain.
    pub tenant: String,
    /// Its client id.
    pub client: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(authority: &str, tenant: &str) -> String {
        Authority::new(authority)
            .unwrap()
            .token_endpoint(tenant)
            .to_string()
    }

    #[test]
    fn slashes_at_the_end_of_an_authority_are_not_doubled() {
        for authority in ["https://login.example", "https://login.example/"] {
            assert_eq!(
                endpoint(authority, "contoso.example"),
                "https://login.example/contoso.example/oauth2/v2.0/token"
            );
        }
        assert_eq!(
            endpoint("https://login.example/base/", "t"),
            "https://login.example/base/t/oauth2/v2.0/token"
        );
    }

    #[test]
    fn a_tenant_stays_one_segment() {
        assert_eq!(
            endpoint("https://login.example", "../x?y#z"),
            "https://login.example/..%2Fx%3Fy%23z/oauth2/v2.0/token"
        );
    }

    #[test]
    fn secrets_go_to_https_or_loopback_only() {
        assert!(Authority::new("http://login.example").is_err());
        assert!(Authority::new("https://user:canary@login.example").is_err());
        assert_eq!(
            Authority::new("http://127.0.0.1:7/").unwrap().host(),
            "127.0.0.1:7"
        );
    }
}
