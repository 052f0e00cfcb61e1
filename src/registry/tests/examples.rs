//! The official examples of the operations served here, replayed.

use std::{fs, path::PathBuf};

use super::{roles::undated, *};

const WEB_EXAMPLES: &str = "specification/web/resource-manager/Microsoft.Web/stable/2016-06-01/examples";
const ROLE_EXAMPLES: &str =
    "specification/authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/examples";

/// The examples of a folder by name; empty, and said so, where they are not at hand.
fn examples(folder: &str, prefix: &str) -> Vec<(String, Value)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/azure/azure-rest-api-specs");
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        println!("skipped: the official examples are not at hand under ../shared/azure");
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix))
        .map(|path| {
            let example = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), example)
        })
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert!(!found.is_empty(), "no example begins with {prefix}");
    found
}

fn text<'a>(example: &'a Value, parameter: &str) -> &'a str {
    example["parameters"][parameter]
        .as_str()
        .unwrap_or_else(|| panic!("no {parameter}: {example}"))
}

fn web(example: &Value, kind: &str, name: &str) -> String {
    let (subscription, group) = (
        text(example, "subscriptionId"),
        text(example, "resourceGroupName"),
    );
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/{kind}{name}?{V}")
}

/// Members that an answer must have because the example's has them.
fn assert_has_members_of(answer: &Value, example: &Value, label: &str) {
    let Some(members) = example.as_object() else {
        return;
    };
    for (name, value) in members {
        let found = answer
            .get(name)
            .unwrap_or_else(|| panic!("{label}: no `{name}` in {answer}"));
        // What is inside these depends on what was sent, which the examples do not tell.
        if !matches!(name.as_str(), "api" | "nonSecretParameterValues" | "tags") {
            assert_has_members_of(found, value, label);
        }
    }
}

#[tokio::test]
async fn the_examples_of_connectors_are_answered_in_their_shape() {
    let fixture = Fixture::new().await;
    for (name, example) in examples(WEB_EXAMPLES, "customApis") {
        let status = |code: &str| &example["responses"][code]["body"];
        let answer = match name.as_str() {
            "customApisCreateOrUpdate" => {
                let uri = web(&example, "customApis/", text(&example, "apiName"));
                let mut body = example["parameters"]["customApi"].clone();
                // The example has no location and no document, and neither does it work on Azure.
                assert_eq!(fixture.put(&uri, &body).await.code(), "LocationRequired");
                body["location"] = "northcentralus".into();
                assert_eq!(fixture.put(&uri, &body).await.code(), "14012");
                body["properties"]["swagger"] = json!({"swagger": "2.0", "host": "tempuri.org", "paths": {}});
                fixture.put(&uri, &body).await
            }
            "customApisDelete" => {
                let uri = web(&example, "customApis/", text(&example, "apiName"));
                assert_eq!(fixture.delete(&uri).await.status, StatusCode::OK);
                assert_eq!(fixture.delete(&uri).await.status, StatusCode::NO_CONTENT);
                let mut body = connector();
                body["location"] = "northcentralus".into();
                fixture.put(&uri, &body).await
            }
            "customApisGet" => {
                fixture
                    .get(&web(&example, "customApis/", text(&example, "apiName")))
                    .await
            }
            "customApisUpdate" => {
                let uri = web(&example, "customApis/", text(&example, "apiName"));
                fixture
                    .send("PATCH", &uri, &example["parameters"]["customApi"])
                    .await
            }
            "customApisListByResourceGroup" => fixture.get(&web(&example, "customApis", "")).await,
            "customApisList" => {
                let subscription = text(&example, "subscriptionId");
                fixture
                    .get(&format!(
                        "/subscriptions/{subscription}/providers/Microsoft.Web/customApis?{V}"
                    ))
                    .await
            }
            // Not served: moving, and what reads WSDL.
            _ => continue,
        };
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text);
        let (mut answer, mut wanted) = (answer.json(), status("200").clone());
        if let (Some(answers), Some(wants)) = (answer["value"].as_array(), wanted["value"].as_array()) {
            (answer, wanted) = (answers[0].clone(), wants[0].clone());
        }
        if let Some(properties) = wanted["properties"].as_object_mut() {
            // Sent in the example, so shown there; not by every connector here.
            properties.remove("description");
        }
        assert_has_members_of(&answer, &wanted, &name);
    }
}

#[tokio::test]
async fn the_examples_of_connections_are_answered_in_their_shape() {
    let fixture = Fixture::new().await;
    for (name, example) in examples(WEB_EXAMPLES, "connections") {
        let uri = |fixture: &Value| web(fixture, "connections/", text(fixture, "connectionName"));
        let (answer, status) = match name.as_str() {
            "connectionsCreateOrUpdate" => {
                let mut body = example["parameters"]["connection"].clone();
                body["location"] = "centralus".into();
                let made = fixture.put(&uri(&example), &body).await;
                assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
                (fixture.put(&uri(&example), &body).await, "200")
            }
            "connectionsGet" => (fixture.get(&uri(&example)).await, "200"),
            "connectionsList" => (fixture.get(&web(&example, "connections", "")).await, "200"),
            "connectionsUpdate" => (
                fixture
                    .send("PATCH", &uri(&example), &example["parameters"]["connection"])
                    .await,
                "200",
            ),
            // Deleting comes first by name and has no body; consent is not served.
            _ => continue,
        };
        assert_eq!(answer.status.as_str(), status, "{name}: {}", answer.text);
        let (mut answer, mut wanted) = (answer.json(), example["responses"][status]["body"].clone());
        if let (Some(answers), Some(wants)) = (answer["value"].as_array(), wanted["value"].as_array()) {
            (answer, wanted) = (answers[0].clone(), wants[0].clone());
        }
        assert_has_members_of(&answer, &wanted, &name);
    }
}

#[tokio::test]
async fn the_examples_of_role_assignments_are_answered_as_they_say() {
    const V: &str = "api-version=2022-04-01";
    for (name, example) in examples(ROLE_EXAMPLES, "RoleAssignments_Create") {
        let fixture = Fixture::new().await;
        let id = match example["parameters"]["roleAssignmentId"].as_str() {
            Some(id) => id.to_owned(),
            None => format!(
                "{}/providers/Microsoft.Authorization/roleAssignments/{}",
                text(&example, "scope"),
                text(&example, "roleAssignmentName")
            ),
        };
        // The clients join the scope, with or without its slash, to a slash of their own.
        for (uri, status) in [(format!("//{id}?{V}"), "201"), (format!("/{id}?{V}"), "200")] {
            let answer = fixture.put(&uri, &example["parameters"]["parameters"]).await;
            assert_eq!(answer.status.as_str(), status, "{name}");
            let mut wanted = example["responses"][status]["body"].clone();
            // The examples shorten the role's id; it comes back here as it was sent.
            wanted["properties"]["roleDefinitionId"] =
                example["parameters"]["parameters"]["properties"]["roleDefinitionId"].clone();
            assert_eq!(undated(answer.json()), wanted, "{name}");
        }
        let got = fixture.get(&format!("/{id}?{V}")).await.json();
        let deleted = fixture.delete(&format!("/{id}?{V}")).await;
        assert_eq!((deleted.status, deleted.json()), (StatusCode::OK, got));
        assert_eq!(
            fixture.delete(&format!("/{id}?{V}")).await.status,
            StatusCode::NO_CONTENT
        );
    }
}
