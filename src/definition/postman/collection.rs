//! A collection in one form, whatever its version: folders, and requests in their order. No client.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::document::{Node, Value};
use super::notes::Notes;
use super::url::Address;

/// A collection.
#[derive(Debug)]
pub(super) struct Collection<'d> {
    pub(super) node: Node<'d>,
    pub(super) name: Option<Node<'d>>,
    pub(super) description: Option<Node<'d>>,
    pub(super) version: Option<Node<'d>>,
    /// The first is the collection itself.
    pub(super) folders: Vec<Folder<'d>>,
    pub(super) requests: Vec<Request<'d>>,
}

/// What a folder means for the requests in it.
#[derive(Debug)]
pub(super) struct Folder<'d> {
    pub(super) node: Node<'d>,
    /// The folder that it is in; of the collection itself, none.
    pub(super) parent: Option<usize>,
    /// Its name behind those of the folders around it; empty for the collection itself.
    pub(super) tag: String,
    pub(super) description: Option<Node<'d>>,
    pub(super) auth: Option<Auth<'d>>,
    pub(super) variables: Variables<'d>,
}

/// A request.
#[derive(Debug)]
pub(super) struct Request<'d> {
    /// What stands for it in the report.
    pub(super) node: Node<'d>,
    pub(super) folder: usize,
    pub(super) name: Option<Node<'d>>,
    pub(super) description: Option<Node<'d>>,
    pub(super) method: Cow<'d, str>,
    pub(super) address: Address<'d>,
    pub(super) path_variables: Vec<Field<'d>>,
    pub(super) headers: Vec<Field<'d>>,
    pub(super) body: Body<'d>,
    /// Postman sends no body by GET or HEAD, unless it is told to.
    pub(super) always_sends_body: bool,
    pub(super) auth: Option<Auth<'d>>,
    pub(super) variables: Variables<'d>,
    pub(super) responses: Vec<Response<'d>>,
}

/// What variables stand for, by their names. Of several of one name the last one counts, as in Postman.
pub(super) type Variables<'d> = HashMap<String, Cow<'d, str>>;

/// A header, a parameter, a form field or a variable that is not disabled.
#[derive(Clone, Debug)]
pub(super) struct Field<'d> {
    pub(super) at: u32,
    pub(super) key: Cow<'d, str>,
    /// Never to be repeated anywhere.
    pub(super) value: Cow<'d, str>,
    pub(super) description: Option<Node<'d>>,
    pub(super) is_file: bool,
}

/// What is sent or comes back.
#[derive(Debug)]
pub(super) enum Body<'d> {
    None,
    Text {
        at: u32,
        text: &'d str,
        /// The language that the author chose for it.
        language: Option<&'d str>,
    },
    /// JSON that is no text, but a value of the collection.
    Value(Node<'d>),
    Form(Vec<Field<'d>>),
    UrlEncoded(Vec<Field<'d>>),
    File {
        at: u32,
    },
    GraphQl {
        at: u32,
        /// A text with JSON, or a value.
        variables: Option<Node<'d>>,
        named: bool,
    },
}

/// How a request, or all requests of a folder, authenticate.
#[derive(Debug)]
pub(super) struct Auth<'d> {
    pub(super) node: Node<'d>,
    /// The kind under its name in version 2.
    pub(super) kind: &'d str,
    pub(super) attributes: Vec<Field<'d>>,
}

/// An answer that was saved.
#[derive(Debug)]
pub(super) struct Response<'d> {
    pub(super) node: Node<'d>,
    pub(super) name: Option<&'d str>,
    pub(super) code: Option<u16>,
    pub(super) headers: Vec<Field<'d>>,
    pub(super) body: Body<'d>,
    /// What had been sent.
    pub(super) sent: Body<'d>,
}

impl<'d> Auth<'d> {
    /// The value of an attribute, if there is one.
    pub(super) fn attribute(&self, key: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| attribute.key == key)?;
        let value = found.value.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Reads the block of version 2, which later exports of version 1 have as well. `null` says nothing.
    pub(super) fn read(node: Node<'d>) -> Option<Self> {
        let kind = node.get("type").and_then(Node::as_str).map(str::trim)?;
        let attributes = node.get(kind).map(attributes).unwrap_or_default();
        Some(Self {
            node,
            kind,
            attributes,
        })
    }
}

/// Attributes as a list of key and value, or as an object.
pub(super) fn attributes(node: Node<'_>) -> Vec<Field<'_>> {
    let of_members = node.members().filter_map(|member| {
        Some(Field {
            at: member.key_offset,
            key: Cow::Borrowed(member.key),
            value: plain(member.value)?,
            description: None,
            is_file: false,
        })
    });
    node.items().filter_map(field).chain(of_members).collect()
}

/// A text, or a number or boolean as it is written.
pub(super) fn plain(node: Node<'_>) -> Option<Cow<'_, str>> {
    match node.value() {
        Value::String(text) | Value::Number(text) => Some(Cow::Borrowed(text)),
        Value::Boolean(value) => Some(Cow::Borrowed(if value { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A description: a text, or an object with its content.
pub(super) fn description(node: Option<Node<'_>>) -> Option<Node<'_>> {
    let node = node?;
    let node = node.get("content").unwrap_or(node);
    node.as_str().filter(|text| !text.trim().is_empty())?;
    Some(node)
}

/// One entry of a list of fields, also a disabled one.
fn field(node: Node<'_>) -> Option<Field<'_>> {
    let key = ["key", "id", "name"]
        .into_iter()
        .find_map(|key| node.get(key).and_then(plain))?;
    Some(Field {
        at: node.offset(),
        key,
        value: node.get("value").and_then(plain).unwrap_or_default(),
        description: description(node.get("description")),
        is_file: node.get("type").and_then(Node::as_str) == Some("file"),
    })
}

fn is_disabled(node: Node<'_>) -> bool {
    let flag = |key: &str| node.get(key).and_then(Node::as_bool);
    flag("disabled") == Some(true) || flag("enabled") == Some(false)
}

/// The fields of a list that are not disabled and have a name.
pub(super) fn fields<'d>(list: Option<Node<'d>>, notes: &mut Notes) -> Vec<Field<'d>> {
    let Some(list) = list else { return Vec::new() };
    let mut kept = Vec::new();
    for node in list.items() {
        let Some(field) = field(node).filter(|field| !field.key.trim().is_empty()) else {
            continue;
        };
        if is_disabled(node) {
            notes.disabled(field.at);
        } else {
            kept.push(field);
        }
    }
    kept
}

/// Variables of a collection, a folder or a request. What is disabled among them needs no telling.
pub(super) fn variables(node: Node<'_>) -> Variables<'_> {
    let list = node.get("variable").or_else(|| node.get("variables"));
    let fields = fields(list, &mut Notes::default()).into_iter();
    fields
        .map(|field| (field.key.trim().to_owned(), field.value))
        .collect()
}

/// Headers as a list, or as lines of text, where two slashes disable one.
pub(super) fn headers<'d>(node: Option<Node<'d>>, notes: &mut Notes) -> Vec<Field<'d>> {
    let Some(text) = node.and_then(Node::as_str) else {
        return fields(node, notes);
    };
    let at = node.map_or(0, Node::offset);
    let mut kept = Vec::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim());
        if key.starts_with("//") {
            notes.disabled(at);
        } else if !key.is_empty() {
            kept.push(Field {
                at,
                key: Cow::Borrowed(key),
                value: Cow::Borrowed(value),
                description: None,
                is_file: false,
            });
        }
    }
    kept
}

/// A form as a list, or written as it is sent.
pub(super) fn form<'d>(node: Option<Node<'d>>, notes: &mut Notes) -> Vec<Field<'d>> {
    let Some(text) = node.and_then(Node::as_str) else {
        return fields(node, notes);
    };
    super::url::pairs(text, node.map_or(0, Node::offset))
}

/// A version as text: it may be written as one, as a number, or in its parts.
pub(super) fn version_text(node: Node<'_>) -> Option<String> {
    let plain = |node: Node<'_>| match node.value() {
        Value::String(text) | Value::Number(text) => {
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        }
        Value::Null | Value::Boolean(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if !node.is_object() {
        return plain(node);
    }
    let part = |key: &str| node.get(key).and_then(plain);
    let numbers = ["major", "minor", "patch"].map(|key| part(key).unwrap_or_else(|| "0".to_owned()));
    let mut text = numbers.join(".");
    if let Some(identifier) = part("prerelease").or_else(|| part("identifier")) {
        text = format!("{text}-{identifier}");
    }
    Some(text)
}
