//! Constructs in the line that may hold any others, found before Markdown is parsed: notes, side notes and tips.
//!
//! Markdown would take their inside apart: a `|` would end a table's cell, a `]` a link. So each is covered, byte for byte,
//! with a sign that means nothing, and what lies inside is parsed by itself. What is not found here stays text, in which
//! [`super::inline`] tells what was begun and never ended.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The constructs `{word: ...}`.
const WORDS: [(&str, Kind); 2] = [("{fn:", Kind::Note), ("{tip:", Kind::Tip)];

/// How the constructs begin, for whoever looks for one that was never ended.
pub const SIGNS: [&str; 4] = ["{fn:", "{tip:", "^[", "[> "];

/// A formula or comment longer than this is none; so the search for its end is short.
const LONGEST: usize = 1 << 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{fn: text}`, `^[text]`.
    Note,
    /// `[> text <]`.
    Side,
    /// `{tip: $x$: meaning}` after a formula.
    Tip,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub kind: Kind,
    pub range: Range<usize>,
    /// What stands between its signs, without white space at the ends.
    pub inner: Range<usize>,
}

/// Marks by where they begin; none lies in another.
pub type Marks = BTreeMap<usize, Mark>;

/// Whether a text could hold any: most do not.
pub fn possible(text: &str) -> bool {
    ["{fn:", "{tip:", "^[", "[>"].iter().any(|sign| text.contains(sign))
}

/// A construct that has begun.
struct Open {
    kind: Kind,
    /// Whether a brace ends it, and not a bracket.
    braced: bool,
    start: usize,
    inner: usize,
    /// Braces and brackets open inside.
    braces: usize,
    brackets: usize,
}

/// Finds the outermost marks of a stretch of text, which should be a paragraph. Cost: O(its length).
pub fn find(source: &str, within: Range<usize>, out: &mut Marks) {
    find_from(source, within, None, out);
}

/// A paragraph with its marks covered.
pub fn covered(text: &str) -> (String, Marks) {
    let (mut bytes, mut marks) = (text.as_bytes().to_vec(), Marks::new());
    find(text, 0..text.len(), &mut marks);
    marks.values().for_each(|mark| cover(&mut bytes[mark.range.clone()]));
    (String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned()), marks)
}

/// Finds those that stand right after a display formula.
pub fn find_after_formula(source: &str, within: Range<usize>, out: &mut Marks) {
    find_from(source, within.clone(), Some(within.start), out);
}

fn find_from(source: &str, within: Range<usize>, formula: Option<usize>, out: &mut Marks) {
    let bytes = &source.as_bytes()[..within.end];
    let last_side = source[within.clone()].rfind("<]").map(|at| within.start + at);
    let mut finder = Finder { bytes, at: within.start, formula, last_side, ..Finder::default() };
    while finder.at < within.end {
        finder.step();
    }
    // Of what lies in one another the outermost was ended last.
    let mut end = 0;
    finder.found.sort_by_key(|mark| mark.range.start);
    for mut mark in finder.found {
        if mark.range.start >= end {
            end = mark.range.end;
            let text = &source[mark.inner.clone()];
            mark.inner.start += text.len() - text.trim_start().len();
            mark.inner.end = mark.inner.start + text.trim().len();
            out.insert(mark.range.start, mark);
        }
    }
}

#[derive(Default)]
struct Finder<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
    found: Vec<Mark>,
    /// Where the last formula ended: a tip may follow.
    formula: Option<usize>,
    /// The last sign that could end a note in the margin.
    last_side: Option<usize>,
    /// Lengths of runs of backticks that do not come again.
    gone: BTreeSet<usize>,
}

impl Finder<'_> {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    fn step(&mut self) {
        let rest = self.rest();
        match rest[0] {
            b'\\' => self.at += 1 + usize::from(rest.get(1).is_some_and(u8::is_ascii_punctuation)),
            b'`' => self.code(),
            b'$' => match formula_end(self.bytes, self.at) {
                Some(end) => {
                    self.at = end;
                    self.formula = Some(end);
                }
                None => self.at += 1 + usize::from(rest.starts_with(b"$$")),
            },
            b'<' if rest.starts_with(b"<!--") => {
                let near = &rest[..rest.len().min(LONGEST)];
                self.at += near.windows(3).position(|three| three == b"-->").map_or(4, |end| end + 3);
            }
            b'<' if rest.starts_with(b"<]") && self.open.last().is_some_and(|open| open.kind == Kind::Side) => {
                self.close(2);
            }
            b'<' => self.at += tag(rest).unwrap_or(1),
            b'{' => self.brace(),
            b'^' if rest.starts_with(b"^[") => self.begin(Kind::Note, false, 2),
            b'[' if self.side() => self.begin(Kind::Side, false, 2),
            b'[' => {
                self.open.last_mut().into_iter().for_each(|open| open.brackets += 1);
                self.at += 1;
            }
            b'}' | b']' => self.end(),
            _ => self.at += 1,
        }
    }

    /// Whether a note in the margin begins here. Without white space after its sign it is one if an end follows in its
    /// paragraph: `[>90 %]` is text.
    fn side(&self) -> bool {
        let Some(inner) = self.rest().strip_prefix(b"[>") else { return false };
        inner.first().is_none_or(u8::is_ascii_whitespace) || self.last_side > Some(self.at)
    }

    fn begin(&mut self, kind: Kind, braced: bool, length: usize) {
        let (start, inner) = (self.at, self.at + length);
        self.open.push(Open { kind, braced, start, inner, braces: 0, brackets: 0 });
        self.at = inner;
    }

    fn brace(&mut self) {
        let word = WORDS.iter().find(|(word, _)| self.rest().starts_with(word.as_bytes()));
        match word {
            Some((word, kind)) if *kind != Kind::Tip || self.follows_formula() => self.begin(*kind, true, word.len()),
            _ => {
                self.open.last_mut().into_iter().for_each(|open| open.braces += 1);
                self.at += 1;
            }
        }
    }

    /// Whether only white space lies between here and the last formula, and none if that stands in the line.
    fn follows_formula(&self) -> bool {
        let Some(end) = self.formula else { return false };
        let display = self.bytes[..end].ends_with(b"$$");
        end == self.at || (display && self.bytes[end..self.at].iter().all(|byte| b" \t\r\n>".contains(byte)))
    }

    /// A closing brace or bracket: of one that was opened inside, or of the construct itself.
    fn end(&mut self) {
        let braced = self.bytes[self.at] == b'}';
        let Some(open) = self.open.last_mut() else { return self.at += 1 };
        let inside = if braced { &mut open.braces } else { &mut open.brackets };
        if *inside > 0 {
            *inside -= 1;
        } else if open.braced == braced && open.kind != Kind::Side {
            return self.close(1);
        }
        self.at += 1;
    }

    fn close(&mut self, length: usize) {
        let end = self.at;
        self.at += length;
        let Some(open) = self.open.pop() else { return };
        self.found.push(Mark { kind: open.kind, range: open.start..self.at, inner: open.inner..end });
    }

    fn code(&mut self) {
        let run = |at: usize| self.bytes[at..].iter().take_while(|byte| **byte == b'`').count();
        let length = run(self.at);
        let mut at = self.at + length;
        self.at = at;
        if self.gone.contains(&length) {
            return;
        }
        while let Some(next) = self.bytes[at..].iter().position(|byte| *byte == b'`') {
            let found = run(at + next);
            at += next + found;
            if found == length {
                self.at = at;
                return;
            }
        }
        self.gone.insert(length);
    }
}

/// Where the formula ends that begins at `start`, as Markdown with formulas sees it: a `$` before a sign, then the first `$`
/// outside braces, which must come after a sign.
pub fn formula_end(bytes: &[u8], start: usize) -> Option<usize> {
    let display = bytes[start..].starts_with(b"$$");
    let from = start + if display { 2 } else { 1 };
    if !display && bytes.get(from).is_none_or(u8::is_ascii_whitespace) {
        return None;
    }
    let (mut at, mut depth) = (from, 0_usize);
    while at < bytes.len().min(from + LONGEST) {
        match bytes[at] {
            b'\\' => at += 1,
            b'{' => depth += 1,
            b'}' => depth = depth.checked_sub(1)?,
            b'$' if depth == 0 && display => {
                return (bytes[at..].starts_with(b"$$") && at > from).then_some(at + 2);
            }
            b'$' if depth == 0 => return (at > from && !bytes[at - 1].is_ascii_whitespace()).then_some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The length of the HTML tag at the beginning of `rest`: what stands in it is no text.
fn tag(rest: &[u8]) -> Option<usize> {
    let name = rest.get(1).filter(|byte| byte.is_ascii_alphabetic() || **byte == b'/')?;
    let mut quote = None;
    for (at, byte) in rest.iter().enumerate().skip(if *name == b'/' { 2 } else { 1 }) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{' | b'[' | b'<' | b'$' | b'`') => return None,
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Writes `%`, which means nothing to Markdown, over a mark, but for the ends of its lines and the marks of quotes before them.
pub fn cover(bytes: &mut [u8]) {
    let mut fresh = false;
    for byte in bytes {
        match *byte {
            b'\n' | b'\r' => fresh = true,
            b' ' | b'\t' | b'>' if fresh => {}
            _ => {
                *byte = b'%';
                fresh = false;
            }
        }
    }
}

/// The lines of a tip, each without white space at its ends: they end at `\n`, written so, and before a line that begins with
/// a formula.
pub fn terms(source: &str, inner: Range<usize>) -> Vec<Range<usize>> {
    let bytes = &source.as_bytes()[..inner.end];
    let (mut out, mut start, mut at) = (Vec::new(), inner.start, inner.start);
    while at < inner.end {
        let rest = &source.as_bytes()[at..inner.end];
        match rest[0] {
            b'$' => at = formula_end(bytes, at).unwrap_or(at + 1),
            b'\\' if rest.get(1) == Some(&b'n') => {
                out.push(start..at);
                at += 2;
                start = at;
            }
            b'\n' if rest.trim_ascii_start().starts_with(b"$") => {
                out.push(start..at);
                at += 1;
                start = at;
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    out.push(start..inner.end);
    let trimmed = out.into_iter().map(|range| {
        let text = &source[range.clone()];
        let start = range.start + (text.len() - text.trim_start().len());
        start..start + text.trim().len()
    });
    trimmed.filter(|range| !range.is_empty()).collect()
}
