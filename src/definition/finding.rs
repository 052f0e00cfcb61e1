//! Findings: what is wrong, where in the user's own text, and what to do about it. No client.

mod collected;
mod position;

use serde::ser::{Serialize, SerializeStruct, Serializer};

pub(super) use self::collected::Findings;
pub(super) use self::position::{Positions, position};
use super::rule::Rule;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The backend cannot or should not take the description.
    Error,
    /// It can, but something will not work as the author may expect, or was repaired.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The word for it in output: `error`, `warning` or `info`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One thing to know about a description. Serialises to `code`, `severity`, `pointer`, `line`, `column`, `message`,
/// `help`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The rule, which carries the stable code.
    pub rule: Rule,
    /// How much it weighs under the profile that was asked for.
    pub severity: Severity,
    /// Where, as a JSON pointer (RFC 6901); empty for the whole document or where it could not be read so far.
    pub pointer: String,
    /// The line in the user's text, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What is wrong, with what was found there.
    pub message: String,
}

impl Finding {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.rule.code()
    }

    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        self.rule.help()
    }

    /// The same finding with nothing of the document's text in it: for a description that comes from a Secret.
    /// Keys are text as well, so the pointer goes; line and column stay.
    #[must_use]
    pub fn without_quotes(self) -> Self {
        Self {
            pointer: String::new(),
            message: self.rule.statement().to_owned(),
            ..self
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 7)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("severity", &self.severity())?;
        object.serialize_field("pointer", &self.pointer)?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("column", &self.column)?;
        object.serialize_field("message", &self.message)?;
        object.serialize_field("help", self.help())?;
        object.end()
    }
}

/// The longest quote of a document's text in a message, in characters.
const LONGEST_QUOTE: usize = 80;

/// A document's own words in a message: in quotes, on one line, cut where they go on for long.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST_QUOTE {
            quoted.push('…');
            break;
        }
        if character.is_control() {
            quoted.extend(character.escape_default());
        } else {
            quoted.push(character);
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_quote_stays_on_one_line_and_short() {
        assert_eq!(quote("a\nb"), "\"a\\nb\"");
        assert_eq!(quote(&"x".repeat(500)).chars().count(), 83);
    }
}
