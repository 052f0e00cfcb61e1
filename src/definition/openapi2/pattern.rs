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
                if !skip_class(&mut characters) {
                    return Some("a [ is not closed");
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

/// Skips a character class behind its opening bracket; whether it is closed.
fn skip_class(characters: &mut impl Iterator<Item = char>) -> bool {
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            ']' => return true,
            _ => {}
        }
    }
    false
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
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
    }

    #[test]
    fn what_no_engine_reads_is_explained() {
        for bad in ["(", "a)", "[a-z", "*a", "a**b*", "a|+", r"ab\", "(?"] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
