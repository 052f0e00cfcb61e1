//! What components become: definitions, shared parameters, shared responses; the rest is put where it is used. No
//! client.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::super::document::{Fields, Member, Node, NodeId};
use super::super::finding::quote;
use super::super::note::Note;
use super::Converter;
use super::body::Sent;
use super::reference::Names;
use super::response::Answer;

/// A component of OpenAPI 2.0 in the making: its name, and where the name stands.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) at: u32,
    pub(super) made: NodeId,
}

/// What a shared parameter became.
#[derive(Clone, Debug)]
pub(super) enum Shared {
    /// A shared parameter of that name.
    Named(String),
    /// None or several, which are put where it is used.
    Here(Vec<NodeId>),
}

/// The components that are read, by the value they are, and what has been made of them.
pub(super) struct Components<'d> {
    node: Option<Node<'d>>,
    schemas: HashSet<NodeId>,
    parameters: HashMap<NodeId, Member<'d>>,
    responses: HashMap<NodeId, Member<'d>>,
    bodies: HashMap<NodeId, Member<'d>>,
    /// Components without a place of their own in OpenAPI 2.0 that something refers to.
    pub(super) used: HashSet<NodeId>,
    pub(super) definitions: HashMap<NodeId, NodeId>,
    pub(super) shared_parameters: HashMap<NodeId, Shared>,
    pub(super) sent: HashMap<NodeId, Rc<Sent>>,
    pub(super) answers: HashMap<NodeId, Rc<Answer<'d>>>,
    made_parameters: Vec<Named>,
    made_responses: HashMap<NodeId, NodeId>,
    parameter_names: Names,
}

impl<'d> Components<'d> {
    pub(super) fn new(root: Node<'d>) -> Self {
        let node = root.get("components");
        let members = |kind: &str| {
            let section = node.and_then(|node| node.get(kind));
            section.into_iter().flat_map(Node::members)
        };
        let by_value = |kind: &str| members(kind).map(|member| (member.value.id(), member)).collect();
        Self {
            node,
            schemas: members("schemas").map(|member| member.value.id()).collect(),
            parameters: by_value("parameters"),
            responses: by_value("responses"),
            bodies: by_value("requestBodies"),
            used: HashSet::new(),
            definitions: HashMap::new(),
            shared_parameters: HashMap::new(),
            sent: HashMap::new(),
            answers: HashMap::new(),
            made_parameters: Vec::new(),
            made_responses: HashMap::new(),
            parameter_names: Names::new(members("parameters").map(|member| member.key)),
        }
    }

    /// Whether `node` is one of the shared schemas.
    pub(super) fn is_schema(&self, node: Node<'d>) -> bool {
        self.schemas.contains(&node.id())
    }

    /// The shared parameter that `node` is.
    pub(super) fn parameter(&self, node: Node<'d>) -> Option<Member<'d>> {
        self.parameters.get(&node.id()).copied()
    }

    /// The shared response that `node` is.
    pub(super) fn response(&self, node: Node<'d>) -> Option<Member<'d>> {
        self.responses.get(&node.id()).copied()
    }

    /// The shared request body that `node` is.
    pub(super) fn body(&self, node: Node<'d>) -> Option<Member<'d>> {
        self.bodies.get(&node.id()).copied()
    }

    /// Keeps what the shared parameter `member` became.
    pub(super) fn keep_parameter(&mut self, member: &Member<'d>, made: NodeId) {
        self.made_parameters.push(Named {
            name: member.key.to_owned(),
            at: member.key_offset,
            made,
        });
    }

    /// Keeps the body parameter that the shared request body `member` became; its name.
    pub(super) fn keep_body(&mut self, member: &Member<'d>, made: NodeId) -> String {
        let name = self.parameter_names.unused(member.key);
        self.made_parameters.push(Named {
            name: name.clone(),
            at: member.key_offset,
            made,
        });
        name
    }

    /// Keeps what a shared response became.
    pub(super) fn keep_response(&mut self, response: Node<'d>, made: NodeId) {
        self.made_responses.insert(response.id(), made);
    }
}

impl<'d> Converter<'d, '_> {
    /// Makes the schemas that something refers to, and those that they refer to.
    fn pending_definitions(&mut self) {
        while let Some(schema) = self.references.next_pending() {
            let made = self.schema(schema);
            self.components.definitions.insert(schema.id(), made);
        }
    }

    /// Makes what is still to be made of the components, and puts paths and components.
    pub(super) fn rest_of_components(&mut self, paths: Option<NodeId>, fields: &mut Fields<'d>) {
        self.pending_definitions();
        self.is_spare = true;
        self.unused_components();
        self.pending_definitions();
        self.is_spare = false;
        if let Some(paths) = paths {
            fields.put("paths", paths);
        }
        let at = self
            .components
            .node
            .map_or_else(|| self.root.offset(), Node::offset);
        let parameters = std::mem::take(&mut self.components.made_parameters);
        self.put_section("parameters", at, parameters, fields);
        let responses = self.section("responses").filter_map(|member| {
            let made = self.components.made_responses.get(&member.value.id())?;
            Some(Named {
                name: member.key.to_owned(),
                at: member.key_offset,
                made: *made,
            })
        });
        let responses = responses.collect();
        self.put_section("responses", at, responses, fields);
        let made = |name: &str, at: u32, schema: Node<'d>| {
            let made = self.components.definitions.get(&schema.id())?;
            Some(Named {
                name: name.to_owned(),
                at,
                made: *made,
            })
        };
        let written = self
            .section("schemas")
            .filter_map(|member| made(member.key, member.key_offset, member.value));
        let named = self.references.named.iter();
        let named = named.filter_map(|(name, schema)| made(name, schema.offset(), *schema));
        let definitions = written.chain(named).collect();
        self.put_section("definitions", at, definitions, fields);
    }

    fn section(&self, kind: &str) -> impl Iterator<Item = Member<'d>> + use<'d> {
        let section = self.components.node.and_then(|node| node.get(kind));
        section.into_iter().flat_map(Node::members)
    }

    fn put_section(&mut self, key: &'static str, at: u32, section: Vec<Named>, fields: &mut Fields<'d>) {
        if section.is_empty() {
            return;
        }
        let mut members = Fields::default();
        for Named { name, at, made } in section {
            members.add(name, at, made);
        }
        let made = self.draft.object(at, members);
        fields.put(key, made);
    }

    /// Carries over the components that nothing needs, as far as OpenAPI 2.0 has a place for them.
    fn unused_components(&mut self) {
        let Some(components) = self.components.node else {
            return;
        };
        for section in components.members() {
            match section.key {
                "schemas" => section
                    .value
                    .members()
                    .for_each(|one| self.references.need(one.value)),
                "parameters" => {
                    for member in section.value.members() {
                        self.parameter(member.value);
                    }
                }
                "responses" => {
                    for member in section.value.members() {
                        self.response(member.value);
                    }
                }
                "requestBodies" => {
                    for member in section.value.members() {
                        // What only a webhook's subscription sends stands there, with the address marked.
                        let itself = self.look_up(member.value).map(Node::id);
                        if itself.is_none_or(|itself| !self.components.used.contains(&itself)) {
                            self.request_body(member.value, None);
                        }
                    }
                }
                "securitySchemes" => {}
                "headers" | "examples" | "links" | "callbacks" | "pathItems" => {
                    for member in section.value.members() {
                        if !self.components.used.contains(&member.value.id()) {
                            let message = format!("Nothing uses {}.", quote(member.key));
                            self.note(Note::ComponentUnused, member.value, message);
                        }
                    }
                }
                _ => self.lost_field(&section),
            }
        }
    }
}
