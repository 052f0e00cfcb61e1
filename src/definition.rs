//! API descriptions: bytes in, findings and a connector document out. No client.
//!
//! [`check`] is the whole of it: it reads JSON or YAML into one [`Document`] that knows where everything stands, tells
//! the format, converts what is not OpenAPI 2.0 (keeping the places, and a report of what could not be carried over as
//! it was), and walks the result against the rules in [`Rule`]. It never panics, and what it costs is bounded by
//! [`Limits`], whatever the bytes are. Nothing here knows of Kubernetes or of the network.

mod compare;
mod connector_document;
mod conversion;
mod document;
mod finding;
mod format;
mod names;
mod note;
mod openapi2;
mod openapi3;
mod origin;
mod path;
mod postman;
mod read;
mod report;
mod rule;
mod security;
mod target;
mod trim;
mod waiver;
mod write;

pub use compare::{Change, ChangeKind, Impact, Place, compare};
pub use connector_document::{ConnectorDocument, Info};
pub use document::{Document, Items, Member, Members, Node, NodeId, Value};
pub use finding::{Finding, Severity};
pub use format::Format;
pub use note::{Note, NoteKind};
pub use read::Limits;
pub use report::Entry;
pub use rule::{Profile, Rule, UNMATCHED};
pub use security::{KeyLocation, OAuthFlow, SecurityKind, SecurityScheme};
pub use trim::Operations;
pub use waiver::Waiver;

use self::connector_document::Repair;
use self::finding::Findings;
use self::path::Path;

/// What a check depends on besides the description.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Settings {
    /// What the description may cost.
    pub limits: Limits,
    /// Where the API answers, if the caller says so and will [set](ConnectorDocument::set_service) it: what the
    /// description says of it, or leaves out, is no finding. Of several hosts, this one is the connector's.
    pub service_url: Option<String>,
    /// The caller says how the API authenticates and will [replace](ConnectorDocument::replace_security) what the
    /// description says of it.
    pub authentication: bool,
    /// Which operations are wanted; of the others nothing is judged or registered.
    pub operations: Operations,
    /// What the description is judged for.
    pub profile: Profile,
    /// Findings that are accepted.
    pub waivers: Vec<Waiver>,
}

/// What is known about a description.
#[derive(Debug)]
pub struct Checked {
    /// Its format; `None` has a finding that says why.
    pub format: Option<Format>,
    /// Bytes of the description as given.
    pub size_bytes: u64,
    /// How many operations it describes.
    pub operations: usize,
    /// `info.title`, also of a description with errors.
    pub title: Option<String>,
    /// `info.version`, also of a description with errors.
    pub version: Option<String>,
    /// How many errors were found.
    pub errors: usize,
    /// How many warnings were found.
    pub warnings: usize,
    /// How many findings were waived: they are in no other count, and not listed.
    pub waived: usize,
    /// The findings, by their place in the text. Of a flood, the first thousand of each severity.
    pub findings: Vec<Finding>,
    /// What the conversion to OpenAPI 2.0 could not carry over as it was, by its place in the text. Empty for a
    /// description that needed none.
    pub report: Vec<Entry>,
    /// What can be registered: there exactly if no finding is an error.
    pub connector: Option<ConnectorDocument>,
}

impl Checked {
    fn describe(&mut self, document: &Document) {
        let info = document.root().get("info");
        let text = |key: &str| {
            info.and_then(|info| info.get(key))
                .and_then(Node::as_str)
                .map(str::to_owned)
        };
        (self.title, self.version) = (text("title"), text("version"));
    }

    /// Judges an OpenAPI 2.0 document; what would complete it.
    fn judge(&mut self, document: &Document, settings: &Settings, found: &mut Findings) -> Vec<Repair> {
        let outcome = openapi2::check(document, settings, found);
        self.operations = outcome.operations;
        outcome.repairs
    }

    /// Converts a description in another format and trims the result; nothing if something stands in the way of one.
    fn convert(
        &mut self,
        document: &Document,
        format: Format,
        settings: &Settings,
        found: &mut Findings,
    ) -> Option<Document> {
        let root = document.root();
        let (conversion, left_out): (_, conversion::LeftOut<'_>) = match format {
            Format::Postman10 | Format::Postman20 | Format::Postman21 => {
                (postman::convert(document, format, settings), postman::left_out)
            }
            Format::OpenApi20 | Format::OpenApi30 | Format::OpenApi31 => {
                (openapi3::convert(document, format, settings), openapi3::left_out)
            }
        };
        let (converted, report, in_the_way) = conversion.trim(root, &settings.operations, found, left_out);
        found.absorb(in_the_way, None);
        self.report = report.finish(document.source(), root);
        converted
    }

    fn finish(&mut self, mut findings: Findings, settings: &Settings, source: &str) {
        findings.locate_in_json(source);
        findings.waive(&settings.waivers, self.format.is_some());
        self.waived = findings.waived();
        self.errors = findings.count(Severity::Error);
        self.warnings = findings.count(Severity::Warning);
        self.findings = findings.finish(source);
    }
}

/// Checks a description. The result depends on nothing but the arguments.
pub fn check(bytes: &[u8], settings: &Settings) -> Checked {
    let mut findings = Findings::new(settings.profile, &settings.waivers);
    let mut checked = Checked {
        format: None,
        size_bytes: bytes.len() as u64,
        operations: 0,
        title: None,
        version: None,
        errors: 0,
        warnings: 0,
        waived: 0,
        findings: Vec::new(),
        report: Vec::new(),
        connector: None,
    };
    let mut document = match read::read(bytes, &settings.limits, &mut findings) {
        Ok(document) => document,
        Err(source) => {
            checked.finish(findings, settings, &source);
            return checked;
        }
    };
    checked.format = format::recognise(document.root());
    let (mut converted, mut repairs) = (None, Vec::new());
    match checked.format {
        Some(Format::OpenApi20) => {
            let mut found = findings.like();
            trim::trim(&mut document, &settings.operations, &mut found);
            repairs = checked.judge(&document, settings, &mut found);
            findings.absorb(found, None);
        }
        Some(format) => {
            let mut found = findings.like();
            converted = checked.convert(&document, format, settings, &mut found);
            if let Some(converted) = &converted {
                repairs = checked.judge(converted, settings, &mut found);
            }
            findings.absorb(found, Some(document.root()));
        }
        None => report_format(document.root(), &mut findings),
    }
    checked.describe(converted.as_ref().unwrap_or(&document));
    checked.finish(findings, settings, document.source());
    checked.connector =
        (checked.errors == 0).then(|| ConnectorDocument::new(converted.unwrap_or(document), repairs));
    checked
}

fn report_format(root: Node<'_>, findings: &mut Findings) {
    let mut add = |rule: Rule, offset: u32, path: &Path<'_>, message: String| {
        findings.add(rule, offset, path, message);
    };
    if !root.is_object() {
        let message = Rule::NotADescription.statement().to_owned();
        return add(Rule::NotADescription, root.offset(), &Path::ROOT, message);
    }
    for key in ["swagger", "openapi"] {
        if let Some(member) = root.member(key) {
            let version = match member.value.value() {
                Value::String(text) | Value::Number(text) => finding::quote(text),
                Value::Null | Value::Boolean(_) | Value::Array(_) | Value::Object(_) => {
                    "no version".to_owned()
                }
            };
            let message =
                format!("The description says {key}: {version}, which is no version that is known.");
            return add(
                Rule::UnknownFormat,
                member.value.offset(),
                &Path::ROOT.key(key),
                message,
            );
        }
    }
    let message = "The description has neither swagger nor openapi, and is no Postman collection.".to_owned();
    add(Rule::UnknownFormat, root.offset(), &Path::ROOT, message);
}

#[cfg(test)]
mod tests;
