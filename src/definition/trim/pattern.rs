//! Patterns of a filter: text with asterisks. No client.

/// A pattern, by what it is held against.
#[derive(Clone, Debug)]
pub(super) enum Pattern<'p> {
    /// For paths: the segments between slashes.
    Path(Vec<&'p str>),
    /// For operationIds and tags.
    Name(&'p str),
}

impl<'p> Pattern<'p> {
    pub(super) fn of(text: &'p str) -> Self {
        if text.starts_with('/') {
            Self::Path(text.split('/').collect())
        } else {
            Self::Name(text)
        }
    }

    /// Whether all of `text` is as the pattern says.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Path(segments) => {
                let text: Vec<&str> = text.split('/').collect();
                matches(
                    segments,
                    &text,
                    |one| *one == "**",
                    |one, segment| name(one, segment),
                )
            }
            Self::Name(pattern) => name(pattern, text),
        }
    }
}

fn name(pattern: &str, text: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == text;
    }
    matches(
        pattern.as_bytes(),
        text.as_bytes(),
        |one| *one == b'*',
        |one, byte| one == byte,
    )
}

/// Whether `text` is as `pattern` says, in which what `is_star` tells stands for any run. Only the last star is ever
/// tried again, so it takes no more steps than the two are long, multiplied.
fn matches<P, T>(
    pattern: &[P],
    text: &[T],
    is_star: impl Fn(&P) -> bool,
    is_one: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut place) = (0, 0);
    // Where the last star stands, and how far what it stands for goes.
    let mut star: Option<(usize, usize)> = None;
    while let Some(one) = text.get(place) {
        match pattern.get(at) {
            Some(wanted) if is_star(wanted) => {
                star = Some((at, place));
                at += 1;
            }
            Some(wanted) if is_one(wanted, one) => {
                at += 1;
                place += 1;
            }
            Some(_) | None => {
                let Some((behind, until)) = star else {
                    return false;
                };
                star = Some((behind, until + 1));
                (at, place) = (behind + 1, until + 1);
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(is_star)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn an_asterisk_stays_within_a_segment_and_two_cross_them() {
        let table = [
            ("/invoices", "/invoices", true),
            ("/invoices", "/invoices/{id}", false),
            ("/invoices/*", "/invoices/{id}", true),
            ("/invoices/*", "/invoices/{id}/lines", false),
            ("/invoices/*", "/invoices", false),
            ("/invoices/**", "/invoices/{id}/lines", true),
            ("/invoices/**", "/invoices", true),
            ("/invoices/**", "/invoices-old", false),
            ("/**/lines", "/invoices/{id}/lines", true),
            ("/**/lines", "/lines", true),
            ("/**/a/**/b", "/x/a/y/a/z/b", true),
            ("/**/a/**/b", "/x/a/y/a/z/c", false),
            ("/inv*/{*}", "/invoices/{id}", true),
            ("GetInvoice", "GetInvoice", true),
            ("getInvoice", "GetInvoice", false),
            ("Get*", "GetInvoice", true),
            ("*Invoice*", "GetInvoices", true),
            ("Get*s", "GetInvoice", false),
            ("a/b*", "a/b/c", true),
            ("*", "", true),
            ("**", "anything/at all", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(Pattern::of(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
