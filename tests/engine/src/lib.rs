//! The definition engine of connector-operator, and nothing else.

pub mod definition;
