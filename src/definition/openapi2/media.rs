//! Media types: whether they are such, and fit what an operation sends and returns. No client.

use super::super::document::Node;
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;
use super::parameter::{Location, Parameter};

/// What the review expects connectors to send and to return.
const USUAL: [&str; 4] = [
    "application/json",
    "text/plain",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
];

impl<'d> Check<'d, '_> {
    /// Checks the media types that `node`, an operation or the root, lists.
    pub(super) fn media_types(&mut self, node: Node<'d>, path: &Path<'_>) {
        for key in ["consumes", "produces"] {
            let path = path.key(key);
            for (index, item) in node.get(key).into_iter().flat_map(Node::items).enumerate() {
                let Some(text) = item.as_str() else { continue };
                let essence = essence(text);
                if !is_media_type(essence) {
                    let message = format!("{} is not a media type.", quote(text));
                    self.report(Rule::MediaTypeInvalid, item, &path.index(index), message);
                } else if key == "consumes" && !USUAL.iter().any(|usual| essence.eq_ignore_ascii_case(usual))
                {
                    let message = format!("{} is not one that connectors usually send.", quote(text));
                    self.report(Rule::MediaTypeUnusual, item, &path.index(index), message);
                }
            }
        }
    }

    /// Checks that what an operation sends can be sent as what it consumes.
    pub(super) fn content(&mut self, operation: Node<'d>, path: &Path<'_>, all: &[&Parameter<'d>]) {
        let form = all.iter().find(|one| one.location == Location::Form);
        let body = all.iter().find(|one| one.location == Location::Body);
        let Some(sent) = form.or(body) else { return };
        let list = operation.get("consumes").or_else(|| self.root.get("consumes"));
        let media: Vec<&str> = list
            .into_iter()
            .flat_map(Node::items)
            .filter_map(Node::as_str)
            .map(essence)
            .collect();
        if media.is_empty() {
            let message = "The operation sends something, but does not say as which media type.";
            return self.report(Rule::ConsumesMissing, operation, path, message);
        }
        let (place, consumes) = match operation.get("consumes") {
            Some(list) => (list, path.key("consumes")),
            None => (operation, *path),
        };
        let fits_form = media.iter().any(|one| is_form(one));
        let is_file = |one: &&&Parameter<'d>| one.node.get("type").and_then(Node::as_str) == Some("file");
        if form.is_some() && !fits_form && !all.iter().any(|one| is_file(&one)) {
            let message = format!(
                "The form parameter {} cannot be sent as {}.",
                quote(sent.name),
                media.join(", ")
            );
            return self.report(Rule::ContentMismatch, place, &consumes, message);
        }
        if body.is_some() && media.iter().all(|one| is_form(one)) {
            let message = format!("The body cannot be sent as {}.", media.join(", "));
            return self.report(Rule::ContentMismatch, place, &consumes, message);
        }
        let urlencoded = |one: &&str| one.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        if form.is_some() && media.iter().all(urlencoded) {
            let binary =
                |one: &&&Parameter<'d>| one.node.get("format").and_then(Node::as_str) == Some("binary");
            if let Some(binary) = all.iter().find(binary) {
                let message = format!(
                    "{} is binary, which an urlencoded form does not carry.",
                    quote(binary.name)
                );
                self.report(
                    Rule::BinaryPlace,
                    binary.written,
                    &path.key("parameters"),
                    message,
                );
            }
        }
    }

    /// Checks that the examples of a response are in media types that the operation returns.
    pub(super) fn examples(&mut self, operation: Node<'d>, response: Node<'d>, path: &Path<'_>) {
        let list = operation.get("produces").or_else(|| self.root.get("produces"));
        let produced: Vec<&str> = list
            .into_iter()
            .flat_map(Node::items)
            .filter_map(Node::as_str)
            .map(essence)
            .collect();
        let Some(examples) = response.get("examples").filter(|_| !produced.is_empty()) else {
            return;
        };
        let path = path.key("examples");
        for example in examples.members() {
            let essence = essence(example.key);
            if !produced.iter().any(|one| one.eq_ignore_ascii_case(essence)) {
                let message = format!("The operation does not produce {}.", quote(example.key));
                self.report_key(Rule::ExampleMediaType, &example, &path, message);
            }
        }
    }
}

/// A media type without its parameters.
fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

fn is_form(essence: &str) -> bool {
    essence
        .get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
        || essence.to_ascii_lowercase().contains("x-www-form-urlencoded")
}

/// Whether it is a type and a subtype, each a token of HTTP (RFC 9110, 5.6.2).
fn is_media_type(essence: &str) -> bool {
    let token = |text: &str| {
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        !text.is_empty() && text.bytes().all(sign)
    };
    essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

#[cfg(test)]
mod tests {
    use super::{essence, is_form, is_media_type};

    #[test]
    fn a_media_type_is_two_tokens_and_parameters() {
        for good in [
            "application/json",
            "text/plain; charset=utf-8",
            "application/vnd.a.b+json",
            "*/*",
        ] {
            assert!(is_media_type(essence(good)), "{good}");
        }
        for bad in ["json", "application/", "/json", "application json", "a/b/c", ""] {
            assert!(!is_media_type(essence(bad)), "{bad}");
        }
        assert!(is_form("Multipart/Form-Data") && !is_form("application/json"));
    }
}
