//! Parameters outside the body, and what describes a value in place.

use serde_json::{Map, Value, json};

use super::members;

/// Fields of a parameter that say something other than what its value is.
const OWN: [&str; 5] = ["name", "in", "description", "required", "allowEmptyValue"];

/// A parameter in path, query or header.
pub(super) fn raised(parameter: &Value) -> Value {
    let mut made = Map::new();
    for (key, value) in members(Some(parameter)) {
        if OWN.contains(&key.as_str()) || key.starts_with("x-") {
            made.insert(key.clone(), value.clone());
        }
    }
    made.insert("schema".to_owned(), value_schema(parameter));
    if parameter.get("type").is_some_and(|kind| kind == "array") {
        let (style, explode) = style(
            parameter,
            parameter.get("in").is_some_and(|place| place == "query"),
        );
        made.insert("style".to_owned(), json!(style));
        made.insert("explode".to_owned(), json!(explode));
    }
    Value::Object(made)
}

/// A header of a response.
pub(super) fn header(header: &Value) -> Value {
    let mut made = Map::new();
    for (key, value) in members(Some(header)) {
        if key == "description" || key.starts_with("x-") {
            made.insert(key.clone(), value.clone());
        }
    }
    made.insert("schema".to_owned(), value_schema(header));
    Value::Object(made)
}

/// How a list is written, and whether each value stands on its own. Lists by tabs have no counterpart.
pub(super) fn style(written: &Value, is_form: bool) -> (&'static str, bool) {
    match written.get("collectionFormat").and_then(Value::as_str) {
        Some("multi") => ("form", true),
        Some("ssv") => ("spaceDelimited", false),
        Some("pipes") => ("pipeDelimited", false),
        _ if is_form => ("form", false),
        _ => ("simple", false),
    }
}

/// What a parameter or a header says of its value, as a schema. Its extensions stay outside.
pub(super) fn value_schema(owner: &Value) -> Value {
    let mut made = items_schema(owner);
    if let Some(fields) = made.as_object_mut() {
        fields.retain(|key, _| !key.starts_with("x-"));
    }
    made
}

fn items_schema(owner: &Value) -> Value {
    let mut made = Map::new();
    for (key, value) in members(Some(owner)) {
        let value = match key.as_str() {
            "collectionFormat" => continue,
            "items" => items_schema(value),
            key if OWN.contains(&key) => continue,
            "type" if value == "file" => {
                made.insert("format".to_owned(), json!("binary"));
                json!("string")
            }
            _ => value.clone(),
        };
        made.insert(key.clone(), value);
    }
    Value::Object(made)
}
