//! What a backend's scope was last seen to hold: one list of connectors and one of grants, boiled down. No client.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use crate::{
    arm::{
        CustomApiObserved, RoleAssignment,
        id::{ResourceId, Scope},
    },
    connector::tags::Owner,
    reconcile::{
        grants::ObservedGrant,
        target::{Effect, Listed, Observed},
    },
};

/// A scope's connectors and their grants, by the connector's name in lower case.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inventory {
    held: HashMap<Box<str>, Observed>,
}

impl Inventory {
    /// Adds a page of connectors; `tags` are those that the backend puts on everything.
    pub fn add_connectors(&mut self, page: &[CustomApiObserved], tags: &BTreeMap<String, String>) {
        for observed in page {
            self.entry(observed.name()).connector = Some(Listed::of(observed, tags));
        }
    }

    /// Adds a page of role assignments; those that are not at exactly a connector of `scope` are left out.
    pub fn add_grants(&mut self, page: &[RoleAssignment], scope: &Scope) {
        for assignment in page {
            let Ok(at) = assignment.scope.parse::<ResourceId>() else {
                continue;
            };
            if at == scope.custom_api(at.name()) {
                self.entry(at.name()).grants.push(ObservedGrant::of(assignment));
            }
        }
    }

    /// Takes in what a pass did.
    pub fn apply(&mut self, name: &str, effect: Effect) {
        match effect {
            Effect::Shows(listed) => self.entry(name).connector = Some(listed),
            Effect::Grants(grants) => self.entry(name).grants = grants,
            Effect::LetGo => {
                if let Some(listed) = &mut self.entry(name).connector {
                    *listed = Listed {
                        owner: None,
                        marks: None,
                        as_sent: false,
                    };
                }
            }
            Effect::Gone => {
                self.held.remove(name.to_ascii_lowercase().as_str());
            }
        }
    }

    /// What is held of a connector.
    pub fn observed(&self, name: &str) -> Observed {
        self.held
            .get(name.to_ascii_lowercase().as_str())
            .cloned()
            .unwrap_or_default()
    }

    /// Whose tags are on the connector of that name.
    pub fn owner(&self, name: &str) -> Option<&Owner> {
        let observed = self.held.get(name.to_ascii_lowercase().as_str())?;
        observed.connector.as_ref()?.owner.as_ref()
    }

    /// Whose tags are on what is held.
    pub fn owners(&self) -> impl Iterator<Item = &Owner> {
        let connectors = self
            .held
            .values()
            .filter_map(|observed| observed.connector.as_ref());
        connectors.filter_map(|listed| listed.owner.as_ref())
    }

    /// How many connectors are held.
    pub fn connectors(&self) -> usize {
        self.held
            .values()
            .filter(|observed| observed.connector.is_some())
            .count()
    }

    fn entry(&mut self, name: &str) -> &mut Observed {
        self.held
            .entry(name.to_ascii_lowercase().into_boxed_str())
            .or_default()
    }
}
