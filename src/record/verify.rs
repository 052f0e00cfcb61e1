//! Whether a record is whole: each line as it was written, and none missing between the first and the last. No client.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{Line, TARGET};

/// Reads logs line by line, and holds each chain against itself. Lines of other targets are passed over.
#[derive(Debug, Default)]
pub struct Verifier {
    chains: BTreeMap<Uuid, Seen>,
}

/// What was seen of a chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seen {
    /// How many lines.
    pub lines: u64,
    /// When the first was told.
    pub since: Timestamp,
    /// When the last was told.
    pub until: Timestamp,
    /// The number of the last.
    pub number: u64,
    /// The hash of the last: kept elsewhere it shows later whether lines were cut off the end.
    pub hash: String,
}

/// Where a record is not whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Break {
    /// A line of the record cannot be read.
    Unreadable,
    /// A line is not as it was written.
    Altered {
        /// Its chain.
        chain: Uuid,
        /// Its number.
        number: u64,
    },
    /// A chain does not begin with its first line.
    Headless {
        /// The chain.
        chain: Uuid,
        /// The number of the first line that is there.
        number: u64,
    },
    /// Lines are missing.
    Gap {
        /// The chain.
        chain: Uuid,
        /// The number of the first that is missing.
        from: u64,
        /// The number of the line that is there instead.
        number: u64,
    },
    /// A line stands where an earlier one has been: it was repeated, or moved.
    Repeated {
        /// The chain.
        chain: Uuid,
        /// Its number.
        number: u64,
    },
    /// A line follows upon another than the one before it: that one was replaced.
    Replaced {
        /// The chain.
        chain: Uuid,
        /// The number of the line that does not fit the one before.
        number: u64,
    },
}

impl fmt::Display for Break {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => write!(formatter, "a line of the record cannot be read"),
            Self::Altered { chain, number } => {
                write!(
                    formatter,
                    "line {number} of chain {chain} is not as it was written"
                )
            }
            Self::Headless { chain, number } => write!(
                formatter,
                "chain {chain} begins with line {number}: what was told before is not here"
            ),
            Self::Gap { chain, from, number } => write!(
                formatter,
                "of chain {chain} {} lines are missing, from {from}, before line {number}",
                number - from
            ),
            Self::Repeated { chain, number } => {
                write!(formatter, "line {number} of chain {chain} is not in its place")
            }
            Self::Replaced { chain, number } => write!(
                formatter,
                "line {number} of chain {chain} follows upon another line than the one before it"
            ),
        }
    }
}

impl Verifier {
    /// Takes in the next line of a log, and tells where it does not fit. Whatever stands before the JSON, as logs of
    /// containers have it, is passed over.
    pub fn take(&mut self, text: &str) -> Option<Break> {
        #[derive(Deserialize)]
        struct Aim {
            target: String,
        }
        let json = text.find('{').and_then(|start| text.get(start..))?;
        let aim = serde_json::from_str::<Aim>(json);
        if let Ok(Aim { target }) = &aim
            && target != TARGET
        {
            return None;
        }
        match (aim, serde_json::from_str::<Line>(json)) {
            (Ok(_), Ok(line)) => self.follow(line),
            (Ok(_), Err(_)) => Some(Break::Unreadable),
            // Not JSON, perhaps cut off: of the record where it names its target, or begins as a line of it.
            (Err(_), _) => {
                let target = format!("\"target\":\"{TARGET}\"");
                let speaks = json.contains(&target) || json.contains("\"chain\":\"");
                speaks.then_some(Break::Unreadable)
            }
        }
    }

    /// Each chain, as far as it was seen.
    pub fn chains(&self) -> &BTreeMap<Uuid, Seen> {
        &self.chains
    }

    fn follow(&mut self, line: Line) -> Option<Break> {
        let intact = line.digest() == line.hash;
        let Line {
            chain,
            number,
            time,
            change: _,
            previous,
            hash,
        } = line;
        let before = self.chains.get(&chain);
        let found = match before {
            _ if !intact => Some(Break::Altered { chain, number }),
            None => (number > 0).then_some(Break::Headless { chain, number }),
            Some(seen) if number <= seen.number => return Some(Break::Repeated { chain, number }),
            Some(seen) if number > seen.number + 1 => {
                let from = seen.number + 1;
                Some(Break::Gap { chain, from, number })
            }
            Some(seen) => (previous != seen.hash).then_some(Break::Replaced { chain, number }),
        };
        let seen = Seen {
            lines: before.map_or(0, |seen| seen.lines) + 1,
            since: before.map_or(time, |seen| seen.since),
            until: time,
            number,
            hash,
        };
        self.chains.insert(chain, seen);
        found
    }
}
