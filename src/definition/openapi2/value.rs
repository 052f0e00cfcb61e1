//! Values against their type: `default`, `enum`, `pattern`, and secrets that should not be there. No client.

use super::super::document::{Node, Value};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;
use super::pattern;
use super::secret;
use super::shape::describe;

impl<'d> Check<'d, '_> {
    /// Checks what `node`, a schema or a parameter, says of the values it allows.
    pub(super) fn allowed_values(&mut self, node: Node<'d>, path: &Path<'_>) {
        self.bounds(node, path);
        self.enum_values(node, path);
        self.editor(node, path);
        self.twins(node, path);
        let kind = node.get("type").and_then(Node::as_str);
        let nullable = node.get("x-nullable").and_then(Node::as_bool) == Some(true);
        let fits = |value: Node<'d>| {
            kind.is_none_or(|kind| has_type(value, kind))
                || (nullable && matches!(value.value(), Value::Null))
        };
        let words = |value: Node<'d>| {
            format!(
                "is {} where the type is {}.",
                describe(value),
                quote(kind.unwrap_or_default())
            )
        };
        if let Some(default) = node.get("default")
            && !fits(default)
        {
            let message = format!("The default {}", words(default));
            // Text for a number or a switch, and null for nothing, are common, and backends take them.
            let structured = |kind: &str| matches!(kind, "array" | "object");
            let unlike = default.is_container() != kind.is_some_and(structured);
            let null = matches!(default.value(), Value::Null);
            let rule = if unlike && !null {
                Rule::DefaultKind
            } else {
                Rule::DefaultType
            };
            self.report(rule, default, &path.key("default"), message);
        }
        if let Some(list) = node.get("enum") {
            let path = path.key("enum");
            if matches!(list.value(), Value::Array(items) if items.len() == 0) {
                self.report(Rule::EmptyList, list, &path, "The enum allows no value at all.");
            }
            self.unique(list, &path, "enum", Rule::EnumRepeated);
            for (index, value) in list.items().enumerate().filter(|(_, value)| !fits(*value)) {
                let message = format!("A value of the enum {}", words(value));
                self.report(Rule::EnumType, value, &path.index(index), message);
            }
        }
        if let Some(text) = node.get("pattern")
            && let Some(problem) = text.as_str().and_then(|text| pattern::problem(text))
        {
            let message = format!("The pattern is not a regular expression: {problem}.");
            self.report(Rule::PatternInvalid, text, &path.key("pattern"), message);
        }
    }

    /// Reports a default that looks like a secret somebody left in. The value itself is never repeated.
    pub(super) fn secret_default(&mut self, name: &str, node: Node<'d>, path: &Path<'_>) {
        if let Some(default) = node.get("default")
            && let Some(text) = default.as_str()
            && secret::is_likely(name, text)
        {
            let message = format!("The default of {} seems to be a real secret.", quote(name));
            self.report(Rule::SecretInDescription, default, &path.key("default"), message);
        }
    }
}

/// Whether `value` has the type of OpenAPI 2.0's name `kind`. An unknown type is another finding's business.
pub(super) fn has_type(value: Node<'_>, kind: &str) -> bool {
    match kind {
        "string" | "file" => matches!(value.value(), Value::String(_)),
        "number" => matches!(value.value(), Value::Number(_)),
        "integer" => {
            matches!(value.value(), Value::Number(text) if text.parse::<f64>().is_ok_and(|n| n.fract() == 0.0))
        }
        "boolean" => matches!(value.value(), Value::Boolean(_)),
        "array" => matches!(value.value(), Value::Array(_)),
        "object" => matches!(value.value(), Value::Object(_)),
        "null" => matches!(value.value(), Value::Null),
        _ => true,
    }
}
