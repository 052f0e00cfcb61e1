//! Paths: their templates, what they share, and which of them are one. No client.

use std::collections::{HashMap, HashSet};

use super::super::document::{Member, Node};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::extension::Caller;
use super::operation::Item;
use super::parameter::Location;
use super::schema::Standing;
use super::shape::{Expect, Place};
use super::{Check, shapes};

impl<'d> Check<'d, '_> {
    /// Checks all paths with their operations.
    pub(super) fn paths(&mut self) {
        let Some(paths) = self.root.get("paths") else {
            return;
        };
        let path = Path::ROOT.key("paths");
        if !paths.is_object() {
            return self.value(paths, &path, "paths", Expect::Object);
        }
        let mut known: HashMap<String, &'d str> = HashMap::new();
        let mut operations: HashMap<(String, &'d str), &'d str> = HashMap::new();
        for member in paths.members() {
            if member.key.starts_with("x-") {
                self.extension(member, Place::Other, &path);
                continue;
            }
            self.path_key(&member, &path);
            self.path_item(member, &path);
            let structure = structure(member.key);
            let mut same_method = false;
            for operation in member
                .value
                .members()
                .filter(|one| shapes::METHODS.contains(&one.key))
            {
                if let Some(other) = operations.insert((structure.clone(), operation.key), member.key) {
                    same_method = true;
                    let message = format!(
                        "{} {} is also described under {}.",
                        operation.key.to_uppercase(),
                        quote(member.key),
                        quote(other)
                    );
                    self.report_key(
                        Rule::EquivalentOperations,
                        &operation,
                        &path.key(member.key),
                        message,
                    );
                }
            }
            let loose = structure.trim_end_matches('/').to_lowercase();
            if let Some(other) = known.insert(loose, member.key)
                && !same_method
            {
                let message = format!(
                    "{} and {} are nearly the same path.",
                    quote(member.key),
                    quote(other)
                );
                self.report_key(Rule::EquivalentPaths, &member, &path, message);
            }
        }
        self.overlaps(paths);
        if self.operations == 0 {
            self.report(Rule::PathsEmpty, paths, &path, Rule::PathsEmpty.statement());
        }
    }

    fn path_key(&mut self, member: &Member<'d>, parent: &Path<'_>) {
        let key = member.key;
        let quoted = quote(key);
        if !key.starts_with('/') {
            let message = format!("The path {quoted} does not begin with a slash.");
            self.report_key(Rule::PathWithoutSlash, member, parent, message);
        }
        if outside_braces(key).any(|character| matches!(character, '?' | '#')) {
            let message = format!("The path {quoted} holds a query or a fragment.");
            self.report_key(Rule::PathWithQuery, member, parent, message);
        }
        if placeholders(key).is_none() {
            let message = format!("The braces in the path {quoted} do not pair up.");
            self.report_key(Rule::PathBraces, member, parent, message);
        }
        if key.len() > 1 && key.ends_with('/') {
            let message = format!("The path {quoted} ends in a slash.");
            self.report_key(Rule::PathTrailingSlash, member, parent, message);
        }
        if key.contains("//") || outside_braces(key).any(|one| one.is_whitespace() || one == '*') {
            let message =
                format!("The path {quoted} holds white space, two slashes in a row or an asterisk.");
            self.report_key(Rule::PathUnusual, member, parent, message);
        }
    }

    fn path_item(&mut self, member: Member<'d>, parent: &Path<'_>) {
        let path = parent.key(member.key);
        let node = member.value;
        if !self.shape(node, &path, &shapes::PATH_ITEM) {
            return;
        }
        if let Some(reference) = node.get("$ref") {
            let rule = match reference.as_str() {
                Some(text) if !text.starts_with('#') => Rule::ReferenceExternal,
                Some(_) | None => Rule::ReferenceKind,
            };
            let message = "A path refers to another; the backend does not follow that.";
            self.report(rule, reference, &path.key("$ref"), message);
        }
        let names = placeholders(member.key).unwrap_or_default();
        let mut named: HashSet<&str> = HashSet::new();
        for name in names.iter().filter(|name| !named.insert(name)) {
            let message = format!("The placeholder {} occurs twice in the path.", quote(name));
            self.report_key(Rule::PlaceholderRepeated, &member, parent, message);
        }
        self.caller = Caller::Path(node);
        let shared = self.parameters(node, &path);
        self.caller = Caller::Any;
        for parameter in shared
            .iter()
            .filter(|one| one.location == Location::Path && !named.contains(one.name))
        {
            let message = format!("The path has no placeholder {}.", quote(parameter.name));
            let path = path.key("parameters");
            self.report(
                Rule::PathParameterUnused,
                parameter.written,
                &path.index(parameter.index),
                message,
            );
        }
        for name in names.iter().filter(|name| name.contains('=')) {
            let message = format!("The placeholder {} holds an equals sign.", quote(name));
            self.report_key(Rule::PlaceholderDefault, &member, parent, message);
        }
        self.notification_content(node, &path);
        let item = Item {
            member,
            placeholders: &names,
            named: &named,
            shared: &shared,
        };
        for operation in node.members().filter(|one| shapes::METHODS.contains(&one.key)) {
            self.operation(operation, &path, &item);
        }
    }

    /// Checks the schema of what a webhook sends, which stands in an extension.
    pub(super) fn notification_content(&mut self, node: Node<'d>, path: &Path<'_>) {
        let path = path.key("x-ms-notification-content");
        if let Some(schema) = node
            .get("x-ms-notification-content")
            .and_then(|content| content.get("schema"))
        {
            self.schema(schema, &path.key("schema"), Standing::Alone);
        }
    }
}

/// The names in the braces of a path, in order; `None` if the braces do not pair up.
fn placeholders(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(at) = rest.find(['{', '}']) {
        let inner = rest.get(at..)?.strip_prefix('{')?;
        let (name, behind) = inner.split_once('}')?;
        if name.is_empty() || name.contains(['{', '/']) {
            return None;
        }
        names.push(name);
        rest = behind;
    }
    Some(names)
}

/// The characters of a path that are not in a placeholder.
fn outside_braces(path: &str) -> impl Iterator<Item = char> {
    let mut inside = false;
    path.chars().filter(move |character| {
        inside = (inside || *character == '{') && *character != '}';
        !inside
    })
}

/// A path without the names of its placeholders.
fn structure(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for part in path.split_inclusive(['{', '}']) {
        text.push_str(if part.ends_with('}') { "}" } else { part });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{outside_braces, placeholders, structure};

    #[test]
    fn placeholders_are_what_stands_in_paired_braces() {
        assert_eq!(placeholders("/a/{b}/{c d}.json"), Some(vec!["b", "c d"]));
        assert_eq!(placeholders("/"), Some(vec![]));
        for bad in ["/{a", "/a}", "/{a{b}}", "/{}", "/{a/b}"] {
            assert_eq!(placeholders(bad), None, "{bad}");
        }
    }

    #[test]
    fn paths_that_differ_in_names_of_placeholders_have_one_structure() {
        assert_eq!(structure("/a/{b}/x{c}"), "/a/{}/x{}");
        assert_eq!(structure("/a/{other}/x{name}"), "/a/{}/x{}");
        assert_eq!(outside_braces("/a/{b c}d").collect::<String>(), "/a/}d");
    }
}
