//! Who wrote a spec last, as managed fields tell. No client.

use serde::{Deserialize, de::IgnoredAny};

/// What is read of a manager's entry. Of its fields only whether the spec is among them: the rest is passed over.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Wire {
    manager: Option<Box<str>>,
    /// As the API server writes all times: later ones sort later.
    time: Option<Box<str>>,
    fields_v1: Option<Fields>,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(rename = "f:spec")]
    spec: Option<IgnoredAny>,
}

/// The manager with the latest entry that has fields of the spec; of several in one second all, by name.
pub(super) fn of_spec(managers: Vec<Wire>) -> Option<Box<str>> {
    let has_spec = |it: &Wire| it.fields_v1.as_ref().is_some_and(|fields| fields.spec.is_some());
    let of_spec: Vec<Wire> = managers.into_iter().filter(has_spec).collect();
    let latest = of_spec.iter().map(|it| it.time.as_deref()).max()?;
    let last = of_spec.iter().filter(|it| it.time.as_deref() == latest);
    let mut names: Vec<&str> = last.filter_map(|it| it.manager.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty()).then(|| names.join(", ").into_boxed_str())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn last(managers: Value) -> Option<String> {
        of_spec(serde_json::from_value(managers).unwrap()).map(String::from)
    }

    #[test]
    fn the_one_who_wrote_the_spec_last_is_kept_and_nobody_who_wrote_elsewhere() {
        let fields = |name: &str| json!({ name: { "f:displayName": {} } });
        let managers = json!([
            { "manager": "kubectl", "operation": "Apply", "time": "2026-11-02T10:00:00Z", "fieldsV1": fields("f:spec") },
            { "manager": "flux", "operation": "Apply", "time": "2026-11-02T11:00:00Z", "fieldsV1": fields("f:spec") },
            { "manager": "labels", "operation": "Update", "time": "2026-11-02T12:00:00Z",
              "fieldsV1": fields("f:metadata") },
            { "manager": "connector-operator", "operation": "Update", "subresource": "status",
              "time": "2026-11-02T13:00:00Z", "fieldsV1": fields("f:status") },
        ]);
        assert_eq!(last(managers).as_deref(), Some("flux"));
    }

    #[test]
    fn of_several_in_one_second_all_are_kept() {
        let at = |name: &str| json!({ "manager": name, "time": "2026-11-02T10:00:00Z", "fieldsV1": { "f:spec": {} } });
        assert_eq!(last(json!([at("b"), at("a"), at("b")])).as_deref(), Some("a, b"));
        assert_eq!(last(json!([{ "manager": "x" }, {}])), None);
    }
}
