//! What the administrator decides for the whole process. No client.

use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use crate::entra::ManagedIdentity;

/// What the controller is told at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Names the cluster in the tags of what is registered; connectors with another cluster's id are not ours.
    pub cluster_id: String,
    /// Ids under which this cluster registered before it was rebuilt; what carries them is ours too.
    pub former_cluster_ids: Vec<String>,
    /// Private, loopback and link-local networks that descriptions and backends may nevertheless be in.
    pub allowed_sources: Vec<IpNet>,
    /// The registry that runs in this process, if one does.
    pub embedded: Option<Embedded>,
    /// What the operator itself signs in to Azure by.
    pub identity: OwnIdentity,
}

/// What the operator's surroundings give it to sign in to Azure by.
#[derive(Clone, Debug)]
pub struct OwnIdentity {
    /// The file with a token of the operator's service account that Entra was told to trust.
    pub token_file: Option<PathBuf>,
    /// The tenant that trusts it.
    pub tenant: Option<String>,
    /// The client id of the application that trusts it.
    pub client: Option<String>,
    /// The identity of the machine or service that the operator runs on.
    pub machine: ManagedIdentity,
}

/// Where the embedded registry is, and how to sign in to it.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Its address, on loopback.
    pub url: Url,
    /// Its bearer token.
    pub token: SecretString,
}
