//! A document as minified JSON, written straight from the arena. No client.

use super::document::{Node, Value};

/// Where JSON goes: into a string, or only into a count of its bytes.
pub(super) trait Sink {
    /// Takes the next part of the text.
    fn put(&mut self, text: &str);
}

impl Sink for String {
    fn put(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// Counts bytes and keeps none.
#[derive(Debug, Default)]
pub(super) struct Count(pub(super) usize);

impl Sink for Count {
    fn put(&mut self, text: &str) {
        self.0 += text.len();
    }
}

/// Writes `node` and all that is in it, without white space. Recurses no deeper than the readers let a document be.
pub(super) fn json(node: Node<'_>, sink: &mut impl Sink) {
    match node.value() {
        Value::Null => sink.put("null"),
        Value::Boolean(true) => sink.put("true"),
        Value::Boolean(false) => sink.put("false"),
        Value::Number(text) => sink.put(text),
        Value::String(text) => string(text, sink),
        Value::Array(items) => {
            sink.put("[");
            for (index, item) in items.enumerate() {
                if index > 0 {
                    sink.put(",");
                }
                json(item, sink);
            }
            sink.put("]");
        }
        Value::Object(members) => {
            sink.put("{");
            for (index, member) in members.enumerate() {
                if index > 0 {
                    sink.put(",");
                }
                string(member.key, sink);
                sink.put(":");
                json(member.value, sink);
            }
            sink.put("}");
        }
    }
}

/// Writes a string with only the escapes that JSON demands.
fn string(text: &str, sink: &mut impl Sink) {
    sink.put("\"");
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        let (plain, special) = rest.split_at(at);
        sink.put(plain);
        match special.as_bytes().first().copied().unwrap_or_default() {
            b'"' => sink.put("\\\""),
            b'\\' => sink.put("\\\\"),
            b'\n' => sink.put("\\n"),
            b'\r' => sink.put("\\r"),
            b'\t' => sink.put("\\t"),
            control => sink.put(&format!("\\u{control:04x}")),
        }
        rest = special.get(1..).unwrap_or_default();
    }
    sink.put(rest);
    sink.put("\"");
}
