//! End-to-end tests: the built binary on a real control plane.
//!
//! All of them share one control plane, which is started by the first that asks for it. Each uses namespaces of its
//! own. Logs are under `target/tmp/e2e/`, until the next run.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails in a test ends it, in its own functions too"
)]

#[path = "../support/azure/stand_in.rs"]
mod azure;
#[path = "../support/harness.rs"]
mod harness;

mod admitted;
mod canary;
mod connector;
mod control_plane;
mod crd;
mod deletion;
mod deputy;
mod faults;
mod federation;
mod fleet;
mod get_binaries;
mod kills;
mod lost;
mod manifests;
mod on_azure;
mod policies;
mod registry;
mod rights;
mod shared;
mod site;
mod stage;
mod user_roles;
