//! A connector as the operator keeps it in memory: small, and readable even where its spec is not. No client.
//!
//! The watch decodes straight into this type, so that descriptions, icons, managed fields and annotations of others
//! are dropped before anything is kept. Spec and status stay JSON, as the API server sent them, and are parsed where
//! they are needed: a typical connector takes 3 KB this way, and more than twice that in parsed form.

mod manager;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt, sync::Arc};

use k8s_openapi::{
    NamespaceResourceScope, api::core::v1::ObjectReference, apimachinery::pkg::apis::meta::v1::Time,
    jiff::Timestamp,
};
use kube::{Resource, api::ObjectMeta};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    connector::digest::sha256,
    crd::{
        CONNECTOR_FINALIZER, CustomConnector, CustomConnectorSpec,
        definition::{Icon, Source},
        status::CustomConnectorStatus,
    },
};

/// How much of a decoder's complaint is kept.
const MAXIMUM_COMPLAINT_BYTES: usize = 300;

/// Which connector; cheap to copy.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

/// A connector without what is large and what is not ours.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Wire")]
pub struct Entry {
    metadata: ObjectMeta,
    requested_at: Option<Box<str>>,
    spec_managers: Option<Box<str>>,
    spec: Result<Box<RawValue>, Unreadable>,
    inline_definition: Option<Box<str>>,
    inline_icon: Option<Box<str>>,
    status: Option<Box<RawValue>>,
}

/// A spec that this version of the operator does not understand.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the spec cannot be read: {complaint}; it was probably written for another version: \
     apply the definitions that this operator prints with `connector-operator crds`, then correct the spec"
)]
pub struct Unreadable {
    complaint: Box<str>,
}

/// What the API server sends. Metadata is always readable, so one bad spec cannot stop the watch.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    metadata: WireMetadata,
    #[serde(default)]
    spec: Option<Box<RawValue>>,
    #[serde(default)]
    status: Option<Box<RawValue>>,
}

/// What is kept of metadata. The decoder passes over the rest, all but the heads of managed fields above all: as a tree
/// of values they would be most of the work that an event takes.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireMetadata {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    creation_timestamp: Option<Time>,
    deletion_timestamp: Option<Time>,
    finalizers: Option<Vec<String>>,
    annotations: Option<WireAnnotations>,
    managed_fields: Option<Vec<manager::Wire>>,
}

/// The one annotation that is for the operator; others may hold whole objects.
#[derive(Default, Deserialize)]
struct WireAnnotations {
    #[serde(default, rename = "connectors.dev/requested-at")]
    requested_at: Option<Box<str>>,
}

impl Key {
    /// The key of the object of that namespace and name.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: Arc::from(namespace),
            name: Arc::from(name),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

impl Entry {
    /// Namespace and name.
    pub fn key(&self) -> Key {
        Key::new(
            self.metadata.namespace.as_deref().unwrap_or_default(),
            self.metadata.name.as_deref().unwrap_or_default(),
        )
    }

    /// The uid; empty for an object that no API server has seen.
    pub fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    /// Counts the changes of the spec, from 1.
    pub fn generation(&self) -> i64 {
        self.metadata.generation.unwrap_or_default()
    }

    /// The state that this entry shows.
    pub fn resource_version(&self) -> &str {
        self.metadata.resource_version.as_deref().unwrap_or_default()
    }

    /// When the connector was made; of two that want one name, the older has it.
    pub fn created(&self) -> Option<Timestamp> {
        self.metadata.creation_timestamp.as_ref().map(|time| time.0)
    }

    /// Since when the connector is being deleted.
    pub fn deleted(&self) -> Option<Timestamp> {
        self.metadata.deletion_timestamp.as_ref().map(|time| time.0)
    }

    /// All finalizers, in their order.
    pub fn finalizers(&self) -> &[String] {
        self.metadata.finalizers.as_deref().unwrap_or_default()
    }

    /// Whether ours is among them.
    pub fn has_finalizer(&self) -> bool {
        self.finalizers().iter().any(|name| name == CONNECTOR_FINALIZER)
    }

    /// The request for a pass that the annotation [`REQUESTED_AT`](crate::crd::REQUESTED_AT) makes.
    pub fn requested_at(&self) -> Option<&str> {
        self.requested_at.as_deref()
    }

    /// The field managers that wrote the spec last.
    pub fn spec_managers(&self) -> Option<&str> {
        self.spec_managers.as_deref()
    }

    /// The spec, parsed anew, with an inline description or icon cut to an empty text.
    pub fn spec(&self) -> Result<CustomConnectorSpec, Unreadable> {
        let text = self.spec.as_ref().map_err(Clone::clone)?;
        parse(text)
    }

    /// The digest of an inline description; the text is to be read from the API server.
    pub fn inline_definition(&self) -> Option<&str> {
        self.inline_definition.as_deref()
    }

    /// The digest of an inline icon's base64 text; the text is to be read from the API server.
    pub fn inline_icon(&self) -> Option<&str> {
        self.inline_icon.as_deref()
    }

    /// What was written last, parsed anew. A status that another version wrote and this one cannot read counts as
    /// none: nothing is decided by status alone that the backend does not say as well.
    pub fn status(&self) -> CustomConnectorStatus {
        let status = self.status.as_deref().map(RawValue::get);
        status
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Whether the status is, byte for byte, what `other` shows: tells an echo of our own write from a change.
    pub fn has_status_of(&self, other: &Self) -> bool {
        self.status.as_deref().map(RawValue::get) == other.status.as_deref().map(RawValue::get)
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// Whether it is being deleted.
    pub fn is_deleting(&self) -> bool {
        self.deleted().is_some()
    }

    /// Whether this shows a later state of the same object. Versions of one resource can be compared as numbers
    /// (Kubernetes API concepts, resource versions).
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let number = |entry: &Self| entry.resource_version().parse::<u128>().ok();
        self.uid() == other.uid() && number(self) > number(other)
    }

    /// Whether both show the same state of the same object.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.uid() == other.uid() && self.resource_version() == other.resource_version()
    }

    /// The entry as it is after a write of ours.
    #[must_use]
    pub fn written(self: &Arc<Self>, resource_version: Option<String>) -> Self {
        let mut entry = Self::clone(self);
        entry.metadata.resource_version = resource_version.or(entry.metadata.resource_version);
        entry
    }

    /// The entry with these finalizers.
    #[must_use]
    pub fn with_finalizers(mut self, finalizers: Vec<String>) -> Self {
        self.metadata.finalizers = Some(finalizers);
        self
    }

    /// The entry with this status.
    #[must_use]
    pub fn with_status(mut self, status: Box<RawValue>) -> Self {
        self.status = Some(status);
        self
    }

    /// The status as it was sent; `null` before there is one.
    pub fn raw_status(&self) -> &str {
        self.status.as_deref().map_or("null", RawValue::get)
    }

    /// The object that events about this connector are about.
    pub fn reference(&self) -> ObjectReference {
        self.object_ref(&())
    }
}

impl From<Wire> for Entry {
    fn from(wire: Wire) -> Self {
        let (metadata, requested_at, spec_managers) = wire.metadata.kept();
        let kept = wire
            .spec
            .map_or_else(|| Err(Unreadable::because("it is missing")), keep);
        let (spec, inline_definition, inline_icon) = match kept {
            Ok(kept) => (Ok(kept.spec), kept.inline_definition, kept.inline_icon),
            Err(unreadable) => (Err(unreadable), None, None),
        };
        Self {
            metadata,
            requested_at,
            spec_managers,
            spec,
            inline_definition,
            inline_icon,
            status: wire.status,
        }
    }
}

impl Unreadable {
    fn because(complaint: &str) -> Self {
        let end = complaint.floor_char_boundary(MAXIMUM_COMPLAINT_BYTES);
        Self {
            complaint: complaint.get(..end).unwrap_or_default().into(),
        }
    }
}

/// What is kept of a spec.
struct Kept {
    spec: Box<RawValue>,
    inline_definition: Option<Box<str>>,
    inline_icon: Option<Box<str>>,
}

/// A spec from its JSON.
fn parse(text: &RawValue) -> Result<CustomConnectorSpec, Unreadable> {
    serde_json::from_str(text.get()).map_err(|error| Unreadable::because(&error.to_string()))
}

/// A spec that can be read, without its inline texts.
fn keep(text: Box<RawValue>) -> Result<Kept, Unreadable> {
    let mut spec = parse(&text)?;
    let (inline_definition, inline_icon) = cut(&mut spec);
    let spec = if inline_definition.is_some() || inline_icon.is_some() {
        serde_json::value::to_raw_value(&spec).map_err(|error| Unreadable::because(&error.to_string()))?
    } else {
        text
    };
    Ok(Kept {
        spec,
        inline_definition,
        inline_icon,
    })
}

/// Takes inline texts out of a spec and returns their digests: definition, icon.
fn cut(spec: &mut CustomConnectorSpec) -> (Option<Box<str>>, Option<Box<str>>) {
    let digest = |text: String| Some(sha256(text.as_bytes()).into_boxed_str());
    let definition = match &mut spec.definition.source {
        Source::Inline(text) => digest(std::mem::take(text)),
        Source::ConfigMapKeyRef(_) | Source::SecretKeyRef(_) | Source::Url(_) => None,
    };
    let icon = match &mut spec.icon {
        Some(Icon::Inline(text)) => digest(std::mem::take(text)),
        Some(Icon::ConfigMapKeyRef(_) | Icon::Url(_)) | None => None,
    };
    (definition, icon)
}

impl WireMetadata {
    /// Metadata, the request for a pass, and who wrote the spec last.
    fn kept(self) -> (ObjectMeta, Option<Box<str>>, Option<Box<str>>) {
        let Self {
            name,
            namespace,
            uid,
            resource_version,
            generation,
            creation_timestamp,
            deletion_timestamp,
            finalizers,
            annotations,
            managed_fields,
        } = self;
        let metadata = ObjectMeta {
            name,
            namespace,
            uid,
            resource_version,
            generation,
            creation_timestamp,
            deletion_timestamp,
            // decoding reserves room for four
            finalizers: finalizers.map(|list| list.into_boxed_slice().into_vec()),
            ..ObjectMeta::default()
        };
        (
            metadata,
            annotations.and_then(|annotations| annotations.requested_at),
            managed_fields.and_then(manager::of_spec),
        )
    }
}

impl Resource for Entry {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        CustomConnector::kind(&())
    }

    fn group((): &()) -> Cow<'_, str> {
        CustomConnector::group(&())
    }

    fn version((): &()) -> Cow<'_, str> {
        CustomConnector::version(&())
    }

    fn plural((): &()) -> Cow<'_, str> {
        CustomConnector::plural(&())
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}
