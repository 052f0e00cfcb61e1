//! Stories of a connector: what users want one after the other, and what happens meanwhile.

use jiff::{SignedDuration, Timestamp};
use proptest::{
    prelude::*,
    sample::{select, subsequence},
};
use serde_json::{Value, json};

use super::{
    calls::Fate,
    manifests::{ANNA, BERT, CARL, spec},
    scene::Scene,
};
use crate::registry::EDIT_ROLE;

pub(super) const BACKENDS: [&str; 3] = ["east", "north", "west"];

/// What a spec asks for, as far as it varies here.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) backends: Vec<&'static str>,
    pub(super) name: &'static str,
    pub(super) exact: bool,
    pub(super) orphans: bool,
    pub(super) reports: bool,
    /// `Manual` or `Automatic`.
    pub(super) approval: &'static str,
    pub(super) grants: Vec<Grant>,
}

/// A principal of a spec.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant {
    principal: &'static str,
    /// `Use`, `Edit`, or `Admin`, which no backend declares.
    role: &'static str,
    /// Hours from the beginning.
    expires: Option<i64>,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    Edited(Wish),
    Deleted,
    /// The plan that is told is approved.
    Approved,
    Passed,
    Struck(usize, Fate),
    Looked,
    Restarted,
    AnHourWentBy,
    // What others do at a backend.
    Renamed(&'static str),
    Untagged(&'static str),
    Removed(&'static str),
    Granted(&'static str, &'static str),
}

/// What is wanted first, and what happens then.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) first: Wish,
    pub(super) happenings: Vec<Happening>,
}

impl Wish {
    fn any() -> impl Strategy<Value = Self> {
        let all = [ANNA, BERT, CARL].map(|it| [(it, "Use"), (it, "Edit"), (it, "Admin")]);
        let ends = prop::collection::vec(select(vec![None, None, Some(1), Some(2)]), 4);
        let grants = (subsequence(all.concat(), 0..4), ends).prop_map(|(grants, ends)| {
            let grant = |((principal, role), expires)| Grant {
                principal,
                role,
                expires,
            };
            grants.into_iter().zip(ends).map(grant).collect()
        });
        let backends = subsequence(BACKENDS.to_vec(), 1..=3);
        let name = select(vec!["Cats", "Dogs"]);
        let approval = select(vec!["Automatic", "Manual"]);
        (backends, name, any::<[bool; 3]>(), approval, grants).prop_map(
            |(backends, name, [exact, orphans, reports], approval, grants)| Self {
                backends,
                name,
                exact,
                orphans,
                reports,
                approval,
                grants,
            },
        )
    }

    pub(super) fn spec(&self, start: Timestamp) -> Value {
        let principals: Vec<Value> = self.grants.iter().map(|grant| grant.principal(start)).collect();
        let more = json!({
            "displayName": self.name, "adoption": "IfUnowned",
            "driftPolicy": if self.reports { "Report" } else { "Correct" },
            "approval": self.approval,
            "deletionPolicy": if self.orphans { "Orphan" } else { "Delete" },
            "sharing": { "mode": if self.exact { "Exact" } else { "Additive" }, "principals": principals },
        });
        spec(&self.backends, more)
    }

    /// Whether a call needs no approval: the end of a grant.
    pub(super) fn may_do_unasked(&self, call: &str) -> bool {
        let ends = self
            .grants
            .iter()
            .any(|grant| grant.ends() || !grant.is_declared());
        ends && call.starts_with("DELETE ") && call.ends_with("/roleAssignments")
    }

    /// The grants whose time is not over.
    pub(super) fn due(&self, start: Timestamp, now: Timestamp) -> impl Iterator<Item = &Grant> {
        self.grants
            .iter()
            .filter(move |grant| grant.end(start).is_none_or(|end| end > now))
    }
}

impl Grant {
    pub(super) fn ends(&self) -> bool {
        self.expires.is_some()
    }

    pub(super) fn is_declared(&self) -> bool {
        self.role != "Admin"
    }

    /// As a scene's state tells it, but for whose it is.
    pub(super) fn told(&self, backend: &str) -> String {
        format!("{backend}: {} to {}", self.role, self.principal)
    }

    fn end(&self, start: Timestamp) -> Option<Timestamp> {
        self.expires
            .map(|hours| start + SignedDuration::from_hours(hours))
    }

    fn principal(&self, start: Timestamp) -> Value {
        let mut it = json!({ "kind": "User", "id": self.principal, "role": self.role });
        if let Some(end) = self.end(start) {
            it["expiresAt"] = end.to_string().into();
        }
        it
    }
}

impl Happening {
    fn any() -> impl Strategy<Value = Self> {
        let backend = || select(BACKENDS.to_vec());
        let fate = select(vec![Fate::Death, Fate::LostAnswer, Fate::Failure]);
        prop_oneof![
            2 => Wish::any().prop_map(Self::Edited),
            1 => Just(Self::Deleted),
            2 => Just(Self::Approved),
            3 => Just(Self::Passed),
            5 => (0..14_usize, fate).prop_map(|(number, fate)| Self::Struck(number, fate)),
            2 => Just(Self::Looked),
            1 => Just(Self::Restarted),
            1 => Just(Self::AnHourWentBy),
            1 => backend().prop_map(Self::Renamed),
            1 => backend().prop_map(Self::Untagged),
            1 => backend().prop_map(Self::Removed),
            2 => (backend(), select(vec![ANNA, BERT, CARL])).prop_map(|(at, who)| Self::Granted(at, who)),
        ]
    }

    pub(super) fn is_a_pass(&self) -> bool {
        matches!(self, Self::Passed | Self::Struck(..))
    }

    fn is_of_others(&self) -> bool {
        matches!(
            self,
            Self::Renamed(_) | Self::Untagged(_) | Self::Removed(_) | Self::Granted(..)
        )
    }

    /// It happens. What others do to a connector that is not there is nothing.
    pub(super) async fn befall(self, scene: &mut Scene<'_>, start: Timestamp) {
        match self {
            Self::Edited(wish) => scene.wants(wish.spec(start)),
            Self::Deleted => scene.delete(),
            Self::Approved => scene.approve_if_told(),
            Self::Passed if scene.next().is_none() => {}
            Self::Passed => {
                scene.pass().await;
            }
            Self::Struck(number, fate) => {
                scene.pass_struck(number, fate).await;
            }
            Self::Looked => scene.look().await,
            Self::Restarted => scene.restart().await,
            Self::AnHourWentBy => scene.now += SignedDuration::from_hours(1),
            Self::Renamed(at) => {
                let id = scene.id(at);
                if let Some(connector) = scene.cloud.connector(&id).await {
                    scene
                        .cloud
                        .put_connector(&id, "Renamed", json!(connector.tags))
                        .await;
                }
            }
            Self::Untagged(at) => {
                let id = scene.id(at);
                if scene.cloud.connector(&id).await.is_some() {
                    scene.cloud.tag(&id, json!({ "costCenter": "7" })).await;
                }
            }
            Self::Removed(at) => scene.cloud.remove(&scene.id(at)).await,
            Self::Granted(at, who) => {
                let there = scene.state().await;
                let same = format!("{at}: Edit to {who}");
                if there.connectors.contains_key(at)
                    && !there.grants.iter().any(|grant| grant.starts_with(&same))
                {
                    scene.cloud.grant(&scene.id(at), EDIT_ROLE, who).await;
                }
            }
        }
    }
}

impl Story {
    /// Any story. Where others take part, what they change is put right: what is only reported would stay.
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let happenings = prop::collection::vec(Happening::any(), 1..10);
        (Wish::any(), happenings).prop_map(|(mut first, mut happenings)| {
            if happenings.iter().any(Happening::is_of_others) {
                first.reports = false;
                for happening in &mut happenings {
                    if let Happening::Edited(wish) = happening {
                        wish.reports = false;
                    }
                }
            }
            Self { first, happenings }
        })
    }
}
