//! connector-operator: registers API descriptions as custom connectors, shares them, and keeps it so.
//!
//! Read the modules in this order:
//!
//! - [`definition`]: bytes of a description in, findings and a connector document out. Pure.
//! - [`connector`]: document and wishes in, the registration to send out. Pure.
//! - [`arm`]: the client of the Azure Resource Manager contract. Knows nothing of Kubernetes.
//! - [`entra`]: signs in to Microsoft Entra ID, where backends are in Azure. Knows nothing of Kubernetes.
//! - [`registry`]: a server that speaks the same contract over an embedded database.
//! - [`crd`]: the three resource kinds, as users write them.
//! - [`source`]: fetches what a connector refers to, within limits.
//! - [`record`]: what was done outside the cluster, line by line, chained so that a gap shows. Pure.
//! - [`reconcile`]: one pass over one connector, from its spec to its status.
//! - [`controller`]: what is watched, when a pass runs, and what a backend holds.

pub mod arm;
pub mod cli;
pub mod connector;
pub mod controller;
pub mod crd;
pub mod definition;
pub mod entra;
pub mod metrics;
pub mod reconcile;
pub mod record;
pub mod registry;
pub mod server;
pub mod source;
pub mod telemetry;
