//! Which filter would make a description small enough: where its operations are. No client.

use std::collections::HashMap;

use super::super::document::Node;
use super::super::finding::quote;
use super::operations;

/// Groups that advice names.
const NAMED: usize = 8;

/// Where the operations of a description are, as a filter can name them: by tag, or by the beginning of the path.
/// A sentence, or nothing where there is nothing to choose from.
pub(in crate::definition) fn advice(root: Node<'_>) -> Option<String> {
    let all = operations(root);
    let tagged = groups(all.iter().flat_map(|one| one.tags().map(str::to_owned)));
    let by_path = groups(all.iter().map(|one| {
        let first = one.path.split('/').nth(1).unwrap_or_default();
        format!("/{first}/**")
    }));
    let (by, groups) = if tagged.len() > 1 {
        ("tag", tagged)
    } else {
        ("path", by_path)
    };
    if groups.len() < 2 {
        return None;
    }
    let named: Vec<String> = groups
        .iter()
        .take(NAMED)
        .map(|(name, count)| format!("{} {count}", quote(name)))
        .collect();
    let more = match groups.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "A filter (spec.definition.operations) can leave some out; operations by {by}: {}{more}.",
        named.join(", ")
    ))
}

/// Names with how often they occur, the most frequent first.
fn groups(names: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut groups: Vec<(String, usize)> = counts.into_iter().collect();
    groups.sort_by(|(name, count), (other, more)| more.cmp(count).then_with(|| name.cmp(other)));
    groups
}
