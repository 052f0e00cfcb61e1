//! Who calls the registry, and what each may do: the callers' tokens, read again when their files change. No client.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use super::{
    query::Verb,
    stamp::Stamp,
    target::{Roles, Target},
};

/// Characters below which a token is refused: it could be guessed.
pub(super) const TOKEN_LENGTH_LEAST: usize = 32;
/// How often it is looked whether a file has changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a caller may do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Scopes {
    read: bool,
    write: bool,
    share: bool,
}

/// One of the things a caller may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    /// Look at anything.
    Read,
    /// Make, change and delete connectors and connections.
    Write,
    /// Make and delete role assignments.
    Share,
}

impl Scope {
    pub(super) const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Share];

    /// What a request takes.
    pub(super) fn of(verb: Verb, target: &Target) -> Self {
        match (verb, target) {
            (Verb::List | Verb::Get | Verb::Export | Verb::Head, _) => Self::Read,
            (
                Verb::Put | Verb::Patch | Verb::Delete,
                Target::Role {
                    roles: Roles::Assignments,
                    ..
                },
            ) => Self::Share,
            (Verb::Put | Verb::Patch | Verb::Delete, _) => Self::Write,
        }
    }

    /// As the file spells it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Share => "share",
        }
    }
}

impl Scopes {
    const EVERY: Self = Self {
        read: true,
        write: true,
        share: true,
    };

    pub(super) fn hold(self, scope: Scope) -> bool {
        match scope {
            Scope::Read => self.read,
            Scope::Write => self.write,
            Scope::Share => self.share,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut scopes = Self::default();
        for word in text.split(',') {
            match Scope::ALL.into_iter().find(|scope| scope.as_str() == word)? {
                Scope::Read => scopes.read = true,
                Scope::Write => scopes.write = true,
                Scope::Share => scopes.share = true,
            }
        }
        Some(scopes)
    }
}

/// A token with the name of who holds it.
#[derive(Clone, Debug)]
struct Entry {
    caller: Caller,
    token: SecretString,
}

/// Somebody whose token is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Caller {
    /// As the file calls it.
    pub(super) name: Arc<str>,
    /// What it may do.
    pub(super) scopes: Scopes,
}

impl Caller {
    fn with_every_scope(name: &str) -> Self {
        Self {
            name: name.into(),
            scopes: Scopes::EVERY,
        }
    }
}

/// Why the callers' tokens could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file cannot be read.
    #[error("could not read the tokens in `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line of it is none.
    #[error("could not use line {line} of the tokens in `{path}`: {problem}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it, and how it should be. It quotes no token.
        problem: &'static str,
    },
    /// The one token of a file cannot be one.
    #[error(
        "the token in `{0}` is shorter than {TOKEN_LENGTH_LEAST} characters or holds spaces or control characters: delete the file to have a new one made"
    )]
    Unsound(PathBuf),
}

/// Every token that opens the registry.
#[derive(Debug)]
pub(super) struct Tokens {
    files: Vec<Watched>,
    /// Known to this process alone: whoever runs the registry within its own process is not locked out when a file
    /// changes.
    inner: SecretString,
}

impl Tokens {
    /// Those of the data directory's own file, which open everything, and those of a file that says what each opens.
    pub(super) fn open(
        own: PathBuf,
        listed: Option<PathBuf>,
        inner: SecretString,
    ) -> Result<Self, TokensError> {
        let mut files = vec![Watched::open(own, read_one)?];
        if let Some(listed) = listed {
            files.push(Watched::open(listed, read_lines)?);
        }
        Ok(Self { files, inner })
    }

    /// The token that this process itself may use.
    pub(super) fn inner(&self) -> SecretString {
        self.inner.clone()
    }

    /// Who presents that token, if anybody holds it. Every token is compared, each in constant time.
    pub(super) fn caller(&self, presented: &[u8], now: Instant) -> Option<Caller> {
        let fits = |token: &SecretString| bool::from(presented.ct_eq(token.expose_secret().as_bytes()));
        let mut found = fits(&self.inner).then(|| Caller::with_every_scope("itself"));
        for file in &self.files {
            for entry in file.entries(now).iter() {
                if fits(&entry.token) && found.is_none() {
                    found = Some(entry.caller.clone());
                }
            }
        }
        found
    }
}

type Read = fn(&str, &Path) -> Result<Vec<Entry>, TokensError>;

/// A file that is read again when it has changed.
#[derive(Debug)]
struct Watched {
    path: PathBuf,
    read: Read,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    looked: Option<Instant>,
    stamp: Stamp,
    entries: Arc<[Entry]>,
}

impl Watched {
    fn open(path: PathBuf, read: Read) -> Result<Self, TokensError> {
        let stamp = Stamp::of(&path).map_err(unreadable(&path))?;
        let entries = load(&path, read)?;
        Ok(Self {
            path,
            read,
            held: Mutex::new(Held {
                looked: None,
                stamp,
                entries,
            }),
        })
    }

    /// The file's tokens as they are by now. What cannot be read changes nothing, and the log says so.
    fn entries(&self, now: Instant) -> Arc<[Entry]> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.looked.is_some_and(|looked| now < looked + LOOK_EVERY) {
            return Arc::clone(&held.entries);
        }
        held.looked = Some(now);
        let stamp = Stamp::of(&self.path).map_err(unreadable(&self.path));
        let fresh = stamp.and_then(|stamp| {
            if stamp == held.stamp {
                return Ok(None);
            }
            // Noted before it is read: one that is of no use is reported once.
            held.stamp = stamp;
            load(&self.path, self.read).map(Some)
        });
        match fresh {
            Ok(None) => {}
            Ok(Some(entries)) => {
                tracing::info!(path = %self.path.display(), tokens = entries.len(), "the callers' tokens have changed");
                held.entries = entries;
            }
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the callers' tokens stay as they were"
            ),
        }
        Arc::clone(&held.entries)
    }
}

fn load(path: &Path, read: Read) -> Result<Arc<[Entry]>, TokensError> {
    let text = fs::read_to_string(path).map_err(unreadable(path))?;
    Ok(read(&text, path)?.into())
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> TokensError {
    let path = path.to_owned();
    move |source| TokensError::Read { path, source }
}

fn is_sound(token: &str) -> bool {
    token.len() >= TOKEN_LENGTH_LEAST && token.chars().all(|character| character.is_ascii_graphic())
}

/// A file that is one token, which opens everything.
fn read_one(text: &str, path: &Path) -> Result<Vec<Entry>, TokensError> {
    let token = text.trim();
    if !is_sound(token) {
        return Err(TokensError::Unsound(path.to_owned()));
    }
    Ok(vec![Entry {
        caller: Caller::with_every_scope("token"),
        token: SecretString::from(token),
    }])
}

/// A file with a line for each token: a name, its scopes joined by commas, the token. Empty lines and those that begin
/// with `#` are passed over.
fn read_lines(text: &str, path: &Path) -> Result<Vec<Entry>, TokensError> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(line, text)| {
            read_line(text).map_err(|problem| TokensError::Line {
                path: path.to_owned(),
                line,
                problem,
            })
        })
        .collect()
}

fn read_line(text: &str) -> Result<Entry, &'static str> {
    let mut words = text.split_whitespace();
    let (Some(name), Some(scopes), Some(token), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("a line is a name, scopes joined by commas, and a token, with spaces between");
    };
    let scopes = Scopes::parse(scopes).ok_or("scopes are read, write and share, joined by commas")?;
    if !is_sound(token) {
        return Err("a token has at least 32 characters, all of them printable ASCII");
    }
    Ok(Entry {
        caller: Caller {
            name: name.into(),
            scopes,
        },
        token: SecretString::from(token),
    })
}

#[cfg(test)]
mod tests;
