//! The command line's entry.

use std::process::ExitCode;

/// One allocator that gives memory back after a burst; the system's keeps the peak of ten thousand objects.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    connector_operator::cli::main()
}
