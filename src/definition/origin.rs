//! Where a value of a converted document comes from: its pointer in the document that the user wrote. No client.

use std::collections::BTreeMap;

use super::document::Node;
use super::path::Path;

/// What stands at an offset, by JSON pointers.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The outermost value or key that begins there; nothing if none does.
    outer: Option<String>,
    /// The next one in it: in a YAML block, an object begins where its first key does.
    inner: Option<String>,
}

impl Place {
    /// The pointer of the outermost value.
    pub(super) fn outermost(&self) -> String {
        self.outer.clone().unwrap_or_default()
    }

    /// The pointer of what `made`, a pointer in a document that was made out of this one, was made of: the one that ends
    /// in the same name, or the path that got another name, and otherwise the outermost.
    pub(super) fn origin_of(&self, made: &str) -> String {
        let all = || self.outer.iter().chain(&self.inner);
        let depth = |pointer: &str| pointer.matches('/').count();
        let is_path = |pointer: &str| pointer.starts_with("/paths/") && depth(pointer) == 2;
        let found = all()
            .find(|pointer| last(pointer) == last(made))
            .or_else(|| all().find(|pointer| is_path(pointer) && is_path(made)))
            .or_else(|| all().next());
        found.cloned().unwrap_or_default()
    }
}

/// The last name of a pointer, escaped as it stands there.
fn last(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(_, last)| last)
}

/// What stands at `offsets`, which are bytes of its text, in the document under `root`. One walk over the document.
pub(super) fn places(root: Node<'_>, offsets: impl IntoIterator<Item = u32>) -> BTreeMap<u32, Place> {
    let mut wanted: BTreeMap<u32, Place> = offsets
        .into_iter()
        .map(|offset| (offset, Place::default()))
        .collect();
    if !wanted.is_empty() {
        walk(root, &Path::ROOT, &mut wanted);
    }
    wanted
}

fn walk(node: Node<'_>, path: &Path<'_>, wanted: &mut BTreeMap<u32, Place>) {
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

fn note(offset: u32, path: &Path<'_>, wanted: &mut BTreeMap<u32, Place>) {
    let Some(place) = wanted.get_mut(&offset) else {
        return;
    };
    if place.outer.is_none() {
        place.outer = Some(path.pointer());
    } else if place.inner.is_none() {
        place.inner = Some(path.pointer());
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn of_an_object_and_its_first_key_the_one_that_has_the_name_counts() {
        let place = |outer: &str, inner: &str| Place {
            outer: Some(outer.to_owned()),
            inner: Some(inner.to_owned()),
        };
        let schemas = place("/components/schemas", "/components/schemas/A");
        assert_eq!(schemas.origin_of("/definitions/A"), "/components/schemas/A");
        assert_eq!(schemas.origin_of("/definitions"), "/components/schemas");
        let paths = place("/paths", "/paths/~1#a");
        assert_eq!(paths.origin_of("/paths/~1v2~1"), "/paths/~1#a");
        assert_eq!(Place::default().origin_of("/paths"), "");
    }
}
