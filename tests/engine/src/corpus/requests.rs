//! Requests of Postman collections, read by other means than the engine's, to count by.

use std::collections::BTreeSet;

use serde_json::Value;

/// A request: its pointer, and what it calls.
#[derive(Debug)]
pub struct Request {
    pub pointer: String,
    pub method: String,
    /// The path with every variable part as `{}`.
    pub path: String,
}

/// Methods that OpenAPI 2.0 has.
pub const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// All requests of a collection of any version.
pub fn of_collection(root: &Value) -> Vec<Request> {
    let (root, prefix) = match root.get("collection") {
        Some(inner) if root.get("info").is_none() => (inner, "/collection"),
        _ => (root, ""),
    };
    let mut found = Vec::new();
    if let Some(requests) = root.get("requests").and_then(Value::as_array) {
        for (index, request) in requests.iter().enumerate() {
            add(request, format!("{prefix}/requests/{index}"), &mut found);
        }
    }
    items(root, prefix, &mut found);
    found
}

fn items(node: &Value, pointer: &str, found: &mut Vec<Request>) {
    for (index, item) in node
        .get("item")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
    {
        let pointer = format!("{pointer}/item/{index}");
        if let Some(request) = item.get("request") {
            add(request, pointer.clone(), found);
        }
        items(item, &pointer, found);
    }
}

fn add(request: &Value, pointer: String, found: &mut Vec<Request>) {
    let url = match request {
        Value::String(url) => Some(url.clone()),
        _ => request.get("url").and_then(url),
    };
    let Some(url) = url.filter(|url| !url.trim().is_empty()) else {
        return;
    };
    let method = request
        .get("method")
        .and_then(Value::as_str)
        .unwrap_or("GET")
        .to_lowercase();
    found.push(Request {
        pointer,
        method,
        path: template(path(&url)),
    });
}

/// A URL in whichever form a collection has it.
fn url(url: &Value) -> Option<String> {
    if let Some(url) = url.as_str() {
        return Some(url.to_owned());
    }
    let segments = |key: &str, separator: &str| match url.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(parts)) => {
            let parts = parts.iter().map(|part| {
                part.as_str()
                    .or_else(|| part.get("value").and_then(Value::as_str))
                    .unwrap_or_default()
                    .to_owned()
            });
            Some(parts.collect::<Vec<String>>().join(separator))
        }
        _ => None,
    };
    match (segments("host", "."), segments("path", "/")) {
        (None, None) => url.get("raw").and_then(Value::as_str).map(str::to_owned),
        (host, path) => {
            let path = path.unwrap_or_default();
            Some(format!(
                "http://{}/{}",
                host.unwrap_or_default(),
                path.trim_start_matches('/')
            ))
        }
    }
}

/// The path of a URL, which may begin with a variable or a bare host.
fn path(url: &str) -> &str {
    let url = url.trim().split(['?', '#']).next().unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}

/// A path whose variable segments are `{}`.
pub fn template(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| {
            let is_variable = segment.starts_with(':') || segment.contains('{');
            if is_variable {
                "/{}".to_owned()
            } else {
                format!("/{}", segment.replace("%20", " "))
            }
        })
        .collect()
}

/// What an OpenAPI 2.0 document has: method and path, with and without its base path.
pub fn of_document(document: &Value) -> (usize, BTreeSet<(String, String)>) {
    let base = document
        .get("basePath")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut count = 0;
    let mut found = BTreeSet::new();
    for (path, item) in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            count += 1;
            found.insert(((*method).to_owned(), template(path)));
            found.insert(((*method).to_owned(), template(&format!("{base}/{path}"))));
        }
    }
    (count, found)
}
