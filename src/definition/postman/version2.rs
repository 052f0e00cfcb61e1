//! Collections of versions 2.0 and 2.1: items in folders. No client.

use std::borrow::Cow;

use super::super::document::{Node, Value};
use super::super::note::Note;
use super::collection::{
    Auth, Body, Collection, Folder, Request, Response, description, fields, form, headers, variables,
};
use super::notes::Notes;
use super::url::Address;
use super::{nested_tag, own_text};

/// Reads a whole collection.
pub(super) fn read<'d>(node: Node<'d>, notes: &mut Notes) -> Collection<'d> {
    let info = node.get("info").unwrap_or(node);
    let mut reader = Reader {
        collection: Collection {
            node,
            name: own_text(info.get("name")),
            description: description(info.get("description"))
                .or_else(|| description(node.get("description"))),
            version: info.get("version"),
            folders: Vec::new(),
            requests: Vec::new(),
        },
        notes,
    };
    reader.folder(node, None, "");
    reader.collection
}

struct Reader<'d, 'n> {
    collection: Collection<'d>,
    notes: &'n mut Notes,
}

impl<'d> Reader<'d, '_> {
    fn folder(&mut self, node: Node<'d>, parent: Option<usize>, tag: &str) {
        let index = self.collection.folders.len();
        scripts(node, self.notes);
        self.collection.folders.push(Folder {
            node,
            parent,
            tag: tag.to_owned(),
            description: description(node.get("description")),
            auth: node.get("auth").and_then(Auth::read),
            variables: variables(node),
        });
        for item in node.get("item").into_iter().flat_map(Node::items) {
            if item.get("request").is_some() {
                self.request(item, index);
            }
            if item
                .get("item")
                .is_some_and(|inner| matches!(inner.value(), Value::Array(_)))
            {
                let name = item.get("name").and_then(Node::as_str).unwrap_or_default();
                self.folder(item, Some(index), &nested_tag(tag, name));
            }
        }
    }

    fn request(&mut self, item: Node<'d>, folder: usize) {
        let Some(node) = item.get("request") else { return };
        scripts(item, self.notes);
        let url = node.get("url").or_else(|| node.as_str().map(|_| node));
        let method = node.get("method").and_then(Node::as_str).unwrap_or("GET");
        let notes = &mut *self.notes;
        let request = Request {
            node: item,
            folder,
            name: own_text(item.get("name")).or_else(|| own_text(node.get("name"))),
            description: description(node.get("description"))
                .or_else(|| description(item.get("description"))),
            method: Cow::Borrowed(method),
            address: url.map(|url| Address::read(url, None, notes)).unwrap_or_default(),
            path_variables: fields(url.and_then(|url| url.get("variable")), notes),
            headers: headers(node.get("header").or_else(|| node.get("headers")), notes),
            body: body(node.get("body").or_else(|| node.get("data")), notes),
            always_sends_body: item
                .get("protocolProfileBehavior")
                .and_then(|behaviour| behaviour.get("disableBodyPruning"))
                .and_then(Node::as_bool)
                == Some(true),
            auth: node
                .get("auth")
                .and_then(Auth::read)
                .or_else(|| item.get("auth").and_then(Auth::read)),
            variables: variables(item),
            responses: item
                .get("response")
                .or_else(|| item.get("responses"))
                .into_iter()
                .flat_map(Node::items)
                .filter(|response| response.is_object())
                .map(|response| saved(response, notes))
                .collect(),
        };
        for key in ["certificate", "proxy"] {
            if let Some(setting) = node.get(key).filter(|setting| setting.is_object()) {
                notes.tell(Note::ClientSettingLost, setting.offset());
            }
        }
        self.collection.requests.push(request);
    }
}

/// Tells of scripts that hold anything.
fn scripts(node: Node<'_>, notes: &mut Notes) {
    for event in node
        .get("event")
        .or_else(|| node.get("events"))
        .into_iter()
        .flat_map(Node::items)
    {
        let script = event
            .get("script")
            .and_then(|script| script.get("exec").or(Some(script)));
        let has_lines = script.is_some_and(|script| {
            let is_line = |node: Node<'_>| node.as_str().is_some_and(|line| !line.trim().is_empty());
            is_line(script) || script.items().any(is_line)
        });
        if has_lines {
            notes.tell(Note::ScriptLost, event.offset());
        }
    }
}

fn saved<'d>(node: Node<'d>, notes: &mut Notes) -> Response<'d> {
    let code = node.get("code").and_then(super::collection::plain);
    let request = node.get("originalRequest");
    // What is disabled in a sample has been told of where it belongs.
    let mut apart = Notes::default();
    Response {
        node,
        name: node
            .get("name")
            .or_else(|| node.get("status"))
            .and_then(Node::as_str),
        code: code.and_then(|code| code.parse().ok()),
        headers: headers(node.get("header"), notes),
        body: content(
            node.get("body"),
            node.get("_postman_previewlanguage").and_then(Node::as_str),
        ),
        sent: body(request.and_then(|request| request.get("body")), &mut apart),
    }
}

/// A body that is a text, or JSON that is part of the collection.
pub(super) fn content<'d>(node: Option<Node<'d>>, language: Option<&'d str>) -> Body<'d> {
    match node {
        Some(node) if node.is_container() => Body::Value(node),
        Some(node) => match node.as_str().filter(|text| !text.trim().is_empty()) {
            Some(text) => Body::Text {
                at: node.offset(),
                text,
                language,
            },
            None => Body::None,
        },
        None => Body::None,
    }
}

fn body<'d>(node: Option<Node<'d>>, notes: &mut Notes) -> Body<'d> {
    let Some(node) = node.filter(|body| body.get("disabled").and_then(Node::as_bool) != Some(true)) else {
        return Body::None;
    };
    let known = ["raw", "urlencoded", "formdata", "file", "graphql"];
    let mode = node
        .get("mode")
        .and_then(Node::as_str)
        .or_else(|| known.into_iter().find(|mode| node.get(mode).is_some()));
    match mode {
        Some("raw") => {
            let language = node
                .get("options")
                .and_then(|options| options.get("raw")?.get("language")?.as_str());
            content(node.get("raw"), language)
        }
        Some("urlencoded") => Body::UrlEncoded(form(node.get("urlencoded"), notes)),
        Some("formdata") => Body::Form(form(node.get("formdata"), notes)),
        Some("file") => Body::File {
            at: node.get("file").unwrap_or(node).offset(),
        },
        Some("graphql") => {
            let graphql = node.get("graphql").unwrap_or(node);
            Body::GraphQl {
                at: graphql.offset(),
                variables: graphql.get("variables"),
                named: graphql.get("operationName").is_some(),
            }
        }
        Some(_) | None => Body::None,
    }
}
