//! Samples: Markdown that a page shows beside what becomes of it.

use std::ops::Range;

use super::{Reader, mask};
use crate::guide::block::Block;

/// What makes a fenced block a sample: its info string.
pub(super) const INFO: [&str; 2] = ["markdown", "sample"];

impl Reader<'_> {
    /// A block marked `markdown sample`: its text is shown, and read as part of the page, labels, notes and cells included.
    pub(super) fn sample(&mut self, pieces: &[Range<usize>], fence: Range<usize>) -> Option<Block> {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return None };
        let inside = first.start..last.end;
        // Elsewhere each line has something before it that is no part of the sample.
        if pieces.len() > 1 || !self.source[..inside.start].ends_with('\n') || self.fixed.is_some() {
            self.mistakes.misplaced_sample(self.span(fence.start..fence.start + 3));
            return None;
        }
        let source = &self.source[..inside.end];
        let (masked, marks) = mask(self.file, source, inside.start, self.mistakes);
        let mut reader = Reader::new(self.file, source, &masked, &marks, self.mistakes);
        (reader.depth, reader.text) = (self.depth, std::mem::take(&mut self.text));
        let blocks = reader.blocks();
        self.text = reader.text;
        Some(Block::Sample { text: self.source[inside].replace("\r\n", "\n"), blocks })
    }
}
