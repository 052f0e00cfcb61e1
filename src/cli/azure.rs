//! What the operator itself signs in to Azure by, from its surroundings. No client.
//!
//! The variables are those that Azure's webhook and services set and that Microsoft's own libraries read.

use std::path::PathBuf;

use url::Url;

use super::{Failure, run::identity::variable};
use crate::{controller::settings::OwnIdentity, entra::ManagedIdentity};

#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// File with a token of the operator's service account, for cluster backends that sign in by the operator's workload
    /// identity; Azure's webhook sets the variable
    #[arg(long, env = "AZURE_FEDERATED_TOKEN_FILE", value_name = "FILE")]
    azure_federated_token_file: Option<PathBuf>,
    /// Tenant of the operator's workload identity, where a backend names none
    #[arg(long, env = "AZURE_TENANT_ID", value_name = "TENANT")]
    azure_tenant_id: Option<String>,
    /// Client id of the operator's workload identity, where a backend names none
    #[arg(long, env = "AZURE_CLIENT_ID", value_name = "ID")]
    azure_client_id: Option<String>,
    /// Where a machine's managed identity is asked for [default: http://169.254.169.254]
    #[arg(long, env = "AZURE_POD_IDENTITY_AUTHORITY_HOST", value_name = "URL")]
    azure_metadata_url: Option<Url>,
}

impl Arguments {
    /// The identity, where this process has one.
    pub(super) fn identity(self) -> Result<OwnIdentity, Failure> {
        let Self {
            azure_federated_token_file,
            azure_tenant_id,
            azure_client_id,
            azure_metadata_url,
        } = self;
        let service = variable("IDENTITY_ENDPOINT").zip(variable("IDENTITY_HEADER"));
        let machine = match service {
            Some((endpoint, secret)) => Url::parse(&endpoint)
                .map(|endpoint| ManagedIdentity::of_service(endpoint, secret.into()))
                .map_err(Failure::of("cannot use the variable IDENTITY_ENDPOINT as a URL"))?,
            None => ManagedIdentity::of_machine(azure_metadata_url.as_ref())
                .map_err(Failure::of("cannot use what is given as --azure-metadata-url"))?,
        };
        // A variable that is set and empty says nothing.
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(OwnIdentity {
            token_file: azure_federated_token_file.filter(|path| !path.as_os_str().is_empty()),
            tenant: said(azure_tenant_id),
            client: said(azure_client_id),
            machine,
        })
    }
}
