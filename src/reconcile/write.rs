//! Writes to objects of our kinds: finalizers and status, each one small patch. Client required.
//!
//! Both are merge patches, which cost the API server least, and both carry the version they were made from, so that
//! nobody's change is overwritten. The answer is asked for as metadata only: the object may hold a large description.

use std::{sync::Arc, time::Duration};

use kube::{
    Resource as _,
    api::{Patch, PatchParams},
    core::Request,
};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use tokio::time::timeout;

use super::entry::Entry;
use crate::crd::{CustomConnector, status::CustomConnectorStatus};

/// How our writes are marked in managedFields.
const FIELD_MANAGER: &str = "connector-operator";
/// How long a write may take.
const LIMIT: Duration = Duration::from_secs(20);
const METADATA_ONLY: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// What is read of an answer: the rest, managed fields above all, is passed over.
#[derive(Deserialize)]
struct Written {
    metadata: WrittenMetadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenMetadata {
    resource_version: Option<String>,
}

/// Why a write was not done.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Somebody else wrote first.
    #[error("the object changed meanwhile")]
    Conflict,
    /// There is no such object any more.
    #[error("the object is gone")]
    Gone,
    /// The API server did not answer in time. It may have been written all the same.
    #[error("cannot write {what} of {path}: the API server did not answer within {} s", LIMIT.as_secs())]
    TimedOut {
        /// What was to be written.
        what: &'static str,
        /// Whose: the object's path.
        path: String,
    },
    /// The API server refused or failed.
    #[error("cannot write {what} of {path}")]
    Failed {
        /// What was to be written.
        what: &'static str,
        /// Whose: the object's path.
        path: String,
        /// Why not.
        source: Box<kube::Error>,
    },
}

/// An object to be written, in the state that the write is made from.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Path of its collection: `/apis/connectors.dev/v1alpha1/namespaces/shop/customconnectors`.
    pub collection: String,
    /// Its name.
    pub name: &'a str,
    /// Its uid: another object of the name is not written.
    pub uid: &'a str,
    /// Its version: a later state is not overwritten.
    pub resource_version: &'a str,
}

impl Subject<'_> {
    /// The object has these finalizers. Returns its new version.
    pub async fn write_finalizers(
        &self,
        client: &kube::Client,
        finalizers: &[String],
    ) -> Result<Option<String>, WriteError> {
        let patch = json!({ "metadata": {
            "resourceVersion": self.resource_version, "uid": self.uid, "finalizers": finalizers,
        } });
        let request = Request::new(self.collection.as_str());
        let request = request.patch(
            self.name,
            &PatchParams::apply(FIELD_MANAGER),
            &Patch::Merge(&patch),
        );
        self.send(client, "the finalizers", request).await
    }

    /// The object has the status `new` where it had `old`; only what differs is sent. Returns its new version.
    pub async fn write_status(
        &self,
        client: &kube::Client,
        (old, new): (&Value, &Value),
    ) -> Result<Option<String>, WriteError> {
        let patch = json!({
            "metadata": { "resourceVersion": self.resource_version, "uid": self.uid },
            "status": merge_patch(old, new),
        });
        let request = Request::new(self.collection.as_str());
        let parameters = PatchParams::apply(FIELD_MANAGER);
        let request = request.patch_subresource("status", self.name, &parameters, &Patch::Merge(&patch));
        self.send(client, "the status", request).await
    }

    async fn send(
        &self,
        client: &kube::Client,
        what: &'static str,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<Option<String>, WriteError> {
        let mut request = request.map_err(|error| self.failed(what, kube::Error::BuildRequest(error)))?;
        request.headers_mut().insert(
            http::header::ACCEPT,
            http::HeaderValue::from_static(METADATA_ONLY),
        );
        let answer = timeout(LIMIT, client.request::<Written>(request)).await;
        let late = |_elapsed| WriteError::TimedOut {
            what,
            path: self.path(),
        };
        answer
            .map_err(late)?
            .map(|object| object.metadata.resource_version)
            .map_err(|error| self.failed(what, error))
    }

    fn path(&self) -> String {
        format!("{}/{}", self.collection, self.name)
    }

    fn failed(&self, what: &'static str, error: kube::Error) -> WriteError {
        if let kube::Error::Api(status) = &error {
            if status.is_conflict() {
                return WriteError::Conflict;
            }
            if status.is_not_found() {
                return WriteError::Gone;
            }
        }
        let path = self.path();
        WriteError::Failed {
            what,
            path,
            source: Box::new(error),
        }
    }
}

fn subject(entry: &Entry) -> Subject<'_> {
    let key = entry.key();
    Subject {
        collection: CustomConnector::url_path(&(), Some(&key.namespace)),
        name: entry.meta().name.as_deref().unwrap_or_default(),
        uid: entry.uid(),
        resource_version: entry.resource_version(),
    }
}

/// The connector has these finalizers. Returns the entry as it is now.
pub(super) async fn finalizers(
    client: &kube::Client,
    entry: &Arc<Entry>,
    finalizers: Vec<String>,
) -> Result<Arc<Entry>, WriteError> {
    let version = subject(entry).write_finalizers(client, &finalizers).await?;
    Ok(Arc::new(entry.written(version).with_finalizers(finalizers)))
}

/// The connector has this status. Returns the entry as it is now.
pub(super) async fn status(
    client: &kube::Client,
    entry: &Arc<Entry>,
    new: &CustomConnectorStatus,
) -> Result<Arc<Entry>, WriteError> {
    let subject = subject(entry);
    let bug = |error| subject.failed("the status", kube::Error::SerdeError(error));
    let old: Value = serde_json::from_str(entry.raw_status()).map_err(bug)?;
    let text = serde_json::to_string(new).map_err(bug)?;
    let wanted: Value = serde_json::from_str(&text).map_err(bug)?;
    let version = subject.write_status(client, (&old, &wanted)).await?;
    let raw = RawValue::from_string(text).map_err(bug)?;
    Ok(Arc::new(entry.written(version).with_status(raw)))
}

/// The JSON merge patch (RFC 7396) that makes `old` into `new`: members that are gone become null, arrays are whole.
fn merge_patch(old: &Value, new: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return new.clone();
    };
    let mut patch = Map::new();
    for (name, value) in new {
        match old.get(name) {
            Some(same) if same == value => {}
            Some(before @ Value::Object(_)) => {
                patch.insert(name.clone(), merge_patch(before, value));
            }
            _ => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    Value::Object(patch)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What an API server does with a merge patch.
    fn merged(target: &Value, patch: &Value) -> Value {
        let Value::Object(patch) = patch else {
            return patch.clone();
        };
        let mut target = target.as_object().cloned().unwrap_or_default();
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                let before = target.get(name).cloned().unwrap_or(Value::Null);
                target.insert(name.clone(), merged(&before, value));
            }
        }
        Value::Object(target)
    }

    fn without_nulls() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn object() -> impl Strategy<Value = Value> {
        prop::collection::btree_map("[a-d]", without_nulls(), 0..4)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn the_patch_makes_the_old_status_into_the_new_one(old in object(), new in object()) {
            prop_assert_eq!(merged(&old, &merge_patch(&old, &new)), new);
        }
    }

    #[test]
    fn what_did_not_change_is_not_sent() {
        let old = json!({ "a": { "b": 1, "c": 2 }, "d": 3 });
        assert_eq!(
            merge_patch(&old, &json!({ "a": { "b": 1 }, "d": 3 })),
            json!({ "a": { "c": null } })
        );
    }
}
