//! Responses.

use serde_json::{Map, Value, json};

use super::{members, parameter, schema};

/// A response of an operation that produces `produces`.
pub(super) fn raised(response: &Value, produces: &[&str]) -> Value {
    let mut made = Map::new();
    let mut content = Map::new();
    for (key, value) in members(Some(response)) {
        match key.as_str() {
            "schema" => {
                let kinds = if produces.is_empty() { &["*/*"] } else { produces };
                let media = json!({"schema": schema::raised(value)});
                content.extend(kinds.iter().map(|kind| ((*kind).to_owned(), media.clone())));
            }
            "headers" => {
                let headers = members(Some(value));
                let headers = headers.map(|(name, one)| (name.clone(), parameter::header(one)));
                made.insert(key.clone(), Value::Object(headers.collect()));
            }
            "examples" => {}
            _ => {
                made.insert(key.clone(), value.clone());
            }
        }
    }
    for (kind, example) in members(response.get("examples")) {
        let media = content
            .entry(kind.clone())
            .or_insert_with(|| match response.get("schema") {
                Some(schema) => json!({"schema": schema::raised(schema)}),
                None => json!({}),
            });
        media["example"] = example.clone();
    }
    if !content.is_empty() {
        made.insert("content".to_owned(), Value::Object(content));
    }
    Value::Object(made)
}
