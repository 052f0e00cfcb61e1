//! From a document and wishes to the registration that is sent. No client.

pub mod digest;
pub mod tags;
