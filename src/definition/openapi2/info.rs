//! What presents the API: info, tags, documentation links. No client.

use std::collections::HashSet;

use super::super::document::Node;
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;
use super::shapes;

/// The longest title, in characters, that lists and reviews show whole.
const LONGEST_TITLE: usize = 30;

impl<'d> Check<'d, '_> {
    pub(super) fn info(&mut self) {
        let Some(info) = self.root.get("info") else { return };
        let path = Path::ROOT.key("info");
        if !self.shape(info, &path, &shapes::INFO) {
            return;
        }
        if let Some(contact) = info.get("contact") {
            self.shape(contact, &path.key("contact"), &shapes::CONTACT);
        }
        if let Some(license) = info.get("license") {
            self.shape(license, &path.key("license"), &shapes::LICENSE);
        }
        for key in ["title", "version"] {
            if let Some(node) = info
                .get(key)
                .filter(|node| node.as_str().is_some_and(|text| text.trim().is_empty()))
            {
                self.report(
                    Rule::TextEmpty,
                    node,
                    &path.key(key),
                    format!("The {key} is empty."),
                );
            }
        }
        self.addresses_of_people(info, &path);
        self.presentation(info, &path);
        let length = |key: &str| {
            info.get(key)
                .and_then(Node::as_str)
                .map(|text| text.trim().chars().count())
        };
        if let Some(count) = length("title").filter(|count| *count > LONGEST_TITLE) {
            let message = format!("The title has {count} characters; more than {LONGEST_TITLE} are cut.");
            self.report(
                Rule::TitleTooLong,
                info.get("title").unwrap_or(info),
                &path.key("title"),
                message,
            );
        }
        match length("description") {
            Some(30..=500) => {}
            Some(count) => {
                let message = format!("The description has {count} characters; 30 to 500 are asked for.");
                let node = info.get("description").unwrap_or(info);
                self.report(Rule::DescriptionLength, node, &path.key("description"), message);
            }
            None => self.report(Rule::DescriptionLength, info, &path, "info has no description."),
        }
    }

    fn addresses_of_people(&mut self, info: Node<'d>, path: &Path<'_>) {
        for key in ["contact", "license"] {
            if let Some(node) = info.get(key) {
                self.url(node, "url", &path.key(key));
            }
        }
        let email = info.get("contact").and_then(|contact| contact.get("email"));
        if let Some(email) = email
            && let Some(text) = email.as_str()
            && !is_email(text)
        {
            let message = format!("{} is no e-mail address.", quote(text));
            let path = path.key("contact");
            self.report(Rule::ContactInvalid, email, &path.key("email"), message);
        }
    }

    fn url(&mut self, node: Node<'d>, key: &str, path: &Path<'_>) {
        if let Some(url) = node.get(key)
            && let Some(text) = url.as_str()
            && url::Url::parse(text).is_err()
        {
            let message = format!("{} is not an absolute URL.", quote(text));
            self.report(Rule::UrlInvalid, url, &path.key(key), message);
        }
    }

    pub(super) fn tags_and_links(&mut self) {
        if let Some(tags) = self.root.get("tags") {
            let path = Path::ROOT.key("tags");
            for (index, tag) in tags.items().enumerate() {
                let path = path.index(index);
                if self.shape(tag, &path, &shapes::TAG) {
                    self.external_docs(tag, &path);
                }
            }
            self.unique(tags, &path, "tags", Rule::DuplicateItem);
            let mut seen = HashSet::new();
            for (index, tag) in tags.items().enumerate() {
                let Some(name) = tag.get("name").and_then(Node::as_str) else {
                    continue;
                };
                if !seen.insert(name) {
                    let message = format!("The tag {} is defined twice.", quote(name));
                    self.report(Rule::TagRepeated, tag, &path.index(index), message);
                }
            }
        }
        self.external_docs(self.root, &Path::ROOT);
    }

    /// Checks `externalDocs` of anything that may have it.
    pub(super) fn external_docs(&mut self, node: Node<'d>, path: &Path<'_>) {
        if let Some(docs) = node.get("externalDocs") {
            let path = path.key("externalDocs");
            self.shape(docs, &path, &shapes::EXTERNAL_DOCS);
            self.url(docs, "url", &path);
        }
    }
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace) && !host.contains('@')
    })
}
