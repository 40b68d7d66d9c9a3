//! Before Markdown is parsed: display formulas and `:::` fences become blocks that Markdown leaves alone.
//!
//! CommonMark knows neither, and would see a list in a formula's line that begins with `-`. A processing instruction
//! (`<?` to `?>`) is the one construct of CommonMark that may interrupt a paragraph, spans blank lines and is passed on
//! untouched. It is written over the fences byte for byte, so that every offset in the masked text is true of the source.

use std::ops::Range;
use std::sync::Arc;

use super::mistake::{Mistakes, Span};

/// The text to parse in place of `source`, of the same length. `from` is where the page's text begins. Cost: O(length).
pub fn mask(file: &Arc<str>, source: &str, from: usize, mistakes: &mut Mistakes) -> String {
    let mut out = source.as_bytes().to_vec();
    out[..from].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    let mut lines = Lines { source, at: from };
    let mut fence: Option<(u8, usize)> = None;
    while let Some(line) = lines.next() {
        let content = content(source, &line);
        let text = &source[content.clone()];
        if let Some((mark, length)) = fence {
            let run = text.bytes().take_while(|byte| *byte == mark).count();
            if run >= length && text[run..].trim().is_empty() {
                fence = None;
            }
        } else if let Some(open) = code_fence(text) {
            fence = Some(open);
        } else if text.starts_with("<!--") {
            lines.at = source[content.start..].find("-->").map_or(source.len(), |at| content.start + at).max(line.end);
            lines.at += source[lines.at..].find('\n').map_or(0, |at| if lines.at > line.end { at + 1 } else { 0 });
        } else if text.starts_with(":::") {
            cover_line(&mut out[content]);
        } else if let Some(rest) = text.strip_prefix("$$") {
            match formula_end(source, content.start) {
                Some(end) => {
                    cover(&mut out[content.start..end]);
                    lines.at = source[end..].find('\n').map_or(source.len(), |at| end + at + 1);
                }
                None if !rest.contains("$$") => {
                    mistakes.unclosed(Span::new(file, content.start..content.start + 2), "$$")
                }
                None => {}
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| source.to_owned())
}

struct Lines<'a> {
    source: &'a str,
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = &self.source[self.at..];
        let line = rest.split_inclusive('\n').next()?;
        let range = self.at..self.at + line.len();
        self.at = range.end;
        Some(range)
    }
}

/// What stands on a line after quote marks, list marks and spaces, without white space at the end.
fn content(source: &str, line: &Range<usize>) -> Range<usize> {
    let text = source[line.clone()].trim_end();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t', '>']).len();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        at += match rest.as_bytes() {
            _ if spaces > 0 => spaces,
            [b'-' | b'*' | b'+', b' ', ..] => 2,
            [..] if digits > 0 && (rest[digits..].starts_with(". ") || rest[digits..].starts_with(") ")) => digits + 2,
            _ => return line.start + at..line.start + text.len(),
        };
    }
}

fn code_fence(text: &str) -> Option<(u8, usize)> {
    let mark = *text.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let run = text.bytes().take_while(|byte| *byte == mark).count();
    (run >= 3 && !(mark == b'`' && text[run..].contains('`'))).then_some((mark, run))
}

/// The end of the display formula that begins at `start`, if its closing `$$` ends a line.
fn formula_end(source: &str, start: usize) -> Option<usize> {
    let close = start + 2 + source[start + 2..].find("$$")? + 2;
    source[close..].split('\n').next().unwrap_or_default().trim().is_empty().then_some(close)
}

/// Turns a formula's bytes into one processing instruction; what lies between stays, but for an early end.
fn cover(bytes: &mut [u8]) {
    let inner = bytes.len() - 2;
    for at in 0..inner {
        if bytes[at] == b'?' && bytes[at + 1] == b'>' {
            bytes[at] = b' ';
        }
    }
    bytes[..2].copy_from_slice(b"<?");
    bytes[inner..].copy_from_slice(b"?>");
}

/// Turns a `:::` line into one processing instruction; `:::` alone has room for no more than `<?>`.
fn cover_line(bytes: &mut [u8]) {
    bytes.fill(b' ');
    let inner = bytes.len() - 2;
    bytes[inner..].copy_from_slice(b"?>");
    bytes[..2].copy_from_slice(b"<?");
    bytes[inner + 1] = b'>';
}
