//! What a pass would do, told without doing any of it: nothing here has a way to send. Client required.

use super::{
    Context, Halt, Leaving, Pass, Progress,
    approval::Draft,
    judge::{self, Judged},
    plan::{Need, Standing, Step},
    status::{Outcome, Stop},
    survey::{Survey, ends, survey},
    target::{Site, Target},
    wanted::Wanted,
};
use crate::{arm::Reader, crd::approval::PlanStatus};

/// What a pass would do.
#[derive(Debug, Default)]
pub struct Foretold {
    /// What it would do at backends, in this order.
    pub steps: Vec<Step>,
    /// What has to be approved before it is done.
    pub plan: Option<PlanStatus>,
    /// Whether that was approved.
    pub approved: bool,
    /// Where it would not come to its end, and why: the backend, if it is about one.
    pub stops: Vec<(Option<String>, Stop)>,
    /// What it would establish of the source and the description.
    pub judged: Outcome,
}

/// Goes through a pass as far as that sends nothing.
pub async fn foretell(pass: &Pass<Reader>, context: &Context) -> Foretold {
    let mut progress = Progress::default();
    let told = if pass.connector.entry.is_deleting() {
        removal(pass, context).await
    } else {
        match renewal(pass, context, &mut progress).await {
            Ok(told) => told,
            Err(Halt::Write(error)) => {
                let stop = Stop::new(super::reason::Reason::ApiServerUnavailable, error.to_string());
                Foretold {
                    stops: vec![(None, stop)],
                    ..Foretold::default()
                }
            }
            Err(Halt::Stopped | Halt::Unchanged | Halt::Gone) => Foretold {
                stops: progress
                    .outcome
                    .stop()
                    .map(|stop| (None, stop.clone()))
                    .into_iter()
                    .collect(),
                ..Foretold::default()
            },
        }
    };
    Foretold {
        judged: progress.outcome,
        ..told
    }
}

/// What a pass over a connector that stays would do.
async fn renewal(pass: &Pass<Reader>, context: &Context, progress: &mut Progress) -> Result<Foretold, Halt> {
    let spec = judge::accept(pass, context, progress).await?;
    let fetched = judge::fetch(pass, &spec, context, progress).await?;
    let Judged {
        registration,
        secrets,
        digest,
        secret,
    } = judge::validate(pass, &spec, fetched, context, progress).await?;
    let wanted = Wanted::new(pass, context, &registration, (&secrets, &digest), secret);
    let key = pass.connector.entry.key();
    let identity = context.identity(&key);
    let all = |_: &Site<Reader>| Need::Everything;
    let Survey {
        mut steps, troubled, ..
    } = survey(pass, &wanted, &identity, context, all).await;
    let sites = pass
        .targets
        .iter()
        .filter_map(|target| Some((target, target.site.as_ref().ok()?)));
    steps.extend(sites.flat_map(|(target, site)| ends(pass, target, site)));
    let (plan, standing) = Draft::of(pass, &wanted, &identity, context).await.into_plan();
    let unresolved = pass.unresolved.iter().map(|stop| (None, stop.clone()));
    let troubled = troubled.into_iter().map(|(backend, stop)| (Some(backend), stop));
    Ok(Foretold {
        steps,
        plan: plan.filter(|plan| !plan.steps.is_empty()).map(|plan| plan.told()),
        approved: matches!(standing, Standing::Approved(_) | Standing::Untold),
        stops: unresolved.chain(troubled).collect(),
        judged: Outcome::default(),
    })
}

/// What a pass over a connector that is being deleted would do.
async fn removal(pass: &Pass<Reader>, context: &Context) -> Foretold {
    let key = pass.connector.entry.key();
    let mut survey = Survey::default();
    let all = |_: &Site<Reader>| Need::Everything;
    survey.look_at_leaving(pass, &context.identity(&key), all).await;
    let unresolved = pass.unresolved.iter().map(|stop| (None, stop.clone()));
    let troubled = survey
        .troubled
        .into_iter()
        .map(|(backend, stop)| (Some(backend), stop));
    Foretold {
        steps: survey.steps,
        stops: unresolved.chain(troubled).collect(),
        ..Foretold::default()
    }
}

impl Pass {
    /// The same pass, which can change nothing.
    pub fn to_read(&self) -> Pass<Reader> {
        let targets = self.targets.iter().map(|target| Target {
            reference: target.reference.clone(),
            site: target.site.as_ref().map(Site::to_read).map_err(Clone::clone),
        });
        let leaving = self.leaving.iter().map(|leaving| Leaving {
            registration: leaving.registration.clone(),
            kept: leaving.kept,
            recorded: leaving.recorded,
            site: leaving.site.as_ref().map(Site::to_read).map_err(Clone::clone),
        });
        Pass {
            connector: self.connector.clone(),
            targets: targets.collect(),
            leaving: leaving.collect(),
            unresolved: self.unresolved.clone(),
            config_maps: self.config_maps.clone(),
            // A question is answered whatever was known, and to the last word.
            deep: true,
            periodic: false,
            started: self.started,
        }
    }
}
