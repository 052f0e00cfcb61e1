//! Bytes to a document: encoding, syntax found by content, limits, duplicate keys. No client.

mod json;
mod number;
mod place;
mod text;
mod yaml;

use std::sync::Arc;

pub(super) use self::place::pointers;
use self::text::Syntax;
use super::document::{Document, Member, Node};
use super::finding::{Findings, quote};
use super::path::Path;
use super::rule::Rule;

/// What a description may cost before anything is known about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of input.
    pub bytes: usize,
    /// Levels of nesting. The deepest published description has 35.
    pub depth: usize,
    /// Values, counted with what YAML aliases expand to. A document within the backend's 1 MB cannot hold more
    /// than half a million.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 8 * 1024 * 1024,
            depth: 200,
            values: 1_000_000,
        }
    }
}

/// Reading ends here: what stands in the way is among the findings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop;

/// Reads a document, or says in `findings` why there is none and gives back the text as far as it could be read. A
/// document that comes with errors (a duplicate key, a trailing comma) is one to look for further errors in, not one
/// to use.
pub(super) fn read(bytes: &[u8], limits: &Limits, findings: &mut Findings) -> Result<Document, Arc<str>> {
    let source = text::decode(bytes, limits, findings)?;
    let syntax = text::syntax(source, findings).map_err(|Stop| Arc::<str>::from(source))?;
    let mut document = Document::new(source);
    let root = match syntax {
        Syntax::Json => json::read(&mut document, source, limits, findings),
        Syntax::Yaml => yaml::read(&mut document, source, limits, findings),
    };
    let Ok(root) = root else {
        return Err(document.into_source());
    };
    document.set_root(root);
    report_duplicate_keys(document.root(), &Path::ROOT, findings);
    Ok(document)
}

/// Up to this many members are compared each with each, which is faster than sorting them.
const FEW_MEMBERS: usize = 12;

/// Reports every key that its object already had. The later one is where the finding stands.
fn report_duplicate_keys(node: Node<'_>, path: &Path<'_>, findings: &mut Findings) {
    for (index, item) in node.items().enumerate() {
        report_duplicate_keys(item, &path.index(index), findings);
    }
    let members = node.members();
    let mut duplicates: Vec<Member<'_>> = Vec::new();
    if members.len() <= FEW_MEMBERS {
        let repeated = |(index, member): &(usize, Member<'_>)| {
            node.members()
                .take(*index)
                .any(|earlier| earlier.key == member.key)
        };
        duplicates.extend(
            members
                .clone()
                .enumerate()
                .filter(repeated)
                .map(|(_, member)| member),
        );
    } else {
        let mut sorted: Vec<Member<'_>> = members.clone().collect();
        sorted.sort_by_key(|member| (member.key, member.key_offset));
        duplicates.extend(
            sorted
                .iter()
                .zip(sorted.iter().skip(1))
                .filter(|(earlier, later)| earlier.key == later.key)
                .map(|(_, later)| *later),
        );
    }
    for Member {
        key,
        key_offset,
        value: _,
    } in duplicates
    {
        let message = format!("The key {} is already in this object.", quote(key));
        findings.add(Rule::DuplicateKey, key_offset, &path.key(key), message);
    }
    for member in members {
        if member.value.is_container() {
            report_duplicate_keys(member.value, &path.key(member.key), findings);
        }
    }
}

#[cfg(test)]
mod tests;
