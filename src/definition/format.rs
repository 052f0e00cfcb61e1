//! Which format a description is in, told by its fields. No client.

use super::document::{Node, Value};

/// A format of API descriptions.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize)]
pub enum Format {
    /// OpenAPI 2.0, also called Swagger.
    #[serde(rename = "openapi-2.0")]
    OpenApi20,
    /// OpenAPI 3.0.
    #[serde(rename = "openapi-3.0")]
    OpenApi30,
    /// OpenAPI 3.1.
    #[serde(rename = "openapi-3.1")]
    OpenApi31,
    /// A Postman collection, version 1.
    #[serde(rename = "postman-1.0")]
    Postman10,
    /// A Postman collection, version 2.0.
    #[serde(rename = "postman-2.0")]
    Postman20,
    /// A Postman collection, version 2.1.
    #[serde(rename = "postman-2.1")]
    Postman21,
}

impl Format {
    /// The format's name in output and in status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenApi20 => "openapi-2.0",
            Self::OpenApi30 => "openapi-3.0",
            Self::OpenApi31 => "openapi-3.1",
            Self::Postman10 => "postman-1.0",
            Self::Postman20 => "postman-2.0",
            Self::Postman21 => "postman-2.1",
        }
    }

    /// The format's name in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::OpenApi20 => "OpenAPI 2.0",
            Self::OpenApi30 => "OpenAPI 3.0",
            Self::OpenApi31 => "OpenAPI 3.1",
            Self::Postman10 => "a Postman collection v1",
            Self::Postman20 => "a Postman collection v2.0",
            Self::Postman21 => "a Postman collection v2.1",
        }
    }
}

/// The format of the document under `root`. A Postman collection may be wrapped as its service exports it:
/// `{"collection": …}`.
pub(super) fn recognise(root: Node<'_>) -> Option<Format> {
    if let Some(version) = root.get("swagger").and_then(version) {
        return (version == "2.0").then_some(Format::OpenApi20);
    }
    if let Some(version) = root.get("openapi").and_then(version) {
        let is = |wanted: &str| {
            version
                .strip_prefix(wanted)
                .is_some_and(|rest| matches!(rest.get(..1), None | Some(".")))
        };
        return if is("3.0") {
            Some(Format::OpenApi30)
        } else if is("3.1") {
            Some(Format::OpenApi31)
        } else {
            None
        };
    }
    postman(root).or_else(|| root.get("collection").and_then(postman))
}

/// A version as text; YAML reads one without quotes as a number.
fn version(node: Node<'_>) -> Option<&str> {
    match node.value() {
        Value::String(text) | Value::Number(text) => Some(text),
        Value::Null | Value::Boolean(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn postman(root: Node<'_>) -> Option<Format> {
    let is_list = |key: &str| {
        root.get(key)
            .is_some_and(|value| matches!(value.value(), Value::Array(_)))
    };
    let schema = root
        .get("info")
        .and_then(|info| info.get("schema"))
        .and_then(Node::as_str)
        .unwrap_or_default();
    let is_collection = schema.contains("/collection/v");
    if is_collection && schema.contains("/v2.0") {
        Some(Format::Postman20)
    } else if is_collection && schema.contains("/v2.1") {
        Some(Format::Postman21)
    } else if is_list("requests") && (is_list("order") || root.get("id").is_some()) {
        Some(Format::Postman10)
    } else if is_list("item") && root.get("info").is_some_and(Node::is_object) {
        Some(Format::Postman21)
    } else {
        None
    }
}
