//! What of a pass has to be approved: looked at before anything is sent, and held until it is. Client required.

use serde_json::{Value, json};

use super::{
    Leaving, Pass, Progress,
    grants::{self, GrantPlan, ObservedGrant},
    leave::farewell,
    look::{Change, Intent, Sent, Siblings, look},
    ownership::Identity,
    plan::{Deed, Difference, Need, Plan, Standing, Step, speaks_of},
    reason::Reason,
    register::Obstacle,
    sites::called,
    status::{PlanNews, Stop},
    target::{Site, Target},
    unregister::{self, Parting},
    wanted::Wanted,
};
use crate::{
    arm::CustomApiObserved,
    connector::{Shown, digest::sha256},
    crd::BackendReference,
};

/// What was looked at ahead, and whether it may be done.
#[derive(Debug)]
pub(super) struct Draft {
    intents: Vec<Option<(Result<Intent, Obstacle>, Sent)>>,
    partings: Vec<Option<Result<Parting, Obstacle>>>,
    plan: Option<Plan>,
    standing: Standing,
    /// Backends of the plan that could not be looked at, or where it could not be carried out.
    troubled: Vec<String>,
}

impl Draft {
    /// Nothing has to be approved: each place is looked at when its turn comes.
    pub(super) fn free() -> Self {
        Self {
            intents: Vec::new(),
            partings: Vec::new(),
            plan: None,
            standing: Standing::Nothing,
            troubled: Vec::new(),
        }
    }

    /// Looks at all that has to be approved, and judges whether it was.
    pub(super) async fn of(
        pass: &Pass,
        wanted: &Wanted<'_>,
        identity: &Identity<'_>,
        siblings: &impl Siblings,
    ) -> Self {
        let mut draft = Self::free();
        if !needs_any(pass) {
            return draft;
        }
        let (mut seen, mut steps) = (vec![json!(pass.connector.status.last_approved_plan)], Vec::new());
        let mut begun = Vec::new();
        for target in &pass.targets {
            let backend = called(target);
            let looked = match &target.site {
                Ok(site) if need(pass, site) == Need::Everything => {
                    let sent = wanted.sent(pass, target, site);
                    let one = wanted.at(pass, identity, (target, site), None);
                    Some((look(site, &one, sent, siblings).await, sent))
                }
                Ok(_) => None,
                Err(_) => {
                    draft.troubled.push(backend.clone());
                    None
                }
            };
            if let (Ok(site), true) = (&target.site, needs(pass, target)) {
                begun.push(mark_of(site));
                seen.push(seen_at(pass, site));
                match &looked {
                    Some((Ok(intent), _)) => {
                        begun.push(intent.plan());
                        steps.extend(deed(site, intent).map(|deed| step(&backend, site, deed)));
                    }
                    Some((Err(_), _)) => draft.troubled.push(backend.clone()),
                    None => {}
                }
                // What cannot be registered is not shared.
                if !matches!(looked, Some((Err(_), _))) {
                    let gone = is_gone(looked.as_ref());
                    steps.extend(grant_steps(pass, target, site, gone));
                }
            }
            draft.intents.push(looked);
        }
        for leaving in &pass.leaving {
            let looked = match &leaving.site {
                Ok(site) if !leaving.kept && need(pass, site) == Need::Everything => {
                    Some(unregister::look(site, identity, farewell(pass, leaving)).await)
                }
                _ => None,
            };
            if let (Ok(site), Some(looked)) = (&leaving.site, &looked) {
                let backend = went(leaving);
                match looked {
                    Ok(parting) => steps.extend(parted(parting).map(|deed| step(&backend, site, deed))),
                    Err(_) => draft.troubled.push(backend),
                }
            }
            draft.partings.push(looked);
        }
        let plan = Plan::new(&wanted.aim(pass), &seen, steps);
        let approved = pass.connector.approved_plan();
        let begun = approved.is_some_and(|approved| begun.iter().flatten().any(|plan| plan == approved));
        draft.standing = plan.standing(approved, pass.connector.status.plan.as_ref(), begun);
        draft.plan = Some(plan);
        draft
    }

    /// Whether a target waits for its first registration to be approved: nothing of it has to be removed yet.
    pub(super) fn awaits_first(&self, target: usize) -> bool {
        let looked = self.intents.get(target).and_then(Option::as_ref);
        self.held().is_some() && matches!(looked, Some((Ok(Intent::Create), _)))
    }

    /// The look at a target that was made ahead.
    pub(super) fn take_intent(&mut self, target: usize) -> Option<(Result<Intent, Obstacle>, Sent)> {
        self.intents.get_mut(target).and_then(Option::take)
    }

    /// The look at what leaves that was made ahead.
    pub(super) fn take_parting(&mut self, leaving: usize) -> Option<Result<Parting, Obstacle>> {
        self.partings.get_mut(leaving).and_then(Option::take)
    }

    /// The approved plan that is being carried out at a target.
    pub(super) fn plan_at(&self, pass: &Pass, target: &Target) -> Option<&str> {
        match &self.standing {
            Standing::Approved(digest) => Some(digest.as_str()).filter(|_| needs(pass, target)),
            Standing::Nothing | Standing::Pending | Standing::Untold => None,
        }
    }

    /// Why what has to be approved is not done.
    pub(super) fn held(&self) -> Option<Stop> {
        let plan = self.plan.as_ref()?;
        match self.standing {
            Standing::Pending | Standing::Untold => {
                let message = format!(
                    "{} wait for approval, the first: {}. To approve, set spec.approvedPlan: {}",
                    super::judge::counted(plan.steps.len(), "step"),
                    plan.lines().first().map(String::as_str).unwrap_or_default(),
                    plan.digest(),
                );
                Some(Stop::new(Reason::PlanPending, message))
            }
            Standing::Nothing | Standing::Approved(_) => None,
        }
    }

    /// Keeps of a site's grants what has to be approved from being made or removed, unless it was. Tells whether
    /// anything waits.
    pub(super) fn hold_grants(&self, pass: &Pass, site: &Site, plan: &mut GrantPlan) -> bool {
        let need = need(pass, site);
        if need == Need::Nothing || matches!(self.standing, Standing::Approved(_)) {
            return false;
        }
        plan.hold(need == Need::Everything, &site.observed.grants)
    }

    /// A step of the approved plan failed, and is tried again.
    pub(super) fn failed_at(&mut self, backend: String) {
        self.troubled.push(backend);
    }

    /// What status is to tell of the plan after the pass.
    pub(super) fn news(&self, pass: &Pass) -> PlanNews {
        let recorded = pass.connector.status.plan.as_ref();
        match (&self.standing, &self.plan) {
            (Standing::Pending | Standing::Untold, Some(plan)) => PlanNews::Told(plan.told()),
            (Standing::Approved(digest), _) => {
                let left = |backend: &String| recorded.is_some_and(|recorded| speaks_of(recorded, backend));
                if self.troubled.iter().any(left) {
                    PlanNews::Unchanged
                } else {
                    PlanNews::CarriedOut(digest.clone())
                }
            }
            (Standing::Nothing | Standing::Pending | Standing::Untold, _) => PlanNews::Nothing,
        }
    }

    /// Whether the plan was approved before it was told, and is to be carried out as soon as it is.
    pub(super) fn goes_on_at_once(&self) -> bool {
        self.standing == Standing::Untold
    }
}

/// What has to be approved at a place.
pub(super) fn need(pass: &Pass, site: &Site) -> Need {
    Need::of(pass.connector.approval(), site.backend.policy.require_approval)
}

fn needs(pass: &Pass, target: &Target) -> bool {
    target
        .site
        .as_ref()
        .is_ok_and(|site| need(pass, site) > Need::Nothing)
}

fn needs_any(pass: &Pass) -> bool {
    let leaving = pass
        .leaving
        .iter()
        .filter_map(|leaving| leaving.site.as_ref().ok());
    let targets = pass.targets.iter().filter_map(|target| target.site.as_ref().ok());
    targets
        .chain(leaving)
        .any(|site| need(pass, site) > Need::Nothing)
}

fn step(backend: &str, site: &Site, deed: Deed) -> Step {
    Step {
        backend: backend.to_owned(),
        id: site.id.to_string(),
        deed,
    }
}

/// The approved plan that was begun at a place last, as lists show it.
fn mark_of(site: &Site) -> Option<String> {
    let marks = site
        .observed
        .connector
        .as_ref()
        .and_then(|listed| listed.marks.as_ref());
    marks.and_then(|marks| marks.plan.clone())
}

/// What was seen at a place, as far as it has to be approved. What is registered without approval is left out: it
/// changes while grants wait.
fn seen_at(pass: &Pass, site: &Site) -> Value {
    let everything = need(pass, site) == Need::Everything;
    let listed = site.observed.connector.as_ref().filter(|_| everything);
    let owner = listed.and_then(|listed| listed.owner.as_ref());
    let marks = listed.and_then(|listed| listed.marks.as_ref());
    let mut grants: Vec<String> = site
        .observed
        .grants
        .iter()
        .map(
            |ObservedGrant {
                 name,
                 role,
                 principal,
             }| format!("{name} {role} {principal}"),
        )
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

fn deed(site: &Site, intent: &Intent) -> Option<Deed> {
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

/// Whether others took the connector away, and it is to stay so.
fn is_gone(looked: Option<&(Result<Intent, Obstacle>, Sent)>) -> bool {
    matches!(looked, Some((Ok(Intent::Keep(registered)), _)) if registered.listed.is_none())
}

fn grant_steps(pass: &Pass, target: &Target, site: &Site, gone: bool) -> Vec<Step> {
    if gone {
        return Vec::new();
    }
    let (wish, limit) = (pass.connector.grants(), site.backend.sharing_limit());
    let place: (&BackendReference, _) = (&target.reference, &site.id);
    let plan = grants::plan(wish, limit, place, &site.observed.grants, pass.started);
    let everything = need(pass, site) == Need::Everything;
    let (additions, removals) = plan.to_approve(everything, &site.observed.grants);
    let added = additions.iter().filter_map(|addition| {
        let state = plan.states.get(addition.state)?;
        Some(Deed::Grant {
            kind: state.kind,
            principal: state.id.clone(),
            role: state.role.clone(),
            definition: addition.role.clone(),
        })
    });
    let removed = site
        .observed
        .grants
        .iter()
        .filter(|grant| removals.contains(&grant.name));
    let mut removed: Vec<&ObservedGrant> = removed.collect();
    removed.sort_unstable_by_key(|grant| grant.name);
    let removed = removed.into_iter().map(|grant| Deed::Revoke {
        name: grant.name,
        role: grant.role.clone(),
        principal: grant.principal.clone(),
    });
    let backend = called(target);
    added
        .chain(removed)
        .map(|deed| step(&backend, site, deed))
        .collect()
}

/// How people call the backend of something that leaves.
pub(super) fn went(leaving: &Leaving) -> String {
    let record = &leaving.registration;
    format!("{} {}", record.backend_kind.as_str(), record.backend_name)
}

impl Progress {
    /// Notes what became of the plan.
    pub(super) fn planned(&mut self, pass: &Pass, draft: &Draft) {
        self.outcome.plan = draft.news(pass);
        if draft.goes_on_at_once() {
            self.asked = Some(std::time::Duration::ZERO);
        }
    }
}
