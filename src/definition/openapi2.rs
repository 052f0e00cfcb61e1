//! OpenAPI 2.0 against its rules and the backend's. No client.
//!
//! One walk. Each object is first held against its [shape], then against what a shape cannot see. What needs the
//! whole document (references, names that must differ) is gathered before or judged after.

mod address;
mod bounds;
mod called;
mod extension;
mod graph;
mod info;
mod limits;
mod media;
mod nearest;
mod operation;
mod parameter;
mod paths;
mod pattern;
mod reference;
mod response;
mod routing;
mod schema;
mod secret;
mod security;
mod shape;
mod shapes;
mod value;
mod wording;

use std::collections::{HashMap, HashSet};

pub(super) use self::address::is_host;
use self::called::Called;
use self::extension::{Caller, Families, Inputs};
use self::reference::References;
pub(super) use self::shapes::METHODS;
use super::Settings;
use super::connector_document::Repair;
use super::document::{Document, Member, Node, NodeId, Value};
use super::finding::Findings;
use super::path::Path;
use super::rule::Rule;

/// What a walk over a description found out, besides the findings.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Operations described.
    pub(super) operations: usize,
    /// What to complete before it is registered.
    pub(super) repairs: Vec<Repair>,
}

/// Checks a whole document.
pub(super) fn check(document: &Document, settings: &Settings, findings: &mut Findings) -> Outcome {
    let mut check = Check::new(document, findings);
    check.size();
    check.document(settings);
    check.number_of_operations();
    Outcome {
        operations: check.operations,
        repairs: check.repairs,
    }
}

/// Which way a value goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Direction {
    /// It is in a definition, which may be used both ways.
    Unknown,
    /// It is in the body of a request.
    Sent,
    /// It is in a response.
    Returned,
}

/// A walk: what it knows of the document, and what it has found so far.
struct Check<'d, 'f> {
    root: Node<'d>,
    findings: &'f mut Findings,
    repairs: Vec<Repair>,
    references: References<'d>,
    /// The operations by operationId.
    operations_by_id: HashMap<&'d str, Called<'d>>,
    /// Who calls what extensions call in what is being walked.
    caller: Caller<'d>,
    inputs: Inputs<'d>,
    families: Families<'d>,
    /// Whether any operation deletes something.
    can_delete: bool,
    operations: usize,
    /// Bytes of the document without white space.
    size: usize,
    seen_ids: HashSet<&'d str>,
    seen_ids_without_case: HashSet<String>,
    /// What `securityDefinitions` defines, by name.
    security_definitions: HashMap<&'d str, Node<'d>>,
    /// Security schemes that something requires.
    required_schemes: HashSet<&'d str>,
    told_of_own_security: bool,
    /// Bodies whose schemas have been counted: how many there are.
    bodies: HashMap<NodeId, usize>,
    /// Where what is walked is written.
    direction: Direction,
}

impl<'d, 'f> Check<'d, 'f> {
    fn new(document: &'d Document, findings: &'f mut Findings) -> Self {
        let root = document.root();
        let paths = root.get("paths").into_iter().flat_map(Node::members);
        let mut operations = paths.flat_map(|item| item.value.members());
        Self {
            root,
            findings,
            repairs: Vec::new(),
            references: References::new(root),
            operations_by_id: called::operations(root),
            caller: Caller::Any,
            inputs: Inputs::default(),
            families: Families::default(),
            can_delete: operations.any(|operation| operation.key == "delete"),
            operations: 0,
            size: 0,
            seen_ids: HashSet::new(),
            seen_ids_without_case: HashSet::new(),
            security_definitions: root
                .get("securityDefinitions")
                .into_iter()
                .flat_map(Node::members)
                .map(|member| (member.key, member.value))
                .collect(),
            required_schemes: HashSet::new(),
            bodies: HashMap::new(),
            told_of_own_security: false,
            direction: Direction::Unknown,
        }
    }

    fn report(&mut self, rule: Rule, node: Node<'d>, path: &Path<'_>, message: impl Into<String>) {
        self.findings.add(rule, node.offset(), path, message);
    }

    /// Reports what is wrong with a key, not with its value.
    fn report_key(&mut self, rule: Rule, member: &Member<'d>, parent: &Path<'_>, message: impl Into<String>) {
        self.findings
            .add(rule, member.key_offset, &parent.key(member.key), message);
    }

    fn document(&mut self, settings: &Settings) {
        let root = self.root;
        self.shape(root, &Path::ROOT, &shapes::ROOT);
        self.media_types(root, &Path::ROOT);
        self.version();
        if settings.service_url.is_none() {
            self.address();
        }
        self.info();
        self.tags_and_links();
        self.security();
        self.shared_parameters();
        self.shared_responses();
        self.paths();
        self.families();
        self.definitions();
        self.definition_graph();
        self.unused_security();
        self.secrets(root, &Path::ROOT, "");
    }

    /// YAML without quotes makes the version a number; what is sent on is text.
    fn version(&mut self) {
        if let Some(version) = self.root.get("swagger")
            && let Value::Number(text) = version.value()
        {
            let path = Path::ROOT.key("swagger");
            self.report(
                Rule::SwaggerVersionNumber,
                version,
                &path,
                Rule::SwaggerVersionNumber.statement(),
            );
            self.repairs.push(Repair::Text(version.id(), text.to_owned()));
        }
    }
}
