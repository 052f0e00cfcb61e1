//! Where that stands which a filter leaves out: requests, and folders that hold no other. No client.

use std::collections::{HashMap, HashSet};

use super::super::conversion::{Kept, Origin};
use super::super::document::{Node, NodeId};

/// The places of keys and values in requests that are left out, and in folders of nothing else.
pub(in super::super) fn left_out<'d>(root: Node<'d>, kept: &Kept, origins: &[Origin<'d>]) -> HashSet<u32> {
    let stays = origins
        .iter()
        .map(|origin| (origin.node.id(), kept.has(origin.node)));
    let stays: HashMap<NodeId, bool> = stays.collect();
    let mut places = HashSet::new();
    let mut gone = Vec::new();
    walk(root, &stays, &mut gone, &mut places);
    for node in gone {
        collect(node, &mut places);
    }
    places
}

/// Whether a request in `node` stays; nothing, if there is none. Where all go, `node` is added to what is `gone`, which
/// what is around it collects unless it goes itself.
fn walk<'d>(
    node: Node<'d>,
    stays: &HashMap<NodeId, bool>,
    gone: &mut Vec<Node<'d>>,
    places: &mut HashSet<u32>,
) -> Option<bool> {
    let mut any = stays.get(&node.id()).copied();
    let mut gone_inside = Vec::new();
    for inner in node.items().chain(node.members().map(|member| member.value)) {
        if let Some(inner) = walk(inner, stays, &mut gone_inside, places) {
            any = Some(any.unwrap_or_default() || inner);
        }
    }
    match any {
        Some(false) => gone.push(node),
        Some(true) => gone_inside.into_iter().for_each(|node| collect(node, places)),
        None => {}
    }
    any
}

/// All of `node`.
fn collect(node: Node<'_>, places: &mut HashSet<u32>) {
    places.insert(node.offset());
    for item in node.items() {
        collect(item, places);
    }
    for member in node.members() {
        places.insert(member.key_offset);
        collect(member.value, places);
    }
}
