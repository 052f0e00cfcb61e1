//! Both syntaxes against one another and against what they must refuse.

use std::fs;
use std::path::Path;

use super::super::document::Document;
use super::super::finding::{Finding, Findings};
use super::super::rule::Rule;
use super::super::write;
use super::{Limits, read};

/// Reads a text: what it says as minified JSON, if it could be read at all, and the findings.
fn reading(bytes: &[u8]) -> (Option<String>, Vec<Finding>) {
    reading_within(bytes, &Limits::default())
}

fn reading_within(bytes: &[u8], limits: &Limits) -> (Option<String>, Vec<Finding>) {
    let mut findings = Findings::default();
    match read(bytes, limits, &mut findings) {
        Ok(document) => (Some(written(&document)), findings.finish(document.source())),
        Err(source) => (None, findings.finish(&source)),
    }
}

fn written(document: &Document) -> String {
    let mut text = String::new();
    write::json(document.root(), &mut text);
    text
}

/// What a text that is in order says.
fn says(text: &str) -> String {
    let (written, findings) = reading(text.as_bytes());
    assert_eq!(findings, [], "{text}");
    written.expect("a text without findings can be read")
}

/// The one finding about a text, with its place.
fn finding(bytes: &[u8]) -> (Rule, u32, u32, String) {
    let (_, mut findings) = reading(bytes);
    assert_eq!(findings.len(), 1, "{findings:?}");
    let Finding {
        rule,
        severity: _,
        line,
        column,
        message,
        pointer: _,
    } = findings.remove(0);
    (rule, line, column, message)
}

#[test]
fn json_is_read_as_it_is_written() {
    for text in [
        r#"{"a":[1,-2.50,1e400,123456789012345678901234567890],"b":{"c":null,"d":true,"e":false},"":""}"#,
        "[]",
        "{}",
        r#"{"é😀":"ß"}"#,
    ] {
        assert_eq!(says(text), text);
    }
    assert_eq!(says("\u{20}{ \"a\" :\n[ 1 ,\t2 ]\r\n} "), r#"{"a":[1,2]}"#);
}

#[test]
fn escapes_are_resolved_and_written_back_only_where_json_needs_them() {
    assert_eq!(
        says(r#"["\u0041\/\u00e9\ud83d\ude00\"\\\b\u001f\n"]"#),
        r#"["A/é😀\"\\\u0008\u001f\n"]"#
    );
}

#[test]
fn a_byte_order_mark_is_left_off_and_mentioned() {
    let (written, findings) = reading("\u{feff}{\"a\":1}".as_bytes());
    assert_eq!(written.as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(
        findings.iter().map(|one| one.rule).collect::<Vec<_>>(),
        [Rule::ByteOrderMark]
    );
}

#[test]
fn what_json_forbids_is_named_with_its_place() {
    for (text, rule, line, column, words) in [
        ("{\"a\":1,}", Rule::TrailingComma, 1, 7, "comma"),
        ("[1,\n2,\n]", Rule::TrailingComma, 2, 2, "comma"),
        ("{\"a\":1} x", Rule::JsonSyntax, 1, 9, "after the end"),
        ("{\"a\":\n 1 \"b\":2}", Rule::JsonSyntax, 2, 4, "comma"),
        ("{\"a\" 1}", Rule::JsonSyntax, 1, 6, "colon"),
        (
            "{a: 1}",
            Rule::JsonSyntax,
            1,
            2,
            "begins with a brace is read as JSON",
        ),
        ("{'a':1}", Rule::JsonSyntax, 1, 2, "double quotes"),
        ("{\"a\":True}", Rule::JsonSyntax, 1, 6, "true, false and null"),
        ("{\"a\":01}", Rule::JsonSyntax, 1, 6, "not a number"),
        ("{\"a\":\u{2003}1}", Rule::JsonSyntax, 1, 6, "U+2003"),
        ("{\"a\":[1}", Rule::JsonSyntax, 1, 8, "closing bracket"),
        (
            "{\"a\":{\n\"b\":1",
            Rule::JsonSyntax,
            2,
            6,
            "line 1, column 6 is not closed",
        ),
        ("{\"a", Rule::JsonSyntax, 1, 2, "not closed"),
        ("[\"\\x\"]", Rule::JsonSyntax, 1, 3, "backslash"),
        ("[\"\\u12g4\"]", Rule::JsonSyntax, 1, 5, "hexadecimal"),
        ("[\"\\ud800\"]", Rule::LoneSurrogate, 1, 3, "half"),
        ("[\"\\ud800\\u0041\"]", Rule::LoneSurrogate, 1, 3, "half"),
        ("[\"a\tb\"]", Rule::RawControlCharacter, 1, 4, "a tab"),
        ("{\"a\":1, // why\n\"b\":2}", Rule::JsonComment, 1, 9, "comments"),
        ("/* why */ {}", Rule::JsonComment, 1, 1, "comments"),
        ("{\"a\":1,\n \"a\":2}", Rule::DuplicateKey, 2, 2, "\"a\""),
        ("", Rule::EmptyDocument, 1, 1, "empty"),
        (" \n ", Rule::EmptyDocument, 1, 1, "empty"),
        ("<!DOCTYPE html>", Rule::NotADescription, 1, 1, "HTML"),
    ] {
        let (found, found_line, found_column, message) = finding(text.as_bytes());
        assert_eq!(
            (found, found_line, found_column),
            (rule, line, column),
            "{text}: {message}"
        );
        assert!(message.contains(words), "{text}: {message}");
    }
}

#[test]
fn one_run_names_every_comma_comment_and_repeated_key() {
    let (_, findings) = reading(b"{\"a\":[1,],\n//\n\"b\":{\"c\":1,\"c\":2,},}");
    let rules: Vec<Rule> = findings.iter().map(|one| one.rule).collect();
    assert_eq!(
        rules,
        [
            Rule::TrailingComma,
            Rule::JsonComment,
            Rule::DuplicateKey,
            Rule::TrailingComma,
            Rule::TrailingComma
        ]
    );
    assert_eq!(findings[2].pointer, "/b/c");
}

#[test]
fn a_repeated_key_is_found_among_many() {
    let members: Vec<String> = (0..50).map(|index| format!("\"k{}\":0", index % 49)).collect();
    let (rule, _, _, message) = finding(format!("{{{}}}", members.join(",")).as_bytes());
    assert_eq!((rule, message.contains("\"k0\"")), (Rule::DuplicateKey, true));
}

#[test]
fn what_is_not_utf_8_is_refused_with_what_it_looks_like() {
    let utf_16: Vec<u8> = "{\"a\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark: Vec<u8> = [0xFF, 0xFE].into_iter().chain(utf_16.clone()).collect();
    for (bytes, words) in [
        (utf_16.as_slice(), "UTF-16"),
        (with_mark.as_slice(), "UTF-16"),
        (b"\0\0\0{\0\0\0}", "UTF-32"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"{\"a\":\"It\x92s\"}", "Windows-1252 it would be '\u{2019}'"),
        (b"{\"a\":\"\xe2\x82", "cut off"),
    ] {
        let (rule, _, _, message) = finding(bytes);
        assert_eq!(rule, Rule::NotUtf8);
        assert!(message.contains(words), "{message}");
    }
    let (_, line, column, _) = finding(b"{\n \"\xc3\xa9\":\"\x92\"}");
    assert_eq!((line, column), (2, 7));
}

#[test]
fn plain_scalars_are_what_yaml_1_2_says_and_leading_zeros_stay() {
    let text = "a: yes\nb: no\nc: on\nd: 012\ne: 1_000\nf: 0612345678\ng: true\nh: ~\ni:\nj: 0x10\nk: 1e3\nl: .5\n\
                m: 2024-01-01\nn: 'true'\no: \"5\"\np: !!str 5\nq: !!int \"5\"\nr: ! 5\ns: 12:30\nt: False\nu: 99999999999999999999\n";
    assert_eq!(
        says(text),
        "{\"a\":\"yes\",\"b\":\"no\",\"c\":\"on\",\"d\":\"012\",\"e\":\"1_000\",\"f\":\"0612345678\",\"g\":true,\
         \"h\":null,\"i\":null,\"j\":16,\"k\":1e3,\"l\":0.5,\"m\":\"2024-01-01\",\"n\":\"true\",\"o\":\"5\",\
         \"p\":\"5\",\"q\":5,\"r\":\"5\",\"s\":\"12:30\",\"t\":false,\"u\":99999999999999999999}"
    );
}

#[test]
fn block_flow_and_folded_yaml_read_like_json() {
    let text = "---\n# a comment\na:\n- 1\n- {b: c, 'd e': [x, \"y\\tz\"]}\nf: |\n  one\n  two\ng: >-\n  three\n  four\n200: ok\ntrue: t\n";
    assert_eq!(
        says(text),
        r#"{"a":[1,{"b":"c","d e":["x","y\tz"]}],"f":"one\ntwo\n","g":"three four","200":"ok","true":"t"}"#
    );
}

#[test]
fn aliases_and_merge_keys_are_followed_and_own_keys_win() {
    let text = "base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\nk: &k name\na: *b\nm:\n  y: 0\n  <<: [*b, *o]\n  w: 5\n*k : v\n";
    assert_eq!(
        says(text),
        r#"{"base":{"x":1,"y":2},"other":{"y":3,"z":4},"k":"name","a":{"x":1,"y":2},"m":{"y":0,"x":1,"z":4,"w":5},"name":"v"}"#
    );
}

#[test]
fn what_yaml_cannot_mean_is_named_with_its_place() {
    for (text, rule, line, column, words) in [
        ("a: 1\nb: [1, 2\n", Rule::YamlSyntax, 2, 4, "not valid YAML"),
        ("a: b: c\n", Rule::YamlSyntax, 1, 5, "not valid YAML"),
        ("a:\n\t- b\n", Rule::YamlSyntax, 2, 2, "tab"),
        ("a: 1\né: 2\na: 3\n", Rule::DuplicateKey, 3, 1, "\"a\""),
        ("a: *b\n", Rule::YamlAlias, 1, 4, "no anchor"),
        ("a: &a [*a]\n", Rule::YamlAlias, 1, 8, "inside"),
        ("? [a]\n: b\n", Rule::YamlKey, 1, 3, "key"),
        ("a: 1\n---\nb: 2\n", Rule::SeveralDocuments, 2, 1, "second"),
        ("a: !Ref b\n", Rule::YamlTag, 1, 9, "!Ref"),
        ("a: !Ref {b: c}\n", Rule::YamlTag, 1, 9, "!Ref"),
        ("a: !!int b\n", Rule::YamlTag, 1, 10, "does not fit"),
        ("a: .inf\n", Rule::YamlNumber, 1, 4, ".inf"),
        ("<<: 5\n", Rule::YamlMerge, 1, 5, "mapping"),
        ("# nothing\n", Rule::EmptyDocument, 1, 1, "empty"),
    ] {
        let (found, found_line, found_column, message) = finding(text.as_bytes());
        assert_eq!(
            (found, found_line, found_column),
            (rule, line, column),
            "{text}: {message}"
        );
        assert!(message.contains(words), "{text}: {message}");
    }
}

#[test]
fn nesting_beyond_the_limit_is_refused_in_both_syntaxes() {
    let deep = Limits {
        depth: 10,
        ..Limits::default()
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("- ", "")] {
        let first_rule = |levels: usize| {
            let text = format!("{}1{}", open.repeat(levels), close.repeat(levels));
            reading_within(text.as_bytes(), &deep)
                .1
                .first()
                .map(|one| one.rule)
        };
        assert_eq!(first_rule(10), None, "{open}");
        assert_eq!(first_rule(11), Some(Rule::TooDeep), "{open}");
    }
    let through_alias = "a: &a [[[[[[[1]]]]]]]\nb: [[[*a]]]\n";
    assert_eq!(
        reading_within(through_alias.as_bytes(), &deep).1[0].rule,
        Rule::TooDeep
    );
}

#[test]
fn hostile_texts_are_refused_without_growing() {
    let million = 1_000_000;
    let bomb: String = (1..40)
        .map(|level| {
            format!(
                "a{level}: &a{level} [{}]\n",
                vec![format!("*a{}", level - 1); 9].join(",")
            )
        })
        .fold("a0: &a0 [x]\n".to_owned(), |text, line| text + &line);
    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        vec!["*a"; 1_000].join(",")
    );
    let merges = format!(
        "a: &a {{{}}}\nb:\n{}",
        (0..10_000)
            .map(|key| format!("k{key}: 0"))
            .collect::<Vec<_>>()
            .join(", "),
        "- <<: *a\n".repeat(10_000)
    );
    for (text, rule) in [
        ("[".repeat(million), Rule::TooDeep),
        ("{\"a\":".repeat(million / 5), Rule::TooDeep),
        ("- ".repeat(million / 2), Rule::TooDeep),
        ("a: [".to_owned() + &"[".repeat(million), Rule::TooDeep),
        (bomb, Rule::TooManyValues),
        (long, Rule::YamlAlias),
        (merges, Rule::TooManyValues),
        (format!("[{}0]", "0,".repeat(million)), Rule::TooManyValues),
        (" ".repeat(9 * 1024 * 1024), Rule::InputTooLarge),
    ] {
        let (written, findings) = reading(text.as_bytes());
        assert_eq!(findings.iter().map(|one| one.rule).collect::<Vec<_>>(), [rule]);
        assert!(written.is_none());
    }
}

/// Descriptions that a vendor publishes in both syntaxes, where they are present beside the project.
#[test]
fn published_twins_in_json_and_yaml_say_the_same() {
    let folder = Path::new("../shared/corpus/openapi3/Adyen+adyen-openapi");
    let Ok(entries) = fs::read_dir(folder.join("yaml")) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let mut twins = 0;
    for entry in entries {
        let yaml = entry.expect("the corpus can be read").path();
        let json = folder
            .join("json")
            .join(yaml.with_extension("json").file_name().expect("it has a name"));
        let Ok(json) = fs::read(json) else { continue };
        let (from_json, _) = reading(&json);
        let (from_yaml, findings) = reading(&fs::read(&yaml).expect("the corpus can be read"));
        assert_eq!(findings, [], "{}", yaml.display());
        let value = |text: Option<String>| -> serde_json::Value {
            serde_json::from_str(&text.expect("a published description can be read"))
                .expect("what is written is JSON")
        };
        assert!(
            value(from_json) == value(from_yaml),
            "{} differs from its twin",
            yaml.display()
        );
        twins += 1;
    }
    println!("{twins} twins say the same");
}
