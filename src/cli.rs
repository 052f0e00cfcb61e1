//! The commands, their flags and environment; the only reader of both.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Registers API descriptions as custom connectors, shares them, and keeps it so.
#[derive(Debug, Parser)]
#[command(name = "connector-operator", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {}

/// Runs the command line; the exit code follows the command's own table.
pub fn main() -> ExitCode {
    match Cli::parse().command {}
}
