//! Findings as a SARIF 2.1.0 log, which code hosts and editors read. No client.
//!
//! The form: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::excerpt::Excerpts;
use super::super::input::Unread;
use super::Outcome;
use crate::definition::{Checked, Finding, Rule, Severity};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path holds that a URI's path does not (RFC 3986, section 3.3).
const NOT_IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A log in the making: one run over all files.
#[derive(Debug, Default)]
pub(super) struct Log {
    artifacts: Vec<Value>,
    found: Vec<Found>,
}

/// A finding, and where it is.
#[derive(Debug)]
struct Found {
    finding: Finding,
    artifact: usize,
    /// How many characters it is about, from its column on.
    width: usize,
}

impl Log {
    /// Takes what was found in a file.
    pub(super) fn add(&mut self, outcome: Outcome<'_>) {
        let index = self.artifacts.len();
        let location = location(outcome.file);
        self.artifacts
            .push(json!({"location": location, "length": outcome.checked.size_bytes}));
        let Checked { format, findings, .. } = outcome.checked;
        let mut excerpts = Excerpts::new(outcome.bytes, *format, findings);
        let found = findings.iter().map(|finding| Found {
            finding: finding.clone(),
            artifact: index,
            width: excerpts.of(finding).map_or(1, |excerpt| excerpt.width.max(1)),
        });
        self.found.extend(found);
    }

    /// The log as JSON, with what could not be read.
    pub(super) fn finish(self, unread: &[Unread]) -> serde_json::Result<String> {
        let Self { artifacts, found } = self;
        let mut used: BTreeMap<Rule, usize> = found.iter().map(|one| (one.finding.rule, 0)).collect();
        for (place, index) in used.values_mut().enumerate() {
            *index = place;
        }
        let results: Vec<Value> = found
            .iter()
            .map(|found| {
                let place = artifacts
                    .get(found.artifact)
                    .and_then(|artifact| artifact.get("location"));
                let index = used.get(&found.finding.rule).copied().unwrap_or_default();
                result(found, index, place)
            })
            .collect();
        let notifications: Vec<Value> = unread
            .iter()
            .map(|what| json!({"level": "error", "message": {"text": format!("Cannot read {what}.")}}))
            .collect();
        let driver = json!({
            "name": "connector-operator",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": used.keys().map(|rule| descriptor(*rule)).collect::<Vec<Value>>(),
        });
        let run = json!({
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": unread.is_empty(), "toolExecutionNotifications": notifications
            }],
            "artifacts": artifacts,
            "results": results,
        });
        let mut text =
            serde_json::to_string_pretty(&json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))?;
        text.push('\n');
        Ok(text)
    }
}

/// A rule. GitHub's code scanning asks for both descriptions and the help.
fn descriptor(rule: Rule) -> Value {
    json!({
        "id": rule.code(),
        "shortDescription": {"text": rule.statement()},
        "fullDescription": {"text": rule.statement()},
        "help": {"text": rule.help()},
        "defaultConfiguration": {"level": level(rule.severity())},
    })
}

/// A finding. GitHub's code scanning asks for both ends of its region.
fn result(found: &Found, rule: usize, place: Option<&Value>) -> Value {
    let Found {
        finding,
        artifact,
        width,
    } = found;
    let uri = place.and_then(|place| place.get("uri"));
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "index": artifact},
            "region": {
                "startLine": finding.line,
                "startColumn": finding.column,
                "endLine": finding.line,
                "endColumn": finding.column as usize + width,
            },
        },
    });
    if !finding.pointer.is_empty()
        && let Some(location) = location.as_object_mut()
    {
        location.insert(
            "logicalLocations".to_owned(),
            json!([{"fullyQualifiedName": finding.pointer}]),
        );
    }
    json!({
        "ruleId": finding.code(),
        "ruleIndex": rule,
        "level": level(finding.severity()),
        "message": {"text": format!("{} {}", finding.message, finding.help())},
        "locations": [location],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A file as SARIF names it: relative to where the command ran, or with its scheme.
fn location(file: &str) -> Value {
    if file == "-" {
        return json!({"uri": "stdin", "description": {"text": "Standard input."}});
    }
    let path = utf8_percent_encode(file, NOT_IN_PATHS).to_string();
    let uri = match path.strip_prefix("./") {
        _ if path.starts_with('/') => format!("file://{path}"),
        Some(rest) => rest.to_owned(),
        // A colon in the first part of a relative path would make a scheme of what is before it.
        None if path.split('/').next().is_some_and(|first| first.contains(':')) => format!("./{path}"),
        None => path,
    };
    json!({"uri": uri})
}

#[cfg(test)]
mod tests {
    use super::location;

    #[test]
    fn a_path_becomes_a_uri_that_leads_to_it() {
        for (path, uri) in [
            ("a b/c#1.json", "a%20b/c%231.json"),
            ("./apis/é.yaml", "apis/%C3%A9.yaml"),
            ("/srv/a.json", "file:///srv/a.json"),
            ("a:b.json", "./a:b.json"),
            ("-", "stdin"),
        ] {
            assert_eq!(location(path)["uri"], uri);
        }
    }
}
