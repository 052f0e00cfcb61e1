//! The parts of `docs/` that say what the code says are written by the code, and held to it here; so are links.
#![expect(
    clippy::unwrap_used,
    reason = "what fails in a test ends it, in its own functions too"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use connector_operator::{
    crd,
    definition::{Profile, Rule, Severity, UNMATCHED},
    reconcile::reason::{Class, Reason},
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};

/// Parts that a document has between `<!-- generated: NAME -->` and `<!-- end -->`.
fn parts() -> Vec<(&'static str, &'static str, String)> {
    let mut parts = vec![
        ("conditions.md", "reasons", reasons()),
        ("rules.md", "rules", rules()),
        ("rules.md", "validator", validator_rules()),
    ];
    for (definition, name) in
        crd::all()
            .iter()
            .zip(["CustomConnector", "ConnectorBackend", "ClusterConnectorBackend"])
    {
        assert_eq!(definition.spec.names.kind, name);
        parts.push(("reference.md", name, fields(definition)));
    }
    parts
}

fn path(document: &str) -> String {
    format!("{}/docs/{document}", env!("CARGO_MANIFEST_DIR"))
}

/// The document with a part of it replaced.
fn with_part(document: &str, name: &str, part: &str) -> String {
    let start = format!("<!-- generated: {name} -->\n");
    let (before, rest) = document.split_once(&start).unwrap();
    let (_, after) = rest.split_once("<!-- end -->\n").unwrap();
    format!("{before}{start}\n{part}\n<!-- end -->\n{after}")
}

#[test]
fn generated_parts_of_documents_are_what_the_code_says() {
    for (document, name, part) in parts() {
        let text = fs::read_to_string(path(document)).unwrap();
        assert!(
            with_part(&text, name, &part) == text,
            "the part {name} of docs/{document} is out of date: run `make docs`"
        );
    }
}

#[test]
fn every_link_from_one_document_to_another_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "docs", "examples"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let documents: Vec<PathBuf> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    let mut dead = Vec::new();
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(')')?.0));
        for link in links.filter(|link| !link.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                document.clone()
            } else {
                document.parent().unwrap().join(file)
            };
            let found =
                fs::read_to_string(&target).is_ok_and(|text| anchor.is_empty() || has_heading(&text, anchor));
            if !found {
                dead.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(documents.len() > 8, "{documents:?}");
    assert_eq!(dead, Vec::<String>::new());
}

/// The Rust files below a folder, as one text.
fn sources(folder: &Path) -> String {
    fs::read_dir(folder).unwrap().fold(String::new(), |text, entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text + &sources(&path)
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text + &fs::read_to_string(path).unwrap()
        } else {
            text
        }
    })
}

#[test]
fn every_threat_that_is_told_of_names_tests_that_there_are() {
    let text = fs::read_to_string(path("security.md")).unwrap();
    let (_, threats) = text.split_once("\n## Threats\n").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources(&root.join("src")) + &sources(&root.join("tests"));
    let (mut unproven, mut missing) = (Vec::new(), Vec::new());
    let rows = threats
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| tries to"));
    let mut seen = 0;
    for row in rows {
        let shown = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<&str> = shown.split(", ").map(|name| name.trim_matches('`')).collect();
        if names.iter().any(|name| name.is_empty() || name.contains(' ')) {
            unproven.push(row);
        }
        missing.extend(
            names
                .iter()
                .filter(|name| !sources.contains(&format!("fn {name}(")))
                .copied(),
        );
        seen += 1;
    }
    assert!(seen > 30, "{seen} rows");
    assert_eq!(unproven, Vec::<&str>::new());
    assert_eq!(missing, Vec::<&str>::new());
}

/// Whether a heading has that anchor: its words in lower case, joined by hyphens.
fn has_heading(text: &str, anchor: &str) -> bool {
    text.lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .replace(' ', "-")
        })
        .any(|heading| heading == anchor)
}

#[test]
#[ignore = "writes the documents: make docs"]
fn write() {
    for (document, name, part) in parts() {
        let text = fs::read_to_string(path(document)).unwrap();
        fs::write(path(document), with_part(&text, name, &part)).unwrap();
    }
}

fn reasons() -> String {
    let mut text = String::from("| reason | next look | meaning | what to do |\n|---|---|---|---|\n");
    for reason in Reason::ALL {
        let next = match reason.class() {
            Class::Waiting => format!(
                "soon, then up to {} min apart",
                reason.longest_pause().as_secs() / 60
            ),
            Class::Stalled => "on a change".to_owned(),
        };
        let (name, meaning, remedy) = (reason.as_str(), reason.meaning(), reason.remedy());
        writeln!(text, "| `{name}` | {next} | {meaning} | {remedy} |").unwrap();
    }
    text
}

fn rules() -> String {
    let mut text = String::from("| code | weight | finds | what to do |\n|---|---|---|---|\n");
    for rule in Rule::ALL {
        let word = Severity::as_str;
        let review = rule.severity_under(Profile::Certification).unwrap();
        let mut weight = match rule.severity_under(Profile::Import) {
            Some(import) if import == review => word(import).to_owned(),
            Some(import) => format!("{}; {} of the review", word(import), word(review)),
            None => format!("{} of the review", word(review)),
        };
        if rule.severity() == Severity::Error && !rule.is_waivable() {
            weight.push_str(", stays");
        }
        let (code, statement, help) = (rule.code(), one_line(rule.statement()), one_line(rule.help()));
        writeln!(text, "| `{code}` | {weight} | {statement} | {help} |").unwrap();
    }
    text
}

/// The rules of Microsoft's validator by id: the rules here that judge the same, or why there is none.
fn validator_rules() -> String {
    let mut rules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for rule in Rule::ALL {
        for id in rule.references() {
            rules.entry(id).or_default().push(format!("`{}`", rule.code()));
        }
    }
    let mut lines: BTreeMap<&str, String> = rules
        .into_iter()
        .map(|(id, rules)| (id, rules.join(", ")))
        .collect();
    for (id, reason) in UNMATCHED {
        assert_eq!(
            lines.insert(id, format!("none: {reason}")),
            None,
            "{id} has a rule, and a reason for having none"
        );
    }
    let mut text = String::from("| rule of Microsoft's validator | judged by |\n|---|---|\n");
    for (id, judged) in lines {
        writeln!(text, "| {id} | {judged} |").unwrap();
    }
    text
}

#[test]
fn every_published_rule_of_the_validator_is_judged_or_explained() {
    let path = Path::new("../shared/azure/connector-validator-rules.json");
    let Ok(published) = fs::read(path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let published: serde_json::Value = serde_json::from_slice(&published).unwrap();
    let published: BTreeSet<&str> = published["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let judged = Rule::ALL
        .iter()
        .flat_map(|rule| rule.references().iter().copied());
    let known: BTreeSet<&str> = judged.chain(UNMATCHED.iter().map(|(id, _)| *id)).collect();
    assert_eq!(known, published);
}

fn fields(definition: &CustomResourceDefinition) -> String {
    let version = definition.spec.versions.first().unwrap();
    let validation = version.schema.clone().unwrap().open_api_v3_schema.unwrap();
    let mut text = String::from("| field | type | meaning |\n|---|---|---|\n");
    for part in ["spec", "status"] {
        let properties = validation.properties.as_ref().unwrap();
        walk(part, properties.get(part).unwrap(), false, &mut text);
    }
    text
}

/// Writes a line for the field, and one for each below it.
fn walk(path: &str, schema: &JSONSchemaProps, required: bool, text: &mut String) {
    let meaning = one_line(schema.description.as_deref().unwrap_or_default());
    let messages = schema.x_kubernetes_validations.iter().flatten();
    let rules = messages
        .filter_map(|rule| rule.message.as_deref())
        .fold(String::new(), |rules, message| {
            rules + " *Rule: " + &one_line(message) + ".*"
        });
    let required = if required { ", required" } else { "" };
    if path.contains('.') {
        writeln!(
            text,
            "| `{path}` | {}{required} | {meaning}{rules} |",
            kind(schema)
        )
        .unwrap();
    }
    // Kubernetes' own types are documented there.
    if path == "status.conditions" || path == "spec.namespaces.selector" {
        return;
    }
    let (below, holder) = match (&schema.items, &schema.additional_properties) {
        (Some(JSONSchemaPropsOrArray::Schema(items)), _) => (format!("{path}[]"), items.as_ref()),
        (_, Some(JSONSchemaPropsOrBool::Schema(values))) => (format!("{path}.<name>"), values.as_ref()),
        _ => (path.to_owned(), schema),
    };
    for (name, property) in holder.properties.iter().flatten() {
        let required = holder.required.iter().flatten().any(|it| it == name);
        walk(&format!("{below}.{name}"), property, required, text);
    }
}

/// A type with its bounds, in words.
fn kind(schema: &JSONSchemaProps) -> String {
    let name = match schema.type_.as_deref() {
        Some("array") => "list",
        Some("object") if schema.additional_properties.is_some() => "map",
        Some(name) => name,
        None => "any",
    };
    let mut text = name.to_owned();
    if let Some(values) = &schema.enum_ {
        let values: Vec<String> = values
            .iter()
            .filter(|value| !value.0.is_null())
            .map(|value| {
                value
                    .0
                    .as_str()
                    .map_or_else(|| value.0.to_string(), str::to_owned)
            })
            .collect();
        return values.join(" \\| ");
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
        let items = kind(items);
        match items.split_once(", ") {
            Some((name, bounds)) => write!(text, " of {name} ({bounds})").unwrap(),
            None => write!(text, " of {items}").unwrap(),
        }
    }
    let bounds = [
        schema.min_items.map(|least| format!("at least {least}")),
        schema.max_items.map(|most| format!("at most {most}")),
        schema
            .max_properties
            .map(|most| format!("at most {most} entries")),
        schema.max_length.map(|most| format!("at most {most} characters")),
        schema.minimum.map(|least| format!("at least {least}")),
        schema.maximum.map(|most| format!("at most {most}")),
    ];
    for bound in bounds.into_iter().flatten() {
        write!(text, ", {bound}").unwrap();
    }
    text
}

fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('|', "\\|").replace('<', "&lt;")
}
