//! Findings: what is wrong, where in the user's own text, and what to do about it. No client.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::document::Node;
use super::origin;
use super::path::Path;
use super::rule::{Profile, Rule};
use super::waiver::Waiver;

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

/// Findings of one severity beyond this number are counted, not kept: a hostile or generated document could hold
/// hundreds of thousands, and nobody reads them.
const KEPT_PER_SEVERITY: usize = 1_000;

/// Nor are findings kept once their texts have this many bytes: a pointer can be as long as the keys it is made of.
const KEPT_BYTES: usize = 1_000_000;

/// The longest quote of a document's text in a message, in characters.
const LONGEST_QUOTE: usize = 80;

/// Collects findings by byte offset while a document is read and walked.
#[derive(Debug, Default)]
pub(super) struct Findings {
    profile: Profile,
    kept: Vec<Located>,
    counts: [usize; 3],
    kept_bytes: usize,
    /// Rules that are waived everywhere, with how much that covered.
    waived: BTreeMap<Rule, usize>,
    /// How much the waivers of single places covered.
    waived_in_places: usize,
}

#[derive(Debug)]
struct Located {
    offset: u32,
    rule: Rule,
    severity: Severity,
    pointer: String,
    message: String,
}

impl Findings {
    /// No findings, for a document that is judged for `profile`, where `waivers` are to be heeded.
    pub(super) fn new(profile: Profile, waivers: &[Waiver]) -> Self {
        let everywhere = waivers.iter().filter(|waiver| waiver.pointer.is_empty());
        Self {
            profile,
            waived: everywhere
                .filter_map(|waiver| Some((waiver.rule().ok()?, 0)))
                .collect(),
            ..Self::default()
        }
    }

    /// No findings, on the same terms.
    pub(super) fn like(&self) -> Self {
        Self {
            profile: self.profile,
            waived: self.waived.keys().map(|rule| (*rule, 0)).collect(),
            ..Self::default()
        }
    }

    /// Adds a finding about what stands at `offset`.
    pub(super) fn add(&mut self, rule: Rule, offset: u32, path: &Path<'_>, message: impl Into<String>) {
        let Some(severity) = rule.severity_under(self.profile) else {
            return;
        };
        if let Some(covered) = self.waived.get_mut(&rule) {
            *covered += 1;
            return;
        }
        let keeps = self.keeps(rule);
        if let Some(count) = self.counts.get_mut(severity as usize) {
            *count += 1;
        }
        if keeps {
            let (pointer, message) = (path.pointer(), message.into());
            self.kept_bytes += pointer.len() + message.len();
            self.kept.push(Located {
                offset,
                rule,
                severity,
                pointer,
                message,
            });
        }
    }

    /// Whether one more finding of this rule would be listed, so that wording it well is not wasted.
    pub(super) fn keeps(&self, rule: Rule) -> bool {
        rule.severity_under(self.profile).is_some_and(|severity| {
            !self.waived.contains_key(&rule)
                && self.count(severity) < KEPT_PER_SEVERITY
                && self.kept_bytes < KEPT_BYTES
        })
    }

    /// How many findings of this severity there were, also of those that are not kept.
    pub(super) fn count(&self, severity: Severity) -> usize {
        self.counts.get(severity as usize).copied().unwrap_or_default()
    }

    /// How many findings there were that a waiver covered.
    pub(super) fn waived(&self) -> usize {
        self.waived_in_places + self.waived.values().sum::<usize>()
    }

    /// Takes out what the waivers of single places cover. What is not kept they cannot reach. Waivers that do not hold
    /// are reported, those that cover nothing only if the description was judged as a `whole`.
    pub(super) fn waive(&mut self, waivers: &[Waiver], whole: bool) {
        let rules: Vec<_> = waivers.iter().map(Waiver::rule).collect();
        let mut used = vec![false; waivers.len()];
        for located in std::mem::take(&mut self.kept) {
            let covers = |(waiver, rule): (&Waiver, &Result<Rule, _>)| {
                rule.as_ref().is_ok_and(|rule| *rule == located.rule) && waiver.covers(&located.pointer)
            };
            let covering = waivers.iter().zip(&rules).position(covers);
            if let Some(used) = covering.and_then(|index| used.get_mut(index)) {
                *used = true;
                self.waived_in_places += 1;
                if let Some(count) = self.counts.get_mut(located.severity as usize) {
                    *count -= 1;
                }
            } else {
                self.kept.push(located);
            }
        }
        for ((waiver, rule), used) in waivers.iter().zip(rules).zip(used) {
            match rule {
                Err((rule, message)) => self.add(rule, 0, &Path::ROOT, message),
                Ok(rule) => {
                    let everywhere =
                        waiver.pointer.is_empty() && self.waived.get(&rule).is_some_and(|count| *count > 0);
                    if whole
                        && !used
                        && !everywhere
                        && let Some(message) = waiver.unused(rule, self.profile)
                    {
                        self.add(Rule::WaiverUnused, 0, &Path::ROOT, message);
                    }
                }
            }
        }
    }

    /// Takes over what was found. If it was found in a document that was made out of another, `origin` is the root of
    /// that, and pointers lead there from now on.
    pub(super) fn absorb(&mut self, found: Self, origin: Option<Node<'_>>) {
        let Self {
            profile: _,
            kept,
            counts,
            kept_bytes,
            waived,
            waived_in_places,
        } = found;
        let start = self.kept.len();
        self.kept.extend(kept);
        if let Some(origin) = origin {
            let moved = || self.kept.iter().skip(start);
            let pointers = origin::pointers(origin, moved().map(|located| located.offset));
            for located in self.kept.iter_mut().skip(start) {
                located.pointer = pointers.get(&located.offset).cloned().unwrap_or_default();
            }
        }
        for (count, more) in self.counts.iter_mut().zip(counts) {
            *count += more;
        }
        self.kept_bytes += kept_bytes;
        for (rule, covered) in waived {
            *self.waived.entry(rule).or_default() += covered;
        }
        self.waived_in_places += waived_in_places;
    }

    /// The findings in the order of their places in `source`, with lines and columns.
    pub(super) fn finish(mut self, source: &str) -> Vec<Finding> {
        let left_out = self.counts.iter().sum::<usize>() - self.kept.len();
        if left_out > 0 {
            let message = format!("{left_out} further findings are counted here and not listed.");
            let offset = u32::try_from(source.len()).unwrap_or(u32::MAX);
            self.kept.push(Located {
                offset,
                rule: Rule::FindingsLeftOut,
                severity: Rule::FindingsLeftOut.severity(),
                pointer: String::new(),
                message,
            });
        }
        self.kept.sort_by(|a, b| {
            let order = |one: &Located| (one.offset, one.severity, one.rule);
            let texts = || (&a.pointer, &a.message).cmp(&(&b.pointer, &b.message));
            order(a).cmp(&order(b)).then_with(texts)
        });
        let mut positions = Positions::new(source);
        self.kept
            .into_iter()
            .map(|located| located.finish(&mut positions))
            .collect()
    }
}

impl Located {
    fn finish(self, positions: &mut Positions<'_>) -> Finding {
        let Self {
            offset,
            rule,
            severity,
            pointer,
            message,
        } = self;
        let (line, column) = positions.of(offset as usize);
        Finding {
            rule,
            severity,
            pointer,
            line,
            column,
            message,
        }
    }
}

/// Turns rising byte offsets into lines and columns in one sweep over the text.
pub(super) struct Positions<'s> {
    source: &'s str,
    at: usize,
    line: u32,
    column: u32,
}

impl<'s> Positions<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            source,
            at: 0,
            line: 1,
            column: 1,
        }
    }

    pub(super) fn of(&mut self, offset: usize) -> (u32, u32) {
        let bytes = self.source.as_bytes();
        while self.at < offset
            && let Some(&byte) = bytes.get(self.at)
        {
            self.at += 1;
            let first_of_pair = byte == b'\r' && bytes.get(self.at) == Some(&b'\n');
            if matches!(byte, b'\n' | b'\r') && !first_of_pair {
                self.line += 1;
                self.column = 1;
            } else if byte & 0b1100_0000 != 0b1000_0000 {
                self.column += 1;
            }
        }
        (self.line, self.column)
    }
}

/// The line and column (both from 1) of one byte offset in `source`.
pub(super) fn position(source: &str, offset: usize) -> (u32, u32) {
    Positions::new(source).of(offset)
}

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
    use super::super::path::Path;
    use super::super::rule::Rule;
    use super::{Findings, KEPT_BYTES, KEPT_PER_SEVERITY, position, quote};

    #[test]
    fn columns_count_characters_and_every_kind_of_line_break_counts_once() {
        let source = "a\r\nbé\u{1f600}x\rc\nd";
        let at = |needle: char| position(source, source.find(needle).expect("is in the text"));
        assert_eq!(at('a'), (1, 1));
        assert_eq!(at('x'), (2, 4));
        assert_eq!(at('c'), (3, 1));
        assert_eq!(at('d'), (4, 1));
        assert_eq!(position(source, 999), (4, 2));
    }

    #[test]
    fn findings_come_in_the_order_of_their_places() {
        let mut findings = Findings::default();
        findings.add(Rule::WrongType, 4, &Path::ROOT, "later");
        findings.add(Rule::DuplicateKey, 0, &Path::ROOT, "first");
        let messages: Vec<String> = findings
            .finish("abc\ndef")
            .into_iter()
            .map(|one| one.message)
            .collect();
        assert_eq!(messages, ["first", "later"]);
    }

    #[test]
    fn a_flood_of_findings_is_counted_instead_of_kept() {
        let mut findings = Findings::default();
        for _ in 0..KEPT_PER_SEVERITY + 5 {
            findings.add(Rule::WrongType, 0, &Path::ROOT, "again");
        }
        let finished = findings.finish("");
        assert_eq!(finished.len(), KEPT_PER_SEVERITY + 1);
        assert!(
            finished
                .iter()
                .any(|one| one.rule == Rule::FindingsLeftOut && one.message.starts_with("5 "))
        );
    }

    #[test]
    fn long_pointers_are_kept_only_up_to_their_budget() {
        let mut findings = Findings::default();
        let key = "k".repeat(KEPT_BYTES / 3);
        for _ in 0..10 {
            findings.add(Rule::WrongType, 0, &Path::ROOT.key(&key), "again");
        }
        // Three of them, and the one that counts the others.
        assert_eq!(findings.finish("").len(), 4);
    }

    #[test]
    fn a_finding_without_quotes_keeps_nothing_of_the_document() {
        let mut findings = Findings::default();
        findings.add(
            Rule::UnknownField,
            0,
            &Path::ROOT.key("hunter2"),
            "\"hunter2\" is not known",
        );
        let finding = findings.finish("hunter2").remove(0).without_quotes();
        assert!(!format!("{finding:?}").contains("hunter2"));
        assert_eq!(
            (finding.line, finding.column, finding.code()),
            (1, 1, "UnknownField")
        );
    }

    #[test]
    fn a_quote_stays_on_one_line_and_short() {
        assert_eq!(quote("a\nb"), "\"a\\nb\"");
        assert_eq!(quote(&"x".repeat(500)).chars().count(), 83);
    }
}
