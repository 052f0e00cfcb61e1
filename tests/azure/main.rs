//! The stand-in for Azure, and our client of the resource manager against it.
//!
//! [`sign_in`] shows that it lets in whom it should and nobody else; [`traps`] that each thing that goes wrong at
//! Azure is understood by our client as what it is.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests; a failure here is a failed test"
)]

#[path = "../support/azure/stand_in.rs"]
mod azure;
mod clouds;
mod proofs;
mod sign_in;
mod traps;
