//! Trimming: of a large description, the operations that are wanted and what they need. No client.
//!
//! It works on the OpenAPI 2.0 document, before that is judged: what is left out is neither judged nor counted. What
//! a kept operation refers to stays, and so do the operations that its extensions call to look up choices and schemas,
//! also where the filter leaves them out. Definitions, parameters and responses that nothing refers to go; security
//! schemes and tags go if only operations that went named them.

mod advice;
mod pattern;
mod reach;

use std::collections::{HashMap, HashSet};

pub(super) use self::advice::advice;
use self::pattern::Pattern;
use self::reach::Reach;
use super::document::{Document, Node, NodeId};
use super::finding::{Findings, quote};
use super::openapi2::METHODS;
use super::path::Path;
use super::rule::Rule;
use super::target::SECTIONS;

/// Which operations of a description are wanted. Both lists hold patterns: one that begins with a slash is for paths,
/// where `*` is anything within a segment and a segment `**` any number of segments, none included; any other is for
/// operationIds and tags, where `*` is anything. Upper and lower case differ.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Operations {
    /// Operations to keep; empty: all of them.
    pub include: Vec<String>,
    /// Operations to leave out, also of those that are included.
    pub exclude: Vec<String>,
}

impl Operations {
    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether an operation with this path, and one of these as its operationId or a tag, is wanted.
    pub(super) fn accepts<N: AsRef<str>>(&self, path: Option<&str>, names: impl AsRef<[N]>) -> bool {
        let matches = |text: &String| {
            let pattern = Pattern::of(text);
            match pattern {
                Pattern::Path(_) => path.is_some_and(|path| pattern.matches(path)),
                Pattern::Name(_) => names.as_ref().iter().any(|name| pattern.matches(name.as_ref())),
            }
        };
        (self.include.is_empty() || self.include.iter().any(matches)) && !self.exclude.iter().any(matches)
    }
}

/// An operation of the description.
#[derive(Clone, Copy, Debug)]
struct Operation<'d> {
    path: &'d str,
    method: &'d str,
    item: Node<'d>,
    node: Node<'d>,
}

impl<'d> Operation<'d> {
    fn id(&self) -> Option<&'d str> {
        self.node.get("operationId").and_then(Node::as_str)
    }

    fn tags(&self) -> impl Iterator<Item = &'d str> {
        let tags = self.node.get("tags").into_iter().flat_map(Node::items);
        tags.filter_map(Node::as_str)
    }

    fn matches(&self, pattern: &Pattern<'_>) -> bool {
        match pattern {
            Pattern::Path(_) => pattern.matches(self.path),
            Pattern::Name(_) => self
                .id()
                .into_iter()
                .chain(self.tags())
                .any(|name| pattern.matches(name)),
        }
    }
}

/// All operations, in order.
fn operations<'d>(root: Node<'d>) -> Vec<Operation<'d>> {
    let paths = root.get("paths").into_iter().flat_map(Node::members);
    let of = |(path, item): (&'d str, Node<'d>)| {
        let methods = item.members().filter(|member| METHODS.contains(&member.key));
        methods.map(move |member| Operation {
            path,
            method: member.key,
            item,
            node: member.value,
        })
    };
    paths
        .map(|member| (member.key, member.value))
        .flat_map(of)
        .collect()
}

/// What of each object that is trimmed stays, worked out before anything goes.
struct Kept {
    /// Path items, and whether any of their operations stays.
    items: HashMap<NodeId, HashSet<String>>,
    paths: HashSet<String>,
    sections: Vec<(&'static str, HashSet<String>)>,
    schemes_gone: HashSet<String>,
    tags_gone: HashSet<String>,
}

/// Leaves of an OpenAPI 2.0 document what `wanted` asks for. What is worth knowing about it becomes findings.
pub(super) fn trim(document: &mut Document, wanted: &Operations, findings: &mut Findings) {
    if wanted.is_empty() {
        return;
    }
    if let Some(kept) = choose(document.root(), wanted, findings) {
        carry_out(document, &kept);
    }
}

fn choose(root: Node<'_>, wanted: &Operations, findings: &mut Findings) -> Option<Kept> {
    let all = operations(root);
    let chosen = filter(root, &all, wanted, findings);
    if !all.is_empty() && chosen.is_empty() {
        let message = format!("The filter leaves none of {} operations.", all.len());
        findings.add(Rule::FilterLeavesNothing, root.offset(), &Path::ROOT, message);
        return None;
    }
    let reach = Reach::of(root, &all, &chosen);
    for place in reach.needed() {
        if let Some(one) = all.get(place) {
            let paths = Path::ROOT.key("paths");
            let path = paths.key(one.path);
            let message = format!(
                "{} stays: what is kept looks something up with it.",
                quote(one.id().unwrap_or_default())
            );
            findings.add(
                Rule::OperationNeeded,
                one.node.offset(),
                &path.key(one.method),
                message,
            );
        }
    }
    let (mut items, mut paths) = (HashMap::<NodeId, HashSet<String>>::new(), HashSet::new());
    for one in reach.operations().filter_map(|place| all.get(place)) {
        items
            .entry(one.item.id())
            .or_default()
            .insert(one.method.to_owned());
        paths.insert(one.path.to_owned());
    }
    let stays: HashSet<usize> = reach.operations().collect();
    let gone = || {
        all.iter()
            .enumerate()
            .filter(|(place, _)| !stays.contains(place))
            .map(|(_, one)| one)
    };
    let left = || reach.operations().filter_map(|place| all.get(place));
    let only_gone = |of_gone: HashSet<&str>, of_left: HashSet<&str>| -> HashSet<String> {
        of_gone
            .difference(&of_left)
            .map(|&name| name.to_owned())
            .collect()
    };
    Some(Kept {
        items,
        paths,
        sections: reach.sections(),
        schemes_gone: only_gone(
            gone().flat_map(|one| schemes(one.node)).collect(),
            left()
                .flat_map(|one| schemes(one.node))
                .chain(schemes(root))
                .collect(),
        ),
        tags_gone: only_gone(
            gone().flat_map(Operation::tags).collect(),
            left().flat_map(Operation::tags).collect(),
        ),
    })
}

/// The places of the operations that the filter lets through.
fn filter(
    root: Node<'_>,
    all: &[Operation<'_>],
    wanted: &Operations,
    findings: &mut Findings,
) -> HashSet<usize> {
    let mut matched = |patterns: &[String]| -> HashSet<usize> {
        let mut places = HashSet::new();
        for text in patterns {
            let pattern = Pattern::of(text);
            let before = places.len();
            let found = all.iter().enumerate().filter(|(_, one)| one.matches(&pattern));
            let mut any = false;
            places.extend(found.map(|(place, _)| {
                any = true;
                place
            }));
            if places.len() == before && !any {
                let message = format!("No operation has the operationId, tag or path {}.", quote(text));
                findings.add(Rule::FilterUnmatched, root.offset(), &Path::ROOT, message);
            }
        }
        places
    };
    let mut chosen = if wanted.include.is_empty() {
        (0..all.len()).collect()
    } else {
        matched(&wanted.include)
    };
    let excluded = matched(&wanted.exclude);
    chosen.retain(|place| !excluded.contains(place));
    chosen
}

/// The security schemes that the requirements of an operation, or of the whole description, name.
fn schemes(owner: Node<'_>) -> impl Iterator<Item = &str> {
    let requirements = owner.get("security").into_iter().flat_map(Node::items);
    requirements.flat_map(Node::members).map(|member| member.key)
}

fn carry_out(document: &mut Document, kept: &Kept) {
    let root = document.root();
    let id = |key: &str| root.get(key).map(Node::id);
    let (paths, schemes) = (id("paths"), id("securityDefinitions"));
    let sections: Vec<_> = kept
        .sections
        .iter()
        .map(|(key, names)| (id(key), *key, names))
        .collect();
    let tags = root.get("tags").map(|list| {
        let goes = |tag: &Node<'_>| {
            let name = tag.get("name").and_then(Node::as_str);
            name.is_some_and(|name| kept.tags_gone.contains(name))
        };
        let left = list.items().filter(|tag| !goes(tag));
        (list.id(), left.map(Node::id).collect::<Vec<NodeId>>())
    });
    let root = root.id();
    if let Some(paths) = paths {
        document.retain_members(paths, |path| path.starts_with("x-") || kept.paths.contains(path));
    }
    for (item, methods) in &kept.items {
        document.retain_members(*item, |key| !METHODS.contains(&key) || methods.contains(key));
    }
    for (section, key, names) in sections {
        if let Some(section) = section {
            document.retain_members(section, |name| names.contains(name));
            if names.is_empty() {
                document.remove_member(root, key);
            }
        }
    }
    if let Some(schemes) = schemes {
        document.retain_members(schemes, |name| !kept.schemes_gone.contains(name));
    }
    if let Some((list, left)) = tags {
        let list = document.new_array(list, left);
        document.set_member(root, "tags", list);
    }
}

/// Names of sections, for those who walk all of them.
fn is_section(key: &str) -> bool {
    SECTIONS.contains(&key)
}

#[cfg(test)]
pub(super) mod tests;
