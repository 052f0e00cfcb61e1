//! Minified JSON as people read it. Only white space is added: numbers and escapes stay as they are. No client.

/// `text`, which is JSON without white space, with a line for each value, indented by two.
pub(super) fn print(text: &str) -> String {
    let mut pretty = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let (mut is_in_string, mut is_escaped) = (false, false);
    let mut before = '\0';
    for character in text.chars() {
        let was_opened = matches!(before, '{' | '[') && !is_in_string;
        if is_in_string {
            is_in_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            pretty.push(character);
        } else {
            match character {
                '}' | ']' => {
                    depth = depth.saturating_sub(1);
                    if !was_opened {
                        line(&mut pretty, depth);
                    }
                    pretty.push(character);
                }
                _ => {
                    if was_opened {
                        line(&mut pretty, depth);
                    }
                    pretty.push(character);
                    match character {
                        '{' | '[' => depth += 1,
                        ',' => line(&mut pretty, depth),
                        ':' => pretty.push(' '),
                        '"' => is_in_string = true,
                        _ => {}
                    }
                }
            }
        }
        before = if is_in_string { '"' } else { character };
    }
    pretty
}

fn line(pretty: &mut String, depth: usize) {
    pretty.push('\n');
    pretty.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::print;

    #[test]
    fn it_looks_as_other_printers_write_it_and_keeps_every_digit() {
        let text = r#"{"a":[],"b":{},"c":[1,{"d":"{\"x\\\":[,"}],"e":{"f":[[]]},"g":"\\"}"#;
        let value: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
        assert_eq!(
            print(text),
            serde_json::to_string_pretty(&value).expect("it is written")
        );
        assert_eq!(
            print(r#"{"a":123456789012345678901234567890.10}"#),
            "{\n  \"a\": 123456789012345678901234567890.10\n}"
        );
        assert_eq!(print("1"), "1");
    }
}
