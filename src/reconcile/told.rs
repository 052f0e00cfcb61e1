//! What status tells of a description: what it is, what is wrong with it, what its conversion lost. No client.

use super::{judge::counted, reason::Reason, status::Stop};
use crate::{
    connector::Remark,
    crd::status::{ConversionStatus, DefinitionStatus, FindingStatus, LossStatus, ValidationStatus},
    definition::{Checked, Entry, Finding, NoteKind, Rule, Severity},
    source::Fetched,
};

/// Findings, and losses, that status lists.
const LISTED: usize = 20;

/// What the description is.
pub(super) fn described_as(checked: &Checked, fetched: &Fetched) -> DefinitionStatus {
    let quoted = |text: &Option<String>| text.clone().filter(|_| !fetched.secret);
    DefinitionStatus {
        format: checked.format.map(|format| format.as_str().to_owned()),
        title: quoted(&checked.title),
        version: quoted(&checked.version),
        digest: Some(fetched.digest.clone()),
        size_bytes: i64::try_from(checked.size_bytes).ok(),
        operations: i64::try_from(checked.operations).ok(),
        source: Some(fetched.origin.clone()),
        revision: Some(fetched.revision.clone()),
    }
}

/// What status says of the findings. Advice about the description stays with the command line: it would double the
/// size of a sound connector's status, which the API server decodes, compares and encodes several times a write.
pub(super) fn found(checked: &Checked, remarks: &[Remark], secret: bool) -> ValidationStatus {
    let weighty = checked
        .findings
        .iter()
        .filter(|finding| finding.severity() < Severity::Info);
    let mut findings: Vec<(Severity, FindingStatus)> = weighty.map(|it| told(it, secret)).collect();
    findings.extend(remarks.iter().map(remarked));
    findings.sort_by_key(|(severity, _)| *severity);
    findings.truncate(LISTED);
    let remarked = remarks
        .iter()
        .filter(|remark| remark.severity == Severity::Warning)
        .count();
    ValidationStatus {
        errors: i64::try_from(checked.errors).unwrap_or(i64::MAX),
        warnings: i64::try_from(checked.warnings + remarked).unwrap_or(i64::MAX),
        waived: i64::try_from(checked.waived).ok().filter(|waived| *waived > 0),
        findings: findings.into_iter().map(|(_, finding)| finding).collect(),
    }
}

fn told(finding: &Finding, secret: bool) -> (Severity, FindingStatus) {
    let finding = if secret {
        finding.clone().without_quotes()
    } else {
        finding.clone()
    };
    let status = FindingStatus {
        code: finding.code().to_owned(),
        severity: finding.severity().as_str().to_owned(),
        line: finding.line.into(),
        column: finding.column.into(),
        help: finding.help().to_owned(),
        pointer: finding.pointer.clone(),
        message: finding.message.clone(),
    };
    (finding.severity(), status)
}

fn remarked(remark: &Remark) -> (Severity, FindingStatus) {
    let status = FindingStatus {
        code: remark.code.to_owned(),
        severity: remark.severity.as_str().to_owned(),
        pointer: remark.pointer.to_owned(),
        line: 1,
        column: 1,
        message: remark.message.clone(),
        help: remark.help.to_owned(),
    };
    (remark.severity, status)
}

/// The first error, with its place.
pub(super) fn refusal(checked: &Checked, secret: bool) -> Stop {
    let first = checked
        .findings
        .iter()
        .find(|finding| finding.severity() == Severity::Error);
    let Some(first) = first else {
        return Stop::new(
            Reason::InternalError,
            "the description was refused without a finding",
        );
    };
    let first = if secret {
        first.clone().without_quotes()
    } else {
        first.clone()
    };
    let reason = if first.rule == Rule::UnknownFormat {
        Reason::FormatNotSupported
    } else {
        Reason::DefinitionInvalid
    };
    let message = format!(
        "{}; the first, at line {}, column {}: {} {} [{}]",
        counted(checked.errors, "error"),
        first.line,
        first.column,
        first.message,
        first.help(),
        first.code(),
    );
    Stop::new(reason, message)
}

/// What its conversion lost. Nothing is lost of a description that is registered as it is.
pub(super) fn lost(checked: &Checked, secret: bool) -> ConversionStatus {
    let lost = || {
        let of_kind = |entry: &&Entry| matches!(entry.kind(), NoteKind::Lost | NoteKind::Refused);
        checked.report.iter().filter(of_kind)
    };
    ConversionStatus {
        lost_count: i64::try_from(lost().count()).unwrap_or(i64::MAX),
        lost: lost()
            .take(LISTED)
            .map(|entry| loss(entry.clone(), secret))
            .collect(),
    }
}

fn loss(entry: Entry, secret: bool) -> LossStatus {
    let entry = if secret { entry.without_quotes() } else { entry };
    LossStatus {
        code: entry.code().to_owned(),
        kind: entry.kind().as_str().to_owned(),
        line: entry.line.into(),
        column: entry.column.into(),
        help: entry.help().to_owned(),
        pointer: entry.pointer,
        message: entry.message,
    }
}

#[cfg(test)]
mod tests {
    use super::{Severity, found};
    use crate::definition::{Settings, check};

    #[test]
    fn status_tells_what_is_wrong_and_leaves_advice_to_the_command_line() {
        let text = r#"{
            "swagger": "2.0", "info": { "title": "Clock", "version": "1" }, "host": "clock.example.com",
            "paths": { "/time": { "get": { "operationId": "GetTime", "responses": { "200": { "description": "ok" } } } } }
        }"#;
        let checked = check(text.as_bytes(), &Settings::default());
        let advice = Severity::Info.as_str();
        assert!(
            checked
                .findings
                .iter()
                .any(|finding| finding.severity().as_str() == advice)
        );
        let told = found(&checked, &[], false);
        assert_eq!(told.findings.len(), checked.warnings);
        assert!(!told.findings.iter().any(|finding| finding.severity == advice));
    }
}
