//! Texts that OpenAPI 2.0 wants in a form: addresses and regular expressions. No client.

use super::super::document::{Fields, Member, Node, NodeId};
use super::super::note::Note;
use super::Converter;

/// Whether `text` is an absolute address (RFC 3986): that is what OpenAPI 2.0 wants where OpenAPI 3 allows a relative
/// one.
fn is_absolute(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    text.bytes().all(allowed) && url::Url::parse(text).is_ok()
}

fn is_email(text: &str) -> bool {
    let part = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._+".contains(&byte))
    };
    text.split_once('@')
        .is_some_and(|(name, host)| part(name) && part(host))
}

/// Whether every engine for regular expressions of ECMA 262 takes `pattern`, also one that is strict: groups of known
/// kinds, brackets and braces that stand for themselves escaped, repetitions behind something.
pub(super) fn is_portable(pattern: &str) -> bool {
    let mut rest = pattern;
    // For each open group, whether it can be repeated.
    let mut open = Vec::new();
    let mut repeatable = false;
    while let Some(first) = rest.chars().next() {
        let behind = rest.get(first.len_utf8()..).unwrap_or_default();
        let mut can_repeat = !matches!(first, '(' | '|' | '^' | '$' | '*' | '+' | '?' | '{');
        let next = match first {
            '\\' => {
                can_repeat = !behind.starts_with(['b', 'B']);
                escape(behind)
            }
            '[' => class(behind),
            '(' => {
                open.push(
                    !["?=", "?!", "?<=", "?<!"]
                        .iter()
                        .any(|look| behind.starts_with(look)),
                );
                group(behind)
            }
            ')' => open.pop().map(|group| {
                can_repeat = group;
                behind
            }),
            '*' | '+' | '?' if repeatable => Some(behind.strip_prefix('?').unwrap_or(behind)),
            '{' if repeatable => repetition(behind),
            '*' | '+' | '?' | '{' | '}' | ']' => None,
            _ => Some(behind),
        };
        let Some(next) = next else { return false };
        repeatable = can_repeat;
        rest = next;
    }
    open.is_empty()
}

/// What follows an escape, of which `rest` is what stands behind the backslash.
fn escape(rest: &str) -> Option<&str> {
    let first = rest.chars().next()?;
    let behind = rest.get(first.len_utf8()..)?;
    let digits = |count: usize| {
        behind
            .get(..count)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|_| behind.get(count..))
    };
    match first {
        'x' => digits(2),
        'u' => digits(4),
        'c' => behind.strip_prefix(|letter: char| letter.is_ascii_alphabetic()),
        'p' | 'P' => behind
            .strip_prefix('{')?
            .split_once('}')
            .map(|(_, behind)| behind),
        'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B' | 'n' | 'r' | 't' | 'f' | 'v' | '0' => Some(behind),
        _ if first.is_alphanumeric() => None,
        _ => Some(behind),
    }
}

/// What follows a character class, of which `rest` is what stands behind its opening bracket. Ranges lead upwards, and
/// from one character to another.
fn class(rest: &str) -> Option<&str> {
    let mut rest = rest.strip_prefix('^').unwrap_or(rest);
    while !rest.starts_with(']') {
        let (from, behind) = class_member(rest)?;
        rest = behind;
        if let Some(behind) = rest.strip_prefix('-').filter(|behind| !behind.starts_with(']')) {
            let (to, behind) = class_member(behind)?;
            if from? > to? {
                return None;
            }
            rest = behind;
        }
    }
    rest.strip_prefix(']')
}

/// The code of the character that a class begins with, and what follows it; no character where it stands for several.
fn class_member(rest: &str) -> Option<(Option<u32>, &str)> {
    let first = rest.chars().next()?;
    let behind = rest.get(first.len_utf8()..)?;
    match first {
        '[' => None,
        '\\' => {
            let escaped = behind.chars().next()?;
            let rest = escape(behind)?;
            let itself = match escaped {
                'x' | 'u' => {
                    let code = behind.get(1..behind.len() - rest.len()).unwrap_or_default();
                    Some(u32::from_str_radix(code, 16).ok()?)
                }
                _ => (!escaped.is_alphanumeric()).then_some(u32::from(escaped)),
            };
            Some((itself, rest))
        }
        _ => Some((Some(u32::from(first)), behind)),
    }
}

/// What follows the opening of a group, of which `rest` is what stands behind its parenthesis.
fn group(rest: &str) -> Option<&str> {
    let Some(kind) = rest.strip_prefix('?') else {
        return Some(rest);
    };
    ["<=", "<!", ":", "=", "!"]
        .iter()
        .find_map(|mark| kind.strip_prefix(mark))
}

/// What follows a repetition, of which `rest` is what stands behind its brace.
fn repetition(rest: &str) -> Option<&str> {
    let (inner, behind) = rest.split_once('}')?;
    let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
    let least: u32 = least.parse().ok()?;
    let fits = most.is_empty() || most.parse::<u32>().is_ok_and(|most| least <= most);
    fits.then(|| behind.strip_prefix('?').unwrap_or(behind))
}

impl<'d> Converter<'d, '_> {
    /// Copies an object, without those of its members that are to be an address and are none.
    pub(super) fn with_addresses(&mut self, node: Node<'d>, addresses: &[&str]) -> NodeId {
        if !node.is_object() {
            return self.draft.copy(node);
        }
        let mut fields = Fields::default();
        for member in node.members() {
            if addresses.contains(&member.key) {
                self.address_member(&member, &mut fields);
            } else {
                self.carry(&member, &mut fields);
            }
        }
        self.draft.object(node.offset(), fields)
    }

    /// Puts a member that is to be an address, if it is one.
    pub(super) fn address_member(&mut self, member: &Member<'d>, fields: &mut Fields<'d>) {
        let is_mail = |text: &str| member.key == "email" && is_email(text);
        if member
            .value
            .as_str()
            .is_none_or(|text| is_mail(text) || is_absolute(text))
        {
            self.carry(member, fields);
        } else {
            self.lost_address(member.value);
        }
    }

    /// Puts external documentation, unless its address is relative.
    pub(super) fn external_docs(&mut self, member: &Member<'d>, fields: &mut Fields<'d>) {
        let url = member.value.get("url");
        match url.filter(|url| url.as_str().is_some_and(|text| !is_absolute(text))) {
            Some(url) => self.lost_address(url),
            None => self.carry(member, fields),
        }
    }

    fn lost_address(&mut self, node: Node<'d>) {
        let message = "OpenAPI 2.0 wants a whole address here, such as https://example.com/docs.";
        self.note(Note::AddressLost, node, message);
    }

    /// Puts a pattern, unless there are engines that do not take it.
    pub(super) fn pattern(&mut self, node: Node<'d>, fields: &mut Fields<'d>) {
        if node.as_str().is_none_or(is_portable) {
            let made = self.draft.copy(node);
            fields.put("pattern", made);
        } else {
            let message = "It is no regular expression that every engine for ECMA 262 takes.";
            self.note(Note::PatternLost, node, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_absolute, is_email, is_portable};

    #[test]
    fn an_address_is_absolute_and_has_no_blanks() {
        assert!(is_absolute("https://a.example/x?y=1#z") && is_absolute("urn:a:b"));
        for relative in [
            "/docs",
            "docs",
            "",
            "a.example/docs",
            "https://a b",
            "https://a.example/{x}",
        ] {
            assert!(!is_absolute(relative), "{relative}");
        }
        assert!(is_email("a.b@c.example") && !is_email("a at b") && !is_email("@b"));
    }

    #[test]
    fn patterns_that_every_engine_takes_are_told_from_those_that_only_some_take() {
        for good in [
            "",
            "^[a-z]+$",
            r"^\d{3}-\d{2,}?$",
            "(?=.*[A-Z]).{8,}",
            "a*?b|c",
            r"[\]()*{]",
            r"^(?!x)(?<!y)(a|b)*$",
            r"\p{L}\u00e9\x41\/\.",
            r"^\{\}$",
            r"[\w-][a-z\-][+--]",
            r"[\u00A0-\uD7FF\x20-~!-\u007e]",
        ] {
            assert!(is_portable(good), "{good}");
        }
        for odd in [
            "(?i)a",
            "[a-z]{1-70}",
            "{0-9]{1,15}",
            "^(?:{a})$",
            "a{3,2}",
            "(",
            "a)",
            "[a",
            "*a",
            "a**",
            r"a\",
            r"\q",
            "a}",
            "a]",
            "[z-a]",
            r"[\u00ff-\u00a0]",
            r"[\u00zz]",
            r"[\w-z]",
            "[[]",
            "(?=a)*",
            "^*",
            "(?P<n>a)",
        ] {
            assert!(!is_portable(odd), "{odd}");
        }
    }
}
