//! Every registration of a connector that is not wanted any more: taken off, or kept on record. Client required.

use super::{
    Context, Leaving, Notice, Pass, Progress,
    approval::{Draft, went},
    hand::Hand,
    records::removing,
    register::Obstacle,
    sites::gravest,
    status::Stage,
    target::Effect,
    unregister::{
        Farewell, PATIENCE, Parted, Parting, part_unreached, unregister, unregister_as_looked, with_way_out,
    },
};
use crate::crd::{
    connector::DeletionPolicy,
    status::{Registration, RegistrationState},
};

/// Removes what is not wanted any more, after what is wanted is registered. What cannot go yet stays on record. A grant
/// that is refused holds nothing up: it may never be made.
pub(super) async fn leave(
    pass: &Pass,
    draft: &mut Draft,
    (context, hand): (&Context, &Hand<'_>),
    progress: &mut Progress,
) {
    if let Stage::Stopped(_) = progress.outcome.registered {
        let still = pass
            .leaving
            .iter()
            .filter(|leaving| leaving.recorded)
            .map(|it| Registration {
                state: RegistrationState::Removing,
                ..it.registration.clone()
            });
        if let Some(registrations) = &mut progress.outcome.registrations {
            registrations.extend(still);
        }
        return;
    }
    let mut stops = Vec::new();
    // Of a connector that goes: where it may be registered cannot be told.
    if pass.connector.deletion_policy() != Some(DeletionPolicy::Orphan) {
        stops.extend(pass.unresolved.clone());
    }
    let key = pass.connector.entry.key();
    let identity = context.identity(&key);
    // On record until it is gone: any await can be the last.
    let going = || {
        pass.leaving
            .iter()
            .enumerate()
            .filter(|(_, leaving)| !leaving.kept)
    };
    let still = going().filter(|(_, leaving)| leaving.recorded);
    let still = still.map(|(_, leaving)| leaving.registration.clone());
    progress
        .outcome
        .registrations
        .get_or_insert_default()
        .extend(still);
    for (number, leaving) in going() {
        let farewell = farewell(pass, leaving);
        let parted = match &leaving.site {
            Ok(site) => {
                let parted = match draft.take_parting(number) {
                    None => unregister(site, &identity, farewell, hand).await,
                    Some(looked) => match draft.held().filter(|_| is_something(&looked)) {
                        Some(stop) => Err(Obstacle::Stop(stop)),
                        None => unregister_as_looked(site, looked, farewell, hand).await,
                    },
                };
                parted.map_err(|obstacle| progress.met(site, obstacle))
            }
            Err(stop) => part_unreached(leaving, farewell, stop).map_err(|stop| (stop, None)),
        };
        let registrations = progress.outcome.registrations.get_or_insert_default();
        registrations.retain(|registration| *registration != leaving.registration);
        match parted {
            Ok(parted) => progress.parted(leaving, parted),
            Err((stop, error)) => {
                draft.failed_at(went(leaving));
                let stop = with_way_out(stop, farewell);
                registrations.extend(leaving.recorded.then(|| removing(leaving, &stop, error.as_ref())));
                stops.push(stop);
            }
        }
    }
    if let Some(stop) = gravest(stops) {
        progress.outcome.registered = Stage::Stopped(stop);
    }
}

/// Whether a look found something to be done.
fn is_something(looked: &Result<Parting, Obstacle>) -> bool {
    matches!(looked, Ok(Parting::LetGo(_) | Parting::Remove(_)))
}

/// What the connector says about the end of that registration.
pub(super) fn farewell<C>(pass: &Pass<C>, leaving: &Leaving<C>) -> Farewell {
    let held = pass.connector.held_since();
    Farewell {
        policy: pass.connector.deletion_policy(),
        adopted: leaving.registration.adopted.unwrap_or_default(),
        protected: pass.connector.is_protected(),
        overdue: held.is_some_and(|since| pass.started.duration_since(since) >= PATIENCE),
    }
}

impl Progress {
    /// Notes how a registration ended.
    fn parted(&mut self, leaving: &Leaving, parted: Parted) {
        if parted == Parted::LeftBehind && leaving.recorded {
            self.notices.push(left_behind(leaving));
        }
        let Ok(site) = &leaving.site else { return };
        let effect = match parted {
            Parted::Nothing | Parted::LeftBehind => return,
            Parted::Removed => Effect::Gone,
            Parted::LetGo => Effect::LetGo,
        };
        self.effects
            .push((site.backend.key.clone(), site.id.name().to_owned(), effect));
    }
}

/// What people should know of tags that nobody looks after any more.
fn left_behind(leaving: &Leaving) -> Notice {
    let Registration {
        backend_kind,
        backend_name,
        id,
        ..
    } = &leaving.registration;
    Notice {
        warning: true,
        reason: "LeftBehind",
        note: format!(
            "left {} behind at {} {backend_name}, with the operator's tags on it",
            id.as_deref().unwrap_or("what is registered"),
            backend_kind.as_str()
        ),
    }
}
