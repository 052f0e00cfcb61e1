//! Extensions that come in two forms, an older and a newer one, which stand side by side. No client.

use super::super::super::document::Node;
use super::super::super::finding::quote;
use super::super::super::path::Path;
use super::super::super::rule::Rule;
use super::super::Check;

impl<'d> Check<'d, '_> {
    /// Checks that the two extensions for one purpose, an older and a newer one, agree.
    pub(in super::super) fn twins(&mut self, node: Node<'d>, path: &Path<'_>) {
        if !self.findings.reviews() {
            return;
        }
        let pairs = [
            ("x-ms-dynamic-values", "x-ms-dynamic-list"),
            ("x-ms-dynamic-schema", "x-ms-dynamic-properties"),
        ];
        for (older, newer) in pairs {
            let Some(extension) = node.get(older) else {
                continue;
            };
            let parameters = extension.get("parameters").into_iter().flat_map(Node::members);
            let inner = |value: Node<'d>| {
                let name = value.get("parameter").and_then(Node::as_str);
                name.is_some_and(|name| name.contains('/'))
            };
            let inside = parameters
                .into_iter()
                .any(|one| one.key.contains('/') || inner(one.value));
            let capable = extension.get("capability").is_some() && node.get("x-ms-dynamic-tree").is_none();
            if inside && node.get(newer).is_none() {
                let message = format!("\"{older}\" reaches into a body; \"{newer}\" is wanted beside it.");
                self.report(Rule::DynamicTwinMissing, extension, &path.key(older), message);
            } else if capable && older == "x-ms-dynamic-values" {
                let message = "A file picker wants x-ms-dynamic-tree beside it.";
                self.report(Rule::DynamicTwinMissing, extension, &path.key(older), message);
            }
        }
        let text = |extension: &str, key: &str| {
            let value = node.get(extension)?.get(key)?;
            Some((value, value.as_str()?))
        };
        if let (Some((_, older)), Some((written, newer))) = (
            text("x-ms-dynamic-schema", "value-path"),
            text("x-ms-dynamic-properties", "itemValuePath"),
        ) {
            let expected = older
                .strip_suffix("properties")
                .unwrap_or(older)
                .trim_end_matches('/');
            if newer != expected {
                let message = format!(
                    "itemValuePath is {}; beside x-ms-dynamic-schema it is {}.",
                    quote(newer),
                    quote(expected)
                );
                let path = path.key("x-ms-dynamic-properties");
                self.report(
                    Rule::DynamicTwinMismatch,
                    written,
                    &path.key("itemValuePath"),
                    message,
                );
            }
        }
    }
}
