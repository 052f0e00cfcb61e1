//! What must hold of any bytes. The fuzz targets run these, and so do the tests, over the same seeds.
use connector_operator::definition::{Checked, Format, Settings, check};
use serde_json::Value;

/// Given to what names no host of its own, so that it is converted.
const SERVICE: &str = "https://api.example.com";

/// Methods that a path item of OpenAPI 3.x has.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Any bytes: what is found has a place in the text, and a document comes out exactly if nothing is an error.
pub(crate) fn read(bytes: &[u8]) {
    sound(bytes, &Settings::default());
}

/// Descriptions in OpenAPI 3.0 and 3.1: every operation is in the result or in the report.
pub(crate) fn openapi3(bytes: &[u8]) {
    let checked = sound(bytes, &with_service());
    if !matches!(checked.format, Some(Format::OpenApi30 | Format::OpenApi31)) || checked.connector.is_none() {
        return;
    }
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let mut described = 0;
    for (_, item) in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        described += METHODS
            .iter()
            .filter(|method| item.get(**method).is_some_and(Value::is_object))
            .count();
    }
    let told = told(&checked);
    assert!(
        described <= checked.operations + told,
        "{described} operations, {} in the result, {told} in the report",
        checked.operations
    );
}

/// Postman collections: every request is in the result or in the report.
pub(crate) fn postman(bytes: &[u8]) {
    let checked = sound(bytes, &with_service());
    let is_collection = matches!(
        checked.format,
        Some(Format::Postman10 | Format::Postman20 | Format::Postman21)
    );
    if !is_collection || checked.connector.is_none() {
        return;
    }
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let root = document
        .get("collection")
        .filter(|_| document.get("info").is_none())
        .unwrap_or(&document);
    let has_url =
        |request: &Value| request.is_string() || request.get("url").is_some_and(|url| !url.is_null());
    let described = if checked.format == Some(Format::Postman10) {
        root.get("requests")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|one| has_url(one))
            .count()
    } else {
        requests(root, &has_url)
    };
    let told = told(&checked);
    assert!(
        described <= checked.operations + told,
        "{described} requests, {} in the result, {told} in the report",
        checked.operations
    );
}

fn requests(node: &Value, has_url: &impl Fn(&Value) -> bool) -> usize {
    let items = node.get("item").and_then(Value::as_array).into_iter().flatten();
    items
        .map(|item| usize::from(item.get("request").is_some_and(has_url)) + requests(item, has_url))
        .sum()
}

fn with_service() -> Settings {
    Settings {
        service_url: Some(SERVICE.to_owned()),
        ..Settings::default()
    }
}

fn told(checked: &Checked) -> usize {
    checked
        .report
        .iter()
        .filter(|entry| matches!(entry.kind().as_str(), "refused" | "merged"))
        .count()
}

/// What holds of every check.
fn sound(bytes: &[u8], settings: &Settings) -> Checked {
    let checked = check(bytes, settings);
    assert_eq!(
        checked.errors == 0,
        checked.connector.is_some(),
        "{:?}",
        checked.findings
    );
    let places = || checked.findings.iter().map(|one| (one.line, one.column));
    assert!(places().is_sorted() && places().all(|(line, column)| line > 0 && column > 0));
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    assert!(places().all(|(line, _)| line as usize <= lines));
    let entries = checked.report.iter().map(|one| (one.line, one.column));
    assert!(entries.is_sorted());
    if let Some(connector) = &checked.connector {
        let written = connector.to_json();
        let again = check(written.as_bytes(), settings);
        assert_eq!(again.errors, 0, "{:?}\n{written}", again.findings);
        assert_eq!(
            again.connector.map(|connector| connector.to_json()),
            Some(written)
        );
    }
    checked
}
