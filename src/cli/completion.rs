//! `completion`: what a shell needs to complete the commands. No client.

use std::io::Write;

use super::Failure;

/// Print a script that makes a shell complete commands and flags, as in: source <(connector-operator completion bash)
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(value_name = "SHELL")]
    shell: clap_complete::Shell,
}

/// Writes the script for `command`, which is called `name`, to `output`.
pub(super) fn run(
    arguments: &Arguments,
    mut command: clap::Command,
    name: &str,
    output: &mut impl Write,
) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    output
        .write_all(&script)
        .map_err(Failure::of("cannot write to standard output"))
}
