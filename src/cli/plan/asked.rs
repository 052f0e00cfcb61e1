//! What the operator would do, found out as it does: its own view of the cluster, built for this once. Client required.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, ResourceExt as _};

use crate::{
    cli::{
        Failure,
        cluster::{
            Cluster, Within,
            backends::{self, Backends, Reach},
        },
    },
    controller::{
        SweepReport,
        backend_object::{Admission, BackendObject},
        world::{self, Event, Now, World},
    },
    reconcile::{
        entry::Key,
        foretell::{Foretold, foretell},
        parsed::Parsed,
        reason::Reason,
        status::Stop,
        target::BackendKey,
    },
};

/// Backends that are asked at once.
const AT_ONCE: usize = 8;

/// A question about connectors of one namespace, the cluster's.
pub(super) struct Question<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) identity: &'a world::Cluster,
    pub(super) backends: &'a backends::Arguments,
    pub(super) now: Timestamp,
}

/// What a pass would do, or why there would be none.
pub(super) enum Answer {
    Foretold(Box<Foretold>),
    /// The connector is suspended.
    Suspended,
    /// The operator has let go of it; others still hold it.
    LetGo,
}

impl Question<'_> {
    /// Asks, of each connector in turn.
    pub(super) async fn ask(&self, connectors: &[Parsed]) -> Result<Vec<Answer>, Failure> {
        let within = Within::Namespace(&self.cluster.namespace);
        let backends = Backends::read(self.cluster, within).await?;
        let reach = Reach::new(self.cluster, self.backends)?;
        let mut world = self.world(connectors, &backends).await?;
        self.look(&mut world, connectors, &reach).await;
        let context = reach.context(self.identity);
        let mut answers = Vec::new();
        for connector in connectors {
            let entry = &connector.entry;
            let key = entry.key();
            let pass = world.pass_over(&key, self.moment());
            answers.push(match pass {
                _ if entry.is_deleting() && !entry.has_finalizer() => Answer::LetGo,
                None => Answer::Suspended,
                Some(pass) => {
                    let mut told = foretell(&pass.to_read(), &context).await;
                    told.stops.extend(unknown(connector, &backends, &told));
                    Answer::Foretold(Box::new(told))
                }
            });
        }
        Ok(answers)
    }

    fn moment(&self) -> Now {
        Now {
            instant: Instant::now(),
            wall: self.now,
        }
    }

    /// All that the operator knows before it looks at backends, as far as it matters here.
    async fn world(&self, connectors: &[Parsed], backends: &Backends) -> Result<World, Failure> {
        let mut world = World::new(self.identity.clone());
        let mut happens = |event: Event| world.observe(event, self.moment());
        if let Some(event) = self.labels(backends).await? {
            happens(event);
        }
        for object in backends.all() {
            happens(Event::Backend(Box::new(object.clone())));
        }
        let asked: BTreeSet<Key> = connectors.iter().map(|it| it.entry.key()).collect();
        for other in self.others().await? {
            if !asked.contains(&other.entry.key()) {
                happens(Event::Connector(other.entry));
            }
        }
        for connector in connectors {
            happens(Event::Connector(Arc::clone(&connector.entry)));
        }
        Ok(world)
    }

    /// The connectors that may have the name already: of all namespaces, as far as the user may see them.
    async fn others(&self) -> Result<Vec<Parsed>, Failure> {
        if let Ok(all) = self.cluster.connectors(Within::All).await {
            return Ok(all);
        }
        let own = Within::Namespace(&self.cluster.namespace);
        self.cluster.connectors(own).await
    }

    /// The namespace's labels, where a backend goes by them.
    async fn labels(&self, backends: &Backends) -> Result<Option<Event>, Failure> {
        if !backends
            .all()
            .any(|object| matches!(object.admits, Admission::Labels(_)))
        {
            return Ok(None);
        }
        let name = &self.cluster.namespace;
        let namespaces: Api<Namespace> = Api::all(self.cluster.client.clone());
        let namespace = namespaces.get_metadata(name).await.map_err(Failure::of(format!(
            "cannot read the labels of namespace {name}, which backends admit namespaces by"
        )))?;
        let labels = namespace.labels().clone();
        Ok(Some(Event::Namespace(name.clone(), labels)))
    }

    /// Looks at the backends that passes over these connectors look at.
    async fn look(&self, world: &mut World, connectors: &[Parsed], reach: &Reach) {
        let mut used: Vec<BackendObject> = Vec::new();
        for connector in connectors {
            for object in world.used_by(&connector.entry.key()) {
                if used.iter().all(|known| known.key != object.key) {
                    used.push(object);
                }
            }
        }
        let looks = stream::iter(used).map(|object| async move {
            let seen = reach.look(&object).await;
            SweepReport { seen, object }
        });
        let mut looks = looks.buffer_unordered(AT_ONCE);
        while let Some(report) = looks.next().await {
            let key = report.object.key.clone();
            world.swept(&key, report, self.moment());
        }
    }
}

/// Why backends are missing that the user, unlike the operator, cannot read: nothing can be said of those.
fn unknown(connector: &Parsed, backends: &Backends, told: &Foretold) -> Vec<(Option<String>, Stop)> {
    let namespace = connector.entry.key().namespace;
    let missing = |stop: &Stop| stop.reason == Reason::BackendNotFound;
    if !told.stops.iter().any(|(_, stop)| missing(stop)) {
        return Vec::new();
    }
    let references = backends.of(connector).unwrap_or_default();
    let keys = references.iter().map(|it| BackendKey::of(it, &namespace));
    let stops = keys.filter_map(|key| backends.hidden(&key));
    stops.map(|stop| (None, stop)).collect()
}
