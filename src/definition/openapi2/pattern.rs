//! Whether a text can be a regular expression of ECMA 262, which is what a pattern is. No client.
//!
//! Checks form, not meaning: brackets pair up, a repetition has something to repeat, nothing ends in mid-air. What an
//! engine reads leniently (a single brace) passes.

/// What is wrong with `pattern`, if anything is.
pub(super) fn problem(pattern: &str) -> Option<&'static str> {
    let mut characters = pattern.chars().peekable();
    let mut open_groups = 0_usize;
    // Whether a repetition may follow.
    let mut repeatable = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                if characters.next().is_none() {
                    return Some("it ends in a backslash");
                }
                repeatable = true;
            }
            '[' => {
                if let Some(problem) = class_problem(&mut characters) {
                    return Some(problem);
                }
                repeatable = true;
            }
            '(' => {
                open_groups += 1;
                if characters.next_if_eq(&'?').is_some() {
                    let known = characters
                        .next()
                        .is_some_and(|kind| matches!(kind, ':' | '=' | '!' | '<' | 'P' | 'i'));
                    if !known {
                        return Some("(? is followed by nothing that is known");
                    }
                }
                repeatable = false;
            }
            ')' => {
                if open_groups == 0 {
                    return Some("a ) closes nothing");
                }
                open_groups -= 1;
                repeatable = true;
            }
            '{' => {
                if let Some((least, most)) = counts(&mut characters) {
                    if !repeatable {
                        return Some("a repetition has nothing to repeat");
                    }
                    if most < least {
                        return Some("a repetition ends before it begins");
                    }
                    characters.next_if_eq(&'?');
                    repeatable = false;
                } else {
                    repeatable = true;
                }
            }
            '*' | '+' | '?' => {
                if !repeatable {
                    return Some("a repetition has nothing to repeat");
                }
                // One more sign makes it lazy.
                characters.next_if(|next| matches!(next, '?' | '+'));
                repeatable = false;
            }
            '|' | '^' => repeatable = false,
            _ => repeatable = true,
        }
    }
    (open_groups > 0).then_some("a ( is not closed")
}

/// What is wrong with the character class behind an opening bracket, which is passed over.
fn class_problem(characters: &mut impl Iterator<Item = char>) -> Option<&'static str> {
    // The last single character, and whether a hyphen followed it.
    let (mut last, mut range) = (None, false);
    while let Some(character) = characters.next() {
        let single = match character {
            ']' => return None,
            '\\' => {
                // An escaped letter may stand for many characters; an escaped sign is itself.
                characters
                    .next()
                    .filter(|escaped| !escaped.is_ascii_alphanumeric())
            }
            '-' if last.is_some() && !range => {
                range = true;
                continue;
            }
            _ => Some(character),
        };
        if range && matches!((last, single), (Some(first), Some(end)) if end < first) {
            return Some("a range of characters runs backwards");
        }
        (last, range) = (single.filter(|_| !range), false);
    }
    Some("a [ is not closed")
}

/// The numbers of a repetition behind an opening brace, which is passed over if it is one; else the brace is itself.
fn counts(characters: &mut (impl Iterator<Item = char> + Clone)) -> Option<(u64, u64)> {
    let inside: String = characters
        .clone()
        .take(40)
        .take_while(|character| *character != '}')
        .collect();
    if characters.clone().nth(inside.chars().count()) != Some('}') {
        return None;
    }
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let found = match inside.split_once(',') {
        None => number(&inside).map(|count| (count, count)),
        Some((least, "")) => number(least).map(|least| (least, u64::MAX)),
        Some((least, most)) => number(least).zip(number(most)),
    };
    // One more than the numbers: the closing brace.
    if found.is_some() {
        characters.by_ref().nth(inside.chars().count());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn patterns_of_ecma_262_pass() {
        for good in [
            "",
            "^[a-z]+$",
            r"^\d{3}-\d{2}$",
            "(?=.*[A-Z]).{8,}",
            "a*?b|c",
            r"[\]()*]",
            "^(?!x)(a|b)*$",
            "[]",
            "a{2,3}?b{4}c{5,}{1",
            r"[a-z0-9_\-.][\w-z][--a]",
            "{{name}}",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
    }

    #[test]
    fn what_no_engine_reads_is_explained() {
        for bad in [
            "(", "a)", "[a-z", "*a", "a**b*", "a|+", r"ab\", "(?", "a{3,2}", "{2}", "[z-a]",
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
