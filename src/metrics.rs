//! What the operator counts. No client.
