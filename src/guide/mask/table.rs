//! The captions of tables: a line `: Text`, right before a table or right after it.

use std::ops::Range;

/// What is known of tables while a page is read line by line.
#[derive(Default)]
pub(super) struct Tables {
    /// Whether the last line with a bar in it belongs to a table, or may be its head.
    inside: bool,
    head: bool,
    blank: usize,
}

impl Tables {
    /// Reads a line; the end of a caption that begins with it. A block begins with it in any case if it is `fresh`.
    pub(super) fn line(
        &mut self,
        source: &str,
        line: &Range<usize>,
        content: Range<usize>,
        fresh: bool,
    ) -> Option<usize> {
        let text = &source[content.clone()];
        if text.is_empty() {
            self.blank += 1;
            self.inside &= self.blank < 2;
            self.head = false;
            return None;
        }
        let blank = std::mem::take(&mut self.blank);
        let caption = text.starts_with(": ") || text.starts_with("Table: ");
        let after = self.inside;
        if caption && (after || (fresh && table_follows(&source[line.end..]))) {
            self.inside = false;
            // Before a table it is one line.
            let more = if after { paragraph(&source[content.end..]) } else { 0 };
            return Some(content.end + more);
        }
        self.inside = (self.inside && blank == 0) || (self.head && is_rule(text));
        self.head = text.contains('|');
        None
    }
}

/// The line between the head of a table and its body.
fn is_rule(text: &str) -> bool {
    text.contains('|') && text.contains('-') && text.chars().all(|c| "|:- \t".contains(c))
}

fn table_follows(rest: &str) -> bool {
    let mut lines = rest.split('\n').map(str::trim);
    let first = lines.next().unwrap_or_default();
    let first = if first.is_empty() { lines.next().unwrap_or_default() } else { first };
    first.contains('|') && lines.next().is_some_and(is_rule)
}

/// How far a paragraph goes on after its first line.
fn paragraph(rest: &str) -> usize {
    let (mut at, mut end) = (rest.find('\n').map_or(rest.len(), |at| at + 1), 0);
    for line in rest[at..].split_inclusive('\n') {
        let text = line.trim();
        if text.is_empty() || text.contains('|') || text.starts_with([':', '#', '`', '<', '$', '>', '-', '*']) {
            break;
        }
        end = at + line.trim_end().len();
        at += line.len();
    }
    end
}
