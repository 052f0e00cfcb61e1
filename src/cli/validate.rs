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
    /// How findings are printed: as lines for people and editors, or as one JSON object a file.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// The descriptions: OpenAPI 2.0 as JSON or YAML; - reads standard input.
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
    for file in files {
        let Description { bytes, size } = match read(file, settings.limits.bytes) {
            Ok(description) => description,
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

struct Description {
    /// As much of it as is worth reading: one byte more than the most that is checked.
    bytes: Vec<u8>,
    /// Its whole size in bytes, as far as that is known.
    size: u64,
}

fn read(file: &str, most: usize) -> io::Result<Description> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let length = if file == "-" {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
        0
    } else {
        let opened = File::open(file)?;
        let length = opened.metadata()?.len();
        opened.take(limit).read_to_end(&mut bytes)?;
        length
    };
    let size = length.max(bytes.len() as u64);
    Ok(Description { bytes, size })
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
