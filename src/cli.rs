//! The commands, their flags and environment; the only reader of both.

mod crds;
mod registry;
mod run;
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
    Run(Box<run::Arguments>),
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
        Command::Run(arguments) => run::run(*arguments).map(|()| ExitCode::SUCCESS),
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
    eprintln!("connector-operator: {}", chain(failure));
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
    fn a_cause_that_an_error_tells_itself_is_not_told_twice() {
        let cause = Repeating("x".parse::<u8>().unwrap_err());
        let failure = Failure::of("cannot read the port")(cause);
        assert_eq!(
            chain(&failure),
            "cannot read the port: cannot parse: invalid digit found in string"
        );
    }
}
