//! Which fields an object of OpenAPI 2.0 may have, and of what type each is. No client.
//!
//! The tables in [`shapes`](super::shapes) say what the official JSON schema says; this is what reads them.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::document::{Member, Node, Value};
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::super::write;
use super::Check;
use super::nearest::nearest;

/// What an object is, for the walk and for messages.
#[derive(Debug)]
pub(super) struct Shape {
    /// With its article, as it stands in a sentence.
    pub(super) title: &'static str,
    /// Which extensions have a meaning in it.
    pub(super) place: Place,
    pub(super) required: &'static [&'static str],
    pub(super) fields: &'static [(&'static str, Expect)],
}

/// The kinds of objects that extensions tell apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Root,
    Info,
    PathItem,
    Operation,
    /// A parameter that is not the body.
    Parameter,
    Body,
    Schema,
    /// What a list holds that is described in place.
    Items,
    Header,
    Response,
    /// In an extension.
    Inside,
    Other,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expect {
    Any,
    Text,
    Boolean,
    Number,
    /// A number above zero.
    Positive,
    /// A whole number, not negative.
    Count,
    Object,
    List,
    /// A list of texts, each once.
    Texts,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of these texts, each once.
    SomeOf(&'static [&'static str]),
}

impl Expect {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Text | Self::OneOf(_) => "text",
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::Positive => "a number above zero",
            Self::Count => "a whole number that is not negative",
            Self::Object => "an object",
            Self::List => "a list",
            Self::Texts | Self::SomeOf(_) => "a list of texts",
        }
    }

    pub(super) fn fits(self, value: &Value<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Text | Self::OneOf(_) => matches!(value, Value::String(_)),
            Self::Boolean => matches!(value, Value::Boolean(_)),
            Self::Number => matches!(value, Value::Number(_)),
            Self::Positive => {
                matches!(value, Value::Number(text) if text.parse::<f64>().is_ok_and(|n| n > 0.0))
            }
            Self::Count => {
                matches!(value, Value::Number(text) if text.parse::<f64>().is_ok_and(|n| n >= 0.0 && n.fract() == 0.0))
            }
            Self::Object => matches!(value, Value::Object(_)),
            Self::List | Self::Texts | Self::SomeOf(_) => matches!(value, Value::Array(_)),
        }
    }
}

/// What a value is, as it stands in a sentence.
pub(super) fn describe(node: Node<'_>) -> &'static str {
    match node.value() {
        Value::Null => "null",
        Value::Boolean(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Keywords of other schema dialects, which people expect to work.
const FOREIGN_KEYWORDS: [&str; 16] = [
    "oneOf",
    "anyOf",
    "not",
    "nullable",
    "const",
    "if",
    "then",
    "else",
    "patternProperties",
    "examples",
    "writeOnly",
    "deprecated",
    "contentEncoding",
    "contentMediaType",
    "propertyNames",
    "unevaluatedProperties",
];

impl<'d> Check<'d, '_> {
    /// Checks that `node` is an object with the fields of `shape`; whether it is an object at all.
    pub(super) fn shape(&mut self, node: Node<'d>, path: &Path<'_>, shape: &Shape) -> bool {
        if !node.is_object() {
            let message = format!("Here is {} where {} belongs.", describe(node), shape.title);
            self.report(Rule::WrongType, node, path, message);
            return false;
        }
        for name in shape.required {
            if node.get(name).is_none() {
                let message = format!("{} is missing; {} needs it.", quote(name), shape.title);
                self.report(Rule::MissingField, node, path, message);
            }
        }
        for member in node.members() {
            if let Some((name, expect)) = shape.fields.iter().find(|(name, _)| *name == member.key) {
                self.value(member.value, &path.key(name), name, *expect);
            } else if member.key.starts_with("x-") {
                self.extension(member, shape.place, path);
            } else {
                self.unknown_field(member, path, shape);
            }
        }
        true
    }

    fn unknown_field(&mut self, member: Member<'d>, path: &Path<'_>, shape: &Shape) {
        let key = quote(member.key);
        if FOREIGN_KEYWORDS.contains(&member.key) {
            let message = format!("{key} is not a field of {} in OpenAPI 2.0.", shape.title);
            return self.report_key(Rule::KeywordNotSupported, &member, path, message);
        }
        let known = shape.fields.iter().map(|(name, _)| *name);
        let nearest = if self.findings.keeps(Rule::UnknownField) {
            nearest(member.key, known)
        } else {
            None
        };
        let message = match nearest {
            Some(name) => format!(
                "{key} is not a field of {}; did you mean \"{name}\"?",
                shape.title
            ),
            None => format!("{key} is not a field of {}.", shape.title),
        };
        self.report_key(Rule::UnknownField, &member, path, message);
    }

    /// Checks one value against what its field holds.
    pub(super) fn value(&mut self, node: Node<'d>, path: &Path<'_>, name: &str, expect: Expect) {
        let value = node.value();
        if !expect.fits(&value) {
            let hint = match (expect, &value) {
                (Expect::Text, Value::Number(_) | Value::Boolean(_)) => " Put it in quotes.",
                _ => "",
            };
            let message = format!(
                "\"{name}\" is {} where {} belongs.{hint}",
                describe(node),
                expect.words()
            );
            return self.report(Rule::WrongType, node, path, message);
        }
        match expect {
            Expect::OneOf(allowed) => self.one_of(node, path, name, allowed),
            Expect::Texts => self.texts(node, path, name, None),
            Expect::SomeOf(allowed) => self.texts(node, path, name, Some(allowed)),
            Expect::Any
            | Expect::Text
            | Expect::Boolean
            | Expect::Number
            | Expect::Positive
            | Expect::Count
            | Expect::Object
            | Expect::List => {}
        }
    }

    /// Checks that a text is one of those allowed; other values are another finding's business.
    pub(super) fn one_of(&mut self, node: Node<'d>, path: &Path<'_>, name: &str, allowed: &[&str]) {
        let Some(text) = node.as_str() else { return };
        if !allowed.contains(&text) {
            let message = format!(
                "\"{name}\" is {}; allowed are {}.",
                quote(text),
                allowed.join(", ")
            );
            self.report(Rule::ValueNotAllowed, node, path, message);
        }
    }

    fn texts(&mut self, list: Node<'d>, path: &Path<'_>, name: &str, allowed: Option<&[&str]>) {
        for (index, item) in list.items().enumerate() {
            let path = path.index(index);
            match (item.as_str(), allowed) {
                (None, _) => {
                    let message = format!("\"{name}\" holds {} where text belongs.", describe(item));
                    self.report(Rule::WrongType, item, &path, message);
                }
                (Some(_), Some(allowed)) => self.one_of(item, &path, name, allowed),
                (Some(_), None) => {}
            }
        }
        self.unique(list, path, name, Rule::DuplicateItem);
    }

    /// Checks that a list holds no value twice; `rule` says how much it matters.
    pub(super) fn unique(&mut self, list: Node<'d>, path: &Path<'_>, name: &str, rule: Rule) {
        let mut seen: HashSet<(bool, Cow<'d, str>)> = HashSet::new();
        for (index, item) in list.items().enumerate() {
            let value = if let Some(text) = item.as_str() {
                (true, Cow::Borrowed(text))
            } else {
                let mut written = String::new();
                write::json(item, &mut written);
                (false, Cow::Owned(written))
            };
            if let Some((_, repeated)) = seen.replace(value) {
                let message = format!("\"{name}\" holds {} twice.", quote(&repeated));
                self.report(rule, item, &path.index(index), message);
            }
        }
    }
}
