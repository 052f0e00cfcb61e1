//! The x-ms- extensions: whether they exist, stand where they mean something, and hold what they should. No client.
//!
//! Names and forms are those of the documented ones and of those that published connectors carry. An unknown one is
//! never refused: the list is longer than anyone's documentation.

mod caller;
mod dynamic;
mod family;
mod known;
mod twins;
mod webhook;

use std::collections::HashSet;

pub(super) use self::caller::{Caller, Inputs};
use self::dynamic::Style;
pub(super) use self::family::Families;
use self::known::{Form, KNOWN};
use super::super::connector_document::Repair;
use super::super::document::{Member, Node, Value};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::super::write;
use super::nearest::nearest;
use super::shape::{Expect, Place, Shape, describe};
use super::{Check, Direction};

/// What every extension of Microsoft's begins with.
const PREFIX: &str = "x-ms-";

const VISIBILITIES: &[&str] = &["important", "advanced", "internal", "none", ""];

impl<'d> Check<'d, '_> {
    /// Checks a field whose name begins with `x-`, in an object of the kind `place`.
    pub(super) fn extension(&mut self, member: Member<'d>, place: Place, parent: &Path<'_>) {
        let Member { key, value, .. } = member;
        if !key.starts_with(PREFIX) {
            return;
        }
        let Some(known) = KNOWN.iter().find(|known| known.name == key) else {
            return self.unknown_extension(&member, parent);
        };
        let misplaced = !known.places.is_empty() && !known.places.contains(&place);
        if place == Place::Body && key.starts_with("x-ms-dynamic-") {
            let message = format!("\"{key}\" stands at the body itself, where nothing reads it.");
            self.report_key(Rule::DynamicOnBody, &member, parent, message);
        } else if misplaced {
            let message = format!("\"{key}\" means nothing here.");
            self.report_key(Rule::ExtensionPlace, &member, parent, message);
        }
        let path = parent.key(key);
        match &known.form {
            Form::Value(expect) => self.extension_value(value, &path, key, *expect),
            Form::Object(shape) => {
                self.form(value, &path, shape);
            }
            Form::ListOf(shape) => self.forms(value, &path, shape),
        }
        self.inside(key, value, place, &path);
    }

    /// Checks what the form of an extension does not show.
    fn inside(&mut self, key: &str, value: Node<'d>, place: Place, path: &Path<'_>) {
        match key {
            "x-ms-visibility" => self.visibility(value, path),
            "x-ms-dynamic-values" => self.dynamic_values(value, path),
            "x-ms-dynamic-list" => {
                self.call(value, path, Style::Wrapped);
                self.produces_list(value, path, ["itemsPath", "itemValuePath", "itemTitlePath"]);
            }
            "x-ms-dynamic-schema" => {
                self.call(value, path, Style::Plain);
                self.produces(value, path, "value-path");
            }
            "x-ms-dynamic-properties" => {
                self.call(value, path, Style::Wrapped);
                self.produces(value, path, "itemValuePath");
            }
            "x-ms-dynamic-tree" => self.dynamic_tree(value, path),
            "x-ms-capabilities" if place == Place::Operation => {
                self.form(value, path, &known::OPERATION_CAPABILITIES);
            }
            "x-ms-capabilities" => self.capabilities(value, path),
            "x-ms-operation-context" => {
                if let Some(simulate) = value.get("simulate") {
                    let path = path.key("simulate");
                    self.form(simulate, &path, &known::SIMULATE);
                    self.call(simulate, &path, Style::Plain);
                }
            }
            "x-ms-notification-url" if self.direction == Direction::Returned => {
                let message = Rule::NotificationUrlPlace.statement();
                self.report(Rule::NotificationUrlPlace, value, path, message);
            }
            "x-ms-notification" => self.operation_named_by(value, path),
            "x-ms-pageable" => self.pageable(value, path),
            "x-ms-trigger-value" if value.is_object() && value.members().len() == 0 => {
                let message = "\"x-ms-trigger-value\" needs value-collection or value-path.";
                self.report(Rule::ExtensionValue, value, path, message);
            }
            "x-ms-deployment-version" => self.deployment_version(value, path),
            _ => {}
        }
    }

    fn unknown_extension(&mut self, member: &Member<'d>, parent: &Path<'_>) {
        let quoted = quote(member.key);
        let nearest = if self.findings.keeps(Rule::ExtensionUnknown) {
            nearest(member.key, KNOWN.iter().map(|known| known.name))
        } else {
            None
        };
        let message = match nearest {
            Some(known) => format!("{quoted} is not a known extension; did you mean \"{known}\"?"),
            None => format!("{quoted} is not a known extension; it is registered as it is."),
        };
        self.report_key(Rule::ExtensionUnknown, member, parent, message);
    }

    /// Checks that `node` is an object of an extension with the fields of `shape`; whether it is an object at all.
    fn form(&mut self, node: Node<'d>, path: &Path<'_>, shape: &Shape) -> bool {
        if !node.is_object() {
            self.expect(node, path, shape.title, "an object", false);
            return false;
        }
        for name in shape.required.iter().filter(|name| node.get(name).is_none()) {
            let message = format!("\"{}\" lacks \"{name}\".", shape.title);
            self.report(Rule::ExtensionValue, node, path, message);
        }
        for member in node.members() {
            let fields = shape.fields.iter();
            if let Some((name, expect)) = fields.clone().find(|(name, _)| *name == member.key) {
                self.extension_value(member.value, &path.key(name), name, *expect);
            } else if !member.key.starts_with("x-") {
                let quoted = quote(member.key);
                let message = match nearest(member.key, fields.map(|(name, _)| *name)) {
                    Some(name) => {
                        format!(
                            "\"{}\" has no field {quoted}; did you mean \"{name}\"?",
                            shape.title
                        )
                    }
                    None => format!("\"{}\" has no field {quoted}.", shape.title),
                };
                self.report_key(Rule::ExtensionField, &member, path, message);
            }
        }
        true
    }

    fn forms(&mut self, list: Node<'d>, path: &Path<'_>, shape: &Shape) {
        let is_list = matches!(list.value(), Value::Array(_));
        self.expect(list, path, shape.title, "a list", is_list);
        for (index, item) in list.items().enumerate() {
            self.form(item, &path.index(index), shape);
        }
    }

    fn extension_value(&mut self, node: Node<'d>, path: &Path<'_>, name: &str, expect: Expect) {
        let fits = expect.fits(&node.value());
        self.expect(node, path, name, expect.words(), fits);
        if let (Expect::OneOf(allowed), Some(text)) = (expect, node.as_str())
            && !allowed.contains(&text)
        {
            let message = format!("\"{name}\" is {}; known are {}.", quote(text), allowed.join(", "));
            self.report(Rule::ExtensionValue, node, path, message);
        }
    }

    fn expect(&mut self, node: Node<'d>, path: &Path<'_>, name: &str, wanted: &str, fits: bool) {
        if !fits {
            let message = format!("\"{name}\" is {} where {wanted} belongs.", describe(node));
            self.report(Rule::ExtensionValue, node, path, message);
        }
    }

    fn visibility(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(text) = node.as_str() else {
            return self.expect(node, path, "x-ms-visibility", "text", false);
        };
        let lower = text.trim().to_ascii_lowercase();
        match VISIBILITIES.iter().find(|known| **known == lower) {
            Some(known) if text != *known => {
                let message = format!(
                    "x-ms-visibility is {}; it is registered as \"{known}\".",
                    quote(text)
                );
                self.report(Rule::VisibilityCase, node, path, message);
                self.repairs.push(Repair::Text(node.id(), (*known).to_owned()));
            }
            Some(_) => {}
            None => {
                let known = Expect::OneOf(&["important", "advanced", "internal"]);
                self.extension_value(node, path, "x-ms-visibility", known);
            }
        }
    }

    fn pageable(&mut self, node: Node<'d>, path: &Path<'_>) {
        if let Some(name) = node.get("nextLinkName")
            && let Some(text) = name.as_str()
            && !matches!(text, "nextLink" | "@odata.nextLink")
        {
            let message = format!(
                "The next page is looked for under nextLink or @odata.nextLink, not {}.",
                quote(text)
            );
            self.report(Rule::PageableLink, name, &path.key("nextLinkName"), message);
        }
    }

    fn deployment_version(&mut self, node: Node<'d>, path: &Path<'_>) {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(text) = node.as_str()
            && !(text.contains('.') && text.split('.').all(digits))
        {
            let message = format!("The version {} is not of the form 1.0.", quote(text));
            self.report(Rule::ExtensionValue, node, path, message);
        }
    }

    fn capabilities(&mut self, node: Node<'d>, path: &Path<'_>) {
        self.form(node, path, &known::CAPABILITIES);
        if let Some(test) = node.get("testConnection") {
            let path = path.key("testConnection");
            self.form(test, &path, &known::TEST_CONNECTION);
            self.call(test, &path, Style::Plain);
        }
        if let Some(picker) = node.get("file-picker") {
            let path = path.key("file-picker");
            self.form(picker, &path, &known::FILE_PICKER);
            for part in ["open", "browse"] {
                if let Some(call) = picker.get(part) {
                    let path = path.key(part);
                    self.form(call, &path, &known::PICKER_CALL);
                    self.operation_named_by(call, &path);
                }
            }
        }
    }

    /// Checks that the editor for dictionaries is asked for at one.
    pub(super) fn editor(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(editor) = node.get("x-ms-editor") else {
            return;
        };
        let closed = node.get("additionalProperties").and_then(Node::as_bool) == Some(false);
        let is_object = node.get("type").and_then(Node::as_str) == Some("object");
        if editor.as_str() == Some("dictionary") && (closed || !is_object) {
            let message = Rule::EditorDictionary.statement();
            self.report(Rule::EditorDictionary, editor, &path.key("x-ms-editor"), message);
        }
    }

    /// Checks names for the values of an enum against the enum.
    pub(super) fn enum_values(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(named) = node.get("x-ms-enum-values") else {
            return;
        };
        let written = |value: Node<'d>| {
            let mut text = String::new();
            write::json(value, &mut text);
            text
        };
        let allowed: Option<HashSet<String>> =
            node.get("enum").map(|list| list.items().map(written).collect());
        let path = path.key("x-ms-enum-values");
        let mut seen = HashSet::new();
        for (index, item) in named.items().enumerate() {
            let Some(value) = item.get("value") else { continue };
            let text = written(value);
            let path = path.index(index);
            if allowed.as_ref().is_some_and(|allowed| !allowed.contains(&text)) {
                let message = format!("The enum has no value {}.", quote(&text));
                self.report(Rule::EnumNameUnknown, value, &path.key("value"), message);
            }
            if let Some(repeated) = seen.replace(text) {
                let message = format!("The value {} is named twice.", quote(&repeated));
                self.report(Rule::EnumNameRepeated, value, &path.key("value"), message);
            }
        }
    }
}
