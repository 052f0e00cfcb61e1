//! Responses: codes, schemas, headers, and what a workflow gets to see of them. No client.

use std::collections::HashSet;

use super::super::connector_document::Repair;
use super::super::document::Node;
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::reference::Section;
use super::shape::{Expect, Place};
use super::{Check, Direction, shapes};

impl<'d> Check<'d, '_> {
    /// Checks the shared responses of the root.
    pub(super) fn shared_responses(&mut self) {
        let Some(shared) = self.root.get("responses") else {
            return;
        };
        let path = Path::ROOT.key("responses");
        for member in shared.members() {
            let path = path.key(member.key);
            if member.value.get("$ref").is_some() {
                self.chain(member.value, &path);
            } else {
                self.response(member.value, &path);
            }
        }
    }

    /// Checks the responses of an operation.
    pub(super) fn responses(&mut self, operation: Node<'d>, operation_path: &Path<'_>) {
        let Some(responses) = operation
            .get("responses")
            .filter(|responses| responses.is_object())
        else {
            return;
        };
        let path = operation_path.key("responses");
        let mut count = 0_usize;
        let mut success = false;
        // Whether any response has a schema, and one that workflows look for.
        let (mut described, mut usable) = (false, false);
        let mut success_schemas = 0_usize;
        for member in responses.members() {
            if member.key.starts_with("x-") {
                self.extension(member, Place::Other, &path);
                continue;
            }
            count += 1;
            if !is_code(member.key) {
                let message = format!(
                    "{} is neither an HTTP status code nor default.",
                    quote(member.key)
                );
                self.report_key(Rule::ResponseCodeInvalid, &member, &path, message);
            }
            let response_path = path.key(member.key);
            let response = self.response(member.value, &response_path);
            let has_schema = response.is_some_and(|one| one.get("schema").is_some());
            if let Some(response) = response {
                self.examples(operation, response, &response_path);
            }
            described |= has_schema;
            usable |= has_schema && matches!(member.key, "200" | "201");
            if has_schema && member.key == "default" {
                let message = Rule::DefaultResponseSchema.statement();
                self.report(Rule::DefaultResponseSchema, member.value, &response_path, message);
            }
            if member.key.starts_with('2') {
                success = true;
                success_schemas += usize::from(has_schema);
            }
        }
        if count == 0 {
            self.report(
                Rule::ResponsesEmpty,
                responses,
                &path,
                Rule::ResponsesEmpty.statement(),
            );
            self.repairs.push(Repair::DefaultResponse(responses.id()));
        } else if !success {
            self.report(
                Rule::NoSuccessResponse,
                responses,
                &path,
                Rule::NoSuccessResponse.statement(),
            );
        }
        if described && !usable && !has_content(operation) {
            let message = Rule::SchemaNotOnSuccess.statement();
            self.report(Rule::SchemaNotOnSuccess, responses, &path, message);
        }
        if success_schemas > 1 {
            let message = format!("{success_schemas} successful responses have a schema; workflows see one.");
            self.report(Rule::SeveralSuccessSchemas, responses, &path, message);
        }
    }

    /// Checks a response, and returns it with its reference followed.
    fn response(&mut self, node: Node<'d>, path: &Path<'_>) -> Option<Node<'d>> {
        if let Some(reference) = node.get("$ref") {
            self.shape(node, path, &shapes::REFERENCE);
            return self.resolve(reference, &path.key("$ref"), Section::Responses);
        }
        if !self.shape(node, path, &shapes::RESPONSE) {
            return None;
        }
        if let Some(schema) = node.get("schema") {
            self.direction = Direction::Returned;
            self.response_schema(schema, &path.key("schema"));
            self.direction = Direction::Unknown;
        }
        if let Some(headers) = node.get("headers") {
            let headers_path = path.key("headers");
            let mut seen = HashSet::new();
            for member in headers.members() {
                if !seen.insert(member.key.to_ascii_lowercase()) {
                    let message = format!("Another header differs from {} only in case.", quote(member.key));
                    self.report_key(Rule::HeaderRepeated, &member, &headers_path, message);
                }
                let path = headers_path.key(member.key);
                if member.value.is_object() {
                    self.shape(member.value, &path, &shapes::HEADER);
                    self.simple_value(member.value, &path);
                } else {
                    self.value(member.value, &path, member.key, Expect::Object);
                }
            }
        }
        Some(node)
    }
}

/// Whether an operation says what its webhook receives.
fn has_content(operation: Node<'_>) -> bool {
    operation.get("x-ms-notification-content").is_some()
}

fn is_code(key: &str) -> bool {
    key == "default" || (key.len() == 3 && key.parse::<u16>().is_ok_and(|code| (100..=599).contains(&code)))
}
