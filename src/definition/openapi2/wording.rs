//! Texts that authors of workflows read, as the review wants them. No client.
//!
//! Source: Microsoft's published guidance for texts of connectors that are to be certified.

use super::super::document::Node;
use super::super::finding::quote;
use super::super::path::Path;
use super::super::rule::Rule;
use super::Check;

/// Words that a title may not hold: it says whose API it is, and all of them are connectors to APIs.
const RESTRICTED: [&str; 8] = [
    "api",
    "connector",
    "power apps",
    "powerapps",
    "power automate",
    "power bi",
    "power platform",
    "power virtual agents",
];

/// The longest label that designers show whole, in characters.
const LONGEST_LABEL: usize = 80;

/// What the metadata of a connector has to say.
const METADATA: [&str; 3] = ["Website", "Privacy policy", "Categories"];

/// The categories that a connector may be listed under.
const CATEGORIES: [&str; 19] = [
    "AI",
    "Business Management",
    "Business Intelligence",
    "Collaboration",
    "Commerce",
    "Communication",
    "Content and Files",
    "Data",
    "Finance",
    "Human Resources",
    "Internet of Things",
    "IT Operations",
    "Lifestyle and Entertainment",
    "Marketing",
    "Productivity",
    "Sales and CRM",
    "Security",
    "Social Media",
    "Website",
];

const MOST_CATEGORIES: usize = 2;

impl<'d> Check<'d, '_> {
    /// Checks the texts of the whole connector.
    pub(super) fn presentation(&mut self, info: Node<'d>, path: &Path<'_>) {
        if !self.findings.reviews() {
            return;
        }
        if let Some(title) = info.get("title")
            && let Some(text) = title.as_str()
        {
            let path = path.key("title");
            if let Some(word) = restricted_word(text) {
                let message = format!("The title {} holds \"{word}\".", quote(text));
                self.report(Rule::RestrictedWord, title, &path, message);
            }
            self.label_end(title, &path, text);
            self.language(title, &path, text);
        }
        if let Some(description) = info.get("description") {
            self.sentence(description, &path.key("description"));
        }
        let contact = info.get("contact");
        if !["name", "url", "email"]
            .iter()
            .any(|key| contact.is_some_and(|one| one.get(key).is_some()))
        {
            let message = "info names nobody to turn to.";
            self.report(Rule::ContactMissing, info, path, message);
        }
        self.metadata();
    }

    fn metadata(&mut self) {
        let root = self.root;
        let name = "x-ms-connector-metadata";
        let list = root.get(name);
        let path = list.map_or(Path::ROOT, |_| Path::ROOT.key(name));
        let of = |wanted: &str| {
            let mut items = list.into_iter().flat_map(Node::items).enumerate();
            let is_it = |item: Node<'d>| item.get("propertyName").and_then(Node::as_str) == Some(wanted);
            items.find(|(_, item)| is_it(*item))
        };
        for wanted in METADATA.iter().filter(|wanted| of(wanted).is_none()) {
            let message = format!("The metadata of the connector lack {wanted}.");
            self.report(Rule::MetadataMissing, list.unwrap_or(root), &path, message);
        }
        let Some((index, item)) = of("Categories") else {
            return;
        };
        let Some(value) = item.get("propertyValue") else {
            return;
        };
        let path = path.index(index);
        let path = path.key("propertyValue");
        let categories = value.as_str().unwrap_or_default().split(';').map(str::trim);
        let categories: Vec<&str> = categories.filter(|one| !one.is_empty()).collect();
        if categories.len() > MOST_CATEGORIES {
            let message = format!("The connector has {} categories.", categories.len());
            self.report(Rule::MetadataCategory, value, &path, message);
        }
        for category in categories.iter().filter(|one| !CATEGORIES.contains(one)) {
            let message = format!("There is no category {}.", quote(category));
            self.report(Rule::MetadataCategory, value, &path, message);
        }
    }

    /// Checks the texts of one operation.
    pub(super) fn operation_wording(&mut self, node: Node<'d>, path: &Path<'_>) {
        if !self.findings.reviews() || is_internal(node) {
            return;
        }
        if let Some(summary) = node.get("summary")
            && let Some(text) = summary.as_str().map(str::trim).filter(|text| !text.is_empty())
        {
            let path = path.key("summary");
            self.label(summary, &path, text);
            if node.get("x-ms-trigger").is_some() && !text.starts_with("When ") {
                let message = format!("The summary of the trigger is {}.", quote(text));
                self.report(Rule::TriggerSummary, summary, &path, message);
            }
        }
        if let Some(description) = node.get("description") {
            self.sentence(description, &path.key("description"));
        }
        if let Some(id) = node.get("operationId")
            && let Some(text) = id.as_str()
            && text.contains(['-', '_'])
        {
            let message = format!("The operationId {} holds a hyphen or an underscore.", quote(text));
            self.report(Rule::OperationIdPlain, id, &path.key("operationId"), message);
        }
    }

    /// Checks the texts of a parameter, or of a property.
    pub(super) fn input_wording(&mut self, node: Node<'d>, path: &Path<'_>) {
        if !self.findings.reviews() || is_internal(node) {
            return;
        }
        if let Some(label) = node.get("x-ms-summary")
            && let Some(text) = label.as_str().map(str::trim).filter(|text| !text.is_empty())
        {
            let path = path.key("x-ms-summary");
            if text.chars().count() > LONGEST_LABEL {
                let message = format!("The label has {} characters.", text.chars().count());
                self.report(Rule::LabelTooLong, label, &path, message);
            }
            self.label(label, &path, text);
        }
        if let Some(description) = node.get("description") {
            self.sentence(description, &path.key("description"));
        }
    }

    fn label(&mut self, node: Node<'d>, path: &Path<'_>, text: &str) {
        let is_plain = |one: char| one.is_alphanumeric() || matches!(one, ' ' | '(' | ')');
        if let Some(sign) = text.chars().find(|one| !is_plain(*one)) {
            let message = format!("{} holds the sign {}.", quote(text), quote(&sign.to_string()));
            self.report(Rule::LabelCharacters, node, path, message);
        }
        self.label_end(node, path, text);
        self.language(node, path, text);
    }

    fn label_end(&mut self, node: Node<'d>, path: &Path<'_>, text: &str) {
        let ends_well = |last: char| last.is_alphanumeric() || last == ')';
        if !text.trim_end().ends_with(ends_well) {
            let message = format!("{} does not end in a letter or a digit.", quote(text));
            self.report(Rule::LabelEnd, node, path, message);
        }
    }

    fn sentence(&mut self, node: Node<'d>, path: &Path<'_>) {
        let Some(text) = node.as_str().map(str::trim).filter(|text| !text.is_empty()) else {
            return;
        };
        if !text.ends_with(['.', '!', '?']) {
            // A description is not quoted: it may hold anything, a secret too.
            let message = "The description does not end like a sentence.";
            self.report(Rule::DescriptionEnd, node, path, message);
        }
        self.language(node, path, text);
    }

    /// A look at the letters only: a text of another script is not English; one in Latin letters may be.
    fn language(&mut self, node: Node<'d>, path: &Path<'_>, text: &str) {
        let letters = text.chars().filter(|one| one.is_alphabetic());
        let (latin, all) = letters.fold((0_usize, 0_usize), |(latin, all), one| {
            (latin + usize::from(u32::from(one) < 0x250), all + 1)
        });
        if latin * 2 < all {
            let message = Rule::TextNotEnglish.statement();
            self.report(Rule::TextNotEnglish, node, path, message);
        }
    }
}

fn is_internal(node: Node<'_>) -> bool {
    node.get("x-ms-visibility").and_then(Node::as_str) == Some("internal")
}

/// The first restricted word in a title, as a word of its own.
fn restricted_word(title: &str) -> Option<&'static str> {
    let plain = |one: char| {
        if one.is_alphanumeric() {
            one.to_ascii_lowercase()
        } else {
            ' '
        }
    };
    let words: String = title.chars().map(plain).collect();
    let spaced = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
    RESTRICTED
        .into_iter()
        .find(|word| spaced.contains(&format!(" {word} ")))
}

#[cfg(test)]
mod tests {
    use super::restricted_word;

    #[test]
    fn restricted_words_are_found_as_words() {
        assert_eq!(restricted_word("Invoice API"), Some("api"));
        assert_eq!(restricted_word("Invoices for Power-BI"), Some("power bi"));
        assert_eq!(restricted_word("Apiary honey"), None);
    }
}
