//! One process that never outlives this one. No client.
//!
//! A small shell (`supervise.sh`) stands between: it holds the reading end of a pipe whose writing end only this
//! process has. The kernel closes that end whichever way this process goes, `kill -9` and a static that is never
//! dropped included, and the shell then ends its command. It leads a process group of its own, so that Ctrl-C at a
//! terminal reaches this process alone and the order stays the same.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use super::{Failure, poll::poll, usage::Usage};

const SUPERVISE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/supervise.sh");
const TAIL_LINES: usize = 30;

/// What to run, and how it is to be treated.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// What failures call it.
    pub(crate) name: String,
    /// The file to run.
    pub(crate) path: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
    /// Its environment, beside what it inherits.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// Where its output goes, appended.
    pub(crate) log: PathBuf,
    /// What it is given between TERM and KILL once this process is gone or [`Supervised`] is dropped.
    pub(crate) grace: Duration,
}

/// A running process. Dropping it ends the process and waits until it is gone.
#[derive(Debug)]
pub(crate) struct Supervised {
    program: Program,
    process_id: u32,
    shell: Child,
}

/// What can be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    /// Asks for an orderly end.
    Terminate,
    /// Ends at once.
    Kill,
    /// Stops without ending: the process is there and does nothing.
    Pause,
    /// Goes on after [`Signal::Pause`].
    Resume,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Kill => "KILL",
            Self::Pause => "STOP",
            Self::Resume => "CONT",
        }
    }
}

impl Supervised {
    /// Starts the program; its process id is known on return.
    pub(crate) fn start(program: Program) -> Result<Self, Failure> {
        let attempt = || format!("start {} ({})", program.name, program.path.display());
        let log = open_log(&program.log).map_err(Failure::io(attempt()))?;
        let mut shell = Command::new("sh")
            .arg(SUPERVISE)
            .arg((program.grace.as_millis() / 100).to_string())
            .arg(&program.path)
            .args(&program.arguments)
            .envs(program.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(Failure::io(attempt()))?;
        let process_id = read_process_id(&mut shell).map_err(Failure::io(attempt()))?;
        Ok(Self {
            program,
            process_id,
            shell,
        })
    }

    /// Of the program itself, not of the shell beside it.
    pub(crate) fn process_id(&self) -> u32 {
        self.process_id
    }

    /// Where its output goes.
    pub(crate) fn log(&self) -> &Path {
        &self.program.log
    }

    /// What it has used so far; `None` once it is gone.
    pub(crate) fn usage(&self) -> Option<Usage> {
        Usage::of(self.process_id)
    }

    /// Sends a signal. One that comes too late is no failure.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<(), Failure> {
        let Some(pipe) = &mut self.shell.stdin else {
            return Ok(());
        };
        match writeln!(pipe, "{}", signal.name()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Io {
                attempt: format!("send {signal:?} to {}", self.program.name),
                source: error,
            }),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        self.shell
            .try_wait()
            .map_err(Failure::io(format!("ask after {}", self.program.name)))
    }

    /// [`Failure::Ended`] with the end of its log, if it is not running.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => Err(Failure::Ended {
                name: self.program.name.clone(),
                status,
                log: self.program.log.clone(),
                tail: self.tail(),
            }),
        }
    }

    /// Waits for its end, which something else brings about.
    pub(crate) async fn wait(&mut self, limit: Duration) -> Result<ExitStatus, Failure> {
        let what = format!("the end of {}", self.program.name);
        poll(&what, limit, async || {
            self.ended().map(|status| status.ok_or("it is still running"))
        })
        .await
    }

    /// The last lines of its output.
    pub(crate) fn tail(&self) -> String {
        let text = fs::read(&self.program.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let (_, end) = lines.split_at(lines.len().saturating_sub(TAIL_LINES));
        end.iter().flat_map(|line| ["  | ", line, "\n"]).collect()
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Only a process that was never this one's child cannot be waited for.
        drop(self.shell.wait());
    }
}

fn open_log(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

fn read_process_id(shell: &mut Child) -> io::Result<u32> {
    let stdout = shell
        .stdout
        .take()
        .ok_or_else(|| io::Error::other("the shell has no standard output"))?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    line.trim()
        .parse()
        .map_err(|_| io::Error::other(format!("the shell told {line:?} instead of a process id")))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn shell(folder: &TempDir, script: &str, grace: Duration) -> Supervised {
        Supervised::start(Program {
            name: "the script".to_owned(),
            path: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: vec![("WORD".into(), "from outside".into())],
            log: folder.path().join("logs/script.log"),
            grace,
        })
        .unwrap()
    }

    async fn logged(process: &Supervised, wanted: &str) {
        poll(wanted, LIMIT, async || {
            Ok(if process.tail().contains(wanted) {
                Ok(())
            } else {
                Err(process.tail())
            })
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn dropping_it_asks_first_and_is_over_when_the_process_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap 'echo asked; exit' TERM; echo begun; while :; do sleep 0.05; done";
        let process = shell(&folder, script, Duration::from_secs(10));
        logged(&process, "begun").await;
        assert!(
            process.usage().is_some_and(|usage| usage.resident > 0),
            "it is there"
        );
        let (id, log) = (process.process_id(), process.log().to_owned());

        drop(process);

        assert_eq!(Usage::of(id), None, "it is gone");
        assert_eq!(fs::read_to_string(log).unwrap(), "begun\nasked\n");
    }

    #[tokio::test]
    async fn what_does_not_end_when_asked_is_killed_after_its_grace() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap '' TERM; echo begun; while :; do sleep 0.05; done";
        let process = shell(&folder, script, Duration::from_millis(300));
        logged(&process, "begun").await;
        let id = process.process_id();

        drop(process);

        assert_eq!(Usage::of(id), None);
    }

    #[tokio::test]
    async fn a_kill_reaches_the_program_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = shell(
            &folder,
            "trap 'echo asked' TERM; echo begun; while :; do sleep 0.05; done",
            LIMIT,
        );
        logged(&process, "begun").await;

        process.signal(Signal::Kill).unwrap();
        process.wait(LIMIT).await.unwrap();

        assert_eq!(Usage::of(process.process_id()), None);
        assert!(!process.tail().contains("asked"));
        process.signal(Signal::Kill).unwrap();
    }

    #[tokio::test]
    async fn one_that_ended_by_itself_is_reported_with_its_status_and_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = shell(&folder, "echo \"a word $WORD\"; exit 7", LIMIT);

        assert_eq!(process.wait(LIMIT).await.unwrap().code(), Some(7));

        let told = process.check().unwrap_err().to_string();
        assert!(
            told.contains("the script ended by itself, with exit status: 7"),
            "{told}"
        );
        assert!(told.contains("a word from outside"), "{told}");
    }
}
