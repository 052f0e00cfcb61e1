//! What presents the API: info, tags, documentation links. No client.

use super::super::document::Node;
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
        }
        self.external_docs(self.root, &Path::ROOT);
    }

    /// Checks `externalDocs` of anything that may have it.
    pub(super) fn external_docs(&mut self, node: Node<'d>, path: &Path<'_>) {
        if let Some(docs) = node.get("externalDocs") {
            self.shape(docs, &path.key("externalDocs"), &shapes::EXTERNAL_DOCS);
        }
    }
}
