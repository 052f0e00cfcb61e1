//! The x-ms- extensions: which exist, what they hold, and which operations they name. No client.
//!
//! Names and forms are those of the documented ones and of those that published connectors carry. An unknown one is
//! never refused: the list is longer than anyone's documentation.

use super::super::connector_document::Repair;
use super::super::document::{Member, Node, Value};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;
use super::nearest::nearest;
use super::shape::describe;

const KNOWN: &[&str] = &[
    "x-ms-api-annotation",
    "x-ms-capabilities",
    "x-ms-connector-metadata",
    "x-ms-deployment-version",
    "x-ms-docs",
    "x-ms-dynamic-list",
    "x-ms-dynamic-properties",
    "x-ms-dynamic-schema",
    "x-ms-dynamic-tree",
    "x-ms-dynamic-values",
    "x-ms-editor",
    "x-ms-editor-options",
    "x-ms-enum",
    "x-ms-enum-values",
    "x-ms-keywords",
    "x-ms-localizeDefaultValue",
    "x-ms-media-kind",
    "x-ms-no-generic-test",
    "x-ms-notification",
    "x-ms-notification-content",
    "x-ms-notification-url",
    "x-ms-openai-data",
    "x-ms-openai-manifest",
    "x-ms-operation-context",
    "x-ms-pageable",
    "x-ms-parameter-location",
    "x-ms-require-user-confirmation",
    "x-ms-safe-operation",
    "x-ms-skip-url-encoding",
    "x-ms-summary",
    "x-ms-test-value",
    "x-ms-trigger",
    "x-ms-trigger-hint",
    "x-ms-trigger-metadata",
    "x-ms-trigger-value",
    "x-ms-url-encoding",
    "x-ms-visibility",
];

/// What a misspelling without the prefix's second part is compared with as well.
const PREFIX: &str = "x-ms-";

const VISIBILITIES: &[&str] = &["important", "advanced", "internal", "none", ""];

impl<'d> Check<'d, '_> {
    /// Checks a field whose name begins with `x-`.
    pub(super) fn extension(&mut self, member: Member<'d>, parent: &Path<'_>) {
        let Member { key, value, .. } = member;
        let path = parent.key(key);
        match key {
            "x-ms-visibility" => self.visibility(value, &path),
            "x-ms-summary" | "x-ms-trigger-hint" => {
                self.expect(value, &path, key, "text", value.as_str().is_some());
            }
            "x-ms-url-encoding" => self.expect_one_of(value, &path, key, &["single", "double"]),
            "x-ms-trigger" => self.expect_one_of(value, &path, key, &["single", "batch"]),
            "x-ms-notification-url"
            | "x-ms-no-generic-test"
            | "x-ms-safe-operation"
            | "x-ms-require-user-confirmation" => {
                self.expect(value, &path, key, "true or false", value.as_bool().is_some());
            }
            "x-ms-dynamic-values"
            | "x-ms-dynamic-list"
            | "x-ms-dynamic-schema"
            | "x-ms-dynamic-properties"
            | "x-ms-notification" => {
                self.expect(value, &path, key, "an object", value.is_object());
                self.operation_named_by(value, &path);
            }
            "x-ms-dynamic-tree" => {
                for part in ["open", "browse"] {
                    if let Some(node) = value.get(part) {
                        self.operation_named_by(node, &path.key(part));
                    }
                }
            }
            "x-ms-capabilities" => {
                if let Some(test) = value.get("testConnection") {
                    self.operation_named_by(test, &path.key("testConnection"));
                }
            }
            "x-ms-enum-values" => self.enum_values(value, &path),
            "x-ms-pageable" => {
                let fits = value
                    .get("nextLinkName")
                    .is_some_and(|name| name.as_str().is_some());
                self.expect(value, &path, key, "an object with nextLinkName", fits);
            }
            "x-ms-notification-content" | "x-ms-trigger-metadata" | "x-ms-api-annotation" => {
                self.expect(value, &path, key, "an object", value.is_object());
            }
            "x-ms-connector-metadata" => {
                self.expect(
                    value,
                    &path,
                    key,
                    "a list",
                    matches!(value.value(), Value::Array(_)),
                );
            }
            _ => self.other_extension(&member, parent),
        }
    }

    fn other_extension(&mut self, member: &Member<'d>, parent: &Path<'_>) {
        let key = member.key;
        if !key.starts_with(PREFIX) || KNOWN.contains(&key) {
            return;
        }
        let quoted = quote(key);
        let known = KNOWN.iter().copied();
        let nearest = if self.findings.keeps(Rule::ExtensionUnknown) {
            nearest(key, known)
        } else {
            None
        };
        let message = match nearest {
            Some(known) => format!("{quoted} is not a known extension; did you mean \"{known}\"?"),
            None => format!("{quoted} is not a known extension; it is registered as it is."),
        };
        self.report_key(Rule::ExtensionUnknown, member, parent, message);
    }

    fn expect(&mut self, node: Node<'d>, path: &Path<'_>, name: &str, wanted: &str, fits: bool) {
        if !fits {
            let message = format!("\"{name}\" is {} where {wanted} belongs.", describe(node));
            self.report(Rule::ExtensionValue, node, path, message);
        }
    }

    fn expect_one_of(&mut self, node: Node<'d>, path: &Path<'_>, name: &str, allowed: &[&str]) {
        match node.as_str() {
            Some(text) if allowed.contains(&text) => {}
            Some(text) => {
                let message = format!("\"{name}\" is {}; known are {}.", quote(text), allowed.join(", "));
                self.report(Rule::ExtensionValue, node, path, message);
            }
            None => self.expect(node, path, name, "text", false),
        }
    }

    fn visibility(&mut self, node: Node<'d>, path: &Path<'_>) {
        let lower = node.as_str().map(|text| text.trim().to_ascii_lowercase());
        match (
            node.as_str(),
            VISIBILITIES
                .iter()
                .find(|known| Some(**known) == lower.as_deref()),
        ) {
            (Some(text), Some(known)) if text != *known => {
                let message = format!(
                    "x-ms-visibility is {}; it is registered as \"{known}\".",
                    quote(text)
                );
                self.report(Rule::VisibilityCase, node, path, message);
                self.repairs.push(Repair::Text(node.id(), (*known).to_owned()));
            }
            (_, Some(_)) => {}
            (_, None) => {
                self.expect_one_of(
                    node,
                    path,
                    "x-ms-visibility",
                    &["important", "advanced", "internal"],
                );
            }
        }
    }

    /// Checks the operationId of an extension that calls an operation to learn something.
    fn operation_named_by(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(id) = node.get("operationId") else { return };
        let Some(text) = id.as_str() else {
            return self.expect(id, &path.key("operationId"), "operationId", "text", false);
        };
        if !self.operation_ids.contains(text) {
            let message = format!("There is no operation {}.", quote(text));
            self.report(Rule::ExtensionOperation, id, &path.key("operationId"), message);
        }
    }

    fn enum_values(&mut self, node: Node<'d>, path: &Path<'_>) {
        self.expect(
            node,
            path,
            "x-ms-enum-values",
            "a list",
            matches!(node.value(), Value::Array(_)),
        );
        for (index, item) in node.items().enumerate() {
            if item.get("value").is_none() || item.get("displayName").is_none() {
                let message = "A value of x-ms-enum-values needs both value and displayName.";
                self.report(Rule::ExtensionValue, item, &path.index(index), message);
            }
        }
    }

    /// Reports a webhook trigger for which no operation ends the subscription.
    pub(super) fn webhook(&mut self, operation: Node<'d>, path: &Path<'_>) {
        let Some(trigger) = operation.get("x-ms-trigger") else {
            return;
        };
        let subscribes = operation
            .get("parameters")
            .is_some_and(|parameters| holds_notification_url(parameters, 0));
        if subscribes && !self.can_delete {
            let path = path.key("x-ms-trigger");
            self.report(
                Rule::WebhookWithoutDelete,
                trigger,
                &path,
                Rule::WebhookWithoutDelete.statement(),
            );
        }
    }
}

/// How deep in a body the address for notifications is looked for.
const DEEPEST_NOTIFICATION_URL: usize = 24;

fn holds_notification_url(node: Node<'_>, depth: usize) -> bool {
    let inside =
        |child: Node<'_>| depth < DEEPEST_NOTIFICATION_URL && holds_notification_url(child, depth + 1);
    node.members()
        .any(|member| member.key == "x-ms-notification-url" || inside(member.value))
        || node.items().any(inside)
}
