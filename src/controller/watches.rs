//! Everything that is watched, as one stream of events. Client required.

use std::{collections::HashSet, fmt::Debug, pin::Pin};

use futures::{Stream, StreamExt as _, future, stream};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api, Resource, ResourceExt as _,
    core::{DeserializeGuard, PartialObjectMeta},
    runtime::{
        WatchStreamExt as _,
        watcher::{self, watcher},
    },
};
use serde::de::DeserializeOwned;

use super::{backend_object::BackendObject, world::Event};
use crate::{
    crd::{ClusterConnectorBackend, ConnectorBackend},
    reconcile::{
        chain,
        entry::{Entry, Key},
        target::BackendKey,
    },
};

/// Objects a page of a first list: large enough to be quick, small enough not to be the peak of memory.
const PAGE: u32 = 200;

/// What one watch tells.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Change<K> {
    /// The object is so.
    Is(K),
    /// The object is gone.
    Gone(Key),
    /// The first list, or a later one after an interruption, is complete.
    Complete,
}

/// All watches. [`Event::Synced`] comes once, when each has delivered its first list.
pub(super) fn events(client: &kube::Client) -> Pin<Box<dyn Stream<Item = Event> + Send>> {
    let connectors = changes(Api::<Entry>::all(client.clone()), PAGE).map(|change| match change {
        Change::Is(entry) => Some(Event::Connector(entry.into())),
        Change::Gone(key) => Some(Event::ConnectorGone(key)),
        Change::Complete => None,
    });
    let backends = changes(
        Api::<DeserializeGuard<ConnectorBackend>>::all(client.clone()),
        PAGE,
    );
    let backends = backends.map(|change| match change {
        Change::Is(guard) => backend(guard, BackendObject::of_namespace),
        Change::Gone(key) => Some(Event::BackendGone(BackendKey::namespaced(&key))),
        Change::Complete => None,
    });
    let cluster = changes(
        Api::<DeserializeGuard<ClusterConnectorBackend>>::all(client.clone()),
        PAGE,
    );
    let cluster = cluster.map(|change| match change {
        Change::Is(guard) => backend(guard, BackendObject::of_cluster),
        Change::Gone(key) => Some(Event::BackendGone(BackendKey::cluster(&key.name))),
        Change::Complete => None,
    });
    // Metadata is enough to notice a change; what a ConfigMap holds is read when it is used.
    let config_maps = changes(Api::<PartialObjectMeta<ConfigMap>>::all(client.clone()), 500);
    let config_maps = config_maps.map(|change| match change {
        Change::Is(object) => Some(Event::ConfigMap(key(&object), version(&object))),
        Change::Gone(key) => Some(Event::ConfigMapGone(key)),
        Change::Complete => None,
    });
    let namespaces = changes(Api::<PartialObjectMeta<Namespace>>::all(client.clone()), 500);
    let namespaces = namespaces.map(|change| match change {
        Change::Is(object) => Some(Event::Namespace(object.name_any(), object.labels().clone())),
        Change::Gone(key) => Some(Event::NamespaceGone(key.name.to_string())),
        Change::Complete => None,
    });
    let all = [
        connectors.boxed(),
        backends.boxed(),
        cluster.boxed(),
        config_maps.boxed(),
        namespaces.boxed(),
    ];
    let mut incomplete: HashSet<usize> = (0..all.len()).collect();
    let numbered = all
        .into_iter()
        .enumerate()
        .map(|(number, watch)| watch.map(move |event| (number, event)).boxed());
    let merged = stream::select_all(numbered).filter_map(move |(number, event)| {
        let synced = event.is_none() && incomplete.remove(&number) && incomplete.is_empty();
        future::ready(event.or(synced.then_some(Event::Synced)))
    });
    merged.boxed()
}

/// A backend that can be read; one that cannot is logged and stops no other.
fn backend<K: Resource<DynamicType = ()>>(
    guard: DeserializeGuard<K>,
    read: fn(&K) -> BackendObject,
) -> Option<Event> {
    match guard.0 {
        Ok(object) => Some(Event::Backend(Box::new(read(&object)))),
        Err(invalid) => {
            let name = invalid.metadata.name.as_deref().unwrap_or_default();
            tracing::warn!(kind = %K::kind(&()), name, error = invalid.error, "backend cannot be read");
            None
        }
    }
}

/// A watch that goes on for ever: interruptions are logged, waited out, and told as what changed meanwhile.
fn changes<K>(api: Api<K>, page: u32) -> impl Stream<Item = Change<K>> + Send
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
    K::DynamicType: Default,
{
    let mut known = Known::default();
    let config = watcher::Config::default().page_size(page);
    watcher(api, config).default_backoff().flat_map(move |event| match event {
        Ok(event) => stream::iter(known.take(event)),
        Err(error) => {
            tracing::warn!(kind = %K::kind(&K::DynamicType::default()), error = chain(&error), "watch interrupted");
            stream::iter(Vec::new())
        }
    })
}

/// The keys of everything that a watch has told, so that a new list can tell what is gone.
#[derive(Debug, Default)]
struct Known {
    keys: HashSet<Key>,
    listed: HashSet<Key>,
}

impl Known {
    fn take<K: Resource>(&mut self, event: watcher::Event<K>) -> Vec<Change<K>> {
        match event {
            watcher::Event::Init => {
                self.listed.clear();
                Vec::new()
            }
            watcher::Event::InitApply(object) => {
                let key = key(&object);
                self.keys.insert(key.clone());
                self.listed.insert(key);
                vec![Change::Is(object)]
            }
            watcher::Event::InitDone => {
                let listed = std::mem::take(&mut self.listed);
                let gone = self
                    .keys
                    .extract_if(|key| !listed.contains(key))
                    .map(Change::Gone);
                gone.collect::<Vec<_>>()
                    .into_iter()
                    .chain([Change::Complete])
                    .collect()
            }
            watcher::Event::Apply(object) => {
                self.keys.insert(key(&object));
                vec![Change::Is(object)]
            }
            watcher::Event::Delete(object) => {
                let key = key(&object);
                self.keys.remove(&key);
                vec![Change::Gone(key)]
            }
        }
    }
}

fn key(object: &impl Resource) -> Key {
    let meta = object.meta();
    Key::new(
        meta.namespace.as_deref().unwrap_or_default(),
        meta.name.as_deref().unwrap_or_default(),
    )
}

/// Written as sources write revisions, so that the two can be compared.
fn version(object: &PartialObjectMeta<ConfigMap>) -> String {
    format!(
        "{}/{}",
        object.uid().unwrap_or_default(),
        object.resource_version().unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use kube::api::ObjectMeta;

    use super::*;

    fn named(name: &str) -> PartialObjectMeta<ConfigMap> {
        let metadata = ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some("n".to_owned()),
            ..ObjectMeta::default()
        };
        PartialObjectMeta {
            metadata,
            ..PartialObjectMeta::default()
        }
    }

    fn told(known: &mut Known, event: watcher::Event<PartialObjectMeta<ConfigMap>>) -> Vec<String> {
        let told = known.take(event).into_iter().map(|change| match change {
            Change::Is(object) => format!("is {}", object.name_any()),
            Change::Gone(key) => format!("gone {}", key.name),
            Change::Complete => "complete".to_owned(),
        });
        told.collect()
    }

    #[test]
    fn what_a_new_list_does_not_show_is_gone() {
        let mut known = Known::default();
        for event in [
            watcher::Event::Init,
            watcher::Event::InitApply(named("a")),
            watcher::Event::InitDone,
        ] {
            told(&mut known, event);
        }
        assert_eq!(told(&mut known, watcher::Event::Apply(named("b"))), ["is b"]);
        assert!(told(&mut known, watcher::Event::Init).is_empty());
        assert_eq!(told(&mut known, watcher::Event::InitApply(named("b"))), ["is b"]);
        assert_eq!(told(&mut known, watcher::Event::InitDone), ["gone a", "complete"]);
        assert_eq!(told(&mut known, watcher::Event::Delete(named("b"))), ["gone b"]);
        told(&mut known, watcher::Event::Init);
        assert_eq!(told(&mut known, watcher::Event::InitDone), ["complete"]);
    }
}
