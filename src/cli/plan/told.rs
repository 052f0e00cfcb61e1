//! How a plan is told: to people in lines, to programs as JSON. No client.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::asked::Answer;
use crate::{
    cli::{
        Failure,
        terminal::{Palette, Tone, counted},
        tree::one_line,
    },
    reconcile::{
        entry::Key,
        foretell::Foretold,
        plan::{Deed, Step},
        status::Stop,
    },
};

/// What a pass would do about a connector.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    namespace: String,
    name: String,
    /// Why no pass would be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle: Option<&'static str>,
    /// What it would do, in this order.
    pub(super) steps: Vec<StepTold>,
    /// What of it has to be approved; `None`: nothing.
    approval: Option<Approval>,
    /// Where it would not come to its end.
    stops: Vec<StopTold>,
}

/// A step, as programs read it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StepTold {
    backend: String,
    id: String,
    action: &'static str,
    /// The step in a sentence.
    summary: String,
    /// Where what is there differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<String>,
    /// What breaks workflows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    breaking: Vec<String>,
    /// Who is given access, or loses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
}

/// What has to be approved.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Approval {
    /// What spec.approvedPlan has to be; `None`: it depends on the uid that the connector does not have yet.
    digest: Option<String>,
    approved: bool,
    steps: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StopTold {
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<String>,
    reason: &'static str,
    message: String,
}

impl Told {
    /// What the answer says of a connector; `new`: one that is not in the cluster.
    pub(super) fn of(key: &Key, answer: Answer, new: bool) -> Self {
        let (idle, foretold) = match answer {
            Answer::Foretold(told) => (None, *told),
            Answer::Suspended => (Some("it is suspended"), Foretold::default()),
            Answer::LetGo => (Some("the operator has let go of it"), Foretold::default()),
        };
        let Foretold {
            steps,
            plan,
            approved,
            stops,
            judged: _,
        } = foretold;
        Self {
            namespace: key.namespace.to_string(),
            name: key.name.to_string(),
            idle,
            steps: steps.iter().map(StepTold::of).collect(),
            approval: plan.map(|plan| Approval {
                digest: (!new).then_some(plan.digest),
                approved,
                steps: plan.summary,
            }),
            stops: stops.into_iter().map(StopTold::of).collect(),
        }
    }

    /// Whether something of it cannot be told.
    pub(super) const fn is_open(&self) -> bool {
        !self.stops.is_empty()
    }

    /// A line for the connector and one for each step and each stop.
    pub(super) fn text(&self, palette: &Palette) -> String {
        let Self {
            namespace,
            name,
            idle,
            steps,
            approval,
            stops,
        } = self;
        let what = match idle {
            Some(why) => format!("nothing: {why}"),
            None if steps.is_empty() && stops.is_empty() => "nothing to do".to_owned(),
            None => counted(steps.len(), "step"),
        };
        let mut text = format!("CustomConnector {namespace}/{name}: {what}\n");
        let mut line = |mark: &str, tone: Tone, told: &str| {
            let style = palette.of_tone(tone);
            // Writing to a String never fails.
            let _written = writeln!(text, "  {style}{mark}{style:#} {}", one_line(told));
        };
        for step in steps {
            let (mark, tone) = step.mark();
            line(mark, tone, &step.summary);
        }
        for StopTold {
            backend,
            reason,
            message,
        } in stops
        {
            let place = backend.as_ref().map(|it| format!("{it}: ")).unwrap_or_default();
            line("!", Tone::Bad, &format!("{place}{reason}: {message}"));
        }
        if let Some(approval) = approval {
            let _written = writeln!(text, "  {}", approval.told(steps.len()));
        }
        text
    }
}

impl Approval {
    /// How many of all steps wait, and for what.
    fn told(&self, all: usize) -> String {
        let waits = self.steps.len();
        let which = if waits >= all {
            "All of it".to_owned()
        } else {
            format!("{waits} of it")
        };
        match &self.digest {
            Some(digest) if self.approved => format!("{which} had to be approved, and is, as plan {digest}."),
            Some(digest) => format!("{which} waits for approval: spec.approvedPlan: {digest}"),
            None => format!("{which} will wait for approval, once the connector exists."),
        }
    }
}

impl StepTold {
    fn of(step: &Step) -> Self {
        let mut told = Self {
            backend: step.backend.clone(),
            id: step.id.clone(),
            action: "",
            summary: step.line(),
            paths: Vec::new(),
            breaking: Vec::new(),
            principal: None,
            role: None,
        };
        told.action = match &step.deed {
            Deed::Register(_) => "register",
            Deed::Change(difference) | Deed::TakeOver(difference) => {
                told.paths.clone_from(&difference.paths);
                told.breaking.clone_from(&difference.breaking);
                if matches!(&step.deed, Deed::TakeOver(_)) {
                    "takeOver"
                } else if difference.corrects {
                    "correct"
                } else {
                    "change"
                }
            }
            Deed::Grant { principal, role, .. } => {
                (told.principal, told.role) = (Some(principal.clone()), Some(role.clone()));
                "grant"
            }
            Deed::Revoke { principal, role, .. } => {
                (told.principal, told.role) = (Some(principal.clone()), Some(role.clone()));
                "revoke"
            }
            Deed::Unregister(_) => "unregister",
            Deed::LetGo(_) => "letGo",
        };
        told
    }

    fn mark(&self) -> (&'static str, Tone) {
        match self.action {
            "register" | "grant" => ("+", Tone::Good),
            "revoke" | "unregister" | "letGo" => ("-", Tone::Bad),
            _ => ("~", Tone::Plain),
        }
    }
}

impl StopTold {
    fn of((backend, stop): (Option<String>, Stop)) -> Self {
        Self {
            backend,
            reason: stop.reason.as_str(),
            message: stop.message,
        }
    }
}

/// One object a connector, a line each.
pub(super) fn json(told: &[Told]) -> Result<String, Failure> {
    let line = |one: &Told| serde_json::to_value(one).map(|value: Value| format!("{value}\n"));
    let lines: Result<String, serde_json::Error> = told.iter().map(line).collect();
    lines.map_err(Failure::of("cannot write the plans as JSON"))
}
