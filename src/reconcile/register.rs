//! Brings one registration to what is wanted. Client required.

use std::collections::BTreeMap;

use super::{
    hand::{Deed, Hand},
    look::{Change, Intent, Sent, Siblings, Wanted, inspect, look},
    ownership::{Relation, relation},
    reason::Reason,
    status::Stop,
    target::{Listed, Site},
};
use crate::{
    arm::{ArmError, CustomApiObserved, ErrorKind, Precondition},
    connector::{
        Shown,
        tags::{self, Marks, Owner},
    },
    record::{What, Why},
};

/// How a registration stands after a pass.
#[derive(Debug, Default)]
pub(super) struct Registered {
    /// What the backend shows now; `None`: others removed it, and it stays so.
    pub(super) listed: Option<Listed>,
    /// Whether it was there before us and was taken over.
    pub(super) adopted: bool,
    /// The address that the identity provider must allow, where it was read.
    pub(super) redirect_url: Option<String>,
    /// Paths that others changed and that stay so.
    pub(super) drift: Vec<String>,
    /// Paths that others changed and that were put right.
    pub(super) corrected: Vec<String>,
    /// Whether it was taken over in this pass.
    pub(super) taken_over: bool,
    /// What of the document that was sent breaks workflows that the one before served: sentences.
    pub(super) breaking: Vec<String>,
}

/// Why a registration was not brought to what is wanted.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// The backend, or a rule, says no.
    Stop(Stop),
    /// A call failed.
    Call(ArmError),
}

impl Obstacle {
    /// What it stops for.
    pub(super) fn stop(&self) -> Stop {
        match self {
            Self::Stop(stop) => stop.clone(),
            Self::Call(error) => Stop::from(error),
        }
    }
}

impl From<ArmError> for Obstacle {
    fn from(error: ArmError) -> Self {
        Self::Call(error)
    }
}

impl From<Stop> for Obstacle {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// Looks, and carries out what is to be done. A registration that was not sent before costs one call, one as wanted
/// none.
pub(super) async fn register(
    site: &Site,
    wanted: &Wanted<'_>,
    sent: Sent,
    siblings: &impl Siblings,
    hand: &Hand<'_>,
) -> Result<Registered, Obstacle> {
    let intent = look(site, wanted, sent, siblings).await?;
    let done = match act(site, wanted, intent, hand).await {
        Err(Obstacle::Call(error)) if error.kind() == ErrorKind::PreconditionFailed => {
            let intent = inspect(site, wanted, sent, siblings).await?;
            act(site, wanted, intent, hand).await?
        }
        done => done?,
    };
    complete(site, wanted, done).await
}

/// Carries out exactly what was approved. What is there by now, and was not when it was approved, is left alone, unless
/// it is what was to be made.
pub(super) async fn register_as_approved(
    site: &Site,
    wanted: &Wanted<'_>,
    (intent, sent): (Intent, Sent),
    siblings: &impl Siblings,
    hand: &Hand<'_>,
) -> Result<Registered, Obstacle> {
    let done = match act(site, wanted, intent, hand).await {
        Err(Obstacle::Call(error)) if error.kind() == ErrorKind::PreconditionFailed => {
            let intent = inspect(site, wanted, sent, siblings).await?;
            if !intent.is_nothing() {
                let message = "something else is there than when the plan was approved";
                return Err(Stop::new(Reason::BackendConflict, message).into());
            }
            act(site, wanted, intent, hand).await?
        }
        done => done?,
    };
    complete(site, wanted, done).await
}

/// Reads the address for the identity provider where it is not known: a pass that was cut short after sending took it
/// with it, and nothing of it is kept of lists.
async fn complete(site: &Site, wanted: &Wanted<'_>, mut done: Registered) -> Result<Registered, Obstacle> {
    if wanted.seeks_redirect && done.redirect_url.is_none() {
        let observed = site.backend.client.get_custom_api(&site.id).await?;
        done.redirect_url = observed.and_then(|observed| observed.redirect_url().map(str::to_owned));
    }
    Ok(done)
}

/// Carries out what is to be done. What is to be created and is there by now is left alone: that takes another look.
async fn act(
    site: &Site,
    wanted: &Wanted<'_>,
    intent: Intent,
    hand: &Hand<'_>,
) -> Result<Registered, Obstacle> {
    match intent {
        Intent::Keep(registered) => mark(site, wanted, *registered, hand).await,
        Intent::Create => create(site, wanted, hand).await,
        Intent::Change(change) => {
            let Change {
                observed,
                adopted,
                taken_over,
                paths,
                corrects,
                reviewed,
            } = *change;
            let (what, why) = if taken_over {
                (What::ConnectorAdopted, Why::Declared)
            } else if corrects {
                (What::ConnectorChanged, Why::DriftCorrected)
            } else {
                (What::ConnectorChanged, Why::Declared)
            };
            let registered = send(site, wanted, Some(&observed), adopted, (what, why), hand).await?;
            Ok(Registered {
                adopted,
                taken_over,
                corrected: if corrects { paths } else { Vec::new() },
                breaking: reviewed.breaking,
                ..registered
            })
        }
    }
}

async fn create(site: &Site, wanted: &Wanted<'_>, hand: &Hand<'_>) -> Result<Registered, Obstacle> {
    let deed = (What::ConnectorCreated, Why::Declared);
    let registered = send(site, wanted, None, false, deed, hand).await?;
    if !site.backend.keeps_its_word() && site.backend.client.get_custom_api(&site.id).await?.is_none() {
        let message = format!(
            "register connector {}: it was answered as made, and is not there",
            site.id
        );
        return Err(Stop::new(Reason::CreationUnconfirmed, message).into());
    }
    Ok(registered)
}

/// Notes on a registration that stays as it is which plan is being carried out: what is left of that plan, should this
/// pass be cut short, is told from another by it.
async fn mark(
    site: &Site,
    wanted: &Wanted<'_>,
    registered: Registered,
    hand: &Hand<'_>,
) -> Result<Registered, Obstacle> {
    let backend = &site.backend;
    let marked = |listed: &Listed| listed.marks.as_ref().and_then(|marks| marks.plan.clone());
    let Some(plan) = wanted.plan else {
        return Ok(registered);
    };
    if registered
        .listed
        .as_ref()
        .is_none_or(|listed| marked(listed).as_deref() == Some(plan))
    {
        return Ok(registered);
    }
    let observed = backend.client.get_custom_api(&site.id).await?;
    let ours =
        observed.filter(|it| relation(Owner::from_tags(&it.tags).as_ref(), wanted.me) == Relation::Ours);
    let Some((observed, marks)) = ours.and_then(|it| Marks::from_tags(&it.tags).map(|marks| (it, marks)))
    else {
        let message = "the connector is not what it was when the plan was approved";
        return Err(Stop::new(Reason::BackendConflict, message).into());
    };
    let marks = Marks {
        plan: Some(plan.to_owned()),
        ..marks
    };
    let tags = tags::wanted(wanted.owner, &marks, &backend.policy.tags, &observed.tags)
        .map_err(|error| Stop::from(&error))?;
    let deed = Deed {
        what: What::TagsChanged,
        why: Why::PlanBegun,
        before: Some(&marks.digest),
        after: Some(&marks.digest),
    };
    let answer = hand.tag(site, &tags, deed).await?;
    Ok(Registered {
        listed: Some(Listed::of(&answer, &backend.policy.tags)),
        ..registered
    })
}

/// Sends the whole of it, tags of others carried over. Where nothing was observed, nothing may be there.
async fn send(
    site: &Site,
    wanted: &Wanted<'_>,
    observed: Option<&CustomApiObserved>,
    adopted: bool,
    (what, why): (What, Why),
    hand: &Hand<'_>,
) -> Result<Registered, Obstacle> {
    let backend = &site.backend;
    let none = BTreeMap::new();
    let carried = observed.map_or(&none, |observed| &observed.tags);
    let former = Marks::from_tags(carried);
    let mut marks = Marks {
        digest: wanted.digest.to_owned(),
        shown: wanted.shown.hash(),
        adopted,
        plan: wanted
            .plan
            .map(str::to_owned)
            .or_else(|| former.as_ref().and_then(|marks| marks.plan.clone())),
    };
    let all = |marks: &Marks| {
        tags::wanted(wanted.owner, marks, &backend.policy.tags, carried).map_err(|error| Stop::from(&error))
    };
    let request = wanted
        .registration
        .request(&backend.location, all(&marks)?, wanted.secrets.clone());
    let precondition = observed.map_or(Precondition::Absent, |_| Precondition::None);
    let deed = Deed {
        what,
        why,
        before: former.as_ref().map(|marks| marks.digest.as_str()),
        after: Some(wanted.digest),
    };
    let mut answer = hand.put(site, (&request, precondition), deed).await?;
    let shown = Shown::from(&answer).hash();
    if shown != marks.shown {
        // The backend shows it in its own way. That is what counts from now on, or each look would find drift.
        marks.shown = shown;
        let deed = Deed {
            what: What::TagsChanged,
            why: Why::ShownOtherwise,
            before: Some(wanted.digest),
            after: Some(wanted.digest),
        };
        answer = hand.tag(site, &all(&marks)?, deed).await?;
    }
    Ok(Registered {
        listed: Some(Listed::of(&answer, &backend.policy.tags)),
        redirect_url: answer.redirect_url().map(str::to_owned),
        ..Registered::default()
    })
}
