//! What must hold for every input.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::finding::Findings;
use super::super::read::{Limits, read};
use super::super::{Settings, check, write};
use super::{good, merge};

/// Values as JSON has them, without numbers that a `Value` would round.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        "(yes|no|~|null|012|1_0|0x1F|<<|- a|a: b|#c|.5)"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_i32..1_000).prop_map(|number| Value::from(f64::from(number) / 8.0)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-z$-]{0,8}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A value as YAML in block style, strings in double quotes.
pub(super) fn yaml(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let lines: Vec<String> = match value {
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .map(|item| format!("\n{pad}- {}", yaml(item, indent + 2)))
            .collect(),
        Value::Object(members) if !members.is_empty() => members
            .iter()
            .map(|(key, member)| format!("\n{pad}{}: {}", quoted(key), yaml(member, indent + 2)))
            .collect(),
        Value::String(text) => vec![quoted(text)],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            vec![value.to_string()]
        }
    };
    lines.concat()
}

/// A text in double quotes. JSON's escapes are YAML's as well; what YAML does not print is escaped beyond that.
fn quoted(text: &str) -> String {
    let unprintable = |character: char| {
        matches!(
            u32::from(character),
            0x7F..=0x9F | 0x2028 | 0x2029 | 0xFEFF | 0xFFFE | 0xFFFF
        )
    };
    let escaped = |character: char| {
        if unprintable(character) {
            format!("\\u{:04x}", u32::from(character))
        } else {
            character.to_string()
        }
    };
    Value::from(text).to_string().chars().map(escaped).collect()
}

fn reads_as(text: &str) -> Result<String, String> {
    let mut findings = Findings::default();
    let document =
        read(text.as_bytes(), &Limits::default(), &mut findings).map_err(|_source| text.to_owned());
    let findings = findings.finish(text);
    let mut written = String::new();
    write::json(
        document.map_err(|text| format!("{text}\n{findings:?}"))?.root(),
        &mut written,
    );
    if findings.is_empty() {
        Ok(written)
    } else {
        Err(format!("{text}\n{findings:?}"))
    }
}

/// Pieces of which descriptions, and what people do to them, are made.
fn scraps() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(":"),
        Just(","),
        Just("\""),
        Just("\\u"),
        Just("\n"),
        Just("  "),
        Just("- "),
        Just(": "),
        Just("&a "),
        Just("*a"),
        Just("<<: "),
        Just("!!str "),
        Just("swagger"),
        Just("\"2.0\""),
        Just("paths"),
        Just("/a/{b}"),
        Just("$ref"),
        Just("#/definitions/A"),
        Just("1e9"),
        Just("é"),
        Just("\t"),
        Just("|\n"),
        Just("? "),
        Just("# "),
        Just("'"),
        Just("---\n"),
        Just("%YAML"),
        Just("\u{feff}"),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A merge patch that puts something odd somewhere into a description.
fn damage() -> impl Strategy<Value = Value> {
    let place = prop::sample::select(vec![
        "/info",
        "/info/title",
        "/host",
        "/basePath",
        "/schemes",
        "/paths",
        "/paths/~1invoices",
        "/paths/~1invoices/get",
        "/paths/~1invoices/get/parameters",
        "/paths/~1invoices/get/responses",
        "/paths/~1invoices/get/responses/200",
        "/paths/~1invoices/get/x-ms-visibility",
        "/paths/~1{x}",
        "/parameters",
        "/parameters/invoiceId",
        "/parameters/invoiceId/in",
        "/parameters/invoiceId/required",
        "/responses/NotFound",
        "/definitions",
        "/definitions/Invoice",
        "/definitions/Invoice/type",
        "/definitions/Invoice/required",
        "/definitions/Invoice/allOf",
        "/definitions/Invoice/properties/items",
        "/definitions/Problem/$ref",
        "/securityDefinitions",
        "/securityDefinitions/API Key",
        "/security",
        "/tags",
        "/x-ms-capabilities",
    ]);
    let odd = prop_oneof![
        value(),
        Just(Value::from("#/definitions/Invoice")),
        Just(serde_json::json!([{"$ref": "#/definitions/Problem"}])),
        Just(serde_json::json!({"in": "path", "name": "x", "type": "string"})),
        Just(Value::from("Internal")),
        Just(Value::from("/v1/")),
        Just(serde_json::json!({})),
    ];
    (place, odd).prop_map(|(place, odd)| {
        place
            .split('/')
            .skip(1)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .fold(odd, |inner, key| {
                Value::Object(Map::from_iter([(key.replace("~1", "/"), inner)]))
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_bytes_make_a_check_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let checked = check(&bytes, &Settings::default());
        prop_assert_eq!(checked.errors == 0, checked.connector.is_some());
    }

    #[test]
    fn no_text_makes_a_check_panic(text in scraps()) {
        let checked = check(text.as_bytes(), &Settings::default());
        prop_assert_eq!(checked.errors == 0, checked.connector.is_some());
    }

    #[test]
    fn json_and_yaml_say_the_same(value in value()) {
        let json = value.to_string();
        let wrapped = serde_json::json!({ "a": value });
        prop_assert_eq!(reads_as(&format!("{{\"a\":{json}}}")), Ok(wrapped.to_string()));
        prop_assert_eq!(reads_as(&format!("---{}\n", yaml(&wrapped, 0))), Ok(wrapped.to_string()));
    }

    #[test]
    fn what_is_registered_is_accepted_again_and_does_not_change(damages in prop::collection::vec(damage(), 0..4)) {
        let mut description = good();
        for damage in &damages {
            merge(&mut description, damage);
        }
        let first = check(description.to_string().as_bytes(), &Settings::default());
        prop_assert_eq!(first.errors == 0, first.connector.is_some());
        if let Some(connector) = first.connector {
            let written = connector.to_json();
            let second = check(written.as_bytes(), &Settings::default());
            prop_assert_eq!(second.errors, 0, "{:?}", second.findings);
            prop_assert!(second.warnings <= first.warnings);
            prop_assert_eq!(second.connector.map(|connector| connector.to_json()), Some(written));
        }
    }

    #[test]
    fn findings_without_quotes_hold_nothing_of_the_document(damages in prop::collection::vec(damage(), 1..4)) {
        let canary = "canary0canary";
        let mut description = good();
        for damage in &damages {
            merge(&mut description, damage);
        }
        let text = description.to_string().replace("invoice", canary).replace("Invoice", canary);
        for finding in check(text.as_bytes(), &Settings::default()).findings {
            let plain = serde_json::to_string(&finding.without_quotes()).expect("findings serialise");
            prop_assert!(!plain.contains(canary), "{}", plain);
        }
    }
}
