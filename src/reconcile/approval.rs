//! What of a pass has to be approved: looked at before anything is sent, and held until it is. Client required.

use super::{
    Leaving, Pass, Progress,
    grants::GrantPlan,
    judge::counted,
    look::{Intent, Sent, Siblings},
    ownership::Identity,
    plan::{Need, Plan, Standing, speaks_of},
    reason::Reason,
    register::Obstacle,
    status::{PlanNews, Stop},
    survey::{Survey, survey},
    target::{Site, Target},
    unregister::Parting,
    wanted::Wanted,
};
use crate::arm::Reads;

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
    pub(super) async fn of<C: Reads>(
        pass: &Pass<C>,
        wanted: &Wanted<'_>,
        identity: &Identity<'_>,
        siblings: &impl Siblings,
    ) -> Self {
        if !needs_any(pass) {
            return Self::free();
        }
        let need = |site: &Site<C>| need(pass, site);
        let Survey {
            intents,
            partings,
            seen,
            steps,
            begun,
            troubled,
        } = survey(pass, wanted, identity, siblings, need).await;
        let plan = Plan::new(&wanted.aim(pass), &seen, steps);
        let approved = pass.connector.approved_plan();
        let begun = approved.is_some_and(|approved| begun.iter().any(|plan| plan == approved));
        let standing = plan.standing(approved, pass.connector.status.plan.as_ref(), begun);
        Self {
            intents,
            partings,
            plan: Some(plan),
            standing,
            troubled: troubled.into_iter().map(|(backend, _)| backend).collect(),
        }
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
        self.carried_out().filter(|_| needs(pass, target))
    }

    /// The approved plan that is being carried out.
    pub(super) fn carried_out(&self) -> Option<&str> {
        match &self.standing {
            Standing::Approved(digest) => Some(digest),
            Standing::Nothing | Standing::Pending | Standing::Untold => None,
        }
    }

    /// What is to be approved, and how it stands.
    pub(super) fn into_plan(self) -> (Option<Plan>, Standing) {
        (self.plan, self.standing)
    }

    /// Why what has to be approved is not done.
    pub(super) fn held(&self) -> Option<Stop> {
        let plan = self.plan.as_ref()?;
        match self.standing {
            Standing::Pending | Standing::Untold => {
                let message = format!(
                    "{} wait for approval, the first: {}. To approve, set spec.approvedPlan: {}",
                    counted(plan.steps.len(), "step"),
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
pub(super) fn need<C>(pass: &Pass<C>, site: &Site<C>) -> Need {
    Need::of(pass.connector.approval(), site.backend.policy.require_approval)
}

fn needs<C>(pass: &Pass<C>, target: &Target<C>) -> bool {
    target
        .site
        .as_ref()
        .is_ok_and(|site| need(pass, site) > Need::Nothing)
}

fn needs_any<C>(pass: &Pass<C>) -> bool {
    let leaving = pass
        .leaving
        .iter()
        .filter_map(|leaving| leaving.site.as_ref().ok());
    let targets = pass.targets.iter().filter_map(|target| target.site.as_ref().ok());
    targets
        .chain(leaving)
        .any(|site| need(pass, site) > Need::Nothing)
}

/// How people call the backend of something that leaves.
pub(super) fn went<C>(leaving: &Leaving<C>) -> String {
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
