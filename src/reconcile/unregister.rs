//! Removes one registration, or lets it go. Asks less than registering: no valid spec, no description. Client required.

use super::{
    Leaving,
    grants::ObservedGrant,
    ownership::{Identity, Relation, relation},
    reason::{Class, Reason},
    register::Obstacle,
    status::Stop,
    target::Site,
};
use crate::{
    arm::{
        ArmError, Connection, CustomApiObserved, ErrorKind, RoleAssignment, RoleAssignmentFilter, id::Scope,
        role_key,
    },
    connector::tags::{self, Marks, Owner},
    crd::{backend::ConnectionScopes, connector::DeletionPolicy},
};

/// What lets a connector go whatever has become of its backend.
const WAY_OUT: &str = "spec.deletionPolicy: Orphan";
/// How many connections a message names.
const NAMED: usize = 3;

/// What the resource says about its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Farewell {
    /// What becomes of the connector; `None`: deleted, unless it was taken over.
    pub(super) policy: Option<DeletionPolicy>,
    /// Whether connections hold the deletion.
    pub(super) protected: bool,
}

impl Farewell {
    fn orphans(self) -> bool {
        self.policy == Some(DeletionPolicy::Orphan)
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
}

/// Protection first, then unshare, then protection once more, then unregister. While connections hold it, nothing is
/// taken away.
pub(super) async fn unregister(
    site: &Site,
    me: &Identity<'_>,
    farewell: Farewell,
) -> Result<Parted, Obstacle> {
    match part(site, me, farewell).await {
        // Whoever may not touch it any more leaves it as it is, our tags included.
        Err(Obstacle::Call(error)) if farewell.orphans() && is_locked_out(&error) => Ok(Parted::Nothing),
        parted => parted,
    }
}

async fn part(site: &Site, me: &Identity<'_>, farewell: Farewell) -> Result<Parted, Obstacle> {
    let client = &site.backend.client;
    let Some(observed) = client.get_custom_api(&site.id).await? else {
        return Ok(Parted::Nothing);
    };
    if relation(Owner::from_tags(&observed.tags).as_ref(), me) != Relation::Ours {
        return Ok(Parted::Nothing);
    }
    let adopted = Marks::from_tags(&observed.tags).is_some_and(|marks| marks.adopted);
    let default = if adopted {
        DeletionPolicy::Orphan
    } else {
        DeletionPolicy::Delete
    };
    match farewell.policy.unwrap_or(default) {
        DeletionPolicy::Orphan => let_go(site, &observed).await.map_err(Obstacle::Call),
        DeletionPolicy::Delete => {
            if farewell.protected {
                hold_for_connections(site).await?;
            }
            unshare(site).await?;
            if farewell.protected {
                hold_for_connections(site).await?;
            }
            client.delete_custom_api(&site.id).await?;
            Ok(Parted::Removed)
        }
    }
}

/// A backend that cannot be reached holds what is registered there, unless that is to be left behind.
pub(super) fn part_unreached(leaving: &Leaving, farewell: Farewell, stop: &Stop) -> Result<Parted, Stop> {
    let never = !leaving.recorded && stop.reason.class() == Class::Stalled;
    if farewell.orphans() || never {
        Ok(Parted::Nothing)
    } else {
        Err(stop.clone())
    }
}

/// What holds a removal and does not pass by itself, with the way out that there always is.
pub(super) fn with_way_out(stop: Stop) -> Stop {
    let passes = [
        Reason::ApiServerUnavailable,
        Reason::BackendConflict,
        Reason::BackendNotReady,
        Reason::BackendUnavailable,
        Reason::QuotaExceeded,
        Reason::Throttled,
        Reason::TimedOut,
    ];
    if passes.contains(&stop.reason) || stop.message.contains(WAY_OUT) {
        return stop;
    }
    let message = format!(
        "{}. {WAY_OUT} leaves behind what is registered there",
        stop.message
    );
    Stop::new(stop.reason, message)
}

fn is_locked_out(error: &ArmError) -> bool {
    matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden)
}

async fn let_go(site: &Site, observed: &CustomApiObserved) -> Result<Parted, ArmError> {
    site.backend
        .client
        .tag_custom_api(&site.id, &tags::foreign(&observed.tags))
        .await?;
    Ok(Parted::LetGo)
}

/// Removes the grants that we made. Those of others go with the connector.
async fn unshare(site: &Site) -> Result<(), Obstacle> {
    let client = &site.backend.client;
    let mut pages = client.list_role_assignments(&site.id, RoleAssignmentFilter::AtScope);
    let mut ours = Vec::new();
    while let Some(page) = pages.next().await? {
        let at_connector = page
            .iter()
            .filter(|assignment| assignment.is_at(&site.id))
            .map(ObservedGrant::of);
        ours.extend(
            at_connector
                .filter(|grant| grant.is_ours(&site.id))
                .map(|grant| grant.name),
        );
    }
    for name in ours {
        client
            .delete_role_assignment(&site.id.role_assignment(name))
            .await?;
    }
    Ok(())
}

/// Refuses while connections use the connector, and where that cannot be known.
async fn hold_for_connections(site: &Site) -> Result<(), Obstacle> {
    let scopes = connection_scopes(site).await.map_err(|error| unknown(&error))?;
    let mut users: Vec<Connection> = Vec::new();
    for scope in &scopes {
        let mut pages = site.backend.client.list_connections(scope);
        while let Some(page) = pages.next().await.map_err(|error| unknown(&error))? {
            users.extend(page.into_iter().filter(|connection| connection.uses(&site.id)));
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
