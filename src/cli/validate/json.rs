//! Findings as one JSON object a file. No client.

use serde::Serialize;

use super::Outcome;
use crate::definition::{Checked, Finding, Format};

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

/// The object, on a line of its own.
pub(super) fn print(outcome: Outcome<'_>) -> serde_json::Result<String> {
    let Outcome {
        file,
        bytes: _,
        checked,
    } = outcome;
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
