//! operationIds for operations that come without one. No client.
//!
//! Workflows hold on to an operationId, so it must stay what it is while other parts of a description change: an id
//! is made of what its own operation says, never of its number in a list. Where several operations would get the same
//! one, all of them get a longer one, so that an id never comes to mean another operation because the order changed.

mod letters;

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use self::letters::words;

/// The longest id that is made, in bytes. The longest that published connectors hold has 77.
const LONGEST: usize = 80;

/// Bytes of a text that stand for the rest of it, or for all of it.
const SHORT_HASH: usize = 8;

/// What the id of an operation is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Named<'n> {
    /// The operationId that the author gave.
    pub(super) given: Option<&'n str>,
    /// What the author calls the operation; may be empty.
    pub(super) title: &'n str,
    /// Its method.
    pub(super) method: &'n str,
    /// Its path, with placeholders in braces.
    pub(super) path: &'n str,
}

/// An id for each of `operations`, in their order; no two are the same, also without case.
///
/// An id that the author gave is kept as it is; the first, where several are the same. All others are made here: they
/// are not empty, hold ASCII letters and digits only and begin with a capital letter. They depend on title, method
/// and path of their operation, and on others only if those would have the same id.
pub(super) fn operation_ids(operations: &[Named<'_>]) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut ids: Vec<Option<String>> = operations
        .iter()
        .map(|operation| {
            let given = operation.given.filter(|given| !given.trim().is_empty())?;
            taken.insert(given.to_lowercase()).then(|| given.to_owned())
        })
        .collect();
    for candidate in [Named::short, Named::long, Named::hashed] {
        let candidates: Vec<Option<String>> = operations
            .iter()
            .zip(&ids)
            .map(|(operation, id)| id.is_none().then(|| candidate(operation)))
            .collect();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for text in candidates.iter().flatten() {
            *counts.entry(text.to_lowercase()).or_default() += 1;
        }
        for (id, text) in ids.iter_mut().zip(candidates) {
            let Some(text) = text else { continue };
            let lower = text.to_lowercase();
            if counts.get(&lower) == Some(&1) && taken.insert(lower) {
                *id = Some(text);
            }
        }
    }
    let last =
        |(operation, id): (&Named<'_>, Option<String>)| id.unwrap_or_else(|| operation.numbered(&mut taken));
    operations.iter().zip(ids).map(last).collect()
}

impl Named<'_> {
    /// The title as one word, or method and path where there is no title that could be one.
    fn short(&self) -> String {
        let title = self
            .given
            .map(str::trim)
            .filter(|given| !given.is_empty())
            .unwrap_or(self.title);
        let base = if is_address(title) { None } else { words(title) };
        let Some(mut base) = base else {
            return self.address();
        };
        let method = capitalised(self.method);
        if let Some(rest) = base
            .strip_prefix(self.method)
            .filter(|rest| rest.len() < base.len())
        {
            base = format!("{method}{rest}");
        }
        if base.starts_with(|first: char| first.is_ascii_digit()) {
            base.insert_str(0, &method);
        }
        bounded(base, LONGEST)
    }

    /// The short one with method and path behind it.
    fn long(&self) -> String {
        format!(
            "{}{}",
            bounded(self.short(), LONGEST / 2),
            bounded(self.address(), LONGEST / 2)
        )
    }

    /// The short one with a hash of all that there is behind it.
    fn hashed(&self) -> String {
        let Self {
            given,
            title,
            method,
            path,
        } = *self;
        let all = [given.unwrap_or_default(), title, method, path].join("\n");
        format!(
            "{}{}",
            bounded(self.short(), LONGEST - SHORT_HASH),
            short_hash(&all)
        )
    }

    /// One that is free. Only where two operations are the same in everything does it depend on their order.
    fn numbered(&self, taken: &mut HashSet<String>) -> String {
        let start = bounded(self.short(), LONGEST - SHORT_HASH);
        let mut id = self.hashed();
        while !taken.insert(id.to_lowercase()) {
            id = format!("{start}{}", short_hash(&id));
        }
        id
    }

    /// Method and path as one word: `GetUsersById`.
    fn address(&self) -> String {
        let mut text = capitalised(self.method);
        let mut is_whole = true;
        for segment in self.path.split('/').filter(|segment| !segment.is_empty()) {
            for part in segment.split_inclusive('}') {
                let (literal, name) = part
                    .strip_suffix('}')
                    .and_then(|part| part.split_once('{'))
                    .map_or((part, None), |(literal, name)| (literal, Some(name)));
                for (text_of_part, joint) in [(Some(literal), ""), (name, "By")] {
                    let Some(written) = text_of_part.filter(|written| !written.is_empty()) else {
                        continue;
                    };
                    match words(written) {
                        Some(word) => text.extend([joint, &word]),
                        None => is_whole = false,
                    }
                }
            }
        }
        if !is_whole {
            text.push_str(&short_hash(self.path));
        } else if self.path.trim_matches('/').is_empty() {
            text.push_str("Root");
        }
        bounded(text, LONGEST)
    }
}

/// Whether a title is the address of the request rather than a name for it. Such a title may hold a query with a key.
pub(super) fn is_address(title: &str) -> bool {
    let title = title.trim();
    title.contains("://")
        || title.starts_with('/')
        || (title.starts_with("{{") && title.contains('/'))
        || title
            .split_once('?')
            .is_some_and(|(_, query)| query.contains('='))
        || (title.contains('/') && title.contains('.') && !title.contains(char::is_whitespace))
}

/// `GET` as `Get`; whatever is no ASCII letter is left out. Never empty.
fn capitalised(method: &str) -> String {
    let mut text: String = method
        .chars()
        .filter(char::is_ascii_alphabetic)
        .take(SHORT_HASH)
        .collect();
    text.make_ascii_lowercase();
    if text.is_empty() {
        text.push_str("operation");
    }
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// `text`, which is ASCII, in at most `longest` bytes: what is cut off goes into a hash, so that different texts stay
/// different.
fn bounded(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        let hash = short_hash(&text);
        text.truncate(longest - SHORT_HASH);
        text.push_str(&hash);
    }
    text
}

/// Eight lower-case hexadecimal digits that depend on all of `text`.
fn short_hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let halves = digest
        .iter()
        .take(SHORT_HASH / 2)
        .flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

#[cfg(test)]
mod tests;
