//! Published connectors: judged rightly, quickly, in little memory.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use connector_operator::definition::{Checked, Settings, Severity, check};

use crate::Corpus;
use crate::files;
use crate::table::{Table, reaches};

/// How often each description is checked; the fastest counts, as in the figures of others.
const ROUNDS: usize = 3;

pub fn measure(corpus: &Corpus, table: &mut Table) {
    let Some(folder) = corpus.part("connectors") else {
        return;
    };
    let paths = published(&folder);
    let (mut strict, mut passed) = (0, 0);
    let mut times = Vec::new();
    let mut failed = Vec::new();
    for path in &paths {
        let bytes = files::read(path);
        let (time, checked) = fastest(&bytes);
        times.push(time);
        if is_json(&bytes) {
            strict += 1;
            passed += usize::from(checked.errors == 0);
            if checked.errors > 0 {
                failed.push((path, checked));
            }
        }
    }
    let peak = files::peak_mebibytes();
    println!("published connectors with errors, of {strict} in strict JSON:");
    for (path, checked) in &failed {
        let name = path.strip_prefix(&folder).unwrap_or(path).display();
        println!("  {name}: {}", errors(checked));
    }
    times.sort();
    let total: Duration = times.iter().sum();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    let (median, slow, slowest) = (at(50), at(99), at(100));
    table.add(
        "published connectors in strict JSON without an error",
        "≥ 1,000 of 1,013, in proportion",
        "jsonschema 1,000; swagger-parser 998",
        format!("{passed} of {strict}"),
        reaches(passed, strict, 1_000, 1_013),
    );
    table.add(
        "the same, one thread, read and judged",
        "≤ 1 s for 1,013, in proportion",
        "jsonschema 0.41 s, the schema alone; Node 70–164 s; Python 116 s",
        format!(
            "{:.2} s for {} (median {median:.2} ms, p99 {slow:.1} ms)",
            total.as_secs_f64(),
            times.len()
        ),
        total.as_secs_f64() * 1_013.0 <= times.len() as f64,
    );
    table.add(
        "the slowest of them",
        "≤ 15 ms",
        "jsonschema 9.9 ms; spectral 5.0 s",
        format!("{slowest:.1} ms"),
        slowest <= 15.0,
    );
    if let Some(peak) = peak {
        table.add(
            "memory of the process at its peak",
            "≤ 40 MiB",
            "jsonschema 18 MiB; Node 170–347 MiB",
            format!("{peak:.0} MiB"),
            peak <= 40.0,
        );
    }
}

/// The descriptions of the published connectors.
pub fn published(folder: &Path) -> Vec<PathBuf> {
    let mut paths = files::below(folder, &["apiDefinition.swagger.json"]);
    // Forms to fill in, not connectors.
    paths.retain(|path| !path.components().any(|part| part.as_os_str() == "templates"));
    paths
}

fn fastest(bytes: &[u8]) -> (Duration, Checked) {
    let mut best: Option<(Duration, Checked)> = None;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let checked = check(bytes, &Settings::default());
        let time = started.elapsed();
        if best.as_ref().is_none_or(|(fastest, _)| time < *fastest) {
            best = Some((time, checked));
        }
    }
    best.expect("there is a round")
}

fn errors(checked: &Checked) -> String {
    let errors = checked
        .findings
        .iter()
        .filter(|finding| finding.severity() == Severity::Error);
    let told: Vec<String> = errors
        .take(3)
        .map(|error| format!("{}:{} {}", error.line, error.column, error.message))
        .collect();
    told.join(" ")
}

/// Strict JSON but for a byte order mark, as judged by another reader.
fn is_json(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).map(|text| text.trim_start_matches('\u{feff}'));
    text.is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}
