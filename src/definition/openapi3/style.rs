//! How lists and objects are written into a parameter: `style` and `explode`, and what stands for them. No client.

use super::super::document::Node;
use super::parameter::Parameter;

/// How a parameter with several values is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Style {
    /// Once for each value, or for each property by its name.
    Multi,
    /// In one text, the values separated as this `collectionFormat` says.
    Listed(&'static str),
    /// As `name[property]`.
    Deep,
    /// In a way that OpenAPI 2.0 does not have.
    Other,
}

impl Style {
    /// The style of a parameter in path, query or header. Each place has its own default.
    pub(super) fn of_parameter(parameter: Parameter<'_>) -> Self {
        let default = if parameter.location == "query" {
            "form"
        } else {
            "simple"
        };
        let style = Self::of(parameter.node, default);
        // Only a query can hold a name several times.
        if style.names_properties() && parameter.location != "query" {
            return Self::Other;
        }
        style
    }

    /// The style that `node`, a parameter or the encoding of a form's field, names.
    pub(super) fn of(node: Node<'_>, default: &str) -> Self {
        let style = node.get("style").and_then(Node::as_str).unwrap_or(default);
        let explode = node
            .get("explode")
            .and_then(Node::as_bool)
            .unwrap_or(style == "form");
        match (style, explode) {
            // With these two, exploded means the same as with form.
            ("form" | "spaceDelimited" | "pipeDelimited", true) => Self::Multi,
            ("form" | "simple", _) => Self::Listed("csv"),
            ("spaceDelimited", false) => Self::Listed("ssv"),
            ("pipeDelimited", false) => Self::Listed("pipes"),
            ("deepObject", _) => Self::Deep,
            _ => Self::Other,
        }
    }

    /// What `collectionFormat` says; `csv` goes without saying.
    pub(super) fn collection_format(self) -> Option<&'static str> {
        match self {
            Self::Multi | Self::Deep => Some("multi"),
            Self::Listed("csv") | Self::Other => None,
            Self::Listed(format) => Some(format),
        }
    }

    /// Whether each property of an object goes by its own name.
    pub(super) fn names_properties(self) -> bool {
        matches!(self, Self::Multi | Self::Deep)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::Findings;
    use super::super::super::read::{Limits, read};
    use super::Style;

    #[test]
    fn styles_have_their_list_formats() {
        for (text, default, wanted) in [
            ("{}", "form", Style::Multi),
            ("{}", "simple", Style::Listed("csv")),
            ("explode: false", "form", Style::Listed("csv")),
            (
                "style: spaceDelimited\nexplode: false",
                "form",
                Style::Listed("ssv"),
            ),
            (
                "style: pipeDelimited\nexplode: false",
                "form",
                Style::Listed("pipes"),
            ),
            ("style: pipeDelimited\nexplode: true", "form", Style::Multi),
            ("style: deepObject\nexplode: true", "form", Style::Deep),
            ("style: matrix", "simple", Style::Other),
        ] {
            let document =
                read(text.as_bytes(), &Limits::default(), &mut Findings::default()).expect("it is YAML");
            assert_eq!(Style::of(document.root(), default), wanted, "{text}");
        }
    }
}
