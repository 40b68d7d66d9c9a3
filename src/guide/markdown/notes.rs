//! Notes, side notes and tips: what was covered while the text around it was parsed, parsed by itself.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::events::Events;
use super::{DEEPEST, Reader, Text};
use crate::guide::block::{Block, Inline, Term, visit, visit_inlines};
use crate::guide::inline::Gather;
use crate::guide::mark::{self, Kind, Mark, Marks};
use crate::guide::mask::cover_inline;
use crate::guide::mistake::{Mistakes, Span};

impl Reader<'_> {
    /// Adds text, and what is covered in it.
    pub(super) fn words(&mut self, text: &str, range: Range<usize>, gather: &mut Gather) {
        let marks = self.marks;
        if range.start >= self.past && self.covered(&range).is_none() {
            return gather.text(text, range.start, self.source);
        }
        let mut at = range.start.max(self.past);
        while at < range.end {
            if let Some(end) =
                self.covered(&(at..at + 1)).filter(|mark| mark.range.start < at).map(|mark| mark.range.end)
            {
                // A mark that Markdown saw no beginning of is text.
                let end = end.min(range.end);
                gather.text(&self.source[at..end], at, self.source);
                at = end;
                continue;
            }
            let next = marks.range(at..range.end).next();
            let end = next.map_or(range.end, |(start, _)| *start);
            if let Some(between) = text.get(at - range.start..end - range.start).filter(|text| !text.is_empty()) {
                gather.text(between, at, self.source);
            }
            at = next.map_or(range.end, |(_, mark)| mark.range.end);
            if let Some((_, mark)) = next {
                self.mark(mark, gather);
                self.past = at;
            }
        }
    }

    /// The last mark that lies in a stretch, at least in part.
    fn covered(&self, range: &Range<usize>) -> Option<&Mark> {
        self.marks.range(..range.end).next_back().map(|(_, mark)| mark).filter(|mark| mark.range.end > range.start)
    }

    /// What code, a formula or HTML really says, if a mark was seen in it where there is none; without the signs around it.
    pub(super) fn uncovered(&self, text: &str, range: Range<usize>, sign: char) -> String {
        match self.covered(&range) {
            Some(_) => self.source[range].trim_matches(sign).to_owned(),
            None => text.to_owned(),
        }
    }

    fn mark(&mut self, mark: &Mark, gather: &mut Gather) {
        let span = self.place(mark.range.clone());
        if mark.inner.is_empty() {
            return self.mistakes.empty_note(Span::new(self.file, span));
        }
        match mark.kind {
            Kind::Note => gather.push(Inline::Note { inlines: self.inner(mark.inner.clone()), span }),
            Kind::Side => gather.push(Inline::Side { inlines: self.inner(mark.inner.clone()), span }),
            Kind::Tip => {
                let tip = self.tip(mark);
                if !gather.explain(tip) {
                    self.mistakes.unclosed_note(Span::new(self.file, span), "{tip:");
                }
            }
        }
    }

    pub(super) fn tip(&mut self, mark: &Mark) -> Vec<Term> {
        let ranges = mark::terms(self.source, mark.inner.clone());
        if ranges.is_empty() {
            self.mistakes.empty_note(self.span(mark.range.clone()));
        }
        ranges.into_iter().map(|range| term(self.inner(range))).collect()
    }

    /// The inlines of a stretch of the source.
    fn inner(&mut self, range: Range<usize>) -> Vec<Inline> {
        if self.depth >= DEEPEST {
            self.mistakes.too_deep(self.span(range), DEEPEST);
            return Vec::new();
        }
        let mut marks = Marks::new();
        mark::find(self.source, range.clone(), &mut marks);
        let piece = piece(self.source, &range, &marks);
        let mut reader = Reader {
            file: self.file,
            source: self.source,
            masked: self.masked,
            events: Events::new(&piece, range.start - BEFORE.len(), self.definitions.clone()).peekable(),
            mistakes: self.mistakes,
            text: Text::default(),
            marks: &marks,
            // What stands before it is not of the source.
            past: range.start,
            definitions: self.definitions.clone(),
            fixed: self.fixed.clone(),
            depth: self.depth + 1,
        };
        let blocks = reader.blocks();
        let inlines = blocks.into_iter().flat_map(|block| match block {
            Block::Paragraph(inlines) | Block::Plain(inlines) => inlines,
            _ => Vec::new(),
        });
        inlines.collect()
    }
}

/// Stands before a piece, so that nothing in it can begin a block.
const BEFORE: &str = "x ";

/// A stretch of the source as one paragraph: what is covered in it and the beginnings of its lines are blank.
fn piece(source: &str, range: &Range<usize>, marks: &Marks) -> String {
    let mut bytes = source.as_bytes()[range.clone()].to_vec();
    for mark in marks.values() {
        mark::cover(&mut bytes[mark.range.start - range.start..mark.range.end - range.start]);
    }
    cover_inline(source, range.clone(), marks, &mut bytes, range.start);
    let mut at = 0;
    while let Some(end) = bytes[at..].iter().position(|byte| *byte == b'\n') {
        let end = at + end;
        at = end + 1;
        while bytes.get(at).is_some_and(|byte| b" \t>".contains(byte)) {
            bytes[at] = b' ';
            at += 1;
        }
        // A line that could begin a list, a heading or a table goes on in the one before.
        if !bytes.get(at).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte >= 128 || b"$@({".contains(byte)) {
            bytes[end] = b' ';
            if end > 0 && bytes[end - 1] == b'\r' {
                bytes[end - 1] = b' ';
            }
        }
    }
    BEFORE.to_owned() + &String::from_utf8_lossy(&bytes)
}

/// A line of a tip: a formula, a colon and what it means, or words alone.
fn term(mut inlines: Vec<Inline>) -> Term {
    let signed =
        matches!(inlines.as_slice(), [Inline::Math(_), Inline::Text(text), ..] if text.trim_start().starts_with(':'));
    if !signed {
        return Term { sign: Vec::new(), meaning: inlines };
    }
    let mut meaning = inlines.split_off(1);
    if let Some(Inline::Text(text)) = meaning.first_mut() {
        *text = text.trim_start().trim_start_matches(':').trim_start().to_owned();
    }
    Term { sign: inlines, meaning }
}

/// Takes the notes out of a link's text: their marks are links themselves, and stand after it.
pub(super) fn hoisted(inlines: Vec<Inline>) -> (Vec<Inline>, Vec<Inline>) {
    let (mut line, mut notes) = (Vec::new(), Vec::new());
    for mut inline in inlines {
        match &mut inline {
            Inline::Note { .. } | Inline::Side { .. } | Inline::Footnote { .. } => {
                notes.push(inline);
                continue;
            }
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Strikethrough(inner) => {
                let (inside, mut out) = hoisted(std::mem::take(inner));
                *inner = inside;
                notes.append(&mut out);
            }
            _ => {}
        }
        line.push(inline);
    }
    (line, notes)
}

/// A footnote's name as it is compared.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// Tells footnotes that are missing, given twice, or of no use, and where.
pub fn check_footnotes(file: &Arc<str>, title: &[Inline], text: &Text, mistakes: &mut Mistakes) {
    let at = |range: &Range<usize>| Span::new(file, range.clone());
    let given: BTreeSet<String> = text.footnotes.iter().map(|note| folded(&note.name)).collect();
    let mut asked: Vec<String> = Vec::new();
    let mut see = |inline: &Inline, asked: &mut Vec<String>| {
        if let Inline::Footnote { name, span } = inline {
            match given.contains(&folded(name)) {
                true => asked.push(folded(name)),
                false => mistakes.missing_footnote(at(span), name),
            }
        }
    };
    let mut all = |inline: &Inline| see(inline, &mut asked);
    visit(title, &mut all);
    visit_inlines(&text.blocks, &mut all);
    for question in &text.questions {
        visit(&question.title, &mut all);
        visit_inlines(&question.blocks, &mut all);
    }
    text.cells.iter().for_each(|cell| visit(&cell.caption, &mut all));
    // Footnotes that only footnotes refer to are of use if those are.
    let mut inside: Vec<Vec<String>> = Vec::new();
    for note in &text.footnotes {
        let mut names = Vec::new();
        visit_inlines(&note.blocks, &mut |inline| see(inline, &mut names));
        inside.push(names);
    }
    let mut used = BTreeSet::new();
    while let Some(name) = asked.pop() {
        if used.insert(name.clone()) {
            asked.extend(text.named.get(&name).into_iter().flat_map(|at| inside[*at].clone()));
        }
    }
    for (place, note) in text.footnotes.iter().enumerate() {
        let name = folded(&note.name);
        match text.named.get(&name).filter(|first| **first != place) {
            Some(first) => mistakes.duplicate_footnote(at(&note.span), &note.name, at(&text.footnotes[*first].span)),
            None if !used.contains(&name) => mistakes.unused_footnote(at(&note.span), &note.name),
            None => {}
        }
    }
}

/// Tells notes in a text that is shown where no notes can follow.
pub fn refuse_notes(file: &Arc<str>, inlines: &[Inline], mistakes: &mut Mistakes) {
    visit(inlines, &mut |inline| {
        if let Inline::Note { span, .. } | Inline::Side { span, .. } | Inline::Footnote { span, .. } = inline {
            mistakes.misplaced_note(Span::new(file, span.clone()));
        }
    });
}
