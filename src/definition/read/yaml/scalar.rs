//! What a YAML scalar is: the core schema of YAML 1.2, and nothing of 1.1. No client.

use std::borrow::Cow;

use granit_parser::{ScalarStyle, Tag};

use super::super::super::finding::quote;
use super::super::super::rule::Rule;
use super::super::number::{self, YamlNumber};

/// A scalar's value; text stays with whoever asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Resolved<'t> {
    Null,
    Boolean(bool),
    Number(Cow<'t, str>),
    Text,
}

/// Resolves a scalar by its tag, or by its looks if it is plain and has none. `yes`, `on`, `012` and `1_000` are text.
pub(super) fn resolve<'t>(
    text: &'t str,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<Resolved<'t>, (Rule, String)> {
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain {
            by_looks(text)
        } else {
            Ok(Resolved::Text)
        };
    };
    let original = tag.original();
    let known_text = ["tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"].contains(&&*tag.to_string());
    let suffix = match tag.core_suffix() {
        None if original == "!" || known_text => return Ok(Resolved::Text),
        None => {
            return Err((
                Rule::YamlTag,
                format!("The tag {} has no meaning here.", quote(&original)),
            ));
        }
        Some("str") => return Ok(Resolved::Text),
        Some(suffix) => suffix,
    };
    let resolved = by_looks(text)?;
    match (suffix, &resolved) {
        ("null", Resolved::Null)
        | ("bool", Resolved::Boolean(_))
        | ("int" | "float", Resolved::Number(_)) => Ok(resolved),
        _ => Err((
            Rule::YamlTag,
            format!("{} does not fit its tag {}.", quote(text), quote(&original)),
        )),
    }
}

fn by_looks(text: &str) -> Result<Resolved<'_>, (Rule, String)> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" | "True" | "TRUE" => Resolved::Boolean(true),
        "false" | "False" | "FALSE" => Resolved::Boolean(false),
        _ => match number::yaml(text) {
            None => Resolved::Text,
            Some(YamlNumber::Finite(number)) => Resolved::Number(number),
            Some(YamlNumber::NoJsonForm) => {
                return Err((Rule::YamlNumber, format!("{} has no form in JSON.", quote(text))));
            }
        },
    })
}
