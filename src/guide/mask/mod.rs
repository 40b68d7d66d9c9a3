//! Before Markdown is parsed: what CommonMark does not know becomes blocks that it leaves alone.
//!
//! These are display formulas, `:::` fences, `##>` sections, and the tags of elements with Markdown inside. CommonMark would see
//! a list in a formula's line that begins with `-`. A processing instruction
//! (`<?` to `?>`) is the one construct of CommonMark that may interrupt a paragraph, spans blank lines and is passed on
//! untouched. It is written over the fences byte for byte, so that every offset in the masked text is true of the source.
//! Notes in the line are covered too, as [`super::mark`] says.

mod inline;
mod table;
mod tags;

use std::ops::Range;
use std::sync::Arc;

use table::Tables;
use tags::{Line, Tags};

use super::latex;
use super::mark::{self, Kind, Marks};
use super::mistake::{Mistakes, Span};

/// The text to parse in place of `source`, of the same length, and the marks covered in it. `from` is where the page's text
/// begins. Cost: O(length).
pub fn mask(file: &Arc<str>, source: &str, from: usize, mistakes: &mut Mistakes) -> (String, Marks) {
    let mut out = source.as_bytes().to_vec();
    out[..from].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    let mut lines = Lines { source, at: from };
    let mut fence: Option<(u8, usize)> = None;
    let (mut marks, mut found) = (Marks::new(), if mark::possible(source) { from } else { source.len() });
    let (mut tags, mut tables, mut fresh) = (Tags::default(), Tables::default(), true);
    let after = |end: usize| source[end..].find('\n').map_or(source.len(), |at| end + at + 1);
    while let Some(line) = lines.next() {
        let content = content(source, &line);
        let text = &source[content.clone()];
        let begins = std::mem::replace(&mut fresh, text.is_empty());
        if fence.is_none() && line.start >= found && !text.is_empty() {
            found = paragraph(source, &line);
            let mut new = Marks::new();
            mark::find(source, content.start..found, &mut new);
            new.values().for_each(|mark| mark::cover(&mut out[mark.range.clone()]));
            marks.append(&mut new);
        }
        if within(&marks, content.start) {
            // What lies in a mark is read with it.
        } else if let Some((mark, length)) = fence {
            fence = fence.filter(|_| !closes(text, mark, length));
        } else if let Some(open) = code_fence(text) {
            fence = Some(open);
        } else if text.starts_with("<!--") {
            lines.at = source[content.start..].find("-->").map_or(source.len(), |at| content.start + at).max(line.end);
            lines.at = if lines.at > line.end { after(lines.at) } else { lines.at };
        } else if text.starts_with(":::") || fold(text).is_some() {
            cover_line(&mut out[content]);
            fresh = true;
        } else if let Some(rest) = text.strip_prefix("$$") {
            match formula_end(source, content.start, &mut marks) {
                Some(end) => {
                    cover(&mut out[content.start..end]);
                    (fresh, lines.at) = (true, after(end));
                }
                None if !rest.contains("$$") => {
                    mistakes.unclosed(Span::new(file, content.start..content.start + 2), "$$")
                }
                None => {}
            }
        } else if let Some((open, end)) = display(source, content.clone(), mistakes, file) {
            fresh = open;
            if let Some(end) = end {
                cover(&mut out[content.start..end]);
                lines.at = after(end);
            }
        } else if let Some(end) = tables.line(source, &line, content.clone(), begins) {
            cover(&mut out[content.start..end]);
            (fresh, lines.at) = (true, after(end));
        } else if let Some(end) = tags.line(&Line { source, range: line, content: content.clone(), fresh: begins }) {
            (fresh, lines.at) = (true, after(end));
        } else {
            cover_inline(source, content, &marks, &mut out, 0);
        }
    }
    tags.cover(&mut out);
    (String::from_utf8(out).unwrap_or_else(|_| source.to_owned()), marks)
}

/// Covers, in bytes that begin at `start` of the source, what Markdown does not know inside a line; not what lies in a mark.
pub fn cover_inline(source: &str, part: Range<usize>, marks: &Marks, bytes: &mut [u8], start: usize) {
    let found = inline::find(source, part).into_iter().filter(|range| !within(marks, range.start));
    found.for_each(|range| cover(&mut bytes[range.start - start..range.end - start]));
}

/// Whether a place lies in a mark, and not at its beginning.
fn within(marks: &Marks, at: usize) -> bool {
    marks.range(..at).next_back().is_some_and(|(_, mark)| mark.range.end > at)
}

/// Where the paragraph ends that begins on this line, as far as notes are concerned: before a line that is empty or that
/// begins something else, and after each row of a table.
fn paragraph(source: &str, first: &Range<usize>) -> usize {
    let depth = |line: &Range<usize>| {
        let start = content(source, line).start;
        source[line.start..start].bytes().filter(|byte| *byte == b'>').count()
    };
    let (head, mut end) = (content(source, first), first.end);
    if source[head.clone()].starts_with('|') {
        return end;
    }
    let listed = source[first.start..head.start].bytes().any(|byte| !b" \t>".contains(&byte));
    for line in (Lines { source, at: end }) {
        let start = content(source, &line);
        let (before, text) = (&source[line.start..start.start], &source[start]);
        let marked = before.trim_matches([' ', '\t', '>']);
        let begins = [":::", "|", "# ", "## ", "### ", "#### ", "##### ", "###### "];
        let other = begins.iter().any(|sign| text.starts_with(sign)) || code_fence(text).is_some();
        // A number interrupts a paragraph only where a list is going on, or begins.
        let item = !marked.is_empty() && (listed || !marked.starts_with(|c: char| c.is_ascii_digit() && c != '1'));
        if text.is_empty() || other || item || depth(&line) > depth(first) {
            break;
        }
        end = line.end;
    }
    end
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

/// The signs of a line that opens a section behind its title, `##> Title`, or closes one, `<##`: how many, and which.
pub fn fold(text: &str) -> Option<(u8, bool)> {
    let closes = text.starts_with('<');
    // A space may stand between the signs: `## > Title` and `< ##`.
    let signs = text[usize::from(closes)..].trim_start_matches(' ');
    let count = signs.bytes().take_while(|byte| *byte == b'#').count();
    let rest = signs[count..].trim_start_matches(' ');
    let ends = if closes { rest.is_empty() } else { rest.starts_with("> ") || rest == ">" };
    ((2..=6).contains(&count) && ends).then_some((count as u8, closes))
}

/// Whether a line ends the code that a fence of so many marks began.
fn closes(text: &str, mark: u8, length: usize) -> bool {
    let run = text.bytes().take_while(|byte| *byte == mark).count();
    run >= length && text[run..].trim().is_empty()
}

fn code_fence(text: &str) -> Option<(u8, usize)> {
    let mark = *text.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let run = text.bytes().take_while(|byte| *byte == mark).count();
    (run >= 3 && !(mark == b'`' && text[run..].contains('`'))).then_some((mark, run))
}

/// A display formula that begins a line without `$$`: as an environment, or after a bracket. Whether it is one, and its end.
fn display(source: &str, content: Range<usize>, m: &mut Mistakes, file: &Arc<str>) -> Option<(bool, Option<usize>)> {
    let text = &source[content.clone()];
    let rest = &source[content.start..];
    let (open, close) = match latex::display(text) {
        Some(name) => (format!("\\begin{{{name}}}"), format!("\\end{{{name}}}")),
        None if text.starts_with(r"\\[") => (r"\\[".to_owned(), r"\\]".to_owned()),
        // Alone on its line: else it is a bracket that is meant.
        None if text == r"\[" => (r"\[".to_owned(), r"\]".to_owned()),
        None => return None,
    };
    let end = rest.find(&close).map(|at| at + close.len());
    let ends = end.filter(|end| rest[*end..].split('\n').next().unwrap_or_default().trim().is_empty());
    if end.is_none() {
        m.unclosed(Span::new(file, content.start..content.start + open.len()), &open);
    }
    // What goes on after its end is a formula in a line of text, which needs other marks.
    ends.map(|end| (true, Some(content.start + end))).or(end.is_none().then_some((false, None)))
}

/// The end of the display formula that begins at `start`, if its closing `$$` ends a line; of its tip, if one follows.
fn formula_end(source: &str, start: usize, marks: &mut Marks) -> Option<usize> {
    let close = start + 2 + source[start + 2..].find("$$")? + 2;
    let ends = |at: usize| source[at..].split('\n').next().unwrap_or_default().trim().is_empty();
    if let Some(end) = tip_end(source, start, close, marks)
        && ends(end)
    {
        return Some(end);
    }
    ends(close).then_some(close)
}

/// The end of the tip that follows the formula, on its line or on the next.
fn tip_end(source: &str, start: usize, close: usize, marks: &mut Marks) -> Option<usize> {
    let rest = &source[close..];
    let at = close + (rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', '>']).len());
    let lines = source[close..at].matches('\n').count();
    if lines > 1 || !source[at..].starts_with("{tip:") {
        return None;
    }
    let line = source[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = paragraph(source, &(line..source[at..].find('\n').map_or(source.len(), |end| at + end + 1)));
    let mut found = Marks::new();
    mark::find_after_formula(source, at..end, &mut found);
    let tip = found.remove(&at).filter(|mark| mark.kind == Kind::Tip)?;
    let (first, end) = (start, tip.range.end);
    marks.retain(|at, _| !(first..end).contains(at));
    marks.insert(tip.range.start, tip);
    Some(end)
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
