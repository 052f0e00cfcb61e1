//! Which parts of a connector's parameters are secrets. No client.

use serde_json::{Map, Value};

/// Takes every secret out of the connection parameters: client secrets wherever they stand, and the default
/// values of secure types. Returns them by JSON pointer.
pub(super) fn take_secrets(parameters: &mut Map<String, Value>) -> Map<String, Value> {
    let mut secrets = Map::new();
    for (name, parameter) in parameters.iter_mut() {
        let pointer = format!("/{}", escaped(name));
        let secure = parameter
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(is_secure);
        if let Some(parameter) = parameter.as_object_mut().filter(|_| secure)
            && let Some(value) = parameter.shift_remove("defaultValue")
        {
            secrets.insert(format!("{pointer}/defaultValue"), value);
        }
        take_client_secrets(parameter, &pointer, &mut secrets);
    }
    secrets
}

fn take_client_secrets(value: &mut Value, pointer: &str, secrets: &mut Map<String, Value>) {
    match value {
        Value::Object(members) => {
            let names: Vec<String> = members
                .keys()
                .filter(|name| name.eq_ignore_ascii_case("clientSecret"))
                .cloned()
                .collect();
            for name in names {
                if let Some(secret) = members.shift_remove(&name) {
                    secrets.insert(format!("{pointer}/{name}"), secret);
                }
            }
            for (name, member) in members.iter_mut() {
                take_client_secrets(member, &format!("{pointer}/{}", escaped(name)), secrets);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                take_client_secrets(item, &format!("{pointer}/{index}"), secrets);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether values of a parameter's type must never be shown.
pub(super) fn is_secure(parameter_type: &str) -> bool {
    parameter_type.to_ascii_lowercase().starts_with("secure")
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
