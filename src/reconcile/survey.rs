//! A look at every place ahead: what would be done there. Reads, and sends nothing. Client required.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Pass,
    approval::went,
    grants::{self, ObservedGrant},
    leave::farewell,
    look::{Change, Intent, Sent, Siblings, look},
    ownership::Identity,
    plan::{Deed, Difference, Need, Step},
    register::Obstacle,
    sites::called,
    status::Stop,
    target::{Site, Target},
    unregister::{self, Parting},
    wanted::Wanted,
};
use crate::{
    arm::{CustomApiObserved, Reads},
    connector::{Shown, digest::sha256},
};

/// What was looked at, and what it comes to.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// By target; `None` where it was not looked at.
    pub(super) intents: Vec<Option<(Result<Intent, Obstacle>, Sent)>>,
    /// By what leaves; `None` where it was not looked at.
    pub(super) partings: Vec<Option<Result<Parting, Obstacle>>>,
    /// What was seen.
    pub(super) seen: Vec<Value>,
    /// What would be done.
    pub(super) steps: Vec<Step>,
    /// The approved plans that were begun at those places.
    pub(super) begun: Vec<String>,
    /// Where nothing can be told, and why.
    pub(super) troubled: Vec<(String, Stop)>,
}

/// Looks at every place where `need` says that something is of interest.
pub(super) async fn survey<C: Reads>(
    pass: &Pass<C>,
    wanted: &Wanted<'_>,
    identity: &Identity<'_>,
    siblings: &impl Siblings,
    need: impl Fn(&Site<C>) -> Need,
) -> Survey {
    let mut survey = Survey {
        seen: vec![json!(pass.connector.status.last_approved_plan)],
        ..Survey::default()
    };
    for target in &pass.targets {
        let looked = match &target.site {
            Ok(site) => {
                let need = need(site);
                let looked = if need == Need::Everything {
                    let sent = wanted.sent(pass, target, site);
                    let one = wanted.at(pass, identity, (target, site), None);
                    Some((look(site, &one, sent, siblings).await, sent))
                } else {
                    None
                };
                if need > Need::Nothing {
                    survey.take(
                        pass,
                        (target, site),
                        need,
                        looked.as_ref().map(|(intent, _)| intent),
                    );
                }
                looked
            }
            Err(stop) => {
                survey.troubled.push((called(target), stop.clone()));
                None
            }
        };
        survey.intents.push(looked);
    }
    survey.look_at_leaving(pass, identity, need).await;
    survey
}

impl Survey {
    /// Takes in what a look at a target found.
    fn take<C>(
        &mut self,
        pass: &Pass<C>,
        (target, site): (&Target<C>, &Site<C>),
        need: Need,
        looked: Option<&Result<Intent, Obstacle>>,
    ) {
        let backend = called(target);
        self.begun.extend(mark_of(site));
        self.seen.push(seen_at(site, need));
        match looked {
            Some(Ok(intent)) => {
                self.begun.extend(intent.plan());
                self.steps
                    .extend(deed(site, intent).map(|deed| step(&backend, site, deed)));
            }
            // What cannot be registered is not shared.
            Some(Err(obstacle)) => {
                self.troubled.push((backend, obstacle.stop()));
                return;
            }
            None => {}
        }
        let gone = matches!(looked, Some(Ok(Intent::Keep(kept))) if kept.listed.is_none());
        if !gone {
            self.steps.extend(grant_steps(pass, target, site, need));
        }
    }

    /// Looks at what is not to be registered any more.
    pub(super) async fn look_at_leaving<C: Reads>(
        &mut self,
        pass: &Pass<C>,
        identity: &Identity<'_>,
        need: impl Fn(&Site<C>) -> Need,
    ) {
        for leaving in &pass.leaving {
            let looked = match &leaving.site {
                Ok(site) if !leaving.kept && need(site) == Need::Everything => {
                    let looked = unregister::look(site, identity, farewell(pass, leaving)).await;
                    let backend = went(leaving);
                    match &looked {
                        Ok(parting) => self
                            .steps
                            .extend(parted(parting).map(|deed| step(&backend, site, deed))),
                        Err(obstacle) => self.troubled.push((backend, obstacle.stop())),
                    }
                    Some(looked)
                }
                Ok(_) | Err(_) => None,
            };
            self.partings.push(looked);
        }
    }
}

fn step<C>(backend: &str, site: &Site<C>, deed: Deed) -> Step {
    Step {
        backend: backend.to_owned(),
        id: site.id.to_string(),
        deed,
    }
}

/// The approved plan that was begun at a place last, as lists show it.
fn mark_of<C>(site: &Site<C>) -> Option<String> {
    let marks = site
        .observed
        .connector
        .as_ref()
        .and_then(|listed| listed.marks.as_ref());
    marks.and_then(|marks| marks.plan.clone())
}

/// What was seen at a place, as far as it has to be approved. What is registered without approval is left out: it
/// changes while grants wait.
fn seen_at<C>(site: &Site<C>, need: Need) -> Value {
    let everything = need == Need::Everything;
    let listed = site.observed.connector.as_ref().filter(|_| everything);
    let owner = listed.and_then(|listed| listed.owner.as_ref());
    let marks = listed.and_then(|listed| listed.marks.as_ref());
    let mut grants: Vec<String> = site
        .observed
        .grants
        .iter()
        .map(|grant| format!("{} {} {}", grant.name, grant.role, grant.principal))
        .collect();
    grants.sort_unstable();
    json!({
        "id": site.id.to_string(),
        "plan": mark_of(site),
        "grants": grants,
        "connector": listed.map(|listed| json!({
            "asSent": listed.as_sent,
            "owner": owner.map(|it| [&it.cluster, &it.namespace, &it.name, &it.uid]),
            "digest": marks.map(|marks| &marks.digest),
            "shown": marks.map(|marks| &marks.shown),
            "adopted": marks.map(|marks| marks.adopted),
        })),
    })
}

fn deed<C>(site: &Site<C>, intent: &Intent) -> Option<Deed> {
    let added = json!([site.backend.location, site.backend.policy.tags]);
    match intent {
        Intent::Keep(_) => None,
        Intent::Create => Some(Deed::Register(sha256(added.to_string().as_bytes()))),
        Intent::Change(change) => {
            let Change {
                observed,
                adopted: _,
                taken_over,
                paths,
                corrects,
                reviewed,
            } = &**change;
            let before = json!([added, before(observed), reviewed.served]);
            let difference = Difference {
                paths: paths.clone(),
                corrects: *corrects,
                breaking: reviewed.breaking.clone(),
                harmless: reviewed.harmless,
                before: sha256(before.to_string().as_bytes()),
            };
            Some(if *taken_over {
                Deed::TakeOver(difference)
            } else {
                Deed::Change(difference)
            })
        }
    }
}

/// Digest of what is there.
fn before(observed: &CustomApiObserved) -> String {
    let seen = json!([Shown::from(observed).hash(), observed.tags]);
    sha256(seen.to_string().as_bytes())
}

fn parted(parting: &Parting) -> Option<Deed> {
    match parting {
        Parting::Nothing => None,
        Parting::LetGo(observed) => Some(Deed::LetGo(before(observed))),
        Parting::Remove(observed) => Some(Deed::Unregister(before(observed))),
    }
}

fn grant_steps<C>(pass: &Pass<C>, target: &Target<C>, site: &Site<C>, need: Need) -> Vec<Step> {
    let (wish, limit) = (pass.connector.grants(), site.backend.sharing_limit());
    let place = (&target.reference, &site.id);
    let plan = grants::plan(wish, limit, place, &site.observed.grants, pass.started);
    let (additions, removals) = plan.to_approve(need == Need::Everything, &site.observed.grants);
    let added = additions.iter().filter_map(|addition| {
        let state = plan.states.get(addition.state)?;
        Some(Deed::Grant {
            kind: state.kind,
            principal: state.id.clone(),
            role: state.role.clone(),
            definition: addition.role.clone(),
        })
    });
    let backend = called(target);
    let removed = revoked(site, &removals);
    added
        .chain(removed)
        .map(|deed| step(&backend, site, deed))
        .collect()
}

/// The end of grants, in an order that does not depend on that of lists.
fn revoked<C>(site: &Site<C>, names: &[Uuid]) -> Vec<Deed> {
    let observed = site.observed.grants.iter();
    let mut grants: Vec<&ObservedGrant> = observed.filter(|grant| names.contains(&grant.name)).collect();
    grants.sort_unstable_by_key(|grant| grant.name);
    let deed = |grant: &ObservedGrant| Deed::Revoke {
        name: grant.name,
        role: grant.role.clone(),
        principal: grant.principal.clone(),
    };
    grants.into_iter().map(deed).collect()
}

/// The ends of grants that nobody has to agree to.
pub(super) fn ends<C>(pass: &Pass<C>, target: &Target<C>, site: &Site<C>) -> Vec<Step> {
    let (wish, limit) = (pass.connector.grants(), site.backend.sharing_limit());
    let place = (&target.reference, &site.id);
    let plan = grants::plan(wish, limit, place, &site.observed.grants, pass.started);
    let backend = called(target);
    let deeds = revoked(site, &plan.ending).into_iter();
    deeds.map(|deed| step(&backend, site, deed)).collect()
}
