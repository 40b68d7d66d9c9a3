//! Blocks of HTML: raw ones, and those that were written over what Markdown does not know.

use std::ops::Range;

use pulldown_cmark::Event;

use super::open::Form;
use super::{Reader, parse_inlines_at};
use crate::guide::attributes;
use crate::guide::block::{Block, Caption, Inline};
use crate::guide::mark::Kind;
use crate::guide::places::Places;
use crate::guide::raw::{self, Tag};
use crate::guide::{latex, mask};

/// A part of what Markdown takes for one block of HTML.
pub(super) enum Piece {
    Block(Block),
    Open(Form, Range<usize>),
    Close(Form, Range<usize>),
    /// Of the table before it or after it.
    Caption(Caption),
}

impl Reader<'_> {
    /// The parts of a block of HTML in their order.
    pub(super) fn html_block(&mut self) -> Vec<Piece> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        // White space before the first tag comes as text.
        while let Some((Event::Html(_) | Event::Text(_), line)) = self.events.next() {
            lines.push(line);
        }
        let (mut out, mut raw, mut ours) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            let (seen, written) = (&self.masked[line.clone()], &self.source[line.clone()]);
            let begins = seen.trim_start().starts_with("<?") && !written.trim_start().starts_with("<?");
            if ours.is_empty() && !begins {
                raw.push(line);
                continue;
            }
            out.extend(self.raw(&std::mem::take(&mut raw)));
            let ends = seen.trim_end().ends_with("?>") || seen.trim() == "<?>";
            ours.push(line);
            if ends {
                out.extend(self.ours(&std::mem::take(&mut ours)));
            }
        }
        out.extend(self.raw(&raw));
        out.extend(self.ours(&ours));
        out
    }

    /// What was written over, as it is in the source.
    fn ours(&mut self, lines: &[Range<usize>]) -> Option<Piece> {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return None };
        let all = first.start..last.end;
        // Only a display formula has one.
        let mut inside = self.marks.range(all.clone()).map(|(_, mark)| mark);
        let tip = inside.find(|mark| mark.kind == Kind::Tip && mark.range.end <= all.end);
        let tip = tip.filter(|_| self.source[all.start..].trim_start().starts_with("$$"));
        let end = tip.map_or(all.end, |mark| mark.range.start);
        let cut: Vec<Range<usize>> = lines.iter().map(|line| line.start.min(end)..line.end.min(end)).collect();
        let lines = &cut[..];
        let source: String = lines.iter().map(|line| &self.source[line.clone()]).collect();
        let written = match tip {
            Some(_) => source.trim_end_matches(['>', ' ', '\t', '\r', '\n']).trim_start(),
            None => source.trim(),
        };
        let start = first.start + (source.len() - source.trim_start().len());
        let all = start..end;
        let span = start..start + written.len();
        if written.starts_with(":::") {
            return Some(self.fence(written, span));
        }
        if let Some((level, closes)) = mask::fold(written) {
            if closes {
                return Some(Piece::Close(Form::Fold { level, title: Vec::new(), id: String::new() }, span));
            }
            return Some(Piece::Open(self.fold(level, written, start), span));
        }
        for (open, close, kept) in
            [("$$", "$$", ""), (r"\\[", r"\\]", ""), (r"\[", r"\]", ""), ("\\begin{", "", "\\begin{")]
        {
            let Some(rest) = written.strip_prefix(open) else { continue };
            let Some(tex) = rest.strip_suffix(close).filter(|_| kept.is_empty() || latex::display(written).is_some())
            else {
                // Its list or quote ends before the formula does.
                self.mistakes.unclosed(self.span(start..start + open.len()), open);
                return None;
            };
            let from = source.len() - source.trim_start().len() + open.len() - kept.len();
            let tex = if kept.is_empty() { tex } else { written };
            let mut formula = self.formula(tex, true, all, &stretches(lines, from, tex.len()));
            formula.tip = tip.map_or(Vec::new(), |mark| self.tip(mark));
            return Some(Piece::Block(Block::Math(formula)));
        }
        if let Some(caption) = written.strip_prefix(':').or(written.strip_prefix("Table:")) {
            let at = start + written.len() - caption.len();
            return Some(Piece::Caption(self.caption(caption, at, span)));
        }
        // Where line breaks were written beside a tag, they are in the place of its `<` and `>`.
        let start = start - usize::from(!written.starts_with('<'));
        let tag = Tag::read(self.source, start)?;
        let (name, span) = (tag.name.to_owned(), tag.range.clone());
        let html = raw::html(&self.source[span.clone()], &|range| self.place(start + range.start..start + range.end));
        let (form, closes) = (Form::Tag { name, tag: html }, tag.closes);
        Some(if closes { Piece::Close(form, span) } else { Piece::Open(form, span) })
    }

    fn fold(&mut self, level: u8, written: &str, start: usize) -> Form {
        let inner = written.split_once('>').map_or("", |(_, inner)| inner);
        let mut title = inner.trim();
        let at = start + written.len() - inner.trim_start().len();
        let mut id = String::new();
        // As in a heading: `##> Title {#id}`.
        if let Some((before, given)) = attributes::at_end(title) {
            (title, id) = (before, given.id.unwrap_or_default());
        }
        let title = parse_inlines_at(title, self.file, at, self.mistakes);
        if title.is_empty() {
            self.mistakes.fold_without_title(self.span(start..start + written.len()), level);
        }
        Form::Fold { level, title, id }
    }

    /// The caption of a table: `: Text {#tbl-x}`.
    fn caption(&mut self, text: &str, start: usize, span: Range<usize>) -> Caption {
        let (mut words, mut id) = (text.trim_end(), String::new());
        if let Some((before, given)) = attributes::at_end(words) {
            (words, id) = (before, given.id.unwrap_or_default());
        }
        let start = start + words.len() - words.trim_start().len();
        let inlines = parse_inlines_at(words.trim(), self.file, start, self.mistakes);
        Caption { inlines, id, span: self.place(span) }
    }

    /// The text of a code span as it is in the source.
    pub(super) fn code_span(&self, text: &str, range: Range<usize>) -> String {
        let (seen, written) = (self.masked.get(range.clone()), self.source.get(range));
        match written.filter(|_| seen != written) {
            Some(written) => written.trim_matches('`').trim().to_owned(),
            None => text.to_owned(),
        }
    }

    fn raw(&mut self, lines: &[Range<usize>]) -> Option<Piece> {
        let (mut text, mut places) = (String::new(), Places::default());
        for line in lines {
            places.push(text.len(), line.start);
            text.push_str(&self.source[line.clone()]);
        }
        let html = raw::html(&text, &|range| {
            let at = places.find(range.start).unwrap_or(0);
            self.place(at..at + range.len())
        });
        (!html.text.trim().is_empty()).then_some(Piece::Block(Block::Html(html)))
    }

    /// HTML in a line of text, or what was written over what Markdown does not know.
    pub(super) fn html_inline(&mut self, html: &str, range: Range<usize>) -> Option<Inline> {
        if html.starts_with("<!--") {
            return None;
        }
        let source = self.source;
        let written = &source[range.clone()];
        if self.fixed.is_none() && !written.starts_with('<') {
            return match written {
                // A formula so deeply indented that Markdown takes it for a line of the paragraph above.
                _ if written.starts_with("$$") => {
                    let tex = written.strip_prefix("$$").and_then(|rest| rest.strip_suffix("$$")).unwrap_or(written);
                    Some(Inline::Math(self.inline_formula(tex, true, range, 2)))
                }
                _ if written.starts_with(r"\\(") => {
                    Some(Inline::Math(self.inline_formula(&source[range.start + 3..range.end - 3], false, range, 3)))
                }
                // Attributes that no image took.
                _ if written.starts_with('{') => {
                    self.mistakes.bad_image_attributes(self.span(range));
                    None
                }
                _ => {
                    self.mistakes.bad_div(self.span(range));
                    None
                }
            };
        }
        let html = self.uncovered(html, range.clone(), '\0');
        let alike = source.get(range.clone()) == Some(&html);
        Some(Inline::Html(raw::html(&html, &|inner| {
            let place = if alike { range.start + inner.start..range.start + inner.end } else { range.clone() };
            self.place(place)
        })))
    }
}

/// Where a part of joined lines lies in the file.
fn stretches(lines: &[Range<usize>], from: usize, length: usize) -> Places {
    let (mut all, mut at, mut out) = (Places::default(), 0, Places::default());
    for line in lines {
        all.push(at, line.start);
        at += line.len();
    }
    all.keep(from..from + length, 0, &mut out);
    out
}
