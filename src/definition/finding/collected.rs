//! Collects findings while a document is read and walked: counts, profile, waivers, bounds, order. No client.

use std::collections::{BTreeMap, HashSet};

use super::super::document::Node;
use super::super::path::Path;
use super::super::rule::{Profile, Rule};
use super::super::waiver::Waiver;
use super::super::{origin, read};
use super::{Finding, Positions, Severity};

/// Findings of one severity beyond this number are counted, not kept: a hostile or generated document could hold
/// hundreds of thousands, and nobody reads them.
const KEPT_PER_SEVERITY: usize = 1_000;

/// Nor are findings kept once their texts have this many bytes: a pointer can be as long as the keys it is made of.
const KEPT_BYTES: usize = 1_000_000;

/// Rules about the syntax of JSON.
const SYNTAX: [Rule; 5] = [
    Rule::JsonSyntax,
    Rule::JsonComment,
    Rule::TrailingComma,
    Rule::RawControlCharacter,
    Rule::LoneSurrogate,
];

/// Collects findings by byte offset while a document is read and walked.
#[derive(Debug, Default)]
pub(in super::super) struct Findings {
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
    pub(in super::super) fn new(profile: Profile, waivers: &[Waiver]) -> Self {
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
    pub(in super::super) fn like(&self) -> Self {
        Self {
            profile: self.profile,
            waived: self.waived.keys().map(|rule| (*rule, 0)).collect(),
            ..Self::default()
        }
    }

    /// Adds a finding about what stands at `offset`.
    pub(in super::super) fn add(
        &mut self,
        rule: Rule,
        offset: u32,
        path: &Path<'_>,
        message: impl Into<String>,
    ) {
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
    pub(in super::super) fn keeps(&self, rule: Rule) -> bool {
        rule.severity_under(self.profile).is_some_and(|severity| {
            !self.waived.contains_key(&rule)
                && self.count(severity) < KEPT_PER_SEVERITY
                && self.kept_bytes < KEPT_BYTES
        })
    }

    /// Whether rules of the review are judged.
    pub(in super::super) fn reviews(&self) -> bool {
        self.profile == Profile::Certification
    }

    /// How many findings of this severity there were, also of those that are not kept.
    pub(in super::super) fn count(&self, severity: Severity) -> usize {
        self.counts.get(severity as usize).copied().unwrap_or_default()
    }

    /// How many findings there were that a waiver covered.
    pub(in super::super) fn waived(&self) -> usize {
        self.waived_in_places + self.waived.values().sum::<usize>()
    }

    /// Drops what was found at these places. What is not kept is not dropped either.
    pub(in super::super) fn leave_out(&mut self, places: &HashSet<u32>) {
        let Self { kept, counts, .. } = self;
        kept.retain(|located| {
            let stays = !places.contains(&located.offset);
            if let (false, Some(count)) = (stays, counts.get_mut(located.severity as usize)) {
                *count -= 1;
            }
            stays
        });
    }

    /// Takes out what the waivers of single places cover. What is not kept they cannot reach. Waivers that do not hold
    /// are reported, those that cover nothing only if the description was judged as a `whole`.
    pub(in super::super) fn waive(&mut self, waivers: &[Waiver], whole: bool) {
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
    pub(in super::super) fn absorb(&mut self, found: Self, origin: Option<Node<'_>>) {
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
            let places = origin::places(origin, moved().map(|located| located.offset));
            for located in self.kept.iter_mut().skip(start) {
                let place = places.get(&located.offset);
                located.pointer = place.map_or_else(String::new, |place| place.origin_of(&located.pointer));
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

    /// Gives findings about the syntax of JSON their pointers: they were made before there was a document.
    pub(in super::super) fn locate_in_json(&mut self, source: &str) {
        if !source.trim_start().starts_with(['{', '[']) {
            return;
        }
        let is_syntax = |located: &&mut Located| SYNTAX.contains(&located.rule) && located.pointer.is_empty();
        let mut unplaced: Vec<&mut Located> = self.kept.iter_mut().filter(is_syntax).collect();
        unplaced.sort_by_key(|located| located.offset);
        let offsets: Vec<usize> = unplaced.iter().map(|located| located.offset as usize).collect();
        for (located, pointer) in unplaced.into_iter().zip(read::pointers(source, &offsets)) {
            located.pointer = pointer;
        }
    }

    /// The findings in the order of their places in `source`, with lines and columns.
    pub(in super::super) fn finish(mut self, source: &str) -> Vec<Finding> {
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

#[cfg(test)]
mod tests {
    use super::super::super::path::Path;
    use super::super::super::rule::Rule;
    use super::{Findings, KEPT_BYTES, KEPT_PER_SEVERITY};

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
}
