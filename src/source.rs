//! Fetches what a connector refers to. Client required.
