//! Callbacks and webhooks: what the API sends on its own. No client.
//!
//! A connector knows one kind: an operation that subscribes with an address in its body, to which the API then posts
//! JSON. A callback of that form makes its operation a webhook trigger; others are told and left out.

use super::super::document::{Fields, Member, Node, NodeId, Value};
use super::super::finding::quote;
use super::super::note::Note;
use super::super::openapi2::METHODS;
use super::super::path::token;
use super::Converter;
use super::media::Class;

/// Under which name a path says what its webhook sends.
pub(super) const CONTENT: &str = "x-ms-notification-content";

/// What makes an operation a webhook trigger.
pub(super) struct Trigger {
    /// The schema of the operation's body, with the address marked.
    pub(super) schema: NodeId,
    /// What the API sends.
    pub(super) content: NodeId,
    /// Whether it sends one thing or a list.
    pub(super) kind: &'static str,
}

/// An operation among the callbacks of another.
struct Callback<'d> {
    /// What its address is made of.
    expression: &'d str,
    method: &'d str,
    node: Node<'d>,
}

/// Where in a body the address stands, if a callback's address is that and nothing else.
fn address_steps(expression: &str) -> Option<Vec<String>> {
    let pointer = expression.strip_prefix("{$request.body#/")?.strip_suffix('}')?;
    (!pointer.is_empty()).then(|| pointer.split('/').map(|step| token(step).into_owned()).collect())
}

impl<'d> Converter<'d, '_> {
    /// What makes `operation` a webhook trigger, if its callbacks do.
    pub(super) fn trigger(&mut self, operation: Node<'d>) -> Option<Trigger> {
        let callbacks = self.callbacks(operation.get("callbacks")?);
        let trigger = match callbacks.as_slice() {
            [only] if only.method == "post" => self.trigger_of(operation, only),
            _ => None,
        };
        for callback in &callbacks {
            if trigger.is_some() {
                let message =
                    "What it sends is the content of the webhook trigger that its operation becomes.";
                self.note(Note::CallbackMerged, callback.node, message);
            } else {
                let message = "A connector is called back only at an address that its operation requires in a JSON body.";
                self.note(Note::CallbackRefused, callback.node, message);
            }
        }
        trigger
    }

    /// The operations of all callbacks.
    fn callbacks(&mut self, callbacks: Node<'d>) -> Vec<Callback<'d>> {
        let mut found = Vec::new();
        for callback in callbacks.members() {
            let Some(callback) = self.resolve(callback.value) else {
                continue;
            };
            self.components.used.insert(callback.id());
            for expression in callback.members().filter(|member| !member.key.starts_with("x-")) {
                for operation in self.operations_of(expression.value) {
                    found.push(Callback {
                        expression: expression.key,
                        method: operation.key,
                        node: operation.value,
                    });
                }
            }
        }
        found
    }

    /// The operations of a path item, also of one that is referred to.
    fn operations_of(&mut self, item: Node<'d>) -> Vec<Member<'d>> {
        let Some(item) = self.resolve(item) else {
            return Vec::new();
        };
        self.components.used.insert(item.id());
        item.members()
            .filter(|member| METHODS.contains(&member.key) || member.key == "trace")
            .collect()
    }

    fn trigger_of(&mut self, operation: Node<'d>, callback: &Callback<'d>) -> Option<Trigger> {
        let steps = address_steps(callback.expression)?;
        let body = self.json_schema(operation)?;
        let content = self.json_schema(callback.node)?;
        let schema = self.marked(body, &steps)?;
        let is_list = self.flat(content).kind() == Some("array");
        let sent = self.schema(content);
        let mut fields = Fields::default();
        let described = callback
            .node
            .get("requestBody")
            .and_then(|body| self.look_up(body));
        if let Some(description) = described.and_then(|body| body.member("description")) {
            self.carry(&description, &mut fields);
        }
        fields.put("schema", sent);
        Some(Trigger {
            schema,
            content: self.draft.object(callback.node.offset(), fields),
            kind: if is_list { "batch" } else { "single" },
        })
    }

    /// The schema of an operation's body, if that is JSON.
    fn json_schema(&mut self, operation: Node<'d>) -> Option<Node<'d>> {
        let body = self.look_up(operation.get("requestBody")?)?;
        let content = body.get("content")?;
        let chosen = content.members().min_by_key(|member| Class::of(member.key))?;
        let is_json = Class::of(chosen.key) <= Class::Any;
        chosen.value.get("schema").filter(|_| is_json)
    }

    /// `schema` with the property that `steps` lead to marked as the address to send to; nothing if that is not required.
    fn marked(&mut self, schema: Node<'d>, steps: &[String]) -> Option<NodeId> {
        let (step, rest) = steps.split_first()?;
        let flat = self.flat(schema);
        let object = self.object(&flat)?;
        if !object.required.contains(step.as_str()) {
            return None;
        }
        let inner = *object
            .properties
            .iter()
            .find(|one| one.name == step)?
            .schemas
            .first()?;
        let marked = if rest.is_empty() {
            self.address_property(inner)?
        } else {
            self.marked(inner, rest)?
        };
        let mut properties = Fields::default();
        for property in &object.properties {
            let made = if property.name == step {
                marked
            } else {
                self.one_of(&property.schemas, 0)?
            };
            properties.add(property.name, property.at, made);
        }
        let at = schema.offset();
        let mut fields = Fields::default();
        let kind = self.draft.string(at, "object");
        fields.put("type", kind);
        for key in ["title", "description"] {
            if let Some(text) = flat.get(key) {
                let made = self.draft.copy(text);
                fields.put(key, made);
            }
        }
        let names = object
            .properties
            .iter()
            .filter(|one| object.required.contains(one.name));
        let required = names.map(|one| self.draft.string(at, one.name)).collect();
        let required = self.draft.list(at, required);
        fields.put("required", required);
        let properties = self.draft.object(at, properties);
        fields.put("properties", properties);
        Some(self.draft.object(at, fields))
    }

    fn address_property(&mut self, schema: Node<'d>) -> Option<NodeId> {
        let node = self.look_up(schema)?;
        if self.flat(node).kind() != Some("string") {
            return None;
        }
        let mut fields = Fields::default();
        self.put_schema(node, &mut fields);
        let yes = self.draft.boolean(node.offset(), true);
        fields.put("x-ms-notification-url", yes);
        let hidden = self.draft.string(node.offset(), "internal");
        fields.put("x-ms-visibility", hidden);
        Some(self.draft.object(node.offset(), fields))
    }

    /// The content of a webhook as an extension says it, with its schema converted.
    pub(super) fn notification_extension(&mut self, node: Node<'d>) -> NodeId {
        let Value::Object(members) = node.value() else {
            return self.draft.copy(node);
        };
        let mut fields = Fields::default();
        for member in members {
            if member.key == "schema" {
                let made = self.schema(member.value);
                fields.add("schema", member.key_offset, made);
            } else {
                self.carry(&member, &mut fields);
            }
        }
        self.draft.object(node.offset(), fields)
    }

    /// Tells of the webhooks: nothing in the description subscribes to them.
    pub(super) fn webhooks(&mut self) {
        for webhook in self.root.get("webhooks").into_iter().flat_map(Node::members) {
            if webhook.key.starts_with("x-") {
                continue;
            }
            let message = format!("No operation subscribes to the webhook {}.", quote(webhook.key));
            let operations = self.operations_of(webhook.value);
            if operations.is_empty() {
                self.note(Note::WebhookRefused, webhook.value, message.clone());
            }
            for operation in operations {
                self.refused(None, operation.value);
                self.note(Note::WebhookRefused, operation.value, message.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::address_steps;

    #[test]
    fn an_address_is_a_place_in_the_body_and_nothing_else() {
        assert_eq!(
            address_steps("{$request.body#/a~1b/c}"),
            Some(vec!["a/b".to_owned(), "c".to_owned()])
        );
        for other in [
            "{$request.query.url}",
            "{$request.body#/url}/data",
            "http://a.example",
            "{$request.body#/}",
        ] {
            assert_eq!(address_steps(other), None, "{other}");
        }
    }
}
