//! How output looks: colours, excerpts with carets, progress. No client.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use anstyle::{AnsiColor, Style};

use super::excerpt::Excerpt;
use crate::definition::{Impact, Severity};

/// How something is to be seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tone {
    /// As any text.
    Plain,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// To be looked at.
    Doubtful,
    /// First to be read.
    Strong,
    /// Last to be read.
    Faint,
}

/// Colours, or none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Palette {
    error: Style,
    warning: Style,
    info: Style,
    good: Style,
    strong: Style,
    faint: Style,
}

impl Palette {
    /// Colours where standard output is a terminal that has them, and NO_COLOR and its like do not forbid them.
    pub(super) fn of_stdout() -> Self {
        Self::with_choice(anstream::AutoStream::choice(&io::stdout()))
    }

    /// The same for standard error.
    pub(super) fn of_stderr() -> Self {
        Self::with_choice(anstream::AutoStream::choice(&io::stderr()))
    }

    fn with_choice(choice: anstream::ColorChoice) -> Self {
        if choice == anstream::ColorChoice::Never {
            Self::default()
        } else {
            Self::coloured()
        }
    }

    /// The colours.
    pub(super) fn coloured() -> Self {
        let bold = |colour: AnsiColor| colour.on_default().bold();
        Self {
            error: bold(AnsiColor::Red),
            warning: bold(AnsiColor::Yellow),
            info: bold(AnsiColor::Cyan),
            good: AnsiColor::Green.on_default(),
            strong: Style::new().bold(),
            faint: AnsiColor::Blue.on_default(),
        }
    }

    pub(super) fn of_tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => Style::new(),
            Tone::Good => self.good,
            Tone::Bad => self.error,
            Tone::Doubtful => self.warning,
            Tone::Strong => self.strong,
            Tone::Faint => self.faint,
        }
    }

    pub(super) fn of_impact(&self, impact: Impact) -> Style {
        match impact {
            Impact::Breaking => self.error,
            Impact::Compatible => self.info,
            Impact::Cosmetic => self.faint,
        }
    }

    pub(super) fn of(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }
}

/// Something said of a place in a file.
#[derive(Debug)]
pub(super) struct Remark<'r> {
    pub(super) file: &'r str,
    pub(super) line: u32,
    pub(super) column: u32,
    /// `error`, `lost`, …
    pub(super) kind: &'r str,
    pub(super) severity: Severity,
    pub(super) code: &'r str,
    pub(super) message: &'r str,
    pub(super) help: &'r str,
}

impl Remark<'_> {
    /// Appends it to `text`: the place in a form that editors know, what is said, the line it is said of, and what to
    /// do.
    pub(super) fn print(&self, excerpt: Option<&Excerpt>, palette: &Palette, text: &mut String) {
        let Self {
            file,
            line,
            column,
            kind,
            severity,
            code,
            message,
            help,
        } = self;
        let (strong, faint, colour) = (palette.strong, palette.faint, palette.of(*severity));
        // Writing into a string cannot fail.
        let _written = writeln!(
            text,
            "{strong}{file}:{line}:{column}{strong:#}: {colour}{kind}[{code}]{colour:#}{strong}: {message}{strong:#}"
        );
        if let Some(Excerpt {
            line: shown,
            column,
            width,
        }) = excerpt
        {
            let number = line.to_string();
            let gutter = number.len().max(4);
            let (space, caret) = (" ".repeat(*column), "^".repeat(*width));
            let _written = writeln!(text, "{faint}{number:>gutter$} |{faint:#} {shown}");
            let _written = writeln!(
                text,
                "{faint}{:gutter$} |{faint:#} {space}{colour}{caret}{colour:#}",
                ""
            );
        }
        let _written = writeln!(text, "    help: {help}");
    }
}

/// `3 errors`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// How far a long run is, on standard error; only if that is a terminal and standard output is none, which would show
/// it as well.
#[derive(Debug)]
pub(super) struct Progress {
    is_wanted: bool,
    total: usize,
    shown: Option<Instant>,
    started: Instant,
}

/// Shorter runs say nothing.
const QUIET: Duration = Duration::from_secs(1);

/// How often a line changes.
const PAUSE: Duration = Duration::from_millis(200);

impl Progress {
    pub(super) fn of(total: usize) -> Self {
        let is_wanted = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Self {
            is_wanted,
            total,
            shown: None,
            started: Instant::now(),
        }
    }

    /// `done` of them are done.
    pub(super) fn tell(&mut self, done: usize) {
        if self.is_wanted
            && self.started.elapsed() > QUIET
            && self.shown.is_none_or(|shown| shown.elapsed() > PAUSE)
        {
            self.shown = Some(Instant::now());
            // Progress that cannot be shown is none that anybody misses.
            let _shown = write!(io::stderr(), "\r{done} of {} files", self.total);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _cleared = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
