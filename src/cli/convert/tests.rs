use std::fs;
use std::process::ExitCode;

use serde_json::Value;

use super::{Arguments, run};
use crate::cli::Failure;
use crate::cli::judged;
use crate::cli::terminal::Palette;

const GOOD: &str = include_str!("../../../tests/fixtures/definition/good.yaml");

struct Converted {
    outcome: Result<ExitCode, Failure>,
    printed: String,
    said: String,
    report: Option<Value>,
    document: Option<String>,
}

/// Converts a file `in` with these contents; `flags` may ask for a report and an output file.
fn converted(content: &str, with_report: bool, with_output: bool, service_url: Option<&str>) -> Converted {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in"), content).expect("a temporary file can be written");
    let arguments = Arguments {
        output: with_output.then(|| path("out")),
        report: with_report.then(|| path("report")),
        compact: false,
        judged: judged::Arguments {
            service_url: service_url.map(str::to_owned),
            ..judged::Arguments::default()
        },
        file: path("in"),
    };
    let (mut printed, mut said) = (Vec::new(), Vec::new());
    let outcome = run(&arguments, &Palette::default(), &mut printed, &mut said);
    let plain = |bytes: Vec<u8>| {
        String::from_utf8(bytes)
            .expect("output is UTF-8")
            .replace(&format!("{}/", folder.path().display()), "")
    };
    let report = fs::read(path("report")).ok();
    Converted {
        outcome,
        printed: plain(printed),
        said: plain(said),
        report: report.map(|bytes| serde_json::from_slice(&bytes).expect("the report is JSON")),
        document: fs::read_to_string(path("out")).ok(),
    }
}

#[test]
fn a_document_is_printed_for_people_and_ends_with_0() {
    let Converted {
        outcome,
        printed,
        said,
        ..
    } = converted(GOOD, false, false, None);
    assert_eq!(outcome.expect("it can be read"), ExitCode::SUCCESS);
    assert!(
        printed.starts_with("{\n  \"swagger\": \"2.0\",\n") && printed.ends_with("}\n"),
        "{printed}"
    );
    assert_eq!(
        said,
        "in: openapi-2.0, 3 operations; 0 lost, 0 changed, 0 merged, 0 refused\n"
    );
}

#[test]
fn a_document_and_its_report_go_into_files() {
    let Converted {
        printed,
        report,
        document,
        ..
    } = converted(GOOD, true, true, None);
    assert_eq!(printed, "");
    let report = report.expect("there is one");
    assert_eq!(
        (&report["format"], &report["entries"]),
        (&"openapi-2.0".into(), &serde_json::json!([]))
    );
    assert!(
        document
            .expect("there is one")
            .contains("\"host\": \"invoices.example.com\"")
    );
}

#[test]
fn the_service_url_is_what_the_document_says() {
    let text = GOOD.replace("host: invoices.example.com\n", "");
    let Converted { printed, .. } = converted(&text, false, false, Some("http://localhost:8080/api/"));
    let document: Value = serde_json::from_str(&printed).expect("it is JSON");
    assert_eq!(
        (&document["schemes"][0], &document["host"], &document["basePath"]),
        (&"http".into(), &"localhost:8080".into(), &"/api".into())
    );
    let Converted { outcome, .. } = converted(&text, false, false, Some("ftp://localhost"));
    assert!(outcome.is_err());
}

#[test]
fn a_description_that_lacks_only_its_host_is_converted_without_one_and_the_report_says_so() {
    let text = GOOD.replace("host: invoices.example.com\n", "");
    let Converted {
        outcome,
        printed,
        report,
        ..
    } = converted(&text, true, false, None);
    assert_eq!(outcome.expect("it can be read"), ExitCode::SUCCESS);
    let document: Value = serde_json::from_str(&printed).expect("it is JSON");
    assert_eq!(
        (document.get("host"), &document["basePath"]),
        (None, &"/v1".into())
    );
    let entry = &report.expect("there is one")["entries"][0];
    assert_eq!(
        (&entry["code"], &entry["kind"], &entry["pointer"]),
        (&"HostMissing".into(), &"lost".into(), &"".into())
    );
    let worse = text.replace("/invoices:", "invoices:");
    let Converted { outcome, printed, .. } = converted(&worse, false, false, None);
    assert_eq!(
        (outcome.expect("it can be read"), printed),
        (ExitCode::from(1), String::new())
    );
}

#[test]
fn a_refusal_ends_with_1_and_a_sentence_and_its_errors_are_in_the_report() {
    let text = GOOD.replace("host: ", "host: https://");
    let Converted {
        outcome,
        printed,
        said,
        report,
        document,
    } = converted(&text, true, true, None);
    assert_eq!(outcome.expect("it can be read"), ExitCode::from(1));
    assert_eq!((printed.as_str(), document), ("", None));
    assert!(
        said.contains("error[HostInvalid]")
            && said.ends_with("in: refused: 1 error; no document is written\n")
    );
    let report = report.expect("there is one");
    let entry = &report["entries"][0];
    assert_eq!(
        (&entry["code"], &entry["kind"], &entry["pointer"], &entry["line"]),
        (
            &"HostInvalid".into(),
            &"refused".into(),
            &"/host".into(),
            &8.into()
        )
    );
    let fields: Vec<&String> = entry.as_object().expect("an object").keys().collect();
    assert_eq!(
        fields,
        ["code", "kind", "pointer", "line", "column", "message", "help"]
    );
}
