//! What a pass would do, told before it is done: its steps, their digest, and whether somebody approved them. No client.
//!
//! A plan's digest is made of what is wanted, of what was seen, and of the digests of its steps. Status keeps the last
//! two. So what is left of an approved plan that was cut short can be told from another plan: what is wanted now, and
//! what status keeps, still yield the approved digest, and every step that is left is among those of then. Nothing has
//! to be believed of a status that anybody changed.

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::conditions::cut;
use crate::{
    connector::digest::sha256,
    crd::{
        BackendReference,
        approval::{Approval, PlanStatus, RequireApproval},
        sharing::{PrincipalKind, Sharing},
    },
};

/// Lines that status shows.
const LINES: usize = 20;
/// The longest of them, in bytes.
const LONGEST_LINE: usize = 512;
/// Paths, and changes that break, that a line names.
const NAMED: usize = 3;
/// The most steps whose digests status keeps: as many as its schema allows.
const STEPS_KEPT: usize = 4096;

/// What has to be approved at a backend.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Need {
    /// Nothing.
    #[default]
    Nothing,
    /// Giving access to somebody.
    Grants,
    /// Everything.
    Everything,
}

impl Need {
    /// The stricter of what the connector asks for and what the backend demands.
    pub fn of(own: Approval, backend: RequireApproval) -> Self {
        let own = match own {
            Approval::Automatic => Self::Nothing,
            Approval::Manual => Self::Everything,
        };
        own.max(match backend {
            RequireApproval::Never => Self::Nothing,
            RequireApproval::Grants => Self::Grants,
            RequireApproval::Always => Self::Everything,
        })
    }
}

/// What is wanted, as far as it has to be approved: all of the spec that reaches a backend, and nothing that does not.
#[derive(Clone, Debug, Serialize)]
pub struct Aim<'a> {
    /// The connector's uid.
    pub uid: &'a str,
    /// What it is registered as.
    pub name: &'a str,
    /// Where.
    pub references: Vec<&'a BackendReference>,
    /// Digest of what is sent, Secrets' versions included; `None` where only grants have to be approved.
    pub document: Option<&'a str>,
    /// Who is to use it.
    pub sharing: Option<&'a Sharing>,
}

/// One thing that is to be done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Step {
    /// The backend, as `Kind name`.
    pub backend: String,
    /// Resource id of the connector there.
    pub id: String,
    /// What is to be done to it.
    pub deed: Deed,
}

/// What is to be done to a registration, or at it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum Deed {
    /// It is registered; nothing is there. The digest is of what the backend's own settings add.
    Register(String),
    /// It is sent anew.
    Change(Difference),
    /// What others made is taken over.
    TakeOver(Difference),
    /// Somebody is given access.
    Grant {
        /// The principal's kind.
        kind: PrincipalKind,
        /// Its object id.
        principal: String,
        /// The role, as the spec calls it.
        role: String,
        /// The role definition's own name.
        definition: String,
    },
    /// Access is taken away.
    Revoke {
        /// The grant's name.
        name: Uuid,
        /// The role definition's own name.
        role: String,
        /// Who loses it.
        principal: String,
    },
    /// It is unregistered, its grants with it; the digest is of what is there.
    Unregister(String),
    /// It stays, with its grants and without our tags; the digest is of what is there.
    LetGo(String),
}

/// How what is there differs from what is wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Difference {
    /// Where: paths, never values.
    pub paths: Vec<String>,
    /// Whether others made the difference.
    pub corrects: bool,
    /// What breaks workflows: sentences.
    pub breaking: Vec<String>,
    /// How many changes of the document do not.
    pub harmless: usize,
    /// Digest of what is there, and of what the backend's own settings add.
    pub before: String,
}

/// Everything that waits for approval, or was approved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    /// What is to be done, in this order.
    pub steps: Vec<Step>,
    aim: String,
    basis: String,
}

/// How a plan stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// There is nothing to approve.
    Nothing,
    /// It waits for approval.
    Pending,
    /// It was approved before status told it: it is told first, so that it can be taken up where a pass is cut short.
    Untold,
    /// It, or the plan that it is the rest of, was approved: that digest.
    Approved(String),
}

impl Plan {
    /// The plan to do `steps`, made when `seen` was seen.
    pub fn new(aim: &Aim<'_>, seen: &[Value], steps: Vec<Step>) -> Self {
        Self {
            steps,
            aim: digest_of(&json!(aim)),
            basis: digest_of(&json!(seen)),
        }
    }

    /// What has to be approved for it to be carried out.
    pub fn digest(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(Step::digest).collect();
        overall(&self.aim, &self.basis, steps)
    }

    /// What status tells of it.
    pub fn told(&self) -> PlanStatus {
        PlanStatus {
            digest: self.digest(),
            summary: self.lines(),
            basis: self.basis.clone(),
            steps: self.steps.iter().take(STEPS_KEPT).map(Step::digest).collect(),
        }
    }

    /// Its steps in sentences, as many as people read; the last line counts the others.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.steps.iter().map(Step::line).collect();
        let all = lines.len();
        if all > LINES {
            lines.truncate(LINES - 1);
            lines.push(format!("and {} more", all + 1 - LINES));
        }
        lines
    }

    /// Whether it may be carried out. `recorded` is what status tells; `begun`: the approved plan was begun somewhere,
    /// so this may be what is left of it.
    pub fn standing(&self, approved: Option<&str>, recorded: Option<&PlanStatus>, begun: bool) -> Standing {
        let rest = approved
            .filter(|approved| begun && recorded.is_some_and(|recorded| self.is_rest_of(recorded, approved)));
        match (approved, rest) {
            (_, Some(approved)) => Standing::Approved(approved.to_owned()),
            _ if self.steps.is_empty() => Standing::Nothing,
            (Some(approved), None) if self.digest() == approved => {
                if recorded.is_some_and(|recorded| recorded.digest == approved) {
                    Standing::Approved(approved.to_owned())
                } else {
                    Standing::Untold
                }
            }
            _ => Standing::Pending,
        }
    }

    /// Whether `recorded` is the approved plan, for what is wanted still, and all that is to be done is in it.
    fn is_rest_of(&self, recorded: &PlanStatus, approved: &str) -> bool {
        overall(&self.aim, &recorded.basis, recorded.steps.clone()) == approved
            && self
                .steps
                .iter()
                .all(|step| recorded.steps.contains(&step.digest()))
    }
}

/// Whether a recorded plan has steps at a backend, given as `Kind name`.
pub fn speaks_of(recorded: &PlanStatus, backend: &str) -> bool {
    let place = place(backend);
    recorded.steps.iter().any(|step| step.starts_with(&place))
}

impl Step {
    /// Eight digits for the place and sixteen for the step: it is compared with other steps of one plan only.
    fn digest(&self) -> String {
        format!("{}{}", place(&self.backend), short(&json!(self), 16))
    }

    /// What is to be done, in a sentence that quotes what backends say.
    pub fn line(&self) -> String {
        let Self { backend, id, deed } = self;
        let name = id.rsplit('/').next().unwrap_or_default();
        let line = match deed {
            Deed::Register(_) => format!("{backend}: register {name}"),
            Deed::Change(difference) if difference.corrects => {
                let what = difference.told();
                format!("{backend}: put right what others changed of {name}{what}")
            }
            Deed::Change(difference) => format!("{backend}: change {name}{}", difference.told()),
            Deed::TakeOver(difference) => {
                let what = difference.told();
                format!("{backend}: take over {name}, which others registered{what}")
            }
            Deed::Grant {
                kind,
                principal,
                role,
                definition: _,
            } => format!("{backend}: grant {role} to {} {principal}", kind.as_str()),
            Deed::Revoke {
                name,
                role,
                principal,
            } => format!("{backend}: remove grant {name} of role {role} to {principal}"),
            Deed::Unregister(_) => format!("{backend}: unregister {name}, its grants with it"),
            Deed::LetGo(_) => format!("{backend}: let go of {name}; connector and grants stay"),
        };
        cut(&line, LONGEST_LINE).to_owned()
    }
}

impl Difference {
    /// What differs, after a colon, as far as anything is known of it.
    fn told(&self) -> String {
        let mut parts = Vec::new();
        if !self.breaking.is_empty() {
            let named: Vec<&str> = self.breaking.iter().take(NAMED).map(String::as_str).collect();
            parts.push(format!(
                "{} of the document would break workflows: {}",
                self.breaking.len(),
                named.join(" ")
            ));
        }
        if self.harmless > 0 {
            parts.push(format!("{} of the document would not", self.harmless));
        }
        if !self.paths.is_empty() {
            let named: Vec<&str> = self.paths.iter().take(NAMED).map(String::as_str).collect();
            let more = self.paths.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            parts.push(format!("differs in {}{more}", named.join(", ")));
        }
        if parts.is_empty() {
            String::new()
        } else {
            format!(": {}", parts.join("; "))
        }
    }
}

fn digest_of(value: &Value) -> String {
    sha256(value.to_string().as_bytes())
}

/// The first `digits` of a value's digest.
fn short(value: &Value, digits: usize) -> String {
    let digest = digest_of(value);
    digest.chars().skip("sha256:".len()).take(digits).collect()
}

fn place(backend: &str) -> String {
    short(&json!(backend), 8)
}

/// Steps count as a set: lists come in any order.
fn overall(aim: &str, basis: &str, mut steps: Vec<String>) -> String {
    steps.sort_unstable();
    sha256(format!("{aim}\n{basis}\n{}", steps.join("\n")).as_bytes())
}
