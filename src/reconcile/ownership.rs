//! Whose a registered connector is, and whether it may be taken over. No client.

#[cfg(test)]
mod tests;

use super::{reason::Reason, status::Stop};
use crate::{connector::tags::Owner, crd::connector::Adoption};

/// Who asks: this cluster, and the resource in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity<'a> {
    /// This cluster's id.
    pub cluster: &'a str,
    /// Ids that this cluster had before it was rebuilt.
    pub former_clusters: &'a [String],
    /// The resource's namespace.
    pub namespace: &'a str,
    /// The resource's name.
    pub name: &'a str,
}

/// How a connector that exists relates to the resource that wants it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Relation {
    /// Ours: the tags name this cluster, namespace and name. The uid may be another: names are unique, so an object
    /// with that uid cannot live, and a restored or re-created one finds its connector again.
    Ours,
    /// Another resource of this cluster is named; whether it lives must be looked up.
    Sibling(Owner),
    /// Another cluster is named.
    Foreign(Owner),
    /// Nobody is named.
    Unowned,
}

/// Reads the ownership tags.
pub fn relation(owner: Option<&Owner>, me: &Identity<'_>) -> Relation {
    match owner {
        None => Relation::Unowned,
        Some(owner) if owner.cluster != me.cluster && !me.former_clusters.contains(&owner.cluster) => {
            Relation::Foreign(owner.clone())
        }
        Some(owner) if owner.namespace == me.namespace && owner.name == me.name => Relation::Ours,
        Some(owner) => Relation::Sibling(owner.clone()),
    }
}

/// Whether a connector that is not ours may be taken over; the refusal says whose it is and what would help.
///
/// `identical`: it is as wanted. `sibling_lives`: the resource that its tags name exists. `was_ours`: this resource had
/// it before. What another cluster took since is not taken back, whatever is asked for: two that ask for the same would
/// take it from each other for ever.
pub fn may_adopt(
    relation: &Relation,
    (asked, maximum): (Adoption, Adoption),
    identical: bool,
    sibling_lives: bool,
    was_ours: bool,
) -> Result<(), Stop> {
    let allowed = asked.min(maximum);
    let needed = match relation {
        Relation::Ours => return Ok(()),
        Relation::Foreign(owner) if was_ours => {
            return Err(Stop::new(
                Reason::OwnershipConflict,
                format!(
                    "cluster {} took the registered connector over, for {}/{}. Delete the resource that is not to have \
                     it; to take it back, delete this one and create it anew with spec.adoption: Force",
                    owner.cluster, owner.namespace, owner.name
                ),
            ));
        }
        Relation::Sibling(owner) if sibling_lives => {
            return Err(Stop::new(
                Reason::NameTaken,
                format!(
                    "CustomConnector {}/{} of this cluster owns the registered connector of that name",
                    owner.namespace, owner.name
                ),
            ));
        }
        // What nobody living claims is as good as unowned.
        Relation::Sibling(_) | Relation::Unowned if identical => Adoption::IfIdentical,
        Relation::Sibling(_) | Relation::Unowned => Adoption::IfUnowned,
        Relation::Foreign(_) => Adoption::Force,
    };
    if allowed >= needed {
        return Ok(());
    }
    let limit = if asked > maximum {
        format!("; the backend allows at most {maximum:?}")
    } else {
        String::new()
    };
    let asked = format!("spec.adoption is {asked:?}{limit}");
    Err(match relation {
        Relation::Foreign(owner) => Stop::new(
            Reason::OwnershipConflict,
            format!(
                "cluster {} keeps the registered connector of that name for {}/{}, and {asked}",
                owner.cluster, owner.namespace, owner.name
            ),
        ),
        Relation::Ours | Relation::Sibling(_) | Relation::Unowned => Stop::new(
            Reason::AlreadyExists,
            format!(
                "a connector of that name is registered already and not ours, {} what is wanted, and {asked}",
                if identical { "as" } else { "other than" }
            ),
        ),
    })
}
