//! What the administrator decides for the whole process. No client.

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

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
}

/// Where the embedded registry is, and how to sign in to it.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Its address, on loopback.
    pub url: Url,
    /// Its bearer token.
    pub token: SecretString,
}
