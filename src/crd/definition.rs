//! Where a connector's description and icon come from. No client.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::{KeyReference, NameReference};

/// An API description: exactly one source, and what of it is wanted.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// Where it comes from.
    #[serde(flatten)]
    pub source: Source,
    /// Which operations are wanted; absent: all. What a wanted one looks something up with stays as well; what
    /// nothing refers to any more is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<Operations>,
}

/// Patterns of operations. One that begins with a slash is for paths: `*` is anything within a segment, a segment `**`
/// any number of segments. Any other is for operationIds and tags: `*` is anything. Case counts.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operations {
    /// Operations to keep; absent or empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256)))]
    pub include: Vec<String>,
    /// Operations to leave out, also of those that are included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256)))]
    pub exclude: Vec<String>,
}

/// The one source of an API description.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The description itself, JSON or YAML; at most 256 KiB. Larger ones belong in a ConfigMap or behind a URL.
    Inline(#[schemars(length(min = 1, max = 262_144))] String),
    /// A key of a ConfigMap in this namespace; data or binaryData, gzip accepted.
    ConfigMapKeyRef(KeyReference),
    /// A key of a Secret in this namespace. Findings about it quote nothing of it.
    SecretKeyRef(KeyReference),
    /// An address to fetch the description from.
    Url(UrlSource),
}

/// A description behind a URL.
#[derive(Clone, Debug, Deserialize, Eq, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UrlSource {
    /// Where the description is; sent as written. Private, loopback and link-local addresses are refused unless the
    /// administrator allows them.
    #[schemars(length(max = 2048), regex(pattern = r"^https?://[^/?#@\s]+([/?][^\s#]*)?$"))]
    pub url: String,
    /// Secret of this namespace whose keys are header names and whose values are sent as their values. Sent only to
    /// the hosts that its annotation connectors.dev/allowed-hosts names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers_secret_ref: Option<NameReference>,
    /// sha256:<64 hexadecimal digits> of the bytes expected; anything else that arrives is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 71), regex(pattern = r"^sha256:[0-9a-f]{64}$"))]
    pub digest: Option<String>,
}

/// The one source of a connector's icon: a PNG or JPEG under 1 MB, checked by content.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Icon {
    /// A key of a ConfigMap in this namespace, as a rule in binaryData.
    ConfigMapKeyRef(KeyReference),
    /// An address to fetch the picture from, under the same rules as a description's.
    Url(
        #[schemars(length(max = 2048), regex(pattern = r"^https?://[^/?#@\s]+([/?][^\s#]*)?$"))]
        String,
    ),
    /// The picture in base64; at most 64 KiB of text.
    Inline(#[schemars(length(min = 1, max = 65_536))] String),
}
