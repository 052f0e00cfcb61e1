//! What is watched, when a pass runs, and what each backend holds. Client required.

pub mod entry;
pub mod events;
pub mod installed;
pub mod leader;
pub mod queue;
pub mod settings;
