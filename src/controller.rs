//! What is watched, when a pass runs, and what each backend holds. Client required.
