//! Security schemes.

use serde_json::{Map, Value, json};

use super::members;

/// A security scheme.
pub(super) fn raised(scheme: &Value) -> Value {
    let mut made = Map::new();
    let mut flow = Map::new();
    for (key, value) in members(Some(scheme)) {
        match key.as_str() {
            "type" if value == "basic" => {
                made.insert("type".to_owned(), json!("http"));
                made.insert("scheme".to_owned(), json!("basic"));
            }
            "flow" => {}
            "authorizationUrl" | "tokenUrl" | "scopes" => {
                flow.insert(key.clone(), value.clone());
            }
            _ => {
                made.insert(key.clone(), value.clone());
            }
        }
    }
    let name = match scheme.get("flow").and_then(Value::as_str) {
        Some("accessCode") => "authorizationCode",
        Some("application") => "clientCredentials",
        Some(same) => same,
        None => return Value::Object(made),
    };
    made.insert("flows".to_owned(), json!({name: flow}));
    Value::Object(made)
}
