//! Where in a JSON text an offset is, also in one that ends in an error: for findings about its syntax. No client.

use super::super::finding::quote;
use super::super::path::escaped;

/// What is open at a place.
enum Open {
    Object {
        key: Option<String>,
        /// Whether the next text is a key.
        before_key: bool,
    },
    Array(usize),
}

/// The JSON pointers of what is being read at `offsets`, which rise. One sweep over the text.
pub(in super::super) fn pointers(source: &str, offsets: &[usize]) -> Vec<String> {
    let bytes = source.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut pointers = Vec::new();
    let mut at = 0;
    for offset in offsets {
        while at < *offset
            && let Some(byte) = bytes.get(at)
        {
            at += 1;
            match byte {
                b'{' => open.push(Open::Object {
                    key: None,
                    before_key: true,
                }),
                b'[' => open.push(Open::Array(0)),
                b'}' | b']' => {
                    open.pop();
                }
                b',' => {
                    if let Some(innermost) = open.last_mut() {
                        innermost.advance();
                    }
                }
                b'"' => {
                    let end = end_of_text(bytes, at);
                    // Within a text, the value is the one that it is in.
                    if end > *offset {
                        break;
                    }
                    if let Some(Open::Object { key, before_key }) = open.last_mut()
                        && std::mem::take(before_key)
                    {
                        *key = source.get(at - 1..end).map(unquoted);
                    }
                    at = end;
                }
                _ => {}
            }
        }
        pointers.push(open.iter().filter_map(token).collect());
    }
    pointers
}

impl Open {
    /// Goes on to the next item or member.
    fn advance(&mut self) {
        match self {
            Self::Object { before_key, .. } => *before_key = true,
            Self::Array(index) => *index += 1,
        }
    }
}

/// Behind the quote that ends the text which begins at `at`.
fn end_of_text(bytes: &[u8], at: usize) -> usize {
    let mut escaped = false;
    let rest = bytes.iter().skip(at);
    for (length, byte) in rest.enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + length + 1,
            _ => {}
        }
    }
    usize::MAX
}

fn unquoted(text: &str) -> String {
    serde_json::from_str(text).unwrap_or_else(|_| quote(text.trim_matches('"')))
}

/// The part of a pointer that leads into what is open; none before the first key.
fn token(open: &Open) -> Option<String> {
    match open {
        Open::Object { key, .. } => Some(format!("/{}", escaped(key.as_ref()?))),
        Open::Array(index) => Some(format!("/{index}")),
    }
}

#[cfg(test)]
mod tests {
    use super::pointers;

    #[test]
    fn an_offset_is_in_the_innermost_value_that_is_open() {
        let text = r#"{"a": [1, {"b/c": "x\"y"}], "d": !"#;
        let at = |needle: &str| text.find(needle).expect("is in the text");
        let offsets = [at("{"), at("1"), at("x"), at("], "), at("!"), 999];
        assert_eq!(
            pointers(text, &offsets),
            ["", "/a/0", "/a/1/b~1c", "/a/1", "/d", "/d"]
        );
    }
}
