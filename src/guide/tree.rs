//! The site's folder as a value: paths and bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::mistake::Span;

/// Every input file of a site, by its path from the root with forward slashes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    pub files: BTreeMap<Arc<str>, Arc<[u8]>>,
    /// Whether pages that are drafts are read as others are.
    pub drafts: bool,
}

impl Tree {
    pub fn insert(&mut self, path: &str, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path.into(), bytes.into());
    }

    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|bytes| &**bytes)
    }

    /// The file as text, or the offset of the first byte that is not UTF-8.
    pub fn text(&self, path: &str) -> Option<Result<&str, usize>> {
        self.bytes(path).map(|bytes| std::str::from_utf8(bytes).map_err(|error| error.valid_up_to()))
    }

    /// Line and column of a span's start, each counted from 1, the column in characters.
    pub fn position(&self, span: &Span) -> (usize, usize) {
        let bytes = self.bytes(&span.file).unwrap_or_default();
        let before = &bytes[..span.start.min(bytes.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        (line, String::from_utf8_lossy(&before[line_start..]).chars().count() + 1)
    }

    /// The byte at which a line and a column (in characters) begin, each counted from 1.
    pub fn offset(&self, path: &str, line: usize, column: usize) -> usize {
        let Some(Ok(text)) = self.text(path) else { return 0 };
        let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let rest = text[start..].split('\n').next().unwrap_or_default();
        start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
    }
}
