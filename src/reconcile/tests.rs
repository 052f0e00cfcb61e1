//! Passes in this process: an API server of our own, the real client, the real registry, and fate, which may strike at
//! any call. What a pass does is read off the calls it makes and the state it leaves.

mod adoption;
mod api_server;
mod approval;
mod azure;
mod calls;
mod cloud;
mod consent;
mod crashes;
mod deletion;
mod foretold;
mod manifests;
mod passes;
mod process;
mod properties;
mod record;
mod scene;
mod secrets;
mod story;
