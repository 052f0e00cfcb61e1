//! `crds`: prints the resource definitions. No client.

use std::{fs, io::Write, path::PathBuf};

use kube::ResourceExt as _;

use super::Failure;
use crate::crd;

/// Print the resource definitions, ready for kubectl apply --server-side
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write one file a definition into this directory instead
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Writes the three definitions as YAML to `output`, or into the directory asked for.
pub(super) fn run(arguments: Arguments, output: &mut impl Write) -> Result<(), Failure> {
    let Arguments { directory } = arguments;
    for definition in crd::all() {
        let text = crd::render(&definition).map_err(Failure::of("cannot write the definitions as YAML"))?;
        match &directory {
            Some(directory) => {
                let path = directory.join(format!("{}.yaml", definition.name_any()));
                fs::write(&path, text).map_err(Failure::of("cannot write into the directory asked for"))?;
            }
            None => write!(output, "---\n{text}").map_err(Failure::of("cannot write to standard output"))?,
        }
    }
    Ok(())
}
