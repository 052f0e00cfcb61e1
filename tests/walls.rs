//! The walls of the house: what each part may know of. Broken by a word, not by a build, so they are read.

#![expect(clippy::unwrap_used, reason = "a test reads what it must find")]

use std::{fs, path::PathBuf};

/// Every source file under `src`, by its path there.
fn sources() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                sources.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources.sort();
    assert!(sources.len() > 100, "the sources were not found");
    sources
}

fn is_within(name: &str, part: &str) -> bool {
    name == format!("{part}.rs") || name.starts_with(&format!("{part}/"))
}

fn is_test(name: &str) -> bool {
    name.ends_with("tests.rs") || name.ends_with("testing.rs") || name.contains("/tests/")
}

/// The lines that are built for users: neither comments nor tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let shipped = text.lines().take_while(|line| *line != "mod tests {");
    shipped
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line))
}

/// Where the code of these parts says one of these words.
fn said(parts: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in sources() {
        if is_test(&name) || !parts.iter().any(|part| is_within(&name, part)) {
            continue;
        }
        for (number, line) in code(&text) {
            found.extend(
                words
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("src/{name}:{number} says {word}")),
            );
        }
    }
    found
}

const NOTHING: [String; 0] = [];

#[test]
fn the_definition_engine_knows_neither_cluster_nor_network_nor_other_parts() {
    let words = [
        "kube::",
        "k8s_openapi",
        "reqwest",
        "tokio",
        "std::fs",
        "TcpStream",
        "UdpSocket",
        "ToSocketAddrs",
        "crate::arm",
        "crate::cli",
        "crate::connector",
        "crate::controller",
        "crate::crd",
        "crate::metrics",
        "crate::reconcile",
        "crate::registry",
        "crate::server",
        "crate::source",
        "crate::telemetry",
    ];
    assert_eq!(said(&["definition"], &words), NOTHING);
}

#[test]
fn the_backend_client_its_sign_in_and_the_registry_know_nothing_of_kubernetes() {
    let words = [
        "kube::",
        "k8s_openapi",
        "crate::crd",
        "crate::controller",
        "crate::reconcile",
    ];
    assert_eq!(said(&["arm", "entra", "registry"], &words), NOTHING);
}

#[test]
fn what_is_told_to_prometheus_knows_nobody_who_tells_it() {
    let words = [
        "crate::controller",
        "crate::reconcile",
        "crate::cli",
        "crate::arm",
    ];
    assert_eq!(said(&["metrics"], &words), NOTHING);
}

#[test]
fn what_decides_asks_nobody_and_reads_no_clock() {
    let pure = [
        "connector",
        "controller/backend_object",
        "controller/backend_status",
        "controller/claims",
        "controller/inventory",
        "controller/queue",
        "controller/references",
        "controller/world",
        "reconcile/cause",
        "reconcile/conditions",
        "reconcile/decide",
        "reconcile/entry",
        "reconcile/grants",
        "reconcile/ownership",
        "reconcile/parsed",
        "reconcile/reason",
        "reconcile/records",
        "reconcile/status",
        "reconcile/told",
    ];
    let words = [
        "async ",
        ".await",
        "kube::Client",
        "Api<",
        "Timestamp::now",
        "Instant::now",
        "SystemTime",
        "std::env",
    ];
    assert_eq!(said(&pure, &words), NOTHING);
}

#[test]
fn every_module_says_in_its_first_line_what_it_is_for() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(name, text)| !is_test(name) && !text.starts_with("//! "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(silent, NOTHING);
}

#[test]
fn no_file_is_too_long_to_be_read() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(name, text)| !is_test(name) && text.lines().count() > 400)
        .map(|(name, text)| format!("src/{name} has {} lines", text.lines().count()))
        .collect();
    assert_eq!(long, NOTHING);
}

#[test]
fn the_operator_deletes_no_connection_itself() {
    let parts = ["cli", "connector", "controller", "reconcile", "server", "source"];
    assert_eq!(said(&parts, &["delete_connection"]), NOTHING);
}
