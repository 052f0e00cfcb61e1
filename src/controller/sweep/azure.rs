//! From a backend in Azure to a client of it: who signs in, and by what. Client required.

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use futures::future::{BoxFuture, FutureExt as _};
use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{Api, api::PostParams};
use secrecy::SecretString;
use tokio::time::timeout;

use super::{
    Looker,
    connect::{Found, invalid, reusable},
};
use crate::{
    arm::{self, Client, Spender, TokenError},
    controller::{backend_object::BackendObject, settings::OwnIdentity},
    entra::{self, Authority, Certificate, FederatedToken, Proof, SignIn, TokenFile},
    reconcile::{
        chain,
        reason::Reason,
        status::Stop,
        target::{Application, AzureCredential, Backend, Credential, SecretKey},
    },
};

/// Whom a service account's token is for, as Entra advises for those who trust it.
const EXCHANGE: &str = "api://AzureADTokenExchange";
/// How long such a token is asked for, in seconds: the least that Kubernetes gives, as it is used at once.
const TOKEN_LIFE: i64 = 600;
/// How long the API server may take to give it.
const TOKEN_LIMIT: Duration = Duration::from_secs(10);

/// Where a backend in Azure is.
#[derive(Clone, Copy)]
pub(super) struct Azure<'a> {
    pub(super) resource_manager: &'a str,
    pub(super) authority: &'a str,
    pub(super) audience: &'a str,
    pub(super) credential: &'a AzureCredential,
}

impl Looker {
    pub(super) async fn azure_client(
        &self,
        object: &BackendObject,
        azure: Azure<'_>,
        last: Option<&Backend>,
    ) -> Result<(Client, Credential), Stop> {
        let authority = Authority::new(azure.authority).map_err(|error| invalid(&error))?;
        // What is in no Secret changes with the object only.
        let (kept, revision) = match azure.credential {
            AzureCredential::Secret(_, key) | AzureCredential::Certificate(_, key) => {
                match self.secret(object, key, authority.url(), last).await? {
                    Found::Known(known) => return Ok(*known),
                    Found::Secret(secret) => (secret.value, secret.revision),
                }
            }
            AzureCredential::ServiceAccount(..)
            | AzureCredential::OwnToken { .. }
            | AzureCredential::Machine(_) => match reusable(object, last, "") {
                Some(known) => return Ok(known),
                None => (SecretString::default(), String::new()),
            },
        };
        let tokens = Arc::new(self.sign_in(authority, azure, kept)?);
        let endpoint = arm::Endpoint::new(azure.resource_manager, None).map_err(|error| invalid(&error))?;
        let spender = Spender {
            resource_manager: azure.resource_manager.to_owned(),
            subscription: object.scope.subscription().to_owned(),
            principal: self.principal(azure.credential),
        };
        // The time limits fit Azure: its own limit for a provider is 60 s.
        let options = arm::Options {
            budget: Some(self.budgets.of(spender)),
            ..arm::Options::default()
        };
        self.client(object, endpoint, tokens, (revision, options))
    }

    /// As whom Azure counts requests: an application, or whatever the operator runs as.
    fn principal(&self, credential: &AzureCredential) -> String {
        let client = match credential {
            AzureCredential::Secret(application, _)
            | AzureCredential::Certificate(application, _)
            | AzureCredential::ServiceAccount(application, _) => Some(&application.client),
            AzureCredential::OwnToken { client, .. } => client.as_ref().or(self.identity.client.as_ref()),
            AzureCredential::Machine(client) => client.as_ref(),
        };
        client
            .map(|client| client.to_ascii_lowercase())
            .unwrap_or_default()
    }

    /// Who signs in; `kept` is what the credential's Secret holds, if it has one.
    fn sign_in(&self, authority: Authority, azure: Azure<'_>, kept: SecretString) -> Result<SignIn, Stop> {
        let http = Arc::clone(&self.entra);
        let (application, proof) = match azure.credential {
            AzureCredential::Secret(application, _) => (application.clone(), Proof::Secret(kept)),
            AzureCredential::Certificate(application, key) => {
                (application.clone(), Proof::Certificate(certificate(&kept, key)?))
            }
            AzureCredential::ServiceAccount(application, (namespace, name)) => {
                let token = AccountToken {
                    client: self.client.clone(),
                    namespace: namespace.clone(),
                    name: name.clone(),
                };
                (application.clone(), Proof::Federated(Arc::new(token)))
            }
            AzureCredential::OwnToken { tenant, client } => {
                let (application, file) = own_token(&self.identity, tenant.as_ref(), client.as_ref())?;
                (application, Proof::Federated(Arc::new(file)))
            }
            AzureCredential::Machine(client) => {
                let identity = self.identity.machine.clone().named(client.clone());
                return Ok(SignIn::by_machine(http, identity, azure.audience));
            }
        };
        let Application { tenant, client } = application;
        let application = entra::Application {
            authority,
            tenant,
            client,
        };
        Ok(SignIn::by_proof(http, application, proof, azure.audience))
    }
}

/// What the operator itself was given to sign in by, and as whom.
fn own_token(
    identity: &OwnIdentity,
    tenant: Option<&String>,
    client: Option<&String>,
) -> Result<(Application, TokenFile), Stop> {
    let missing = |what: &str| {
        let message = format!(
            "the operator has no workload identity of its own: {what}. Label its pod azure.workload.identity/use: \
             \"true\" and annotate its service account, or choose another credential"
        );
        Stop::new(Reason::IdentityNotFound, message)
    };
    let file = identity
        .token_file
        .clone()
        .ok_or_else(|| missing("AZURE_FEDERATED_TOKEN_FILE is not set"))?;
    let tenant = tenant
        .or(identity.tenant.as_ref())
        .ok_or_else(|| missing("neither spec.azure.credential nor AZURE_TENANT_ID names a tenant"))?;
    let client = client
        .or(identity.client.as_ref())
        .ok_or_else(|| missing("neither spec.azure.credential nor AZURE_CLIENT_ID names a client id"))?;
    let application = Application {
        tenant: tenant.clone(),
        client: client.clone(),
    };
    Ok((application, TokenFile::new(file)))
}

fn certificate(pem: &SecretString, (namespace, name, key): &SecretKey) -> Result<Certificate, Stop> {
    Certificate::from_pem(pem).map_err(|error| {
        let message =
            format!("key `{key}` of Secret `{name}` in namespace `{namespace}` cannot sign in: {error}");
        Stop::new(Reason::Unauthorized, message)
    })
}

/// A token of a service account, which the API server makes for each exchange.
struct AccountToken {
    client: kube::Client,
    namespace: String,
    name: String,
}

impl fmt::Display for AccountToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, name, .. } = self;
        write!(formatter, "a token of service account {namespace}/{name}")
    }
}

impl fmt::Debug for AccountToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AccountToken({}/{})", self.namespace, self.name)
    }
}

impl FederatedToken for AccountToken {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, TokenError>> {
        self.request().boxed()
    }
}

impl AccountToken {
    async fn request(&self) -> Result<SecretString, TokenError> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), &self.namespace);
        let wanted = TokenRequest {
            spec: TokenRequestSpec {
                audiences: vec![EXCHANGE.to_owned()],
                expiration_seconds: Some(TOKEN_LIFE),
                bound_object_ref: None,
            },
            ..TokenRequest::default()
        };
        let parameters = PostParams::default();
        let asked = accounts.create_token_request(&self.name, &parameters, &wanted);
        let token = match timeout(TOKEN_LIMIT, asked).await {
            Ok(Ok(made)) => made.status.map(|status| status.token),
            Ok(Err(kube::Error::Api(status))) if status.is_not_found() => {
                return Err(TokenError::Missing(format!("ask for {self}: it does not exist")));
            }
            Ok(Err(kube::Error::Api(status))) if status.is_forbidden() => {
                return Err(TokenError::NotPermitted(format!(
                    "ask for {self}: the operator needs the verb create on serviceaccounts/token in that namespace"
                )));
            }
            Ok(Err(error)) => {
                tracing::warn!(account = %self, error = chain(&error), "no token of a service account");
                None
            }
            Err(_elapsed) => None,
        };
        token
            .map(SecretString::from)
            .ok_or_else(|| TokenError::Unavailable {
                message: format!("ask for {self}: the API server did not give one"),
                retry_after: None,
            })
    }
}
