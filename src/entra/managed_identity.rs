//! The identity that Azure gives to the machine or service this process runs on. No client.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Where a virtual machine asks for its tokens: an address that leads to its own host and is not routed.
const MACHINE: &str = "http://169.254.169.254/";

/// An identity of this machine, asked for where the machine or the service that runs us says.
///
/// The two forms are Microsoft's:
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token> and
/// <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>
#[derive(Clone)]
pub struct ManagedIdentity {
    endpoint: Url,
    secret: Option<SecretString>,
    client: Option<String>,
}

impl fmt::Debug for ManagedIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ManagedIdentity")
            .field("endpoint", &self.endpoint.as_str())
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl ManagedIdentity {
    /// That of the virtual machine, asked for at its metadata service; `authority` replaces that service's address, as
    /// `AZURE_POD_IDENTITY_AUTHORITY_HOST` does for Microsoft's own libraries.
    pub fn of_machine(authority: Option<&Url>) -> Result<Self, url::ParseError> {
        let base = authority.map_or_else(|| Url::parse(MACHINE), |url| Ok(url.clone()))?;
        Ok(Self {
            endpoint: base.join("/metadata/identity/oauth2/token")?,
            secret: None,
            client: None,
        })
    }

    /// That of the service that runs us, which named `endpoint` and `secret` in `IDENTITY_ENDPOINT` and
    /// `IDENTITY_HEADER`: App Service, Container Apps.
    pub fn of_service(endpoint: Url, secret: SecretString) -> Self {
        Self {
            endpoint,
            secret: Some(secret),
            client: None,
        }
    }

    /// The user-assigned identity of that client id; without, the system-assigned one or the only one.
    #[must_use]
    pub fn named(self, client: Option<String>) -> Self {
        Self { client, ..self }
    }

    /// The address that gives tokens for `audience`.
    pub(super) fn url(&self, audience: &str) -> Url {
        let mut url = self.endpoint.clone();
        let version = if self.secret.is_some() {
            "2019-08-01"
        } else {
            "2018-02-01"
        };
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("api-version", version);
            query.append_pair("resource", audience);
            if let Some(client) = &self.client {
                query.append_pair("client_id", client);
            }
        }
        url
    }

    /// What tells the endpoint that it is asked on purpose.
    pub(super) fn header(&self) -> (&'static str, &str) {
        match &self.secret {
            Some(secret) => ("x-identity-header", secret.expose_secret()),
            None => ("metadata", "true"),
        }
    }

    pub(super) fn secret(&self) -> Option<&SecretString> {
        self.secret.as_ref()
    }

    pub(super) fn host(&self) -> &str {
        self.endpoint.host_str().unwrap_or_default()
    }
}

impl fmt::Display for ManagedIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.client {
            Some(client) => write!(formatter, "managed identity {client}"),
            None => formatter.write_str("this machine's managed identity"),
        }
    }
}
