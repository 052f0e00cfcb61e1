//! `make corpus`: the engine against descriptions that others wrote, judged by bars that are written down.
//!
//! The descriptions lie in `../shared/corpus` beside the project, or in the folder given; they are no part of it. A part
//! that is absent is skipped and said so. Ends with 1 if a bar is missed. `--list` names every description that is not
//! as it should be.

mod connectors;
mod facts;
mod files;
mod hostile;
#[path = "../../../support/labelled.rs"]
mod judged;
mod labelled;
mod openapi3;
mod postman;
mod raise;
mod requests;
mod round_trip;
mod schema;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use self::table::Table;

/// The allocator of the binary that ships, so that memory is what it is there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where descriptions lie, and how much is said of them.
#[derive(Debug)]
pub struct Corpus {
    root: PathBuf,
    is_listing: bool,
}

impl Corpus {
    /// A part of the corpus, if it is there.
    pub fn part(&self, name: &str) -> Option<PathBuf> {
        let path = self.root.join(name);
        if path.is_dir() {
            return Some(path);
        }
        println!("skipped: {} is not there", path.display());
        None
    }

    /// Says something of one description, where that was asked for.
    pub fn list(&self, say: impl FnOnce() -> String) {
        if self.is_listing {
            println!("  {}", say());
        }
    }
}

fn main() -> ExitCode {
    let mut root = PathBuf::from("../shared/corpus");
    let mut is_listing = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--list" => is_listing = true,
            _ => root = PathBuf::from(argument),
        }
    }
    let corpus = Corpus { root, is_listing };
    let mut table = Table::default();
    // First, while the process has held nothing else: its peak is part of what is measured.
    connectors::measure(&corpus, &mut table);
    labelled::measure(&corpus, &mut table);
    postman::measure(&corpus, &mut table);
    openapi3::measure(&corpus, &mut table);
    round_trip::measure(&corpus, &mut table);
    hostile::measure(&mut table);
    println!("\n{table}");
    if table.is_met() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}
