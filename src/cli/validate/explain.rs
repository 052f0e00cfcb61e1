//! What a code means. No client.

use std::fmt::Write as _;

use crate::definition::{Note, Profile, Rule, Severity};

/// A code that neither a rule nor an entry of a report has.
#[derive(Debug, thiserror::Error)]
#[error("no rule and no entry of a report is called {code:?}{}", .near.map(|near| format!("; {near} is")).unwrap_or_default())]
pub(super) struct UnknownCode {
    code: String,
    near: Option<&'static str>,
}

/// The rule or the entry with this code, told on a few lines. Case does not matter.
pub(super) fn tell(code: &str) -> Result<String, UnknownCode> {
    let is_named = |known: &str| known.eq_ignore_ascii_case(code);
    let rule = Rule::ALL.iter().find(|rule| is_named(rule.code()));
    if let Some(rule) = rule {
        return Ok(of_rule(*rule));
    }
    let note = Note::ALL.iter().find(|note| is_named(note.code()));
    if let Some(note) = note {
        let (code, kind) = (note.code(), note.kind().as_str());
        return Ok(format!(
            "{code}: entry of a conversion's report, kind {kind}\n\n{}\n{}\n",
            note.statement(),
            note.help()
        ));
    }
    let known = Rule::ALL
        .iter()
        .map(|rule| rule.code())
        .chain(Note::ALL.iter().map(|note| note.code()));
    let near = known
        .max_by_key(|known| common_beginning(known, code))
        .filter(|known| common_beginning(known, code) >= 4);
    Err(UnknownCode {
        code: code.to_owned(),
        near,
    })
}

/// A rule: how much it weighs for which purpose, what is wrong, what to do, and who else judges it.
fn of_rule(rule: Rule) -> String {
    let weight = |profile: Profile| {
        let severity = rule.severity_under(profile);
        let severity = severity.map_or("not judged", Severity::as_str);
        format!("{severity} with --profile {}", profile.as_str())
    };
    let (import, certification) = (weight(Profile::Import), weight(Profile::Certification));
    let waivable = if rule.is_waivable() {
        "can be waived"
    } else {
        "cannot be waived"
    };
    let (code, statement, help) = (rule.code(), rule.statement(), rule.help());
    let mut text = format!("{code}: {import}, {certification}; {waivable}\n\n{statement}\n{help}\n");
    if !rule.references().is_empty() {
        let ids = rule.references().join(", ");
        let _written = writeln!(text, "\nIn Microsoft's own validator: {ids}");
    }
    text
}

/// How many letters two words have in common at their beginning.
fn common_beginning(one: &str, other: &str) -> usize {
    let pairs = one.bytes().zip(other.bytes());
    pairs
        .take_while(|(one, other)| one.eq_ignore_ascii_case(other))
        .count()
}

#[cfg(test)]
mod tests {
    use super::tell;
    use crate::definition::{Note, Rule};

    #[test]
    fn every_code_is_explained_in_any_case() {
        for code in Rule::ALL
            .iter()
            .map(|rule| rule.code())
            .chain(Note::ALL.iter().map(|note| note.code()))
        {
            let told = tell(&code.to_lowercase()).expect("it is known");
            assert!(
                told.starts_with(&format!("{code}: ")) && [4, 6].contains(&told.lines().count()),
                "{told}"
            );
        }
    }

    #[test]
    fn a_rule_tells_how_much_it_weighs_and_who_else_judges_it() {
        let told = tell("JsonSyntax").expect("it is known");
        assert!(told.starts_with(
            "JsonSyntax: error with --profile Import, error with --profile Certification; cannot be waived\n"
        ));
        let told = tell("DynamicParameterUnknown").expect("it is known");
        assert!(
            told.starts_with(
                "DynamicParameterUnknown: warning with --profile Import, warning with --profile Certification; can be waived\n"
            ) && told.ends_with("\nIn Microsoft's own validator: OperationParameterNameNotFound\n"),
            "{told}"
        );
    }

    #[test]
    fn for_a_code_that_is_not_known_a_near_one_is_named() {
        let error = tell("HostMising").expect_err("it is misspelt").to_string();
        assert!(error.ends_with("; HostMissing is"), "{error}");
        assert!(!tell("Xyz").expect_err("it is none").to_string().contains(';'));
    }
}
