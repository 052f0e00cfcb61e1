//! The known name that a misspelt one was meant to be. No client.

/// The known name nearest to `name`, if it is near enough to be what was meant: at most a third of it is different,
/// and at most three letters.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let most = (name.chars().count() / 3).min(3);
    known
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= most)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters to insert, take out or change (Levenshtein). Names longer than 64 letters are far from all.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, from) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(line + 1);
        for ((to, above_left), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            next.push(
                (above_left + usize::from(from != *to))
                    .min(above + 1)
                    .min(left + 1),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_another_word_finds_none() {
        let known = ["x-ms-visibility", "x-ms-summary", "x-ms-trigger"];
        let of = |name: &str| nearest(name, known.into_iter());
        assert_eq!(of("x-ms-visbility"), Some("x-ms-visibility"));
        assert_eq!(of("x-ms-sumamry"), Some("x-ms-summary"));
        assert_eq!(of("x-ms-keywords"), None);
        assert_eq!(of("y"), None);
    }
}
