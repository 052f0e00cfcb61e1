//! Paths of which one also matches what another one means. No client.

use std::collections::HashMap;

use super::super::document::{Member, Node};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;
use super::shapes;

/// Paths by their segments; a placeholder is a segment of its own kind.
#[derive(Debug, Default)]
struct Branch<'d> {
    named: HashMap<&'d str, Self>,
    placeholder: Option<Box<Self>>,
    /// The path that ends here, with its methods.
    path: Option<Member<'d>>,
}

/// How many branches are looked at for one path: with many placeholders in many places, they multiply.
const MOST_BRANCHES: usize = 64;

/// Longer paths than any API has are not compared.
const MOST_SEGMENTS: usize = 64;

impl<'d> Check<'d, '_> {
    /// Reports paths whose fixed segments a placeholder of another path takes as well.
    pub(super) fn overlaps(&mut self, paths: Node<'d>) {
        if !self.findings.reviews() {
            return;
        }
        let mut root = Branch::default();
        let comparable = || {
            paths
                .members()
                .filter(|member| member.key.split('/').count() <= MOST_SEGMENTS)
        };
        for member in comparable() {
            let mut branch = &mut root;
            for segment in member.key.split('/') {
                branch = if segment.contains('{') {
                    branch.placeholder.get_or_insert_default()
                } else {
                    branch.named.entry(segment).or_default()
                };
            }
            branch.path = Some(member);
        }
        for member in comparable() {
            let Some(other) = wider(&root, &member) else {
                continue;
            };
            let message = format!("{} also matches {}.", quote(other), quote(member.key));
            self.report_key(Rule::PathOverlap, &member, &Path::ROOT.key("paths"), message);
        }
    }
}

/// A path with a method in common that has placeholders where `path` has fixed segments.
fn wider<'d>(root: &Branch<'d>, path: &Member<'d>) -> Option<&'d str> {
    let mut pending = vec![(root, path.key.split('/'))];
    let mut looked_at = 0;
    while let Some((branch, mut rest)) = pending.pop() {
        looked_at += 1;
        if looked_at > MOST_BRANCHES {
            return None;
        }
        let Some(segment) = rest.next() else {
            if let Some(other) = branch.path.filter(|other| shares_a_method(other, path)) {
                return Some(other.key);
            }
            continue;
        };
        if !segment.contains('{')
            && let Some(next) = branch.named.get(segment)
        {
            pending.push((next, rest.clone()));
        }
        if let Some(next) = branch.placeholder.as_deref().filter(|_| !segment.is_empty()) {
            pending.push((next, rest));
        }
    }
    None
}

/// Whether two paths that are not the same have a method in common.
fn shares_a_method(one: &Member<'_>, other: &Member<'_>) -> bool {
    let both = |method: &&str| one.value.get(method).is_some() && other.value.get(method).is_some();
    one.key != other.key && shapes::METHODS.iter().any(both)
}
