//! The keeper as the command at the terminal sees it: starts one, finds one, ends one. No client.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::{
    folder::{Folder, this_build},
    harness::Failure,
    say,
};

/// The keeper's last line: everything runs.
pub(crate) const READY: &str = "ready";
/// What it is told when it is to outlive the command that started it.
pub(crate) const STAY: &str = "stay";

/// A keeper of ours that ends with this value, or with this process, unless it is told to stay.
#[derive(Debug)]
pub(crate) struct Keeper {
    process: Child,
}

/// What is there already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Running {
    /// A demo of this build.
    This,
    /// A demo of an older build.
    Other,
    /// None.
    Nothing,
}

/// What runs on this folder. To be asked by one command at a time.
pub(crate) fn running(folder: &Folder) -> Result<Running, Failure> {
    if folder.try_hold()?.is_some() {
        return Ok(Running::Nothing);
    }
    let build = fs::read_to_string(folder.build()).unwrap_or_default();
    Ok(if build == this_build()? {
        Running::This
    } else {
        Running::Other
    })
}

/// Ends whatever runs on this folder, and returns once it is gone.
pub(crate) fn end() -> Result<(), Failure> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/demo/down.sh");
    let attempt = || format!("run {script}");
    let status = Command::new(script).status().map_err(Failure::io(attempt()))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::io(attempt())(io::Error::other(status.to_string())))
}

impl Keeper {
    /// Starts one, passes on what it says, and returns once everything runs.
    pub(crate) fn start(folder: &Folder) -> Result<Self, Failure> {
        const ATTEMPT: &str = "start the demo in the background";
        let log = folder.keeper_log();
        let attempt = || Failure::io(ATTEMPT);
        fs::create_dir_all(log.parent().unwrap_or_else(|| folder.path())).map_err(attempt())?;
        let errors = File::create(&log);
        let mut process = Command::new(std::env::current_exe().map_err(attempt())?)
            .args(["keep".as_ref(), folder.path().as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.map_err(attempt())?)
            // Ctrl-C at the terminal reaches the command alone, and the keeper ends with the command.
            .process_group(0)
            .spawn()
            .map_err(attempt())?;
        let output = process.stdout.take();
        let keeper = Self { process };
        if output.is_some_and(passed_on_until_ready) {
            return Ok(keeper);
        }
        drop(keeper);
        let told = fs::read_to_string(&log).unwrap_or_default();
        Err(attempt()(io::Error::other(told.trim_end().to_owned())))
    }

    /// Lets it outlive this process.
    pub(crate) fn leave(mut self) -> Result<(), Failure> {
        let Some(input) = &mut self.process.stdin else {
            return Ok(());
        };
        writeln!(input, "{STAY}").map_err(Failure::io("leave the demo running"))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // A keeper that was told to stay has the word already, and takes this end for no more than it is.
        drop(self.process.stdin.take());
    }
}

fn passed_on_until_ready(output: ChildStdout) -> bool {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if line == READY {
            return true;
        }
        say(format_args!("{line}"));
    }
    false
}
