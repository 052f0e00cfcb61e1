//! `convert`: any accepted format to the OpenAPI 2.0 document that would be registered. No client.

mod pretty;
pub(super) mod save;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::Failure;
use super::judged::{self, Description};
use super::terminal::{Palette, Remark, counted};
use crate::connector;
use crate::definition::{
    self, Checked, ConnectorDocument, Entry, Finding, Format, NoteKind, Rule, Settings, Severity,
};

/// Stands for an address that the resource is going to give: any does, since none is written into the document.
const ELSEWHERE: &str = "https://service.invalid";

/// Convert an API description to the OpenAPI 2.0 document that would be registered, and report what was lost.
///
/// Ends with 0 and the document, with 1 and a sentence if the description cannot be registered, and with 2 if a file
/// could not be read or written. A description that lacks nothing but its host is converted without one, since
/// spec.serviceUrl can give it; the report says so.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write the document into this file instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write what was lost, changed, merged or refused into this file, as JSON, instead of to standard error
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the document without white space, as it is sent
    #[arg(long)]
    compact: bool,
    #[command(flatten)]
    judged: judged::Arguments,
    /// The description: OpenAPI 2.0, 3.0 or 3.1 as JSON or YAML, or a Postman collection; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// One line of the report: an entry of a conversion, or an error that kept it from being made.
#[derive(Serialize)]
struct Line<'l> {
    code: &'l str,
    kind: NoteKind,
    pointer: &'l str,
    line: u32,
    column: u32,
    message: &'l str,
    help: &'l str,
}

#[derive(Serialize)]
struct Report<'r> {
    file: &'r str,
    format: Option<Format>,
    entries: &'r [Line<'r>],
}

/// Converts one file. The document goes to `output` or into a file, the report into a file or to `remarks`.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
    remarks: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let Arguments {
        output: document_file,
        report,
        compact,
        judged,
        file,
    } = arguments;
    let settings = judged.settings();
    let mut description = Description::read(file, &settings, "cannot read the description")?;
    if lacks_only_its_host(&description.checked) {
        description.checked = without_host(&description.bytes, settings, description.checked);
    }
    let connector = description.checked.connector.take();
    let Description { name, checked, .. } = &description;
    let lines = lines(checked, connector.is_some());
    match report {
        Some(path) => {
            let report = Report {
                file: name,
                format: checked.format,
                entries: &lines,
            };
            let mut text =
                serde_json::to_vec_pretty(&report).map_err(Failure::of("cannot write the report as JSON"))?;
            text.push(b'\n');
            save::whole(path, &text).map_err(Failure::of("cannot write the report"))?;
        }
        None => tell(name, &lines, palette, remarks)?,
    }
    let summary = summary(name, checked, &lines);
    let Some(mut connector) = connector else {
        let text = description.refusal(palette, "no document is written");
        return say(remarks, &text).map(|()| ExitCode::from(1));
    };
    if let Some(url) = &judged.service_url {
        connector::set_service_url(&mut connector, url).map_err(Failure::of("cannot use the service URL"))?;
    }
    let text = written(&connector, *compact);
    match document_file {
        Some(path) => save::whole(path, text.as_bytes()).map_err(Failure::of("cannot write the document"))?,
        None => output
            .write_all(text.as_bytes())
            .and_then(|()| output.flush())
            .map_err(Failure::of("cannot write to standard output"))?,
    }
    say(remarks, &summary).map(|()| ExitCode::SUCCESS)
}

fn errors(checked: &Checked) -> impl Iterator<Item = &Finding> {
    let findings = checked.findings.iter();
    findings.filter(|finding| finding.severity() == Severity::Error)
}

fn lacks_only_its_host(checked: &Checked) -> bool {
    checked.errors > 0 && errors(checked).all(|finding| finding.rule == Rule::HostMissing)
}

/// The same description, judged as if its address were given; what was missing stays among the findings.
fn without_host(bytes: &[u8], settings: Settings, former: Checked) -> Checked {
    let settings = Settings {
        service_url: Some(ELSEWHERE.to_owned()),
        ..settings
    };
    let mut checked = definition::check(bytes, &settings);
    let missing = former.findings.into_iter();
    let missing = missing.filter(|finding| finding.rule == Rule::HostMissing);
    checked.findings.splice(0..0, missing);
    checked
}

/// The document as people read it, or as it is sent.
fn written(connector: &ConnectorDocument, compact: bool) -> String {
    let text = connector.to_json();
    let mut text = if compact { text } else { pretty::print(&text) };
    text.push('\n');
    text
}

impl<'l> Line<'l> {
    fn of_entry(entry: &'l Entry) -> Self {
        let Entry {
            note,
            pointer,
            line,
            column,
            message,
        } = entry;
        let (code, kind, help) = (note.code(), note.kind(), note.help());
        Self {
            code,
            kind,
            pointer,
            line: *line,
            column: *column,
            message,
            help,
        }
    }

    fn of_error(finding: &'l Finding, kind: NoteKind) -> Self {
        let Finding {
            rule,
            severity: _,
            pointer,
            line,
            column,
            message,
        } = finding;
        let (code, help) = (rule.code(), rule.help());
        Self {
            code,
            kind,
            pointer,
            line: *line,
            column: *column,
            message,
            help,
        }
    }
}

/// The entries of the conversion and, where it came to no document, the errors that are why; by their places. Where it
/// came to one, a host may be missing.
fn lines(checked: &Checked, is_converted: bool) -> Vec<Line<'_>> {
    let kind = if is_converted {
        NoteKind::Lost
    } else {
        NoteKind::Refused
    };
    let entries = checked.report.iter().map(Line::of_entry);
    let errors = errors(checked).map(|finding| Line::of_error(finding, kind));
    let mut lines: Vec<Line<'_>> = errors.chain(entries).collect();
    lines.sort_by_key(|line| (line.line, line.column));
    lines
}

/// Prints what a conversion did. Errors that kept it from being made are told with the refusal.
fn tell(name: &str, lines: &[Line<'_>], palette: &Palette, remarks: &mut impl Write) -> Result<(), Failure> {
    let is_error = |line: &&Line<'_>| {
        line.kind == NoteKind::Refused && Rule::ALL.iter().any(|rule| rule.code() == line.code)
    };
    let mut text = String::new();
    for line in lines.iter().filter(|line| !is_error(line)) {
        let severity = match line.kind {
            NoteKind::Lost | NoteKind::Refused => Severity::Warning,
            NoteKind::Changed | NoteKind::Merged => Severity::Info,
        };
        let remark = Remark {
            file: name,
            line: line.line,
            column: line.column,
            kind: line.kind.as_str(),
            severity,
            code: line.code,
            message: line.message,
            help: line.help,
        };
        remark.print(None, palette, &mut text);
    }
    say(remarks, &text)
}

/// A line on what became of the description.
fn summary(name: &str, checked: &Checked, lines: &[Line<'_>]) -> String {
    let count = |kind: NoteKind| lines.iter().filter(|line| line.kind == kind).count();
    let kinds = [
        NoteKind::Lost,
        NoteKind::Changed,
        NoteKind::Merged,
        NoteKind::Refused,
    ];
    let counts: Vec<String> = kinds
        .iter()
        .map(|kind| format!("{} {}", count(*kind), kind.as_str()))
        .collect();
    let format = checked.format.map_or("unknown format", Format::as_str);
    let operations = counted(checked.operations, "operation");
    format!("{name}: {format}, {operations}; {}\n", counts.join(", "))
}

fn say(remarks: &mut impl Write, text: &str) -> Result<(), Failure> {
    let said: io::Result<()> = remarks.write_all(text.as_bytes());
    said.map_err(Failure::of("cannot write to standard error"))
}

#[cfg(test)]
mod tests;
