//! What limits a value: that bounds leave room, belong together, and that a form is one that is known. No client.

use super::super::document::{Node, Value};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;

/// Forms of values that the schema Microsoft publishes for connectors knows.
const FORMATS: [&str; 14] = [
    "int32",
    "int64",
    "float",
    "double",
    "byte",
    "binary",
    "date",
    "date-time",
    "password",
    "date-no-tz",
    "email",
    "html",
    "uri",
    "uuid",
];

const PAIRS: [(&str, &str); 4] = [
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
];

impl<'d> Check<'d, '_> {
    /// Checks the bounds of `node`, a schema or a parameter.
    pub(super) fn bounds(&mut self, node: Node<'d>, path: &Path<'_>) {
        for (least, most) in PAIRS {
            let number = |key: &str| match node.get(key)?.value() {
                Value::Number(text) => text.parse::<f64>().ok(),
                Value::Null | Value::Boolean(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                    None
                }
            };
            if let (Some(low), Some(high)) = (number(least), number(most))
                && low > high
            {
                let message = format!("\"{least}\" is above \"{most}\": no value fits.");
                self.report(Rule::BoundsCrossed, node, path, message);
            }
        }
        for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            if let Some(value) = node.get(exclusive)
                && node.get(bound).is_none()
            {
                let message = format!("\"{exclusive}\" says something about \"{bound}\", which is missing.");
                self.report(Rule::BoundIncomplete, value, &path.key(exclusive), message);
            }
        }
        if let Some(format) = node.get("format")
            && let Some(text) = format.as_str()
            && !FORMATS.contains(&text)
        {
            let message = format!(
                "The format {} is not known; it is taken for plain text.",
                quote(text)
            );
            self.report(Rule::FormatUnknown, format, &path.key("format"), message);
        }
    }

    /// Checks the property by which a schema tells its kinds apart.
    pub(super) fn discriminator(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(discriminator) = node.get("discriminator") else {
            return;
        };
        let Some(name) = discriminator.as_str() else {
            return;
        };
        let mut required = node.get("required").into_iter().flat_map(Node::items);
        let property = node.get("properties").and_then(|properties| properties.get(name));
        let kind = property.map(|property| property.get("type").and_then(Node::as_str));
        let is_text = kind.is_some_and(|kind| matches!(kind, None | Some("string")));
        if !is_text || !required.any(|one| one.as_str() == Some(name)) {
            let message = format!("{} is not a required property of type string.", quote(name));
            self.report(
                Rule::DiscriminatorInvalid,
                discriminator,
                &path.key("discriminator"),
                message,
            );
        }
    }
}
