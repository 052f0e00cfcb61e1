//! Where a walk is: a chain of keys and indices on the stack, written out only for a finding. No client.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A place in a document, relative to its root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Self>,
    segment: Segment<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// The whole document.
    pub(crate) const ROOT: Path<'static> = Path {
        parent: None,
        segment: Segment::Root,
    };

    /// The value under `key` of the object here.
    pub(crate) fn key(&'p self, key: &'p str) -> Self {
        Path {
            parent: Some(self),
            segment: Segment::Key(key),
        }
    }

    /// The value at `index` of the list here.
    pub(crate) fn index(&'p self, index: usize) -> Self {
        Path {
            parent: Some(self),
            segment: Segment::Index(index),
        }
    }

    /// The place as a JSON pointer (RFC 6901); empty for the whole document.
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.append_to(&mut pointer);
        pointer
    }

    fn append_to(&self, pointer: &mut String) {
        if let Some(parent) = self.parent {
            parent.append_to(pointer);
        }
        match self.segment {
            Segment::Root => {}
            Segment::Key(key) => {
                pointer.push('/');
                pointer.push_str(&escaped(key));
            }
            Segment::Index(index) => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
    }
}

/// A token of a JSON pointer in a URI fragment, decoded.
pub(crate) fn token(text: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    if decoded.contains('~') {
        Cow::Owned(unescaped(&decoded))
    } else {
        decoded
    }
}

/// A key as a token of a JSON pointer (RFC 6901, section 3).
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a token of a JSON pointer stands for.
pub(crate) fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_pointer_escapes_tilde_and_slash_and_nothing_else() {
        let paths = Path::ROOT.key("paths");
        let path = paths.key("/a b/{x~y}");
        let parameters = path.key("parameters");
        assert_eq!(parameters.index(3).pointer(), "/paths/~1a b~1{x~0y}/parameters/3");
        assert_eq!(Path::ROOT.pointer(), "");
    }
}
