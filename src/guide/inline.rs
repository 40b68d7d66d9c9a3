//! Inlines as they come from the parser: neighbouring texts joined, and holes, references and footnotes found in them.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::block::{Cited, CitedItem, Hole, Inline, Term};
use super::cite::{self, Writing};
use super::mark::SIGNS;
use super::mistake::{Mistakes, Span};

/// The prefixes of labels that pages may cite.
pub const PREFIXES: [&str; 15] = [
    "fig-", "eq-", "thm-", "lem-", "prop-", "cor-", "def-", "rem-", "exm-", "exr-", "tbl-", "sec-", "q-", "claim-",
    "ch-",
];

/// Collects the inlines of one element.
#[derive(Default)]
pub struct Gather {
    /// All text in a row; [`OBJECT`] stands for each inline that is no text.
    text: String,
    /// For each stretch of text where it begins in it and in the source, and whether after a backslash.
    places: Vec<(usize, usize, bool)>,
    /// The other inlines, by their place in the text.
    objects: Vec<(usize, Inline)>,
}

/// What stands in the text for an inline that is none.
pub const OBJECT: char = '\u{fffc}';

impl Gather {
    pub fn push(&mut self, inline: Inline) {
        self.objects.push((self.text.len(), inline));
        self.text.push(OBJECT);
    }

    /// Gives the formula that came last its tip: white space may stand between the two. Whether there is one without a tip.
    pub fn explain(&mut self, tip: Vec<Term>) -> bool {
        let blank = |text: &str, at: usize| text[at + OBJECT.len_utf8()..].trim().is_empty();
        if let Some((at, Inline::SoftBreak)) = self.objects.last()
            && blank(&self.text, *at)
        {
            self.text.truncate(*at);
            self.objects.pop();
        }
        let Some((at, Inline::Math(formula))) = self.objects.last_mut() else { return false };
        let good = formula.tip.is_empty() && blank(&self.text, *at);
        if good {
            formula.tip = tip;
            self.text.truncate(*at + OBJECT.len_utf8());
            self.places.retain(|place| place.0 <= *at);
        }
        good
    }

    /// Adds text that stands at `start` in the source.
    pub fn text(&mut self, text: &str, start: usize, source: &str) {
        self.places.push((self.text.len(), start, source[..start].ends_with('\\')));
        self.text.push_str(text);
    }

    pub fn finish(self, file: &Arc<str>, fixed: Option<Range<usize>>, mistakes: &mut Mistakes) -> Vec<Inline> {
        let Gather { text, places, objects } = self;
        let place = |range: Range<usize>| {
            let stretch = |at: usize| {
                let stretch = places[..places.partition_point(|(begin, ..)| *begin <= at)].last();
                stretch.map_or(0, |(begin, start, _)| start + (at - begin))
            };
            // Between two stretches there may be marks, which no text shows.
            let end = if range.is_empty() { range.start } else { range.end - 1 };
            let (start, end) = (stretch(range.start), stretch(end) + usize::from(!range.is_empty()));
            fixed.clone().unwrap_or(start..end.max(start))
        };
        let escaped = |at: usize| places.binary_search_by_key(&at, |place| place.0).is_ok_and(|found| places[found].2);
        let mut split = Split { file, place: &place, escaped: &escaped, objects: objects.into(), mistakes };
        let mut out = Vec::new();
        split.split(&text, 0..text.len(), &mut out);
        out
    }
}

/// What it takes to cut a text at its holes and references.
struct Split<'a> {
    file: &'a Arc<str>,
    /// Where in the source a stretch of the text is.
    place: &'a dyn Fn(Range<usize>) -> Range<usize>,
    /// Whether a character stands after a backslash, and means itself.
    escaped: &'a dyn Fn(usize) -> bool,
    /// Those that were not reached yet.
    objects: VecDeque<(usize, Inline)>,
    mistakes: &'a mut Mistakes,
}

impl Split<'_> {
    /// Cuts part of a text, from its beginning to its end.
    fn split(&mut self, text: &str, part: Range<usize>, out: &mut Vec<Inline>) {
        let (mut done, mut at) = (part.start, part.start);
        while let Some(found) = text[at..part.end].find(['{', '@', '[', '$', '^', '\\']) {
            let start = at + found;
            at = start + 1;
            // Only a group of citations may have other inlines inside.
            let reached = self.objects.partition_point(|object| object.0 < start);
            let until = self.objects.get(reached).map(|object| object.0);
            let rest = &text[start..until.unwrap_or(part.end).min(part.end)];
            if (self.escaped)(start) {
                at += usize::from(rest.starts_with("{{"));
                continue;
            }
            if let Some((items, end)) = citation(&Writing { text: &text[..part.end], escaped: self.escaped }, start) {
                let from = items.first().map_or(start, |item| item.mark.start.min(start)).max(done);
                self.flush(text, done..from, out);
                let cited = self.cited(text, items, from..end);
                out.push(cited);
                (at, done) = (end, end);
            } else if let Some((inline, length)) = self.special(rest, start) {
                at = start + length;
                if let Some(inline) = inline {
                    self.flush(text, done..start, out);
                    out.push(inline);
                    done = at;
                }
            }
        }
        self.flush(text, done..part.end, out);
    }

    /// What begins with `{`, `$`, `^` or `[` and is no citation: its inline, if it becomes one, and its length.
    fn special(&mut self, rest: &str, start: usize) -> Option<(Option<Inline>, usize)> {
        let place = |length: usize| (self.place)(start..start + length);
        if rest.starts_with("{{") {
            let found = hole(rest);
            if let (None, Some(end)) = (&found, beginning(rest, NAME).find("}}")) {
                self.mistakes.unreadable_hole(Span::new(self.file, place(end + 2)), &rest[..end + 2]);
            }
            return found.map(|(hole, length)| (Some(Inline::Hole { hole, span: place(length) }), length));
        }
        if let Some((name, length)) = embed(rest) {
            return Some((Some(Inline::Embed { name: name.to_owned(), span: place(length) }), length));
        }
        if let Some((length, label)) = equation_reference(rest) {
            return Some((Some(Inline::Reference { label: label.to_owned(), span: place(length) }), length));
        }
        if let Some(length) = broken_formula(rest) {
            let text = "its braces do not match, or it has a space after its first or before its last `$`";
            self.mistakes.bad_formula(Span::new(self.file, place(length)), text, None);
            return Some((None, length));
        }
        if let Some(name) = footnote(rest) {
            let length = name.len() + 3;
            return Some((Some(Inline::Footnote { name: name.to_owned(), span: place(length) }), length));
        }
        // Those that end were taken out of the text before it was parsed.
        let begun = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        if let Some(sign) = begun.filter(|sign| !(self.escaped)(start + sign.len() - 1)) {
            self.mistakes.unclosed_note(Span::new(self.file, place(sign.len())), sign);
        }
        None
    }

    /// Text and inlines as they are.
    fn flush(&mut self, text: &str, part: Range<usize>, out: &mut Vec<Inline>) {
        let mut done = part.start;
        while let Some((at, inline)) = self.objects.pop_front() {
            if at >= part.end {
                self.objects.push_front((at, inline));
                break;
            }
            if done < at {
                out.push(Inline::Text(text[done..at].to_owned()));
            }
            out.push(inline);
            done = at + OBJECT.len_utf8();
        }
        if done < part.end {
            out.push(Inline::Text(text[done..part.end].to_owned()));
        }
    }

    /// A citation as an inline; what stands before and after its keys is text of its own.
    fn cited(&mut self, text: &str, items: Vec<cite::Item>, whole: Range<usize>) -> Inline {
        let (written, span) = (text[whole.clone()].replace(OBJECT, "…"), (self.place)(whole.clone()));
        let grouped = written.starts_with('[');
        if let [item] = items.as_slice()
            && !grouped
            && !item.alone
            && cite::is_label(&text[item.key.clone()])
        {
            return Inline::Reference { label: text[item.key.clone()].to_owned(), span };
        }
        let mut inner = |range: Range<usize>| {
            let mut out = Vec::new();
            self.split(text, range, &mut out);
            // A line may end anywhere in a group.
            out.pop_if(|last| *last == Inline::SoftBreak);
            if out.first() == Some(&Inline::SoftBreak) {
                out.remove(0);
            }
            out
        };
        let mut out = Vec::new();
        for item in items {
            let (prefix, suffix) = (inner(item.prefix), inner(item.suffix));
            out.push((prefix, suffix, item.key, item.alone, item.mark));
        }
        let items = out.into_iter().map(|(prefix, suffix, key, alone, mark)| CitedItem {
            prefix,
            key: text[key].to_owned(),
            alone,
            suffix,
            span: (self.place)(mark),
        });
        Inline::Cited(Cited { items: items.collect(), grouped, written, span })
    }
}

/// How far a name is looked for, and how far the end of a formula, in bytes: else a page of signs that open and never close
/// would be read once for each of them.
const NAME: usize = 1_000;
const FORMULA: usize = 10_000;

/// The first `length` bytes of a text, or a little fewer.
fn beginning(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

/// The name of the footnote that is referred to at the beginning of `text`.
fn footnote(text: &str) -> Option<&str> {
    beginning(text, NAME).strip_prefix("[^")?.split_once(']').map(|(name, _)| name).filter(|name| !name.is_empty())
}

/// `\eqref{eq-x}` or `\ref{eq-x}`, as LaTeX has it: its length, and the label.
fn equation_reference(text: &str) -> Option<(usize, &str)> {
    let inner = text.strip_prefix("\\eqref{").or(text.strip_prefix("\\ref{"))?;
    let (label, _) = beginning(inner, NAME).split_once('}')?;
    let known = PREFIXES.iter().any(|prefix| label.starts_with(prefix));
    known.then_some((text.len() - inner.len() + label.len() + 1, label))
}

/// The length of what is written as a formula, with a command of LaTeX between two `$`, but was not taken for one.
fn broken_formula(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('$')?;
    let end = beginning(inner, FORMULA).find('$')?;
    let mut after = inner[..end].split('\\').skip(1);
    after.any(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(end + 2)
}

/// A hole at the beginning of `text`, and its length.
pub fn hole(text: &str) -> Option<(Hole, usize)> {
    let inner = text.strip_prefix("{{")?;
    let end = beginning(inner, NAME).find("}}")?;
    let name = inner[..end].trim();
    let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let length = end + 4;
    let (path, format) = name.split_once(':').unwrap_or((name, ""));
    match path.split_once('.') {
        // In LaTeX, `{{1.5}}` is a number in braces.
        Some((cell, value)) if word(cell) && word(value) && path.parse::<f64>().is_err() => {
            let (cell, value, format) = (cell.to_owned(), value.to_owned(), format.to_owned());
            Some((Hole::Value { cell, value, format }, length))
        }
        None if word(name) => Some((Hole::Variable(name.to_owned()), length)),
        _ => None,
    }
}

/// `{od: name}` at the beginning of `text`: the name, and the length of all.
fn embed(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix("{od:")?;
    let end = beginning(inner, NAME).find('}')?;
    let name = inner[..end].trim();
    let word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    word.then_some((name, end + 5))
}

/// The holes of a formula, and where: only values of cells, since braces in braces are common in LaTeX.
pub fn formula_holes(tex: &str) -> Vec<(Range<usize>, Hole)> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(found) = tex[at..].find("{{") {
        at += found;
        match hole(&tex[at..]) {
            Some((hole @ Hole::Value { .. }, length)) => {
                out.push((at..at + length, hole));
                at += length;
            }
            _ => at += 1,
        }
    }
    out
}

/// The citation whose `@` or `[` is at `at`: what it cites, and its end.
fn citation(writing: &Writing, at: usize) -> Option<(Vec<cite::Item>, usize)> {
    if writing.text[at..].starts_with('[') {
        return writing.group(at);
    }
    let mut item = writing.mark(at)?;
    let mut end = item.mark.end;
    if !cite::is_label(&writing.text[item.key.clone()])
        && let Some((inside, after)) = writing.locator(end)
    {
        (item.suffix, end) = (inside, after);
    }
    Some((vec![item], end))
}
