//! The objects of OpenAPI 2.0: what its official JSON schema allows in each. No client.

use super::shape::Expect::{Any, Boolean, Count, List, Number, Object, OneOf, Positive, SomeOf, Text, Texts};
use super::shape::{Expect, Place, Shape};

const SCHEMES: &[&str] = &["http", "https", "ws", "wss"];
const SIMPLE_TYPES: &[&str] = &["string", "number", "boolean", "integer", "array"];
const FORM_TYPES: &[&str] = &["string", "number", "boolean", "integer", "array", "file"];
const LIST_FORMATS: &[&str] = &["csv", "ssv", "tsv", "pipes"];
const LIST_FORMATS_WITH_MULTI: &[&str] = &["csv", "ssv", "tsv", "pipes", "multi"];

/// The methods a path item may have.
pub(in crate::definition) const METHODS: [&str; 7] =
    ["get", "put", "post", "delete", "options", "head", "patch"];

pub(super) const ROOT: Shape = Shape {
    title: "a description",
    place: Place::Root,
    required: &["info", "paths"],
    fields: &[
        ("swagger", Any),
        ("info", Any),
        ("host", Text),
        ("basePath", Text),
        ("schemes", SomeOf(SCHEMES)),
        ("consumes", Texts),
        ("produces", Texts),
        ("paths", Any),
        ("definitions", Object),
        ("parameters", Object),
        ("responses", Object),
        ("security", List),
        ("securityDefinitions", Object),
        ("tags", List),
        ("externalDocs", Any),
    ],
};

pub(super) const INFO: Shape = Shape {
    title: "info",
    place: Place::Info,
    required: &["title", "version"],
    fields: &[
        ("title", Text),
        ("version", Text),
        ("description", Text),
        ("termsOfService", Text),
        ("contact", Any),
        ("license", Any),
    ],
};

pub(super) const CONTACT: Shape = Shape {
    title: "a contact",
    place: Place::Other,
    required: &[],
    fields: &[("name", Text), ("url", Text), ("email", Text)],
};

pub(super) const LICENSE: Shape = Shape {
    title: "a licence",
    place: Place::Other,
    required: &["name"],
    fields: &[("name", Text), ("url", Text)],
};

pub(super) const EXTERNAL_DOCS: Shape = Shape {
    title: "externalDocs",
    place: Place::Other,
    required: &["url"],
    fields: &[("url", Text), ("description", Text)],
};

pub(super) const TAG: Shape = Shape {
    title: "a tag",
    place: Place::Other,
    required: &["name"],
    fields: &[("name", Text), ("description", Text), ("externalDocs", Any)],
};

pub(super) const PATH_ITEM: Shape = Shape {
    title: "a path item",
    place: Place::PathItem,
    required: &[],
    fields: &[
        ("$ref", Text),
        ("get", Any),
        ("put", Any),
        ("post", Any),
        ("delete", Any),
        ("options", Any),
        ("head", Any),
        ("patch", Any),
        ("parameters", List),
    ],
};

pub(super) const OPERATION: Shape = Shape {
    title: "an operation",
    place: Place::Operation,
    required: &["responses"],
    fields: &[
        ("tags", Texts),
        ("summary", Text),
        ("description", Text),
        ("externalDocs", Any),
        ("operationId", Text),
        ("consumes", Texts),
        ("produces", Texts),
        ("parameters", List),
        ("responses", Object),
        ("schemes", SomeOf(SCHEMES)),
        ("deprecated", Boolean),
        ("security", List),
    ],
};

pub(super) const BODY_PARAMETER: Shape = Shape {
    title: "a body parameter",
    place: Place::Body,
    required: &["name", "schema"],
    fields: &[
        ("name", Text),
        ("in", Text),
        ("description", Text),
        ("required", Boolean),
        ("schema", Any),
    ],
};

macro_rules! simple_fields {
    ($types:expr, $lists:expr $(, $more:expr)*) => {
        &[
            ("type", OneOf($types)),
            ("format", Text),
            ("items", Object),
            ("collectionFormat", OneOf($lists)),
            ("default", Any),
            ("maximum", Number),
            ("exclusiveMaximum", Boolean),
            ("minimum", Number),
            ("exclusiveMinimum", Boolean),
            ("maxLength", Count),
            ("minLength", Count),
            ("pattern", Text),
            ("maxItems", Count),
            ("minItems", Count),
            ("uniqueItems", Boolean),
            ("enum", List),
            ("multipleOf", Positive),
            $($more,)*
        ]
    };
}

const IN: (&str, Expect) = ("in", Text);
const NAME: (&str, Expect) = ("name", Text);
const DESCRIPTION: (&str, Expect) = ("description", Text);
const REQUIRED: (&str, Expect) = ("required", Boolean);
const ALLOW_EMPTY: (&str, Expect) = ("allowEmptyValue", Boolean);

pub(super) const PLAIN_PARAMETER: Shape = Shape {
    title: "a path or header parameter",
    place: Place::Parameter,
    required: &["name", "type"],
    fields: simple_fields!(SIMPLE_TYPES, LIST_FORMATS, IN, NAME, DESCRIPTION, REQUIRED),
};

pub(super) const QUERY_PARAMETER: Shape = Shape {
    title: "a query parameter",
    place: Place::Parameter,
    required: &["name", "type"],
    fields: simple_fields!(
        SIMPLE_TYPES,
        LIST_FORMATS_WITH_MULTI,
        IN,
        NAME,
        DESCRIPTION,
        REQUIRED,
        ALLOW_EMPTY
    ),
};

pub(super) const FORM_PARAMETER: Shape = Shape {
    title: "a form parameter",
    place: Place::Parameter,
    required: &["name", "type"],
    fields: simple_fields!(
        FORM_TYPES,
        LIST_FORMATS_WITH_MULTI,
        IN,
        NAME,
        DESCRIPTION,
        REQUIRED,
        ALLOW_EMPTY
    ),
};

pub(super) const SIMPLE_ITEMS: Shape = Shape {
    title: "the items of a list",
    place: Place::Items,
    required: &[],
    fields: simple_fields!(SIMPLE_TYPES, LIST_FORMATS),
};

pub(super) const HEADER: Shape = Shape {
    title: "a header",
    place: Place::Header,
    required: &["type"],
    fields: simple_fields!(SIMPLE_TYPES, LIST_FORMATS, DESCRIPTION),
};

pub(super) const RESPONSE: Shape = Shape {
    title: "a response",
    place: Place::Response,
    required: &["description"],
    fields: &[
        ("description", Text),
        ("schema", Any),
        ("headers", Object),
        ("examples", Object),
    ],
};

pub(super) const REFERENCE: Shape = Shape {
    title: "a reference",
    place: Place::Other,
    required: &[],
    fields: &[("$ref", Text)],
};

pub(super) const SCHEMA: Shape = Shape {
    title: "a schema",
    place: Place::Schema,
    required: &[],
    fields: &[
        ("type", Any),
        ("properties", Object),
        ("description", Text),
        ("title", Text),
        ("format", Text),
        ("items", Any),
        ("required", Texts),
        ("$ref", Text),
        ("enum", List),
        ("default", Any),
        ("example", Any),
        ("allOf", List),
        ("additionalProperties", Any),
        ("readOnly", Boolean),
        ("multipleOf", Positive),
        ("maximum", Number),
        ("exclusiveMaximum", Boolean),
        ("minimum", Number),
        ("exclusiveMinimum", Boolean),
        ("maxLength", Count),
        ("minLength", Count),
        ("pattern", Text),
        ("maxItems", Count),
        ("minItems", Count),
        ("uniqueItems", Boolean),
        ("maxProperties", Count),
        ("minProperties", Count),
        ("discriminator", Text),
        ("xml", Any),
        ("externalDocs", Any),
    ],
};

pub(super) const FILE_SCHEMA: Shape = Shape {
    title: "a schema of type file",
    place: Place::Schema,
    required: &[],
    fields: &[
        ("type", Text),
        ("format", Text),
        ("title", Text),
        ("description", Text),
        ("default", Any),
        ("required", Texts),
        ("readOnly", Boolean),
        ("externalDocs", Any),
        ("example", Any),
    ],
};

pub(super) const XML: Shape = Shape {
    title: "xml",
    place: Place::Other,
    required: &[],
    fields: &[
        ("name", Text),
        ("namespace", Text),
        ("prefix", Text),
        ("attribute", Boolean),
        ("wrapped", Boolean),
    ],
};

pub(super) const BASIC: Shape = Shape {
    title: "a basic security scheme",
    place: Place::Other,
    required: &[],
    fields: &[("type", Text), ("description", Text)],
};

pub(super) const API_KEY: Shape = Shape {
    title: "an apiKey security scheme",
    place: Place::Other,
    required: &["name", "in"],
    fields: &[
        ("type", Text),
        ("description", Text),
        ("name", Text),
        ("in", OneOf(&["header", "query"])),
    ],
};

const FLOWS: &[&str] = &["accessCode", "implicit", "password", "application"];

pub(super) const OAUTH2: Shape = Shape {
    title: "an oauth2 security scheme",
    place: Place::Other,
    required: &["flow"],
    fields: &[
        ("type", Text),
        ("description", Text),
        ("flow", OneOf(FLOWS)),
        ("authorizationUrl", Text),
        ("tokenUrl", Text),
        ("scopes", Object),
    ],
};
