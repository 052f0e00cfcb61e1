//! Every registration of a connector that is wanted, one after the other: register, share. Client required.

use std::time::Duration;

use kube::api::Api;

use super::{
    Context, Notice, Pass, Progress,
    approval::Draft,
    cause::chain,
    grants,
    hand::Hand,
    judge::counted,
    look::Siblings,
    ownership::{Identity, Relation, relation},
    reason::{Class, Reason},
    records::{failed, recorded, registered},
    register::{self, Obstacle, Registered},
    review, share,
    status::{Stage, Stop},
    target::{Effect, Site, Target},
    wanted::Wanted,
};
use crate::{
    arm::{ArmError, ErrorKind},
    connector::tags::Owner,
    crd::{
        CustomConnector,
        status::{GrantStatus, RegistrationState},
    },
};

/// How long a backend is left alone that asks for it and does not say how long.
const SHORT_PAUSE: Duration = Duration::from_secs(1);
/// Failures that say something of the backend, not of the call: that it fails, or is not as it was seen last.
const TELLING: [ErrorKind; 5] = [
    ErrorKind::NotFound,
    ErrorKind::Unavailable,
    ErrorKind::TimedOut,
    ErrorKind::Unauthorized,
    ErrorKind::Garbage,
];

/// Registers with every backend. One that fails does not keep the others from being served.
pub(super) async fn register(
    pass: &Pass,
    wanted: &Wanted<'_>,
    draft: &mut Draft,
    (context, hand): (&Context, &Hand<'_>),
    progress: &mut Progress,
) {
    let key = pass.connector.entry.key();
    let identity = context.identity(&key);
    let mut stops = pass.unresolved.iter().cloned().collect::<Vec<_>>();
    let mut registrations = Vec::new();
    let mut drifted = Vec::new();
    for (number, target) in pass.targets.iter().enumerate() {
        let recorded = recorded(pass, target);
        let site = match &target.site {
            Ok(site) => site,
            Err(stop) => {
                registrations.push(failed(target, recorded, stop, None));
                stops.push(stop.clone());
                continue;
            }
        };
        let looked = draft.take_intent(number);
        let plan = draft.plan_at(pass, target);
        let one = wanted.at(pass, &identity, (target, site), plan);
        let done = match looked {
            None => {
                let sent = wanted.sent(pass, target, site);
                register::register(site, &one, sent, context, hand).await
            }
            Some((Err(obstacle), _)) => Err(obstacle),
            Some((Ok(intent), sent)) => match draft.held().filter(|_| !intent.is_nothing()) {
                Some(stop) => Err(Obstacle::Stop(stop)),
                None => register::register_as_approved(site, &one, (intent, sent), context, hand).await,
            },
        };
        match done {
            Ok(done) => {
                drifted.extend(
                    done.drift
                        .iter()
                        .map(|path| format!("{}: {path}", called(target))),
                );
                registrations.push(registered(target, site, recorded, wanted.digest, &done));
                progress.took(target, site, done);
            }
            Err(obstacle) => {
                draft.failed_at(called(target));
                let (stop, error) = progress.met(site, obstacle);
                registrations.push(failed(target, recorded, &stop, error.as_ref()));
                if stop.reason == Reason::PlanPending && is_ours(site, &identity) {
                    progress.held.push(target.reference.clone());
                }
                stops.push(stop);
            }
        }
    }
    let (all, there) = (registrations.len(), registrations.len() - progress.absent.len());
    // Where targets cannot be told, what is on record stays.
    progress.outcome.registrations = pass.unresolved.is_none().then_some(registrations);
    progress.outcome.drift = drifted;
    progress.outcome.registered = match gravest(stops) {
        Some(stop) => Stage::Stopped(stop),
        None if there < all => {
            Stage::Drifted(format!("registered with {there} of {}", counted(all, "backend")))
        }
        None => Stage::Done(format!("registered with {}", counted(all, "backend"))),
    };
}

fn is_ours(site: &Site, me: &Identity<'_>) -> bool {
    let listed = site.observed.connector.as_ref();
    listed.is_some_and(|listed| relation(listed.owner.as_ref(), me) == Relation::Ours)
}

/// Shares what is registered, also where a change of it waits for approval. What could not be registered has no grants
/// to count; where others removed the connector and it stays so, none of them can be there.
pub(super) async fn share(pass: &Pass, draft: &mut Draft, hand: &Hand<'_>, progress: &mut Progress) {
    let registered: Vec<(&Target, &Site, bool)> = pass
        .targets
        .iter()
        .filter_map(|target| Some((target, target.site.as_ref().ok()?)))
        .map(|(target, site)| (target, site, progress.absent.contains(&target.reference)))
        .filter(|(target, _, gone)| {
            *gone || progress.is_registered(target) || progress.held.contains(&target.reference)
        })
        .collect();
    if registered.is_empty() {
        return;
    }
    let wish = pass.connector.grants();
    let (mut states, mut unmanaged, mut removed) = (Vec::new(), 0, 0);
    let mut stops = Vec::new();
    for (target, site, gone) in registered {
        let limit = site.backend.sharing_limit();
        let place = (&target.reference, &site.id);
        let mut plan = if gone {
            grants::plan(wish, limit, place, &[], pass.started)
        } else {
            grants::plan(wish, limit, place, &site.observed.grants, pass.started)
        };
        if gone {
            plan.withhold();
        }
        if draft.hold_grants(pass, site, &mut plan) {
            stops.extend(draft.held());
        }
        let changes = !plan.is_empty();
        let done = share::share(site, plan, hand).await;
        if changes {
            progress.effects.push((
                site.backend.key.clone(),
                site.id.name().to_owned(),
                Effect::Grants(done.grants),
            ));
        }
        if !done.failures.is_empty() {
            draft.failed_at(called(target));
        }
        for error in &done.failures {
            progress.note(site, error);
        }
        let drift = done
            .drift
            .iter()
            .map(|what| format!("{}: {what}", called(target)));
        progress.outcome.drift.extend(drift);
        states.extend(done.states);
        unmanaged += done.unmanaged;
        removed += done.removed;
        stops.extend(
            done.stop
                .map(|stop| Stop::new(stop.reason, format!("{}: {}", called(target), stop.message))),
        );
    }
    progress.shared(states, unmanaged, removed, stops);
}

impl Progress {
    /// Notes what sharing came to.
    fn shared(&mut self, states: Vec<GrantStatus>, unmanaged: usize, removed: usize, stops: Vec<Stop>) {
        if removed > 0 {
            self.notices.push(Notice {
                warning: false,
                reason: "Unshared",
                note: format!("removed {}", counted(removed, "grant")),
            });
        }
        let summary = grants::summarise(states, unmanaged);
        self.outcome.shared = match gravest(stops) {
            Some(stop) => Stage::Stopped(stop),
            None if summary.desired == 0 => Stage::Done("shared with nobody".to_owned()),
            None if summary.granted < summary.desired => {
                Stage::Drifted(format!("{} grants in place", summary.summary))
            }
            None => Stage::Done(format!("{} grants in place", summary.summary)),
        };
        self.outcome.sharing = Some(summary);
    }

    /// Notes what a registration came to.
    fn took(&mut self, target: &Target, site: &Site, done: Registered) {
        let name = site.id.name().to_owned();
        if done.taken_over {
            let note = format!("took over {} at {}", site.id, called(target));
            self.notices.push(Notice {
                warning: false,
                reason: "Adopted",
                note,
            });
        }
        if !done.corrected.is_empty() {
            let note = format!(
                "{}: put right what others changed: {}",
                called(target),
                done.corrected.join(", ")
            );
            self.notices.push(Notice {
                warning: true,
                reason: "DriftCorrected",
                note,
            });
        }
        if !done.breaking.is_empty() {
            self.notices.push(Notice {
                warning: true,
                reason: Reason::BreakingChange.as_str(),
                note: format!("{}: {}", called(target), review::summary(&done.breaking)),
            });
        }
        match done.listed {
            Some(listed) => {
                let effect = Effect::Shows(listed);
                self.effects.push((site.backend.key.clone(), name, effect));
            }
            None => self.absent.push(target.reference.clone()),
        }
    }

    /// What stopped a registration; a call that failed says something of the backend as well.
    pub(super) fn met(&mut self, site: &Site, obstacle: Obstacle) -> (Stop, Option<ArmError>) {
        match obstacle {
            Obstacle::Stop(stop) => {
                if stop.reason == Reason::RegistryReplaced {
                    self.suspects.push(site.backend.key.clone());
                }
                (stop, None)
            }
            Obstacle::Call(error) => {
                self.note(site, &error);
                (Stop::from(&error), Some(error))
            }
        }
    }

    fn note(&mut self, site: &Site, error: &ArmError) {
        let reason = Stop::from(error).reason;
        if reason.class() == Class::Waiting {
            self.waits.get_or_insert(reason);
        }
        let key = site.backend.key.clone();
        tracing::info!(backend = %key, error = chain(error), "call failed");
        let kind = error.kind();
        self.asked = self.asked.max(error.retry_after());
        if error.is_throttled_widely() {
            self.throttled
                .push((key, error.retry_after().unwrap_or(SHORT_PAUSE)));
        } else if TELLING.contains(&kind) {
            self.suspects.push(key);
        }
    }

    fn is_registered(&self, target: &Target) -> bool {
        let registrations = self.outcome.registrations.iter().flatten();
        let mut of_target = registrations.filter(|it| {
            it.backend_kind == target.reference.kind && it.backend_name == target.reference.name
        });
        of_target.any(|it| it.state == RegistrationState::Registered)
    }
}

impl Siblings for Context {
    async fn lives(&self, owner: &Owner) -> Result<bool, Stop> {
        let api = Api::<CustomConnector>::namespaced(self.client.clone(), &owner.namespace);
        match api.get_metadata_opt(&owner.name).await {
            // One that was made anew finds its connector again, whatever its uid.
            Ok(found) => Ok(found.is_some()),
            Err(error) => {
                tracing::warn!(error = chain(&error), "owner not looked up");
                let message =
                    "the API server could not say whether the owner of the registered connector lives";
                Err(Stop::new(Reason::ApiServerUnavailable, message))
            }
        }
    }
}

/// How people call a target's backend.
pub(super) fn called<C>(target: &Target<C>) -> String {
    format!("{} {}", target.reference.kind.as_str(), target.reference.name)
}

/// Of several stops the first that needs an edit, else one that waits for approval, else the first.
pub(super) fn gravest(mut stops: Vec<Stop>) -> Option<Stop> {
    let gravest = stops
        .iter()
        .enumerate()
        .min_by_key(|(_, stop)| stop.reason.standing());
    let place = gravest.map(|(place, _)| place)?;
    Some(stops.swap_remove(place))
}
