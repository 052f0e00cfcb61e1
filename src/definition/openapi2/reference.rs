//! References: what `$ref` leads to, and which definition uses which. No client.

use std::collections::HashMap;

use super::super::connector_document::Repair;
use super::super::document::Node;
use super::super::finding::quote;
use super::super::path::{Path, token};
use super::super::rule::Rule;
use super::Check;

/// The three sections that a reference may lead into, which is all that the backend follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Section {
    Definitions,
    Parameters,
    Responses,
}

impl Section {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Definitions => "definitions",
            Self::Parameters => "parameters",
            Self::Responses => "responses",
        }
    }

    fn one(self) -> &'static str {
        match self {
            Self::Definitions => "a schema",
            Self::Parameters => "a parameter",
            Self::Responses => "a response",
        }
    }
}

/// What references can name, and what they have named so far.
#[derive(Debug)]
pub(super) struct References<'d> {
    definitions: Named<'d>,
    parameters: Named<'d>,
    responses: Named<'d>,
    /// By definition: whether anything refers to it.
    pub(super) used: Vec<bool>,
    /// The definition that is being walked.
    pub(super) current: Option<usize>,
    /// References from one definition to another.
    pub(super) links: Vec<Link>,
}

/// A section's entries by name, with their places in it.
type Named<'d> = HashMap<&'d str, (usize, Node<'d>)>;

/// One definition refers to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Through `allOf` alone: what refers is a kind of what is referred to.
    pub(super) inherits: bool,
}

/// References in a row that are followed. People write one or two.
const LONGEST_CHAIN: usize = 64;

impl<'d> References<'d> {
    pub(super) fn new(root: Node<'d>) -> Self {
        let named = |section: Section| -> Named<'d> {
            let members = root.get(section.key()).into_iter().flat_map(Node::members);
            members
                .enumerate()
                .map(|(index, member)| (member.key, (index, member.value)))
                .collect()
        };
        let definitions = named(Section::Definitions);
        Self {
            used: vec![false; definitions.len()],
            definitions,
            parameters: named(Section::Parameters),
            responses: named(Section::Responses),
            current: None,
            links: Vec::new(),
        }
    }

    /// What `reference` names in `section`, without a word if it names nothing.
    pub(super) fn find(&self, reference: &str, section: Section) -> Option<(usize, Node<'d>)> {
        let name = reference
            .strip_prefix("#/")?
            .strip_prefix(section.key())?
            .strip_prefix('/')?;
        let entries = match section {
            Section::Definitions => &self.definitions,
            Section::Parameters => &self.parameters,
            Section::Responses => &self.responses,
        };
        let found = entries.get(name).or_else(|| entries.get(&*token(name)));
        found.copied().filter(|_| !name.contains('/'))
    }

    /// The schema that `node` is, through references; `None` at a circle, a dead end or after too many.
    pub(super) fn schema(&self, node: Node<'d>) -> Option<Node<'d>> {
        let mut node = node;
        for _ in 0..LONGEST_CHAIN {
            match node.get("$ref").and_then(Node::as_str) {
                None => return Some(node),
                Some(reference) => node = self.find(reference, Section::Definitions)?.1,
            }
        }
        None
    }
}

impl<'d> Check<'d, '_> {
    /// What the reference leads to, if that is something of the right kind; else a finding says why not.
    pub(super) fn resolve(
        &mut self,
        reference: Node<'d>,
        path: &Path<'_>,
        section: Section,
    ) -> Option<Node<'d>> {
        let text = reference.as_str()?;
        let repaired = text
            .strip_prefix('#')
            .filter(|rest| !rest.starts_with('/'))
            .map(|rest| format!("#/{rest}"));
        if let Some((index, target)) = self.references.find(repaired.as_deref().unwrap_or(text), section) {
            if let Some(repaired) = repaired {
                let message = format!("{} is registered as {}.", quote(text), quote(&repaired));
                self.report(Rule::ReferenceForm, reference, path, message);
                self.repairs.push(Repair::Text(reference.id(), repaired));
            }
            if section == Section::Definitions
                && let Some(used) = self.references.used.get_mut(index)
            {
                *used = true;
            }
            return Some(target);
        }
        let quoted = quote(text);
        if !text.starts_with('#') {
            let message = format!("{quoted} leads out of the description.");
            self.report(Rule::ReferenceExternal, reference, path, message);
        } else if leads_somewhere(self.root, text) {
            let message = format!(
                "{quoted} does not lead to {} under {}.",
                section.one(),
                section.key()
            );
            self.report(Rule::ReferenceKind, reference, path, message);
        } else {
            self.report(
                Rule::ReferenceUnresolved,
                reference,
                path,
                format!("{quoted} leads nowhere."),
            );
        }
        None
    }

    /// Resolves a reference to a schema and notes which definition refers to which.
    pub(super) fn resolve_schema(&mut self, reference: Node<'d>, path: &Path<'_>, inherits: bool) {
        self.resolve(reference, path, Section::Definitions);
        let target = reference
            .as_str()
            .and_then(|text| self.references.find(text, Section::Definitions));
        if let (Some(from), Some((to, _))) = (self.references.current, target) {
            self.references.links.push(Link { from, to, inherits });
        }
    }

    /// Reports a reference among the shared parameters or responses, which have to be written out.
    pub(super) fn chain(&mut self, node: Node<'d>, path: &Path<'_>) {
        self.report(Rule::ReferenceChain, node, path, Rule::ReferenceChain.statement());
    }

    /// Reports fields beside a `$ref`: nothing reads them.
    pub(super) fn siblings(&mut self, node: Node<'d>, path: &Path<'_>) {
        let beside: Vec<String> = node
            .members()
            .filter(|member| member.key != "$ref")
            .take(3)
            .map(|member| quote(member.key))
            .collect();
        if !beside.is_empty() {
            let message = format!("{} beside a $ref is ignored.", beside.join(", "));
            self.report(Rule::ReferenceSiblings, node, path, message);
        }
    }
}

fn leads_somewhere(root: Node<'_>, reference: &str) -> bool {
    let Some(pointer) = reference.strip_prefix('#') else {
        return false;
    };
    let mut node = root;
    for part in pointer.split('/').skip(1) {
        let name = token(part);
        let next = match name.parse::<usize>() {
            Ok(index) => node.get(&name).or_else(|| node.items().nth(index)),
            Err(_) => node.get(&name),
        };
        let Some(found) = next else { return false };
        node = found;
    }
    true
}
