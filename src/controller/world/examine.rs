//! Whether a pass over a connector would find something to do: compared in memory, without a call. No client.

use super::{Now, Pass, World, resolve::Resolved};
use crate::{
    connector::tags::Owner,
    crd::{
        definition::{Icon, Source},
        status::RegistrationState,
    },
    reconcile::{
        entry::Key,
        grants,
        ownership::{Identity, Relation, relation},
        parsed::Parsed,
        reason::Reason,
        target::{Site, Target},
    },
};

/// What keeps a connector out of a backend that is well: the connector has to say so itself.
const KEEP_OUT: [Reason; 3] = [Reason::NotAdmitted, Reason::DuplicateBackend, Reason::NameTaken];

impl World {
    /// Whether a pass is due: the connector is not done, or something that it depends on is not as it was.
    pub(super) fn is_due(&self, connector: &Parsed, now: Now) -> bool {
        if connector.entry.is_deleting() {
            return connector.entry.has_finalizer();
        }
        !connector.is_suspended() && self.would_act(connector, now)
    }

    /// Whether a pass would not be refused outright: the connector is there, and not suspended.
    pub(super) fn may_be_passed(&self, key: &Key) -> bool {
        let known = self.connectors.get(key);
        known.is_some_and(|known| !Parsed::of(&known.entry).is_suspended())
    }

    fn would_act(&self, connector: &Parsed, now: Now) -> bool {
        is_unfinished(connector) || self.differs(connector, &self.resolve(connector), now)
    }

    /// Whether a connector that is done is not as its status says: in its source, its backends or its grants.
    fn differs(&self, connector: &Parsed, resolved: &Resolved, now: Now) -> bool {
        let status = &connector.status;
        let Resolved {
            targets,
            leaving,
            unresolved,
        } = resolved;
        // What others changed and what was left so is looked at anew: it may have been put right.
        connector.has_drifted()
            || unresolved.is_some()
            || !leaving.is_empty()
            || self.source_changed(connector)
            || targets.len() != status.registrations.len()
            || targets
                .iter()
                .any(|target| !self.is_as_wanted(connector, target, now))
            || unmanaged(connector, targets, now)
                .is_some_and(|unmanaged| unmanaged != status.sharing.as_ref().map_or(0, |it| it.unmanaged))
    }

    /// Everything that a pass needs, or `None` where there is nothing to do after all.
    pub(super) fn begin_pass(&mut self, key: &Key, now: Now) -> Option<Pass> {
        let compared = self.compare.remove(key);
        let connector = Parsed::of(&self.connectors.get(key)?.entry);
        let deleting = connector.entry.is_deleting();
        if connector.is_suspended() && !deleting {
            return None;
        }
        let resolved = if deleting {
            self.resolve_last(&connector)
        } else {
            self.resolve(&connector)
        };
        let periodic = !deleting && !is_unfinished(&connector) && !self.differs(&connector, &resolved, now);
        let Resolved {
            targets,
            leaving,
            unresolved,
        } = resolved;
        Some(Pass {
            targets,
            leaving,
            unresolved,
            config_maps: self.config_map_versions(&connector),
            deep: compared || connector.has_new_request() || connector.has_told_of_more(),
            periodic,
            connector,
            started: now.wall,
        })
    }

    /// How a connector with that owner's tags relates to ours of that key.
    pub(super) fn relation_to(&self, key: &Key, owner: Option<&Owner>) -> Relation {
        let me = Identity {
            cluster: &self.cluster.id,
            former_clusters: &self.cluster.former_ids,
            namespace: &key.namespace,
            name: &key.name,
        };
        relation(owner, &me)
    }

    /// The ConfigMap versions that are known for the definition and the icon.
    fn config_map_versions(&self, connector: &Parsed) -> [Option<String>; 2] {
        let Ok(spec) = &connector.spec else {
            return [None, None];
        };
        let namespace = connector.entry.key().namespace;
        let version = |name: &str| self.config_maps.get(&Key::new(&namespace, name)).cloned();
        let definition = match &spec.definition.source {
            Source::ConfigMapKeyRef(reference) => version(&reference.name),
            Source::Inline(_) | Source::SecretKeyRef(_) | Source::Url(_) => None,
        };
        let icon = match &spec.icon {
            Some(Icon::ConfigMapKeyRef(reference)) => version(&reference.name),
            None | Some(Icon::Url(_) | Icon::Inline(_)) => None,
        };
        [definition, icon]
    }

    /// Whether a ConfigMap that the description comes from has another version than the one that was judged.
    fn source_changed(&self, connector: &Parsed) -> bool {
        let revision = connector
            .status
            .definition
            .as_ref()
            .and_then(|definition| definition.revision.as_deref());
        connector
            .spec
            .as_ref()
            .is_ok_and(|spec| matches!(&spec.definition.source, Source::ConfigMapKeyRef(_)))
            && self.config_map_versions(connector)[0].as_deref() != revision
    }

    /// Whether a backend holds the connector, its tags and its grants as they were sent.
    fn is_as_wanted(&self, connector: &Parsed, target: &Target, now: Now) -> bool {
        let Parsed { entry, status, .. } = connector;
        let Site {
            backend,
            id,
            observed,
        } = match &target.site {
            Ok(site) => site,
            // What is wrong with a backend is told by its own status, and looked into when it is usable again.
            Err(stop) => return !KEEP_OUT.contains(&stop.reason),
        };
        let registration = status.registrations.iter().find(|registration| {
            registration.backend_kind == target.reference.kind
                && registration.backend_name == target.reference.name
        });
        let (Some(registration), Some(listed)) = (registration, &observed.connector) else {
            return false;
        };
        let ours = self.relation_to(&entry.key(), listed.owner.as_ref()) == Relation::Ours
            && listed
                .owner
                .as_ref()
                .is_some_and(|owner| owner.uid == entry.uid() && owner.cluster == self.cluster.id);
        let sent = listed.marks.as_ref().map(|marks| marks.digest.as_str());
        let plan = grants::plan(
            connector.grants(),
            backend.sharing_limit(),
            (&target.reference, id),
            &observed.grants,
            now.wall,
        );
        ours && listed.as_sent
            && registration.state == RegistrationState::Registered
            && registration.digest.is_some()
            && registration.digest.as_deref() == sent
            && plan.is_empty()
            && plan.drift.is_empty()
            && plan.denied().is_none()
    }
}

/// Whether its present generation, or a request, is yet to be brought to its end.
fn is_unfinished(connector: &Parsed) -> bool {
    !connector.is_done() || connector.has_new_request()
}

/// Grants that nothing declares and that stay; `None` while one of the backends cannot tell.
fn unmanaged(connector: &Parsed, targets: &[Target], now: Now) -> Option<i64> {
    let wish = connector.grants();
    let of = |target: &Target| {
        let site = target.site.as_ref().ok()?;
        let limit = site.backend.sharing_limit();
        let plan = grants::plan(
            wish,
            limit,
            (&target.reference, &site.id),
            &site.observed.grants,
            now.wall,
        );
        Some(plan.unmanaged)
    };
    let sum = targets.iter().map(of).sum::<Option<usize>>()?;
    i64::try_from(sum).ok()
}
