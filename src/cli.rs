//! The commands, their flags and environment; the only reader of both.

mod approve;
mod audit;
mod azure;
mod cluster;
mod completion;
mod convert;
mod crds;
mod diff;
mod excerpt;
mod export;
mod forget;
mod input;
mod judged;
mod plan;
mod reconcile;
mod registry;
mod run;
mod status;
mod suspend;
mod table;
mod terminal;
#[cfg(test)]
mod testing;
mod tree;
mod validate;
mod verify_log;

use std::{
    borrow::Cow,
    error::Error,
    ffi::{OsStr, OsString},
    io,
    path::Path,
    process::ExitCode,
};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use self::terminal::Palette;

/// Registers API descriptions as custom connectors, shares them, and keeps it so.
#[derive(Debug, Parser)]
#[command(name = "connector-operator", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Approve(approve::Arguments),
    Audit(Box<audit::Arguments>),
    Completion(completion::Arguments),
    Convert(convert::Arguments),
    Crds(crds::Arguments),
    Diff(diff::Arguments),
    Export(export::Arguments),
    Forget(forget::Arguments),
    Plan(Box<plan::Arguments>),
    Reconcile(reconcile::Arguments),
    Registry(registry::Arguments),
    Resume(suspend::Resume),
    Run(Box<run::Arguments>),
    Status(status::Arguments),
    Suspend(suspend::Suspend),
    Tree(tree::Arguments),
    Validate(validate::Arguments),
    VerifyLog(verify_log::Arguments),
}

/// Why a command could not do its work: what was attempted, and the cause.
#[derive(Debug, thiserror::Error)]
#[error("{attempted}")]
struct Failure {
    attempted: Cow<'static, str>,
    source: Box<dyn Error + Send + Sync>,
}

impl Failure {
    /// Wraps a cause with what was attempted.
    fn of<E: Into<Box<dyn Error + Send + Sync>>>(
        attempted: impl Into<Cow<'static, str>>,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self {
            attempted: attempted.into(),
            source: source.into(),
        }
    }
}

/// The name of the program as a plugin: kubectl finds it under this one, and calls it so.
const PLUGIN: &str = "kubectl-connectors";

/// Runs the command line; a command that could not do its work ends with 2.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().peekable();
    let command = command(arguments.peek().map(OsString::as_os_str).unwrap_or_default());
    let name = command.get_name().to_owned();
    let cli =
        Cli::from_arg_matches(&command.get_matches_from(arguments)).unwrap_or_else(|error| error.exit());
    run(cli.command, &name).unwrap_or_else(|failure| {
        if !is_broken_pipe(&failure) {
            report(&name, &failure);
        }
        ExitCode::from(2)
    })
}

/// The commands, under the name that they were called by.
fn command(called: &OsStr) -> clap::Command {
    let stem = Path::new(called).file_stem();
    if stem.is_some_and(|stem| stem == PLUGIN) {
        Cli::command().name(PLUGIN).bin_name("kubectl connectors")
    } else {
        Cli::command()
    }
}

fn run(command: Command, name: &str) -> Result<ExitCode, Failure> {
    let mut output = io::stdout().lock();
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::Approve(arguments) => approve::run(&arguments, &mut output),
        Command::Audit(arguments) => audit::run(
            &arguments,
            &Palette::of_stdout(),
            &mut output,
            &mut io::stderr().lock(),
        ),
        Command::Completion(arguments) => {
            completion::run(&arguments, Cli::command(), name, &mut output).map(done)
        }
        Command::Convert(arguments) => convert::run(
            &arguments,
            &Palette::of_stderr(),
            &mut output,
            &mut io::stderr().lock(),
        ),
        Command::Crds(arguments) => crds::run(arguments, &mut output).map(done),
        Command::Diff(arguments) => diff::run(
            &arguments,
            &Palette::of_stdout(),
            &mut output,
            &mut io::stderr().lock(),
        ),
        Command::Export(arguments) => export::run(
            &arguments,
            &Palette::of_stderr(),
            &mut output,
            &mut io::stderr().lock(),
        ),
        Command::Forget(arguments) => forget::run(&arguments, &mut output),
        Command::Plan(arguments) => plan::run(&arguments, &Palette::of_stdout(), &mut output),
        Command::Reconcile(arguments) => reconcile::run(&arguments, &Palette::of_stdout(), &mut output),
        Command::Registry(arguments) => {
            drop(output);
            registry::run(arguments).map(done)
        }
        Command::Resume(arguments) => arguments.run(&mut output),
        Command::Run(arguments) => {
            drop(output);
            run::run(*arguments).map(done)
        }
        Command::Status(arguments) => status::run(
            &arguments,
            &Palette::of_stdout(),
            &mut output,
            &mut io::stderr().lock(),
        ),
        Command::Suspend(arguments) => arguments.run(&mut output),
        Command::Tree(arguments) => tree::run(&arguments, &Palette::of_stdout(), &mut output),
        Command::Validate(arguments) => validate::run(&arguments, &Palette::of_stdout(), &mut output),
        Command::VerifyLog(arguments) => verify_log::run(&arguments, &mut output),
    }
}

/// Whether whoever read the output stopped reading, which needs no words.
fn is_broken_pipe(failure: &Failure) -> bool {
    let mut cause = failure.source();
    while let Some(error) = cause {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Prints a failure with its causes on standard error.
#[expect(clippy::print_stderr, reason = "the command line's own channel for failures")]
fn report(name: &str, failure: &Failure) {
    eprintln!("{name}: {}", chain(failure));
}

/// A failure and its causes, each once: some errors of others end with their cause already.
fn chain(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let told = error.to_string();
        if !text.ends_with(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot parse: {0}")]
    struct Repeating(#[source] std::num::ParseIntError);

    #[test]
    fn the_commands_are_sound_under_either_name() {
        for (called, shown) in [
            ("/usr/bin/connector-operator", "connector-operator"),
            ("kubectl-connectors", "kubectl connectors"),
        ] {
            let mut command = command(OsStr::new(called));
            command.clone().debug_assert();
            let usage = command.render_usage().to_string();
            assert!(usage.contains(&format!("Usage: {shown} ")), "{usage}");
        }
    }

    #[test]
    fn a_reader_that_stopped_reading_is_no_failure_to_speak_of() {
        let failure = |kind: io::ErrorKind| Failure::of("cannot write")(io::Error::from(kind));
        assert!(is_broken_pipe(&failure(io::ErrorKind::BrokenPipe)));
        assert!(!is_broken_pipe(&failure(io::ErrorKind::StorageFull)));
    }

    #[test]
    fn a_cause_that_an_error_tells_itself_is_not_told_twice() {
        let cause = Repeating("x".parse::<u8>().unwrap_err());
        let failure = Failure::of("cannot read the port")(cause);
        assert_eq!(
            chain(&failure),
            "cannot read the port: cannot parse: invalid digit found in string"
        );
    }
}
