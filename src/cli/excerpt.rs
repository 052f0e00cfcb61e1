//! A line of a description with a caret under what a finding is about. No client.
//!
//! What is shown ends up in the logs of pipelines, so nothing is that could be a secret: of such values, and of every
//! value in a Postman collection that is not a word of its format, only the place is shown.

mod private;

use crate::definition::{Finding, Format, Rule};

/// What is shown of a line, and where in it the caret stands; both in characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Excerpt {
    pub(super) line: String,
    pub(super) column: usize,
    pub(super) width: usize,
}

/// Lines longer than this are shown from the finding on, in characters.
const LONGEST: usize = 120;

/// The longest caret, in characters.
const LONGEST_CARET: usize = 40;

/// A value is judged by no more than this of it, in bytes.
const JUDGED: usize = 4_096;

/// Stands for what is not shown.
const HIDDEN: &str = "…";

/// The text of a description, read from one finding to the next.
#[derive(Debug)]
pub(super) struct Excerpts<'t> {
    text: &'t str,
    is_json: bool,
    is_collection: bool,
    /// Where values stand that are secrets for sure: bytes of the text, in order.
    secrets: Vec<usize>,
    at: Place,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    offset: usize,
    line: u32,
    column: u32,
}

const START: Place = Place {
    offset: 0,
    line: 1,
    column: 1,
};

impl<'t> Excerpts<'t> {
    /// Over the bytes that were checked, and all that was found in them.
    pub(super) fn new(bytes: &'t [u8], format: Option<Format>, findings: &[Finding]) -> Self {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => bytes
                .get(..error.valid_up_to())
                .and_then(|valid| std::str::from_utf8(valid).ok())
                .unwrap_or_default(),
        };
        let is_collection = match format {
            Some(Format::Postman10 | Format::Postman20 | Format::Postman21) => true,
            Some(Format::OpenApi20 | Format::OpenApi30 | Format::OpenApi31) => false,
            None => text.contains("\"item\"") || text.contains("\"requests\""),
        };
        let mut excerpts = Self {
            text,
            is_json: text.trim_start().starts_with(['{', '[']),
            is_collection,
            secrets: Vec::new(),
            at: START,
        };
        let secrets = findings
            .iter()
            .filter(|finding| matches!(finding.rule, Rule::SecretInDescription | Rule::SecretInText));
        let places = secrets
            .filter_map(|finding| excerpts.seek(finding.line, finding.column))
            .collect();
        excerpts.secrets = places;
        excerpts
    }

    /// The line a finding stands in, if there is anything to show. Findings in the order of their places cost one walk
    /// over the text together.
    pub(super) fn of(&mut self, finding: &Finding) -> Option<Excerpt> {
        let offset = self.seek(finding.line, finding.column)?;
        let before = self.text.get(..offset)?;
        let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let after = self.text.get(offset..)?;
        let end = offset + after.find(['\n', '\r']).unwrap_or(after.len());
        let is_long = self.text.get(start..end)?.chars().nth(LONGEST).is_some();
        let start = if is_long {
            self.key_before(start, offset)
        } else {
            start
        };
        let mut shown = Shown::new(self, offset, is_long && start > 0);
        shown.line(self.text.get(start..end)?, start);
        shown.finish()
    }

    /// The byte at this line and column.
    fn seek(&mut self, line: u32, column: u32) -> Option<usize> {
        if (line, column) < (self.at.line, self.at.column) {
            self.at = START;
        }
        let bytes = self.text.as_bytes();
        while (self.at.line, self.at.column) < (line, column) {
            let byte = *bytes.get(self.at.offset)?;
            self.at.offset += 1;
            let is_first_of_pair = byte == b'\r' && bytes.get(self.at.offset) == Some(&b'\n');
            if matches!(byte, b'\n' | b'\r') && !is_first_of_pair {
                self.at.line += 1;
                self.at.column = 1;
            } else if bytes
                .get(self.at.offset)
                .is_none_or(|next| next & 0b1100_0000 != 0b1000_0000)
            {
                self.at.column += 1;
            }
        }
        ((self.at.line, self.at.column) == (line, column)).then_some(self.at.offset)
    }

    /// Where the key begins whose value stands at `offset`; else `offset`. Only what is in quotes is looked for.
    fn key_before(&self, start: usize, offset: usize) -> usize {
        let before = self.text.get(start..offset).unwrap_or_default().trim_end();
        let key = before
            .strip_suffix(':')
            .map(str::trim_end)
            .and_then(|before| before.strip_suffix('"'));
        let quote = key.and_then(|key| key.rfind('"'));
        quote.map_or(offset, |at| start + at)
    }
}

/// A line in the making.
#[derive(Debug)]
struct Shown<'e, 't> {
    excerpts: &'e Excerpts<'t>,
    /// The byte the finding stands at.
    target: usize,
    line: String,
    caret: Option<(usize, usize)>,
    /// The key whose value comes next.
    key: Option<&'t str>,
    open: usize,
}

impl<'e, 't> Shown<'e, 't> {
    fn new(excerpts: &'e Excerpts<'t>, target: usize, is_cut: bool) -> Self {
        let line = if is_cut { "… ".to_owned() } else { String::new() };
        Self {
            excerpts,
            target,
            line,
            caret: None,
            key: None,
            open: 0,
        }
    }

    /// Adds the parts of a line that begins at byte `start`, until there is enough of it.
    fn line(&mut self, line: &'t str, start: usize) {
        let mut at = 0;
        while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
            if self.caret.is_some() && self.width() >= LONGEST {
                self.line.push_str(" …");
                return;
            }
            let length = self.part(rest, start + at);
            at += length.max(1);
        }
        if start + line.len() == self.target {
            self.caret = self.caret.or_else(|| Some((self.width(), 1)));
        }
    }

    /// Adds the first part of `rest`, and says how long it is in bytes.
    fn part(&mut self, rest: &'t str, offset: usize) -> usize {
        let first = rest.chars().next().unwrap_or(' ');
        let is_item = first == '-' && rest.get(1..).is_some_and(|rest| rest.starts_with(' '));
        if first.is_whitespace() || "{}[],:".contains(first) || is_item {
            match first {
                '{' | '[' => self.open += 1,
                '}' | ']' => self.open = self.open.saturating_sub(1),
                _ => {}
            }
            if matches!(first, '{' | '}') {
                self.key = None;
            }
            self.add(first.encode_utf8(&mut [0; 4]), offset, first.len_utf8());
            return first.len_utf8();
        }
        let length = match first {
            '"' | '\'' => quoted(rest, first),
            '#' if !self.excerpts.is_json => rest.len(),
            _ => bare(rest, self.excerpts.is_json || self.open > 0),
        };
        let token = rest.get(..length).unwrap_or(rest);
        let behind = rest.get(token.len()..).unwrap_or_default();
        let is_key = behind
            .trim_start()
            .strip_prefix(':')
            .is_some_and(|value| first == '"' || value.is_empty() || value.starts_with(char::is_whitespace));
        if is_key {
            self.key = Some(token.trim_matches(['"', '\'']));
            self.add(token, offset, token.len());
        } else {
            let shown = self.value(token, offset);
            self.add(&shown, offset, token.len());
        }
        token.len()
    }

    /// A value as it is shown.
    fn value(&self, token: &str, offset: usize) -> String {
        let quote = token.chars().next().filter(|first| "\"'".contains(*first));
        let plain = token.trim_matches(['"', '\'']);
        let judged = plain.get(..plain.floor_char_boundary(JUDGED)).unwrap_or(plain);
        let is_secret = self.excerpts.secrets.binary_search(&offset).is_ok();
        if is_secret || private::is_private(self.key.unwrap_or_default(), judged, self.excerpts.is_collection)
        {
            let quote = quote.map(String::from).unwrap_or_default();
            return format!("{quote}{HIDDEN}{quote}");
        }
        match token.char_indices().nth(LONGEST / 2) {
            Some((end, _)) => format!("{}{HIDDEN}", token.get(..end).unwrap_or_default()),
            None => token.to_owned(),
        }
    }

    /// Adds what is shown of `length` bytes at `offset`, with the caret if the finding stands there.
    fn add(&mut self, shown: &str, offset: usize, length: usize) {
        let width = shown.chars().count();
        if self.caret.is_none() && (offset..offset + length).contains(&self.target) {
            self.caret = Some((self.width(), width.clamp(1, LONGEST_CARET)));
        }
        let plain = |character: char| if character.is_control() { ' ' } else { character };
        self.line.extend(shown.chars().map(plain));
    }

    fn width(&self) -> usize {
        self.line.chars().count()
    }

    fn finish(self) -> Option<Excerpt> {
        let (column, width) = self.caret?;
        let line = self.line.trim_end();
        (!line.is_empty()).then(|| Excerpt {
            line: line.to_owned(),
            column,
            width,
        })
    }
}

/// How many bytes a text in quotes takes; all of `rest` where it does not end.
fn quoted(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        if is_escaped {
            is_escaped = false;
        } else if character == '\\' && quote == '"' {
            is_escaped = true;
        } else if character == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// How many bytes a text without quotes takes.
fn bare(rest: &str, ends_at_comma: bool) -> usize {
    let mut before = ' ';
    for (at, character) in rest.char_indices() {
        let next = rest
            .get(at + character.len_utf8()..)
            .and_then(|rest| rest.chars().next());
        let ends = match character {
            ',' | '{' | '}' | '[' | ']' => ends_at_comma,
            ':' => ends_at_comma || next.is_none_or(char::is_whitespace),
            '#' => before.is_whitespace(),
            _ => false,
        };
        if ends && at > 0 {
            return rest.get(..at).unwrap_or_default().trim_end().len();
        }
        before = character;
    }
    rest.trim_end().len()
}

#[cfg(test)]
mod tests;
