//! What the world does about what happens, told event by event. No client is ever asked.

mod backends;
mod connectors;
mod deletions;
mod references;
mod rivals;
mod scene;
mod times;
