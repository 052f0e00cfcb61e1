//! The official examples, held against their own files. No client.

use serde_json::Value;

use super::{check::misfits, official::Official};

/// What is known to be wrong with the examples, by how the violation begins, and what it is.
pub(crate) const DEFECTS: &[(&str, &str)] = &[
    (
        "customApisCreateOrUpdate request at \"/properties/apiDefinitions\"",
        "the document is put where only links to it belong",
    ),
    (
        "customApisCreateOrUpdate request at \"/id\"",
        "sends what is read-only",
    ),
    (
        "connectionsCreateOrUpdate request at \"/id\"",
        "sends what is read-only",
    ),
];

/// Where the examples of what is served do not fit.
pub(crate) fn violations(official: &Official) -> Vec<String> {
    let mut found = Vec::new();
    for operation in &official.operations {
        for (name, example) in &operation.examples {
            let said = &example["parameters"];
            if let Some(schema) = &operation.body {
                let bodies = ["customApi", "connection", "parameters"];
                let body = bodies.iter().find_map(|name| said.get(*name));
                let body = body.unwrap_or_else(|| panic!("{name}: no body"));
                found.extend(misfits(schema, body, &format!("{name} request")));
            }
            for (status, answer) in example["responses"].as_object().unwrap() {
                let place = format!("{name} answer {status}");
                match (operation.answers.get(status), answer.get("body")) {
                    (None, _) => found.push(format!("{place} is not declared")),
                    (Some(Some(schema)), Some(body)) => found.extend(misfits(schema, body, &place)),
                    (Some(Some(_)), None) => found.push(format!("{place} has no body")),
                    (Some(None), Some(body)) if *body != Value::Null => {
                        found.push(format!("{place} has a body"));
                    }
                    (Some(None), _) => {}
                }
            }
        }
    }
    found
}
