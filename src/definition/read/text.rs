//! Bytes to text: size, encoding, and which syntax the text is in, judged by its content. No client.

use std::sync::Arc;

use super::super::finding::Findings;
use super::super::path::Path;
use super::super::rule::Rule;
use super::{Limits, Stop};

/// How a text writes its values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Syntax {
    Json,
    Yaml,
}

/// The bytes as text, without a byte order mark; else the part before what cannot be read.
pub(super) fn decode<'b>(
    bytes: &'b [u8],
    limits: &Limits,
    findings: &mut Findings,
) -> Result<&'b str, Arc<str>> {
    if bytes.len() > limits.bytes {
        let message = format!(
            "The description has {} bytes; at most {} are read.",
            bytes.len(),
            limits.bytes
        );
        findings.add(Rule::InputTooLarge, 0, &Path::ROOT, message);
        return Err(Arc::default());
    }
    if let Some(name) = other_encoding(bytes) {
        findings.add(
            Rule::NotUtf8,
            0,
            &Path::ROOT,
            format!("The description is {name}, not UTF-8 text."),
        );
        return Err(Arc::default());
    }
    let (bytes, marked) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    if marked {
        findings.add(
            Rule::ByteOrderMark,
            0,
            &Path::ROOT,
            Rule::ByteOrderMark.statement(),
        );
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let end = error.valid_up_to();
        let readable = bytes
            .get(..end)
            .and_then(|valid| std::str::from_utf8(valid).ok())
            .unwrap_or_default();
        let byte = bytes.get(end).copied().unwrap_or_default();
        let offset = u32::try_from(end).unwrap_or(u32::MAX);
        findings.add(
            Rule::NotUtf8,
            offset,
            &Path::ROOT,
            explain_byte(byte, error.error_len().is_none()),
        );
        readable.into()
    })
}

/// Encodings and packings told by how they begin.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match *bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some("UTF-32"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("UTF-16"),
        [0, 0, 0, first, ..] | [first, 0, 0, 0, ..] if first != 0 => Some("UTF-32"),
        [0, first, 0, second, ..] | [first, 0, second, 0, ..] if first != 0 && second != 0 => Some("UTF-16"),
        [0x1F, 0x8B, ..] => Some("compressed (gzip)"),
        [b'P', b'K', 3, 4, ..] => Some("an archive (zip)"),
        _ => None,
    }
}

/// Windows-1252 is what a byte above 0x7F that is no UTF-8 nearly always comes from.
fn explain_byte(byte: u8, cut_off: bool) -> String {
    if cut_off {
        return format!(
            "The text ends in the middle of a character (byte 0x{byte:02X}): it seems to be cut off."
        );
    }
    match windows_1252(byte) {
        Some(character) => format!(
            "Byte 0x{byte:02X} is not UTF-8; in Windows-1252 it would be '{character}', \
             so the file was probably saved in that encoding."
        ),
        None => format!("Byte 0x{byte:02X} is not UTF-8."),
    }
}

/// The printable characters of Windows-1252 beyond ASCII. From 0xA0 on they are those of Unicode.
fn windows_1252(byte: u8) -> Option<char> {
    const FROM_0X80: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’',
        '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => FROM_0X80
            .get(usize::from(byte - 0x80))
            .copied()
            .filter(|character| *character != '\0'),
        0xA0.. => Some(char::from(byte)),
        0x00..=0x7F => None,
    }
}

/// Which syntax to read the text in. What begins with a bracket or a JavaScript comment is held to JSON's rules,
/// though YAML would let most of it pass: whoever writes that way means JSON.
pub(super) fn syntax(source: &str, findings: &mut Findings) -> Result<Syntax, Stop> {
    let start =
        source.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{FEFF}');
    let offset = u32::try_from(source.len() - start.len()).unwrap_or(u32::MAX);
    match start.as_bytes() {
        [] => {
            findings.add(
                Rule::EmptyDocument,
                0,
                &Path::ROOT,
                Rule::EmptyDocument.statement(),
            );
            Err(Stop)
        }
        [b'<', next, ..] if next.is_ascii_alphabetic() || matches!(next, b'!' | b'?') => {
            let message = "The text is HTML or XML, not a JSON or YAML object.";
            findings.add(Rule::NotADescription, offset, &Path::ROOT, message);
            Err(Stop)
        }
        [b'{' | b'[', ..] | [b'/', b'/' | b'*', ..] => Ok(Syntax::Json),
        _ => Ok(Syntax::Yaml),
    }
}
