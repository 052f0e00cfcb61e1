//! The official JSON schema of OpenAPI 2.0, as a judge of what conversions make.

use jsonschema::Validator;
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../fixtures/openapi-2.0.schema/schema.json");

/// A validator, compiled once.
pub fn validator() -> Validator {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

/// What is wrong with a document; nothing, if nothing is.
pub fn problems(validator: &Validator, text: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).expect("what is written is JSON");
    let error = validator.iter_errors(&document).next()?;
    let mut said = error.to_string();
    if let Some((end, _)) = said.char_indices().nth(160) {
        said.truncate(end);
    }
    Some(format!("{}: {said}", error.instance_path()))
}
