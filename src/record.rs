//! The record of changes: what was done outside the cluster, line by line, each holding the hash of the one before. No
//! client.
//!
//! A line is told once a call to a backend has ended, or was cut short. Lines hold who, what and where, and digests:
//! nothing of a description, and no secret.

mod verify;

use std::sync::{Mutex, PoisonError};

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::verify::{Break, Seen, Verifier};
use crate::connector::digest::sha256;

/// The target under which lines are logged.
pub const TARGET: &str = "change";

/// What was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// The record begins: the operator started, or took over.
    RecordStarted,
    /// A connector was registered.
    ConnectorCreated,
    /// A registered connector was sent anew.
    ConnectorChanged,
    /// A connector that was there before was taken over.
    ConnectorAdopted,
    /// Our tags on a connector were set anew.
    TagsChanged,
    /// Our tags were taken off a connector that stays.
    TagsTakenOff,
    /// A connector was removed.
    ConnectorDeleted,
    /// A grant was made.
    GrantMade,
    /// A grant was removed.
    GrantRemoved,
}

/// Why it was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// The spec, or the description that it names, says so.
    Declared,
    /// The spec says so no more.
    NotDeclared,
    /// The resource is deleted.
    Deleted,
    /// Others changed it.
    DriftCorrected,
    /// A grant's time is over, or the backend's limits forbid it.
    Ended,
    /// The backend shows it in a way of its own, which is noted.
    ShownOtherwise,
    /// An approved plan is begun, which is noted.
    PlanBegun,
}

/// How it ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// As the backend answered, it was done.
    Done,
    /// There was nothing to remove.
    Absent,
    /// The backend refused.
    Refused,
    /// No answer, or none that says: it may have been done.
    Unknown,
}

/// What a line tells. What does not apply is absent.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Change {
    /// [`What`].
    pub what: String,
    /// [`Outcome`].
    pub outcome: Option<String>,
    /// Why it was refused or is not known, in one word.
    pub error: Option<String>,
    /// [`Why`].
    pub reason: Option<String>,
    /// The resource's namespace.
    pub namespace: Option<String>,
    /// The resource's name.
    pub connector: Option<String>,
    /// The resource's uid.
    pub uid: Option<String>,
    /// The generation of the spec that was acted on.
    pub generation: Option<i64>,
    /// The field managers that wrote the spec last, or `unknown`.
    pub actor: Option<String>,
    /// The approved plan that was carried out.
    pub plan: Option<String>,
    /// The backend: kind, namespace and name.
    pub backend: Option<String>,
    /// The id, at the backend, of what was changed.
    pub id: Option<String>,
    /// Digest of what was registered before.
    pub before: Option<String>,
    /// Digest of what is registered now.
    pub after: Option<String>,
    /// A grant's role: the role definition's own name.
    pub role: Option<String>,
    /// A grant's principal: its object id.
    pub principal: Option<String>,
}

/// A line of the record.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Line {
    /// The chain: another one each time that the operator starts, or takes over.
    pub chain: Uuid,
    /// Counts the lines of a chain, from 0.
    pub number: u64,
    /// When it was told.
    pub time: Timestamp,
    /// What it tells.
    #[serde(flatten)]
    pub change: Change,
    /// The hash of the line before; empty in the first one.
    pub previous: String,
    /// The hash of all the rest of this line.
    pub hash: String,
}

/// Where a chain stands.
#[derive(Debug)]
struct Chain {
    id: Uuid,
    next: u64,
    last: String,
}

/// The record of one process. Lines are told in the order of the chain.
pub struct Journal {
    chain: Mutex<Chain>,
    clock: fn() -> Timestamp,
    tell: Box<dyn Fn(&Line) + Send + Sync>,
}

impl What {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecordStarted => "RecordStarted",
            Self::ConnectorCreated => "ConnectorCreated",
            Self::ConnectorChanged => "ConnectorChanged",
            Self::ConnectorAdopted => "ConnectorAdopted",
            Self::TagsChanged => "TagsChanged",
            Self::TagsTakenOff => "TagsTakenOff",
            Self::ConnectorDeleted => "ConnectorDeleted",
            Self::GrantMade => "GrantMade",
            Self::GrantRemoved => "GrantRemoved",
        }
    }
}

impl Why {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "Declared",
            Self::NotDeclared => "NotDeclared",
            Self::Deleted => "Deleted",
            Self::DriftCorrected => "DriftCorrected",
            Self::Ended => "Ended",
            Self::ShownOtherwise => "ShownOtherwise",
            Self::PlanBegun => "PlanBegun",
        }
    }
}

impl Outcome {
    /// The word in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Absent => "Absent",
            Self::Refused => "Refused",
            Self::Unknown => "Unknown",
        }
    }
}

impl Line {
    /// The hash that this line is to have.
    fn digest(&self) -> String {
        let bare = Self {
            hash: String::new(),
            ..self.clone()
        };
        // Nothing in it can fail to be written: texts, numbers, a time.
        sha256(&serde_json::to_vec(&bare).unwrap_or_default())
    }
}

impl Chain {
    fn link(&mut self, time: Timestamp, change: Change) -> Line {
        let mut line = Line {
            chain: self.id,
            number: self.next,
            // A time is read back as it was written: finer than this it need not be.
            time: time.round(Unit::Millisecond).unwrap_or(time),
            change,
            previous: std::mem::take(&mut self.last),
            hash: String::new(),
        };
        line.hash = line.digest();
        self.last.clone_from(&line.hash);
        self.next += 1;
        line
    }
}

impl Journal {
    /// Begins a chain of its own, and tells so.
    pub fn start(clock: fn() -> Timestamp, tell: impl Fn(&Line) + Send + Sync + 'static) -> Self {
        let journal = Self {
            chain: Mutex::new(Chain {
                id: Uuid::new_v4(),
                next: 0,
                last: String::new(),
            }),
            clock,
            tell: Box::new(tell),
        };
        journal.tell(Change {
            what: What::RecordStarted.as_str().to_owned(),
            ..Change::default()
        });
        journal
    }

    /// Tells of a change.
    pub fn tell(&self, change: Change) {
        // Held until the line is told, or another could overtake it.
        let mut chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let line = chain.link((self.clock)(), change);
        (self.tell)(&line);
    }
}

/// Writes a line to the log.
pub fn log(line: &Line) {
    let Line {
        chain,
        number,
        time,
        change,
        previous,
        hash,
    } = line;
    let Change {
        what,
        outcome,
        error,
        reason,
        namespace,
        connector,
        uid,
        generation,
        actor,
        plan,
        backend,
        id,
        before,
        after,
        role,
        principal,
    } = change;
    tracing::info!(
        target: TARGET,
        %chain,
        number,
        %time,
        what,
        outcome,
        error,
        reason,
        namespace,
        connector,
        uid,
        generation,
        actor,
        plan,
        backend,
        id,
        before,
        after,
        role,
        principal,
        previous,
        hash,
    );
}
