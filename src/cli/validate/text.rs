//! Findings as lines for people and editors. No client.

use std::fmt::Write as _;

use super::super::excerpt::Excerpts;
use super::super::terminal::{Palette, Remark, counted};
use super::{Outcome, Totals};
use crate::definition::{Finding, Format, Severity};

/// Each finding with its place and what to do, errors and warnings with the line they are about; then a line on the
/// whole.
pub(super) fn print(outcome: Outcome<'_>, palette: &Palette) -> String {
    let Outcome { file, bytes, checked } = outcome;
    let mut excerpts = Excerpts::new(bytes, checked.format, &checked.findings);
    let mut text = String::new();
    for finding in &checked.findings {
        let Finding {
            rule: _,
            severity: _,
            pointer: _,
            line,
            column,
            message,
        } = finding;
        let severity = finding.severity();
        let excerpt = if severity == Severity::Info {
            None
        } else {
            excerpts.of(finding)
        };
        let remark = Remark {
            file,
            line: *line,
            column: *column,
            kind: severity.as_str(),
            severity,
            code: finding.code(),
            message,
            help: finding.help(),
        };
        remark.print(excerpt.as_ref(), palette, &mut text);
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

/// A line on all files.
pub(super) fn total(totals: &Totals) -> String {
    let Totals {
        files,
        errors,
        warnings,
        unread: _,
    } = totals;
    let (errors, warnings) = (counted(*errors, "error"), counted(*warnings, "warning"));
    format!("{}, {errors}, {warnings}\n", counted(*files, "description"))
}
