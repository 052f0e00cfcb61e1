//! Schemas.

use serde_json::{Map, Value, json};

use super::members;

/// A schema of OpenAPI 2.0 as one of OpenAPI 3.0.
pub(super) fn raised(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else {
        return schema.clone();
    };
    let mut made = Map::new();
    for (key, value) in fields {
        let value = match key.as_str() {
            "$ref" => reference(value),
            "properties" => Value::Object(
                members(Some(value))
                    .map(|(name, one)| (name.clone(), raised(one)))
                    .collect(),
            ),
            "items" | "additionalProperties" => raised(value),
            "allOf" => Value::Array(value.as_array().into_iter().flatten().map(raised).collect()),
            "discriminator" if value.is_string() => json!({"propertyName": value}),
            // A root value alone may be one, as what a response holds.
            "type" if value == "file" => {
                made.insert("format".to_owned(), json!("binary"));
                json!("string")
            }
            "x-nullable" if *value == true => {
                made.insert("nullable".to_owned(), value.clone());
                continue;
            }
            _ => value.clone(),
        };
        made.insert(key.clone(), value);
    }
    Value::Object(made)
}

/// An extension that has a schema.
pub(super) fn raised_inside(extension: &Value) -> Value {
    let mut made = extension.clone();
    if let Some(schema) = made.get_mut("schema") {
        *schema = raised(schema);
    }
    made
}

fn reference(value: &Value) -> Value {
    let name = value
        .as_str()
        .and_then(|text| text.strip_prefix("#/definitions/"));
    name.map_or_else(
        || value.clone(),
        |name| json!(format!("#/components/schemas/{name}")),
    )
}
