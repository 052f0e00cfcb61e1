//! `validate`: the controller's own checks of descriptions, offline. No client.

mod explain;
mod github;
mod json;
mod sarif;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::Failure;
use super::input::{self, Input};
use super::judged;
use super::terminal::{Palette, Progress};
use crate::definition::{Checked, Settings};

/// Check API descriptions as the controller would, without a cluster.
///
/// Ends with 0 if no description has an error, with 1 if one has, and with 2 if a file could not be read.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How findings are printed: as lines for people and editors, as one JSON object a file, as one SARIF 2.1.0 log, or
    /// as annotations of a GitHub workflow
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    judged: judged::Arguments,
    /// Tell about one code of a finding or of a conversion's report, and check nothing
    #[arg(long, value_name = "CODE", exclusive = true)]
    explain: Option<String>,
    /// The descriptions: OpenAPI 2.0, 3.0 and 3.1 as JSON or YAML, Postman collections. Of a folder, every description
    /// in it and below; - reads standard input
    #[arg(value_name = "FILE", required_unless_present = "explain")]
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Output {
    Text,
    Json,
    Sarif,
    Github,
}

/// A description, and what was found.
#[derive(Clone, Copy, Debug)]
struct Outcome<'o> {
    file: &'o str,
    bytes: &'o [u8],
    checked: &'o Checked,
}

/// What was found in all files together.
#[derive(Debug, Default)]
struct Totals {
    files: usize,
    errors: usize,
    warnings: usize,
    unread: Vec<input::Unread>,
}

/// Checks each file and prints what was found; files that cannot be read do not keep the others from being checked.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Arguments {
        output: form,
        judged,
        explain,
        files,
    } = arguments;
    let cannot_write = "cannot write to standard output";
    if let Some(code) = explain {
        let told = explain::tell(code).map_err(Failure::of("cannot explain"))?;
        output
            .write_all(told.as_bytes())
            .map_err(Failure::of(cannot_write))?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = judged.settings();
    let mut totals = Totals::default();
    let inputs = input::find(files, &mut totals.unread);
    let mut output = io::BufWriter::new(output);
    let mut log = sarif::Log::default();
    let mut progress = Progress::of(inputs.len());
    let mut bytes = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        progress.tell(index);
        let name = input.name();
        let Some(checked) = check(input, &settings, &mut bytes, &mut totals.unread) else {
            continue;
        };
        totals.files += 1;
        totals.errors += checked.errors;
        totals.warnings += checked.warnings;
        let outcome = Outcome {
            file: &name,
            bytes: &bytes,
            checked: &checked,
        };
        let printed = match form {
            Output::Text => text::print(outcome, palette),
            Output::Json => json::print(outcome).map_err(Failure::of("cannot write the findings as JSON"))?,
            Output::Github => github::print(outcome),
            Output::Sarif => {
                log.add(outcome);
                String::new()
            }
        };
        output
            .write_all(printed.as_bytes())
            .map_err(Failure::of(cannot_write))?;
    }
    drop(progress);
    let end = match form {
        Output::Text if totals.files != 1 => text::total(&totals),
        Output::Text | Output::Json => String::new(),
        Output::Github => text::total(&totals),
        Output::Sarif => log
            .finish(&totals.unread)
            .map_err(Failure::of("cannot write the log as JSON"))?,
    };
    output
        .write_all(end.as_bytes())
        .map_err(Failure::of(cannot_write))?;
    output.flush().map_err(Failure::of(cannot_write))?;
    let Totals { errors, unread, .. } = totals;
    if !unread.is_empty() {
        return Err(Failure::of("cannot read every file")(unread.join("; ")));
    }
    Ok(if errors > 0 {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

/// What is to be said of one file; nothing if it cannot be read, or is no description and was only found in a folder.
fn check(
    input: &Input,
    settings: &Settings,
    bytes: &mut Vec<u8>,
    unread: &mut Vec<input::Unread>,
) -> Option<Checked> {
    let checked = judged::check(input, settings, bytes)
        .map_err(|error| unread.push(format!("{}: {error}", input.name())))
        .ok()?;
    let is_meant = input.is_named || checked.format.is_some() || input::is_meant_as_description(bytes);
    is_meant.then_some(checked)
}

#[cfg(test)]
mod tests;
