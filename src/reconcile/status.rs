//! The status after a pass, or nothing where nothing changed. No client.

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::{
    Notice,
    conditions::{self, Kind, Truth},
    reason::{Class, Reason},
};
use crate::crd::{
    approval::PlanStatus,
    status::{
        ConversionStatus, CustomConnectorStatus, DefinitionStatus, Registration, RegistrationState,
        SharingStatus, ValidationStatus,
    },
};

/// Why a stage was not completed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stop {
    /// The word for it.
    pub reason: Reason,
    /// What was attempted, why it stopped, what to do.
    pub message: String,
}

impl Stop {
    /// A stop for a reason, told in a sentence.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }

    /// A warning where the connector stops for a reason that it did not stop for before, and an edit is needed.
    pub(super) fn warning(&self, old: &CustomConnectorStatus) -> Option<Notice> {
        let known = conditions::find(&old.conditions, Kind::Ready);
        let known =
            known.is_some_and(|ready| ready.reason == self.reason.as_str() && ready.message == self.message);
        (self.reason.class() == Class::Stalled && !known).then(|| Notice {
            warning: true,
            reason: self.reason.as_str(),
            note: self.message.clone(),
        })
    }
}

/// How far a stage came in this pass.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Stage {
    /// An earlier one stopped; what was known of this one still stands.
    #[default]
    NotReached,
    /// Completed; the sentence says with what result.
    Done(String),
    /// Completed as driftPolicy Report wants it: what others took away stays away. The sentence says with what result.
    Drifted(String),
    /// Not completed.
    Stopped(Stop),
}

/// Everything a pass established.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// Fetching what is referred to.
    pub source: Stage,
    /// Judging the description.
    pub valid: Stage,
    /// Registering with every backend.
    pub registered: Stage,
    /// Sharing with every principal.
    pub shared: Stage,
    /// The description, where it was judged.
    pub definition: Option<DefinitionStatus>,
    /// Its findings, where it was judged.
    pub validation: Option<ValidationStatus>,
    /// What its conversion lost, where it was judged.
    pub conversion: Option<ConversionStatus>,
    /// One entry a backend, where backends were reached.
    pub registrations: Option<Vec<Registration>>,
    /// The grants, where sharing was reached.
    pub sharing: Option<SharingStatus>,
    /// What others changed at a backend and what is left so: paths, never values.
    pub drift: Vec<String>,
    /// The request that this pass answers.
    pub request: Option<String>,
    /// What became of the plan.
    pub plan: PlanNews,
}

impl Outcome {
    fn stages(&self) -> [(Kind, &Stage); 4] {
        [
            (Kind::SourceReady, &self.source),
            (Kind::Valid, &self.valid),
            (Kind::Registered, &self.registered),
            (Kind::Shared, &self.shared),
        ]
    }

    /// The first stage that was not reached stops; where all were, what is left is to take registrations off.
    pub fn stop_at_next(&mut self, stop: Stop) {
        let stages = [&mut self.source, &mut self.valid, &mut self.registered];
        let next = stages.into_iter().find(|stage| **stage == Stage::NotReached);
        let next = match next {
            Some(stage) => stage,
            None if self.shared == Stage::NotReached => &mut self.shared,
            None => &mut self.registered,
        };
        *next = Stage::Stopped(stop);
    }

    /// What keeps the connector from being ready: of several the one that needs an edit, then one that waits for
    /// approval, then the first.
    pub fn stop(&self) -> Option<&Stop> {
        let stops = self.stages().into_iter().filter_map(|(_, stage)| match stage {
            Stage::Stopped(stop) => Some(stop),
            Stage::NotReached | Stage::Done(_) | Stage::Drifted(_) => None,
        });
        stops.min_by_key(|stop| stop.reason.standing())
    }
}

/// What became of the plan.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum PlanNews {
    /// The pass did not come to it, or is not through with it.
    #[default]
    Unchanged,
    /// There is nothing to approve.
    Nothing,
    /// It waits for approval.
    Told(PlanStatus),
    /// The approved plan of that digest was carried out.
    CarriedOut(String),
}

/// Whether this generation was brought to its end before.
pub fn is_done(status: &CustomConnectorStatus, generation: i64) -> bool {
    status.observed_generation == Some(generation) && conditions::holds(&status.conditions, Kind::Ready)
}

/// The status after a pass, or `None` where it is what it was.
///
/// A pass that waits for something on a generation that is done leaves it all as it is: the registration still
/// serves, and what is wrong is told by the backend's own status.
pub fn next(
    old: &CustomConnectorStatus,
    outcome: Outcome,
    generation: i64,
    now: Timestamp,
) -> Option<CustomConnectorStatus> {
    let stop = outcome.stop().cloned();
    let waiting = stop.as_ref().is_some_and(|stop| stop.reason.passes());
    if waiting && is_done(old, generation) {
        return None;
    }
    let mut conditions = old.conditions.clone();
    for (kind, stage) in outcome.stages() {
        match stage {
            Stage::Done(message) => {
                conditions::set(
                    &mut conditions,
                    kind,
                    (Truth::True, kind.as_str(), message),
                    generation,
                    now,
                );
            }
            Stage::Drifted(message) => {
                let told = (Truth::False, Reason::DriftDetected.as_str(), message.as_str());
                conditions::set(&mut conditions, kind, told, generation, now);
            }
            Stage::Stopped(stop) => {
                let told = (Truth::False, stop.reason.as_str(), stop.message.as_str());
                conditions::set(&mut conditions, kind, told, generation, now);
            }
            Stage::NotReached if conditions::find(&conditions, kind).is_none() => {
                let told = (Truth::Unknown, "NotReached", "an earlier stage stopped");
                conditions::set(&mut conditions, kind, told, generation, now);
            }
            Stage::NotReached => {}
        }
    }
    let Outcome {
        source: _,
        valid: _,
        registered,
        shared,
        definition,
        validation,
        conversion,
        registrations,
        sharing,
        drift,
        request,
        plan,
    } = outcome;
    summarise(
        &mut conditions,
        stop.as_ref(),
        &registered,
        &shared,
        generation,
        now,
    );
    if !drift.is_empty() {
        let told = drift.join("; ");
        let told = (Truth::True, Reason::DriftDetected.as_str(), told.as_str());
        conditions::set(&mut conditions, Kind::Drifted, told, generation, now);
    } else if stop.is_none() {
        conditions::remove(&mut conditions, Kind::Drifted);
    }
    let registrations = registrations.unwrap_or_else(|| old.registrations.clone());
    let (plan, last_approved_plan) = match plan {
        PlanNews::Unchanged => (old.plan.clone(), None),
        PlanNews::Nothing => (None, None),
        PlanNews::Told(plan) => (Some(plan), None),
        PlanNews::CarriedOut(digest) => (None, Some(digest)),
    };
    let new = CustomConnectorStatus {
        observed_generation: if waiting {
            old.observed_generation
        } else {
            Some(generation)
        },
        conditions,
        definition: definition.or_else(|| old.definition.clone()),
        validation: validation.or_else(|| old.validation.clone()),
        conversion: match conversion {
            Some(judged) => Some(judged).filter(|it| *it != ConversionStatus::default()),
            None => old.conversion.clone(),
        },
        registered: (!registrations.is_empty()).then(|| registered_of(&registrations)),
        registrations,
        sharing: sharing.or_else(|| old.sharing.clone()),
        plan,
        last_approved_plan: last_approved_plan.or_else(|| old.last_approved_plan.clone()),
        last_handled_request: if waiting {
            old.last_handled_request.clone()
        } else {
            request.or_else(|| old.last_handled_request.clone())
        },
    };
    (*old != new).then_some(new)
}

/// The status of a connector whose deletion does not get on, or `None` where it is what it was.
pub fn held(
    old: &CustomConnectorStatus,
    stop: &Stop,
    registrations: Option<Vec<Registration>>,
    generation: i64,
    now: Timestamp,
) -> Option<CustomConnectorStatus> {
    let mut new = old.clone();
    new.registrations = registrations.unwrap_or(new.registrations);
    let still = Stage::NotReached;
    summarise(&mut new.conditions, Some(stop), &still, &still, generation, now);
    if stop.reason.class() == Class::Stalled {
        new.observed_generation = Some(generation);
    }
    (*old != new).then_some(new)
}

/// Sets Ready, and Reconciling or Stalled while they hold.
fn summarise(
    conditions: &mut Vec<k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition>,
    stop: Option<&Stop>,
    registered: &Stage,
    shared: &Stage,
    generation: i64,
    now: Timestamp,
) {
    let mut abnormal = |kind: Kind, stop: Option<&Stop>| match stop {
        Some(stop) => {
            let told = (Truth::True, stop.reason.as_str(), stop.message.as_str());
            conditions::set(conditions, kind, told, generation, now);
        }
        None => conditions::remove(conditions, kind),
    };
    let of_class = |class: Class| stop.filter(|stop| stop.reason.class() == class);
    abnormal(Kind::Reconciling, of_class(Class::Waiting));
    abnormal(Kind::Stalled, of_class(Class::Stalled));
    if let Some(stop) = stop {
        let told = (Truth::False, stop.reason.as_str(), stop.message.as_str());
        conditions::set(conditions, Kind::Ready, told, generation, now);
    } else {
        let told = [registered, shared].map(|stage| match stage {
            Stage::Done(message) | Stage::Drifted(message) => message.as_str(),
            Stage::NotReached | Stage::Stopped(_) => "",
        });
        conditions::set(
            conditions,
            Kind::Ready,
            (Truth::True, "Ready", &told.join("; ")),
            generation,
            now,
        );
    }
}

/// How many of the wanted registrations are up to date, as `2/2`.
fn registered_of(registrations: &[Registration]) -> String {
    let wanted = registrations
        .iter()
        .filter(|registration| registration.state != RegistrationState::Removing);
    let done = wanted
        .clone()
        .filter(|registration| registration.state == RegistrationState::Registered);
    format!("{}/{}", done.count(), wanted.count())
}
