//! Webhook triggers: the address that a subscription hands over, what is sent there, and how it ends. No client.

use std::collections::HashSet;

use super::super::super::document::{Node, NodeId};
use super::super::super::finding::quote;
use super::super::super::path::Path;
use super::super::super::rule::Rule;
use super::super::Check;
use super::super::called::Called;

/// An address for notifications in the body of a request.
#[derive(Clone, Copy, Debug)]
struct Address<'d> {
    node: Node<'d>,
    name: &'d str,
    /// Required, with all that it is in.
    required: bool,
    /// Hidden from authors, itself or with something that it is in.
    internal: bool,
}

/// How many schemas of a body are searched for the address.
const MOST_SEARCHED: usize = 512;

impl<'d> Check<'d, '_> {
    /// Checks what an operation says of notifications.
    pub(in super::super) fn webhook(&mut self, operation: Called<'d>, path: &Path<'_>) {
        self.notification(operation, path);
        let Some(trigger) = operation.node.get("x-ms-trigger") else {
            return;
        };
        let addresses = self.addresses(operation);
        let content = has_content(operation);
        let trigger_path = path.key("x-ms-trigger");
        if addresses.is_empty() && content {
            let message = "The trigger is told what notifications hold, but hands over no address for them.";
            return self.report(Rule::WebhookWithoutUrl, trigger, &trigger_path, message);
        }
        if addresses.is_empty() {
            return;
        }
        if !content {
            let message = "The trigger does not say what its notifications hold.";
            self.report(Rule::WebhookWithoutContent, trigger, &trigger_path, message);
        }
        if !self.can_delete {
            let message = Rule::WebhookWithoutDelete.statement();
            self.report(Rule::WebhookWithoutDelete, trigger, &trigger_path, message);
        }
        for address in addresses {
            self.address_for_notifications(address, trigger, &trigger_path);
        }
    }

    fn address_for_notifications(&mut self, address: Address<'d>, trigger: Node<'d>, path: &Path<'_>) {
        let Address {
            node,
            name,
            required,
            internal,
        } = address;
        let name = quote(name);
        if node
            .get("type")
            .and_then(Node::as_str)
            .is_some_and(|kind| kind != "string")
        {
            let message = format!("The address for notifications, {name}, is not of type string.");
            self.report(Rule::NotificationUrlType, trigger, path, message);
        }
        if !required {
            let message = format!(
                "The address for notifications, {name}, or something that it is in, is not required."
            );
            self.report(Rule::NotificationUrlOptional, trigger, path, message);
        }
        if !internal {
            let message =
                format!("The address for notifications, {name}, is shown to authors, who cannot know it.");
            self.report(Rule::NotificationUrlVisible, trigger, path, message);
        }
    }

    /// The properties of the body that are filled in with the address for notifications.
    fn addresses(&self, operation: Called<'d>) -> Vec<Address<'d>> {
        let mut found = Vec::new();
        let Some(body) = operation.body(&self.references) else {
            return found;
        };
        let mut seen: HashSet<NodeId> = HashSet::new();
        let start = Address {
            node: body,
            name: "body",
            required: true,
            internal: false,
        };
        let mut pending = vec![start];
        while let Some(written) = pending.pop() {
            let Some(node) = self.references.schema(written.node) else {
                continue;
            };
            if !seen.insert(node.id()) || seen.len() > MOST_SEARCHED {
                continue;
            }
            let internal = written.internal || is_internal(node) || is_internal(written.node);
            let here = Address {
                node,
                internal,
                ..written
            };
            if node.get("x-ms-notification-url").and_then(Node::as_bool) == Some(true) {
                found.push(here);
            }
            let required: HashSet<&str> = node
                .get("required")
                .into_iter()
                .flat_map(Node::items)
                .filter_map(Node::as_str)
                .collect();
            let properties = node.get("properties").into_iter().flat_map(Node::members);
            pending.extend(properties.map(|property| Address {
                node: property.value,
                name: property.key,
                required: here.required && required.contains(property.key),
                internal,
            }));
            let parts = node.get("allOf").into_iter().flat_map(Node::items);
            pending.extend(
                parts
                    .chain(node.get("items"))
                    .map(|node| Address { node, ..here }),
            );
        }
        found
    }

    /// Checks the webhook that a trigger names to be told when to ask.
    fn notification(&mut self, operation: Called<'d>, path: &Path<'_>) {
        let Some(notification) = operation.node.get("x-ms-notification") else {
            return;
        };
        let path = path.key("x-ms-notification");
        if operation.node.get("x-ms-trigger").is_none() || !self.addresses(operation).is_empty() {
            let message =
                "\"x-ms-notification\" belongs to a trigger that asks, not to a webhook or an action.";
            self.report(Rule::ExtensionPlace, notification, &path, message);
        }
        let id = notification
            .get("operationId")
            .and_then(Node::as_str)
            .unwrap_or_default();
        let Some(target) = self.operations_by_id.get(id).copied() else {
            return;
        };
        if self.addresses(target).is_empty() {
            let message = format!("The operation {} is no webhook.", quote(id));
            return self.report(Rule::NotificationTarget, notification, &path, message);
        }
        let own = operation.inputs(&self.references);
        for input in target.inputs(&self.references) {
            let name = input.get("name").and_then(Node::as_str);
            let same = own
                .iter()
                .find(|one| one.get("name").and_then(Node::as_str) == name);
            let facts = |input: Node<'d>| {
                let text = |key: &str| input.get(key).and_then(Node::as_str);
                (text("type"), text("x-ms-visibility"))
            };
            if same.is_some_and(|same| facts(*same) != facts(input)) {
                let message = format!(
                    "The parameter {} differs in type or visibility from that of the webhook.",
                    quote(name.unwrap_or_default())
                );
                self.report(Rule::NotificationParameters, notification, &path, message);
            }
        }
    }
}

fn is_internal(node: Node<'_>) -> bool {
    node.get("x-ms-visibility").and_then(Node::as_str) == Some("internal")
}

fn has_content(operation: Called<'_>) -> bool {
    [operation.node, operation.item]
        .iter()
        .any(|node| node.get("x-ms-notification-content").is_some())
}
