//! What users see of the three kinds: status of a new object, columns, names, explanations. Client required.

use std::time::Duration;

use connector_operator::crd::{ClusterConnectorBackend, ConnectorBackend, CustomConnector};
use http::{Method, Request, header};
use serde_json::{Value, json};

use super::{Collection, MERGE_PATCH};
use crate::{harness::poll::eventually, shared};

/// The API server publishes what it knows of new kinds a moment after it serves them.
const PUBLISHED: Duration = Duration::from_secs(30);

/// Suspended, so that an operator that happens to run writes nothing.
fn connector() -> Value {
    json!({ "suspend": true, "definition": { "inline": "swagger: '2.0'" } })
}

fn ready(message: &str) -> Value {
    json!([{
        "type": "Ready", "status": "False", "reason": "NameTaken", "message": message,
        "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1,
    }])
}

/// What `kubectl get` asks for, of an object whose status has just been set: the columns with their priority, and the
/// cells without the age.
async fn row(collection: &Collection, name: &str, status: &Value) -> (Vec<String>, Vec<Value>) {
    let request = Request::builder()
        .method(Method::PATCH)
        .uri(format!("{}/{name}/status", collection.path))
        .header(header::CONTENT_TYPE, MERGE_PATCH)
        .header(header::ACCEPT, "application/json;as=Table;v=v1;g=meta.k8s.io")
        .body(json!({ "status": status }).to_string().into_bytes())
        .unwrap();
    let table: Value = collection.client.request(request).await.unwrap();
    let columns = table["columnDefinitions"].as_array().unwrap();
    let title = |column: &Value| {
        let name = column["name"].as_str().unwrap();
        let wide = if column["priority"] == 0 { "" } else { " (wide)" };
        format!("{name}{wide}")
    };
    let mut cells = table["rows"][0]["cells"].as_array().unwrap().clone();
    let age = cells.pop().unwrap();
    assert!(age.as_str().is_some_and(|age| age.ends_with('s')), "{table}");
    (columns.iter().map(title).collect(), cells)
}

#[tokio::test]
async fn a_new_object_reads_as_not_yet_judged_whatever_status_it_brings() {
    let connectors = Collection::of::<CustomConnector>(Some("default")).await;
    let backends = Collection::of::<ConnectorBackend>(Some("default")).await;
    let cluster_backends = Collection::of::<ClusterConnectorBackend>(None).await;
    let embedded = json!({ "registry": {} });
    for (collection, spec) in [
        (connectors, connector()),
        (backends, embedded.clone()),
        (cluster_backends, embedded),
    ] {
        let object = collection.object("new", &spec);
        let mut boastful = object.clone();
        boastful["status"] = json!({ "observedGeneration": 1, "conditions": ready("done already") });

        for object in [object, boastful] {
            let stored = collection.try_create(&object).await.unwrap();
            assert_eq!(stored["status"], json!({ "observedGeneration": -1 }), "{object}");
            assert_eq!(stored["metadata"]["generation"], 1, "{object}");
            assert_eq!(
                stored["spec"], object["spec"],
                "a default in a spec reads as drift"
            );
        }
    }
}

#[tokio::test]
async fn a_connector_shows_whether_it_is_ready_shared_and_why_not() {
    let client = shared::with_definitions().await.client().await.unwrap();
    let namespace = shared::namespace(&client, "columns").await;
    let collection = Collection::of::<CustomConnector>(Some(&namespace)).await;
    collection
        .create(&collection.object("contacts", &connector()))
        .await
        .unwrap();

    let status = json!({
        "observedGeneration": 1,
        "conditions": ready("another connector has the name"),
        "definition": { "format": "openapi-2.0", "operations": 6, "revision": "4711" },
        "registered": "1/2",
        "sharing": { "desired": 3, "granted": 2, "failed": 1, "unmanaged": 0, "summary": "2/3" },
    });
    let (columns, cells) = row(&collection, "contacts", &status).await;

    assert_eq!(
        columns,
        [
            "Name",
            "Ready",
            "Reason",
            "Shared",
            "Format",
            "Registered (wide)",
            "Operations (wide)",
            "Revision (wide)",
            "Message (wide)",
            "Age",
        ]
    );
    let message = "another connector has the name";
    let expected = json!([
        "contacts",
        "False",
        "NameTaken",
        "2/3",
        "openapi-2.0",
        "1/2",
        6,
        "4711",
        message
    ]);
    assert_eq!(json!(cells), expected);
}

#[tokio::test]
async fn a_backend_of_either_kind_shows_whether_it_is_ready_and_what_it_holds() {
    let client = shared::with_definitions().await.client().await.unwrap();
    let namespace = shared::namespace(&client, "columns").await;
    let of_namespace = Collection::of::<ConnectorBackend>(Some(&namespace)).await;
    let of_cluster = Collection::of::<ClusterConnectorBackend>(None).await;
    let spec = json!({ "registry": {}, "default": false });
    let status = json!({
        "observedGeneration": 1, "conditions": ready("no answer"), "connectors": 412, "failed": 3,
    });
    for collection in [of_namespace, of_cluster] {
        collection
            .create(&collection.object(&namespace, &spec))
            .await
            .unwrap();

        let (columns, cells) = row(&collection, &namespace, &status).await;

        assert_eq!(
            columns,
            [
                "Name",
                "Ready",
                "Reason",
                "Connectors",
                "Failed",
                "Default",
                "Message (wide)",
                "Age"
            ]
        );
        let expected = json!([namespace, "False", "NameTaken", 412, 3, false, "no answer"]);
        assert_eq!(json!(cells), expected);
    }
}

#[tokio::test]
async fn the_kinds_are_found_by_their_short_names_and_all_together_as_connectors() {
    let client = shared::with_definitions().await.client().await.unwrap();

    let seen = eventually("the kinds are published", PUBLISHED, async || {
        let group = client.list_api_group_resources("connectors.dev/v1alpha1").await;
        let group = group.map_err(|error| error.to_string())?;
        let kinds = group
            .resources
            .into_iter()
            .filter(|resource| !resource.name.contains('/'));
        let mut names: Vec<_> = kinds
            .map(|kind| {
                (
                    kind.name,
                    kind.short_names.unwrap_or_default(),
                    kind.categories.unwrap_or_default(),
                )
            })
            .collect();
        names.sort();
        if names.len() == 3 {
            Ok(names)
        } else {
            Err(format!("{names:?}"))
        }
    })
    .await;

    let expected = [
        ("clusterconnectorbackends", "ccbackend"),
        ("connectorbackends", "cbackend"),
        ("customconnectors", "cconn"),
    ];
    let expected = expected.map(|(name, short)| {
        (
            name.to_owned(),
            vec![short.to_owned()],
            vec!["connectors".to_owned()],
        )
    });
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn kubectl_explains_a_field_in_the_words_of_its_definition() {
    let control_plane = shared::with_definitions().await;

    eventually("kubectl explains the kinds", PUBLISHED, async || {
        for (field, words) in [
            (
                "customconnectors.spec.definition",
                "exactly one of inline, configMapKeyRef",
            ),
            (
                "connectorbackends.spec.registry.url",
                "Plain http only to loopback",
            ),
            (
                "clusterconnectorbackends.spec.namespaces",
                "exactly one of all, names, selector",
            ),
        ] {
            let output = control_plane.kubectl().args(["explain", field]).output();
            let output = output.map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&output.stdout).replace('\n', " ");
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if !text.contains(words) {
                return Err(format!(
                    "{field}: {text} {}",
                    String::from_utf8_lossy(&output.stderr)
                ));
            }
        }
        Ok(())
    })
    .await;
}
