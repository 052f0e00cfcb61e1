//! JSON (RFC 8259) to a document. Strict, but it goes on after what is wrong and clear. No client.
//!
//! Trailing commas, comments and raw control characters are errors, yet reading continues behind them, so that one
//! run shows them all. Depth is bounded before the stack is.

use super::super::document::{Document, Kind, NodeId, StoredMember, Text};
use super::super::finding::{Findings, position, quote};
use super::super::path::Path;
use super::super::rule::Rule;
use super::{Limits, Stop};

/// Reads one JSON value and the end of the text; its number, or a stop whose reason is among the findings.
pub(super) fn read(
    document: &mut Document,
    source: &str,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<NodeId, Stop> {
    let mut reader = Reader {
        source,
        at: 0,
        document,
        limits,
        findings,
        items: Vec::new(),
        members: Vec::new(),
    };
    reader.skip_space()?;
    let root = reader.value(0)?;
    reader.skip_space()?;
    if reader.peek().is_some() {
        return Err(reader.fail("There is more text after the end of the JSON value."));
    }
    Ok(root)
}

struct Reader<'r> {
    source: &'r str,
    at: usize,
    document: &'r mut Document,
    limits: &'r Limits,
    findings: &'r mut Findings,
    /// Children of the lists and objects that are still open.
    items: Vec<NodeId>,
    members: Vec<StoredMember>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn report(&mut self, rule: Rule, at: usize, message: impl Into<String>) {
        self.findings
            .add(rule, u32::try_from(at).unwrap_or(u32::MAX), &Path::ROOT, message);
    }

    fn fail(&mut self, message: impl Into<String>) -> Stop {
        self.report(Rule::JsonSyntax, self.at, message);
        Stop
    }

    /// White space, and comments with a finding.
    fn skip_space(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(b'/') => self.skip_comment()?,
                Some(_) | None => return Ok(()),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), Stop> {
        let rest = self.rest();
        let length = if rest.starts_with("//") {
            rest.find(['\n', '\r']).unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            return Err(self.fail("A / stands where a value, a comma or a bracket was expected."));
        };
        self.report(Rule::JsonComment, self.at, Rule::JsonComment.statement());
        self.at += length;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<NodeId, Stop> {
        if self.document.node_count() >= self.limits.values {
            let message = format!("The description holds more than {} values.", self.limits.values);
            self.report(Rule::TooManyValues, self.at, message);
            return Err(Stop);
        }
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => {
                let text = self.string()?;
                Ok(self.document.add(start, Kind::String(text)))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) | None => self.word(),
        }
    }

    fn word(&mut self) -> Result<NodeId, Stop> {
        let words = [
            ("true", Kind::Boolean(true)),
            ("false", Kind::Boolean(false)),
            ("null", Kind::Null),
        ];
        let found = self
            .rest()
            .find(|character: char| !character.is_alphanumeric() && character != '_');
        let length = found.unwrap_or_else(|| self.rest().len());
        let word = self.rest().get(..length).unwrap_or_default();
        let Some((_, kind)) = words.iter().find(|(name, _)| *name == word) else {
            return Err(self.unexpected("a value"));
        };
        let id = self.document.add(self.at, *kind);
        self.at += length;
        Ok(id)
    }

    fn enter(&mut self, depth: usize) -> Result<(), Stop> {
        if depth > self.limits.depth {
            let message = format!("Values are nested more than {} levels deep.", self.limits.depth);
            self.report(Rule::TooDeep, self.at, message);
            return Err(Stop);
        }
        self.at += 1;
        self.skip_space()
    }

    fn object(&mut self, depth: usize) -> Result<NodeId, Stop> {
        let start = self.at;
        let mark = self.members.len();
        self.enter(depth)?;
        if self.peek() != Some(b'}') {
            loop {
                let key_at = self.at;
                if self.peek() != Some(b'"') {
                    return Err(self.unclosed_or(start, "a key in double quotes"));
                }
                let key = self.string()?;
                self.skip_space()?;
                if self.peek() != Some(b':') {
                    return Err(self.unclosed_or(start, "a colon after the key"));
                }
                self.at += 1;
                self.skip_space()?;
                let value = self.value(depth)?;
                let key_offset = u32::try_from(key_at).unwrap_or(u32::MAX);
                self.members.push(StoredMember {
                    key,
                    key_offset,
                    value,
                });
                if self.separator(start, b'}', "a comma or a closing brace")? {
                    break;
                }
            }
        }
        self.at += 1;
        Ok(self.document.add_object(start, &mut self.members, mark))
    }

    fn array(&mut self, depth: usize) -> Result<NodeId, Stop> {
        let start = self.at;
        let mark = self.items.len();
        self.enter(depth)?;
        if self.peek() != Some(b']') {
            loop {
                if self.peek().is_none() {
                    return Err(self.unclosed_or(start, "a value"));
                }
                let value = self.value(depth)?;
                self.items.push(value);
                if self.separator(start, b']', "a comma or a closing bracket")? {
                    break;
                }
            }
        }
        self.at += 1;
        Ok(self.document.add_array(start, &mut self.items, mark))
    }

    /// Reads what follows a child: true at the closing bracket, which is left to be read.
    fn separator(&mut self, start: usize, close: u8, expected: &str) -> Result<bool, Stop> {
        self.skip_space()?;
        match self.peek() {
            Some(byte) if byte == close => Ok(true),
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.skip_space()?;
                let trailing = self.peek() == Some(close);
                if trailing {
                    self.report(Rule::TrailingComma, comma, Rule::TrailingComma.statement());
                }
                Ok(trailing)
            }
            Some(_) | None => Err(self.unclosed_or(start, expected)),
        }
    }

    fn unclosed_or(&mut self, start: usize, expected: &str) -> Stop {
        if self.peek().is_some() {
            return self.unexpected(expected);
        }
        let (line, column) = position(self.source, start);
        self.fail(format!(
            "The text ends, but the bracket opened in line {line}, column {column} is not closed; \
             expected {expected}."
        ))
    }

    fn unexpected(&mut self, expected: &str) -> Stop {
        let Some(found) = self.rest().chars().next() else {
            return self.fail(format!("The text ends; expected {expected}."));
        };
        let hint = match found {
            '\'' => " JSON strings are in double quotes.".to_owned(),
            '}' | ']' => " A closing bracket stands where it does not belong.".to_owned(),
            _ if found.is_whitespace() || found == '\u{FEFF}' => {
                format!(" U+{:04X} is white space, but not for JSON.", u32::from(found))
            }
            _ if found.is_alphabetic() && expected.contains("key") => {
                " A text that begins with a brace is read as JSON.".to_owned()
            }
            _ if found.is_alphabetic() => " Only true, false and null stand without quotes.".to_owned(),
            _ => String::new(),
        };
        self.fail(format!(
            "Found {}, expected {expected}.{hint}",
            quote(&found.to_string())
        ))
    }

    /// Reads a string from its opening quote. Without escapes it stays a span of the source.
    fn string(&mut self) -> Result<Text, Stop> {
        let open = self.at;
        self.at += 1;
        let start = self.at;
        loop {
            match self.plain_run(open)? {
                b'"' => {
                    let text = Document::span(start, self.at);
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => return self.escaped_string(open, start),
                control => self.control_character(control),
            }
        }
    }

    /// Skips to the next byte that means something in a string, and returns it.
    fn plain_run(&mut self, open: usize) -> Result<u8, Stop> {
        let rest = self.source.as_bytes().get(self.at..).unwrap_or_default();
        let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
        if let Some(length) = rest.iter().position(special) {
            self.at += length;
            return Ok(rest.get(length).copied().unwrap_or_default());
        }
        self.at = open;
        Err(self.fail("This string is not closed before the text ends."))
    }

    fn control_character(&mut self, byte: u8) {
        let name = match byte {
            b'\t' => "a tab".to_owned(),
            b'\n' | b'\r' => "a line break".to_owned(),
            other => format!("the control character U+{other:04X}"),
        };
        self.report(
            Rule::RawControlCharacter,
            self.at,
            format!("A string holds {name}, which JSON wants escaped."),
        );
        self.at += 1;
    }

    fn escaped_string(&mut self, open: usize, start: usize) -> Result<Text, Stop> {
        let before = self.document.decoded().len();
        let mut copied = start;
        loop {
            let byte = self.plain_run(open)?;
            if byte != b'"' && byte != b'\\' {
                self.control_character(byte);
                continue;
            }
            let plain = self.source.get(copied..self.at).unwrap_or_default();
            self.document.decoded().push_str(plain);
            self.at += 1;
            if byte == b'"' {
                let length = self.document.decoded().len() - before;
                return Ok(self.document.kept(length));
            }
            let character = self.escape()?;
            self.document.decoded().push(character);
            copied = self.at;
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, Stop> {
        let escape = self.peek();
        self.at += 1;
        Ok(match escape {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            Some(_) | None => {
                self.at -= 2;
                return Err(self.fail(
                    "A backslash in a string is not followed by one of \" \\ / b f n r t u; \
                     a backslash itself is written \\\\.",
                ));
            }
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Stop> {
        let at = self.at - 2;
        let first = self.four_digits()?;
        let code = match first {
            0xD800..=0xDBFF if self.rest().starts_with("\\u") => {
                self.at += 2;
                let second = self.four_digits()?;
                match second {
                    0xDC00..=0xDFFF => 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00),
                    _ => first,
                }
            }
            _ => first,
        };
        Ok(char::from_u32(code).unwrap_or_else(|| {
            self.report(
                Rule::LoneSurrogate,
                at,
                format!("\\u{first:04x} is one half of a surrogate pair."),
            );
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn four_digits(&mut self) -> Result<u32, Stop> {
        let digits = self.source.get(self.at..self.at + 4);
        let is_hex = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match digits
            .filter(is_hex)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.fail("\\u is not followed by four hexadecimal digits.")),
        }
    }

    fn number(&mut self) -> Result<NodeId, Stop> {
        let rest = self.rest().as_bytes();
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
        let length = rest.iter().take_while(is_part).count();
        let text = self.rest().get(..length).unwrap_or_default();
        if !super::number::is_json(text) {
            let message = format!("{} is not a number in JSON.", quote(text));
            return Err(self.fail(message));
        }
        let start = self.at;
        self.at += length;
        Ok(self
            .document
            .add(start, Kind::Number(Document::span(start, self.at))))
    }
}
