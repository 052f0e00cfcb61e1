//! Every registration of a connector that is wanted, one after the other: register, share. Client required.

use std::{collections::BTreeMap, time::Duration};

use kube::api::Api;
use secrecy::SecretString;

use super::{
    Context, Notice, Pass, Progress,
    cause::chain,
    entry::Key,
    grants,
    judge::counted,
    look::{self, Sent, Siblings},
    reason::{Class, Reason},
    records::{failed, recorded, registered},
    register::{self, Obstacle, Registered},
    review, share,
    status::{Stage, Stop},
    target::{Effect, Site, Target},
};
use crate::{
    arm::{ArmError, ErrorKind},
    connector::{self, Shown, tags::Owner},
    crd::{
        CustomConnector,
        status::{Registration, RegistrationState},
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

/// What is to be registered everywhere, owned by the pass.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    registration: &'a connector::Registration,
    secrets: &'a BTreeMap<String, SecretString>,
    digest: &'a str,
    secret: bool,
    shown: Shown,
    owner: Owner,
    key: Key,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
        pass: &Pass,
        context: &Context,
        registration: &'a connector::Registration,
        (secrets, digest): (&'a BTreeMap<String, SecretString>, &'a str),
        secret: bool,
    ) -> Self {
        let key = pass.connector.entry.key();
        let owner = Owner {
            cluster: context.cluster.0.clone(),
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
            uid: pass.connector.entry.uid().to_owned(),
        };
        Self {
            registration,
            secrets,
            digest,
            secret,
            shown: Shown::from(registration),
            owner,
            key,
        }
    }
}

/// Registers with every backend. One that fails does not keep the others from being served.
pub(super) async fn register(pass: &Pass, wanted: &Wanted<'_>, context: &Context, progress: &mut Progress) {
    let identity = context.identity(&wanted.key);
    let mut stops = pass.unresolved.iter().cloned().collect::<Vec<_>>();
    let mut registrations = Vec::new();
    let mut drifted = Vec::new();
    for target in &pass.targets {
        let recorded = recorded(pass, target);
        let site = match &target.site {
            Ok(site) => site,
            Err(stop) => {
                registrations.push(failed(target, recorded, stop, None));
                stops.push(stop.clone());
                continue;
            }
        };
        let sent = sent(recorded, site, wanted.digest);
        let one = look::Wanted {
            registration: wanted.registration,
            secrets: wanted.secrets,
            digest: wanted.digest,
            shown: &wanted.shown,
            owner: &wanted.owner,
            me: &identity,
            adoption: pass.connector.adoption(),
            drift: pass.connector.drift_policy(),
            change: pass.connector.change_policy(),
            secret: wanted.secret,
            deep: pass.deep,
            seeks_redirect: sent != Sent::Same
                && wanted.registration.signs_in()
                && recorded.is_none_or(|it| it.redirect_url.is_none()),
        };
        match register::register(site, &one, sent, context).await {
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
                let (stop, error) = progress.met(site, obstacle);
                registrations.push(failed(target, recorded, &stop, error.as_ref()));
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

/// Shares what is registered. What could not be registered has no grants to count; where others removed the connector
/// and it stays so, none of them can be there.
pub(super) async fn share(pass: &Pass, progress: &mut Progress) {
    let registered: Vec<(&Target, &Site, bool)> = pass
        .targets
        .iter()
        .filter_map(|target| Some((target, target.site.as_ref().ok()?)))
        .map(|(target, site)| (target, site, progress.absent.contains(&target.reference)))
        .filter(|(target, _, gone)| *gone || progress.is_registered(target))
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
        let changes = !plan.is_empty();
        let done = share::share(site, plan).await;
        if changes {
            progress.effects.push((
                site.backend.key.clone(),
                site.id.name().to_owned(),
                Effect::Grants(done.grants),
            ));
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
    if removed > 0 {
        progress.notices.push(Notice {
            warning: false,
            reason: "Unshared",
            note: format!("removed {}", counted(removed, "grant")),
        });
    }
    let summary = grants::summarise(states, unmanaged);
    progress.outcome.shared = match gravest(stops) {
        Some(stop) => Stage::Stopped(stop),
        None if summary.desired == 0 => Stage::Done("shared with nobody".to_owned()),
        None if summary.granted < summary.desired => {
            Stage::Drifted(format!("{} grants in place", summary.summary))
        }
        None => Stage::Done(format!("{} grants in place", summary.summary)),
    };
    progress.outcome.sharing = Some(summary);
}

impl Progress {
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

/// What was sent there before.
fn sent(recorded: Option<&Registration>, site: &Site, digest: &str) -> Sent {
    let here = recorded.filter(|it| it.id.as_deref() == Some(site.id.as_str()));
    match here.and_then(|it| it.digest.as_deref()) {
        None => Sent::Never,
        Some(sent) if sent == digest => Sent::Same,
        Some(_) => Sent::Other,
    }
}

fn called(target: &Target) -> String {
    format!("{} {}", target.reference.kind.as_str(), target.reference.name)
}

/// Of several stops the first that needs an edit, else the first.
pub(super) fn gravest(mut stops: Vec<Stop>) -> Option<Stop> {
    let place = stops
        .iter()
        .position(|stop| stop.reason.class() == Class::Stalled)
        .unwrap_or(0);
    (!stops.is_empty()).then(|| stops.swap_remove(place))
}
