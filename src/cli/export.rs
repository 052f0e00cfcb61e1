//! `export`: a connector as the files that Microsoft's review and its command line take. Client required.

mod files;
#[cfg(test)]
mod tests;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use self::files::Files;
use super::{
    Failure,
    cluster::{
        self, Cluster,
        backends::{self, Reach},
        block_on,
    },
    convert::save,
    judged::Description,
    status::print,
    terminal::Palette,
};
use crate::{
    connector,
    crd::CustomConnector,
    definition::{Limits, check},
    reconcile::settings,
    source::{Answer, Location, SourceError, Sources},
};

/// Write a connector as apiDefinition.swagger.json, apiProperties.json and its icon, as Microsoft's review and its command
/// line paconn take them
///
/// What is written is what the operator registers. Ends with 0 if the files are written, with 1 if the description is
/// refused, and with 2 if something could not be read or written.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Folder to write the files into; it is made if it is not there, and files of these names are replaced
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    cluster: cluster::Arguments,
    /// The connector
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    backends: backends::Arguments,
}

/// What a connector comes to.
enum Outcome {
    Ready(Box<Files>),
    /// The description has errors; they, for people.
    Refused(String),
}

/// Writes the files, and their names to `output`. What they cannot hold, and why a description is refused, goes to
/// `remarks`.
pub(super) fn run(
    arguments: &Arguments,
    palette: &Palette,
    output: &mut impl Write,
    remarks: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let outcome = block_on(async {
        let cluster = Cluster::connect(&arguments.cluster).await?;
        let reach = Reach::new(&cluster, &arguments.backends)?;
        let connector = cluster.whole_connector(&arguments.name).await?;
        let outcome = assembled(&connector, &cluster.namespace, reach.sources(), palette).await;
        outcome.map_err(Failure::of(format!(
            "cannot put together {}",
            cluster.called(&arguments.name)
        )))
    })?;
    let told = |error: io::Error| Failure::of("cannot write to standard error")(error);
    match outcome {
        Outcome::Ready(files) => {
            for remark in &files.remarks {
                writeln!(remarks, "{remark}").map_err(told)?;
            }
            for path in write(&files, &arguments.output).map_err(Failure::of("cannot write the files"))? {
                print(output, &format!("{}\n", path.display()))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Refused(text) => {
            remarks.write_all(text.as_bytes()).map_err(told)?;
            Ok(ExitCode::from(1))
        }
    }
}

/// Why a connector cannot be put together.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    /// The description or the icon cannot be read.
    #[error("it refers to what cannot be read")]
    Source(#[from] SourceError),
    /// Description and spec do not make a connector.
    #[error(transparent)]
    Assembly(#[from] connector::AssemblyError),
    /// The document cannot be read back; a fault of ours.
    #[error("the document to be written is not valid JSON")]
    NotJson(#[from] serde_json::Error),
}

/// Fetches, judges and assembles as a pass does.
async fn assembled(
    connector: &CustomConnector,
    namespace: &str,
    sources: &Sources,
    palette: &Palette,
) -> Result<Outcome, ExportError> {
    let spec = &connector.spec;
    let location = Location::of(&spec.definition.source, None);
    let limit = Limits::default().bytes;
    let Answer::Fetched(fetched) = sources.fetch(namespace, location, None, limit).await? else {
        return Ok(Outcome::Refused("nothing was fetched\n".to_owned()));
    };
    let bytes = fetched.unpacked(limit)?;
    let mut checked = check(&bytes, &settings(spec));
    let Some(document) = checked.connector.take() else {
        let description = Description {
            name: fetched.origin,
            bytes: bytes.to_vec(),
            checked,
        };
        return Ok(Outcome::Refused(
            description.refusal(palette, "nothing is written"),
        ));
    };
    let icon = match &spec.icon {
        Some(icon) => sources.icon(namespace, icon, None, None).await?,
        None => None,
    };
    let name = connector.metadata.name.as_deref().unwrap_or_default();
    let name = spec.external_name.as_deref().unwrap_or(name);
    let (registration, _) = connector::assemble(document, spec, name, icon.map(|icon| icon.data_uri))?;
    Ok(Outcome::Ready(Box::new(Files::of(&registration)?)))
}

/// Writes each file whole. Returns their paths.
fn write(files: &Files, folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))?;
    let mut written = Vec::new();
    for (name, bytes) in files.all() {
        let path = folder.join(name);
        save::whole(&path, bytes)?;
        written.push(path);
    }
    Ok(written)
}
