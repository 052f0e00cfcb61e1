//! References: what they lead to, and which schemas become definitions because something refers to them. No client.

use std::collections::{HashMap, HashSet};

use super::super::document::{Node, NodeId};
use super::super::finding::quote;
use super::super::note::Note;
use super::super::path::token;
use super::super::rule::Rule;
use super::Converter;

/// References in a row that are followed. People write one or two.
pub(super) const LONGEST_CHAIN: usize = 64;

/// Objects with fewer members are searched one by one.
const FEW_MEMBERS: usize = 16;

/// The longest name that is made for a schema, in characters.
const LONGEST_NAME: usize = 60;

/// Steps of a pointer that say nothing about what it leads to.
const COMMON_STEPS: &[&str] = &[
    "components",
    "schemas",
    "paths",
    "properties",
    "content",
    "schema",
    "responses",
    "requestBodies",
    "parameters",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "$defs",
    "definitions",
    "requestBody",
    "headers",
];

/// What references have been followed, and what they lead to.
pub(super) struct References<'d> {
    root: Node<'d>,
    followed: HashMap<&'d str, Option<Node<'d>>>,
    /// The members of large objects by name.
    indexes: HashMap<NodeId, HashMap<&'d str, Node<'d>>>,
    /// Places that an error has been reported about.
    reported: HashSet<u32>,
    /// The definition that a schema becomes.
    names: HashMap<NodeId, String>,
    taken: Names,
    /// Schemas that have a name because something refers to them, in the order in which they got it.
    pub(super) named: Vec<(String, Node<'d>)>,
    /// Schemas that something refers to and that have not been made yet.
    pending: Vec<Node<'d>>,
    needed: HashSet<NodeId>,
}

impl<'d> References<'d> {
    pub(super) fn new(root: Node<'d>) -> Self {
        let schemas = root
            .get("components")
            .and_then(|components| components.get("schemas"));
        let schemas = || schemas.into_iter().flat_map(Node::members);
        let mut names = HashMap::new();
        for schema in schemas() {
            names
                .entry(schema.value.id())
                .or_insert_with(|| schema.key.to_owned());
        }
        Self {
            root,
            followed: HashMap::new(),
            indexes: HashMap::new(),
            reported: HashSet::new(),
            names,
            taken: Names::new(schemas().map(|schema| schema.key)),
            named: Vec::new(),
            pending: Vec::new(),
            needed: HashSet::new(),
        }
    }

    /// Whether nothing has been reported about the place of `node` yet.
    pub(super) fn is_new(&mut self, node: Node<'d>) -> bool {
        self.reported.insert(node.offset())
    }

    /// What `reference` leads to in this document.
    pub(super) fn find(&mut self, reference: &'d str) -> Option<Node<'d>> {
        if let Some(known) = self.followed.get(reference) {
            return *known;
        }
        let found = self.walk(reference);
        self.followed.insert(reference, found);
        found
    }

    fn walk(&mut self, reference: &'d str) -> Option<Node<'d>> {
        let pointer = reference.strip_prefix('#')?;
        let mut node = self.root;
        for step in pointer.split('/').skip(usize::from(pointer.starts_with('/'))) {
            if step.is_empty() && pointer.is_empty() {
                break;
            }
            node = self.step(node, step)?;
        }
        Some(node)
    }

    fn step(&mut self, node: Node<'d>, step: &str) -> Option<Node<'d>> {
        let name = token(step);
        if !node.is_object() {
            return node.items().nth(name.parse().ok()?);
        }
        if node.members().len() < FEW_MEMBERS {
            return node.get(step).or_else(|| node.get(&name));
        }
        let index = self
            .indexes
            .entry(node.id())
            .or_insert_with(|| node.members().map(|member| (member.key, member.value)).collect());
        index.get(step).or_else(|| index.get(&*name)).copied()
    }

    /// The next schema that has been referred to and not been made.
    pub(super) fn next_pending(&mut self) -> Option<Node<'d>> {
        self.pending.pop()
    }

    /// Has `schema` made, if that has not been asked for before.
    pub(super) fn need(&mut self, schema: Node<'d>) {
        if self.needed.insert(schema.id()) {
            self.pending.push(schema);
        }
    }

    /// The name of the definition that `schema` becomes.
    pub(super) fn name_of(&self, schema: Node<'d>) -> Option<&str> {
        self.names.get(&schema.id()).map(String::as_str)
    }

    /// Gives a schema that is no component a name, made of the words of the reference to it.
    fn name(&mut self, schema: Node<'d>, reference: &str) {
        if self.names.contains_key(&schema.id()) {
            return;
        }
        let steps = reference.split('/').skip(1).map(token);
        let words: Vec<String> = steps
            .filter(|step| !COMMON_STEPS.contains(&&**step))
            .map(|step| {
                step.chars()
                    .map(|one| if one.is_ascii_alphanumeric() { one } else { '_' })
                    .collect::<String>()
            })
            .map(|word| word.trim_matches('_').to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        let mut name: String = words.join("_").chars().take(LONGEST_NAME).collect();
        if name.is_empty() {
            "Schema".clone_into(&mut name);
        }
        let name = self.taken.unused(&name);
        self.names.insert(schema.id(), name.clone());
        self.named.push((name, schema));
    }
}

/// Names that each may be given once.
pub(super) struct Names {
    taken: HashSet<String>,
    /// The last number that was put behind a name.
    numbers: HashMap<String, usize>,
}

impl Names {
    pub(super) fn new<'n, I: Iterator<Item = &'n str>>(taken: I) -> Self {
        Self {
            taken: taken.map(str::to_owned).collect(),
            numbers: HashMap::new(),
        }
    }

    /// `name`, with a number behind it if it is taken. It is taken from then on.
    pub(super) fn unused(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        while self.taken.contains(&candidate) {
            let number = self.numbers.entry(name.to_owned()).or_insert(1);
            *number += 1;
            candidate = format!("{name}_{number}");
        }
        self.taken.insert(candidate.clone());
        candidate
    }
}

impl<'d> Converter<'d, '_> {
    /// What the `$ref` of `node` leads to through all references; `node` itself, if it has none. Where it leads
    /// nowhere there is a finding, or an entry if no operation needs it.
    pub(super) fn resolve(&mut self, node: Node<'d>) -> Option<Node<'d>> {
        let mut node = node;
        for _ in 0..LONGEST_CHAIN {
            match node.get("$ref") {
                None => return Some(node),
                Some(reference) => node = self.follow(reference)?,
            }
        }
        self.dead_end(
            Rule::ReferenceUnresolved,
            node,
            "The reference leads in a circle.".to_owned(),
        );
        None
    }

    /// The same without a word.
    pub(super) fn look_up(&mut self, node: Node<'d>) -> Option<Node<'d>> {
        let mut node = node;
        for _ in 0..LONGEST_CHAIN {
            match node.get("$ref").and_then(Node::as_str) {
                None => return Some(node),
                Some(reference) => node = self.references.find(reference)?,
            }
        }
        None
    }

    /// What a `$ref` leads to, one step far.
    pub(super) fn follow(&mut self, reference: Node<'d>) -> Option<Node<'d>> {
        let text = reference.as_str()?;
        let quoted = quote(text);
        if !text.starts_with('#') {
            self.dead_end(
                Rule::ReferenceExternal,
                reference,
                format!("{quoted} leads out of the description."),
            );
            return None;
        }
        let found = self.references.find(text);
        if found.is_none() {
            self.dead_end(
                Rule::ReferenceUnresolved,
                reference,
                format!("{quoted} leads nowhere."),
            );
        }
        found
    }

    fn dead_end(&mut self, rule: Rule, node: Node<'d>, message: String) {
        if self.is_spare {
            self.note(Note::ReferenceLost, node, message);
        } else {
            self.refuse(rule, node, message);
        }
    }

    /// What to write for a reference to a schema, which is made as a definition.
    pub(super) fn definition(&mut self, reference: Node<'d>) -> Option<String> {
        let text = reference.as_str()?;
        let target = self.follow(reference)?;
        if !can_be_schema(text, target) {
            let message = format!("{} does not lead to a schema.", quote(text));
            self.dead_end(Rule::ReferenceKind, reference, message);
            return None;
        }
        let direct = text
            .strip_prefix("#/components/schemas/")
            .filter(|rest| !rest.contains('/'));
        if direct.is_none() {
            self.references.name(target, text);
        }
        self.references.need(target);
        match direct {
            Some(rest) if self.components.is_schema(target) => Some(format!("#/definitions/{rest}")),
            Some(_) | None => Some(format!("#/definitions/{}", self.references.name_of(target)?)),
        }
    }
}

fn can_be_schema(reference: &str, target: Node<'_>) -> bool {
    let steps = reference.split('/').count();
    let other_component = reference.starts_with("#/components/")
        && !reference.starts_with("#/components/schemas/")
        && steps <= 4;
    (target.is_object() || target.as_bool().is_some()) && steps > 1 && !other_component
}
