//! `validate`: the controller's own checks of descriptions, offline. No client.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use serde::Serialize;

use super::Failure;
use crate::definition::{self, Checked, Finding, Format, Settings};

/// Check API descriptions as the controller would, without a cluster.
///
/// Ends with 0 if no description has an error, with 1 if one has, and with 2 if a file could not be read.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How findings are printed: as lines for people and editors, or as one JSON object a file
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Output::Text)]
    output: Output,
    /// The descriptions: OpenAPI 2.0 as JSON or YAML; - reads standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Output {
    Text,
    Json,
}

/// Checks each file and prints what was found; files that cannot be read do not keep the others from being checked.
pub(super) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<ExitCode, Failure> {
    let Arguments { output: form, files } = arguments;
    let settings = Settings::default();
    let mut output = io::BufWriter::new(output);
    let mut any_error = false;
    let mut unread: Vec<String> = Vec::new();
    let mut bytes = Vec::new();
    for file in files {
        let size = match read(file, settings.limits.bytes, &mut bytes) {
            Ok(size) => size,
            Err(error) => {
                unread.push(format!("{file}: {error}"));
                continue;
            }
        };
        let checked = Checked {
            size_bytes: size,
            ..definition::check(&bytes, &settings)
        };
        any_error |= checked.errors > 0;
        let report = match form {
            Output::Text => text(file, &checked),
            Output::Json => json(file, &checked).map_err(Failure::of("cannot write the findings as JSON"))?,
        };
        output
            .write_all(report.as_bytes())
            .map_err(Failure::of("cannot write to standard output"))?;
    }
    output
        .flush()
        .map_err(Failure::of("cannot write to standard output"))?;
    if !unread.is_empty() {
        return Err(Failure::of("cannot read every file")(unread.join("; ")));
    }
    Ok(if any_error {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

/// Reads into `bytes` as much of a file as is worth reading: one byte more than the most that is checked. Returns its
/// whole size in bytes, as far as that is known.
fn read(file: &str, most: usize, bytes: &mut Vec<u8>) -> io::Result<u64> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    bytes.clear();
    let length = if file == "-" {
        io::stdin().lock().take(limit).read_to_end(bytes)?;
        0
    } else {
        let opened = File::open(file)?;
        let length = opened.metadata()?.len();
        opened.take(limit).read_to_end(bytes)?;
        length
    };
    Ok(length.max(bytes.len() as u64))
}

fn text(file: &str, checked: &Checked) -> String {
    let mut text = String::new();
    for finding in &checked.findings {
        let Finding {
            rule: _,
            pointer: _,
            line,
            column,
            message,
        } = finding;
        let (severity, code, help) = (finding.severity().as_str(), finding.code(), finding.help());
        // Writing into a string cannot fail.
        let _written = writeln!(
            text,
            "{file}:{line}:{column}: {severity}[{code}]: {message}\n    help: {help}"
        );
    }
    let format = checked.format.map_or("unknown format", Format::as_str);
    let _written = writeln!(
        text,
        "{file}: {format}, {}, {}, {}",
        counted(checked.operations, "operation"),
        counted(checked.errors, "error"),
        counted(checked.warnings, "warning"),
    );
    text
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'r> {
    file: &'r str,
    format: Option<Format>,
    size_bytes: u64,
    operations: usize,
    errors: usize,
    warnings: usize,
    findings: &'r [Finding],
}

fn json(file: &str, checked: &Checked) -> serde_json::Result<String> {
    let Checked {
        format,
        size_bytes,
        operations,
        errors,
        warnings,
        ref findings,
        ..
    } = *checked;
    let mut text = serde_json::to_string(&Report {
        file,
        format,
        size_bytes,
        operations,
        errors,
        warnings,
        findings,
    })?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::ExitCode;

    use super::{Arguments, Output, run};
    use crate::cli::Failure;

    const GOOD: &str = include_str!("../../tests/fixtures/definition/good.yaml");

    /// Validates files with these contents, named by their place in the list; what comes out, their folder left off.
    fn validated(output: Output, contents: &[&str]) -> (Result<ExitCode, Failure>, String) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = |index: usize| folder.path().join(index.to_string()).display().to_string();
        for (index, content) in contents.iter().enumerate() {
            fs::write(path(index), content).expect("a temporary file can be written");
        }
        let files = (0..contents.len()).map(path).collect();
        let mut printed = Vec::new();
        let outcome = run(&Arguments { output, files }, &mut printed);
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
    fn an_error_ends_with_1_and_is_printed_with_its_place_and_its_help() {
        let (outcome, printed) = validated(Output::Text, &[&GOOD.replace("host: ", "host: https://"), GOOD]);
        assert_eq!(outcome.expect("the files can be read"), ExitCode::from(1));
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(
            lines[0],
            "0:7:7: error[HostInvalid]: \"https://invoices.example.com\" is not a bare host name with an optional port."
        );
        assert!(lines[1].starts_with("    help: Write only the host"));
        assert_eq!(lines[2], "0: openapi-2.0, 3 operations, 1 error, 0 warnings");
        assert_eq!(lines[3], "1: openapi-2.0, 3 operations, 0 errors, 0 warnings");
    }

    #[test]
    fn json_is_one_object_a_file_with_the_documented_fields() {
        let (_, printed) = validated(Output::Json, &[GOOD, "a: b"]);
        let objects: Vec<serde_json::Value> = serde_json::Deserializer::from_str(&printed)
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
            (&serde_json::Value::Null, &1.into())
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
    fn a_file_that_is_not_there_is_named_and_the_others_are_checked() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let good = folder.path().join("good.yaml");
        fs::write(&good, GOOD).expect("a temporary file can be written");
        let absent = folder.path().join("absent.yaml").display().to_string();
        let arguments = Arguments {
            output: Output::Text,
            files: vec![absent.clone(), good.display().to_string()],
        };
        let mut printed = Vec::new();
        let failure = run(&arguments, &mut printed).expect_err("a file is not there");
        assert!(format!("{failure:?}").contains(&absent));
        assert!(String::from_utf8_lossy(&printed).contains("3 operations"));
    }

    #[test]
    fn a_file_too_large_is_read_no_further_than_it_is_checked() {
        let large = format!("{GOOD}{}", "\n".repeat(9 * 1024 * 1024));
        let (outcome, printed) = validated(Output::Json, &[&large]);
        assert_eq!(outcome.expect("the file can be read"), ExitCode::from(1));
        assert!(
            printed.contains("InputTooLarge") && printed.contains(&format!("\"sizeBytes\":{}", large.len()))
        );
    }
}
