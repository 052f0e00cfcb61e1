//! Postman collections to OpenAPI 2.0. No client.

use super::Settings;
use super::document::Document;
use super::finding::Findings;
use super::format::Format;
use super::path::Path;
use super::report::Report;
use super::rule::Rule;

/// The OpenAPI 2.0 document that says the same, over the same text; nothing if it cannot be made, which has a finding
/// that says why.
pub(super) fn convert(
    document: &Document,
    format: Format,
    _settings: &Settings,
    _report: &mut Report,
    findings: &mut Findings,
) -> Option<Document> {
    let message = format!(
        "The description is {}, which is not accepted yet.",
        format.title()
    );
    findings.add(
        Rule::FormatNotAccepted,
        document.root().offset(),
        &Path::ROOT,
        message,
    );
    None
}
