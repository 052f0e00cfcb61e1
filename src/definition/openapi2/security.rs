//! Security definitions and what requires them. No client.

use std::collections::HashSet;

use super::super::document::Node;
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::shape::Expect;
use super::{Check, shapes};

impl<'d> Check<'d, '_> {
    /// Checks the definitions, and the requirements of the whole API.
    pub(super) fn security(&mut self) {
        let path = Path::ROOT.key("securityDefinitions");
        let definitions = self.root.get("securityDefinitions");
        for (index, member) in definitions.into_iter().flat_map(Node::members).enumerate() {
            self.security_definition(member.value, &path.key(member.key));
            if index > 0 {
                let message = format!(
                    "{} is a further security scheme; the first is used.",
                    quote(member.key)
                );
                self.report_key(Rule::SecuritySeveral, &member, &path, message);
            }
        }
        if let Some(requirements) = self.root.get("security") {
            self.requirements(requirements, &Path::ROOT.key("security"));
        }
    }

    fn security_definition(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(kind) = node.get("type") else {
            if !node.is_object() {
                return self.value(node, path, "securityDefinitions", Expect::Object);
            }
            return self.report(
                Rule::MissingField,
                node,
                path,
                "\"type\" is missing; a security scheme needs it.",
            );
        };
        match kind.as_str() {
            Some("basic") => {
                self.shape(node, path, &shapes::BASIC);
            }
            Some("apiKey") => {
                self.shape(node, path, &shapes::API_KEY);
            }
            Some("oauth2") => self.oauth(node, path),
            Some(_) | None => {
                let kinds = Expect::OneOf(&["basic", "apiKey", "oauth2"]);
                self.value(kind, &path.key("type"), "type", kinds);
            }
        }
    }

    fn oauth(&mut self, node: Node<'d>, path: &Path<'_>) {
        self.shape(node, path, &shapes::OAUTH2);
        let flow = node.get("flow").and_then(Node::as_str).unwrap_or_default();
        let needed: &[&str] = match flow {
            "accessCode" => &["authorizationUrl", "tokenUrl"],
            "implicit" => &["authorizationUrl"],
            "password" | "application" => &["tokenUrl"],
            _ => &[],
        };
        for name in needed.iter().filter(|name| node.get(name).is_none()) {
            let message = format!("\"{name}\" is missing; the flow {} needs it.", quote(flow));
            self.report(Rule::MissingField, node, path, message);
        }
        if matches!(flow, "implicit" | "password" | "application") {
            let message = format!("Connectors do not implement the flow {}.", quote(flow));
            self.report(Rule::OAuthFlow, node, path, message);
        }
        for key in ["authorizationUrl", "tokenUrl"] {
            let Some(url) = node.get(key) else { continue };
            let text = url.as_str().unwrap_or("https:");
            if !text
                .get(..6)
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
            {
                let message = format!("\"{key}\" is {}, which is not https.", quote(text));
                self.report(Rule::OAuthUrlInsecure, url, &path.key(key), message);
            }
        }
        let path = path.key("scopes");
        for scope in node.get("scopes").into_iter().flat_map(Node::members) {
            if !scope.key.starts_with("x-") {
                self.value(scope.value, &path.key(scope.key), scope.key, Expect::Text);
            }
        }
    }

    /// Checks the requirements of one operation.
    pub(super) fn operation_security(&mut self, operation: Node<'d>, path: &Path<'_>) {
        let Some(requirements) = operation.get("security") else {
            return;
        };
        let path = path.key("security");
        self.requirements(requirements, &path);
        let first = self
            .root
            .get("securityDefinitions")
            .and_then(|all| all.members().next());
        let differs = requirements
            .items()
            .flat_map(Node::members)
            .any(|one| first.as_ref().is_some_and(|first| first.key != one.key));
        if differs && !std::mem::replace(&mut self.told_of_own_security, true) {
            let message = "This operation asks for another credential than the first security scheme.";
            self.report(Rule::SecurityAlternatives, requirements, &path, message);
        }
    }

    fn requirements(&mut self, list: Node<'d>, path: &Path<'_>) {
        if list.items().len() > 1 {
            let message = "There is a choice of security requirements.";
            self.report(Rule::SecurityAlternatives, list, path, message);
        }
        for (index, requirement) in list.items().enumerate() {
            let path = path.index(index);
            self.value(requirement, &path, "security", Expect::Object);
            if requirement.members().len() > 1 {
                let message = "Several security schemes are required together.";
                self.report(Rule::SecurityAlternatives, requirement, &path, message);
            }
            for member in requirement.members() {
                let path = path.key(member.key);
                self.value(member.value, &path, member.key, Expect::Texts);
                self.required_schemes.insert(member.key);
                if let Some(scheme) = self.security_definitions.get(member.key).copied() {
                    self.requirement_scopes(scheme, member.value, &path);
                } else {
                    let message = format!("The security scheme {} is not defined.", quote(member.key));
                    self.report(Rule::SecurityUndefined, requirement, &path, message);
                }
            }
        }
        self.unique(list, path, "security", Rule::DuplicateItem);
    }

    fn requirement_scopes(&mut self, scheme: Node<'d>, scopes: Node<'d>, path: &Path<'_>) {
        let declared: HashSet<&str> = scheme
            .get("scopes")
            .into_iter()
            .flat_map(Node::members)
            .map(|scope| scope.key)
            .collect();
        for (index, scope) in scopes.items().enumerate() {
            if let Some(text) = scope.as_str().filter(|text| !declared.contains(text)) {
                let message = format!("The scope {} is not one of the security scheme's.", quote(text));
                self.report(Rule::SecurityScopes, scope, &path.index(index), message);
            }
        }
    }

    /// Reports schemes that nothing asked for. To be called after the operations.
    pub(super) fn unused_security(&mut self) {
        let path = Path::ROOT.key("securityDefinitions");
        for member in self
            .root
            .get("securityDefinitions")
            .into_iter()
            .flat_map(Node::members)
        {
            if !self.required_schemes.contains(member.key) {
                let message = format!("Nothing requires the security scheme {}.", quote(member.key));
                self.report_key(Rule::SecurityUnused, &member, &path, message);
            }
        }
    }
}
