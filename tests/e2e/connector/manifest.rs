//! What tests write into manifests and requests. No client.

use serde_json::{Value, json};

/// The subscription where none is chosen.
const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000000";

/// The id of a connector at the registry.
pub(super) fn custom_api(group: &str, name: &str) -> String {
    format!("{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Web/customApis/{name}")
}

/// The registry's own role definition, by the name that connectors use.
pub(super) fn role(name: &str) -> String {
    match name {
        "Use" => "6b1c0b5e-52a4-4d0b-9d0c-6f1f35a87e01",
        "Edit" => "6b1c0b5e-52a4-4d0b-9d0c-6f1f35a87e02",
        other => panic!("no built-in role is called {other}"),
    }
    .to_owned()
}

/// A grant as its maker sends it.
pub(super) fn grant(role_name: &str, principal: &str) -> Value {
    let role = format!(
        "{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{}",
        role(role_name)
    );
    json!({ "properties": { "roleDefinitionId": role, "principalId": principal, "principalType": "User" } })
}

/// An object id, as directories give them.
pub(super) fn principal(number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02x}")
}

/// A principal as a spec names it.
pub(super) fn user(number: u8) -> Value {
    json!({ "kind": "User", "id": principal(number), "role": "Use" })
}

/// A small description without authentication, which is right.
pub(super) fn description(title: &str) -> String {
    json!({
        "swagger": "2.0",
        "info": { "title": title, "description": "Says what time it is.", "version": "1.0" },
        "host": "clock.example.com",
        "basePath": "/v1",
        "schemes": ["https"],
        "paths": {
            "/time": { "get": {
                "operationId": "GetTime",
                "summary": "Get the time",
                "responses": { "200": { "description": "The time.", "schema": { "type": "string" } } },
            } },
        },
    })
    .to_string()
}

/// A spec with the description of that title inline.
pub(super) fn inline(title: &str) -> Value {
    json!({ "definition": { "inline": description(title) } })
}

/// Members of `over` in place of, or beside, those of `base`, at any depth.
pub(super) fn merged(mut base: Value, over: Value) -> Value {
    match (&mut base, over) {
        (Value::Object(into), Value::Object(members)) => {
            for (name, member) in members {
                let known = into.get(&name).cloned().unwrap_or_default();
                into.insert(name, merged(known, member));
            }
            base
        }
        (_, over) => over,
    }
}
