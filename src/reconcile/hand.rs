//! The one place where a pass changes what is outside the cluster: each call is told in the record of changes, once.
//! Client required.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Pass, grants::ObservedGrant, target::Site};
use crate::{
    arm::{
        ArmError, CustomApi, CustomApiObserved, Deletion, ErrorKind, Precondition, RoleAssignmentWanted,
        id::ResourceId,
    },
    record::{Change, Journal, Outcome, What, Why},
};

/// Who is not known.
const UNKNOWN: &str = "unknown";
/// The word for a call whose answer nobody waited for.
const CUT_SHORT: &str = "CutShort";

/// Acts for one pass over one connector.
pub(super) struct Hand<'a> {
    journal: &'a Journal,
    /// What all its changes have in common.
    author: Change,
    /// Whether the connector is being deleted.
    deleting: bool,
}

/// What is done to a connector, as the record tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed<'a> {
    pub(super) what: What,
    pub(super) why: Why,
    /// Digest of what was registered before.
    pub(super) before: Option<&'a str>,
    /// Digest of what is registered then.
    pub(super) after: Option<&'a str>,
}

/// A call under way. Whatever becomes of it, it is told.
struct Attempt<'a> {
    journal: &'a Journal,
    change: Option<Change>,
}

impl<'a> Hand<'a> {
    /// Acts for `pass`, which carries out the approved plan of that digest.
    pub(super) fn of(pass: &Pass, plan: Option<&str>, journal: &'a Journal) -> Self {
        let entry = &pass.connector.entry;
        let key = entry.key();
        let deleting = entry.is_deleting();
        // Who deletes an object is nowhere in it.
        let actor = entry.spec_managers().filter(|_| !deleting).unwrap_or(UNKNOWN);
        let author = Change {
            namespace: Some(key.namespace.to_string()),
            connector: Some(key.name.to_string()),
            uid: Some(entry.uid().to_owned()),
            generation: Some(entry.generation()),
            actor: Some(actor.to_owned()),
            plan: plan.map(str::to_owned),
            ..Change::default()
        };
        Self {
            journal,
            author,
            deleting,
        }
    }

    /// Why something that was there is to go.
    pub(super) fn why_parting(&self) -> Why {
        if self.deleting {
            Why::Deleted
        } else {
            Why::NotDeclared
        }
    }

    /// Sends a connector.
    pub(super) async fn put(
        &self,
        site: &Site,
        (wanted, precondition): (&CustomApi, Precondition),
        deed: Deed<'_>,
    ) -> Result<CustomApiObserved, ArmError> {
        let attempt = self.attempt(site, &site.id, deed);
        let client = &site.backend.client;
        attempt.end(client.put_custom_api(&site.id, wanted, precondition).await)
    }

    /// Sets the tags of a connector.
    pub(super) async fn tag(
        &self,
        site: &Site,
        tags: &BTreeMap<String, String>,
        deed: Deed<'_>,
    ) -> Result<CustomApiObserved, ArmError> {
        let attempt = self.attempt(site, &site.id, deed);
        attempt.end(site.backend.client.tag_custom_api(&site.id, tags).await)
    }

    /// Removes a connector; one already gone is a success.
    pub(super) async fn delete(&self, site: &Site, before: Option<&str>) -> Result<Deletion, ArmError> {
        let deed = Deed {
            what: What::ConnectorDeleted,
            why: self.why_parting(),
            before,
            after: None,
        };
        let attempt = self.attempt(site, &site.id, deed);
        attempt.end_deletion(site.backend.client.delete_custom_api(&site.id).await)
    }

    /// Makes a grant of that name.
    pub(super) async fn grant(
        &self,
        site: &Site,
        (name, role): (Uuid, &str),
        wanted: &RoleAssignmentWanted,
    ) -> Result<(), ArmError> {
        let id = site.id.role_assignment(name);
        let about = (role, wanted.principal_id.as_str());
        let attempt = self.attempt_grant(site, &id, (What::GrantMade, Why::Declared), about);
        attempt.end(
            site.backend
                .client
                .put_role_assignment(&id, wanted)
                .await
                .map(|_| ()),
        )
    }

    /// Removes a grant; one already gone is a success.
    pub(super) async fn revoke(
        &self,
        site: &Site,
        grant: &ObservedGrant,
        why: Why,
    ) -> Result<Deletion, ArmError> {
        let id = site.id.role_assignment(grant.name);
        let about = (grant.role.as_str(), grant.principal.as_str());
        let attempt = self.attempt_grant(site, &id, (What::GrantRemoved, why), about);
        attempt.end_deletion(site.backend.client.delete_role_assignment(&id).await)
    }

    fn attempt(&self, site: &Site, id: &ResourceId, deed: Deed<'_>) -> Attempt<'a> {
        let Deed {
            what,
            why,
            before,
            after,
        } = deed;
        let change = Change {
            what: what.as_str().to_owned(),
            reason: Some(why.as_str().to_owned()),
            backend: Some(site.backend.key.to_string()),
            id: Some(id.to_string()),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            ..self.author.clone()
        };
        Attempt {
            journal: self.journal,
            change: Some(change),
        }
    }

    fn attempt_grant(
        &self,
        site: &Site,
        id: &ResourceId,
        (what, why): (What, Why),
        (role, principal): (&str, &str),
    ) -> Attempt<'a> {
        let deed = Deed {
            what,
            why,
            before: None,
            after: None,
        };
        let mut attempt = self.attempt(site, id, deed);
        if let Some(change) = &mut attempt.change {
            change.role = Some(role.to_owned());
            change.principal = Some(principal.to_owned());
        }
        attempt
    }
}

impl Attempt<'_> {
    fn end<T>(self, result: Result<T, ArmError>) -> Result<T, ArmError> {
        self.end_as(result, |_| Outcome::Done)
    }

    fn end_deletion(self, result: Result<Deletion, ArmError>) -> Result<Deletion, ArmError> {
        self.end_as(result, |deletion| match deletion {
            Deletion::Deleted => Outcome::Done,
            Deletion::Absent => Outcome::Absent,
        })
    }

    /// Tells how it ended; not where nothing was sent, or the backend wants to be asked later: then nothing was done.
    fn end_as<T>(
        mut self,
        result: Result<T, ArmError>,
        outcome: impl Fn(&T) -> Outcome,
    ) -> Result<T, ArmError> {
        let change = self.change.take();
        let (outcome, error) = match &result {
            Ok(answer) => (outcome(answer), None),
            Err(error) if is_nothing(error) => return result,
            Err(error) => (outcome_of(error.kind()), Some(error.kind().reason())),
        };
        if let Some(change) = change {
            self.tell(change, outcome, error);
        }
        result
    }

    fn tell(&self, change: Change, outcome: Outcome, error: Option<&str>) {
        self.journal.tell(Change {
            outcome: Some(outcome.as_str().to_owned()),
            error: error.map(str::to_owned),
            ..change
        });
    }
}

impl Drop for Attempt<'_> {
    /// The pass was cut short: what the call did, the next look shows.
    fn drop(&mut self) {
        if let Some(change) = self.change.take() {
            self.tell(change, Outcome::Unknown, Some(CUT_SHORT));
        }
    }
}

/// Whether nothing can have been done.
fn is_nothing(error: &ArmError) -> bool {
    error.no_token().is_some() || matches!(error.kind(), ErrorKind::Throttled | ErrorKind::Unsendable)
}

fn outcome_of(kind: ErrorKind) -> Outcome {
    match kind {
        ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Garbage | ErrorKind::TooLarge => {
            Outcome::Unknown
        }
        ErrorKind::Throttled
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::PreconditionFailed
        | ErrorKind::Conflict
        | ErrorKind::QuotaExceeded
        | ErrorKind::Rejected
        | ErrorKind::PrincipalNotFound
        | ErrorKind::RoleAssignmentExists { .. }
        | ErrorKind::UpdateNotPermitted
        | ErrorKind::Unsendable => Outcome::Refused,
    }
}
