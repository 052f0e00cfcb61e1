//! `verify-log`: whether the record of changes in a log is whole. No client.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::Failure;
use crate::record::{Seen, Verifier};

/// Check that the record of changes in a log is whole: no line altered, missing, repeated or out of place
///
/// The log is that of `run --log-format json`, in one file or, in their order, in several. Ends with 0 if it is whole,
/// with 1 if it is not or there is no record in it, and with 2 if a file could not be read. Lines that were cut off the
/// end leave no trace in the log itself: compare the last hash with one that was kept elsewhere.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Logs, the oldest first; - reads standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Reads the logs, and tells on `output` where they break, and of each chain how far it goes.
pub(super) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<ExitCode, Failure> {
    let Arguments { files } = arguments;
    let mut verifier = Verifier::default();
    let mut breaks = 0_usize;
    for file in files {
        let opened: Box<dyn BufRead> = if file == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            let opened = File::open(file).map_err(Failure::of(cannot_read(file)))?;
            Box::new(BufReader::new(opened))
        };
        breaks += read(opened, file, &mut verifier, output)?;
    }
    for (chain, seen) in verifier.chains() {
        let Seen {
            lines,
            since,
            until,
            number: _,
            hash,
        } = seen;
        let text = format!("chain {chain}: {lines} lines, {since} to {until}, the last with hash {hash}");
        say(output, &text)?;
    }
    if verifier.chains().is_empty() {
        say(
            output,
            "no record of changes was found: is this a log of `run --log-format json`?",
        )?;
        return Ok(ExitCode::from(1));
    }
    say(
        output,
        &match breaks {
            0 => "whole".to_owned(),
            1 => "not whole: 1 break".to_owned(),
            breaks => format!("not whole: {breaks} breaks"),
        },
    )?;
    Ok(if breaks == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Reads one log. Returns how often it breaks.
fn read(
    mut log: impl BufRead,
    file: &Path,
    verifier: &mut Verifier,
    output: &mut impl Write,
) -> Result<usize, Failure> {
    let (mut bytes, mut breaks) = (Vec::new(), 0);
    for number in 1_u64.. {
        bytes.clear();
        let length = log
            .read_until(b'\n', &mut bytes)
            .map_err(Failure::of(cannot_read(file)))?;
        if length == 0 {
            break;
        }
        if let Some(found) = verifier.take(String::from_utf8_lossy(&bytes).trim_end()) {
            say(output, &format!("{}:{number}: {found}", file.display()))?;
            breaks += 1;
        }
    }
    Ok(breaks)
}

fn cannot_read(file: &Path) -> String {
    format!("cannot read {}", file.display())
}

fn say(output: &mut impl Write, line: &str) -> Result<(), Failure> {
    writeln!(output, "{line}").map_err(Failure::of("cannot write to standard output"))
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::mpsc};

    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::record::{Change, Journal, Line};

    /// A log of three lines of a record.
    fn logged() -> Vec<String> {
        let (sender, lines) = mpsc::channel();
        let tell = move |line: &Line| sender.send(serde_json::to_value(line).unwrap()).unwrap();
        let journal = Journal::start(|| Timestamp::UNIX_EPOCH, tell);
        for what in ["GrantMade", "GrantRemoved"] {
            journal.tell(Change {
                what: what.to_owned(),
                ..Change::default()
            });
        }
        drop(journal);
        let in_log = |mut line: Value| {
            line["target"] = json!("change");
            line.to_string()
        };
        lines.into_iter().map(in_log).collect()
    }

    /// The exit code and what is said of logs of these lines.
    fn verified(logs: &[&[String]]) -> (ExitCode, String) {
        let folder = tempfile::tempdir().unwrap();
        let files = logs.iter().enumerate().map(|(number, lines)| {
            let file = folder.path().join(format!("{number}.log"));
            fs::write(&file, lines.join("\n")).unwrap();
            file
        });
        let files = files.collect();
        let mut output = Vec::new();
        let code = run(&Arguments { files }, &mut output).unwrap();
        let said = String::from_utf8(output).unwrap();
        (code, said.replace(&format!("{}/", folder.path().display()), ""))
    }

    #[test]
    fn a_whole_record_ends_with_0_in_one_file_and_in_several() {
        let lines = logged();
        let (code, said) = verified(&[&lines]);
        assert_eq!(code, ExitCode::SUCCESS, "{said}");
        assert!(
            said.contains(": 3 lines, ") && said.ends_with("whole\n"),
            "{said}"
        );
        assert_eq!(verified(&[&lines[..1], &lines[1..]]), (code, said));
    }

    #[test]
    fn a_break_is_told_with_its_place_and_ends_with_1() {
        let mut lines = logged();
        lines.remove(1);
        let (code, said) = verified(&[&lines]);
        assert_eq!(code, ExitCode::from(1));
        assert!(said.starts_with("0.log:2: of chain "), "{said}");
        assert!(said.ends_with("not whole: 1 break\n"), "{said}");
    }

    #[test]
    fn a_log_without_a_record_is_not_whole_and_one_that_cannot_be_read_is_a_failure() {
        let (code, said) = verified(&[&["INFO leads".to_owned()]]);
        assert_eq!(code, ExitCode::from(1));
        assert!(said.starts_with("no record of changes was found"), "{said}");
        let missing = Arguments {
            files: vec!["/nowhere/a.log".into()],
        };
        let failure = run(&missing, &mut Vec::new()).unwrap_err();
        assert_eq!(failure.to_string(), "cannot read /nowhere/a.log");
    }
}
