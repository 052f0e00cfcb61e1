//! The status of a backend after a look at it, or nothing where nothing changed. No client.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::{
    crd::status::BackendStatus,
    reconcile::{
        conditions::{self, Kind, Truth},
        reason::Class,
        status::Stop,
    },
};

/// What a backend's status counts and shows beside its conditions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tally {
    /// Connectors that use it.
    pub connectors: i64,
    /// Those of them that are not ready.
    pub failed: i64,
    /// Until when it asked to be left alone.
    pub throttled_until: Option<Timestamp>,
}

impl Tally {
    /// Whether a status tells something else.
    pub fn differs(&self, status: &BackendStatus) -> bool {
        let mut told = status.clone();
        self.tell(&mut told);
        told != *status
    }

    /// Has a status tell it.
    pub fn tell(&self, status: &mut BackendStatus) {
        let Self {
            connectors,
            failed,
            throttled_until,
        } = *self;
        status.connectors = Some(connectors);
        status.failed = Some(failed);
        status.throttled_until = throttled_until.map(|until| Time(conditions::whole_seconds(until)));
    }
}

/// What a look established.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// Whether the backend can be used, or why not.
    pub result: Result<(), Stop>,
    /// Which registry answered.
    pub instance: Option<String>,
    /// What is counted.
    pub tally: Tally,
    /// Whether it is being deleted and waits for its connectors.
    pub held: bool,
}

/// What lets a backend go that is being deleted.
const WAY_OUT: &str = "It is being deleted, and goes once no connector refers to it or is registered with it: take it \
                       out of spec.backendRefs of those that do, or delete them. With spec.deletionPolicy: Orphan they \
                       leave behind what is registered";

/// The status after a look, or `None` where it is what it was.
pub(super) fn next(
    old: &BackendStatus,
    judged: Judged,
    generation: i64,
    now: Timestamp,
) -> Option<BackendStatus> {
    let Judged {
        result,
        instance,
        tally,
        held,
    } = judged;
    let result = result.map_err(|stop| Stop::new(stop.reason, told(&stop.message, held)));
    let mut new = old.clone();
    // At the first look nobody could be ready yet: counts come a moment later, on their own.
    if old.connectors.is_some() {
        tally.tell(&mut new);
    }
    let list = &mut new.conditions;
    let stop = result.as_ref().err();
    for (kind, class) in [
        (Kind::Reconciling, Class::Waiting),
        (Kind::Stalled, Class::Stalled),
    ] {
        match stop.filter(|stop| stop.reason.class() == class) {
            Some(stop) => {
                conditions::set(
                    list,
                    kind,
                    (Truth::True, stop.reason.as_str(), &stop.message),
                    generation,
                    now,
                );
            }
            None => conditions::remove(list, kind),
        }
    }
    match &result {
        Ok(()) => {
            conditions::set(
                list,
                Kind::Ready,
                (Truth::True, "Ready", &told("the backend answers", held)),
                generation,
                now,
            );
            new.observed_generation = Some(generation);
            // The first that answers is the one; another in its place is judged against it.
            new.registry_instance = new.registry_instance.or(instance);
        }
        Err(stop) => {
            conditions::set(
                list,
                Kind::Ready,
                (Truth::False, stop.reason.as_str(), &stop.message),
                generation,
                now,
            );
            if stop.reason.class() == Class::Stalled {
                new.observed_generation = Some(generation);
            }
        }
    }
    (*old != new).then_some(new)
}

fn told(message: &str, held: bool) -> String {
    if held {
        format!("{message}. {WAY_OUT}")
    } else {
        message.to_owned()
    }
}
