//! Postman collections: operations recovered, none dropped silently, one result for one collection in any version.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use connector_operator::definition::{Checked, Format, Settings, check};
use serde_json::Value;

use crate::Corpus;
use crate::files;
use crate::requests::{self, METHODS, Request};
use crate::schema;
use crate::table::{Table, reaches};

#[derive(Debug, Default)]
struct Tally {
    collections: usize,
    converted: usize,
    valid: usize,
    distinct: usize,
    recovered: usize,
    requests: usize,
    silent: usize,
    version1: usize,
    version1_converted: usize,
}

/// Bars apply to what has a host: without one a collection is refused, and says how to give it.
const SERVICE: &str = "https://api.example.com";

pub fn measure(corpus: &Corpus, table: &mut Table) {
    let Some(folder) = corpus.part("postman") else {
        return;
    };
    let validator = schema::validator();
    let mut tally = Tally::default();
    let mut refused: BTreeMap<&'static str, usize> = BTreeMap::new();
    for path in files::below(&folder, &[".json"]) {
        let bytes = files::read(&path);
        let Some((checked, found)) = converted(&bytes) else {
            continue;
        };
        tally.collections += 1;
        let is_version1 = checked.format == Some(Format::Postman10);
        tally.version1 += usize::from(is_version1);
        let name = || path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
        let Some(connector) = &checked.connector else {
            let code = checked
                .findings
                .iter()
                .find(|one| one.severity().as_str() == "error")
                .map(|one| one.code());
            *refused.entry(code.unwrap_or("none")).or_default() += 1;
            corpus.list(|| format!("{}: refused: {}", name(), code.unwrap_or("none")));
            continue;
        };
        tally.converted += 1;
        tally.version1_converted += usize::from(is_version1);
        let text = connector.to_json();
        match schema::problems(&validator, &text) {
            None => tally.valid += 1,
            Some(problem) => println!("  {}: not valid: {problem}", name()),
        }
        count(&mut tally, &checked, &found, &text, |what| {
            corpus.list(|| format!("{}: {what}", name()))
        });
    }
    println!("collections refused, by the first error: {refused:?}");
    let Tally {
        collections,
        converted,
        valid,
        distinct,
        recovered,
        requests,
        silent,
        version1,
        version1_converted,
    } = tally;
    table.add(
        "Postman: operations recovered, of collections that are converted",
        "≥ 2,500 of 2,522, in proportion",
        "postman2openapi 2,026",
        format!("{recovered} of {distinct}, in {converted} of {collections} collections"),
        reaches(recovered, distinct, 2_500, 2_522) && converted > 0,
    );
    table.add(
        "Postman: requests with neither an operation nor an entry in the report",
        "0",
        "postman2openapi 496 operations",
        format!("{silent} of {requests}"),
        silent == 0 && converted > 0,
    );
    table.add(
        "Postman: results valid by the official schema",
        "100 %",
        "postman2openapi 355 of 361",
        format!("{valid} of {converted}"),
        valid == converted && converted > 0,
    );
    table.add(
        "Postman v1: collections converted, or refused for want of requests",
        "40 of 40",
        "0",
        format!("{version1_converted} of {version1}"),
        version1_converted == version1,
    );
    twins(&folder, corpus, table);
}

/// A collection that holds requests, converted for a known host.
fn converted(bytes: &[u8]) -> Option<(Checked, Vec<Request>)> {
    let checked = check(bytes, &Settings::default());
    if !matches!(
        checked.format,
        Some(Format::Postman10 | Format::Postman20 | Format::Postman21)
    ) {
        return None;
    }
    let document: Value =
        serde_json::from_slice(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).ok()?;
    let found = requests::of_collection(&document);
    if found.is_empty() {
        return None;
    }
    let needs_host = checked.findings.iter().any(|one| one.code().starts_with("Host"));
    let checked = if checked.connector.is_none() && needs_host {
        check(
            bytes,
            &Settings {
                service_url: Some(SERVICE.to_owned()),
                ..Settings::default()
            },
        )
    } else {
        checked
    };
    Some((checked, found))
}

fn count(tally: &mut Tally, checked: &Checked, found: &[Request], text: &str, list: impl Fn(String)) {
    let document: Value = serde_json::from_str(text).expect("what is written is JSON");
    let (operations, paths) = requests::of_document(&document);
    // Entries whose pointer is a request, its method or its URL.
    let told: BTreeSet<&str> = checked
        .report
        .iter()
        .filter(|entry| matches!(entry.kind().as_str(), "refused" | "merged"))
        .map(|entry| entry.pointer.as_str())
        .collect();
    let is_told = |request: &Request| {
        [
            "",
            "/request",
            "/request/url",
            "/request/method",
            "/url",
            "/method",
        ]
        .iter()
        .any(|end| told.contains(format!("{}{end}", request.pointer).as_str()))
    };
    let accounted = operations + found.iter().filter(|request| is_told(request)).count();
    tally.requests += found.len();
    tally.silent += found.len().saturating_sub(accounted);
    if accounted < found.len() {
        list(format!(
            "{} requests, {operations} operations, {} told",
            found.len(),
            accounted - operations
        ));
    }
    let mut seen = BTreeSet::new();
    for request in found
        .iter()
        .filter(|request| METHODS.contains(&request.method.as_str()))
    {
        let refused = checked
            .report
            .iter()
            .any(|entry| entry.kind().as_str() == "refused" && entry.pointer.starts_with(&request.pointer));
        if refused || !seen.insert((&request.method, &request.path)) {
            continue;
        }
        tally.distinct += 1;
        if paths.contains(&(request.method.clone(), request.path.clone())) {
            tally.recovered += 1;
        } else {
            list(format!("{} {} is not found", request.method, request.path));
        }
    }
}

/// The same collections in three versions, as the vendor's own transformer has them.
fn twins(folder: &Path, corpus: &Corpus, table: &mut Table) {
    let examples = folder.join("postmanlabs+postman-collection-transformer/examples");
    let version1 = examples.join("v1.0.0");
    if !version1.is_dir() {
        return println!("skipped: {} is not there", version1.display());
    }
    let (mut pairs, mut equal) = (0, 0);
    for path in files::below(&version1, &[".json"]) {
        let Some(name) = path.file_name() else { continue };
        let other: PathBuf = examples.join("v2.1.0").join(name);
        if !other.is_file() {
            continue;
        }
        let facts = |path: &Path| {
            let (checked, _) = converted(&files::read(path))?;
            let text = checked.connector?.to_json();
            let document: Value = serde_json::from_str(&text).expect("what is written is JSON");
            Some(requests::of_document(&document).1)
        };
        pairs += 1;
        let (one, other) = (facts(&path), facts(&other));
        if one.is_some() && one == other {
            equal += 1;
        } else {
            corpus.list(|| format!("{}: v1 and v2.1 differ", name.display()));
        }
    }
    table.add(
        "Postman v1: same operations as its v2.1 twin",
        "all",
        "–",
        format!("{equal} of {pairs}"),
        equal == pairs,
    );
}
