//! Parameters in path, query and header. No client.

use std::collections::HashSet;

use super::super::document::{Fields, Node, NodeId};
use super::super::finding::quote;
use super::super::note::Note;
use super::super::path::escaped;
use super::Converter;
use super::component::Shared;
use super::object::Flat;
use super::style::Style;

/// A parameter as it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter<'d> {
    pub(super) node: Node<'d>,
    pub(super) name: &'d str,
    pub(super) location: &'d str,
    pub(super) required: bool,
}

/// The fields of a parameter that say something other than what its value is.
const CARRIED: &[&str] = &["name", "in", "description", "required"];

impl<'d> Converter<'d, '_> {
    /// The parameters of OpenAPI 2.0 that a list of parameters becomes. Those of a path that has no placeholder for them,
    /// if its placeholders are known, are left out.
    pub(super) fn parameters(&mut self, list: Node<'d>, placeholders: Option<&[&'d str]>) -> Vec<NodeId> {
        let mut made = Vec::new();
        for item in list.items() {
            let name = self.path_parameter(item);
            let is_unused = |(name, names): (&str, &[&str])| !names.contains(&name);
            if let Some(name) = name
                .zip(placeholders)
                .filter(|pair| is_unused(*pair))
                .map(|(name, _)| name)
            {
                let message = format!("The path has no placeholder {}.", quote(name));
                self.note(Note::PathParameterLost, item, message);
            } else {
                made.extend(self.parameter(item));
            }
        }
        made
    }

    /// The names of those parameters of a list that stand in the path.
    pub(super) fn path_parameters(&mut self, list: Node<'d>) -> HashSet<&'d str> {
        list.items()
            .filter_map(|item| self.path_parameter(item))
            .collect()
    }

    fn path_parameter(&mut self, written: Node<'d>) -> Option<&'d str> {
        let node = self.look_up(written)?;
        let is_path = node.get("in").and_then(Node::as_str) == Some("path");
        node.get("name").and_then(Node::as_str).filter(|_| is_path)
    }

    /// What one parameter becomes: none, one or several, or a reference to a shared one.
    pub(super) fn parameter(&mut self, written: Node<'d>) -> Vec<NodeId> {
        let Some(node) = self.resolve(written) else {
            return Vec::new();
        };
        let Some(member) = self.components.parameter(node) else {
            return self.parameter_itself(node);
        };
        if !self.components.shared_parameters.contains_key(&node.id()) {
            let made = self.parameter_itself(node);
            let shared = match made.as_slice() {
                [one] => {
                    self.components.keep_parameter(&member, *one);
                    Shared::Named(format!("#/parameters/{}", escaped(member.key)))
                }
                _ => Shared::Here(made),
            };
            self.components.shared_parameters.insert(node.id(), shared);
        }
        match self.components.shared_parameters.get(&node.id()).cloned() {
            Some(Shared::Named(reference)) => vec![self.reference(written.offset(), &reference)],
            Some(Shared::Here(made)) => made,
            None => Vec::new(),
        }
    }

    /// A reference, for what stands at `at`.
    pub(super) fn reference(&mut self, at: u32, to: &str) -> NodeId {
        let mut fields = Fields::default();
        let to = self.draft.string(at, to);
        fields.put("$ref", to);
        self.draft.object(at, fields)
    }

    fn parameter_itself(&mut self, node: Node<'d>) -> Vec<NodeId> {
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        let (Some(name), Some(location)) = (text("name"), text("in")) else {
            // The check of the result says what is missing.
            return vec![self.draft.copy(node)];
        };
        let parameter = Parameter {
            node,
            name,
            location,
            required: node.get("required").and_then(Node::as_bool) == Some(true),
        };
        match location {
            "cookie" => {
                let message = format!("Connectors send no cookies; {} is left out.", quote(name));
                self.note(Note::CookieLost, node, message);
                Vec::new()
            }
            "path" | "query" | "header" => self.placed_parameter(parameter),
            _ => vec![self.draft.copy(node)],
        }
    }

    fn placed_parameter(&mut self, parameter: Parameter<'d>) -> Vec<NodeId> {
        let Parameter { node, .. } = parameter;
        let content = node.get("content").and_then(|content| content.members().next());
        if let Some(content) = content {
            let message = format!(
                "The value is sent as the text that the caller gives, and has to be {}.",
                quote(content.key)
            );
            self.note(Note::ParameterAsText, node, message);
            return vec![self.text_parameter(parameter)];
        }
        let flat = node.get("schema").map(|schema| self.flat(schema));
        let style = Style::of_parameter(parameter);
        if let Some(flat) = &flat
            && self.is_object(flat)
        {
            return self.object_parameter(parameter, flat, style);
        }
        let mut fields = self.start_of_parameter(parameter);
        if let Some(flat) = &flat {
            self.simple(flat, node, style, &mut fields);
        } else {
            let message = format!(
                "Nothing is said about the value of {}; it is a text.",
                quote(parameter.name)
            );
            self.note(Note::TypeAssumed, node, message);
            let kind = self.draft.string(node.offset(), "string");
            fields.put("type", kind);
        }
        vec![self.draft.object(node.offset(), fields)]
    }

    /// A parameter whose value the caller writes out.
    fn text_parameter(&mut self, parameter: Parameter<'d>) -> NodeId {
        let mut fields = self.start_of_parameter(parameter);
        let at = parameter.node.offset();
        let kind = self.draft.string(at, "string");
        fields.put("type", kind);
        self.draft.object(at, fields)
    }

    fn start_of_parameter(&mut self, parameter: Parameter<'d>) -> Fields<'d> {
        let Parameter { node, location, .. } = parameter;
        let mut fields = Fields::default();
        for member in node.members() {
            match member.key {
                key if CARRIED.contains(&key) || key.starts_with("x-") => self.carry(&member, &mut fields),
                "allowEmptyValue" if location == "query" => self.carry(&member, &mut fields),
                "allowEmptyValue" | "schema" | "content" | "style" | "explode" => {}
                "deprecated" => self.flag(&member, "x-deprecated", &mut fields),
                "allowReserved" => {
                    if member.value.as_bool() == Some(true) {
                        self.lost_field(&member);
                    }
                }
                "example" | "examples" => self.lost_example(member.value),
                _ => self.lost_field(&member),
            }
        }
        fields
    }

    /// An object in a query is what its properties are, each on its own.
    fn object_parameter(&mut self, parameter: Parameter<'d>, flat: &Flat<'d>, style: Style) -> Vec<NodeId> {
        let Parameter { node, name, .. } = parameter;
        let properties = if style.names_properties() {
            self.object(flat)
        } else {
            None
        };
        let Some(object) = properties.filter(|object| !object.properties.is_empty()) else {
            let message = format!(
                "{} is an object; the caller writes it out as the API reads it.",
                quote(name)
            );
            self.note(Note::ParameterAsText, node, message);
            return vec![self.text_parameter(parameter)];
        };
        let message = format!(
            "{} is an object; each of its {} properties is a parameter.",
            quote(name),
            object.properties.len()
        );
        self.note(Note::ParameterSplit, node, message);
        let at = node.offset();
        let mut made = Vec::new();
        for property in &object.properties {
            let mut fields = Fields::default();
            let inner = match style {
                Style::Deep => format!("{name}[{}]", property.name),
                Style::Multi | Style::Listed(_) | Style::Other => property.name.to_owned(),
            };
            let inner = self.draft.string(at, &inner);
            fields.put("name", inner);
            let location = self.draft.string(at, parameter.location);
            fields.put("in", location);
            if parameter.required && object.required.contains(property.name) {
                let required = self.draft.boolean(at, true);
                fields.put("required", required);
            }
            self.property_value(property, Style::Multi, &mut fields);
            made.push(self.draft.object(at, fields));
        }
        made
    }

    /// Tells of an example that OpenAPI 2.0 has no place for.
    pub(super) fn lost_example(&mut self, node: Node<'d>) {
        self.note(
            Note::ExampleLost,
            node,
            "OpenAPI 2.0 has no place for an example here.",
        );
    }
}
