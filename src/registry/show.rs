//! How resources and lists look in an answer. No client.

use serde_json::json;

use super::{custom_api, store::Resource, target::Kind};

/// A tracked resource as JSON. `origin` is where the caller reached us, without a slash at the end.
pub(super) fn resource(kind: Kind, resource: &Resource, origin: &str) -> String {
    let Resource {
        id,
        location,
        tags,
        envelope_kind,
        properties,
    } = resource;
    let urls = match kind {
        Kind::CustomApis => custom_api::urls(id, origin),
        Kind::Connections => String::new(),
    };
    let name = id.rsplit('/').next().unwrap_or_default();
    let mut text = String::with_capacity(properties.len() + urls.len() + 512);
    text.push_str(r#"{"properties":"#);
    push_object_with(&mut text, &urls, properties);
    for (member, value) in [
        ("id", json!(id)),
        ("name", json!(name)),
        ("type", json!(format!("Microsoft.Web/{}", kind.as_str()))),
        ("location", json!(location)),
    ] {
        push_member(&mut text, member, &value.to_string());
    }
    if let Some(tags) = tags {
        push_member(&mut text, "tags", tags);
    }
    if let Some(envelope_kind) = envelope_kind {
        push_member(&mut text, "kind", &json!(envelope_kind).to_string());
    }
    text.push('}');
    text
}

/// A list as JSON, its items being JSON already.
pub(super) fn list(items: impl IntoIterator<Item = String>, next_link: Option<&str>) -> String {
    let mut text = r#"{"value":["#.to_owned();
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&item);
    }
    text.push(']');
    if let Some(link) = next_link {
        push_member(&mut text, "nextLink", &json!(link).to_string());
    }
    text.push('}');
    text
}

/// A resource group; every name is one, whether or not anything is in it.
pub(super) fn group(id: &str, location: &str) -> String {
    json!({
        "id": id,
        "name": id.rsplit('/').next(),
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
        "properties": {"provisioningState": "Succeeded"},
    })
    .to_string()
}

fn push_member(text: &mut String, name: &str, value: &str) {
    text.push_str(",\"");
    text.push_str(name);
    text.push_str("\":");
    text.push_str(value);
}

/// `object`, a JSON object, with `members` (`"a":1,"b":2`) before its own: spares parsing it for each item of
/// a list.
fn push_object_with(text: &mut String, members: &str, object: &str) {
    let own = object.strip_prefix('{').unwrap_or(object);
    text.push('{');
    text.push_str(members);
    if !members.is_empty() && own != "}" {
        text.push(',');
    }
    text.push_str(own);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn shown(properties: &str) -> Value {
        let row = Resource {
            id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/customApis/a\"b".into(),
            location: "local".into(),
            tags: Some(r#"{"a":"b"}"#.into()),
            envelope_kind: None,
            properties: properties.into(),
        };
        serde_json::from_str(&resource(Kind::CustomApis, &row, "http://h")).unwrap()
    }

    #[test]
    fn what_is_put_together_from_parts_is_one_json_object() {
        for properties in ["{}", r#"{"displayName":"x","wsdlDefinition":{}}"#] {
            let shown = shown(properties);
            assert!(shown["properties"]["runtimeUrls"].is_array(), "{shown}");
            assert_eq!(shown["name"], "a\"b");
            assert_eq!(shown["tags"]["a"], "b");
        }
    }

    #[test]
    fn a_list_of_nothing_has_an_empty_value_and_no_next_link() {
        assert_eq!(list([], None), r#"{"value":[]}"#);
        let two = list(["1".to_owned(), "2".to_owned()], Some("http://h/?a=\"b"));
        let two: Value = serde_json::from_str(&two).unwrap();
        assert_eq!(two["value"], serde_json::json!([1, 2]));
        assert_eq!(two["nextLink"], "http://h/?a=\"b");
    }
}
