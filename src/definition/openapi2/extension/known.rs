//! The x-ms- extensions that there are: where each may stand, and what it holds. No client.
//!
//! Sources: the documentation of the extensions, the schema that Microsoft publishes for connectors, and what published
//! connectors carry beyond it.

use super::super::shape::Expect::{self, Any, Boolean, Object, OneOf, Text};
use super::super::shape::{Place, Shape};
use Place::{Body, Header, Info, Items, Operation, Parameter, PathItem, Response, Root, Schema};

/// An extension.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    /// Where it has a meaning. None: nowhere it is known to have none.
    pub(super) places: &'static [Place],
    pub(super) form: Form,
}

/// What an extension holds.
#[derive(Debug)]
pub(super) enum Form {
    Value(Expect),
    Object(&'static Shape),
    ListOf(&'static Shape),
}

use Form::{ListOf, Value};

const fn known(name: &'static str, places: &'static [Place], form: Form) -> Known {
    Known { name, places, form }
}

/// Described in place or by a schema: all that has a value.
const VALUES: &[Place] = &[Parameter, Schema, Header, Items];
const SHOWN: &[Place] = &[Parameter, Body, Schema, Header, Items, Operation, Response];
const INPUTS: &[Place] = &[Parameter, Schema, Items];

const ANYWHERE: &[Place] = &[];

/// The commonest first.
pub(super) const KNOWN: &[Known] = &[
    known("x-ms-summary", SHOWN, Value(Text)),
    known("x-ms-visibility", SHOWN, Value(Any)),
    known(
        "x-ms-url-encoding",
        &[Parameter],
        Value(OneOf(&["single", "double"])),
    ),
    known("x-ms-dynamic-values", INPUTS, Form::Object(&DYNAMIC_VALUES)),
    known("x-ms-dynamic-list", INPUTS, Form::Object(&DYNAMIC_LIST)),
    known(
        "x-ms-dynamic-schema",
        &[Schema, Response],
        Form::Object(&DYNAMIC_SCHEMA),
    ),
    known(
        "x-ms-dynamic-properties",
        &[Schema, Response],
        Form::Object(&DYNAMIC_PROPERTIES),
    ),
    known("x-ms-dynamic-tree", INPUTS, Form::Object(&DYNAMIC_TREE)),
    known("x-ms-trigger", &[Operation], Value(OneOf(&["single", "batch"]))),
    known("x-ms-trigger-hint", &[Operation], Value(Text)),
    known(
        "x-ms-trigger-metadata",
        &[Operation],
        Form::Object(&TRIGGER_METADATA),
    ),
    known("x-ms-trigger-value", &[Parameter], Form::Object(&TRIGGER_VALUE)),
    known(
        "x-ms-notification-content",
        &[PathItem, Operation],
        Form::Object(&NOTIFICATION_CONTENT),
    ),
    known("x-ms-notification-url", &[Schema], Value(Boolean)),
    known("x-ms-notification", &[Operation], Form::Object(&NOTIFICATION)),
    known(
        "x-ms-api-annotation",
        &[Operation, Info],
        Form::Object(&ANNOTATION),
    ),
    known("x-ms-enum-values", VALUES, ListOf(&ENUM_VALUE)),
    known("x-ms-enum", VALUES, Value(Object)),
    known("x-ms-connector-metadata", &[Root], ListOf(&METADATA)),
    known("x-ms-capabilities", &[Root, Operation], Value(Object)),
    known(
        "x-ms-operation-context",
        &[Operation],
        Form::Object(&OPERATION_CONTEXT),
    ),
    known("x-ms-pageable", &[Operation], Form::Object(&PAGEABLE)),
    known("x-ms-no-generic-test", &[Operation], Value(Boolean)),
    known("x-ms-safe-operation", &[Operation], Value(Boolean)),
    known("x-ms-require-user-confirmation", &[Operation], Value(Boolean)),
    known("x-ms-openai-data", ANYWHERE, Value(Any)),
    known("x-ms-openai-manifest", ANYWHERE, Value(Any)),
    known("x-ms-keywords", ANYWHERE, Value(Any)),
    known("x-ms-deployment-version", ANYWHERE, Value(Text)),
    known("x-ms-docs", &[Root], ListOf(&DOCS)),
    known("x-ms-editor", &[Schema, Parameter, Items], Value(Text)),
    known("x-ms-editor-options", &[Schema, Parameter, Items], Value(Object)),
    known("x-ms-test-value", ANYWHERE, Value(Any)),
    known("x-ms-localizeDefaultValue", ANYWHERE, Value(Boolean)),
    known("x-ms-media-kind", ANYWHERE, Value(OneOf(&["image", "audio"]))),
    known("x-ms-parameter-location", &[Parameter, Body], Value(Text)),
    known("x-ms-skip-url-encoding", &[Parameter], Value(Boolean)),
];

const OPERATION_ID: (&str, Expect) = ("operationId", Text);
const PARAMETERS: (&str, Expect) = ("parameters", Object);

macro_rules! form {
    ($title:literal, $required:expr, $($field:expr),*) => {
        Shape { title: $title, place: Place::Inside, required: $required, fields: &[$($field),*] }
    };
}

const DYNAMIC_VALUES: Shape = form!(
    "x-ms-dynamic-values",
    &[],
    OPERATION_ID,
    PARAMETERS,
    ("capability", Text),
    ("builtInOperation", Text),
    ("value-path", Text),
    ("value-title", Text),
    ("value-collection", Text)
);

const DYNAMIC_LIST: Shape = form!(
    "x-ms-dynamic-list",
    &["operationId"],
    OPERATION_ID,
    PARAMETERS,
    ("itemsPath", Text),
    ("itemTitlePath", Text),
    ("itemValuePath", Text)
);

const DYNAMIC_SCHEMA: Shape = form!(
    "x-ms-dynamic-schema",
    &["operationId"],
    OPERATION_ID,
    PARAMETERS,
    ("value-path", Text)
);

const DYNAMIC_PROPERTIES: Shape = form!(
    "x-ms-dynamic-properties",
    &["operationId"],
    OPERATION_ID,
    PARAMETERS,
    ("itemValuePath", Text)
);

const DYNAMIC_TREE: Shape = form!(
    "x-ms-dynamic-tree",
    &["open"],
    ("settings", Object),
    ("open", Object),
    ("browse", Object)
);

/// What opens or browses a folder of a tree.
pub(super) const TREE_CALL: Shape = form!(
    "x-ms-dynamic-tree",
    &["operationId"],
    OPERATION_ID,
    PARAMETERS,
    ("itemValuePath", Text),
    ("itemTitlePath", Text),
    ("itemFullTitlePath", Text),
    ("itemIsParent", Text),
    ("itemsPath", Text),
    ("selectedItemValuePath", Text)
);

const TRIGGER_METADATA: Shape = form!(
    "x-ms-trigger-metadata",
    &["kind", "mode"],
    ("kind", OneOf(&["query"])),
    ("mode", OneOf(&["polling"]))
);

const TRIGGER_VALUE: Shape = form!(
    "x-ms-trigger-value",
    &[],
    ("value-collection", Text),
    ("value-path", Text)
);

const NOTIFICATION_CONTENT: Shape = form!(
    "x-ms-notification-content",
    &["schema"],
    ("schema", Object),
    ("description", Text),
    ("headers", Object)
);

const NOTIFICATION: Shape = form!("x-ms-notification", &["operationId"], OPERATION_ID);

const ANNOTATION: Shape = form!(
    "x-ms-api-annotation",
    &[],
    ("family", Text),
    ("revision", Expect::Positive),
    ("status", OneOf(&["Preview", "Production"])),
    ("replacement", Object),
    ("expires", Text)
);

const ENUM_VALUE: Shape = form!(
    "x-ms-enum-values",
    &["value", "displayName"],
    ("value", Any),
    ("displayName", Text)
);

const METADATA: Shape = form!(
    "x-ms-connector-metadata",
    &["propertyName", "propertyValue"],
    ("propertyName", Text),
    ("propertyValue", Text)
);

const DOCS: Shape = form!("x-ms-docs", &["url"], ("url", Text), ("description", Text));

const OPERATION_CONTEXT: Shape = form!("x-ms-operation-context", &["simulate"], ("simulate", Object));

/// A call that stands for the operation it is written at.
pub(super) const SIMULATE: Shape = form!("simulate", &["operationId"], OPERATION_ID, PARAMETERS);

const PAGEABLE: Shape = form!("x-ms-pageable", &["nextLinkName"], ("nextLinkName", Text));

/// What the whole connector can do beyond its operations.
pub(super) const CAPABILITIES: Shape = form!(
    "x-ms-capabilities",
    &[],
    ("testConnection", Object),
    ("file-picker", Object)
);

/// What one operation can do.
pub(super) const OPERATION_CAPABILITIES: Shape = form!("x-ms-capabilities", &[], ("chunkTransfer", Boolean));

pub(super) const TEST_CONNECTION: Shape = form!("testConnection", &["operationId"], OPERATION_ID, PARAMETERS);

pub(super) const FILE_PICKER: Shape = form!(
    "file-picker",
    &["open", "browse"],
    ("open", Object),
    ("browse", Object),
    ("value-path", Text),
    ("value-title", Text),
    ("value-collection", Text),
    ("value-folder-property", Text),
    ("value-media-property", Text)
);

pub(super) const PICKER_CALL: Shape = form!("file-picker", &["operationId"], OPERATION_ID, PARAMETERS);
