//! Extensions that call an operation to learn something: whether it is there, gets what it needs, and returns what is
//! looked for in it. No client.

use std::collections::HashSet;

use super::super::super::document::{Member, Node, Value};
use super::super::super::finding::quote;
use super::super::super::path::Path;
use super::super::super::rule::Rule;
use super::super::Check;
use super::super::called::{Called, Lookup, is_body};
use super::super::shape::describe;
use super::super::value::has_type;
use super::caller::Caller;
use super::known;

/// How an extension writes what it hands over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Style {
    /// A value, or `{parameter: name}`.
    Plain,
    /// `{value: …}` or `{parameterReference: path}`.
    Wrapped,
}

/// Where a parameter of a called operation gets its value from.
enum Source<'d> {
    Value(Node<'d>),
    Parameter(&'d str, Node<'d>),
}

impl<'d> Check<'d, '_> {
    /// Checks the operationId of an extension that calls an operation, and returns that operation.
    pub(super) fn target(&mut self, node: Node<'d>, path: &Path<'_>) -> Option<Called<'d>> {
        let id = node.get("operationId")?;
        let text = id.as_str()?;
        let called = self.operations_by_id.get(text).copied();
        if called.is_none() {
            let message = format!("There is no operation {}.", quote(text));
            self.report(Rule::ExtensionOperation, id, &path.key("operationId"), message);
        }
        called
    }

    /// Checks the operationId alone.
    pub(super) fn operation_named_by(&mut self, node: Node<'d>, path: &Path<'_>) {
        self.target(node, path);
    }

    pub(super) fn dynamic_values(&mut self, node: Node<'d>, path: &Path<'_>) {
        let ways = ["operationId", "capability", "builtInOperation"];
        let count = ways.iter().filter(|way| node.get(way).is_some()).count();
        if node.is_object() && count != 1 {
            let message =
                "\"x-ms-dynamic-values\" needs one of operationId, capability and builtInOperation.";
            self.report(Rule::ExtensionValue, node, path, message);
        }
        if let Some(capability) = node.get("capability") {
            let declared = self.root.get("x-ms-capabilities");
            let name = capability.as_str().unwrap_or_default();
            if declared.and_then(|all| all.get(name)).is_none() {
                let message = format!("x-ms-capabilities does not declare {}.", quote(name));
                self.report(
                    Rule::CapabilityMissing,
                    capability,
                    &path.key("capability"),
                    message,
                );
            }
            return;
        }
        self.call(node, path, Style::Plain);
        self.produces_list(node, path, ["value-collection", "value-path", "value-title"]);
    }

    pub(super) fn dynamic_tree(&mut self, node: Node<'d>, path: &Path<'_>) {
        for part in ["open", "browse"] {
            let Some(call) = node.get(part) else { continue };
            let path = path.key(part);
            self.form(call, &path, &known::TREE_CALL);
            self.call(call, &path, Style::Wrapped);
            self.produces_list(call, &path, ["itemsPath", "itemValuePath", "itemTitlePath"]);
            if part == "open"
                && let Some(selected) = call.get("selectedItemValuePath")
            {
                let message = "\"selectedItemValuePath\" belongs to browse, not to open.";
                self.report(
                    Rule::ExtensionField,
                    selected,
                    &path.key("selectedItemValuePath"),
                    message,
                );
            }
        }
    }

    /// Checks a call: the operation, what it is handed over, and what it needs beyond that.
    pub(super) fn call(&mut self, node: Node<'d>, path: &Path<'_>, style: Style) {
        let Some(called) = self.target(node, path) else {
            return;
        };
        let inputs = called.inputs(&self.references);
        let mut supplied: HashSet<&str> = HashSet::new();
        let mut body_supplied = false;
        let path_of_all = path.key("parameters");
        for member in node.get("parameters").into_iter().flat_map(Node::members) {
            let path = path_of_all.key(member.key);
            let (input, in_body) = self.input(called, &inputs, member.key);
            body_supplied |= in_body;
            match input {
                Lookup::Missing => {
                    let message = format!(
                        "The operation that is called has no parameter {}.",
                        quote(member.key)
                    );
                    self.report_key(Rule::DynamicParameterUnknown, &member, &path_of_all, message);
                }
                Lookup::Found(input) => {
                    self.ambiguous(called, input, member, &path_of_all);
                    supplied.insert(member.key);
                    self.handed_over(member.value, &path, style, Some(input));
                }
                Lookup::Open => self.handed_over(member.value, &path, style, None),
            }
        }
        for input in inputs {
            let name = input.get("name").and_then(Node::as_str).unwrap_or_default();
            let has = if is_body(input) {
                body_supplied
            } else {
                supplied.contains(name)
            };
            if !has && needs_value(input) && !self.body_needs_nothing(input) {
                let message = format!(
                    "The operation that is called needs the parameter {}.",
                    quote(name)
                );
                self.report(Rule::DynamicParameterMissing, node, path, message);
            }
        }
    }

    /// Reports a name that means a parameter and a property of the body as well.
    fn ambiguous(&mut self, called: Called<'d>, input: Node<'d>, member: Member<'d>, path: &Path<'_>) {
        if !self.findings.reviews() || input.get("in").is_none() || is_body(input) {
            return;
        }
        let body = called.body(&self.references);
        let lookup = body.map(|body| self.references.property(body, member.key));
        if matches!(lookup, Some(Lookup::Found(_))) {
            let message = format!(
                "{} names a parameter, and a property of the body.",
                quote(member.key)
            );
            self.report_key(Rule::DynamicAmbiguous, &member, path, message);
        }
    }

    /// The input of an operation that a name, or a path into its body, means, and whether it is in the body.
    pub(super) fn input(&self, called: Called<'d>, inputs: &[Node<'d>], name: &str) -> (Lookup<'d>, bool) {
        let is_named = |input: &&Node<'d>| input.get("name").and_then(Node::as_str) == Some(name);
        if let Some(input) = inputs.iter().find(is_named) {
            return (Lookup::Found(*input), is_body(*input));
        }
        let Some(body) = called.body(&self.references) else {
            return (Lookup::Missing, false);
        };
        let of_body = inputs.iter().find(|input| is_body(**input));
        let body_name = of_body.and_then(|input| input.get("name")).and_then(Node::as_str);
        let inner = body_name.and_then(|body_name| name.strip_prefix(body_name)?.strip_prefix('/'));
        let lookup = match self.references.property(body, inner.unwrap_or(name)) {
            Lookup::Missing if inner.is_some() => self.references.property(body, name),
            lookup @ (Lookup::Found(_) | Lookup::Open | Lookup::Missing) => lookup,
        };
        (lookup, !matches!(lookup, Lookup::Missing))
    }

    /// Whether a parameter is a body in which nothing is required that has no default.
    fn body_needs_nothing(&self, input: Node<'d>) -> bool {
        let schema = input
            .get("schema")
            .and_then(|schema| self.references.schema(schema));
        is_body(input)
            && schema.is_some_and(|schema| {
                let required = schema.get("required").into_iter().flat_map(Node::items);
                required.filter_map(Node::as_str).all(|name| {
                    let Lookup::Found(property) = self.references.property(schema, name) else {
                        return true;
                    };
                    property.get("default").is_some()
                })
            })
    }

    fn handed_over(&mut self, node: Node<'d>, path: &Path<'_>, style: Style, input: Option<Node<'d>>) {
        let Some(source) = self.source(node, path, style) else {
            return;
        };
        let kind = input.and_then(|input| input.get("type")).and_then(Node::as_str);
        match source {
            Source::Value(value) => {
                if let Some(kind) = kind.filter(|kind| !has_type(value, kind)) {
                    let message = format!(
                        "The value is {} where the type is {}.",
                        describe(value),
                        quote(kind)
                    );
                    self.report(Rule::DynamicParameterType, value, path, message);
                }
            }
            Source::Parameter(name, written) => self.handed_on(name, written, path, input, kind),
        }
    }

    /// Where a value comes from; if that is not said in the extension's way, a finding says so.
    fn source(&mut self, node: Node<'d>, path: &Path<'_>, style: Style) -> Option<Source<'d>> {
        let field = match style {
            Style::Plain => "parameter",
            Style::Wrapped => "parameterReference",
        };
        let reference = node.get(field);
        if style == Style::Plain && reference.is_none() {
            return Some(Source::Value(node));
        }
        // In a tree, what was selected last can be handed over.
        if style == Style::Wrapped && node.get("selectedItemValuePath").is_some() {
            return None;
        }
        let value = node.get("value");
        match (reference, value) {
            (Some(reference), None) => Some(Source::Parameter(reference.as_str()?, reference)),
            (None, Some(value)) => Some(Source::Value(value)),
            (None, None) | (Some(_), Some(_)) => {
                let message = "A parameter needs either value or parameterReference.";
                self.report(Rule::ExtensionValue, node, path, message);
                None
            }
        }
    }

    /// Checks a value that comes from a parameter of the operation that makes the call.
    fn handed_on(
        &mut self,
        name: &'d str,
        written: Node<'d>,
        path: &Path<'_>,
        input: Option<Node<'d>>,
        kind: Option<&str>,
    ) {
        let source = match self.source_named(name) {
            Lookup::Found(source) => source,
            Lookup::Open => return,
            Lookup::Missing => {
                let who = match &self.caller {
                    Caller::Operation(_) => "This operation has no",
                    Caller::Path(_) => "No operation of this path has a",
                    Caller::Any => "No operation has a",
                };
                let message = format!("{who} parameter {}.", quote(name));
                return self.report(Rule::DynamicSourceMissing, written, path, message);
            }
        };
        let quoted = quote(name);
        let of_source = source.get("type").and_then(Node::as_str);
        if let (Some(kind), Some(of_source)) = (kind, of_source)
            && kind != of_source
            && (kind, of_source) != ("number", "integer")
        {
            let message = format!(
                "{quoted} has the type {}; {} is needed.",
                quote(of_source),
                quote(kind)
            );
            self.report(Rule::DynamicParameterType, written, path, message);
        }
        if source.get("x-ms-visibility").and_then(Node::as_str) == Some("internal") {
            let message = format!("{quoted} is hidden from authors; what it always is can be said here.");
            self.report(Rule::DynamicSourceInternal, written, path, message);
        }
        let optional = source.get("in").is_some() && !is_required(source) && source.get("default").is_none();
        if optional && input.is_some_and(|input| input.get("in").is_some() && needs_value(input)) {
            let message = format!("{quoted} is optional, but the operation that is called needs it.");
            self.report(Rule::DynamicSourceOptional, written, path, message);
        }
    }

    /// Checks that the called operation returns what the path under `key` names.
    pub(super) fn produces(&mut self, node: Node<'d>, path: &Path<'_>, key: &str) {
        if let Some(output) = self.output_of(node) {
            self.returned(output, node, path, key);
        }
    }

    /// Checks that the called operation returns a list, of things that have a value and a title.
    pub(super) fn produces_list(&mut self, node: Node<'d>, path: &Path<'_>, keys: [&str; 3]) {
        let [collection, value, title] = keys;
        let Some(output) = self.output_of(node) else {
            return;
        };
        let Some(list) = self.returned(output, node, path, collection) else {
            return;
        };
        match list.get("type").and_then(Node::as_str) {
            Some("array") => {}
            Some(kind) => {
                let message = format!("What is returned there is of type {}, and no list.", quote(kind));
                let place = node.get(collection).unwrap_or(node);
                return self.report(Rule::DynamicPath, place, path, message);
            }
            None => return,
        }
        if let Some(item) = list.get("items").and_then(|item| self.references.schema(item)) {
            self.returned(item, node, path, value);
            self.returned(item, node, path, title);
        }
    }

    fn output_of(&self, node: Node<'d>) -> Option<Node<'d>> {
        let id = node.get("operationId").and_then(Node::as_str)?;
        let output = self.operations_by_id.get(id)?.output(&self.references)?;
        self.references.schema(output)
    }

    /// What the path under `key` leads to; a path that is left out leads to `schema` itself.
    fn returned(&mut self, schema: Node<'d>, node: Node<'d>, path: &Path<'_>, key: &str) -> Option<Node<'d>> {
        let Some(written) = node.get(key) else {
            return Some(schema);
        };
        match self.references.property(schema, written.as_str()?) {
            Lookup::Found(found) => Some(found),
            Lookup::Open => None,
            Lookup::Missing => {
                let quoted = quote(written.as_str().unwrap_or_default());
                let message = format!("The operation that is called returns nothing under {quoted}.");
                self.report(Rule::DynamicPath, written, &path.key(key), message);
                None
            }
        }
    }
}

fn is_required(input: Node<'_>) -> bool {
    input.get("required").and_then(Node::as_bool) == Some(true)
        || input.get("in").and_then(Node::as_str) == Some("path")
}

/// Whether an input must be given a value: it is required, has no default, and nobody else sets it.
fn needs_value(input: Node<'_>) -> bool {
    let name = input.get("name").and_then(Node::as_str).unwrap_or_default();
    let reserved = ["content-type", "accept"]
        .iter()
        .any(|one| name.eq_ignore_ascii_case(one));
    is_required(input) && input.get("default").is_none() && !reserved && !matches!(input.value(), Value::Null)
}
