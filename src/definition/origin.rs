//! Where a value of a converted document comes from: its pointer in the document that the user wrote. No client.

use std::collections::BTreeMap;

use super::document::Node;
use super::path::Path;

/// The JSON pointers in the document under `root` of what stands at `offsets`, which are bytes of its text. Of several
/// values that begin at one place the outermost counts. One walk over the document.
pub(super) fn pointers(root: Node<'_>, offsets: impl IntoIterator<Item = u32>) -> BTreeMap<u32, String> {
    let mut wanted: BTreeMap<u32, Option<String>> =
        offsets.into_iter().map(|offset| (offset, None)).collect();
    if !wanted.is_empty() {
        walk(root, &Path::ROOT, &mut wanted);
    }
    let found = wanted.into_iter();
    found
        .filter_map(|(offset, pointer)| Some((offset, pointer?)))
        .collect()
}

fn walk(node: Node<'_>, path: &Path<'_>, wanted: &mut BTreeMap<u32, Option<String>>) {
    note(node.offset(), path, wanted);
    for (index, item) in node.items().enumerate() {
        walk(item, &path.index(index), wanted);
    }
    for member in node.members() {
        let path = path.key(member.key);
        note(member.key_offset, &path, wanted);
        walk(member.value, &path, wanted);
    }
}

fn note(offset: u32, path: &Path<'_>, wanted: &mut BTreeMap<u32, Option<String>>) {
    if let Some(place @ None) = wanted.get_mut(&offset) {
        *place = Some(path.pointer());
    }
}
