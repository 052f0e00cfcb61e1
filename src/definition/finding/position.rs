//! Lines and columns of byte offsets. No client.

/// Turns rising byte offsets into lines and columns in one sweep over the text.
pub(in super::super) struct Positions<'s> {
    source: &'s str,
    at: usize,
    line: u32,
    column: u32,
}

impl<'s> Positions<'s> {
    pub(in super::super) fn new(source: &'s str) -> Self {
        Self {
            source,
            at: 0,
            line: 1,
            column: 1,
        }
    }

    pub(in super::super) fn of(&mut self, offset: usize) -> (u32, u32) {
        let all = self.source.as_bytes();
        let end = offset.min(all.len());
        let passed = all.get(self.at..end).unwrap_or_default();
        let following = all.get(self.at + 1..).unwrap_or_default();
        // Whole texts pass here, so bytes are counted by what can be done to many at a time.
        let feeds: usize = passed.iter().map(|byte| usize::from(*byte == b'\n')).sum();
        let is_alone = |(byte, next): (&u8, &u8)| *byte == b'\r' && *next != b'\n';
        let returns = passed
            .iter()
            .zip(following)
            .filter(|pair| is_alone(*pair))
            .count()
            + usize::from(end == all.len() && passed.ends_with(b"\r"));
        if feeds + returns > 0 {
            self.line += u32::try_from(feeds + returns).unwrap_or(u32::MAX);
            self.column = 1;
        }
        let is_break = |index: usize| match passed.get(index) {
            Some(b'\r') => returns > 0 && following.get(index) != Some(&b'\n'),
            byte => byte == Some(&b'\n'),
        };
        let begin = (0..passed.len()).rev().find(|index| is_break(*index));
        let behind = passed.get(begin.map_or(0, |last| last + 1)..).unwrap_or_default();
        let characters = behind.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000);
        self.column += u32::try_from(characters.count()).unwrap_or(u32::MAX);
        self.at = self.at.max(end);
        (self.line, self.column)
    }
}

/// The line and column (both from 1) of one byte offset in `source`.
pub(in super::super) fn position(source: &str, offset: usize) -> (u32, u32) {
    Positions::new(source).of(offset)
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn columns_count_characters_and_every_kind_of_line_break_counts_once() {
        let source = "a\r\nbé\u{1f600}x\rc\nd";
        let at = |needle: char| position(source, source.find(needle).expect("is in the text"));
        assert_eq!(at('a'), (1, 1));
        assert_eq!(at('x'), (2, 4));
        assert_eq!(at('c'), (3, 1));
        assert_eq!(at('d'), (4, 1));
        assert_eq!(position(source, 999), (4, 2));
    }

    #[test]
    fn it_does_not_matter_where_else_one_stopped_on_the_way() {
        let source = "a\r\n\r\nbé\u{1f600}x\r\rc\n\r\nd\r";
        let bytes = source.as_bytes();
        let ends = || (0..=source.len()).filter(|end| source.is_char_boundary(*end));
        let mut positions = super::Positions::new(source);
        for end in ends() {
            assert_eq!(positions.of(end), position(source, end), "{end}");
            let breaks = bytes[..end].iter().filter(|byte| b"\r\n".contains(byte)).count();
            let pairs = (1..=end).filter(|at| bytes[at - 1..].starts_with(b"\r\n"));
            let line = 1 + breaks - pairs.count();
            assert_eq!(positions.of(end).0 as usize, line, "{end}");
        }
        assert_eq!(position(source, source.len()), (8, 1));
    }
}
