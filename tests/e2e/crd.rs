//! The three kinds as the API server takes them: what it accepts, refuses and shows. Client required.
//!
//! Nearly everything is a dry run, with the strictness that `kubectl` asks for: an unknown field is a refusal too.

mod admission;
mod backend;
mod connector;
mod output;

use http::{Method, Request, header};
use kube::{Client, Resource};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::shared;

const DRY: &str = "?dryRun=All&fieldValidation=Strict";
const STORED: &str = "?fieldValidation=Strict";
const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// The objects of one kind, of one namespace where the kind has namespaces.
struct Collection {
    client: Client,
    path: String,
    api_version: String,
    kind: String,
}

impl Collection {
    /// On the shared control plane, with the definitions installed.
    async fn of<K: Resource<DynamicType = ()>>(namespace: Option<&str>) -> Self {
        Self {
            client: shared::with_definitions().await.client().await.unwrap(),
            path: K::url_path(&(), namespace),
            api_version: K::api_version(&()).into_owned(),
            kind: K::kind(&()).into_owned(),
        }
    }

    fn object(&self, name: &str, spec: &Value) -> Value {
        json!({ "apiVersion": self.api_version, "kind": self.kind, "metadata": { "name": name }, "spec": spec })
    }

    /// What would be stored, or why it is refused.
    async fn try_create(&self, object: &Value) -> Result<Value, String> {
        self.send(Method::POST, &format!("{}{DRY}", self.path), JSON, object)
            .await
    }

    /// What is stored, or why it is refused.
    async fn create(&self, object: &Value) -> Result<Value, String> {
        self.send(Method::POST, &format!("{}{STORED}", self.path), JSON, object)
            .await
    }

    /// What would become of an object that is stored, or why the change is refused.
    async fn try_patch(&self, name: &str, patch: &Value) -> Result<Value, String> {
        let path = format!("{}/{name}{DRY}", self.path);
        self.send(Method::PATCH, &path, MERGE_PATCH, patch).await
    }

    async fn send(&self, method: Method, path: &str, content: &str, body: &Value) -> Result<Value, String> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, content)
            .body(body.to_string().into_bytes())
            .unwrap();
        match self.client.request(request).await {
            Ok(answer) => Ok(answer),
            Err(kube::Error::Api(status)) => Err(status.message),
            Err(other) => panic!("the API server did not answer: {other}"),
        }
    }
}

/// What is tried, and what comes of it; the files beside this one tell.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    r#try: String,
    #[serde(default)]
    with: Map<String, Value>,
    spec: Option<Value>,
    refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    base: Value,
    rows: Vec<Row>,
}

impl Table {
    fn of(text: &str) -> Self {
        serde_saphyr::from_str(text).unwrap()
    }

    /// Creates each row's object, dry, and reports every row that went otherwise than it says.
    async fn check_creation(self, collection: &Collection) {
        let Self { base, rows } = self;
        let mut surprises = Vec::new();
        for row in rows {
            let spec = row.spec.unwrap_or_else(|| with(&base, row.with));
            let outcome = collection.try_create(&collection.object("tried", &spec)).await;
            surprises.extend(surprise(&row.r#try, outcome, row.refused.as_deref()));
        }
        assert!(surprises.is_empty(), "\n{}", surprises.join("\n"));
    }

    /// Stores the base, changes it by each row, dry, and reports every row that went otherwise than it says.
    async fn check_changes(self, collection: &Collection, name: &str) {
        let Self { base, rows } = self;
        collection.create(&collection.object(name, &base)).await.unwrap();
        let mut surprises = Vec::new();
        for row in rows {
            let outcome = collection.try_patch(name, &json!({ "spec": row.with })).await;
            surprises.extend(surprise(&row.r#try, outcome, row.refused.as_deref()));
        }
        assert!(surprises.is_empty(), "\n{}", surprises.join("\n"));
    }
}

/// A spec with some of its fields replaced.
fn with(base: &Value, change: Map<String, Value>) -> Value {
    let mut fields = base.as_object().unwrap().clone();
    fields.extend(change);
    Value::Object(fields)
}

/// A row for a table that a file would be too long for.
fn row(attempt: &str, change: Value, refused: Option<&str>) -> Row {
    let Value::Object(with) = change else {
        panic!("a change is an object: {change}");
    };
    Row {
        r#try: attempt.to_owned(),
        with,
        spec: None,
        refused: refused.map(str::to_owned),
    }
}

/// A text as long as a limit is about.
fn long(characters: usize) -> String {
    "a".repeat(characters)
}

fn surprise(attempt: &str, outcome: Result<Value, String>, refused: Option<&str>) -> Option<String> {
    match (outcome, refused) {
        (Ok(_), None) => None,
        (Err(message), Some(part)) if message.contains(part) => None,
        (Ok(_), Some(part)) => Some(format!("{attempt}: taken, but `{part}` was expected")),
        (Err(message), None) => Some(format!("{attempt}: refused: {message}")),
        (Err(message), Some(part)) => Some(format!("{attempt}: `{part}` is not in: {message}")),
    }
}
