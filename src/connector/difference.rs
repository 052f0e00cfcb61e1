//! Where two values differ: paths, never values. No client.

use serde_json::Value;

/// Paths beyond this number are not listed: whoever reads them looks at the connector by then.
const PATHS_LISTED: usize = 20;

/// The paths (`a.b.2.c`) at which `wanted` and `observed` differ, sorted, the first twenty. The order of members does
/// not count. A member that only one side has is one path, however much is in it.
pub fn differences(wanted: &Value, observed: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    compare(wanted, observed, &mut String::new(), &mut paths);
    paths.sort();
    paths.truncate(PATHS_LISTED);
    paths
}

fn compare(wanted: &Value, observed: &Value, path: &mut String, paths: &mut Vec<String>) {
    match (wanted, observed) {
        (Value::Object(wanted), Value::Object(observed)) => {
            for (name, value) in wanted {
                within(path, name, |path| match observed.get(name) {
                    Some(other) => compare(value, other, path, paths),
                    None => paths.push(path.clone()),
                });
            }
            for name in observed.keys().filter(|name| !wanted.contains_key(*name)) {
                within(path, name, |path| paths.push(path.clone()));
            }
        }
        (Value::Array(wanted), Value::Array(observed)) if wanted.len() == observed.len() => {
            for (index, (value, other)) in wanted.iter().zip(observed).enumerate() {
                within(path, &index.to_string(), |path| {
                    compare(value, other, path, paths);
                });
            }
        }
        _ if wanted == observed => {}
        _ => paths.push(path.clone()),
    }
}

fn within(path: &mut String, name: &str, step: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(name);
    step(path);
    path.truncate(length);
}

/// The value with the members of every object in the order of their names, so that equal values have equal texts.
pub(super) fn canonical(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| (name, canonical(value)))
                .collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(canonical).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Any small value; few names and values, so that two are alike often enough.
    pub(in crate::connector) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3).prop_map(Value::from),
            "[ab]".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[abc]", inner, 0..3)
                    .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    fn reversed(value: &Value) -> Value {
        match value {
            Value::Object(members) => members
                .iter()
                .rev()
                .map(|(name, value)| (name.clone(), reversed(value)))
                .collect(),
            Value::Array(items) => items.iter().map(reversed).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }

    #[test]
    fn paths_are_named_and_values_are_not() {
        let wanted = json!({ "a": { "b": "canary", "c": [1, 2] }, "d": 1 });
        let observed = json!({ "d": 1, "a": { "b": "other", "c": [1, 3] }, "e": "canary" });
        assert_eq!(differences(&wanted, &observed), ["a.b", "a.c.1", "e"]);
        assert_eq!(differences(&json!([1]), &json!([1, 2])), [""]);
    }

    #[test]
    fn only_the_first_paths_are_listed() {
        let wanted: Value = (0..100).map(|index| (format!("k{index:03}"), json!(1))).collect();
        assert_eq!(differences(&wanted, &json!({})).len(), PATHS_LISTED);
    }

    proptest! {
        #[test]
        fn there_is_a_path_exactly_where_canonical_texts_differ(one in any_value(), other in any_value()) {
            let text = |value: &Value| canonical(value.clone()).to_string();
            let equal = text(&one) == text(&other);
            prop_assert_eq!(differences(&one, &other).is_empty(), equal);
        }

        #[test]
        fn the_order_of_members_does_not_count(value in any_value()) {
            prop_assert!(differences(&value, &reversed(&value)).is_empty());
            prop_assert_eq!(canonical(value.clone()).to_string(), canonical(reversed(&value)).to_string());
        }
    }
}
