//! Operations. No client.

use std::collections::HashSet;
use std::rc::Rc;

use super::super::document::{Fields, Node, NodeId};
use super::super::finding::quote;
use super::super::note::Note;
use super::Converter;
use super::body::{BODY_NAMES, Sent, body_name};
use super::callback::CONTENT;
use super::media::named_media;
use super::path::Shared;
use super::response::Produces;

/// An operation that has been made.
pub(super) struct Made {
    pub(super) made: NodeId,
    /// What its webhook sends, to be put beside it.
    pub(super) notification: Option<NodeId>,
}

impl<'d> Converter<'d, '_> {
    /// Makes an operation. `id` is its operationId, if that is another than the one it has; with `has_notification`,
    /// its path has no room for what a webhook sends.
    pub(super) fn operation(
        &mut self,
        node: Node<'d>,
        id: Option<&str>,
        shared: &Shared<'d>,
        has_notification: bool,
    ) -> Made {
        if !node.is_object() {
            return Made {
                made: self.draft.copy(node),
                notification: None,
            };
        }
        let at = node.offset();
        let mut fields = Fields::default();
        for member in node.members() {
            match member.key {
                "operationId" if id.is_some() => {}
                "tags" | "summary" | "description" | "operationId" | "deprecated" => {
                    self.carry(&member, &mut fields);
                }
                "externalDocs" => self.external_docs(&member, &mut fields),
                "security" => {
                    if let Some(made) = self.requirements(member.value) {
                        fields.add("security", member.key_offset, made);
                    }
                }
                CONTENT => {
                    let made = self.notification_extension(member.value);
                    fields.add(member.key, member.key_offset, made);
                }
                "parameters" | "requestBody" | "responses" | "callbacks" | "servers" => {}
                key if BODY_NAMES.contains(&key) => {}
                _ => self.extension_or_lost(&member, &mut fields),
            }
        }
        if let Some(id) = id {
            let made = self.draft.string(at, id);
            fields.put("operationId", made);
        }
        for text in [shared.summary, shared.description].into_iter().flatten() {
            if fields.get(text.key).is_none() {
                self.carry(&text, &mut fields);
            }
        }
        let servers = node.get("servers").or(shared.servers);
        if let Some(made) = servers.and_then(|servers| self.own_schemes(servers)) {
            fields.put("schemes", made);
        }
        let trigger = self.trigger(node);
        let marked = trigger.as_ref().map(|trigger| trigger.schema);
        self.inputs(node, shared, marked, &mut fields);
        self.answers(node, &mut fields);
        let mut notification = None;
        if let Some(trigger) = trigger {
            if fields.get("x-ms-trigger").is_none() {
                let kind = self.draft.string(at, trigger.kind);
                fields.put("x-ms-trigger", kind);
            }
            if has_notification {
                fields.put(CONTENT, trigger.content);
            } else {
                notification = Some(trigger.content);
            }
        }
        Made {
            made: self.draft.object(at, fields),
            notification,
        }
    }

    /// Puts parameters and body. `marked` is the schema of the body, if it has been made already.
    fn inputs(
        &mut self,
        node: Node<'d>,
        shared: &Shared<'d>,
        marked: Option<NodeId>,
        fields: &mut Fields<'d>,
    ) {
        let list = node.get("parameters");
        let mut parameters = shared.parameters.clone();
        if let Some(list) = list {
            let own = self.parameters(list, shared.placeholders.as_deref());
            let replaced: HashSet<String> = own.iter().map(|own| self.identity(*own)).collect();
            parameters.retain(|shared| !replaced.contains(&self.identity(*shared)));
            parameters.extend(own);
        }
        if let Some(body) = node.get("requestBody") {
            let name = body_name(node);
            let sent = match (marked, self.look_up(body)) {
                (Some(_), Some(itself)) => {
                    self.components.used.insert(itself.id());
                    Rc::new(self.body_itself(itself, name, marked))
                }
                _ => self.request_body(body, name),
            };
            let Sent {
                parameters: sent,
                consumes,
            } = &*sent;
            parameters.extend(sent);
            if !consumes.is_empty() {
                let list = consumes
                    .iter()
                    .map(|media| self.draft.string(body.offset(), media))
                    .collect();
                let made = self.draft.list(body.offset(), list);
                fields.put("consumes", made);
            }
        }
        let listed = list.or_else(|| shared.parameter_list()).unwrap_or(node);
        self.drop_repeated(listed, &mut parameters);
        self.add_placeholders(node, shared, &mut parameters);
        if !parameters.is_empty() {
            let at = list.unwrap_or(node).offset();
            let made = self.draft.list(at, parameters);
            fields.put("parameters", made);
        }
    }

    /// What tells a parameter from others: its name and place, or what it refers to.
    fn identity(&self, parameter: NodeId) -> String {
        let made = self.draft.made(parameter);
        let text = |key: &str| made.get(key).and_then(Node::as_str).unwrap_or_default();
        [text("$ref"), text("in"), text("name")].join(" ")
    }

    /// Leaves out what a split object repeats: the same name at the same place. `listed` is the list to tell it of.
    fn drop_repeated(&mut self, listed: Node<'d>, parameters: &mut Vec<NodeId>) {
        let mut known = HashSet::new();
        let before = parameters.len();
        parameters.retain(|one| known.insert(self.identity(*one)));
        if parameters.len() < before {
            let message = "Two parameters have the same name and place; the first stays.";
            self.note(Note::ParameterRepeated, listed, message);
        }
    }

    /// Describes the placeholders of the path that nothing describes: the path cannot be called without them.
    fn add_placeholders(&mut self, node: Node<'d>, shared: &Shared<'d>, parameters: &mut Vec<NodeId>) {
        let own = node
            .get("parameters")
            .map(|list| self.path_parameters(list))
            .unwrap_or_default();
        let Some(placeholders) = &shared.placeholders else {
            return;
        };
        let at = node.offset();
        for name in placeholders {
            if own.contains(name) || shared.declared.contains(name) {
                continue;
            }
            let message = format!("Nothing describes the placeholder {}; it is a text.", quote(name));
            self.note(Note::PlaceholderAdded, node, message);
            let mut fields = Fields::default();
            for (key, value) in [("name", *name), ("in", "path"), ("type", "string")] {
                let made = self.draft.string(at, value);
                fields.put(key, made);
            }
            let required = self.draft.boolean(at, true);
            fields.put("required", required);
            parameters.push(self.draft.object(at, fields));
        }
    }

    fn answers(&mut self, node: Node<'d>, fields: &mut Fields<'d>) {
        let mut produces = Produces::default();
        let responses = match node.member("responses") {
            Some(member) => {
                let made = self.responses(member.value, &mut produces);
                (member.key_offset, made)
            }
            // From 3.1 on they may be left out; the check of the result adds one.
            None => (node.offset(), self.draft.object(node.offset(), Fields::default())),
        };
        if !named_media(&produces.list).is_empty() {
            let at = node.get("responses").map_or_else(|| node.offset(), Node::offset);
            let list = named_media(&produces.list)
                .iter()
                .map(|media| self.draft.string(at, media))
                .collect();
            let made = self.draft.list(at, list);
            fields.put("produces", made);
        }
        fields.add("responses", responses.0, responses.1);
    }
}
