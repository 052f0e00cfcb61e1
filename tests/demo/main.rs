//! `make demo`: a control plane, the operator with its embedded registry and the examples, left running to be looked at.
//!
//! `up` is the command at the terminal. It has a keeper started in the background (`keep`), to which all other
//! processes belong and with which they end, however it ends. `down.sh` ends the keeper.

#[path = "../support/harness.rs"]
#[expect(unused_imports, reason = "the harness's own tests are not run here")]
mod harness;

mod folder;
mod keep;
mod keeper;
mod registry;
mod served;
mod show;
mod up;

use std::{env, fmt::Arguments, io, io::Write as _, process::ExitCode};

use folder::Folder;
use harness::Failure;

/// Runs `up` or `keep`; a failure is told on standard error and ends with 1.
fn main() -> ExitCode {
    let command = env::args().nth(1).unwrap_or_default();
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    // Whoever installed one first has installed the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let outcome = runtime.block_on(async {
        match command.as_str() {
            "up" => up::up(&Folder::of_this_checkout()).await,
            "keep" => keep::keep(&Folder::of_this_checkout()).await,
            _ => Err(Failure::io(
                "run this: the commands are `make demo` and `make down`",
            )(io::Error::other(format!(
                "{command:?} is none of its own"
            )))),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            drop(writeln!(io::stderr(), "demo: {failure:?}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints a line. Whoever listened may be gone; that is no failure.
fn say(line: Arguments<'_>) {
    let mut output = io::stdout().lock();
    drop(writeln!(output, "{line}").and_then(|()| output.flush()));
}
