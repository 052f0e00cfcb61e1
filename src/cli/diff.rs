//! `diff`: what changed between two descriptions, seen from a workflow that uses the connector. No client.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use super::Failure;
use super::judged::{self, Description};
use super::terminal::Palette;
use crate::definition::{Change, ConnectorDocument, Impact, compare};

/// Tell what changed between two API descriptions, and what that means for workflows that use the connector.
///
/// Ends with 0 if nothing breaks them, with 1 if something does, and with 2 if a description could not be read or is
/// refused.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How changes are printed: as lines for people and editors, or as one JSON object
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Output::Text)]
    output: Output,
    #[command(flatten)]
    judged: judged::Arguments,
    /// The description as it was, in any accepted format; - reads standard input
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The description as it is, in any accepted format; - reads standard input
    #[arg(value_name = "NEW")]
    new: PathBuf,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Output {
    Text,
    Json,
}

#[derive(Serialize)]
struct Report<'r> {
    old: &'r str,
    new: &'r str,
    breaking: usize,
    compatible: usize,
    cosmetic: usize,
    changes: &'r [Change],
}

/// Compares two files and prints what changed to `output`. Why a description is refused goes to `remarks`.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
    remarks: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Arguments {
        output: form,
        judged,
        old,
        new,
    } = arguments;
    let mut accepted = |path: &Path| accepted(path, judged, remarks);
    let (Some(before), Some(after)) = (accepted(old)?, accepted(new)?) else {
        return Ok(ExitCode::from(2));
    };
    let changes = compare(&before, &after);
    let count = |impact: Impact| changes.iter().filter(|change| change.impact() == impact).count();
    let report = Report {
        old: &old.display().to_string(),
        new: &new.display().to_string(),
        breaking: count(Impact::Breaking),
        compatible: count(Impact::Compatible),
        cosmetic: count(Impact::Cosmetic),
        changes: &changes,
    };
    let text = match form {
        Output::Text => text(&report, palette),
        Output::Json => {
            serde_json::to_string(&report).map_err(Failure::of("cannot write the changes as JSON"))? + "\n"
        }
    };
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(Failure::of("cannot write to standard output"))?;
    Ok(if report.breaking > 0 {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

/// The document that would be registered; `None` if the description is refused, which is then told.
fn accepted(
    path: &Path,
    judged: &judged::Arguments,
    remarks: &mut impl Write,
) -> Result<Option<ConnectorDocument>, Failure> {
    let mut description = Description::read(path, &judged.settings(), "cannot read a description")?;
    let connector = description.checked.connector.take();
    if connector.is_none() {
        let text = description.refusal(&Palette::of_stderr(), "nothing is compared");
        remarks
            .write_all(text.as_bytes())
            .map_err(Failure::of("cannot write to standard error"))?;
    }
    Ok(connector)
}

/// A line for each change, with its place in the new description or, of what is gone, in the old one; then the counts.
fn text(report: &Report<'_>, palette: &Palette) -> String {
    let Report {
        old,
        new,
        breaking,
        compatible,
        cosmetic,
        changes,
    } = report;
    let mut text = String::new();
    for change in *changes {
        let Change {
            kind: _,
            operation,
            message,
            old: before,
            new: after,
        } = change;
        let (file, place) = match (after, before) {
            (Some(after), _) => (new, Some(after)),
            (None, before) => (old, before.as_ref()),
        };
        let (line, column) = place.map_or((1, 1), |place| (place.line, place.column));
        let (colour, impact, code) = (
            palette.of_impact(change.impact()),
            change.impact().as_str(),
            change.code(),
        );
        let whose = operation
            .as_ref()
            .map(|name| format!(" ({name})"))
            .unwrap_or_default();
        // Writing into a string cannot fail.
        let _written = writeln!(
            text,
            "{file}:{line}:{column}: {colour}{impact}[{code}]{colour:#}: {message}{whose}"
        );
        if let (Some(before), Some(_)) = (before, after) {
            let _written = writeln!(text, "    was: {old}:{}:{}", before.line, before.column);
        }
    }
    let _written = writeln!(
        text,
        "{old} → {new}: {breaking} breaking, {compatible} compatible, {cosmetic} cosmetic"
    );
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::ExitCode;

    use serde_json::Value;

    use super::{Arguments, Output, run};
    use crate::cli::Failure;
    use crate::cli::judged;
    use crate::cli::terminal::Palette;

    const GOOD: &str = include_str!("../../tests/fixtures/definition/good.yaml");

    /// Compares files `old` and `new` with these contents; what is printed, and what is said beside it.
    fn compared(output: Output, old: &str, new: &str) -> (Result<ExitCode, Failure>, String, String) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = |name: &str| folder.path().join(name);
        for (name, content) in [("old", old), ("new", new)] {
            fs::write(path(name), content).expect("a temporary file can be written");
        }
        let arguments = Arguments {
            output,
            judged: judged::Arguments::default(),
            old: path("old"),
            new: path("new"),
        };
        let (mut printed, mut said) = (Vec::new(), Vec::new());
        let outcome = run(&arguments, &Palette::default(), &mut printed, &mut said);
        let plain = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("output is UTF-8");
            text.replace(&format!("{}/", folder.path().display()), "")
        };
        (outcome, plain(printed), plain(said))
    }

    #[test]
    fn the_same_description_has_no_changes_and_ends_with_0() {
        let (outcome, printed, _) = compared(Output::Text, GOOD, GOOD);
        assert_eq!(outcome.expect("both can be read"), ExitCode::SUCCESS);
        assert_eq!(printed, "old → new: 0 breaking, 0 compatible, 0 cosmetic\n");
    }

    #[test]
    fn an_operation_that_is_gone_breaks_workflows_and_ends_with_1() {
        let renamed = GOOD.replace("operationId: ListInvoices", "operationId: Invoices");
        assert_ne!(renamed, GOOD, "the good description has that operation");
        let (outcome, printed, _) = compared(Output::Text, GOOD, &renamed);
        assert_eq!(outcome.expect("both can be read"), ExitCode::from(1));
        let first = printed.lines().next().expect("there is a line");
        assert!(
            first.starts_with("old:") && first.contains(": breaking[OperationRemoved]: "),
            "{printed}"
        );
        let (_, printed, _) = compared(Output::Json, GOOD, &renamed);
        let report: Value = serde_json::from_str(&printed).expect("it is JSON");
        assert_eq!(
            (
                &report["breaking"],
                &report["changes"][0]["code"],
                &report["changes"][0]["class"]
            ),
            (&1.into(), &"OperationRemoved".into(), &"breaking".into())
        );
    }

    #[test]
    fn a_description_that_is_refused_is_not_compared_and_ends_with_2() {
        let wrong = GOOD.replace("host: ", "host: https://");
        let (outcome, printed, said) = compared(Output::Text, GOOD, &wrong);
        assert_eq!(outcome.expect("both can be read"), ExitCode::from(2));
        assert_eq!(printed, "");
        assert!(
            said.contains("error[HostInvalid]")
                && said.ends_with("new: refused: 1 error; nothing is compared\n")
        );
    }
}
