//! The commands, their flags and environment; the only reader of both.

mod crds;
mod registry;
mod validate;

use std::{error::Error, io, process::ExitCode};

use clap::{Parser, Subcommand};

/// Registers API descriptions as custom connectors, shares them, and keeps it so.
#[derive(Debug, Parser)]
#[command(name = "connector-operator", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Crds(crds::Arguments),
    Registry(registry::Arguments),
    Validate(validate::Arguments),
}

/// Why a command could not do its work: what was attempted, and the cause.
#[derive(Debug, thiserror::Error)]
#[error("{attempted}")]
struct Failure {
    attempted: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl Failure {
    /// Wraps a cause with what was attempted.
    fn of<E: Into<Box<dyn Error + Send + Sync>>>(attempted: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self {
            attempted,
            source: source.into(),
        }
    }
}

/// Runs the command line; a command that could not do its work ends with 2.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Crds(arguments) => {
            crds::run(arguments, &mut io::stdout().lock()).map(|()| ExitCode::SUCCESS)
        }
        Command::Registry(arguments) => registry::run(arguments).map(|()| ExitCode::SUCCESS),
        Command::Validate(arguments) => validate::run(&arguments, &mut io::stdout().lock()),
    };
    outcome.unwrap_or_else(|failure| {
        report(&failure);
        ExitCode::from(2)
    })
}

/// Prints a failure with its causes on standard error.
#[expect(clippy::print_stderr, reason = "the command line's own channel for failures")]
fn report(failure: &Failure) {
    eprint!("connector-operator: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        eprint!(": {error}");
        cause = error.source();
    }
    eprintln!();
}
