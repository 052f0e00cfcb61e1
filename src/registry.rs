//! A server that speaks the ARM contract over an embedded database.
