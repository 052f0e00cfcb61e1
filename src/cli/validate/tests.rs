use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::{Arguments, Output, run};
use crate::cli::Failure;
use crate::cli::judged;
use crate::cli::terminal::Palette;

const CODE_SCANNING: &str = include_str!("../../../tests/fixtures/sarif.schema.json");
const GOOD: &str = include_str!("../../../tests/fixtures/definition/good.yaml");

fn arguments(output: Output, files: Vec<PathBuf>) -> Arguments {
    Arguments {
        output,
        judged: judged::Arguments::default(),
        explain: None,
        files,
    }
}

/// Validates files with these contents, named by their place in the list; what comes out, their folder left off.
fn validated(output: Output, contents: &[&str]) -> (Result<ExitCode, Failure>, String) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = |index: usize| folder.path().join(index.to_string());
    for (index, content) in contents.iter().enumerate() {
        fs::write(path(index), content).expect("a temporary file can be written");
    }
    let mut printed = Vec::new();
    let arguments = arguments(output, (0..contents.len()).map(path).collect());
    let outcome = run(&arguments, &Palette::default(), &mut printed);
    let printed = String::from_utf8(printed).expect("output is UTF-8");
    (
        outcome,
        printed.replace(&format!("{}/", folder.path().display()), ""),
    )
}

#[test]
fn descriptions_without_errors_end_with_0() {
    let (outcome, printed) = validated(Output::Text, &[GOOD]);
    assert_eq!(outcome.expect("the file can be read"), ExitCode::SUCCESS);
    assert_eq!(printed, "0: openapi-2.0, 3 operations, 0 errors, 0 warnings\n");
}

#[test]
fn an_error_ends_with_1_and_is_printed_with_its_place_its_line_and_its_help() {
    let (outcome, printed) = validated(Output::Text, &[&GOOD.replace("host: ", "host: https://"), GOOD]);
    assert_eq!(outcome.expect("the files can be read"), ExitCode::from(1));
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "0:8:7: error[HostInvalid]: \"https://invoices.example.com\" is not a bare host name with an optional port.",
            "   8 | host: https://invoices.example.com",
            "     |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        ]
    );
    assert!(lines[3].starts_with("    help: Write only the host"));
    assert_eq!(lines[4], "0: openapi-2.0, 3 operations, 1 error, 0 warnings");
    assert_eq!(lines[5], "1: openapi-2.0, 3 operations, 0 errors, 0 warnings");
    assert_eq!(lines[6..], ["2 descriptions, 1 error, 0 warnings"]);
}

#[test]
fn colours_change_nothing_but_colours() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("a.yaml");
    fs::write(&path, GOOD.replace("host: ", "host: https://")).expect("it can be written");
    let printed = |palette: &Palette| {
        let mut printed = Vec::new();
        let outcome = run(
            &arguments(Output::Text, vec![path.clone()]),
            palette,
            &mut printed,
        );
        assert_eq!(outcome.expect("it can be read"), ExitCode::from(1));
        String::from_utf8(printed).expect("output is UTF-8")
    };
    let (coloured, plain) = (printed(&Palette::coloured()), printed(&Palette::default()));
    assert!(coloured.contains("\u{1b}[") && !plain.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn json_is_one_object_a_file_with_the_documented_fields() {
    let (_, printed) = validated(Output::Json, &[GOOD, "a: b"]);
    let objects: Vec<Value> = serde_json::Deserializer::from_str(&printed)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("the output is JSON");
    assert_eq!(
        objects[0],
        serde_json::json!({
            "file": "0", "format": "openapi-2.0", "sizeBytes": GOOD.len(), "operations": 3,
            "errors": 0, "warnings": 0, "findings": []
        })
    );
    assert_eq!(
        (&objects[1]["format"], &objects[1]["errors"]),
        (&Value::Null, &1.into())
    );
    let fields: Vec<&String> = objects[1]["findings"][0]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    assert_eq!(
        fields,
        ["code", "severity", "pointer", "line", "column", "message", "help"]
    );
}

#[test]
fn sarif_is_one_log_that_leads_to_each_rule_and_each_place() {
    let (_, printed) = validated(
        Output::Sarif,
        &[GOOD, &GOOD.replace("host: ", "host: https://"), "a: b"],
    );
    let log: Value = serde_json::from_str(&printed).expect("the log is JSON");
    let run = &log["runs"][0];
    assert_eq!(
        (&log["version"], &run["artifacts"][2]["length"]),
        (&"2.1.0".into(), &4.into())
    );
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("a small one");
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(
            (&rule["id"], &rule["defaultConfiguration"]["level"]),
            (&result["ruleId"], &result["level"])
        );
    }
    let location = &results[0]["locations"][0];
    assert_eq!(
        location["physicalLocation"]["region"],
        serde_json::json!({"startLine": 8, "startColumn": 7, "endLine": 8, "endColumn": 35})
    );
    assert_eq!(location["physicalLocation"]["artifactLocation"]["index"], 1);
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "/host");
    // A pointer to the whole document names nothing in it.
    assert_eq!(results[1]["locations"][0].get("logicalLocations"), None);
}

/// A log of faults of many kinds, of files with odd names and of one that is not there.
#[test]
fn a_log_holds_what_code_scanning_asks_for() {
    let schema: Value = serde_json::from_str(CODE_SCANNING).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let faulty = GOOD
        .replace("host: ", "host: https://")
        .replace("type: string", "type: text");
    let collection = "{\"info\": {\"schema\": \"collection/v2.1.0/\"}, \"item\": [{\"request\": \"\"}]}";
    for (name, content) in [
        ("a b#1%.yaml", faulty.as_str()),
        ("é:[x].json", "{\"swagger\": \"2.0\",}"),
        ("empty", ""),
        ("collection", collection),
    ] {
        fs::write(folder.path().join(name), content).expect("it can be written");
    }
    let mut files: Vec<PathBuf> = fs::read_dir(folder.path())
        .expect("the folder is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .collect();
    files.push(folder.path().join("absent"));
    let mut printed = Vec::new();
    let outcome = run(
        &arguments(Output::Sarif, files),
        &Palette::default(),
        &mut printed,
    );
    assert!(outcome.is_err());
    let log: Value = serde_json::from_slice(&printed).expect("the log is JSON");
    let wrong: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(wrong, Vec::<String>::new(), "{log:#}");
    let results = log["runs"][0]["results"].as_array().map_or(0, Vec::len);
    assert!(results > 10, "{results}");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn github_gets_a_command_for_each_finding() {
    let (_, printed) = validated(Output::Github, &[&GOOD.replace("host: ", "host: https://")]);
    let lines: Vec<&str> = printed.lines().collect();
    assert!(
        lines[0].contains(
            "0,line=8,col=7,title=HostInvalid::\"https://invoices.example.com\" is not a bare host name with an \
             optional port. Write only the host, such as api.example.com or api.example.com:8443; the path goes \
             into basePath."
        ) && lines[0].starts_with("::error file="),
        "{printed}"
    );
    assert_eq!(lines[1..], ["1 description, 1 error, 0 warnings"]);
}

#[test]
fn of_a_folder_only_descriptions_are_spoken_of() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (name, content) in [
        ("a.yaml", GOOD),
        ("b.json", "{\"name\": \"a package\"}"),
        ("c.json", "{\"swagger\": \"2.0\",}"),
    ] {
        fs::write(folder.path().join(name), content).expect("it can be written");
    }
    let mut printed = Vec::new();
    let outcome = run(
        &arguments(Output::Text, vec![folder.path().to_owned()]),
        &Palette::default(),
        &mut printed,
    );
    assert_eq!(outcome.expect("all can be read"), ExitCode::from(1));
    let printed = String::from_utf8(printed).expect("output is UTF-8");
    assert!(printed.contains("a.yaml: openapi-2.0") && printed.contains("c.json:1:18: error[TrailingComma]"));
    assert!(
        !printed.contains("b.json") && printed.contains("2 descriptions, "),
        "{printed}"
    );
}

#[test]
fn a_file_that_is_not_there_is_named_and_the_others_are_checked() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let good = folder.path().join("good.yaml");
    fs::write(&good, GOOD).expect("a temporary file can be written");
    let absent = folder.path().join("absent.yaml");
    let mut printed = Vec::new();
    let failure = run(
        &arguments(Output::Text, vec![absent.clone(), good]),
        &Palette::default(),
        &mut printed,
    )
    .expect_err("a file is not there");
    assert!(format!("{failure:?}").contains(&absent.display().to_string()));
    assert!(String::from_utf8_lossy(&printed).contains("3 operations"));
}

#[test]
fn a_file_too_large_is_read_no_further_than_it_is_checked() {
    let large = format!("{GOOD}{}", "\n".repeat(9 * 1024 * 1024));
    let (outcome, printed) = validated(Output::Json, &[&large]);
    assert_eq!(outcome.expect("the file can be read"), ExitCode::from(1));
    assert!(printed.contains("InputTooLarge") && printed.contains(&format!("\"sizeBytes\":{}", large.len())));
}

#[test]
fn a_code_is_explained_without_a_file() {
    let mut printed = Vec::new();
    let arguments = Arguments {
        explain: Some("HostMissing".to_owned()),
        ..arguments(Output::Text, Vec::new())
    };
    let outcome = run(&arguments, &Palette::default(), &mut printed);
    assert_eq!(outcome.expect("it is known"), ExitCode::SUCCESS);
    assert!(String::from_utf8_lossy(&printed).starts_with("HostMissing: error"));
}
