//! What a backend's scope holds: its connectors and who may use them, by one list of each. Client required.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    arm::{
        ArmError, CustomApiObserved, RoleAssignment, RoleAssignmentFilter,
        id::{ResourceId, Scope},
    },
    cli::cluster::backends::{Reach, same_registry},
    connector::tags::Owner,
    controller::backend_object::BackendObject,
    reconcile::{
        grants::{BuiltInRoles, ObservedGrant},
        status::Stop,
        target::Backend,
    },
};

/// A scope's connectors by name in lower case, and access to all of them that is given above them.
#[derive(Clone, Debug, Default)]
pub(super) struct Holding {
    pub(super) held: HashMap<String, Held>,
    pub(super) inherited: Vec<Grant>,
    /// Roles that the backend knows by itself.
    pub(super) built_in: BuiltInRoles,
}

/// What is held of a connector.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The connector; grants may be left of one that is gone.
    pub(super) connector: Option<HeldConnector>,
    pub(super) grants: Vec<Grant>,
}

/// A connector in a backend. Icons and parameters are not kept: of a thousand connectors they would be much.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct HeldConnector {
    /// In the backend's spelling.
    pub(super) name: String,
    pub(super) owner: Option<Owner>,
}

/// Access that is given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Grant {
    pub(super) observed: ObservedGrant,
    pub(super) kind: Option<String>,
    pub(super) created: Option<Timestamp>,
    pub(super) description: Option<String>,
    /// Where it is given.
    pub(super) scope: String,
}

impl From<&RoleAssignment> for Grant {
    fn from(assignment: &RoleAssignment) -> Self {
        Self {
            observed: ObservedGrant::of(assignment),
            kind: assignment.principal_type.clone(),
            created: assignment.created,
            description: assignment.description.clone(),
            scope: assignment.scope.clone(),
        }
    }
}

impl Holding {
    /// Nothing, in a backend that knows these roles.
    pub(super) fn new(built_in: BuiltInRoles) -> Self {
        Self {
            built_in,
            ..Self::default()
        }
    }

    /// Adds a page of connectors.
    pub(super) fn add_connectors(&mut self, page: &[CustomApiObserved]) {
        for observed in page {
            let name = observed.name();
            let held = self.held.entry(name.to_ascii_lowercase()).or_default();
            held.connector = Some(HeldConnector {
                name: name.to_owned(),
                owner: Owner::from_tags(&observed.tags),
            });
        }
    }

    /// Adds a page of role assignments; those of other things in the scope are left out.
    pub(super) fn add_grants(&mut self, page: &[RoleAssignment], scope: &Scope) {
        let group = scope.id();
        for assignment in page {
            let at = assignment.scope.parse::<ResourceId>();
            match at {
                Ok(at) if at == scope.custom_api(at.name()) => {
                    let held = self.held.entry(at.name().to_ascii_lowercase()).or_default();
                    held.grants.push(assignment.into());
                }
                Ok(at) if !is_above(&at, &group) => {}
                // What is no id of a subscription or below is a management group, or everything.
                Ok(_) | Err(_) => self.inherited.push(assignment.into()),
            }
        }
    }
}

/// Whether `group` is `at`, or lies in it.
fn is_above(at: &ResourceId, group: &ResourceId) -> bool {
    let (at, group) = (at.key(), group.key());
    group
        .strip_prefix(at.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Asks the backend, or says why it cannot be asked.
pub(super) async fn read(reach: &Reach, object: &BackendObject) -> Result<Holding, Stop> {
    let backend = reach.backend(object).await?;
    let mut holding = list(&backend).await.map_err(|error| Stop::from(&error))?;
    same_registry(object, &backend)?;
    holding.inherited.sort_by_key(|grant| {
        let ObservedGrant {
            name,
            role,
            principal,
        } = &grant.observed;
        (grant.scope.clone(), principal.clone(), role.clone(), *name)
    });
    Ok(holding)
}

async fn list(backend: &Backend) -> Result<Holding, ArmError> {
    let (client, scope) = (&backend.client, &backend.scope);
    let connectors = async {
        let mut holding = Holding::new(backend.built_in_roles);
        let mut pages = client.list_custom_apis(scope);
        while let Some(page) = pages.next().await? {
            holding.add_connectors(&page);
        }
        Ok::<_, ArmError>(holding)
    };
    let grants = async {
        let mut all = Vec::new();
        let mut pages = client.list_role_assignments(&scope.id(), RoleAssignmentFilter::Everything);
        while let Some(page) = pages.next().await? {
            all.extend(page);
        }
        Ok::<_, ArmError>(all)
    };
    let (mut holding, grants) = tokio::try_join!(connectors, grants)?;
    holding.add_grants(&grants, scope);
    Ok(holding)
}
