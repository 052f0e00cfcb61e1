//! Operations as extensions call them: what they take, and what they give back. No client.

use std::collections::HashMap;

use super::super::document::{Node, NodeId};
use super::super::path::unescaped;
use super::reference::{References, Section};

/// An operation, with the path item that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Called<'d> {
    pub(super) node: Node<'d>,
    pub(super) item: Node<'d>,
    /// The path, as it is written.
    pub(super) path: &'d str,
    pub(super) method: &'d str,
}

/// Every operation by its operationId; of several with one, the first.
pub(super) fn operations(root: Node<'_>) -> HashMap<&str, Called<'_>> {
    let mut operations = HashMap::new();
    for item in root.get("paths").into_iter().flat_map(Node::members) {
        for operation in item.value.members() {
            if let Some(id) = operation.value.get("operationId").and_then(Node::as_str) {
                let called = Called {
                    node: operation.value,
                    item: item.value,
                    path: item.key,
                    method: operation.key,
                };
                operations.entry(id).or_insert(called);
            }
        }
    }
    operations
}

/// What a path of names leads to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lookup<'d> {
    Found(Node<'d>),
    /// The description leaves open what there is.
    Open,
    Missing,
}

/// How many schemas are looked at for one name: those that a schema is made of.
const MOST_PARTS: usize = 64;

impl<'d> Called<'d> {
    /// Its parameters, its own before those of its path, references followed.
    pub(super) fn inputs(self, references: &References<'d>) -> Vec<Node<'d>> {
        let list = |owner: Node<'d>| owner.get("parameters").into_iter().flat_map(Node::items);
        let followed = |written: Node<'d>| match written.get("$ref").and_then(Node::as_str) {
            Some(reference) => Some(references.find(reference, Section::Parameters)?.1),
            None => Some(written),
        };
        let text = |node: Node<'d>, key: &str| node.get(key).and_then(Node::as_str);
        let own: Vec<Node<'d>> = list(self.node).filter_map(followed).collect();
        let names: std::collections::HashSet<_> = own
            .iter()
            .map(|one| (text(*one, "name"), text(*one, "in")))
            .collect();
        let shared = list(self.item).filter_map(followed);
        let shared: Vec<Node<'d>> = shared
            .filter(|one| !names.contains(&(text(*one, "name"), text(*one, "in"))))
            .collect();
        own.into_iter().chain(shared).collect()
    }

    /// The schema of its body, if it has one.
    pub(super) fn body(self, references: &References<'d>) -> Option<Node<'d>> {
        let inputs = self.inputs(references);
        inputs.into_iter().find(|input| is_body(*input))?.get("schema")
    }

    /// The schema of what it answers when all went well.
    pub(super) fn output(self, references: &References<'d>) -> Option<Node<'d>> {
        let responses = self.node.get("responses")?;
        let schema = |response: Node<'d>| {
            let response = match response.get("$ref").and_then(Node::as_str) {
                Some(reference) => references.find(reference, Section::Responses)?.1,
                None => response,
            };
            response.get("schema")
        };
        let named = |code: &str| responses.get(code).and_then(schema);
        let other = || {
            let mut successes = responses.members().filter(|member| member.key.starts_with('2'));
            successes.find_map(|member| schema(member.value))
        };
        named("200")
            .or_else(|| named("201"))
            .or_else(other)
            .or_else(|| named("default"))
    }
}

/// Whether a parameter is the body.
pub(super) fn is_body(parameter: Node<'_>) -> bool {
    parameter.get("in").and_then(Node::as_str) == Some("body")
}

impl<'d> References<'d> {
    /// What a path of property names, set apart by slashes, leads to in `schema`.
    pub(super) fn property(&self, schema: Node<'d>, path: &str) -> Lookup<'d> {
        let mut schema = schema;
        let mut rest = path.trim_start_matches('/');
        while !rest.is_empty() {
            // A name may hold slashes itself.
            if rest.contains('/')
                && let Lookup::Found(node) = self.named(schema, rest)
            {
                return Lookup::Found(node);
            }
            let (name, behind) = rest.split_once('/').unwrap_or((rest, ""));
            let name = unescaped(name);
            match self.named(schema, &name) {
                Lookup::Found(node) => (schema, rest) = (node, behind),
                other @ (Lookup::Open | Lookup::Missing) => return other,
            }
        }
        self.schema(schema).map_or(Lookup::Open, Lookup::Found)
    }

    /// The property of that name, of a schema or of what it is made of.
    fn named(&self, schema: Node<'d>, name: &str) -> Lookup<'d> {
        let mut pending = vec![schema];
        let mut seen: Vec<NodeId> = Vec::new();
        let mut described = false;
        while let Some(node) = pending.pop() {
            let Some(node) = self.schema(node) else {
                return Lookup::Open;
            };
            if seen.contains(&node.id()) {
                continue;
            }
            seen.push(node.id());
            let kind = node.get("type").and_then(Node::as_str);
            let open = node
                .get("additionalProperties")
                .is_some_and(|more| more.as_bool() != Some(false))
                || node.get("x-ms-dynamic-schema").is_some()
                || node.get("x-ms-dynamic-properties").is_some()
                || !matches!(kind, None | Some("object"));
            if let Some(found) = node.get("properties").and_then(|properties| properties.get(name)) {
                return Lookup::Found(found);
            }
            if open || seen.len() > MOST_PARTS {
                return Lookup::Open;
            }
            described |= node
                .get("properties")
                .is_some_and(|properties| properties.members().len() > 0);
            pending.extend(node.get("allOf").into_iter().flat_map(Node::items));
        }
        if described { Lookup::Missing } else { Lookup::Open }
    }
}
