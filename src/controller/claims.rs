//! Who of several connectors that want one place may have it. No client.

use std::collections::{BTreeSet, HashMap};

use crate::{
    arm::id::ResourceId,
    reconcile::{entry::Key, target::Endpoint},
};

/// A place at a backend: two references that lead to one place mean one registration, whatever the backends are
/// called.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    endpoint: String,
    id: String,
}

impl Place {
    /// The place of a connector's id behind an endpoint.
    pub(super) fn new(endpoint: &Endpoint, id: &ResourceId) -> Self {
        Self {
            endpoint: endpoint.place().to_owned(),
            id: id.key(),
        }
    }

    /// Whether it has that id, behind whichever endpoint.
    pub(super) fn is_at(&self, id: &ResourceId) -> bool {
        self.id == id.key()
    }
}

/// What decides between claimants; the least wins.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Standing {
    /// Whether it is *not* the one that is registered there: who has it keeps it.
    pub unregistered: bool,
    /// When it was created, in seconds; the older wins.
    pub created: i64,
    /// Its uid, so that there always is a winner.
    pub uid: String,
}

/// All claims, by place.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    by_place: HashMap<Place, BTreeSet<(Standing, Key)>>,
    by_owner: HashMap<Key, Vec<(Place, Standing)>>,
}

impl Claims {
    /// The connector claims exactly these places. Returns the others whose standing may have changed.
    pub(super) fn put(&mut self, key: &Key, claims: Vec<(Place, Standing)>) -> Vec<Key> {
        if self.by_owner.get(key).map(Vec::as_slice).unwrap_or_default() == claims.as_slice() {
            return Vec::new();
        }
        let mut others = self.remove(key);
        for (place, standing) in &claims {
            let claimants = self.by_place.entry(place.clone()).or_default();
            claimants.insert((standing.clone(), key.clone()));
            others.extend(
                claimants
                    .iter()
                    .map(|(_, other)| other.clone())
                    .filter(|other| other != key),
            );
        }
        if !claims.is_empty() {
            self.by_owner.insert(key.clone(), claims);
        }
        others.sort_unstable();
        others.dedup();
        others
    }

    /// The connector claims nothing any more. Returns the others that wanted the same.
    pub(super) fn remove(&mut self, key: &Key) -> Vec<Key> {
        let mut others = Vec::new();
        for (place, standing) in self.by_owner.remove(key).unwrap_or_default() {
            if let Some(claimants) = self.by_place.get_mut(&place) {
                claimants.remove(&(standing, key.clone()));
                others.extend(claimants.iter().map(|(_, other)| other.clone()));
                if claimants.is_empty() {
                    self.by_place.remove(&place);
                }
            }
        }
        others
    }

    /// Who may have the place.
    pub(super) fn winner(&self, place: &Place) -> Option<&Key> {
        self.by_place.get(place)?.first().map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::id::Scope;

    fn key(name: &str) -> Key {
        Key::new("n", name)
    }

    fn claim(name: &str, unregistered: bool, created: i64, uid: &str) -> Vec<(Place, Standing)> {
        let place = Place::new(&Endpoint::Embedded, &Scope::new("s", "g").custom_api(name));
        vec![(
            place,
            Standing {
                unregistered,
                created,
                uid: uid.to_owned(),
            },
        )]
    }

    #[test]
    fn the_older_wins_until_another_is_registered() {
        let mut claims = Claims::default();
        assert!(claims.put(&key("young"), claim("a", true, 2, "1")).is_empty());
        assert_eq!(claims.put(&key("old"), claim("A", true, 1, "2")), [key("young")]);
        let place = claim("a", true, 1, "")[0].0.clone();
        assert_eq!(claims.winner(&place), Some(&key("old")));
        assert_eq!(claims.put(&key("young"), claim("a", false, 2, "1")), [key("old")]);
        assert_eq!(claims.winner(&place), Some(&key("young")));
    }

    #[test]
    fn those_who_waited_are_told_when_the_place_is_free() {
        let mut claims = Claims::default();
        claims.put(&key("first"), claim("a", false, 1, "1"));
        claims.put(&key("second"), claim("a", true, 2, "2"));
        assert_eq!(claims.remove(&key("first")), [key("second")]);
        assert_eq!(claims.winner(&claim("a", true, 0, "")[0].0), Some(&key("second")));
        assert!(claims.remove(&key("second")).is_empty());
        assert!(claims.winner(&claim("a", true, 0, "")[0].0).is_none());
    }

    #[test]
    fn the_same_claim_again_disturbs_nobody() {
        let mut claims = Claims::default();
        claims.put(&key("a"), claim("x", true, 1, "1"));
        claims.put(&key("b"), claim("x", true, 2, "2"));
        assert!(claims.put(&key("b"), claim("x", true, 2, "2")).is_empty());
    }
}
