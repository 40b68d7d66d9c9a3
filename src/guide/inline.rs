//! Inlines as they come from the parser: neighbouring texts joined, and holes and references found in them.

use std::ops::Range;
use std::sync::Arc;

use super::block::{Hole, Inline};
use super::mistake::{Mistakes, Span};

/// The prefixes of labels that pages may cite.
pub const PREFIXES: [&str; 8] = ["fig-", "eq-", "thm-", "tbl-", "sec-", "q-", "claim-", "ch-"];

/// Collects the inlines of one element.
#[derive(Default)]
pub struct Gather {
    out: Vec<Piece>,
}

enum Piece {
    Inline(Inline),
    /// Text, and for each stretch of it where it begins in the text and in the source, and whether after a backslash.
    Text(String, Vec<(usize, usize, bool)>),
}

impl Gather {
    pub fn push(&mut self, inline: Inline) {
        self.out.push(Piece::Inline(inline));
    }

    /// Adds text that stands at `start` in the source.
    pub fn text(&mut self, text: &str, start: usize, source: &str) {
        if !matches!(self.out.last(), Some(Piece::Text(..))) {
            self.out.push(Piece::Text(String::new(), Vec::new()));
        }
        if let Some(Piece::Text(all, places)) = self.out.last_mut() {
            places.push((all.len(), start, source[..start].ends_with('\\')));
            all.push_str(text);
        }
    }

    pub fn finish(self, file: &Arc<str>, fixed: Option<Range<usize>>, mistakes: &mut Mistakes) -> Vec<Inline> {
        let mut out = Vec::new();
        for piece in self.out {
            match piece {
                Piece::Inline(inline) => out.push(inline),
                Piece::Text(text, places) => {
                    let place = |range: Range<usize>| {
                        let stretch = places[..places.partition_point(|(at, ..)| *at <= range.start)].last();
                        let start = stretch.map_or(0, |(at, start, _)| start + (range.start - at));
                        fixed.clone().unwrap_or(start..start + range.len())
                    };
                    let escaped = |at: usize| {
                        places.binary_search_by_key(&at, |place| place.0).is_ok_and(|found| places[found].2)
                    };
                    split(&text, &place, &escaped, file, &mut out, mistakes);
                }
            }
        }
        out
    }
}

/// Cuts a text at its holes and references, but for those after a backslash.
fn split(
    text: &str,
    place: &dyn Fn(Range<usize>) -> Range<usize>,
    escaped: &dyn Fn(usize) -> bool,
    file: &Arc<str>,
    out: &mut Vec<Inline>,
    mistakes: &mut Mistakes,
) {
    let (mut done, mut at) = (0, 0);
    while let Some(found) = text[at..].find(['{', '@', '[', '$']) {
        let start = at + found;
        at = start + 1;
        let rest = &text[start..];
        if escaped(start) {
            at += usize::from(rest.starts_with("{{"));
            continue;
        }
        let special = if rest.starts_with("{{") {
            let found = hole(rest);
            if let (None, Some(end)) = (&found, rest.find("}}")) {
                mistakes.unreadable_hole(Span::new(file, place(start..start + end + 2)), &rest[..end + 2]);
            }
            found.map(|(hole, length)| (length, Inline::Hole { hole, span: place(start..start + length) }))
        } else if rest.starts_with('@') && !text[..start].ends_with(|c: char| c.is_alphanumeric()) {
            reference(&rest[1..]).map(|label| {
                let length = label.len() + 1;
                (length, Inline::Reference { label: label.to_owned(), span: place(start..start + length) })
            })
        } else {
            if let Some(length) = broken_formula(rest) {
                let text = "its braces do not match, or it has a space after its first or before its last `$`";
                mistakes.bad_formula(Span::new(file, place(start..start + length)), text);
                at = start + length;
            }
            if let Some(name) = rest.strip_prefix("[^").and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
                mistakes.missing_footnote(Span::new(file, place(start..start + name.len() + 3)), name);
            }
            None
        };
        if let Some((length, inline)) = special {
            if done < start {
                out.push(Inline::Text(text[done..start].to_owned()));
            }
            out.push(inline);
            at = start + length;
            done = at;
        }
    }
    if done < text.len() {
        out.push(Inline::Text(text[done..].to_owned()));
    }
}

/// The length of what is written as a formula, with a command of LaTeX between two `$`, but was not taken for one.
fn broken_formula(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('$')?;
    let end = inner.find('$')?;
    let mut after = inner[..end].split('\\').skip(1);
    after.any(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(end + 2)
}

/// A hole at the beginning of `text`, and its length.
pub fn hole(text: &str) -> Option<(Hole, usize)> {
    let inner = text.strip_prefix("{{")?;
    let end = inner.find("}}")?;
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

fn reference(text: &str) -> Option<&str> {
    PREFIXES.iter().find(|prefix| text.starts_with(**prefix))?;
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).unwrap_or(text.len());
    let label = text[..end].trim_end_matches(['-', '_']);
    label.split_once('-').filter(|(_, name)| !name.is_empty())?;
    Some(label)
}
