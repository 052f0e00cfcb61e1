//! The operations of the official files, ready to be checked against. No client.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::{
    deviations::{ASSIGNMENTS, Change, DEFINITIONS, Deviation, WEB},
    files::{Direction, Files},
    recorder::Exchange,
};

/// What the registry serves of the files.
const SERVED: &[&str] = &[
    "Connections_CreateOrUpdate",
    "Connections_Delete",
    "Connections_Get",
    "Connections_List",
    "Connections_Update",
    "CustomApis_CreateOrUpdate",
    "CustomApis_Delete",
    "CustomApis_Get",
    "CustomApis_List",
    "CustomApis_ListByResourceGroup",
    "CustomApis_Update",
    "RoleAssignments_Create",
    "RoleAssignments_Delete",
    "RoleAssignments_Get",
    "RoleAssignments_ListForResource",
    "RoleAssignments_ListForResourceGroup",
    "RoleAssignments_ListForScope",
    "RoleAssignments_ListForSubscription",
    "RoleDefinitions_Get",
    "RoleDefinitions_List",
];

/// The files, read with some deviations.
pub(crate) struct Official {
    pub(super) operations: Vec<Operation>,
    pub(super) exports: bool,
    not_at_hand: Vec<(&'static str, Vec<Segment>)>,
}

/// One operation of the files.
pub(crate) struct Operation {
    pub(crate) id: String,
    method: String,
    path: Vec<Segment>,
    pub(super) version: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Validator>,
    /// By status or `default`; nothing in it where no body is declared.
    pub(super) answers: BTreeMap<String, Option<Validator>>,
    /// Whole examples, by their names.
    pub(crate) examples: BTreeMap<String, Value>,
}

/// A parameter in the path or in the query.
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) required: bool,
    pub(super) is_number: bool,
    pub(super) schema: Validator,
}

enum Segment {
    Literal(String),
    Parameter(String),
    /// Any number of segments: a scope.
    Scope,
}

impl Official {
    /// Reads the files below `root`.
    pub(crate) fn load(root: &Path, deviations: &[Deviation]) -> Self {
        let mut files = Files::below(root);
        for deviation in deviations {
            deviation.change.apply(&mut files);
        }
        let mut operations = Vec::new();
        for file in [WEB, ASSIGNMENTS, DEFINITIONS] {
            let paths = files.file(Path::new(file))["paths"].clone();
            for (path, item) in paths.as_object().unwrap() {
                for (method, operation) in item.as_object().unwrap() {
                    let id = operation["operationId"].as_str().unwrap();
                    if SERVED.contains(&id) {
                        operations.push(Operation::read(
                            &mut files,
                            Path::new(file),
                            path,
                            method,
                            operation,
                        ));
                    }
                }
            }
        }
        assert_eq!(
            operations.len(),
            SERVED.len(),
            "operations are missing in the files"
        );
        let not_at_hand = deviations.iter().filter_map(|it| match it.change {
            Change::NotAtHand { method, path } => Some((method, template(path))),
            Change::Member { .. } | Change::Item { .. } | Change::MergeAllOf | Change::Export => None,
        });
        Self {
            operations,
            exports: deviations.iter().any(|it| matches!(it.change, Change::Export)),
            not_at_hand: not_at_hand.collect(),
        }
    }

    /// The names of the operations.
    pub(crate) fn served(&self) -> impl Iterator<Item = &str> {
        self.operations.iter().map(|operation| operation.id.as_str())
    }

    /// The name of the operation that an exchange is of.
    pub(crate) fn operation_of(&self, exchange: &Exchange) -> Option<&str> {
        self.find(exchange).map(|operation| operation.id.as_str())
    }

    /// The operation, the most particular of those whose path fits.
    pub(super) fn find(&self, exchange: &Exchange) -> Option<&Operation> {
        let fitting = self
            .operations
            .iter()
            .filter(|it| it.method.eq_ignore_ascii_case(&exchange.method))
            .filter(|it| parameters(&it.path, &exchange.segments()).is_some());
        fitting.max_by_key(|it| {
            it.path
                .iter()
                .filter(|it| matches!(it, Segment::Literal(_)))
                .count()
        })
    }

    /// Whether it is known that no file here tells of it.
    pub(super) fn is_not_at_hand(&self, exchange: &Exchange) -> bool {
        self.not_at_hand.iter().any(|(method, path)| {
            exchange.method.eq_ignore_ascii_case(method) && parameters(path, &exchange.segments()).is_some()
        })
    }
}

impl Operation {
    fn read(files: &mut Files, file: &Path, path: &str, method: &str, operation: &Value) -> Self {
        let version = files.file(file)["info"]["version"].as_str().unwrap().to_owned();
        let (mut parameters, mut body) = (Vec::new(), None);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let found = files.resolve(file, parameter);
            if found.value["in"] == "body" {
                let schema = files.schema(&found.file, &found.value["schema"], Direction::Request);
                body = Some(validator(&schema));
            } else {
                parameters.push(Parameter::read(files, &found.file, &found.value));
            }
        }
        let answers = operation["responses"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(status, answer)| {
                let schema = answer.get("schema");
                let schema = schema.map(|schema| validator(&files.schema(file, schema, Direction::Answer)));
                (status.clone(), schema)
            });
        let answers = answers.collect();
        Self {
            id: operation["operationId"].as_str().unwrap().to_owned(),
            method: method.to_owned(),
            path: template(path),
            version,
            parameters,
            body,
            answers,
            examples: examples(files, file, operation),
        }
    }

    /// What the request's path says for each parameter.
    pub(super) fn path_parameters(&self, exchange: &Exchange) -> Vec<(String, String)> {
        parameters(&self.path, &exchange.segments()).unwrap_or_default()
    }
}

impl Parameter {
    fn read(files: &mut Files, file: &Path, value: &Value) -> Self {
        let schema = files.schema(file, value, Direction::Request);
        // `required` is a list in a schema and a word in a parameter.
        let mut schema = schema.as_object().unwrap().clone();
        schema.remove("required");
        Self {
            name: value["name"].as_str().unwrap().to_owned(),
            place: value["in"].as_str().unwrap().to_owned(),
            required: value["required"] == json!(true),
            is_number: matches!(value["type"].as_str(), Some("integer" | "number")),
            schema: validator(&schema.into()),
        }
    }
}

fn validator(schema: &Value) -> Validator {
    let options = jsonschema::options()
        .with_draft(Draft::Draft4)
        .should_validate_formats(true);
    options.build(schema).unwrap_or_else(|error| panic!("{error}"))
}

fn examples(files: &mut Files, file: &Path, operation: &Value) -> BTreeMap<String, Value> {
    let named = operation["x-ms-examples"].as_object().into_iter().flatten();
    let read = named.map(|(_, example)| {
        let path = example["$ref"].as_str().unwrap().trim_start_matches("./");
        let path: PathBuf = file.parent().unwrap().join(path);
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, files.file(&path).clone())
    });
    read.collect()
}

fn template(path: &str) -> Vec<Segment> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let segments =
        segments.map(
            |segment| match segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                Some("scope") => Segment::Scope,
                Some(name) => Segment::Parameter(name.to_owned()),
                None => Segment::Literal(segment.to_owned()),
            },
        );
    segments.collect()
}

/// What `path` says for the parameters of a template, or nothing where it does not fit. Words are compared
/// without case, as Resource Manager does.
fn parameters(template: &[Segment], path: &[String]) -> Option<Vec<(String, String)>> {
    match (template, path) {
        ([], []) => Some(Vec::new()),
        ([Segment::Literal(word), template @ ..], [segment, path @ ..]) => {
            let rest = parameters(template, path)?;
            word.eq_ignore_ascii_case(segment).then_some(rest)
        }
        ([Segment::Parameter(name), template @ ..], [segment, path @ ..]) => {
            let mut rest = parameters(template, path)?;
            rest.push((name.clone(), segment.clone()));
            Some(rest)
        }
        ([Segment::Scope, template @ ..], path) => (0..=path.len()).rev().find_map(|length| {
            let mut rest = parameters(template, &path[length..])?;
            rest.push(("scope".to_owned(), path[..length].join("/")));
            Some(rest)
        }),
        _ => None,
    }
}
