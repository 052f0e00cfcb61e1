//! Where the official files are wrong or silent, by name. No client.

use std::path::Path;

use serde_json::Value;

use super::files::Files;

macro_rules! authorization {
    ($file:literal) => {
        concat!(
            "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/authorization-",
            $file
        )
    };
}

/// The connectors, the connections and the gateways.
pub(crate) const WEB: &str =
    "web/resource-manager/Microsoft.Web/stable/2016-06-01/logicAppsManagementClient.json";
/// The role assignments.
pub(crate) const ASSIGNMENTS: &str = authorization!("RoleAssignmentsCalls.json");
/// The role definitions.
pub(crate) const DEFINITIONS: &str = authorization!("RoleDefinitionsCalls.json");

/// One known defect, and how the file is read instead.
#[derive(Clone, Debug)]
pub(crate) struct Deviation {
    /// What is wrong or missing, in a sentence.
    pub(crate) what: &'static str,
    pub(crate) change: Change,
}

/// How a file is read instead.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// A member more, in the object of each of these pointers.
    Member {
        file: &'static str,
        pointers: &'static [&'static str],
        name: &'static str,
        value: &'static str,
    },
    /// An item more, in the array at the pointer.
    Item {
        file: &'static str,
        pointer: &'static str,
        value: &'static str,
    },
    /// `allOf` beside `additionalProperties: false` is one closed object.
    MergeAllOf,
    /// GET with `export=true` answers the document.
    Export,
    /// The operation of this method and path has no file here.
    NotAtHand {
        method: &'static str,
        path: &'static str,
    },
}

const OBJECT: &str = r#"{"type": "object"}"#;
const ERROR: &str = r#"{"description": "An error.", "schema": {"anyOf": [
    {"$ref": "../../../../../common-types/resource-management/v2/types.json#/definitions/ErrorResponse"},
    {"type": "object", "required": ["Code", "Message", "Details"], "properties": {
        "Code": {"type": "string"}, "Message": {"type": "string"}, "Target": {}, "Innererror": {},
        "Details": {"type": "array", "items": {"type": "object", "properties": {
            "Code": {"type": "string"}, "Message": {"type": "string"},
            "ErrorEntity": {"type": "object", "required": ["ExtendedCode", "Message"], "properties": {
                "ExtendedCode": {"type": "string"}, "MessageTemplate": {"type": "string"},
                "Parameters": {"type": "array", "items": {"type": "string"}},
                "Code": {"type": "string"}, "Message": {"type": "string"}
            }}
        }}}
    }}
]}}"#;

macro_rules! web {
    ($kind:literal, $method:literal) => {
        concat!(
            "/paths/~1subscriptions~1{subscriptionId}~1resourceGroups~1{resourceGroupName}",
            "~1providers~1Microsoft.Web~1",
            $kind,
            "/",
            $method,
            "/responses"
        )
    };
}

/// All of them.
pub(crate) const DEVIATIONS: &[Deviation] = &[
    Deviation {
        what: "`allOf` beside `additionalProperties: false` cannot be satisfied as written",
        change: Change::MergeAllOf,
    },
    Deviation {
        what: "Microsoft.Web declares no error answer; it has its own shape and Resource Manager's",
        change: Change::Member {
            file: WEB,
            pointers: &[
                web!("customApis~1{apiName}", "get"),
                web!("customApis~1{apiName}", "put"),
                web!("customApis~1{apiName}", "patch"),
                web!("customApis~1{apiName}", "delete"),
                web!("customApis", "get"),
                web!("connections~1{connectionName}", "get"),
                web!("connections~1{connectionName}", "put"),
                web!("connections~1{connectionName}", "patch"),
                web!("connections~1{connectionName}", "delete"),
                web!("connections", "get"),
                concat!(
                    "/paths/~1subscriptions~1{subscriptionId}~1providers~1Microsoft.Web~1customApis",
                    "/get/responses"
                ),
            ],
            name: "default",
            value: ERROR,
        },
    },
    Deviation {
        what: "lists of connectors and of connections come in pages",
        change: Change::Member {
            file: WEB,
            pointers: &[
                "/definitions/CustomApiDefinitionCollection/properties",
                "/definitions/ApiConnectionDefinitionCollection/properties",
            ],
            name: "nextLink",
            value: r#"{"type": "string"}"#,
        },
    },
    Deviation {
        what: "`export=true` on a connector answers its document",
        change: Change::Export,
    },
    Deviation {
        what: "a connector says for which kinds of connection it is",
        change: Change::Member {
            file: WEB,
            pointers: &["/definitions/CustomApiPropertiesDefinition/properties"],
            name: "supportedConnectionKinds",
            value: r#"{"type": "array", "items": {"enum": ["V1", "V2"]}}"#,
        },
    },
    Deviation {
        what: "a connection parameter says how it is shown, as in 2015-08-01-preview",
        change: Change::Member {
            file: WEB,
            pointers: &["/definitions/ConnectionParameter/properties"],
            name: "uiDefinition",
            value: OBJECT,
        },
    },
    Deviation {
        what: "a connection parameter has a default, as in 2015-08-01-preview",
        change: Change::Member {
            file: WEB,
            pointers: &["/definitions/ConnectionParameter/properties"],
            name: "defaultValue",
            value: "{}",
        },
    },
    Deviation {
        what: "a connection parameter offers values to choose from, as in every portal template",
        change: Change::Member {
            file: WEB,
            pointers: &["/definitions/ConnectionParameter/properties"],
            name: "allowedValues",
            value: r#"{"type": "array", "items": {"type": "object", "required": ["value"],
                "properties": {"value": {}, "uiDefinition": {"type": "object"}}}}"#,
        },
    },
    Deviation {
        what: "a connection parameter leads to a gateway: its settings",
        change: Change::Member {
            file: WEB,
            pointers: &["/definitions/ConnectionParameter/properties"],
            name: "gatewaySettings",
            value: OBJECT,
        },
    },
    Deviation {
        what: "a connection parameter leads to a gateway: its type",
        change: Change::Item {
            file: WEB,
            pointer: "/definitions/ConnectionParameter/properties/type/enum",
            value: r#""gatewaySetting""#,
        },
    },
    Deviation {
        what: "a connection parameter says where its value comes from, as in apiProperties.json",
        change: Change::Member {
            file: WEB,
            pointers: &["/definitions/ConnectionParameter/properties"],
            name: "metadata",
            value: OBJECT,
        },
    },
    Deviation {
        what: "an OAuth setting has a redirect mode, as in apiProperties.json",
        change: Change::Member {
            file: WEB,
            pointers: &["/definitions/ApiOAuthSettings/properties"],
            name: "redirectMode",
            value: r#"{"enum": ["Global", "GlobalPerConnector", "Direct"]}"#,
        },
    },
    Deviation {
        what: "a connection is of a kind, V1 or V2",
        change: Change::Member {
            file: WEB,
            pointers: &["/definitions/ApiConnectionDefinition/properties"],
            name: "kind",
            value: r#"{"enum": ["V1", "V2"]}"#,
        },
    },
    Deviation {
        what: "the resource groups of a subscription are listed by Microsoft.Resources",
        change: Change::NotAtHand {
            method: "GET",
            path: "/subscriptions/{subscriptionId}/resourcegroups",
        },
    },
];

impl Change {
    /// Changes what is read of the files.
    pub(crate) fn apply(&self, files: &mut Files) {
        match self {
            Self::Member {
                file,
                pointers,
                name,
                value,
            } => {
                for pointer in *pointers {
                    let object = files
                        .file(Path::new(file))
                        .pointer_mut(pointer)
                        .and_then(Value::as_object_mut);
                    let object = object.unwrap_or_else(|| panic!("no {pointer} in {file}"));
                    let before = object.insert((*name).to_owned(), serde_json::from_str(value).unwrap());
                    assert_eq!(before, None, "the file says it by now: {name} in {pointer}");
                }
            }
            Self::Item { file, pointer, value } => {
                let array = files
                    .file(Path::new(file))
                    .pointer_mut(pointer)
                    .and_then(Value::as_array_mut);
                let array = array.unwrap_or_else(|| panic!("no {pointer} in {file}"));
                array.push(serde_json::from_str(value).unwrap());
            }
            Self::MergeAllOf => files.merges_all_of = true,
            Self::Export | Self::NotAtHand { .. } => {}
        }
    }
}
