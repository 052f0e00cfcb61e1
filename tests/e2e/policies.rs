//! The policies of `deploy/policies`: who may use which backend, share what, have which Secret read. Client required.
//!
//! What is tried is a dry run, except where something must be there to be changed.

mod access;
mod authors;
mod backends;
mod cost;
mod scene;
mod secrets;

use serde_json::Value;

use self::scene::{Person, Scene};

/// Waits until the policies say what is expected of each attempt, and tells which differ.
async fn judged(rows: &[(&str, &Person, Attempt, Option<&str>)]) {
    let mut surprises = Vec::new();
    for (what, person, attempt, refused) in rows {
        let outcome = match attempt {
            Attempt::Create(spec) => person.would_create(&Scene::connector("tried", spec)).await,
            Attempt::Change(name, spec) => person.would_change(name, spec).await,
        };
        match (outcome, refused) {
            (Ok(()), None) => {}
            (Err(message), Some(part)) if message.contains(part) => {}
            (outcome, expected) => {
                surprises.push(format!("{what}: {outcome:?}, but {expected:?} was expected"));
            }
        }
    }
    assert!(surprises.is_empty(), "\n{}", surprises.join("\n"));
}

/// What somebody tries.
enum Attempt {
    /// A connector with that beside what every connector here has.
    Create(Value),
    /// A merge of that into the spec of the connector named.
    Change(&'static str, Value),
}
