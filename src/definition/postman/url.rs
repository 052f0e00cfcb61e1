//! Addresses of requests, in which variables stand for any part. No client.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::super::document::Node;
use super::collection::{Field, fields, plain};
use super::notes::Notes;

/// Bytes of a path beyond which no request is meant.
const LONGEST_PATH: usize = 2_000;

/// An address as written; variables are not resolved.
#[derive(Debug, Default)]
pub(super) struct Address<'d> {
    pub(super) at: u32,
    /// Scheme, credentials, host and port, as far as they are there.
    pub(super) front: String,
    /// Empty, or begins with a slash.
    pub(super) path: String,
    pub(super) query: Vec<Field<'d>>,
    /// It holds a user name and a password.
    pub(super) has_credentials: bool,
}

/// The first place in `text`, but not in a variable, where `is_it` holds for the rest.
fn find(text: &str, is_it: impl Fn(&str) -> bool) -> Option<usize> {
    let last_end = text.rfind("}}").unwrap_or_default();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        // An end is looked for only where there is one: a text of nothing but braces stays cheap.
        if at < last_end
            && rest.starts_with("{{")
            && let Some(end) = rest.find("}}")
        {
            at += end + 2;
            continue;
        }
        if is_it(rest) {
            return Some(at);
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// `text` before and behind the first `sign` that is in no variable.
fn split_at(text: &str, sign: char) -> (&str, Option<&str>) {
    match find(text, |rest| rest.starts_with(sign)) {
        Some(at) => (
            text.get(..at).unwrap_or_default(),
            text.get(at + sign.len_utf8()..),
        ),
        None => (text, None),
    }
}

/// Front, path and query of an address.
fn parts(text: &str) -> (&str, &str, &str) {
    let (text, _fragment) = split_at(text.trim(), '#');
    let (text, query) = split_at(text, '?');
    // A second scheme comes from a variable that has one as well; the last one counts.
    let mut start = 0;
    while let Some(at) = find(text.get(start..).unwrap_or_default(), |rest| {
        rest.starts_with("://") || rest.starts_with('/')
    }) {
        if text.get(start + at..).is_some_and(|rest| rest.starts_with('/')) {
            return (
                text.get(..start + at).unwrap_or_default(),
                text.get(start + at..).unwrap_or_default(),
                query.unwrap_or_default(),
            );
        }
        start += at + "://".len();
    }
    (text, "", query.unwrap_or_default())
}

/// The path of an address, from its slash on.
pub(super) fn path_of(text: &str) -> &str {
    parts(text).1
}

/// Names and values as an address writes them.
pub(super) fn pairs(text: &str, at: u32) -> Vec<Field<'_>> {
    let mut pairs = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (pair, behind) = split_at(text, '&');
        rest = behind;
        let (key, value) = split_at(pair, '=');
        if !key.is_empty() {
            pairs.push(Field {
                at,
                key: Cow::Borrowed(key),
                value: Cow::Borrowed(value.unwrap_or_default()),
                description: None,
                is_file: false,
            });
        }
    }
    pairs
}

impl<'d> Address<'d> {
    /// Reads an address that is written as text or, if there is one, as an object. `query` is used instead of what
    /// the text says.
    pub(super) fn read(node: Node<'d>, query: Option<Node<'d>>, notes: &mut Notes) -> Self {
        let at = node.offset();
        let has = |key: &str| {
            node.get(key)
                .is_some_and(|part| joined(part, "").is_some_and(|text| !text.trim().is_empty()))
        };
        let raw = node.as_str().or_else(|| node.get("raw").and_then(Node::as_str));
        let listed = query
            .or_else(|| node.get("query"))
            .filter(|list| list.items().next().is_some());
        if !has("host")
            && let Some(raw) = raw
        {
            let (front, path, query) = parts(raw);
            let query = match listed {
                Some(_) => fields(listed, notes),
                None => pairs(query, at),
            };
            return Self::of(at, front, path, query);
        }
        let part = |key: &str, sign: &str| {
            node.get(key)
                .and_then(|part| joined(part, sign))
                .unwrap_or_default()
        };
        let mut text = part("protocol", "");
        if !text.is_empty() {
            text = format!("{}://", text.trim_end_matches([':', '/']));
        }
        text.push_str(part("host", ".").trim());
        let port = part("port", "");
        if !port.is_empty() {
            text = format!("{}:{port}", text.trim_end_matches('/'));
        }
        let path = part("path", "/");
        if !path.is_empty() {
            text = format!(
                "{}/{}",
                text.trim_end_matches('/'),
                escaped(path.strip_prefix('/').unwrap_or(&path))
            );
        }
        let (front, path, _) = parts(&text);
        let query = match node.get("query").and_then(Node::as_str) {
            Some(text) => pairs(text, at),
            None => fields(listed, notes),
        };
        Self {
            has_credentials: node.get("auth").is_some_and(Node::is_object),
            ..Self::of(at, front, path, query)
        }
    }

    fn of(at: u32, front: &str, path: &str, query: Vec<Field<'d>>) -> Self {
        Self {
            at,
            front: front.to_owned(),
            path: path.to_owned(),
            query,
            has_credentials: front.contains('@'),
        }
    }

    /// Whether it says where to send a request.
    pub(super) fn is_usable(&self) -> bool {
        !(self.front.is_empty() && self.path.is_empty()) && self.path.len() <= LONGEST_PATH
    }
}

/// A part of an address that may be written as a text, as a list of them, or as a list of objects with a value.
fn joined(node: Node<'_>, sign: &str) -> Option<String> {
    if let Some(text) = plain(node) {
        return Some(text.into_owned());
    }
    let items: Vec<Cow<'_, str>> = node
        .items()
        .map(|item| {
            plain(item)
                .or_else(|| item.get("value").and_then(plain))
                .unwrap_or_default()
        })
        .collect();
    (!items.is_empty()).then(|| items.join(sign))
}

/// A path in which only variables hold what would end it.
fn escaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = find(rest, |rest| rest.starts_with(['?', '#'])) {
        let (before, behind) = rest.split_at(at);
        text.push_str(before);
        text.push_str(if behind.starts_with('?') { "%3F" } else { "%23" });
        rest = behind.get(1..).unwrap_or_default();
    }
    text + rest
}

/// A path with its placeholders in braces.
#[derive(Debug, Default)]
pub(super) struct Template {
    /// `/users/{id}`
    pub(super) text: String,
    /// The names of the placeholders in order; no two are the same.
    pub(super) names: Vec<String>,
    /// The names that they were written with.
    pub(super) written: Vec<String>,
    /// `/users/{}`
    pub(super) structure: String,
}

impl Template {
    /// Reads a path as Postman writes it. A part that is not there is the root.
    pub(super) fn read(path: &str) -> Self {
        let mut template = Self::default();
        for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
            template.literal("/");
            match segment.strip_prefix(':') {
                Some(name) if !name.is_empty() => {
                    let inner = name.strip_prefix("{{").and_then(|name| name.strip_suffix("}}"));
                    template.placeholder(inner.unwrap_or(name));
                }
                Some(_) | None => template.segment(segment),
            }
        }
        template
    }

    fn segment(&mut self, segment: &str) {
        let mut rest = segment;
        while let Some(at) = rest.find('{') {
            let (before, behind) = rest.split_at(at);
            self.literal(before);
            let double = behind.strip_prefix("{{").and_then(|inner| inner.split_once("}}"));
            let single = || behind.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            if let Some((name, behind)) = double.or_else(single).filter(|(name, _)| !clean(name).is_empty()) {
                self.placeholder(name);
                rest = behind;
            } else {
                self.literal("{");
                rest = behind.get(1..).unwrap_or_default();
            }
        }
        self.literal(rest);
    }

    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_ascii_control() || matches!(character, '{' | '}' | '?' | '#' | '\\' | ' ') {
                let escape = format!("%{:02X}", u32::from(character));
                self.text.push_str(&escape);
                self.structure.push_str(&escape);
            } else {
                self.text.push(character);
                self.structure.push(character);
            }
        }
    }

    fn placeholder(&mut self, written: &str) {
        let base = match clean(written) {
            name if name.is_empty() => "value".to_owned(),
            name => name,
        };
        let mut name = base.clone();
        let mut number = 2;
        while self.names.contains(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        self.text.extend(["{", &name, "}"]);
        self.structure.push_str("{}");
        self.names.push(name);
        self.written.push(written.trim().to_owned());
    }
}

/// A name that can stand in braces.
fn clean(name: &str) -> String {
    let name = name.trim().trim_start_matches('$');
    name.chars()
        .filter(|one| !matches!(one, '{' | '}' | '/' | '?' | '#') && !one.is_control())
        .collect()
}

/// A name in a query as callers know it; nothing, if a variable decides on it.
pub(super) fn name(written: &str) -> Option<String> {
    let decoded = percent_decode_str(written.trim())
        .decode_utf8()
        .map_or_else(|_| written.to_owned(), Cow::into_owned);
    (!decoded.contains("{{")).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::{Template, name, pairs, parts};

    #[test]
    fn an_address_is_split_outside_of_its_variables() {
        for (address, front, path, query) in [
            (
                "https://a.example:8443/v1/x?a=b#c",
                "https://a.example:8443",
                "/v1/x",
                "a=b",
            ),
            ("{{base/url?}}/x?{{q}}", "{{base/url?}}", "/x", "{{q}}"),
            ("a.example", "a.example", "", ""),
            ("/x", "", "/x", ""),
            (
                "https://https://a.example/x",
                "https://https://a.example",
                "/x",
                "",
            ),
            ("{{scheme}}://{{host}}", "{{scheme}}://{{host}}", "", ""),
            (
                "a.example/x?u=https://b.example/y",
                "a.example",
                "/x",
                "u=https://b.example/y",
            ),
            ("a.example?x=1", "a.example", "", "x=1"),
            ("", "", "", ""),
            ("{{a/b", "{{a", "/b", ""),
        ] {
            assert_eq!(parts(address), (front, path, query), "{address}");
        }
    }

    #[test]
    fn placeholders_come_from_colons_variables_and_braces() {
        for (path, text, names) in [
            (
                "/u/:id/{{kind}}/{n}.json",
                "/u/{id}/{kind}/{n}.json",
                vec!["id", "kind", "n"],
            ),
            (
                "/v{{major}}.{{minor}}",
                "/v{major}.{minor}",
                vec!["major", "minor"],
            ),
            ("/:a/:a", "/{a}/{a_2}", vec!["a", "a_2"]),
            ("/:{{x}}/{{$guid}}", "/{x}/{guid}", vec!["x", "guid"]),
            ("/a:b/:/{/}/{}", "/a:b/:/%7B/%7D/%7B%7D", vec![]),
            ("/a b?c", "/a%20b%3Fc", vec![]),
            ("", "/", vec![]),
            ("/x/", "/x/", vec![]),
        ] {
            let template = Template::read(path);
            assert_eq!(
                (template.text.as_str(), template.names),
                (text, names.into_iter().map(str::to_owned).collect()),
                "{path}"
            );
        }
    }

    #[test]
    fn a_query_has_names_with_and_without_values() {
        let query = pairs("a=1&b&=c&{{d&e}}=f&a=2", 0);
        let names: Vec<&str> = query.iter().map(|field| field.key.as_ref()).collect();
        assert_eq!(names, ["a", "b", "{{d&e}}", "a"]);
        assert_eq!(name("filter%5Ba%5D").as_deref(), Some("filter[a]"));
        assert_eq!(name("{{d}}"), None);
    }
}
