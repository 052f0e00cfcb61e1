//! Collections of version 1: a list of requests, and folders that name them. No client.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::document::{Node, Value};
use super::super::note::Note;
use super::collection::{
    Auth, Body, Collection, Field, Folder, Request, Response, attributes, description, fields, form, headers,
    variables,
};
use super::notes::Notes;
use super::url::Address;
use super::version2::content;
use super::{nested_tag, own_text};

/// Levels of folders that are followed: the list of folders is flat, so nothing else bounds them.
const DEEPEST: usize = 50;

/// Reads a whole collection.
pub(super) fn read<'d>(node: Node<'d>, notes: &mut Notes) -> Collection<'d> {
    let list = |key: &str| node.get(key).into_iter().flat_map(Node::items);
    let by_id = |nodes: Vec<Node<'d>>| -> HashMap<&'d str, usize> {
        let with_id = nodes.iter().enumerate();
        with_id
            .filter_map(|(index, node)| Some((node.get("id")?.as_str()?, index)))
            .collect()
    };
    let folders: Vec<Node<'d>> = list("folders").filter(|folder| folder.is_object()).collect();
    let requests: Vec<Node<'d>> = list("requests").filter(|request| request.is_object()).collect();
    let mut reader = Reader {
        collection: Collection {
            node,
            name: own_text(node.get("name")),
            description: description(node.get("description")),
            version: None,
            folders: Vec::new(),
            requests: Vec::new(),
        },
        folder_places: by_id(folders.clone()),
        request_places: by_id(requests.clone()),
        folders: folders.into_iter().map(Some).collect(),
        requests: requests.into_iter().map(Some).collect(),
        inner: HashMap::new(),
        depth: 0,
        notes,
    };
    reader.nest();
    reader.folder(node, None, "");
    reader.rest();
    reader.collection
}

struct Reader<'d, 'n> {
    collection: Collection<'d>,
    /// Folders and requests by their ids, and those that have not been read yet.
    folder_places: HashMap<&'d str, usize>,
    request_places: HashMap<&'d str, usize>,
    folders: Vec<Option<Node<'d>>>,
    requests: Vec<Option<Node<'d>>>,
    /// Ids of folders by the id of the folder that they say they are in.
    inner: HashMap<&'d str, Vec<&'d str>>,
    /// How many folders the one that is read is in.
    depth: usize,
    notes: &'n mut Notes,
}

fn ids<'d>(node: Node<'d>, key: &str) -> impl Iterator<Item = &'d str> + use<'d> {
    node.get(key)
        .into_iter()
        .flat_map(Node::items)
        .filter_map(Node::as_str)
}

impl<'d> Reader<'d, '_> {
    fn nest(&mut self) {
        for folder in self.folders.iter().flatten() {
            let text = |key: &str| folder.get(key).and_then(Node::as_str);
            if let (Some(id), Some(parent)) = (text("id"), text("folder")) {
                self.inner.entry(parent).or_default().push(id);
            }
        }
    }

    /// Reads a folder: first the folders in it, then its requests, as Postman shows them.
    fn folder(&mut self, node: Node<'d>, parent: Option<usize>, tag: &str) {
        let index = self.collection.folders.len();
        self.collection.folders.push(Folder {
            node,
            parent,
            tag: tag.to_owned(),
            description: description(node.get("description")),
            auth: auth(node),
            variables: variables(node),
        });
        let own = node.get("id").and_then(Node::as_str).unwrap_or_default();
        let mut inner: Vec<&str> = ids(node, "folders_order").collect();
        if parent.is_some() {
            inner.extend(self.inner.remove(own).unwrap_or_default());
        } else if inner.is_empty() {
            let free = self
                .folders
                .iter()
                .flatten()
                .filter(|folder| folder.get("folder").and_then(Node::as_str).is_none());
            inner.extend(free.filter_map(|folder| folder.get("id").and_then(Node::as_str)));
        }
        // What is nested more deeply is read at the end.
        let inner = if self.depth < DEEPEST { inner } else { Vec::new() };
        self.depth += 1;
        for id in inner {
            let place = self.folder_places.get(id).copied();
            if let Some(folder) = place.and_then(|place| self.folders.get_mut(place)?.take()) {
                let name = folder.get("name").and_then(Node::as_str).unwrap_or_default();
                self.folder(folder, Some(index), &nested_tag(tag, name));
            }
        }
        self.depth -= 1;
        for id in ids(node, "order") {
            let place = self.request_places.get(id).copied();
            if let Some(request) = place.and_then(|place| self.requests.get_mut(place)?.take()) {
                self.request(request, index);
            }
        }
    }

    /// Reads what no order names, so that nothing is passed over.
    fn rest(&mut self) {
        for place in 0..self.folders.len() {
            if let Some(folder) = self.folders.get_mut(place).and_then(Option::take) {
                let name = folder.get("name").and_then(Node::as_str).unwrap_or_default();
                self.folder(folder, Some(0), &nested_tag("", name));
            }
        }
        let of_folders = self.collection.folders.iter().enumerate();
        let by_id: HashMap<&str, usize> = of_folders
            .filter_map(|(index, folder)| Some((folder.node.get("id")?.as_str()?, index)))
            .collect();
        for place in 0..self.requests.len() {
            if let Some(request) = self.requests.get_mut(place).and_then(Option::take) {
                let folder = request.get("folder").and_then(Node::as_str);
                self.request(
                    request,
                    folder.and_then(|id| by_id.get(id)).copied().unwrap_or_default(),
                );
            }
        }
    }

    fn request(&mut self, node: Node<'d>, folder: usize) {
        let notes = &mut *self.notes;
        for key in ["preRequestScript", "tests"] {
            if let Some(script) = node
                .get(key)
                .filter(|script| script.as_str().is_some_and(|text| !text.trim().is_empty()))
            {
                notes.tell(Note::ScriptLost, script.offset());
            }
        }
        let request = Request {
            node,
            folder,
            name: own_text(node.get("name")),
            description: description(node.get("description")),
            method: Cow::Borrowed(node.get("method").and_then(Node::as_str).unwrap_or("GET")),
            address: node
                .get("url")
                .map(|url| Address::read(url, node.get("queryParams"), notes))
                .unwrap_or_default(),
            path_variables: path_variables(node, notes),
            headers: sent_headers(node, notes),
            body: body(node, notes),
            always_sends_body: node
                .get("protocolProfileBehavior")
                .and_then(|behaviour| behaviour.get("disableBodyPruning"))
                .and_then(Node::as_bool)
                == Some(true),
            auth: auth(node),
            variables: variables(node),
            responses: node
                .get("responses")
                .into_iter()
                .flat_map(Node::items)
                .filter(|response| response.is_object())
                .map(|response| saved(response, notes))
                .collect(),
        };
        self.collection.requests.push(request);
    }
}

/// The list has more to say than the lines of text.
fn sent_headers<'d>(node: Node<'d>, notes: &mut Notes) -> Vec<Field<'d>> {
    let list = node
        .get("headerData")
        .filter(|list| list.items().next().is_some());
    headers(list.or_else(|| node.get("headers")), notes)
}

fn path_variables<'d>(node: Node<'d>, notes: &mut Notes) -> Vec<Field<'d>> {
    let listed = fields(node.get("pathVariableData"), notes);
    if listed.is_empty() {
        return node.get("pathVariables").map(attributes).unwrap_or_default();
    }
    listed
}

/// The names of helpers, and of the kinds of authentication that they became in version 2.
const HELPERS: [(&str, &str); 10] = [
    ("basicAuth", "basic"),
    ("bearerAuth", "bearer"),
    ("apikeyAuth", "apikey"),
    ("digestAuth", "digest"),
    ("oAuth1", "oauth1"),
    ("oAuth2", "oauth2"),
    ("hawkAuth", "hawk"),
    ("awsSigV4", "awsv4"),
    ("ntlmAuth", "ntlm"),
    ("edgegridAuth", "edgegrid"),
];

fn auth(node: Node<'_>) -> Option<Auth<'_>> {
    if let Some(auth) = node.get("auth").and_then(Auth::read) {
        return Some(auth);
    }
    let helper = node.get("currentHelper")?;
    let name = helper
        .as_str()
        .filter(|name| !matches!(*name, "" | "null" | "normal"))?;
    let kind = HELPERS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(name, |(_, kind)| kind);
    Some(Auth {
        node: helper,
        kind,
        attributes: node.get("helperAttributes").map(attributes).unwrap_or_default(),
    })
}

fn body<'d>(node: Node<'d>, notes: &mut Notes) -> Body<'d> {
    let disabled = node.get("dataDisabled").and_then(Node::as_bool) == Some(true);
    let data = node
        .get("data")
        .filter(|data| !matches!(data.value(), Value::Null));
    match node.get("dataMode").and_then(Node::as_str).filter(|_| !disabled) {
        Some("raw") => {
            let raw = node
                .get("rawModeData")
                .filter(|raw| !matches!(raw.value(), Value::Null))
                .or(data);
            // Old exports have the text as the only item of a list.
            let raw = raw.and_then(|raw| match raw.value() {
                Value::Array(mut items) => items.next().filter(|item| item.as_str().is_some()),
                Value::Null | Value::Boolean(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    Some(raw)
                }
            });
            let language = node
                .get("dataOptions")
                .and_then(|options| options.get("raw")?.get("language")?.as_str());
            content(raw, language)
        }
        Some("params") => Body::Form(form(data, notes)),
        Some("urlencoded") => Body::UrlEncoded(form(data, notes)),
        Some("binary") => Body::File {
            at: node.get("rawModeData").unwrap_or(node).offset(),
        },
        Some("graphql") => {
            let graphql = node.get("graphqlModeData").or(data).unwrap_or(node);
            Body::GraphQl {
                at: graphql.offset(),
                variables: graphql.get("variables"),
                named: graphql.get("operationName").is_some(),
            }
        }
        Some(_) | None => Body::None,
    }
}

fn saved<'d>(node: Node<'d>, notes: &mut Notes) -> Response<'d> {
    let code = node.get("responseCode").and_then(|code| code.get("code"));
    let mut apart = Notes::default();
    Response {
        node,
        name: node
            .get("name")
            .or_else(|| node.get("status"))
            .and_then(Node::as_str),
        code: code
            .and_then(super::collection::plain)
            .and_then(|code| code.parse().ok()),
        headers: headers(node.get("headers"), notes),
        body: content(node.get("text"), node.get("language").and_then(Node::as_str)),
        sent: node
            .get("request")
            .map_or(Body::None, |request| body(request, &mut apart)),
    }
}
