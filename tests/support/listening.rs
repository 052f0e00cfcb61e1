//! Starting one of our own servers and learning where it listens. No client.

use std::{fs, io, path::Path, time::Duration};

use super::{
    Failure,
    poll::poll,
    supervised::{Program, Supervised},
};

const START_LIMIT: Duration = Duration::from_mins(1);

/// Starts the program, and returns with the address that it wrote into the file, without a slash at the end.
pub(super) async fn start(program: Program, url_file: &Path) -> Result<(Supervised, String), Failure> {
    // What a former run wrote there would be taken for the answer.
    match fs::remove_file(url_file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::io(format!("remove {}", url_file.display()))(error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut process = Supervised::start(program)?;
    let waited = poll(
        "the address of a process that was just started",
        START_LIMIT,
        async || {
            process.check()?;
            Ok(match fs::read_to_string(url_file) {
                Ok(url) if !url.trim().is_empty() => Ok(url.trim().trim_end_matches('/').to_owned()),
                other => Err(format!("{other:?} in {}", url_file.display())),
            })
        },
    )
    .await;
    match waited {
        Ok(url) => Ok((process, url)),
        Err(failure) => Err(failure.with_tails(&[&process])),
    }
}
