//! The resource kinds as users write them. No client.
