//! Elements written as HTML whose inside is Markdown: their tags become blocks of their own.
//!
//! To CommonMark a line that begins with `<div>` begins raw HTML up to the next blank line. Here the tags of some elements
//! stand alone, wherever they are in a line at the margin, and what lies between them is Markdown.

use std::ops::Range;

use super::cover_line;
use crate::guide::raw::Tag;

/// Elements whose inside is Markdown.
const OPEN: [&str; 10] =
    ["div", "section", "details", "figure", "aside", "blockquote", "center", "article", "summary", "figcaption"];

/// Elements whose inside is never Markdown, whatever it holds.
const RAW: [&str; 13] = [
    "pre", "script", "style", "svg", "table", "textarea", "iframe", "math", "video", "audio", "object", "select",
    "template",
];

/// Indentation from which Markdown would see code.
const CODE: usize = 4;

/// The tags of a page as they are found, line by line.
#[derive(Default)]
pub(super) struct Tags {
    open: Vec<Opened>,
    /// Tags of elements that were closed.
    found: Vec<Mark>,
    /// Indentation inside such elements, which means nothing.
    idle: Vec<Range<usize>>,
}

struct Mark {
    range: Range<usize>,
    /// Whether line breaks may be written around it.
    free: bool,
}

struct Opened {
    name: String,
    mark: Mark,
    /// How far its first line inside is indented.
    indent: Option<usize>,
    idle: Vec<Range<usize>>,
}

/// One line as [`Tags`] looks at it.
pub(super) struct Line<'s> {
    pub(super) source: &'s str,
    pub(super) range: Range<usize>,
    /// What stands on it after quote marks, list marks and spaces.
    pub(super) content: Range<usize>,
    /// Whether a new block begins with it in any case.
    pub(super) fresh: bool,
}

impl Tags {
    /// Reads a line; returns where to go on, and whether a block begins there, if it held a tag.
    pub(super) fn line(&mut self, line: &Line) -> Option<usize> {
        let text = &line.source[line.range.start..line.content.end];
        let indent = text.len() - text.trim_start_matches(' ').len();
        let bare = line.source[line.range.start..line.content.start].bytes().all(|byte| byte == b' ');
        let mark = !bare || text[indent..].starts_with(['-', '*', '+', '>']);
        let mut free = indent == 0 && !text.starts_with(['-', '*', '+', '>']) && bare;
        if let Some(top) = self.open.last_mut().filter(|top| top.mark.free && !text.trim().is_empty()) {
            let own = *top.indent.get_or_insert(indent);
            free |= bare && indent <= own;
            if own >= CODE && indent > 0 && (line.fresh || mark) {
                top.idle.push(line.range.start..line.range.start + indent.min(own));
            }
        }
        let first = Tag::read(line.source, line.content.start);
        let Some(tag) = first else { return self.rest(line, line.content.start, free) };
        let raw = RAW.contains(&tag.name) || tag.get("markdown").is_some_and(|value| is_off(value.value));
        if raw && !tag.closes {
            let close = format!("</{}", tag.name);
            return line.source[tag.range.end..].find(&close).map(|at| tag.range.end + at + close.len());
        }
        if !OPEN.contains(&tag.name) {
            return self.rest(line, line.content.start, free);
        }
        let alone = line.source[tag.range.end..].split('\n').next().unwrap_or_default().trim().is_empty();
        let inside = tag.range.end <= line.content.end;
        if !free && (!alone || !inside) {
            return None;
        }
        let end = tag.range.end;
        self.take(tag, free);
        let line_end = line.source[end..].find('\n').map_or(line.source.len(), |at| end + at);
        let content = Range { start: end, end: line_end.max(line.content.end) };
        let rest = Line { content, range: line.range.clone(), ..*line };
        Some(self.rest(&rest, end, free).unwrap_or(rest.content.end))
    }

    /// Tags in the rest of a line at the margin: what closes open elements, and what opens more right beside a tag.
    fn rest(&mut self, line: &Line, from: usize, free: bool) -> Option<usize> {
        if self.open.is_empty() || !free {
            return None;
        }
        let (mut at, mut beside, mut found) = (from, true, None);
        while at < line.content.end {
            let text = &line.source[at..line.content.end];
            match text.as_bytes()[0] {
                b'`' => {
                    let run = text.len() - text.trim_start_matches('`').len();
                    let span = text[run..].find(&text[..run]).map_or(run, |end| 2 * run + end);
                    at += span;
                    beside = false;
                }
                b'\\' => {
                    at += 1 + text[1..].chars().next().map_or(0, char::len_utf8);
                    beside = false;
                }
                b' ' => at += 1,
                b'<' => match Tag::read(line.source, at).filter(|tag| tag.range.end <= line.content.end) {
                    Some(tag) if OPEN.contains(&tag.name) && (beside || tag.closes) => {
                        at = tag.range.end;
                        found = Some(line.content.end);
                        beside = true;
                        self.take(tag, true);
                    }
                    Some(tag) => {
                        at = tag.range.end;
                        beside = false;
                    }
                    None => at += 1,
                },
                _ => {
                    at += text.chars().next().map_or(1, char::len_utf8);
                    beside = false;
                }
            }
        }
        found
    }

    fn take(&mut self, tag: Tag, free: bool) {
        let mark = Mark { range: tag.range.clone(), free };
        if !tag.closes {
            self.open.push(Opened { name: tag.name.to_owned(), mark, indent: None, idle: Vec::new() });
            return;
        }
        let Some(at) = self.open.iter().rposition(|open| open.name == tag.name) else { return };
        // What was opened inside it and not closed stays as it is.
        self.open.truncate(at + 1);
        let Some(opened) = self.open.pop() else { return };
        self.idle.extend(opened.idle);
        self.found.extend([opened.mark, mark]);
    }

    /// Covers the tags of all elements that were closed.
    pub(super) fn cover(self, bytes: &mut [u8]) {
        for range in self.idle {
            bytes[range].fill(b'\n');
        }
        for Mark { range, free } in self.found {
            let (start, end) = (range.start, range.end);
            if free {
                bytes[start] = b'\n';
                bytes[end - 1] = b'\n';
                cover_line(&mut bytes[start + 1..end - 1]);
            } else {
                cover_line(&mut bytes[range]);
            }
        }
    }
}

fn is_off(value: &str) -> bool {
    ["0", "off", "false", "no"].contains(&value)
}
