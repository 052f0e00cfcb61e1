//! How many requests a subscription may make, as ARM counts them: token buckets by kind of operation. No client.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::query::Verb;

/// The size of a bucket and how fast it fills.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bucket {
    /// Requests that may come at once.
    pub burst: u32,
    /// Requests that are given back each second.
    pub per_second: u32,
}

/// The buckets of each subscription. The default is what Azure Resource Manager documents for one principal
/// in one region (<https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateLimit {
    /// For GET and HEAD.
    pub reads: Bucket,
    /// For PUT and PATCH.
    pub writes: Bucket,
    /// For DELETE.
    pub deletes: Bucket,
}

impl Default for RateLimit {
    fn default() -> Self {
        let writes = Bucket {
            burst: 200,
            per_second: 10,
        };
        Self {
            reads: Bucket {
                burst: 250,
                per_second: 25,
            },
            writes,
            deletes: writes,
        }
    }
}

/// The three kinds of operation that have a bucket each.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Operations {
    Reads,
    Writes,
    Deletes,
}

impl Operations {
    /// The bucket a verb is taken from.
    pub(super) fn of(verb: Verb) -> Self {
        match verb {
            Verb::List | Verb::Get | Verb::Export | Verb::Head => Self::Reads,
            Verb::Put | Verb::Patch => Self::Writes,
            Verb::Delete => Self::Deletes,
        }
    }

    /// The last part of the header that tells what is left.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Deletes => "deletes",
        }
    }
}

/// The buckets as they stand.
pub(super) struct Budgets {
    /// Nothing: every bucket stays full.
    limit: Option<RateLimit>,
    levels: Mutex<HashMap<(String, Operations), Level>>,
}

#[derive(Clone, Copy)]
struct Level {
    tokens: f64,
    at: Instant,
}

impl Budgets {
    pub(super) fn new(limit: Option<RateLimit>) -> Self {
        Self {
            limit,
            levels: Mutex::default(),
        }
    }

    /// Takes one request from a subscription's bucket: how many are left, or how long to wait for the next.
    pub(super) fn take(
        &self,
        subscription: &str,
        operations: Operations,
        now: Instant,
    ) -> Result<u32, Duration> {
        let RateLimit {
            reads,
            writes,
            deletes,
        } = self.limit.unwrap_or_default();
        let bucket = match operations {
            Operations::Reads => reads,
            Operations::Writes => writes,
            Operations::Deletes => deletes,
        };
        if self.limit.is_none() {
            return Ok(bucket.burst);
        }
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Level {
            tokens: f64::from(bucket.burst),
            at: now,
        };
        let level = levels
            .entry((subscription.to_owned(), operations))
            .or_insert(full);
        let refilled =
            level.tokens + now.duration_since(level.at).as_secs_f64() * f64::from(bucket.per_second);
        *level = Level {
            tokens: refilled.min(f64::from(bucket.burst)),
            at: now,
        };
        if level.tokens < 1.0 {
            return Err(Duration::from_secs_f64(
                (1.0 - level.tokens) / f64::from(bucket.per_second.max(1)),
            ));
        }
        level.tokens -= 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the burst, which is a u32; whole tokens are what counts"
        )]
        Ok(level.tokens as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let bucket = Bucket {
            burst: 2,
            per_second: 4,
        };
        let budgets = Budgets::new(Some(RateLimit {
            reads: bucket,
            writes: bucket,
            deletes: bucket,
        }));
        let start = Instant::now();
        assert_eq!(budgets.take("s", Operations::Writes, start), Ok(1));
        assert_eq!(budgets.take("s", Operations::Writes, start), Ok(0));
        let wait = budgets.take("s", Operations::Writes, start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(250));
        assert_eq!(
            budgets.take("s", Operations::Reads, start),
            Ok(1),
            "other operations have their own bucket"
        );
        assert_eq!(
            budgets.take("t", Operations::Writes, start),
            Ok(1),
            "so have other subscriptions"
        );
        assert_eq!(budgets.take("s", Operations::Writes, start + wait), Ok(0));
    }

    #[test]
    fn without_a_limit_the_bucket_stays_full() {
        let budgets = Budgets::new(None);
        let now = Instant::now();
        let left: Vec<_> = (0..1_000)
            .map(|_| budgets.take("s", Operations::Reads, now))
            .collect();
        assert!(left.iter().all(|left| *left == Ok(250)));
    }
}
