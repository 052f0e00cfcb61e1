//! Waivers: findings that the caller knows of and accepts. No client.

use super::finding::quote;
use super::rule::{Profile, Rule};

/// Findings that are accepted as they are: counted, no longer listed.
///
/// What the backend insists on [cannot be waived](Rule::is_waivable).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiver {
    /// The code of the rule.
    pub code: String,
    /// Where, as a JSON pointer: the value it names with all that is in it. Empty for everywhere.
    pub pointer: String,
    /// Why, for whoever reads it next. Not judged.
    pub reason: String,
}

impl Waiver {
    /// Whether it covers what stands at `pointer`.
    pub(super) fn covers(&self, pointer: &str) -> bool {
        pointer
            .strip_prefix(self.pointer.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The rule it waives, if there is such a one and it may be waived; else what to tell the caller.
    pub(super) fn rule(&self) -> Result<Rule, (Rule, String)> {
        let code = quote(&self.code);
        match Rule::named(&self.code) {
            Some(rule) if rule.is_waivable() => Ok(rule),
            Some(_) => Err((
                Rule::WaiverRefused,
                format!("The backend insists on {code}: it stays an error, whatever waives it."),
            )),
            None => Err((
                Rule::WaiverUnknown,
                format!("A waiver names {code}, which is no rule."),
            )),
        }
    }

    /// What to tell of a waiver that covered nothing; `None` if its rule was not judged at all.
    pub(super) fn unused(&self, rule: Rule, profile: Profile) -> Option<String> {
        rule.severity_under(profile)?;
        let (code, place) = (rule.code(), quote(&self.pointer));
        Some(match self.pointer.as_str() {
            "" => format!("A waiver of {code} covers nothing: there is no such finding."),
            _ => format!("A waiver of {code} covers nothing: there is no such finding at {place}."),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Waiver;

    #[test]
    fn a_waiver_covers_its_place_and_what_is_in_it() {
        let waiver = |pointer: &str| Waiver {
            code: String::new(),
            pointer: pointer.to_owned(),
            reason: String::new(),
        };
        for (covering, covered) in [("", ""), ("", "/a"), ("/a", "/a"), ("/a", "/a/b/0")] {
            assert!(waiver(covering).covers(covered), "{covering} {covered}");
        }
        for (other, place) in [("/a", "/ab"), ("/a/b", "/a"), ("/b", "/a")] {
            assert!(!waiver(other).covers(place), "{other} {place}");
        }
    }
}
