//! What sets an installed definition apart from ours. No client.
//!
//! Only what changes the meaning of an object counts: the schema, versions, names, scope. Descriptions and columns do
//! not, and neither does what the API server fills in.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::ResourceExt as _;
use serde_json::{Map, Value};

/// Every difference that matters, as a short text each: where, and what is installed instead of what.
pub fn differences(installed: &CustomResourceDefinition, ours: &CustomResourceDefinition) -> Vec<String> {
    let (Ok(installed), Ok(ours)) = (
        serde_json::to_value(&installed.spec),
        serde_json::to_value(&ours.spec),
    ) else {
        return vec![format!("{} cannot be compared", ours.name_any())];
    };
    let mut found = Vec::new();
    for field in ["group", "scope"] {
        equal(field, installed.get(field), ours.get(field), &mut found);
    }
    names(&installed, &ours, &mut found);
    versions(&installed, &ours, &mut found);
    found
}

/// The API server adds names that we leave to it; those we give must be there.
fn names(installed: &Value, ours: &Value, found: &mut Vec<String>) {
    for (field, wanted) in object(ours.get("names")) {
        let present = installed.get("names").and_then(|names| names.get(field));
        equal(&format!("names.{field}"), present, Some(wanted), found);
    }
}

/// Both must have the same versions: one that only the other knows may hold objects we would misread.
fn versions(installed: &Value, ours: &Value, found: &mut Vec<String>) {
    for wanted in array(ours.get("versions")) {
        let name = name_of(wanted);
        let Some(present) = array(installed.get("versions"))
            .iter()
            .find(|version| name_of(version) == name)
        else {
            found.push(format!("version {name} is missing"));
            continue;
        };
        for field in ["served", "storage", "subresources", "selectableFields"] {
            equal(
                &format!("{name}.{field}"),
                present.get(field),
                wanted.get(field),
                found,
            );
        }
        let schema = |version: &Value| {
            version
                .pointer("/schema/openAPIV3Schema")
                .cloned()
                .unwrap_or_default()
        };
        schemas(&format!("{name}:"), &schema(present), &schema(wanted), found);
    }
    for present in array(installed.get("versions")) {
        let name = name_of(present);
        if !array(ours.get("versions"))
            .iter()
            .any(|version| name_of(version) == name)
        {
            found.push(format!("version {name} is unknown to this operator"));
        }
    }
}

/// Compares two schemas, keyword by keyword.
fn schemas(path: &str, installed: &Value, ours: &Value, found: &mut Vec<String>) {
    let (installed, ours) = (object(Some(installed)), object(Some(ours)));
    for keyword in keys(installed, ours) {
        let (present, wanted) = (installed.get(keyword), ours.get(keyword));
        match keyword.as_str() {
            "description" => {}
            // here the keys are names of fields, and one may well be called `description`
            "properties" => properties(path, object(present), object(wanted), found),
            "items" | "additionalProperties" | "not" => match (present, wanted) {
                (Some(present @ Value::Object(_)), Some(wanted @ Value::Object(_))) => {
                    schemas(&format!("{path}[{keyword}]"), present, wanted, found);
                }
                (present, wanted) => equal(&format!("{path} {keyword}"), present, wanted, found),
            },
            "allOf" | "anyOf" | "oneOf" => {
                alternatives(&format!("{path}[{keyword}]"), present, wanted, found);
            }
            _ => equal(&format!("{path} {keyword}"), present, wanted, found),
        }
    }
}

fn properties(
    path: &str,
    installed: &Map<String, Value>,
    ours: &Map<String, Value>,
    found: &mut Vec<String>,
) {
    for name in keys(installed, ours) {
        let at = format!("{path}.{name}");
        match (installed.get(name), ours.get(name)) {
            (Some(present), Some(wanted)) => schemas(&at, present, wanted, found),
            (None, _) => found.push(format!("{at} is missing")),
            (_, None) => found.push(format!("{at} is unknown to this operator")),
        }
    }
}

fn alternatives(path: &str, installed: Option<&Value>, ours: Option<&Value>, found: &mut Vec<String>) {
    let (installed, ours) = (array(installed), array(ours));
    if installed.len() != ours.len() {
        found.push(format!(
            "{path} has {} alternatives, not {}",
            installed.len(),
            ours.len()
        ));
        return;
    }
    for (present, wanted) in installed.iter().zip(ours) {
        schemas(path, present, wanted, found);
    }
}

/// Tells two values apart; absent, null, false and empty are one, as Go leaves them out alike.
fn equal(path: &str, installed: Option<&Value>, ours: Option<&Value>, found: &mut Vec<String>) {
    let installed = installed.filter(|value| !is_empty(value));
    let ours = ours.filter(|value| !is_empty(value));
    let same = match (installed, ours) {
        (Some(installed), Some(ours)) => same(installed, ours),
        (installed, ours) => installed.is_none() && ours.is_none(),
    };
    if !same {
        let tell = |value: Option<&Value>| value.map_or_else(|| "absent".to_owned(), brief);
        found.push(format!("{path} is {}, not {}", tell(installed), tell(ours)));
    }
}

/// Equality in which `1` and `1.0` are one number, at any depth, and the order of fields does not matter.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => keys(left, right).into_iter().all(|key| {
            let (left, right) = (left.get(key), right.get(key));
            left.zip(right).is_some_and(|(left, right)| same(left, right))
        }),
        (left, right) => left == right,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
    }
}

/// A value in a few words.
fn brief(value: &Value) -> String {
    const LONGEST: usize = 60;
    let mut text = value.to_string();
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

/// The keys of both, each once.
fn keys<'a>(left: &'a Map<String, Value>, right: &'a Map<String, Value>) -> Vec<&'a String> {
    let further = right.keys().filter(|key| !left.contains_key(*key));
    left.keys().chain(further).collect()
}

fn name_of(version: &Value) -> &str {
    version.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn object(value: Option<&Value>) -> &Map<String, Value> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.and_then(Value::as_object).unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crd;

    /// The connector's definition, and a copy changed at a JSON pointer.
    fn changed(pointer: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
        let [ours, ..] = crd::all();
        let mut installed = serde_json::to_value(&ours).unwrap();
        change(
            installed
                .pointer_mut(pointer)
                .unwrap_or_else(|| panic!("no {pointer}")),
        );
        differences(&serde_json::from_value(installed).unwrap(), &ours)
    }

    const SPEC: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";

    #[test]
    fn what_the_api_server_fills_in_is_no_difference() {
        for ours in crd::all() {
            let mut installed = serde_json::to_value(&ours).unwrap();
            installed["spec"]["conversion"] = json!({"strategy": "None"});
            installed["spec"]["names"]["listKind"] = json!("CustomConnectorList");
            installed["metadata"]["uid"] = json!("u");
            installed["status"] = json!({"acceptedNames": {"kind": "K", "plural": "ks"}, "conditions": [],
                                         "storedVersions": ["v1alpha1"]});
            assert_eq!(
                differences(&serde_json::from_value(installed).unwrap(), &ours),
                Vec::<String>::new()
            );
        }
    }

    #[test]
    fn a_field_that_is_missing_or_unknown_is_named() {
        let fields = format!("{SPEC}/properties");
        assert_eq!(
            changed(&fields, |fields| drop(
                fields.as_object_mut().unwrap().remove("suspend")
            )),
            ["v1alpha1:.spec.suspend is missing"]
        );
        assert_eq!(
            changed(&fields, |fields| fields["flavour"] = json!({"type": "string"})),
            ["v1alpha1:.spec.flavour is unknown to this operator"]
        );
    }

    #[test]
    fn another_bound_or_rule_is_told_with_both_values() {
        assert_eq!(
            changed(
                &format!("{SPEC}/properties/displayName"),
                |field| field["maxLength"] = json!(64)
            ),
            ["v1alpha1:.spec.displayName maxLength is 64, not 256"]
        );
        let rules = changed(SPEC, |spec| {
            drop(spec.as_object_mut().unwrap().remove("x-kubernetes-validations"));
        });
        assert_eq!(rules.len(), 1);
        assert!(
            rules[0].starts_with("v1alpha1:.spec x-kubernetes-validations is absent, not ["),
            "{}",
            rules[0]
        );
    }

    #[test]
    fn descriptions_and_columns_do_not_matter_but_a_field_of_that_name_does() {
        assert_eq!(
            changed(SPEC, |spec| spec["description"] = json!("Other words.")),
            Vec::<String>::new()
        );
        let columns = "/spec/versions/0/additionalPrinterColumns";
        assert_eq!(
            changed(columns, |columns| *columns = json!([])),
            Vec::<String>::new()
        );
        assert_eq!(
            changed(&format!("{SPEC}/properties"), |fields| drop(
                fields.as_object_mut().unwrap().remove("description")
            )),
            ["v1alpha1:.spec.description is missing"]
        );
    }

    #[test]
    fn versions_and_names_must_be_the_same() {
        assert_eq!(
            changed("/spec/versions/0/name", |name| *name = json!("v2")),
            [
                "version v1alpha1 is missing",
                "version v2 is unknown to this operator"
            ]
        );
        assert_eq!(
            changed("/spec/names/shortNames", |names| *names = json!(["cc"])),
            ["names.shortNames is [\"cc\"], not [\"cconn\"]"]
        );
        assert_eq!(
            changed("/spec/versions/0", |version| drop(
                version.as_object_mut().unwrap().remove("subresources")
            )),
            ["v1alpha1.subresources is absent, not {\"status\":{}}"]
        );
    }

    #[test]
    fn one_and_one_point_zero_are_the_same_bound() {
        assert!(same(
            &json!({"minimum": 1, "list": [2.0]}),
            &json!({"list": [2], "minimum": 1.0})
        ));
        assert!(!same(&json!({"minimum": 1}), &json!({"minimum": 1.5})));
        assert!(!same(&json!({"minimum": 1}), &json!({})));
    }
}
