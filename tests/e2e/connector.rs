//! A connector's way from a manifest to a registered, shared connector, and whatever happens to it on the way. Client
//! required.
//!
//! One operator, signed in as the account of `deploy/`, and one registry serve all of it. Each test has a namespace,
//! and with it a resource group, of its own.

mod adoption;
mod approval;
mod backends;
mod changes;
mod drift;
mod edits;
mod kstatus;
mod late;
mod limits;
mod manifest;
mod names;
mod requests;
mod room;
mod samples;
mod whole_path;
