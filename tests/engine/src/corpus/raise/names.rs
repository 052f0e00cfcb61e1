//! Names of components: OpenAPI 3.0 takes fewer characters in them than OpenAPI 2.0.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Where components stand, and how references to them begin.
const SECTIONS: [(&str, &str); 4] = [
    ("definitions", "#/definitions/"),
    ("parameters", "#/parameters/"),
    ("responses", "#/responses/"),
    ("securityDefinitions", ""),
];

/// The same description with components that may be called the same in OpenAPI 3.0.
pub fn with_plain_names(root: &Value) -> Value {
    let mut made = root.clone();
    for (section, start) in SECTIONS {
        let Some(members) = made.get_mut(section).and_then(Value::as_object_mut) else {
            continue;
        };
        let renamed = renamed(members);
        if renamed.is_empty() {
            continue;
        }
        let named = std::mem::take(members).into_iter();
        *members = named
            .map(|(name, value)| (renamed.get(&name).cloned().unwrap_or(name), value))
            .collect();
        if section == "securityDefinitions" {
            require(&mut made, &renamed);
        } else {
            refer(&mut made, start, &renamed);
        }
    }
    made
}

/// The names that have to change, with what they become.
fn renamed(members: &Map<String, Value>) -> BTreeMap<String, String> {
    let plain = |one: char| one.is_ascii_alphanumeric() || "._-".contains(one);
    let is_plain = |name: &&String| !name.is_empty() && name.chars().all(plain);
    let mut taken: BTreeSet<String> = members.keys().filter(is_plain).cloned().collect();
    let mut renamed = BTreeMap::new();
    for name in members.keys().filter(|name| !is_plain(name)) {
        let mut new: String = name
            .chars()
            .map(|one| if plain(one) { one } else { '_' })
            .collect();
        while new.is_empty() || !taken.insert(new.clone()) {
            new.push('_');
        }
        renamed.insert(name.clone(), new);
    }
    renamed
}

/// Changes what references name.
fn refer(value: &mut Value, start: &str, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, start, renamed)),
        Value::Object(members) => {
            for (key, value) in members {
                let reference = value.as_str().filter(|_| key == "$ref");
                let name = reference.and_then(|text| text.strip_prefix(start)).map(decoded);
                match name.and_then(|name| renamed.get(&name)) {
                    Some(new) => *value = Value::String(format!("{start}{new}")),
                    None => refer(value, start, renamed),
                }
            }
        }
        _ => {}
    }
}

fn decoded(token: &str) -> String {
    let text = percent_encoding::percent_decode_str(token).decode_utf8_lossy();
    text.replace("~1", "/").replace("~0", "~")
}

/// Changes what is required, for all and by operations.
fn require(root: &mut Value, renamed: &BTreeMap<String, String>) {
    let change = |owner: &mut Value| {
        let list = owner.get_mut("security").and_then(Value::as_array_mut);
        for requirement in list.into_iter().flatten().filter_map(Value::as_object_mut) {
            let named = std::mem::take(requirement).into_iter();
            *requirement = named
                .map(|(name, scopes)| (renamed.get(&name).cloned().unwrap_or(name), scopes))
                .collect();
        }
    };
    change(root);
    let paths = root.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths
        .into_iter()
        .flatten()
        .filter_map(|(_, item)| item.as_object_mut())
    {
        item.values_mut().for_each(change);
    }
}
