//! Records as the log writes them, whole and tampered with.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use super::*;
use crate::record::{Change, Journal, log};

/// What was written to a log.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines of a log in JSON: a record of five lines, numbers 0 to 4, and another target's.
fn logged() -> Vec<String> {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let clock = || "2026-11-02T10:00:00.123456789Z".parse().unwrap();
        let journal = Journal::start(clock, log);
        tracing::info!(connector = "shop/pets", "something else");
        for name in ["pets", "orders", "users \"ü\"\n", "bills"] {
            journal.tell(Change {
                what: "ConnectorCreated".to_owned(),
                connector: Some(name.to_owned()),
                generation: Some(3),
                after: Some(format!("sha256:of {name}")),
                ..Change::default()
            });
        }
    });
    let bytes = written.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The breaks of a log, in words, without the chain's id.
fn found(lines: &[String]) -> Vec<String> {
    let mut verifier = Verifier::default();
    let breaks: Vec<Break> = lines.iter().filter_map(|line| verifier.take(line)).collect();
    let chain = verifier.chains().keys().next().map(Uuid::to_string);
    let named = |found: &Break| found.to_string().replace(&chain.clone().unwrap_or_default(), "c");
    breaks.iter().map(named).collect()
}

/// The place of the record's line of that number: after the first stands another target's.
const fn at(number: usize) -> usize {
    if number == 0 { 0 } else { number + 1 }
}

#[test]
fn a_record_as_the_log_writes_it_is_whole() {
    let lines = logged();
    assert_eq!(lines.len(), 6);
    let mut verifier = Verifier::default();
    assert!(
        lines.iter().all(|line| verifier.take(line).is_none()),
        "{lines:#?}"
    );
    let seen = verifier.chains().values().next().unwrap();
    assert_eq!((seen.lines, seen.number), (5, 4));
    assert_eq!(seen.since.to_string(), "2026-11-02T10:00:00.123Z");
    let last: Value = serde_json::from_str(&lines[at(4)]).unwrap();
    assert_eq!(last["hash"], seen.hash);
}

#[test]
fn what_a_collector_of_logs_puts_before_a_line_does_not_matter() {
    let lines = logged();
    let prefixed: Vec<String> = lines
        .iter()
        .map(|line| format!("2026-11-02T10:00:00Z stderr F {line}"))
        .collect();
    assert_eq!(found(&prefixed), Vec::<String>::new());
}

#[test]
fn records_of_several_processes_are_told_apart() {
    let (one, other) = (logged(), logged());
    let mixed: Vec<String> = one.into_iter().zip(other).flat_map(|(a, b)| [a, b]).collect();
    let mut verifier = Verifier::default();
    assert!(mixed.iter().all(|line| verifier.take(line).is_none()));
    assert_eq!(verifier.chains().len(), 2);
}

#[test]
fn every_way_to_tamper_is_found_where_it_was_done() {
    let whole = logged();
    let tampered = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = whole.clone();
        change(&mut lines);
        found(&lines)
    };
    let altered = tampered(&|lines| lines[at(2)] = lines[at(2)].replace("orders", "others"));
    assert_eq!(altered, ["line 2 of chain c is not as it was written"]);
    let removed = tampered(&|lines| drop(lines.drain(at(2)..at(4))));
    assert_eq!(removed, ["of chain c 2 lines are missing, from 2, before line 4"]);
    let beheaded = tampered(&|lines| drop(lines.drain(..at(3))));
    assert_eq!(
        beheaded,
        ["chain c begins with line 3: what was told before is not here"]
    );
    let repeated = tampered(&|lines| lines.insert(at(4), whole[at(2)].clone()));
    assert_eq!(repeated, ["line 2 of chain c is not in its place"]);
    let cut = tampered(&|lines| lines[at(4)].truncate(120));
    assert_eq!(cut, ["a line of the record cannot be read"]);
    let said_twice = tampered(&|lines| {
        lines[at(2)] = lines[at(2)].replacen("\"connector\":", "\"connector\":\"x\",\"connector\":", 1);
    });
    assert_eq!(said_twice[0], "a line of the record cannot be read");
}

#[test]
fn a_line_that_was_replaced_by_a_well_formed_one_is_found_by_the_next() {
    let mut lines = logged();
    let mut object: Value = serde_json::from_str(&lines[at(2)]).unwrap();
    object["connector"] = "others".into();
    let mut forged: Line = serde_json::from_value(object.clone()).unwrap();
    forged.hash = forged.digest();
    object["hash"] = forged.hash.into();
    lines[at(2)] = object.to_string();
    assert_eq!(
        found(&lines),
        ["line 3 of chain c follows upon another line than the one before it"]
    );
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_odd_to_be_read(text in ".*", number in proptest::num::u64::ANY) {
        let mut verifier = Verifier::default();
        verifier.take(&text);
        let line = logged().swap_remove(at(1)).replacen("\"number\":1", &format!("\"number\":{number}"), 1);
        verifier.take(&line);
        verifier.take(&line);
    }
}
