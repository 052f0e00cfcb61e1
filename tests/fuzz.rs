//! The bodies of the fuzz targets, on seeds with a bounded number of changes: what `make fuzz` does for as long as one
//! likes, in seconds and on a stable toolchain.
#![expect(clippy::unwrap_used, reason = "a test reads what it must find")]

use std::{fs, path::Path};

use proptest::prelude::*;

#[path = "../fuzz/bodies.rs"]
mod bodies;

/// The seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The words that the targets are given.
fn words() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/words.dict")).unwrap();
    let plain = |line: &str| line.trim_matches('"').replace("\\\"", "\"").replace("\\\\", "\\");
    text.lines().map(plain).collect()
}

/// One change: where, over how many bytes, and what.
#[derive(Clone, Debug)]
enum Change {
    Remove,
    Repeat,
    Byte(u8),
    Word(prop::sample::Index),
    Move(prop::sample::Index),
}

type Place = (prop::sample::Index, usize);

fn changes() -> impl Strategy<Value = Vec<(Place, Change)>> {
    let index = any::<prop::sample::Index>;
    let change = prop_oneof![
        Just(Change::Remove),
        Just(Change::Repeat),
        any::<u8>().prop_map(Change::Byte),
        index().prop_map(Change::Word),
        index().prop_map(Change::Move),
    ];
    prop::collection::vec(((index(), 1_usize..64), change), 0..6)
}

fn changed(seed: &[u8], words: &[String], changes: &[(Place, Change)]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for ((at, length), change) in changes {
        let start = at.index(bytes.len() + 1);
        let end = (start + length).min(bytes.len());
        let part: Vec<u8> = bytes.iter().skip(start).take(end - start).copied().collect();
        match change {
            Change::Remove => drop(bytes.drain(start..end)),
            Change::Repeat => drop(bytes.splice(start..start, part)),
            Change::Byte(byte) => drop(bytes.splice(start..end.min(start + 1), [*byte])),
            Change::Word(word) => drop(bytes.splice(start..start, word.get(words).bytes())),
            Change::Move(to) => {
                drop(bytes.drain(start..end));
                let to = to.index(bytes.len() + 1);
                drop(bytes.splice(to..to, part));
            }
        }
    }
    bytes
}

fn run(target: &str, body: fn(&[u8])) {
    let (seeds, words) = (seeds(target), words());
    assert!(seeds.len() > 1 && words.len() > 20);
    for seed in &seeds {
        body(seed);
    }
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(256)
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let inputs = (any::<prop::sample::Index>(), changes());
    let outcome = runner.run(&inputs, |(seed, changes)| {
        let seed: &Vec<u8> = seed.get(&seeds);
        body(&changed(seed, &words, &changes));
        Ok(())
    });
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
}

#[test]
fn what_is_read_is_accepted_again_or_has_errors_with_places() {
    run("read", bodies::read);
}

#[test]
fn openapi_3_is_converted_to_what_is_accepted_and_every_operation_is_told_of() {
    run("openapi3", bodies::openapi3);
}

#[test]
fn collections_are_converted_to_what_is_accepted_and_every_request_is_told_of() {
    run("postman", bodies::postman);
}
