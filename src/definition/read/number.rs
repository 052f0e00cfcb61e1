//! Numbers as JSON and YAML 1.2 write them, as text: nothing is rounded. No client.

use std::borrow::Cow;

/// Whether `text` is a number by JSON's grammar (RFC 8259, section 6).
pub(super) fn is_json(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned.starts_with('0')) {
        return false;
    }
    let mut rest = unsigned.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = fraction.get(length..).unwrap_or_default();
    }
    rest.is_empty() || exponent(rest)
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn exponent(text: &str) -> bool {
    let Some(power) = text.strip_prefix(['e', 'E']) else {
        return false;
    };
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    !power.is_empty() && digits(power) == power.len()
}

/// What a plain YAML scalar is, if it is a number of the YAML 1.2 core schema.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum YamlNumber<'t> {
    /// The number as JSON writes it.
    Finite(Cow<'t, str>),
    /// Infinity, not a number, or an integer in another base that is too long to write out.
    NoJsonForm,
}

/// Reads a plain scalar as a number; `None` means it is text. Digits behind a leading zero are text, although the
/// core schema would drop the zero: they are telephone numbers and codes, and dropping it would change them.
pub(super) fn yaml(text: &str) -> Option<YamlNumber<'_>> {
    if is_json(text) {
        return Some(YamlNumber::Finite(Cow::Borrowed(text)));
    }
    for (prefix, base) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base));
            return valid.then(|| match u128::from_str_radix(digits, base) {
                Ok(value) => YamlNumber::Finite(Cow::Owned(value.to_string())),
                Err(_too_long) => YamlNumber::NoJsonForm,
            });
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(YamlNumber::NoJsonForm);
    }
    let whole = digits(unsigned);
    let (whole, rest) = unsigned.split_at_checked(whole)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(behind) => behind.split_at_checked(digits(behind))?,
        None => ("", rest),
    };
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    let is_number = !(whole.is_empty() && fraction.is_empty()) && (rest.is_empty() || exponent(rest));
    if !is_number || leading_zero {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if unsigned.contains('.') { "." } else { "" };
    let fraction = if fraction.is_empty() && !point.is_empty() {
        "0"
    } else {
        fraction
    };
    Some(YamlNumber::Finite(Cow::Owned(format!(
        "{sign}{whole}{point}{fraction}{rest}"
    ))))
}

#[cfg(test)]
mod tests {
    use super::{YamlNumber, is_json, yaml};

    #[test]
    fn only_the_grammar_of_rfc_8259_is_a_json_number() {
        for good in [
            "0",
            "-0",
            "10",
            "1.50",
            "1e3",
            "1E+3",
            "-0.1e-7",
            "123456789012345678901234567890",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "", "-", "01", "+1", ".5", "1.", "1e", "1e+", "0x1", "1_000", "NaN", "1.5.2",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }

    #[test]
    fn plain_yaml_scalars_are_numbers_only_where_the_core_schema_says_so() {
        let written = |text: &str| match yaml(text) {
            Some(YamlNumber::Finite(number)) => number.into_owned(),
            Some(YamlNumber::NoJsonForm) => "no JSON form".to_owned(),
            None => "text".to_owned(),
        };
        for (plain, expected) in [
            ("12", "12"),
            ("+12", "12"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("1.", "1.0"),
            ("+1.e3", "1.0e3"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("012", "text"),
            ("0612345678", "text"),
            ("00.5", "text"),
            ("1_000", "text"),
            ("0x", "text"),
            ("0b1", "text"),
            ("1:30", "text"),
            ("1.2.3", "text"),
            ("-", "text"),
            (".", "text"),
            ("e3", "text"),
            ("2024-01-01", "text"),
            ("-.INF", "no JSON form"),
            (".nan", "no JSON form"),
        ] {
            assert_eq!(written(plain), expected, "{plain}");
        }
    }
}
