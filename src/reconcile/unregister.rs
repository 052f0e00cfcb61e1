//! Removes one registration, or lets it go. Asks less than registering: no valid spec, no description. Client required.

#[cfg(test)]
mod tests;

use jiff::SignedDuration;

use super::{
    Leaving,
    grants::ObservedGrant,
    hand::{Deed, Hand},
    ownership::{Identity, Relation, relation},
    reason::{Class, Reason},
    register::Obstacle,
    status::Stop,
    target::Site,
};
use crate::{
    arm::{
        ArmError, Connection, CustomApiObserved, ErrorKind, Reads, RoleAssignment, RoleAssignmentFilter,
        id::Scope, role_key,
    },
    connector::tags::{self, Marks, Owner},
    crd::{backend::ConnectionScopes, connector::DeletionPolicy},
    record::What,
};

/// What lets a connector go whatever has become of its backend.
const WAY_OUT: &str = "spec.deletionPolicy: Orphan";
/// How long a backend that does not answer is waited for, only to take our tags off what is left behind.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// How many connections a message names.
const NAMED: usize = 3;

/// What the resource says about the end of a registration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Farewell {
    /// What becomes of the connector; `None`: deleted, unless it was taken over.
    pub(super) policy: Option<DeletionPolicy>,
    /// Whether it was taken over, as status tells.
    pub(super) adopted: bool,
    /// Whether connections hold the deletion.
    pub(super) protected: bool,
    /// Whether it was waited for longer than [`PATIENCE`].
    pub(super) overdue: bool,
}

impl Farewell {
    /// Whether it stays registered, as far as can be told without a look at it.
    fn orphans(self) -> bool {
        match self.policy {
            Some(policy) => policy == DeletionPolicy::Orphan,
            None => self.adopted,
        }
    }

    /// Whether what is left behind keeps our tags: whoever is locked out cannot take them off, and who does not answer
    /// is not waited for without end.
    fn leaves_as_it_is(self, obstacle: &Obstacle) -> bool {
        let lasts = match obstacle {
            Obstacle::Call(error) => matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden),
            Obstacle::Stop(stop) => stop.reason.class() == Class::Stalled,
        };
        self.orphans() && (lasts || self.overdue)
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Parted {
    /// There is no connector, or none of ours.
    Nothing,
    /// Connector and grants were removed.
    Removed,
    /// Connector and grants stay; our tags are off.
    LetGo,
    /// Connector and grants stay, if there are any, and our tags on them.
    LeftBehind,
}

/// What is to become of a registration that is not wanted any more.
#[derive(Debug)]
pub(super) enum Parting {
    /// Nothing: there is none, or none of ours.
    Nothing,
    /// It stays, without our tags.
    LetGo(Box<CustomApiObserved>),
    /// It goes, and its grants with it.
    Remove(Box<CustomApiObserved>),
}

/// Looks, and does what is to be done.
pub(super) async fn unregister(
    site: &Site,
    me: &Identity<'_>,
    farewell: Farewell,
    hand: &Hand<'_>,
) -> Result<Parted, Obstacle> {
    let looked = look(site, me, farewell).await;
    unregister_as_looked(site, looked, farewell, hand).await
}

/// Removes it, lets it go, or leaves it as it is where that is what is to be done and no more can be.
pub(super) async fn unregister_as_looked(
    site: &Site,
    looked: Result<Parting, Obstacle>,
    farewell: Farewell,
    hand: &Hand<'_>,
) -> Result<Parted, Obstacle> {
    let parted = match looked {
        Ok(parting) => part(site, parting, farewell, hand).await,
        Err(obstacle) => Err(obstacle),
    };
    match parted {
        Err(obstacle) if farewell.leaves_as_it_is(&obstacle) => Ok(Parted::LeftBehind),
        parted => parted,
    }
}

/// Tells what is to become of it. Sends nothing.
pub(super) async fn look(
    site: &Site<impl Reads>,
    me: &Identity<'_>,
    farewell: Farewell,
) -> Result<Parting, Obstacle> {
    let Some(observed) = site.backend.client.custom_api(&site.id).await? else {
        site.backend.same_registry()?;
        return Ok(Parting::Nothing);
    };
    if relation(Owner::from_tags(&observed.tags).as_ref(), me) != Relation::Ours {
        return Ok(Parting::Nothing);
    }
    let adopted = Marks::from_tags(&observed.tags).is_some_and(|marks| marks.adopted);
    let default = if adopted {
        DeletionPolicy::Orphan
    } else {
        DeletionPolicy::Delete
    };
    Ok(match farewell.policy.unwrap_or(default) {
        DeletionPolicy::Orphan => Parting::LetGo(Box::new(observed)),
        DeletionPolicy::Delete => Parting::Remove(Box::new(observed)),
    })
}

/// Protection first, then unshare, then protection once more, then unregister. While connections hold it, nothing is
/// taken away.
async fn part(
    site: &Site,
    parting: Parting,
    farewell: Farewell,
    hand: &Hand<'_>,
) -> Result<Parted, Obstacle> {
    match parting {
        Parting::Nothing => Ok(Parted::Nothing),
        Parting::LetGo(observed) => let_go(site, &observed, hand).await.map_err(Obstacle::Call),
        Parting::Remove(observed) => {
            if farewell.protected {
                hold_for_connections(site).await?;
            }
            unshare(site, hand).await?;
            if farewell.protected {
                hold_for_connections(site).await?;
            }
            let marks = Marks::from_tags(&observed.tags);
            hand.delete(site, marks.as_ref().map(|marks| marks.digest.as_str()))
                .await?;
            Ok(Parted::Removed)
        }
    }
}

/// A backend that cannot be asked holds what is registered there, unless that is to be left behind: at once where only
/// an edit would help, else after a while.
pub(super) fn part_unreached(leaving: &Leaving, farewell: Farewell, stop: &Stop) -> Result<Parted, Stop> {
    let stalled = stop.reason.class() == Class::Stalled;
    if !leaving.recorded && stalled {
        Ok(Parted::Nothing)
    } else if farewell.orphans() && (stalled || farewell.overdue) {
        Ok(Parted::LeftBehind)
    } else {
        Err(stop.clone())
    }
}

/// What holds a removal, with the way out that there always is.
pub(super) fn with_way_out(stop: Stop, farewell: Farewell) -> Stop {
    let passes = [
        Reason::ApiServerUnavailable,
        Reason::BackendConflict,
        Reason::PlanPending,
        Reason::QuotaExceeded,
        Reason::Throttled,
    ];
    if passes.contains(&stop.reason) || stop.message.contains(WAY_OUT) {
        return stop;
    }
    let message = if farewell.orphans() {
        format!(
            "{}. After {} minutes of waiting it is left behind as it is, with the operator's tags on it",
            stop.message,
            PATIENCE.as_mins()
        )
    } else {
        format!(
            "{}. {WAY_OUT} leaves behind what is registered there",
            stop.message
        )
    };
    Stop::new(stop.reason, message)
}

async fn let_go(site: &Site, observed: &CustomApiObserved, hand: &Hand<'_>) -> Result<Parted, ArmError> {
    let marks = Marks::from_tags(&observed.tags);
    let deed = Deed {
        what: What::TagsTakenOff,
        why: hand.why_parting(),
        before: marks.as_ref().map(|marks| marks.digest.as_str()),
        after: None,
    };
    hand.tag(site, &tags::foreign(&observed.tags), deed).await?;
    Ok(Parted::LetGo)
}

/// Removes the grants that we made. Those of others go with the connector.
async fn unshare(site: &Site, hand: &Hand<'_>) -> Result<(), Obstacle> {
    let client = &site.backend.client;
    let mut pages = client.list_role_assignments(&site.id, RoleAssignmentFilter::AtScope);
    let mut ours = Vec::new();
    while let Some(page) = pages.next().await? {
        let at_connector = page
            .iter()
            .filter(|assignment| assignment.is_at(&site.id))
            .map(ObservedGrant::of);
        ours.extend(at_connector.filter(|grant| grant.is_ours(&site.id)));
    }
    for grant in ours {
        hand.revoke(site, &grant, hand.why_parting()).await?;
    }
    Ok(())
}

/// Refuses while connections use the connector, and where that cannot be known.
async fn hold_for_connections(site: &Site) -> Result<(), Obstacle> {
    let scopes = connection_scopes(site).await.map_err(|error| unknown(&error))?;
    let named = matches!(
        site.backend.policy.connection_scopes,
        ConnectionScopes::ResourceGroups(_)
    );
    let mut users: Vec<Connection> = Vec::new();
    for scope in &scopes {
        match users_in(site, scope).await {
            Ok(found) => users.extend(found),
            // A group that is gone since the groups were listed has no connections; one that somebody names may be
            // misspelt.
            Err(error) if error.kind() == ErrorKind::NotFound && !named => {}
            Err(error) => return Err(unknown(&error).into()),
        }
    }
    if users.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = users
        .iter()
        .take(NAMED)
        .map(|connection| connection.id.as_str())
        .collect();
    let more = users.len().saturating_sub(names.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let groups: Vec<&str> = scopes.iter().map(Scope::resource_group).collect();
    let message = format!(
        "{} connections use the connector, and the backend would delete them with it: {}{more} (looked in resource \
         groups {}). Delete them, or set spec.deletionProtection: false, or spec.deletionPolicy: Orphan",
        users.len(),
        names.join(", "),
        groups.join(", "),
    );
    Err(Stop::new(Reason::ConnectionsExist, message).into())
}

/// The connections of a group that use the connector.
async fn users_in(site: &Site, scope: &Scope) -> Result<Vec<Connection>, ArmError> {
    let mut users = Vec::new();
    let mut pages = site.backend.client.list_connections(scope);
    while let Some(page) = pages.next().await? {
        users.extend(page.into_iter().filter(|connection| connection.uses(&site.id)));
    }
    Ok(users)
}

/// Where connections are looked for; the connector's own group always.
async fn connection_scopes(site: &Site) -> Result<Vec<Scope>, ArmError> {
    let subscription = site.backend.scope.subscription();
    let mut scopes = vec![site.backend.scope.clone()];
    match &site.backend.policy.connection_scopes {
        ConnectionScopes::ResourceGroups(groups) => {
            scopes.extend(groups.iter().map(|group| Scope::new(subscription, group)));
        }
        ConnectionScopes::Subscription(_) => {
            let mut pages = site.backend.client.list_resource_groups(subscription);
            while let Some(page) = pages.next().await? {
                scopes.extend(page.iter().map(|group| Scope::new(subscription, group.name())));
            }
        }
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

/// A backend that is down is waited for; one that does not let us look holds the deletion.
fn unknown(error: &ArmError) -> Stop {
    let passing = [ErrorKind::Throttled, ErrorKind::Unavailable, ErrorKind::TimedOut];
    if passing.contains(&error.kind()) {
        return Stop::from(error);
    }
    let message = format!(
        "whether connections use the connector cannot be known: {}. Let the operator list them, or set \
         spec.deletionProtection: false, or spec.deletionPolicy: Orphan",
        error.steady()
    );
    Stop::new(Reason::ConnectionsUnknown, message)
}

impl ObservedGrant {
    /// A role assignment, boiled down.
    pub fn of(assignment: &RoleAssignment) -> Self {
        Self {
            name: assignment.name,
            role: role_key(&assignment.role_definition_id),
            principal: assignment.principal_id.to_ascii_lowercase(),
        }
    }
}
