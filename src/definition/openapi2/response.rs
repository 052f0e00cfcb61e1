//! Responses: codes, schemas, headers, and what a workflow gets to see of them. No client.

use super::super::connector_document::Repair;
use super::super::document::Node;
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::reference::Section;
use super::shape::Expect;
use super::{Check, shapes};

impl<'d> Check<'d, '_> {
    /// Checks the shared responses of the root.
    pub(super) fn shared_responses(&mut self) {
        let Some(shared) = self.root.get("responses") else {
            return;
        };
        let path = Path::ROOT.key("responses");
        for member in shared.members() {
            self.response(member.value, &path.key(member.key));
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
        let mut success_schemas = 0_usize;
        for member in responses.members() {
            if member.key.starts_with("x-") {
                self.extension(member, &path);
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
            let response = self.response(member.value, &path.key(member.key));
            if member.key.starts_with('2') {
                success = true;
                success_schemas += usize::from(response.is_some_and(|one| one.get("schema").is_some()));
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
            self.response_schema(schema, &path.key("schema"));
        }
        if let Some(headers) = node.get("headers") {
            let path = path.key("headers");
            for member in headers.members() {
                let path = path.key(member.key);
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

fn is_code(key: &str) -> bool {
    key == "default" || (key.len() == 3 && key.parse::<u16>().is_ok_and(|code| (100..=599).contains(&code)))
}
