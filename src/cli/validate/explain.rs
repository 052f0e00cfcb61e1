//! What a code means. No client.

use crate::definition::{Note, Rule};

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
        let (code, severity) = (rule.code(), rule.severity().as_str());
        return Ok(format!(
            "{code}: {severity} of a check\n\n{}\n{}\n",
            rule.statement(),
            rule.help()
        ));
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
                told.starts_with(&format!("{code}: ")) && told.lines().count() == 4,
                "{told}"
            );
        }
    }

    #[test]
    fn for_a_code_that_is_not_known_a_near_one_is_named() {
        let error = tell("HostMising").expect_err("it is misspelt").to_string();
        assert!(error.ends_with("; HostMissing is"), "{error}");
        assert!(!tell("Xyz").expect_err("it is none").to_string().contains(';'));
    }
}
