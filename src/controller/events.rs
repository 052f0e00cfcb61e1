//! Kubernetes Events: what people see under an object in `kubectl describe`. Client required.
//!
//! An Event is never worth a failed or a late pass: publishing goes on beside the pass, within a time limit, and
//! what cannot be published is logged. Repetitions within ten minutes are counted in one Event as long as the note
//! stays the same; notes are cut at the API's limit of 1024 bytes.

#[cfg(test)]
mod tests;

use std::{error::Error as _, fmt, sync::Arc, time::Duration};

use k8s_controller::events::{Event, EventRecorder, PublishError};
pub use kube::runtime::events::EventType;
use kube::{
    Client, Resource,
    api::{ObjectMeta, PartialObjectMeta},
    core::PartialObjectMetaExt as _,
    runtime::events::Reporter,
};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::task::TaskTracker;

/// Who reports, as `kubectl describe` shows it.
const CONTROLLER: &str = "connectors.dev/connector-operator";
/// What was done when the Event happened; a machine's word that the API requires.
const ACTION: &str = "Reconcile";
/// Events under way at once; more are dropped, as an API server that is this slow has better to do.
const MAXIMUM_UNDER_WAY: usize = 32;
/// How long [`Events::finish`] waits.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// The cause that the API server gives for refusing new objects in a namespace that is being deleted.
const NAMESPACE_TERMINATING: &str = "NamespaceTerminating";

/// Publishes Events. Clones share one recorder, or repetitions would not be counted together.
#[derive(Clone)]
pub struct Events {
    recorder: Arc<EventRecorder>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Events {
    /// Publishes in the name of the process called `identity`.
    pub fn new(client: Client, identity: &str) -> Self {
        let reporter = Reporter {
            controller: CONTROLLER.to_owned(),
            instance: Some(identity.to_owned()),
        };
        Self {
            recorder: Arc::new(EventRecorder::new(client, reporter)),
            places: Arc::new(Semaphore::new(MAXIMUM_UNDER_WAY)),
            tasks: TaskTracker::new(),
        }
    }

    /// Publishes an Event about `object` and returns at once. Must be called within a Tokio runtime.
    pub fn publish<K>(&self, object: &K, kind: EventType, reason: &'static str, note: impl Into<String>)
    where
        K: Resource<DynamicType = ()> + Send + Sync + 'static,
    {
        let about = identity_of(object);
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            tracing::warn!(
                object.namespace = about.metadata.namespace,
                object.name = about.metadata.name,
                reason,
                "dropped an Event: too many are under way"
            );
            return;
        };
        let event = Event {
            type_: kind,
            reason: reason.to_owned(),
            action: ACTION.to_owned(),
            note: Some(note.into()),
            related: None,
        };
        let recorder = Arc::clone(&self.recorder);
        self.tasks.spawn(async move {
            if let Err(error) = recorder.publish(&about, &event).await {
                log(&about.metadata, reason, &error);
            }
            drop(place);
        });
    }

    /// Waits for the Events under way, at most five seconds.
    pub async fn finish(&self) {
        self.tasks.close();
        if timeout(LAST_WAIT, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                events = self.tasks.len(),
                "Events were still under way at the end"
            );
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Events")
            .field("under_way", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

/// As much of an object as an Event refers to, so that nothing large is copied.
fn identity_of<K: Resource<DynamicType = ()>>(object: &K) -> PartialObjectMeta<K> {
    let metadata = object.meta();
    ObjectMeta {
        name: metadata.name.clone(),
        namespace: metadata.namespace.clone(),
        uid: metadata.uid.clone(),
        ..ObjectMeta::default()
    }
    .into_request_partial()
}

fn log(about: &ObjectMeta, reason: &str, error: &PublishError) {
    let (namespace, name) = (about.namespace.as_deref(), about.name.as_deref());
    if has_no_reader(error) {
        tracing::debug!(
            object.namespace = namespace,
            object.name = name,
            reason,
            "made no Event: its namespace is going"
        );
    } else {
        tracing::warn!(
            object.namespace = namespace,
            object.name = name,
            reason,
            error = %error,
            source = error.source(),
            "could not make an Event"
        );
    }
}

/// Whether the Event was refused because its namespace is gone or going, so that nobody is left to read it.
fn has_no_reader(error: &PublishError) -> bool {
    let PublishError::Kube(kube::Error::Api(status)) = error else {
        return false;
    };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    status.is_not_found()
        || causes
            .into_iter()
            .any(|cause| cause.reason == NAMESPACE_TERMINATING)
}
