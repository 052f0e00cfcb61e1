//! Findings as annotations of a GitHub workflow: workflow commands, one a line. No client.
//!
//! The form and its escapes: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::fmt::Write as _;

use super::Outcome;
use crate::definition::Severity;

/// A command for each finding.
pub(super) fn print(outcome: Outcome<'_>) -> String {
    let mut text = String::new();
    for finding in &outcome.checked.findings {
        let command = match finding.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let (file, title) = (property(outcome.file), property(finding.code()));
        let message = data(&format!("{} {}", finding.message, finding.help()));
        let (line, column) = (finding.line, finding.column);
        let _written = writeln!(
            text,
            "::{command} file={file},line={line},col={column},title={title}::{message}"
        );
    }
    text
}

/// A message: nothing in it ends the line or begins an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which neither ends the property nor the list of them.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_in_a_message_or_a_name_is_taken_for_a_command() {
        assert_eq!(data("100 %\r\n::error::x"), "100 %25%0D%0A::error::x");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
