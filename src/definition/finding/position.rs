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
        let bytes = self.source.as_bytes();
        while self.at < offset
            && let Some(&byte) = bytes.get(self.at)
        {
            self.at += 1;
            let first_of_pair = byte == b'\r' && bytes.get(self.at) == Some(&b'\n');
            if matches!(byte, b'\n' | b'\r') && !first_of_pair {
                self.line += 1;
                self.column = 1;
            } else if byte & 0b1100_0000 != 0b1000_0000 {
                self.column += 1;
            }
        }
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
}
