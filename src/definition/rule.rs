//! Every rule: its stable code, its weight, what it says without quoting, and what to do. No client.
//!
//! The facts behind the rules: OpenAPI 2.0 (its text and its official JSON schema), the documented limits of custom
//! connectors, the documented extensions, what Microsoft's review of connectors asks for, and what published
//! connectors hold. The rules themselves stand by subject in the modules below: name, weight, statement, help, and the
//! ids of the rules of Microsoft's own validator that judge the same.

use super::finding::Severity;

// Each module is a table, written as a macro that hands its rows, behind those it was given, to the next one.
#[macro_use]
mod text;
#[macro_use]
mod structure;
#[macro_use]
mod path;
#[macro_use]
mod parameter;
#[macro_use]
mod schema;
#[macro_use]
mod extension;
#[macro_use]
mod security;
#[macro_use]
mod wording;
#[macro_use]
mod conversion;
mod unmatched;

pub use unmatched::UNMATCHED;

/// What a description is judged for.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Profile {
    /// What the backend needs to take a connector, and to make it work.
    #[default]
    Import,
    /// Also what Microsoft's review needs to publish it.
    Certification,
}

impl Profile {
    /// The word for it in resources and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Import => "Import",
            Self::Certification => "Certification",
        }
    }
}

/// How much a rule's findings weigh, by profile.
#[derive(Clone, Copy, Debug)]
struct Weight {
    /// `None`: judged only for the review.
    import: Option<Severity>,
    certification: Severity,
    waivable: bool,
}

impl Weight {
    /// The backend cannot take it.
    const ERROR: Self = Self::new(Some(Severity::Error), Severity::Error, false);
    /// The backend would take it, but should not; whoever knows better may waive it.
    const JUDGED: Self = Self::new(Some(Severity::Error), Severity::Error, true);
    const WARNING: Self = Self::new(Some(Severity::Warning), Severity::Warning, true);
    const INFO: Self = Self::new(Some(Severity::Info), Severity::Info, true);
    /// A warning that the review makes an error of.
    const REVIEWED_WARNING: Self = Self::new(Some(Severity::Warning), Severity::Error, true);
    /// Worth knowing; the review makes an error of it.
    const REVIEWED_INFO: Self = Self::new(Some(Severity::Info), Severity::Error, true);

    /// Worth knowing; the review asks for it, though published connectors go without.
    const ADVISED: Self = Self::new(Some(Severity::Info), Severity::Warning, true);
    /// An error of the review alone.
    const REVIEW_ERROR: Self = Self::new(None, Severity::Error, true);
    /// A warning of the review alone.
    const REVIEW_WARNING: Self = Self::new(None, Severity::Warning, true);

    /// Advice of the review alone, which most published connectors do not follow.
    const REVIEW_INFO: Self = Self::new(None, Severity::Info, true);

    const fn new(import: Option<Severity>, certification: Severity, waivable: bool) -> Self {
        Self {
            import,
            certification,
            waivable,
        }
    }
}

macro_rules! rules {
    ([] $($name:ident: $weight:ident, $statement:literal, $help:literal $(, $reference:ident)*;)*) => {
        /// A rule. Its name is its code in findings, and stays what it is.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Rule { $(#[doc = $statement] $name,)* }

        impl Rule {
            /// All of them, by subject.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight,)* }
            }

            /// What is wrong, in words that hold for every document.
            pub fn statement(self) -> &'static str {
                match self { $(Self::$name => $statement,)* }
            }

            /// What to do about it.
            pub fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)* }
            }

            /// The ids of the rules of Microsoft's validator that judge the same, or a part of it.
            pub fn references(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$(stringify!($reference),)*],)* }
            }
        }
    };
}

text! { [structure path parameter schema extension security wording conversion rules] }

impl Rule {
    /// The rule with this code.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.code() == code)
    }

    /// How much a finding of this rule weighs under `profile`; `None` if that does not judge it.
    pub fn severity_under(self, profile: Profile) -> Option<Severity> {
        let weight = self.weight();
        match profile {
            Profile::Import => weight.import,
            Profile::Certification => Some(weight.certification),
        }
    }

    /// The first profile that judges it.
    pub fn profile(self) -> Profile {
        match self.weight().import {
            Some(_) => Profile::Import,
            None => Profile::Certification,
        }
    }

    /// How much a finding weighs under the first profile that judges it.
    pub fn severity(self) -> Severity {
        let weight = self.weight();
        weight.import.unwrap_or(weight.certification)
    }

    /// Whether a waiver of it is heeded. Of what the backend cannot take, none is.
    pub fn is_waivable(self) -> bool {
        self.weight().waivable
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Profile, Rule};

    #[test]
    fn every_rule_says_what_is_wrong_and_what_to_do_in_whole_sentences() {
        for rule in Rule::ALL {
            for text in [rule.statement(), rule.help()] {
                assert!(
                    text.ends_with('.') && text.starts_with(char::is_uppercase) && !text.contains("  "),
                    "{}: {text}",
                    rule.code()
                );
            }
        }
    }

    #[test]
    fn every_code_names_one_rule() {
        let codes: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
        assert_eq!(codes.len(), Rule::ALL.len());
        assert!(
            Rule::ALL
                .iter()
                .all(|rule| Rule::named(rule.code()) == Some(*rule))
        );
        assert_eq!(Rule::named("hostmissing"), None);
    }

    #[test]
    fn the_review_judges_at_least_as_strictly_as_the_import() {
        for rule in Rule::ALL {
            let review = rule.severity_under(Profile::Certification);
            assert!(
                review <= rule.severity_under(Profile::Import).or(review),
                "{}",
                rule.code()
            );
        }
    }
}
