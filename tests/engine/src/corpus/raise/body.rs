//! Request bodies.

use serde_json::{Map, Value, json};

use super::{members, parameter, schema};

const FORM: &str = "application/x-www-form-urlencoded";
const FORM_WITH_FILES: &str = "multipart/form-data";

/// What a parameter with `in: body` becomes. The name, which is never sent, is kept in the extension that others use.
pub(super) fn raised(body: &Value, consumes: &[&str]) -> Value {
    let mut made = Map::new();
    let media = json!({"schema": schema::raised(&body["schema"])});
    for (key, value) in members(Some(body)) {
        if matches!(key.as_str(), "description" | "required") || key.starts_with("x-") {
            made.insert(key.clone(), value.clone());
        }
    }
    let kinds = if consumes.is_empty() { &["*/*"] } else { consumes };
    let content: Map<String, Value> = kinds
        .iter()
        .map(|kind| ((*kind).to_owned(), media.clone()))
        .collect();
    made.insert("content".to_owned(), Value::Object(content));
    if let Some(name) = body.get("name") {
        made.insert("x-body-name".to_owned(), name.clone());
    }
    Value::Object(made)
}

/// What the fields of a form become. It is sent as a form even where something else was said.
pub(super) fn of_form(fields: &[&Value], consumes: &[&str]) -> Value {
    let (mut properties, mut encoding, mut required) = (Map::new(), Map::new(), Vec::new());
    for field in fields {
        let name = field["name"].as_str().unwrap_or_default();
        let mut property = parameter::value_schema(field);
        for (key, value) in members(Some(field)) {
            if key == "description" || key.starts_with("x-") {
                property[key] = value.clone();
            }
        }
        properties.insert(name.to_owned(), property);
        if field.get("required").is_some_and(|required| required == true) {
            required.push(name);
        }
        if field["type"] == "array" {
            let (style, explode) = parameter::style(field, true);
            encoding.insert(name.to_owned(), json!({"style": style, "explode": explode}));
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let mut media = json!({"schema": schema});
    if !encoding.is_empty() {
        media["encoding"] = Value::Object(encoding);
    }
    let has_file = fields.iter().any(|field| field["type"] == "file");
    let mut kinds: Vec<&str> = consumes
        .iter()
        .copied()
        .filter(|kind| [FORM, FORM_WITH_FILES].contains(kind))
        .collect();
    if kinds.is_empty() {
        kinds.push(if has_file { FORM_WITH_FILES } else { FORM });
    }
    let content: Map<String, Value> = kinds
        .iter()
        .map(|kind| ((*kind).to_owned(), media.clone()))
        .collect();
    json!({"content": content})
}
