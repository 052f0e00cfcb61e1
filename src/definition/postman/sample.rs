//! Bodies as people write them into requests: JSON, also with comments and with variables in it. No client.

use super::shape::Shape;

/// Levels of nesting beyond which a body is taken for text.
const DEEPEST: usize = 100;

/// What a JSON text shows; nothing, if it is none. Comments and commas too many are passed over, and a variable in
/// the place of a value shows nothing about it.
pub(super) fn read(text: &str) -> Option<Shape> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    reader.space()?;
    let mut shape = Shape::default();
    reader.value(&mut shape)?;
    reader.space()?;
    (reader.at == text.len()).then_some(shape)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, beginning: &str) -> bool {
        let is_there = self.rest().starts_with(beginning);
        if is_there {
            self.at += beginning.len();
        }
        is_there
    }

    /// Goes behind the next `end`.
    fn skip_to(&mut self, end: &str) -> Option<()> {
        self.at += self.rest().find(end)? + end.len();
        Some(())
    }

    /// Passes over white space and comments.
    fn space(&mut self) -> Option<()> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if self.take("//") {
                let rest = self.rest();
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if self.take("/*") {
                self.skip_to("*/")?;
            } else {
                return Some(());
            }
        }
    }

    fn value(&mut self, shape: &mut Shape) -> Option<()> {
        if self.take("{{") {
            return self.skip_to("}}");
        }
        match self.next()? {
            b'{' => self.nested(|reader| reader.object(shape)),
            b'[' => self.nested(|reader| reader.list(shape)),
            b'"' => {
                let text = self.string()?;
                shape.see_text(&text);
                Some(())
            }
            b'-' | b'0'..=b'9' => self.number(shape),
            _ if self.take("true") || self.take("false") => {
                shape.see_boolean();
                Some(())
            }
            _ if self.take("null") => {
                shape.see_null();
                Some(())
            }
            _ => None,
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        if self.depth == DEEPEST {
            return None;
        }
        self.at += 1;
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        done
    }

    fn object(&mut self, shape: &mut Shape) -> Option<()> {
        shape.see_object();
        loop {
            self.space()?;
            if self.take("}") {
                return Some(());
            }
            // A variable may stand for whole members.
            if self.take("{{") {
                self.skip_to("}}")?;
            } else {
                let key = self.string()?;
                self.space()?;
                if !self.take(":") {
                    return None;
                }
                self.space()?;
                let mut value = Shape::default();
                self.value(&mut value)?;
                shape.see_member(key, value);
            }
            self.space()?;
            if !self.take(",") && self.next() != Some(b'}') {
                return None;
            }
        }
    }

    fn list(&mut self, shape: &mut Shape) -> Option<()> {
        let items = shape.see_list();
        loop {
            self.space()?;
            if self.take("]") {
                return Some(());
            }
            // What one item shows is gathered apart: a list in a list is another list.
            let mut item = Shape::default();
            self.value(&mut item)?;
            items.merge(item);
            self.space()?;
            if !self.take(",") && self.next() != Some(b']') {
                return None;
            }
        }
    }

    fn number(&mut self, shape: &mut Shape) -> Option<()> {
        let rest = self.rest();
        let is_part = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.bytes().take_while(|byte| is_part(*byte)).count();
        let written = rest.get(..length)?;
        self.at += length;
        if self.take("{{") {
            return self.skip_to("}}");
        }
        if !written.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        shape.see_number(written);
        Some(())
    }

    /// A text in double quotes, its escapes resolved. Raw line breaks are let through.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        if !self.take("\"") {
            return None;
        }
        loop {
            match self.next()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let quoted = self.text.get(start..self.at)?;
        let inner = quoted.get(1..quoted.len() - 1)?;
        let decoded = inner
            .contains('\\')
            .then(|| serde_json::from_str(quoted).ok())
            .flatten();
        Some(decoded.unwrap_or_else(|| inner.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::document::Draft;
    use super::super::super::finding::Findings;
    use super::super::super::read::{Limits, read as read_document};
    use super::super::super::write;
    use super::super::shape::Shape;
    use super::read;

    /// The schema of a shape, as text, and whether it was cut.
    fn schema(shape: &Shape) -> (String, bool) {
        let document =
            read_document(b"{}", &Limits::default(), &mut Findings::default()).expect("it is JSON");
        let mut draft = Draft::of(&document, 10_000);
        let (root, cut) = shape.write(&mut draft, 0);
        let made = draft.finish(root).expect("there is room");
        let mut text = String::new();
        write::json(made.root(), &mut text);
        (text, cut)
    }

    fn of(text: &str) -> String {
        schema(&read(text).expect("it is a sample")).0
    }

    #[test]
    fn types_are_told_from_values() {
        for (sample, expected) in [
            ("1", r#"{"type":"integer"}"#),
            ("-3000000000", r#"{"type":"integer","format":"int64"}"#),
            ("123456789012345678901234567890", r#"{"type":"integer"}"#),
            ("1.0", r#"{"type":"number"}"#),
            ("1e3", r#"{"type":"number"}"#),
            ("[1, 2.5]", r#"{"type":"array","items":{"type":"number"}}"#),
            ("true", r#"{"type":"boolean"}"#),
            ("\"x\"", r#"{"type":"string"}"#),
            ("\"<uuid>\"", r#"{"type":"string","format":"uuid"}"#),
            ("\"<long>\"", r#"{"type":"integer","format":"int64"}"#),
            ("null", r#"{"x-nullable":true}"#),
            (
                "[null, 1]",
                r#"{"type":"array","items":{"type":"integer","x-nullable":true}}"#,
            ),
            ("[]", r#"{"type":"array","items":{}}"#),
            ("[1, \"a\"]", r#"{"type":"array","items":{}}"#),
            ("{}", r#"{"type":"object"}"#),
        ] {
            assert_eq!(of(sample), expected, "{sample}");
        }
    }

    #[test]
    fn members_of_several_samples_are_put_together_in_order() {
        assert_eq!(
            of(r#"[{"b": 1, "a": null}, {"a": "x", "c": [[1]]}]"#),
            r#"{"type":"array","items":{"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"string","x-nullable":true},"c":{"type":"array","items":{"type":"array","items":{"type":"integer"}}}}}}"#
        );
    }

    #[test]
    fn comments_variables_and_commas_too_many_do_not_stand_in_the_way() {
        let sample = "// a\n{ /* b */ \"id\": {{id}}, \"n\": -{{n}}, \"t\": \"{{t}}\", {{more}}, \"l\": [{{x}}, 1,], \"k\\u00e9\": 1, }";
        assert_eq!(
            of(sample),
            "{\"type\":\"object\",\"properties\":{\"id\":{},\"n\":{},\"t\":{\"type\":\"string\"},\
             \"l\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},\"k\u{e9}\":{\"type\":\"integer\"}}}"
        );
    }

    #[test]
    fn what_is_no_json_is_none() {
        for text in [
            "",
            "a=b",
            "<a/>",
            "{'a': 1}",
            "{\"a\": 1",
            "{\"a\" 1}",
            "[1 2]",
            "1 2",
            "-",
            "\"",
            "\"\\",
            "{{",
            "/*",
            "nul",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"[".repeat(1_000_000)), None);
    }

    #[test]
    fn a_sample_with_more_than_the_backend_takes_is_cut_where_it_is_deepest() {
        let inner: Vec<String> = (0..600).map(|index| format!("\"k{index}\": {index}")).collect();
        let sample = format!("{{\"a\": {{{}}}, \"b\": 1}}", inner.join(","));
        let (text, cut) = schema(&read(&sample).expect("it is a sample"));
        assert!(cut);
        assert_eq!(
            text,
            r#"{"type":"object","properties":{"a":{"type":"object"},"b":{"type":"integer"}}}"#
        );
    }
}
