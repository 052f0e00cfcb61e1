//! What an OpenAPI 2.0 document says, fact by fact, however it is written: shared parameters and responses stand where
//! they are used, and what goes without saying, or says nothing where it stands, is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::requests::METHODS;

/// What is said: by its kind, and what it is said of.
pub type Facts = BTreeMap<(&'static str, String), Value>;

/// All that a document says.
pub fn of(root: &Value) -> Facts {
    let mut facts = Facts::new();
    let text = |key: &str| root.get(key).and_then(Value::as_str);
    let base = text("basePath").unwrap_or_default().trim_end_matches('/');
    facts.insert(("host", String::new()), json!(text("host")));
    facts.insert(("basePath", String::new()), json!(base));
    facts.insert(("schemes", String::new()), json!(set(root.get("schemes"))));
    for (key, value) in members(Some(root)) {
        if matches!(key.as_str(), "info" | "tags" | "externalDocs") || key.starts_with("x-") {
            facts.insert(("rest of the document", key.clone()), value.clone());
        }
    }
    for (name, schema) in members(root.get("definitions")) {
        facts.insert(("definition", name.clone()), schema.clone());
    }
    for (name, scheme) in members(root.get("securityDefinitions")) {
        facts.insert(("security scheme", name.clone()), scheme.clone());
    }
    for (path, item) in members(root.get("paths")) {
        let rest = |(key, _): &(&String, &Value)| !METHODS.contains(&key.as_str()) && *key != "parameters";
        for (key, value) in members(Some(item)).filter(rest) {
            facts.insert(("rest of a path", format!("{path} {key}")), value.clone());
        }
        for (method, operation) in members(Some(item)).filter(|(key, _)| METHODS.contains(&key.as_str())) {
            let place = format!("{method} {path}");
            of_operation(root, item, operation, &place, &mut facts);
        }
    }
    facts
}

fn of_operation(root: &Value, item: &Value, operation: &Value, place: &str, facts: &mut Facts) {
    let mut rest = Map::new();
    for (key, value) in members(Some(operation)) {
        match key.as_str() {
            "parameters" | "responses" | "consumes" | "produces" | "security" => {}
            "schemes" if set(Some(value)) == set(root.get("schemes")) => {}
            _ => {
                rest.insert(key.clone(), value.clone());
            }
        }
    }
    facts.insert(("operation", place.to_owned()), Value::Object(rest));
    let inherited = |key: &str| operation.get(key).or_else(|| root.get(key));
    let required = inherited("security").cloned().unwrap_or(Value::Null);
    facts.insert(("security requirement", place.to_owned()), required);
    let (mut has_body, mut has_form, mut has_file) = (false, false, false);
    // What an operation says itself comes last, and replaces what its path says.
    for parameter in parameters(root, item).chain(parameters(root, operation)) {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
        let location = text("in");
        has_body |= location == "body";
        has_form |= location == "formData";
        has_file |= text("type") == "file";
        let kind = match (location, text("type")) {
            ("body", _) => "body",
            (_, "file") => "file parameter",
            _ => "parameter",
        };
        let name = if location == "body" { "" } else { text("name") };
        facts.insert((kind, format!("{place} {location} {name}")), plain(parameter));
    }
    let mut has_answer = false;
    for (code, written) in members(operation.get("responses")) {
        let response = followed(root, written, "#/responses/");
        has_answer |= response.get("schema").is_some();
        facts.insert(("response", format!("{place} {code}")), response.clone());
    }
    let media = |key: &str| media(set(inherited(key)));
    if has_form {
        let form = form(&media("consumes"), has_file);
        facts.insert(("consumes", place.to_owned()), json!(form));
    } else if has_body {
        facts.insert(("consumes", place.to_owned()), json!(media("consumes")));
    }
    if has_answer {
        facts.insert(("produces", place.to_owned()), json!(media("produces")));
    }
}

/// Media types, without the one that stands for all.
fn media(mut named: BTreeSet<&str>) -> BTreeSet<&str> {
    if named.len() == 1 {
        named.remove("*/*");
    }
    named
}

/// As what a form is sent: only media types of forms can be meant, and where none is named, the one it needs.
fn form<'m>(consumes: &BTreeSet<&'m str>, has_file: bool) -> BTreeSet<&'m str> {
    let forms = BTreeSet::from(["application/x-www-form-urlencoded", "multipart/form-data"]);
    let named: BTreeSet<&str> = consumes.intersection(&forms).copied().collect();
    match (named.is_empty(), has_file) {
        (false, _) => named,
        (true, true) => BTreeSet::from(["multipart/form-data"]),
        (true, false) => BTreeSet::from(["application/x-www-form-urlencoded"]),
    }
}

/// A parameter without what goes without saying.
fn plain(parameter: &Value) -> Value {
    let is_list = parameter.get("type").is_some_and(|kind| kind == "array");
    let kept = members(Some(parameter)).filter(|(key, value)| match key.as_str() {
        "required" | "exclusiveMinimum" | "exclusiveMaximum" => **value != false,
        "collectionFormat" => is_list && **value != "csv",
        "items" => is_list,
        _ => true,
    });
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn parameters<'d>(root: &'d Value, owner: &'d Value) -> impl Iterator<Item = &'d Value> {
    let list = owner.get("parameters").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|written| followed(root, written, "#/parameters/"))
}

/// What a reference into a section leads to; what is none stays as it is.
fn followed<'d>(root: &'d Value, written: &'d Value, section: &str) -> &'d Value {
    let reference = written.get("$ref").and_then(Value::as_str);
    let found = reference
        .filter(|reference| reference.starts_with(section))
        .and_then(|reference| root.pointer(reference.trim_start_matches('#')));
    found.unwrap_or(written)
}

fn set(list: Option<&Value>) -> BTreeSet<&str> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}
