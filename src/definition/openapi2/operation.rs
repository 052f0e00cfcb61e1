//! Operations: names, texts, and how their parameters go together. No client.

use std::collections::HashSet;

use super::super::document::{Member, Node};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::called::Called;
use super::extension::Caller;
use super::parameter::{Location, Parameter};
use super::{Check, shapes};

/// The longest summary that designers show whole, in characters.
const LONGEST_SUMMARY: usize = 80;

/// Longer than any operationId of a published connector, in characters.
const LONGEST_ID: usize = 80;

/// What the operations of one path share.
pub(super) struct Item<'i, 'd> {
    /// The path with its path item.
    pub(super) member: Member<'d>,
    /// The names in the path's template.
    pub(super) placeholders: &'i [&'d str],
    /// The same names, to look one up.
    pub(super) named: &'i HashSet<&'d str>,
    /// The parameters of the path item.
    pub(super) shared: &'i [Parameter<'d>],
}

impl<'d> Check<'d, '_> {
    /// Checks one operation; `member` is its method and its description.
    pub(super) fn operation(&mut self, member: Member<'d>, parent: &Path<'_>, item: &Item<'_, 'd>) {
        let path = parent.key(member.key);
        let node = member.value;
        self.operations += 1;
        if !self.shape(node, &path, &shapes::OPERATION) {
            return;
        }
        if matches!(member.key, "options" | "head") {
            let message = format!("Workflows cannot use {} operations.", member.key.to_uppercase());
            self.report_key(Rule::MethodUnusual, &member, parent, message);
        }
        self.operation_id(&member, &path);
        self.operation_texts(node, &path);
        self.operation_wording(node, &path);
        self.media_types(node, &path);
        self.external_docs(node, &path);
        let called = Called {
            node,
            item: item.member.value,
            path: item.member.key,
            method: member.key,
        };
        self.caller = Caller::Operation(called);
        let own = self.parameters(node, &path);
        self.parameters_together(&member, &path, &own, item);
        self.responses(node, &path);
        self.notification_content(node, &path);
        self.caller = Caller::Any;
        self.operation_security(node, &path);
        self.webhook(called, &path);
        self.annotation(called, &path);
        self.schemas_of_operation(called, &path);
    }

    fn operation_id(&mut self, member: &Member<'d>, path: &Path<'_>) {
        let Some(id) = member.value.get("operationId") else {
            let message = Rule::OperationIdMissing.statement();
            return self.report(Rule::OperationIdMissing, member.value, path, message);
        };
        let Some(text) = id.as_str() else { return };
        let path = path.key("operationId");
        let quoted = quote(text);
        if text.trim().is_empty() {
            return self.report(Rule::OperationIdMissing, id, &path, "The operationId is empty.");
        }
        if text.chars().count() > LONGEST_ID {
            let message = format!("The operationId has {} characters.", text.chars().count());
            self.report(Rule::OperationIdTooLong, id, &path, message);
        }
        if !self.seen_ids.insert(text) {
            let message = format!("Another operation has the operationId {quoted} as well.");
            self.report(Rule::OperationIdDuplicate, id, &path, message);
        } else if !self.seen_ids_without_case.insert(text.to_lowercase()) {
            let message = format!("Another operationId differs from {quoted} only in case.");
            self.report(Rule::OperationIdCase, id, &path, message);
        }
        if !text
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_'))
        {
            let message =
                format!("The operationId {quoted} holds other characters than letters, digits, - and _.");
            self.report(Rule::OperationIdCharacters, id, &path, message);
        } else if !text.starts_with(|first: char| first.is_ascii_uppercase()) {
            let message = format!("The operationId {quoted} does not begin with a capital letter.");
            self.report(Rule::OperationIdStyle, id, &path, message);
        }
    }

    fn operation_texts(&mut self, node: Node<'d>, path: &Path<'_>) {
        let text = |key: &str| {
            node.get(key)
                .and_then(Node::as_str)
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let internal = node.get("x-ms-visibility").and_then(Node::as_str) == Some("internal");
        match text("summary") {
            None if !internal => {
                self.report(Rule::SummaryMissing, node, path, Rule::SummaryMissing.statement());
            }
            Some(summary) if summary.chars().count() > LONGEST_SUMMARY => {
                let message = format!("The summary has {} characters.", summary.chars().count());
                let summary = node.get("summary").unwrap_or(node);
                self.report(Rule::SummaryTooLong, summary, &path.key("summary"), message);
            }
            Some(_) | None => {}
        }
        let repeats = text("description").is_some() && text("description") == text("summary");
        if !internal && (repeats || text("description").is_none()) {
            let message = if repeats {
                "The description repeats the summary."
            } else {
                "The operation has no description."
            };
            self.report(Rule::OperationDescription, node, path, message);
        }
    }

    fn parameters_together(
        &mut self,
        member: &Member<'d>,
        path: &Path<'_>,
        own: &[Parameter<'d>],
        item: &Item<'_, 'd>,
    ) {
        let Item {
            member: _,
            placeholders,
            named,
            shared,
        } = *item;
        let replaced: HashSet<(&str, Location)> = own.iter().map(|one| (one.name, one.location)).collect();
        let inherited = shared
            .iter()
            .filter(|one| !replaced.contains(&(one.name, one.location)));
        let all: Vec<&Parameter<'d>> = own.iter().chain(inherited).collect();
        let declared: HashSet<&str> = all
            .iter()
            .filter(|one| one.location == Location::Path)
            .map(|one| one.name)
            .collect();
        let node = member.value;
        for name in placeholders.iter().filter(|name| !declared.contains(*name)) {
            let message = format!("The placeholder {} has no parameter with in: path.", quote(name));
            self.report(Rule::PlaceholderWithoutParameter, node, path, message);
        }
        let list = path.key("parameters");
        for one in own
            .iter()
            .filter(|one| one.location == Location::Path && !named.contains(one.name))
        {
            let message = format!("The path has no placeholder {}.", quote(one.name));
            self.report(
                Rule::PathParameterUnused,
                one.written,
                &list.index(one.index),
                message,
            );
        }
        let mut bodies = all.iter().filter(|one| one.location == Location::Body);
        let body = bodies.next();
        if let Some(second) = bodies.next() {
            let message = format!("{} is a second body.", quote(second.name));
            self.report(Rule::SeveralBodies, second.written, &list, message);
        }
        let form = all.iter().find(|one| one.location == Location::Form);
        if let (Some(_), Some(form)) = (body, form) {
            let message = format!("The form parameter {} stands beside a body.", quote(form.name));
            self.report(Rule::BodyAndForm, form.written, &list, message);
        }
        if let Some(sent) = body.or(form)
            && matches!(member.key, "get" | "head" | "delete")
        {
            let message = format!("A {} operation has a body.", member.key.to_uppercase());
            self.report(Rule::BodyUnexpected, sent.written, &list, message);
        }
        self.file_consumes(node, path, &all);
        self.content(node, path, &all);
    }

    fn file_consumes(&mut self, node: Node<'d>, path: &Path<'_>, all: &[&Parameter<'d>]) {
        let is_file = |one: &&&Parameter<'d>| one.node.get("type").and_then(Node::as_str) == Some("file");
        let Some(file) = all.iter().find(is_file) else {
            return;
        };
        let consumes = node.get("consumes").or_else(|| self.root.get("consumes"));
        let media: Vec<String> = consumes
            .into_iter()
            .flat_map(Node::items)
            .filter_map(Node::as_str)
            .map(str::to_ascii_lowercase)
            .collect();
        let named = quote(file.name);
        let path = path.key("parameters");
        if media
            .iter()
            .any(|one| one.contains("multipart/") || one.contains("x-www-form-urlencoded"))
        {
            return;
        }
        // Generators leave an empty list behind, and people misspell the type: it is plain what they mean.
        if consumes.is_some() && media.iter().all(|one| one.contains("form")) {
            let message =
                format!("The file parameter {named} needs a form, and no media type for it is named.");
            return self.report(Rule::FormUnclear, file.written, &path, message);
        }
        let message = format!("The file parameter {named} needs a form to be sent in.");
        self.report(Rule::FileConsumes, file.written, &path, message);
    }
}
